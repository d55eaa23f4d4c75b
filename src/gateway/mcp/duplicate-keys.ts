/**
 * Does any object in this text name a member twice? The text has passed JSON.parse, so nothing here checks syntax.
 * Parsers disagree about which of two equal members counts (ours takes the last, Go's takes the last per case fold,
 * some take the first), so a decision about such a text would be a decision about one of its readings.
 */
export function hasDuplicateKeys(text: string): boolean {
  // One entry per open bracket: the names seen in an object, null in an array.
  const open: (Set<string> | null)[] = []
  let names: Set<string> | null = null
  let expectsName = false
  for (let at = 0; at < text.length; at += 1) {
    switch (text.charCodeAt(at)) {
      case quote: {
        const end = endOfString(text, at)
        if (names !== null && expectsName) {
          const name = nameOf(text, at, end)
          if (names.has(name)) return true
          names.add(name)
          expectsName = false
        }
        at = end
        break
      }
      case openBrace:
        names = new Set()
        open.push(names)
        expectsName = true
        break
      case openBracket:
        names = null
        open.push(names)
        break
      case closeBrace:
      case closeBracket:
        open.pop()
        names = open[open.length - 1] ?? null
        expectsName = false
        break
      case comma:
        expectsName = names !== null
        break
      default:
    }
  }
  return false
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/** Index of the closing quote. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end === -1 ? text.length : end
}

/** An odd number of backslashes in front. */
function isEscaped(text: string, at: number): boolean {
  let before = at - 1
  while (text.charCodeAt(before) === backslash) before -= 1
  return (at - before) % 2 === 0
}

/** `\u0061` and `a` are one name; two lone surrogates are one name to every parser that writes U+FFFD for them. */
function nameOf(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end)
  if (!raw.includes('\\')) return raw
  const name: unknown = JSON.parse(`"${raw}"`)
  return typeof name === 'string' ? name.toWellFormed() : raw
}
