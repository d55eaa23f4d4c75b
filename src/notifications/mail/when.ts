import type { MailPreference } from '../schema.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const digestHour = 8

/** So many notices an hour come at once; who is told of more gets the rest in one letter at the next full hour. */
export const atOnceAnHour = 10

/**
 * Pure: when a notice of now may be mailed; null: never. A digest is at 08:00 UTC. `lately`: when the last but
 * `atOnceAnHour` was; others can make news for admins as often as they like.
 */
export function mailAt(preference: MailPreference, now: number, lately: number | null = null): number | null {
  if (preference === 'off') return null
  if (preference === 'at-once')
    return lately === null || now - lately >= hourMs ? now : (Math.floor(now / hourMs) + 1) * hourMs
  const today = Math.floor(now / dayMs) * dayMs + digestHour * hourMs
  return now < today ? today : today + dayMs
}

const firstRetryMs = 60_000
const longestRetryMs = hourMs
export const givenUpAfterMs = dayMs

/** Pure: how long after a failure it is tried again. */
export const retryAfterMs = (attempts: number): number => Math.min(longestRetryMs, firstRetryMs * 2 ** (attempts - 1))
