import { hash } from 'node:crypto'
import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import { Secret } from '../../secret.ts'
import { holdKey, insertClaim, withdrawClaims } from './store.ts'

export type OfferDeps = {
  /** 256 random bits as 43 base62 digits. */
  readonly newCode: () => string
  readonly newId: (prefix: string) => string
  readonly now: () => number
}
/** The code in the clear: for the one answer that shows the link. */
export type Claim = { readonly code: Secret; readonly expiresAt: number }
export type Offer = {
  readonly organizationId: string
  readonly keyId: string
  readonly actor: Pick<Actor, 'kind' | 'memberId' | 'name' | 'address'>
  readonly requestId: string
}
export type OfferClaim = (db: Db, offer: Offer) => Promise<Claim>

/**
 * A link with which the owner of a key reveals its secret, once. It ends the earlier ones of the key. In the unit of
 * work that makes or rotates the key, after the row of the key is there; only the hash of the code is kept.
 */
export const offerClaim =
  (deps: OfferDeps): OfferClaim =>
  async (db, { organizationId, keyId, actor, requestId }) => {
    const at = deps.now()
    const id = deps.newId('clm')
    const code = new Secret(deps.newCode(), 'claim code')
    const expiresAt = at + validMs
    const name = await holdKey(db, organizationId, keyId)
    await withdrawClaims(db, organizationId, keyId, at)
    await insertClaim(db, organizationId, {
      id,
      keyId,
      codeHash: hashOf(code.reveal()),
      createdAt: at,
      createdBy: audited(actor).id,
      expiresAt,
    })
    await insertEvent(db, organizationId, {
      id: deps.newId('evt'),
      at,
      requestId,
      actor: audited(actor),
      action: 'key.claim-created',
      subject: { kind: 'key', id: keyId, name },
      after: { claim: id, expiresAt: new Date(expiresAt).toISOString() },
    })
    return { code, expiresAt }
  }

const validMs = 7 * 86_400_000

export const hashOf = (code: string): string => hash('sha256', code, 'hex')
