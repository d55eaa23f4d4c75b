import { endOfChild } from '../keys/children/standing.ts'
import { refusalOf, refusalOfState } from '../keys/standing.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { createHolderProof, type Held, type ProofDeps } from './holders.ts'
import type { VerifyRequest } from './schema.ts'

/**
 * Is one of these the secret of something that can be used? For scanners, which mark what they have found by it. It tells
 * no more than `/api/me` of a gateway tells whoever has the key, and as there a wrong secret costs microseconds.
 */
export const verifyFound = (deps: ProofDeps) => {
  const prove = createHolderProof(deps)
  return async (found: VerifyRequest): Promise<Result<{ live: true }>> => {
    const tokens = Object.values(found).flatMap((groups) => Object.values(groups).flat())
    for (const token of new Set(tokens.slice(0, tokensAtMost))) {
      const held = await prove(token)
      if (!held.ok) return held
      if (held.value && isUsable(held.value, deps.now())) return ok({ live: true })
    }
    return refuse('key_invalid', { detail: 'None of them is a secret that can be used.' })
  }
}

const tokensAtMost = 20

function isUsable(held: Held, now: number): boolean {
  if (held.kind === 'key') return !held.key.record.honey && refusalOf(held.key.record, held.version, now) === null
  if (held.kind === 'child') {
    const { key, child, isRevoked } = held
    return (refusalOfState(key.record, now) ?? endOfChild(child, key.record, isRevoked, now)) === null
  }
  if (held.kind === 'gateway') return held.gateway.revokedAt === null
  const { revokedAt, expiresAt } = held.signIn.token
  return revokedAt === null && (expiresAt === null || expiresAt > now)
}
