import type { Price } from '../schema.ts'

/** A model as the price list has it; only what is named here is believed, and nothing before it was checked. */
export type ListedModel = {
  readonly id: string
  readonly name?: string | undefined
  readonly match?: unknown
  readonly context_window?: unknown
  readonly deprecated?: unknown
  readonly prices: unknown
}
/** `problem` null with `prices` null: the list says nothing that calls of text could be paid by. */
type Periods =
  | { readonly prices: readonly Price[]; readonly problem: null }
  | { readonly prices: null; readonly problem: string | null }

type Rates = Readonly<Record<string, unknown>>
type Period = { readonly from: number | null; readonly rates: Rates }

/** USD per million tokens; the dearest known model costs a twentieth of it. */
const absurd = 10_000
const picoPerMillion = 1_000_000

/** Text can be bought by these; a model whose output is anything else besides costs what tokens of text do not tell. */
const otherOutput = ['output_audio_mtok', 'output_image_mtok', 'output_video_mtok']
const names = {
  input: 'input_mtok',
  output: 'output_mtok',
  cachedInput: 'cache_read_mtok',
  cacheWrite: 'cache_write_mtok',
  reasoning: 'output_reasoning_mtok',
} as const

/** What a model of the list costs, by time and by size of the input; a price that cannot be true is none. */
export function periodsOf(model: ListedModel, source: string): Periods {
  const read = readPeriods(model.prices)
  if (typeof read === 'string') return { prices: null, problem: read }
  const isEmbedding = /embed/i.test(`${model.id} ${model.name ?? ''} ${JSON.stringify(model.match ?? '')}`)
  const prices: Price[] = []
  for (const { from, rates } of read.dated) {
    const all = [rates, ...read.daily]
    for (const each of all) {
      if (otherOutput.some((name) => each[name] !== undefined)) return { prices: null, problem: null }
      if (each[names.input] === undefined) return { prices: null, problem: null }
      if (each[names.output] === undefined && !isEmbedding) return { prices: null, problem: null }
    }
    const problem = all.map(problemOfRates).find((each) => each !== null)
    if (problem !== undefined) return { prices: null, problem }
    // At other hours it may cost less: what is counted is never too little.
    for (const aboveInputTokens of startsOf(all)) prices.push(priceAt(all, from, aboveInputTokens, source))
  }
  return { prices, problem: null }
}

function priceAt(all: readonly Rates[], from: number | null, aboveInputTokens: number, source: string): Price {
  const dearest = (name: string): number | null => {
    const each = all.flatMap((rates) => picoAt(rates[name], aboveInputTokens) ?? [])
    return each.length === 0 ? null : Math.max(...each)
  }
  return {
    from,
    aboveInputTokens,
    input: dearest(names.input) ?? 0,
    output: dearest(names.output) ?? 0,
    cachedInput: dearest(names.cachedInput),
    cacheWrite: dearest(names.cacheWrite),
    reasoning: dearest(names.reasoning),
    perCall: 0,
    source,
  }
}

/** The first one holds always; the others from a day on, or at hours of every day. */
function readPeriods(prices: unknown): { readonly dated: Period[]; readonly daily: Rates[] } | string {
  if (!Array.isArray(prices)) return isRates(prices) ? { dated: [{ from: null, rates: prices }], daily: [] } : notRead
  const dated: Period[] = []
  const daily: Rates[] = []
  for (const [at, each] of prices.entries()) {
    if (!isRates(each) || !isRates(each['prices'])) return notRead
    const rates = each['prices']
    const { constraint } = each
    if (at === 0 || constraint === undefined) dated.push({ from: null, rates })
    else if (!isRates(constraint)) return notRead
    else if (constraint['type'] === 'time_of_date') daily.push(rates)
    else {
      const from = Date.parse(`${String(constraint['start_date'])}T00:00:00Z`)
      if (constraint['type'] !== 'start_date' || Number.isNaN(from)) return notRead
      dated.push({ from, rates })
    }
  }
  return dated.length === 0 ? notRead : { dated, daily }
}

const notRead = 'its prices cannot be read'
const isRates = (value: unknown): value is Rates => typeof value === 'object' && value !== null && !Array.isArray(value)

type Tier = { readonly start: number; readonly price: number }

/** A number, or a base with tiers that begin above so many tokens of input; null: neither. */
function tiersOf(rate: unknown): readonly Tier[] | null {
  if (typeof rate === 'number') return [{ start: -1, price: rate }]
  if (!isRates(rate) || typeof rate['base'] !== 'number' || !Array.isArray(rate['tiers'])) return null
  const tiers: Tier[] = [{ start: -1, price: rate['base'] }]
  for (const tier of rate['tiers']) {
    if (!isRates(tier) || typeof tier['price'] !== 'number' || !isCount(tier['start'])) return null
    tiers.push({ start: tier['start'], price: tier['price'] })
  }
  return tiers
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0

function problemOfRates(rates: Rates): string | null {
  for (const name of Object.values(names)) {
    if (rates[name] === undefined) continue
    const tiers = tiersOf(rates[name])
    if (tiers === null) return `${name} cannot be read`
    // Nothing in the list is free: a zero is a hole in it. An organization may say "0" itself.
    if (tiers.some(({ price }) => !Number.isFinite(price) || price <= 0)) return `${name} is not above zero`
    if (tiers.some(({ price }) => price > absurd)) return `${name} is more than ${absurd} USD per million`
  }
  return null
}

const startsOf = (all: readonly Rates[]): number[] => {
  const tiers = all.flatMap((rates) => Object.values(names).flatMap((name) => tiersOf(rates[name]) ?? []))
  return [...new Set(tiers.map(({ start }) => start + 1))].sort((a, b) => a - b)
}

/** pico-USD a token; rounded up where a millionth of a millionth does not do. */
function picoAt(rate: unknown, inputTokens: number): number | null {
  const tier = (tiersOf(rate) ?? []).filter(({ start }) => start + 1 <= inputTokens).at(-1)
  // The list has floats: what is off by their error is meant as the whole number. The least price is not none.
  return tier === undefined ? null : Math.max(1, Math.ceil(tier.price * picoPerMillion - 1e-3))
}
