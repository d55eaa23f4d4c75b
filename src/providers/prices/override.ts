import type { ModelPrice, Price } from '../schema.ts'

/** pico-USD a token out of USD per million tokens, nano-USD out of USD: by digits, so that nothing is lost but what is rounded up. */
const scaled = (text: string, digits: number): number => {
  const [whole = '0', part = ''] = text.split('.')
  const kept = Number(`${whole}${part.slice(0, digits).padEnd(digits, '0')}`)
  return /[1-9]/.test(part.slice(digits)) ? kept + 1 : kept
}
const pico = (text: string): number => scaled(text, 6)
const picoOr = (text: string | undefined): number | null => (text === undefined ? null : pico(text))

export const organizationSource = 'organization'

/** What the organization says that a model costs. */
export const priceOf = (said: ModelPrice): Price => ({
  from: said.from === undefined ? null : Date.parse(said.from),
  aboveInputTokens: 0,
  input: pico(said.inputPerMillion),
  output: pico(said.outputPerMillion),
  cachedInput: picoOr(said.cachedInputPerMillion),
  cacheWrite: picoOr(said.cacheWritePerMillion),
  reasoning: picoOr(said.reasoningPerMillion),
  perCall: said.perCall === undefined ? 0 : scaled(said.perCall, 9),
  source: organizationSource,
})

/** The organization's own win from the first instant on that it names; what was before is the list's. */
export function overridden(listed: readonly Price[], said: readonly ModelPrice[]): Price[] {
  if (said.length === 0) return [...listed]
  const own = said.map(priceOf).sort((a, b) => (a.from ?? -1) - (b.from ?? -1))
  const first = own[0]?.from ?? null
  return first === null ? own : [...listed.filter(({ from }) => from === null || from < first), ...own]
}

/** Of the latest period that has begun, all sizes of the input, least first. */
export function pricesAt(prices: readonly Price[], now: number): Price[] {
  const begun = prices.filter(({ from }) => from === null || from <= now)
  const latest = Math.max(...begun.map(({ from }) => from ?? -Infinity))
  return begun
    .filter(({ from }) => (from ?? -Infinity) === latest)
    .sort((a, b) => a.aboveInputTokens - b.aboveInputTokens)
}
