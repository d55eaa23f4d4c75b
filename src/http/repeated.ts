/**
 * Does this header stand twice in the call? node keeps the first of two and drops the second in silence; something in
 * front of us may have looked at the other. `name` in lower case.
 */
export function isRepeated(rawHeaders: readonly string[], name: string): boolean {
  let seen = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const written = rawHeaders[i]
    if (written?.length === name.length && written.toLowerCase() === name) seen += 1
  }
  return seen > 1
}
