import { findSecrets } from '../../keys/recognise.ts'
import { tokenPattern } from '../../keys/token.ts'

/** What callers say of themselves and of tools goes into reports and lists: one line, short, and nothing like a secret. */
export type Said = (text: string) => string

/** Searched before it is cut to what is kept, so that no half of a secret is left at the end. */
const searched = 4096
/** A cut string would keep the whole of it in memory. */
const longestKnown = 256
const remembered = 2000

/** The same few are said again and again, so each is looked at once. */
export function createSaid(longest: number): Said {
  const known = new Map<string, string>()
  return (text) => {
    const held = known.get(text)
    if (held !== undefined) return held
    const clean = cleaned(text, longest)
    if (text.length > longestKnown) return clean
    if (known.size >= remembered) known.clear()
    known.set(text, clean)
    return clean
  }
}

function cleaned(text: string, longest: number): string {
  const plain = withoutSecrets(text.slice(0, searched).replace(unprintable, ' '))
  return plain.trim().slice(0, longest).toWellFormed()
}

const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}]+/gu

/** Half a token is as much a leak as a whole one, so ours are searched for by their beginning too. */
function withoutSecrets(text: string): string {
  const found = findSecrets(text)
  let [rest, from] = ['', 0]
  for (const { start, end } of found) {
    rest += text.slice(from, start)
    from = end
  }
  return (rest + text.slice(from)).replace(tokenPattern, '')
}
