/** From when to when, as the address says it. Whole days are those of UTC, as the server adds them up. */
export const periods = ['24h', '7d', '30d', '90d', 'custom'] as const
type PeriodName = (typeof periods)[number]
export type Range = { readonly from: string; readonly to: string; readonly step: 'hour' | 'day' }

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const days = { '24h': 1, '7d': 7, '30d': 30, '90d': 90 } as const

export const periodOf = (text: string | undefined): PeriodName => periods.find((one) => one === text) ?? '30d'

type Asked = {
  readonly period?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** Ends with the running hour, so that a screen asks the same until it is over. */
export function rangeOf({ period, from = '', to = '' }: Asked, now: number): Range {
  const name = periodOf(period)
  const end = Math.ceil(now / hourMs) * hourMs
  if (name === '24h') return range(end - dayMs, end)
  if (name !== 'custom') return range(dayOf(now) - (days[name] - 1) * dayMs, end)
  const [first, last] = [Date.parse(from), Date.parse(to)]
  const ends = Number.isNaN(last) ? end : last + dayMs
  const begins = Number.isNaN(first) ? ends - 30 * dayMs : first
  return begins < ends ? range(begins, ends) : range(ends - dayMs, begins + dayMs)
}

const dayOf = (at: number): number => Math.floor(at / dayMs) * dayMs

const range = (from: number, to: number): Range => ({
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
  step: to - from <= 3 * dayMs ? 'hour' : 'day',
})

/** The names of all hours or days of a range, as `GET /usage?by=` calls them, the first one first. */
export function slotsOf({ from, to, step }: Range): string[] {
  const size = step === 'hour' ? hourMs : dayMs
  const first = Math.floor(Date.parse(from) / size) * size
  const count = Math.max(0, Math.ceil((Date.parse(to) - first) / size))
  return Array.from({ length: Math.min(count, 1000) }, (_, at) => {
    const name = new Date(first + at * size).toISOString()
    return step === 'hour' ? name : name.slice(0, 10)
  })
}
