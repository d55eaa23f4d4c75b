/** A usage and what providers put behind it are shorter. Bytes. */
const longest = 1024
const [comma, blank] = [0x2c, 0x20]

/**
 * The last members of a JSON object, from the last one of that name on; null where it is not seen at once that they are
 * that. `quoted`: the name with its quotes. It costs a fraction of parsing the whole.
 *
 * As hard to forge as the whole: inside a text its quote would need a backslash in front, and what is not in a text and
 * closes exactly what is open at the end of the document stands at its top. So in a document that is JSON it is what
 * `JSON.parse` finds there, and no text in it is ever taken for it.
 */
export function lastMembers(bytes: Buffer, quoted: Buffer): unknown {
  if (bytes[0] !== 0x7b) return null
  const at = bytes.lastIndexOf(quoted)
  if (at < 0 || bytes.length - at > longest) return null
  let before = at - 1
  while ((bytes[before] ?? comma) <= blank) before -= 1
  if (bytes[before] !== comma) return null
  try {
    return JSON.parse(`{${bytes.toString('utf8', at)}`)
  } catch {
    return null
  }
}
