import type { Standing } from '../../limits/limits.ts'

/**
 * How the tightest limits of a call stand, of requests and of tokens, as far as this gateway knows: as the IETF's httpapi
 * group writes it, and as OpenAI's clients read it. A flat list; limits are named by what they are about, without ids.
 */
export function standingOf(standings: readonly Standing[], maxTokens: number | null): string[] {
  const headers: string[] = []
  const tightest = measures.flatMap((measure) => tightestOf(standings, measure) ?? [])
  if (tightest.length > 0) {
    const policies = tightest.map((each) => `"${nameOf(each)}";q=${each.most};w=60`)
    const states = tightest.map((each) => `"${nameOf(each)}";r=${leftOf(each)};t=${secondsOf(each)}`)
    headers.push('ratelimit-policy', policies.join(', '), 'ratelimit', states.join(', '))
  }
  for (const each of tightest) {
    headers.push(`x-ratelimit-limit-${each.measure}`, String(each.most))
    headers.push(`x-ratelimit-remaining-${each.measure}`, String(leftOf(each)))
    headers.push(`x-ratelimit-reset-${each.measure}`, `${secondsOf(each)}s`)
  }
  if (maxTokens !== null) headers.push('ostiary-max-tokens', String(maxTokens))
  return headers
}

/** Of one measure, the one with the least left; null: there is none. */
export function tightestOf(standings: readonly Standing[], measure: Standing['measure']): Standing | null {
  let tightest: Standing | null = null
  for (const standing of standings)
    if (standing.measure === measure && (tightest === null || standing.left < tightest.left)) tightest = standing
  return tightest
}

export const secondsOf = ({ resetMs }: Standing): number => Math.ceil(Math.max(0, resetMs) / 1000)

const measures = ['requests', 'tokens'] as const
const leftOf = ({ left }: Standing): number => Math.max(0, left)
const nameOf = ({ limit, measure }: Standing): string =>
  measure === 'requests' ? limit.target.type : `${limit.target.type}-${measure}`
