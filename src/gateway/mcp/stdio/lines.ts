/**
 * Cuts a byte stream into lines. A line over the cap is not cut short but reported: half a message would be read as
 * a broken one, and a server that writes without end must not fill our memory.
 */
export type Lines = { readonly push: (chunk: Buffer) => 'fine' | 'too-long' }

export const createLines = (capBytes: number, onLine: (line: string) => void): Lines => {
  let parts: Buffer[] = []
  let held = 0
  const push = (chunk: Buffer): 'fine' | 'too-long' => {
    let from = 0
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      if (held + at - from > capBytes) return 'too-long'
      parts.push(chunk.subarray(from, at))
      const line = (parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)).toString('utf8')
      parts = []
      held = 0
      from = at + 1
      onLine(line)
    }
    if (from < chunk.length) {
      parts.push(chunk.subarray(from))
      held += chunk.length - from
    }
    return held > capBytes ? 'too-long' : 'fine'
  }
  return { push }
}
