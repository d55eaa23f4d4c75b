import type { Standing } from '../../limits/limits.ts'

/**
 * How the tightest limits of a call stand, of requests and of tokens, as far as this gateway knows: as the IETF's httpapi
 * group writes it, and as OpenAI's clients read it. A flat list; limits are named by what they are about, without ids.
 */
export function standingOf(standings: readonly Standing[], maxTokens: number | null): string[] {
  const ofEach: string[] = []
  let [policies, states] = ['', '']
  for (const measure of measures) {
    const each = tightestOf(standings, measure)
    if (each === null) continue
    const [name, left, seconds, comma] = [nameOf(each), leftOf(each), secondsOf(each), policies === '' ? '' : ', ']
    policies += `${comma}"${name}";q=${each.most};w=60`
    states += `${comma}"${name}";r=${left};t=${seconds}`
    ofEach.push(`x-ratelimit-limit-${measure}`, String(each.most))
    ofEach.push(`x-ratelimit-remaining-${measure}`, String(left))
    ofEach.push(`x-ratelimit-reset-${measure}`, `${seconds}s`)
  }
  if (maxTokens !== null) ofEach.push('ostiary-max-tokens', String(maxTokens))
  return policies === '' ? ofEach : ['ratelimit-policy', policies, 'ratelimit', states, ...ofEach]
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
