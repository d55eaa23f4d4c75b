/**
 * Replaces single values inside a JSON text and leaves every other byte as it was, so that 64-bit integers, `1.0` and
 * member order pass through the bridge. The text has been parsed before: here nothing is checked, only found. Where a
 * member occurs twice the last one counts, as it does for JSON.parse.
 */
export type Edit = { readonly path: readonly string[]; readonly value: string | number }

export const splice = (text: string, edits: readonly Edit[]): string => {
  const cuts = edits
    .flatMap(({ path, value }) => {
      const span = find(text, skipSpace(text, 0), path)
      return span === null ? [] : [{ ...span, value: JSON.stringify(value) }]
    })
    .toSorted((a, b) => b.from - a.from)
  return cuts.reduce((rest, cut) => rest.slice(0, cut.from) + cut.value + rest.slice(cut.to), text)
}

/** One line, as the stdio transport and SSE want it. Line ends in JSON can only be space between tokens. */
export const oneLine = (text: string): string => text.replaceAll(/[\r\n]/g, ' ')

type Span = { readonly from: number; readonly to: number }

const find = (text: string, at: number, path: readonly string[]): Span | null => {
  const [name, ...rest] = path
  if (name === undefined) return { from: at, to: endOfValue(text, at) }
  if (text[at] !== '{') return null
  let found: Span | null = null
  let here = skipSpace(text, at + 1)
  while (text[here] === '"') {
    const end = endOfString(text, here)
    const isIt = JSON.parse(text.slice(here, end)) === name
    const value = skipSpace(text, skipSpace(text, end) + 1)
    if (isIt) found = find(text, value, rest)
    here = skipSpace(text, endOfValue(text, value))
    if (text[here] !== ',') break
    here = skipSpace(text, here + 1)
  }
  return found
}

const skipSpace = (text: string, at: number): number => {
  let here = at
  while (here < text.length && ' \t\r\n'.includes(text.charAt(here))) here++
  return here
}

const endOfString = (text: string, at: number): number => {
  let here = at + 1
  while (here < text.length && text[here] !== '"') here += text[here] === '\\' ? 2 : 1
  return here + 1
}

const endOfValue = (text: string, at: number): number => {
  if (text[at] === '"') return endOfString(text, at)
  if (text[at] !== '{' && text[at] !== '[') {
    let here = at
    while (here < text.length && !',]} \t\r\n'.includes(text.charAt(here))) here++
    return here
  }
  let depth = 0
  let here = at
  while (here < text.length) {
    const char = text[here]
    if (char === '"') {
      here = endOfString(text, here)
      continue
    }
    if (char === '{' || char === '[') depth++
    else if (char === '}' || char === ']') depth--
    here++
    if (depth === 0) break
  }
  return here
}
