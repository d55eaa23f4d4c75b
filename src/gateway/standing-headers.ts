import type { Standing } from './limits/limits.ts'

/**
 * How the tightest of a call's limits stands, as far as this gateway knows (RateLimit headers of the IETF's httpapi
 * group), a flat list. Limits are named by what they are about and no id is told: `key`, `team`, `organization`.
 */
export function standingHeaders(standings: readonly Standing[]): readonly string[] {
  let tightest: Standing | null = null
  for (const standing of standings) {
    if (standing.measure !== 'requests') continue
    if (tightest === null || standing.left < tightest.left) tightest = standing
  }
  if (tightest === null) return none
  const { limit, most, left, resetMs } = tightest
  const name = limit.target.type
  return [
    'ratelimit-policy',
    `"${name}";q=${most};w=60`,
    'ratelimit',
    `"${name}";r=${Math.max(0, left)};t=${Math.ceil(Math.max(0, resetMs) / 1000)}`,
  ]
}

const none: readonly string[] = []
