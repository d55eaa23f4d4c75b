import { audited } from '../../audit/audited.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Database, Db } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Directory } from '../directory.ts'
import { revokedIsFinal } from '../final.ts'
import { refuseOwnerLeft } from '../leaving/away.ts'
import { isThere, keyWithinReach } from '../owner.ts'
import { openRotation } from '../rotation/store.ts'
import { tell, type WriteDeps } from '../rotation/write.ts'
import type { StoredKey } from '../store.ts'
import type { Claim, OfferClaim } from './offer.ts'
import { withdrawClaims } from './store.ts'

export type RenewDeps = WriteDeps & {
  readonly transaction: Database['transaction']
  readonly directory: Pick<Directory, 'owner' | 'ownersOf'>
  readonly offerClaim: OfferClaim
}
type Asked = { readonly id: string; readonly requestId: string }

/** A new link, where the key's owner still has a secret to reveal; the one before it ends. */
export const renewClaim =
  (deps: RenewDeps) =>
  (actor: Actor, { id, requestId }: Asked): Promise<Result<{ key: StoredKey; claim: Claim }>> => {
    const { organizationId } = actor
    const work = async (db: Db): Promise<Result<{ key: StoredKey; claim: Claim }>> => {
      const key = await keyWithinReach(deps.directory, db, actor, 'keys:write', id)
      if (!key || !isThere(key.record)) return refuse('not_found')
      if (key.record.state === 'revoked') return revokedIsFinal(key.record.id)
      const { owner } = key.record
      if (owner.type !== 'member' || key.ephemeral || key.record.honey) return refuse('invalid', { detail: notForAny })
      const left = await refuseOwnerLeft(db, key)
      if (left) return left
      if (!(await isAwaited(db, key))) return refuse('in_use', { detail: hasSecret })
      return ok({ key, claim: await deps.offerClaim(db, { organizationId, keyId: key.record.id, actor, requestId }) })
    }
    return untilCurrent(null, () => deps.transaction(organizationId, work))
  }

/** Links that nobody has used lead nowhere from now on. Asked again it answers the same. */
export const withdrawClaim =
  (deps: RenewDeps) =>
  (actor: Actor, { id, requestId }: Asked): Promise<Result<StoredKey>> =>
    deps.transaction(actor.organizationId, async (db): Promise<Result<StoredKey>> => {
      const key = await keyWithinReach(deps.directory, db, actor, 'keys:write', id)
      if (!key || !isThere(key.record)) return refuse('not_found')
      const withdrawn = await withdrawClaims(db, actor.organizationId, key.record.id, deps.now())
      const by = { actor: audited(actor), requestId }
      if (withdrawn > 0) await tell(deps, db, by, key, { action: 'key.claim-withdrawn', after: { claims: withdrawn } })
      return ok(key)
    })

/** Its first secret, or the next one after somebody else has rotated it. */
async function isAwaited(db: Db, { record }: StoredKey): Promise<boolean> {
  if (record.versions.length === 0) return true
  const open = await openRotation(db, record.organization, record.id)
  return open?.state === 'planned' && open.webhookId === null
}

const notForAny = 'A link is for the key of a member, with a secret of its own. This is none.'
const hasSecret =
  'The owner of this key has its secret already. Rotate it, and whoever is not the owner gets a link for him.'
