import { ToolPrices } from '../servers/schema.ts'
import { usage } from './control.ts'
import type { Given } from './values.ts'

/** What calls of tools cost, as options. */
export type PriceOptions = { readonly toolPrice?: readonly string[] }

/** Those that were given, by tool; null for one that is to have none. Null: no option was given. */
export function toolPricesIn({ toolPrice: words }: PriceOptions): Given<ReadonlyMap<string, string | null> | null> {
  if (words === undefined) return { ok: true, value: null }
  const prices = new Map<string, string | null>()
  for (const word of words) {
    // Names of tools may hold an equals sign, amounts do not.
    const at = word.lastIndexOf('=')
    const [tool, amount] = [word.slice(0, at), word.slice(at + 1)]
    if (at < 1 || !(amount === 'none' || ToolPrices.safeParse({ [tool]: amount }).success)) return wrong(word)
    prices.set(tool, amount === 'none' ? null : amount)
  }
  return { ok: true, value: prices }
}

const wrong = (word: string) =>
  usage(`--tool-price takes TOOL=USD such as echo=0.01, "*=0.001" for every other tool or echo=none, not "${word}".`)

/** What the prices become: tools that nobody names keep theirs. */
export const pricesAfter = (before: ToolPrices, given: ReadonlyMap<string, string | null>): ToolPrices =>
  Object.fromEntries(
    [...new Map<string, string | null>([...Object.entries(before), ...given])].flatMap(([tool, amount]) =>
      amount === null ? [] : [[tool, amount]],
    ),
  )
