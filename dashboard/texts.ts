/**
 * Texts of one part of the dashboard, by name. `{word}` stands for what is put in, `{ one, other }` are told apart by
 * the number `n` (and whatever other form the language has).
 */
export type Texts = Readonly<Record<string, string | Plural>>
type Plural = { readonly one: string; readonly other: string }
type WordsIn<S> = S extends `${string}{${infer Word}}${infer Rest}` ? Word | WordsIn<Rest> : never
type WordsOf<T> = T extends Plural ? 'n' | WordsIn<T['one']> | WordsIn<T['other']> : WordsIn<T>
type Filled<T> = [WordsOf<T>] extends [never] ? [] : [words: Readonly<Record<WordsOf<T>, string | number>>]

/** Names of texts that have no place for a word. */
export type PlainName<T> = { [N in keyof T]: [WordsOf<T[N]>] extends [never] ? N : never }[keyof T]

declare global {
  /** Tests set it before the page runs. There is one language so far; the other one finds texts that are not in here. */
  var ostiaryLocale: 'pseudo' | undefined
}
const isPseudo = (): boolean => globalThis.ostiaryLocale === 'pseudo'
const plurals = new Intl.PluralRules('en')

/** `t('name')`, or `t('name', { word })` where the text has a place for it: the compiler knows which. */
export const translator = <const T extends Texts>(texts: T) => {
  const pick = (name: keyof T & string, words: Readonly<Record<string, unknown>> | undefined): string => {
    const text: string | Plural | undefined = texts[name]
    if (text === undefined) return name
    if (typeof text === 'string') return text
    return plurals.select(Number(words?.['n'])) === 'one' ? text.one : text.other
  }
  return <N extends keyof T & string>(name: N, ...[words]: Filled<T[N]>): string => fill(pick(name, words), words)
}

function fill(text: string, words: Readonly<Record<string, string | number>> | undefined): string {
  const parts = text.split(/\{(\w+)\}/)
  const said = parts.map((part, at) => (at % 2 === 0 ? part : wordOf(words?.[part])))
  if (!isPseudo()) return said.join('')
  const strange = said.map((part, at) => (at % 2 === 0 ? accented(part) : `\u2068${part}\u2069`)).join('')
  return `⟦${strange}${'~'.repeat(Math.ceil(text.length * 0.4))}⟧`
}

const wordOf = (word: string | number | undefined): string =>
  typeof word === 'number' ? word.toLocaleString() : (word ?? '')

const plain = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const marked = 'åƀçđéƒĝĥîĵķļɱñöþɋŕšţûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻṀÑÖÞɊŔŠŢÛṼŴẊÝŽ'
const accented = (text: string): string => text.replace(/[a-z]/gi, (letter) => marked[plain.indexOf(letter)] ?? letter)
