import type { Tokens } from '../../../fleet/records/schema.ts'
import type { ModelRecord, Price } from '../../../providers/schema.ts'

/**
 * The price of a call that begins now with so many tokens of input: of those that began last, the one for the most
 * input. Null: nobody knows it, which never means that it costs nothing. `now`: ms since epoch.
 */
export function priceAt(model: Pick<ModelRecord, 'prices'>, now: number, inputTokens: number): Price | null {
  let best: Price | null = null
  for (const price of pricesNow(model, now)) {
    if (price.aboveInputTokens > inputTokens) continue
    if (best === null || price.aboveInputTokens >= best.aboveInputTokens) best = price
  }
  return best
}

/** The most that a call can cost whose input is anything up to that. Null: nobody knows. */
export function worstPriceAt(model: Pick<ModelRecord, 'prices'>, now: number, inputTokens: number): Price | null {
  if (priceAt(model, now, 0) === null) return null
  const prices = pricesNow(model, now).filter((price) => price.aboveInputTokens <= inputTokens)
  const [first] = prices
  if (first === undefined) return null
  if (prices.length === 1) return worstOf(prices, first)
  return worst(prices, first)
}

/** Of most models there is one price: its worst is known from the last call. */
function worstOf(prices: readonly Price[], only: Price): Price {
  const known = worstOfOne.get(only)
  if (known !== undefined) return known
  const made = worst(prices, only)
  worstOfOne.set(only, made)
  return made
}
const worstOfOne = new WeakMap<Price, Price>()

function worst(prices: readonly Price[], first: Price): Price {
  const most = (part: (price: Price) => number): number => Math.max(...prices.map(part))
  return {
    ...first,
    // Whether input comes from the cache, or goes into it, shows afterwards.
    input: most(({ input, cachedInput, cacheWrite }) => Math.max(input, cachedInput ?? 0, cacheWrite ?? 0)),
    output: most(({ output, reasoning }) => Math.max(output, reasoning ?? 0)),
    cachedInput: null,
    cacheWrite: null,
    reasoning: null,
    perCall: most(({ perCall }) => perCall),
  }
}

/** nano-USD, rounded up, exact. `cached` and `cacheWrite` are parts of the input, `reasoning` of the output. */
export function costOf(price: Price, tokens: Tokens): number {
  const { cached, cacheWrite, reasoning } = tokens
  const fresh = Math.max(0, tokens.input - cached - cacheWrite)
  const shown = Math.max(0, tokens.output - reasoning)
  const amounts = [fresh, cached, cacheWrite, shown, reasoning]
  const pico = [
    price.input,
    price.cachedInput ?? price.input,
    price.cacheWrite ?? price.input,
    price.output,
    price.reasoning ?? price.output,
  ]
  let sum = 0
  for (const [at, amount] of amounts.entries()) sum += amount * (pico[at] ?? 0)
  // Whole numbers stay whole up to there, and so does their sum if it does.
  if (sum <= exact) {
    const rest = sum % picoPerNano
    return within((sum - rest) / picoPerNano + (rest > 0 ? 1 : 0) + price.perCall)
  }
  const whole = amounts.reduce((total, amount, at) => total + BigInt(amount) * BigInt(pico[at] ?? 0), 0n)
  return within(Number((whole + 999n) / 1000n + BigInt(price.perCall)))
}

/** How many tokens of output so much money pays for, in nano-USD; none are free. */
export function outputFor(price: Price, nano: number): number {
  if (nano <= 0) return 0
  if (price.output === 0) return exact
  return Number((BigInt(Math.floor(Math.min(nano, exact))) * 1000n) / BigInt(price.output))
}

/** As it stands in the record of the call. Prices come with their provider and never change, so it is written once. */
export function textOf(price: Price): string {
  const known = texts.get(price)
  if (known !== undefined) return known
  const text = JSON.stringify(price)
  texts.set(price, text)
  return text
}
const texts = new WeakMap<Price, string>()

function pricesNow({ prices }: Pick<ModelRecord, 'prices'>, now: number): readonly Price[] {
  if (prices.length < 2) return prices.filter((price) => beginOf(price) <= now)
  let last = Number.NEGATIVE_INFINITY
  for (const price of prices) if (beginOf(price) <= now) last = Math.max(last, beginOf(price))
  return prices.filter((price) => beginOf(price) === last && beginOf(price) <= now)
}

const beginOf = ({ from }: Price): number => from ?? Number.MIN_SAFE_INTEGER
const picoPerNano = 1000
const exact = Number.MAX_SAFE_INTEGER
const within = (nano: number): number => Math.min(nano, exact)
