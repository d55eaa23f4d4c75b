/** Shows how it goes on one line of a terminal; writes nothing into a file or a pipe. */
export function createProgress(
  stream: { readonly isTTY?: boolean; readonly columns?: number },
  write: (text: string) => void,
) {
  let shown: string | null = null
  return (line: string | null): void => {
    if (!stream.isTTY || line === shown) return
    shown = line
    // A line that wraps could not be taken back.
    write(`\r\u001b[K${line === null ? '' : line.slice(0, (stream.columns || 80) - 1)}`)
  }
}
