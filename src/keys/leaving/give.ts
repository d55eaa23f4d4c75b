import { audited } from '../../audit/audited.ts'
import { insertEvent } from '../../audit/store.ts'
import { announce } from '../../db/changes.ts'
import { guarded } from '../../db/contended.ts'
import type { Db } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import { ok, type Result } from '../../problems.ts'
import { addRequests, forgetRequests } from '../../usage/totals/store.ts'
import type { Claim, OfferClaim } from '../claims/offer.ts'
import { begin } from '../rotation/begin.ts'
import type { RotationSchedule } from '../rotation/schedule/schema.ts'
import { rotationDefaults } from '../rotation/schema.ts'
import type { WriteDeps } from '../rotation/write.ts'
import type { Owner } from '../schema.ts'
import { requestsOfKey } from '../states/store.ts'
import { type StoredKey, updateKey } from '../store.ts'
import { writeOwner } from './store.ts'

export type GiveDeps = WriteDeps & { readonly offerClaim: OfferClaim }
type NamedOwner = Owner & { readonly name: string }
export type Giving = {
  readonly actor: Actor
  readonly requestId: string
  readonly reason?: string | undefined
  readonly key: StoredKey
  /** Of an app's key the app that it already belongs to. */
  readonly owner: NamedOwner
  /** Who had it, himself or through the app. */
  readonly from: { readonly id: string; readonly name: string }
  readonly to: NamedOwner
}
export type Given = { readonly claim: Claim | null; readonly rowId: number }

/**
 * Hands one key on, in a unit of work. Whoever left knows its secrets, so they end, children with them, and the next one
 * is revealed by a link to whoever owns the key now. A decoy keeps its secret: it lies where somebody is to find it, and
 * opens nothing. `stale`: the key has changed since it was read.
 */
export async function giveKey(deps: GiveDeps, db: Db, giving: Giving): Promise<Result<Given>> {
  const { actor, requestId, key, owner } = giving
  const { organization, id, name } = key.record
  const renewed = await renew(deps, db, giving)
  if (!renewed.ok) return renewed
  if (owner.id !== key.record.owner.id) {
    await writeOwner(db, organization, id, owner)
    const requests = await requestsOfKey(db, organization, id)
    await forgetRequests(db, organization, key.record.owner.id, requests)
    await addRequests(db, [{ organizationId: organization, ownerId: owner.id, requests }])
  }
  const at = deps.now()
  await insertEvent(db, organization, {
    id: deps.newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'key.transferred',
    subject: { kind: 'key', id, name },
    before: { owner: giving.from, state: key.record.state, ...(key.rotation && { rotation: key.rotation }) },
    after: {
      owner: giving.to,
      state: renewed.value.state,
      ...(key.rotation && { rotation: toNobody(key.rotation) }),
      ...(giving.reason?.trim() ? { reason: giving.reason } : {}),
    },
  })
  const rowId = await announce(db, organization, { kind: 'key', id, at })
  return ok({ claim: renewed.value.claim, rowId })
}

/** Who reads there was asked about the former owner; of the heir's secrets he says himself where they go. */
const toNobody = (rotation: RotationSchedule): RotationSchedule => ({ ...rotation, deliverTo: null })

type Renewed = { readonly claim: Claim | null; readonly state: StoredKey['record']['state'] }

/** What was suspended because its owner left is on again; without a secret it opens nothing until the heir has claimed it. */
async function renew(deps: GiveDeps, db: Db, { actor, requestId, key }: Giving): Promise<Result<Renewed>> {
  const isFreed = key.suspendedFor !== null
  const state = isFreed ? 'active' : key.record.state
  const kept = { ...key, rotation: key.rotation && toNobody(key.rotation) }
  const before: StoredKey = isFreed
    ? { ...kept, stateReason: null, suspendedFor: null, record: { ...key.record, state } }
    : kept
  if (key.record.honey) {
    const after = { ...before, record: { ...before.record, revision: before.record.revision + 1 } }
    return guarded(await updateKey(db, key.record.organization, after), { claim: null, state })
  }
  const terms = { mode: 'immediate', ...rotationDefaults, silentSeconds: null } as const
  const begun = await begin(deps, db, { actor, before, requestId, terms, fresh: null })
  return begun.ok ? ok({ claim: begun.value.claim, state }) : begun
}
