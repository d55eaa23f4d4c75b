import type { Span } from './periods.ts'

/**
 * What will be spent by the end of the period if it goes on as until now, nano-USD. Null where there is no end, where
 * hardly any of it is over, and where it was begun anew somewhere in between. Pure.
 */
export function forecastOf(span: Span, spent: number, at: number): number | null {
  const { name, startsAt, endsAt } = span
  if (startsAt === null || endsAt === null || name.includes('.')) return null
  const share = (at - startsAt) / (endsAt - startsAt)
  if (share < leastShare || share > 1) return null
  return Math.min(Math.round(spent / share), Number.MAX_SAFE_INTEGER)
}
const leastShare = 0.05
