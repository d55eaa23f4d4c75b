import type { KeyPolicies } from '../../people/policies/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { KeyRecord } from '../schema.ts'

const standardSeconds = 3600

/** Seconds that a token may live which says nothing of it. */
const standardLife = ({ maxChildSeconds }: Pick<KeyPolicies, 'maxChildSeconds'>): number =>
  Math.min(standardSeconds, maxChildSeconds)

/** Pure: how long a token shall live, in seconds. `pointer`: where that was said. */
export function lifeOf(
  asked: number | undefined,
  policies: Pick<KeyPolicies, 'maxChildSeconds'>,
  pointer: string,
): Result<number> {
  const { maxChildSeconds } = policies
  if (asked === undefined) return ok(standardLife(policies))
  if (asked <= maxChildSeconds) return ok(asked)
  const detail = `a token lives for ${maxChildSeconds} seconds at most`
  return refuse('policy_refused', {
    detail: `maxChildSeconds: ${detail}.`,
    errors: [{ pointer, detail: `policy maxChildSeconds: ${detail}` }],
    data: { policy: 'maxChildSeconds' },
  })
}

type Span = { readonly issuedAt: number; readonly expiresAt: number }

/**
 * Pure: from when and until when, in whole seconds as tokens say it (RFC 7519 §2). It is over no later than what it is
 * made of: what would be left of it is cut, and nothing left is a no.
 */
export function spanOf(seconds: number, ends: readonly Pick<KeyRecord, 'expiresAt'>[], now: number): Result<Span> {
  const iat = Math.floor(now / 1000)
  const latest = Math.min(...ends.map(({ expiresAt }) => expiresAt ?? Number.POSITIVE_INFINITY))
  const exp = Math.min(iat + seconds, Math.floor(latest / 1000))
  if (exp <= iat) return refuse('invalid', { detail: 'The key is over in less than a second.' })
  return ok({ issuedAt: iat * 1000, expiresAt: exp * 1000 })
}
