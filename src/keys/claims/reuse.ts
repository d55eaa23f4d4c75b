import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Database } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import { isoOrNull } from '../rotation/write.ts'
import { hashOf } from './offer.ts'
import { findClaim, nameOfKey } from './store.ts'

type Deps = {
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
}

/** The alarm: who brought a used link, and from where. Its own unit of work, since a refusal takes back what it wrote. */
export const tellReuse = ({ transaction, newId, now }: Deps, actor: Actor, code: string, requestId: string) =>
  transaction(actor.organizationId, async (db): Promise<void> => {
    const claim = await findClaim(db, actor.organizationId, hashOf(code))
    if (!claim || claim.usedAt === null) return
    await insertEvent(db, actor.organizationId, {
      id: newId('evt'),
      at: now(),
      requestId,
      actor: audited(actor),
      action: 'key.claim-reused',
      subject: { kind: 'key', id: claim.keyId, name: await nameOfKey(db, actor.organizationId, claim.keyId) },
      before: { usedAt: isoOrNull(claim.usedAt), usedBy: claim.usedBy },
      after: { claim: claim.id, address: actor.address ?? null },
    })
  })
