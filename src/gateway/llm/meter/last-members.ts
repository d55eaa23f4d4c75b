/** A usage and what providers put behind it are shorter. Bytes. */
const longest = 1024
const [comma, blank] = [0x2c, 0x20]

/**
 * The last members of a JSON object, from the last one of that name on; null where it is not seen at once that they are
 * that. `quoted`: the name with its quotes. It costs half of parsing the whole.
 *
 * As hard to forge by what stands in texts as the whole is: there its quotes have backslashes in front. And what is in no
 * text and closes exactly what is open at the end of a JSON document stands at its top. The one difference: in a
 * document that was cut off, what stands deeper may look so; it is for answers in which only the provider writes objects.
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
