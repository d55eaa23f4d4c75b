import type { KeyLimits, KeyLimitsInput } from '../schema.ts'

/** Pure: what limits become, and whether that is more than before. */

export const limitsIn = (limits: KeyLimits): KeyLimits => ({
  requestsPerMinute: limits.requestsPerMinute,
  tokensPerMinute: limits.tokensPerMinute,
  concurrent: limits.concurrent,
  streams: limits.streams,
  detached: limits.detached,
})

/** What is left out stays as it was; null takes a limit away. */
export const mergedLimits = (before: KeyLimits, input: KeyLimitsInput): KeyLimits => ({
  requestsPerMinute: input.requestsPerMinute === undefined ? before.requestsPerMinute : input.requestsPerMinute,
  tokensPerMinute: input.tokensPerMinute === undefined ? before.tokensPerMinute : input.tokensPerMinute,
  concurrent: input.concurrent === undefined ? before.concurrent : input.concurrent,
  streams: input.streams === undefined ? before.streams : input.streams,
  detached: input.detached ?? before.detached,
})

const numbers = ['requestsPerMinute', 'tokensPerMinute', 'concurrent', 'streams'] as const

export const isSame = (one: KeyLimits, other: KeyLimits): boolean =>
  one.detached === other.detached && numbers.every((name) => one[name] === other[name])

/** The first limit that is raised or taken away, as a pointer from the limits; null: all are as before or lower. */
export function raisedIn(before: KeyLimits, after: KeyLimits): string | null {
  for (const name of numbers) {
    if ((after[name] ?? Number.POSITIVE_INFINITY) > (before[name] ?? Number.POSITIVE_INFINITY)) return `/${name}`
  }
  return before.detached === 'closed' && after.detached === 'share' ? '/detached' : null
}
