import { audited } from '../../audit/audited.ts'
import { untilCurrent } from '../../db/contended.ts'
import type { Database, Db } from '../../db/database.ts'
import type { Effect } from '../../fleet/schema.ts'
import { settleMs } from '../../http/lists.ts'
import { covers } from '../../people/may.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { Secret } from '../../secret.ts'
import { ownerFor } from '../owner.ts'
import type { PrepareDeps } from '../prepare.ts'
import { findKey, type StoredKey } from '../store.ts'
import { fulfil } from './fulfil.ts'
import { hashOf } from './offer.ts'
import { tellReuse } from './reuse.ts'
import { findClaim, type StoredClaim, useClaim } from './store.ts'

export type RedeemDeps = Pick<PrepareDeps, 'read' | 'directory' | 'hash' | 'shareProof' | 'newId' | 'now'> & {
  readonly transaction: Database['transaction']
  readonly mintFor: (kind: 'k' | 'u', id16: string) => Secret
  readonly effectOf: (organizationId: string, changeRowId: number, waitMs: number) => Promise<Effect>
}
type Redeemed = { readonly key: StoredKey; readonly secret: Secret }
type Opened = { readonly claim: StoredClaim; readonly key: StoredKey; readonly version: number }

/** D61: the secret is made now, for the owner alone, and shown this once. To others the link leads nowhere. */
export const redeemClaim =
  (deps: RedeemDeps) =>
  async (actor: Actor, code: string, requestId: string): Promise<Result<Redeemed>> => {
    if (!covers(actor.scopes, 'keys:write')) return refuse('not_permitted', { detail: scope })
    const { organizationId } = actor
    const look = (db: Db) => openedBy(deps, db, actor, code)
    const found = await deps.read(organizationId, look)
    if (!found.ok) return refusedAfter(deps, actor, code, requestId, found)
    const { id, tokenKind } = found.value.key.record
    const secret = deps.mintFor(tokenKind, id.slice('key_'.length))
    const stored = await deps.hash(organizationId, id, secret)
    if (!stored.ok) return stored
    const work = async (db: Db): Promise<Result<Opened & { readonly rowId: number }>> => {
      const still = await look(db)
      if (!still.ok) return still
      const { claim, key: before } = still.value
      if (!(await useClaim(db, organizationId, claim.id, audited(actor).id, deps.now()))) return refuse('stale')
      const made = await fulfil(
        deps,
        db,
        { by: { actor: audited(actor), requestId }, claimId: claim.id, before },
        stored.value,
      )
      return made.ok ? ok({ claim, ...made.value }) : made
    }
    const done = await untilCurrent(null, () => deps.transaction(organizationId, work))
    if (!done.ok) return refusedAfter(deps, actor, code, requestId, done)
    const { key, version, rowId } = done.value
    deps.shareProof(organizationId, id, version, secret)
    await deps.effectOf(organizationId, rowId, settleMs)
    return ok({ key, secret })
  }

/** Whether the link opens for the actor now. */
async function openedBy(
  { directory, now }: Pick<RedeemDeps, 'directory' | 'now'>,
  db: Db,
  actor: Actor,
  code: string,
): Promise<Result<{ claim: StoredClaim; key: StoredKey }>> {
  const claim = await findClaim(db, actor.organizationId, hashOf(code))
  const key = claim && (await findKey(db, actor.organizationId, claim.keyId))
  if (!claim || !key) return refuse('not_found', { detail: over })
  const { owner, state } = key.record
  // Of a team or an app: whoever would be shown the secret of a key that he makes for it.
  const isHolder =
    owner.type === 'member' ? owner.id === actor.memberId : (await ownerFor(directory, db, actor, owner)).ok
  const hasEnded = state === 'revoked' || state === 'deleted'
  if (!isHolder || hasEnded) return refuse('not_found', { detail: over })
  if (claim.usedAt !== null) return refuse('claim_used', { detail: used })
  if (claim.withdrawnAt !== null || claim.expiresAt <= now()) return refuse('not_found', { detail: over })
  return ok({ claim, key })
}

/** A link that was used before is told of, whoever brings it: of two who had it, one was not meant. */
async function refusedAfter(
  deps: RedeemDeps,
  actor: Actor,
  code: string,
  requestId: string,
  refused: Result<never>,
): Promise<Result<never>> {
  await tellReuse(deps, actor, code, requestId)
  return refused
}

const scope = 'To see the secret of a key, a token needs the scope keys:write.'
const over =
  'There is no such link for you: it opens for the owner of the key, once, within seven days. Whoever made it can make a new one.'
const used =
  'The link has been used, and the secret was shown then. If that was not you, end the key at once: somebody else has its secret. The audit log says who.'
