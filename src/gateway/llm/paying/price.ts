import type { Tokens } from '../../../fleet/records/schema.ts'
import type { ModelRecord, Price } from '../../../providers/schema.ts'

/**
 * The price of a call that begins now with so many tokens of input: of those that began last, the one for the most
 * input. Null: nobody knows it, which never means that it costs nothing. `now`: ms since epoch.
 */
export function priceAt(model: Pick<ModelRecord, 'prices'>, now: number, inputTokens: number): Price | null {
  const only = onlyOf(model)
  if (only !== undefined) return isFor(only, now, inputTokens) ? only : null
  let best: Price | null = null
  for (const price of pricesNow(model, now)) {
    if (price.aboveInputTokens > inputTokens) continue
    if (best === null || price.aboveInputTokens >= best.aboveInputTokens) best = price
  }
  return best
}

/** The most that a call can cost whose input is anything up to that. Null: nobody knows. */
export function worstPriceAt(model: Pick<ModelRecord, 'prices'>, now: number, inputTokens: number): Price | null {
  const only = onlyOf(model)
  if (only !== undefined) return isFor(only, now, 0) && isFor(only, now, inputTokens) ? worstOf(only) : null
  if (priceAt(model, now, 0) === null) return null
  const prices = pricesNow(model, now).filter((price) => price.aboveInputTokens <= inputTokens)
  const [first] = prices
  if (first === undefined) return null
  return prices.length === 1 ? worstOf(first) : worst(prices, first)
}

/** Most models have one price. */
const onlyOf = ({ prices }: Pick<ModelRecord, 'prices'>): Price | undefined =>
  prices.length === 1 ? prices[0] : undefined

const isFor = (price: Price, now: number, inputTokens: number): boolean =>
  beginOf(price) <= now && price.aboveInputTokens <= inputTokens

/** Known from the last call. */
function worstOf(only: Price): Price {
  const known = worstOfOne.get(only)
  if (known !== undefined) return known
  const made = worst([only], only)
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
  const ofCached = price.cachedInput ?? price.input
  const ofCacheWrite = price.cacheWrite ?? price.input
  const ofReasoning = price.reasoning ?? price.output
  const sum =
    fresh * price.input + cached * ofCached + cacheWrite * ofCacheWrite + shown * price.output + reasoning * ofReasoning
  // Whole numbers stay whole up to there, and so does their sum if it does.
  if (sum <= exact) {
    const rest = sum % picoPerNano
    return within((sum - rest) / picoPerNano + (rest > 0 ? 1 : 0) + price.perCall)
  }
  const whole =
    product(fresh, price.input) +
    product(cached, ofCached) +
    product(cacheWrite, ofCacheWrite) +
    product(shown, price.output) +
    product(reasoning, ofReasoning)
  return within(Number((whole + 999n) / 1000n + BigInt(price.perCall)))
}

const product = (amount: number, pico: number): bigint => BigInt(amount) * BigInt(pico)

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
  let last = Number.NEGATIVE_INFINITY
  for (const price of prices) if (beginOf(price) <= now) last = Math.max(last, beginOf(price))
  return prices.filter((price) => beginOf(price) === last && beginOf(price) <= now)
}

const beginOf = ({ from }: Price): number => from ?? Number.MIN_SAFE_INTEGER
const picoPerNano = 1000
const exact = Number.MAX_SAFE_INTEGER
const within = (nano: number): number => Math.min(nano, exact)
