import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { dropKeyBudgets } from '../budgets/of-key/of-key.ts'
import { announce } from '../db/changes.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import { dropKeyLimits } from '../limits/of-key/of-key.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { forgetRequests } from '../usage/totals/store.ts'
import type { Directory } from './directory.ts'
import { deleteFacets } from './facets/store.ts'
import { isThere, keyWithinReach } from './owner.ts'
import type { KeyRecord } from './schema.ts'
import { endKey, requestsOfKey } from './states/store.ts'
import { findKey, type StoredKey } from './store.ts'

export type WriteDeps = { readonly newId: (prefix: string) => string; readonly now: () => number }
export type EndDeps = WriteDeps & {
  readonly transaction: Database['transaction']
  readonly directory: Pick<Directory, 'ownersOf'>
  /** `maxStalenessSeconds`: the key's own, null where its organization's counts. */
  readonly effectOf: (
    organizationId: string,
    changeRowId: number,
    waitMs: number,
    maxStalenessSeconds?: number | null,
  ) => Promise<Effect>
}
export type EndRequest = {
  readonly id: string
  readonly reason?: string | undefined
  readonly waitMs: number
  readonly ifMatch: string | null
  readonly requestId: string
}
export type Ended = { readonly key: StoredKey; readonly effect: Effect }
type End = {
  readonly to: 'revoked' | 'deleted'
  readonly action: 'key.revoked' | 'key.deleted'
  readonly from: readonly KeyRecord['state'][]
}

/** Final. */
const revoked: End = { to: 'revoked', action: 'key.revoked', from: ['active', 'suspended'] }
/** A tombstone: gone from lists, kept for the audit log; the id is never used again. */
const deleted: End = { to: 'deleted', action: 'key.deleted', from: ['active', 'suspended', 'revoked'] }

/** Asked again it answers the same, with the effect as it is then. */
export const revokeKey = (deps: EndDeps) => end(deps, revoked)
export const deleteKey = (deps: EndDeps) => end(deps, deleted)

/** The same in a unit of work that ends several. */
export const revokeIn = (deps: InUnitDeps) => endIn(deps, revoked)
export const deleteIn = (deps: InUnitDeps) => endIn(deps, deleted)

type InUnitDeps = WriteDeps & Pick<EndDeps, 'directory'>
type InUnit = (db: Db, actor: Actor, request: Omit<EndRequest, 'waitMs'>) => Promise<Result<Ending>>

const end = (deps: EndDeps, how: End) => {
  const work = endIn(deps, how)
  return async (actor: Actor, request: EndRequest): Promise<Result<Ended>> => {
    const { organizationId } = actor
    // Without a revision in mind it never finds a stale one: what may make it go again are two who wait for each other.
    const done = await untilCurrent(request.ifMatch, () =>
      deps.transaction(organizationId, (db) => work(db, actor, request)),
    )
    if (!done.ok) return done
    const { key, change } = done.value
    const { maxStalenessSeconds } = key.record
    return ok({ key, effect: await deps.effectOf(organizationId, change, request.waitMs, maxStalenessSeconds) })
  }
}

const endIn =
  (deps: InUnitDeps, how: End): InUnit =>
  async (db, actor, request) => {
    const { organizationId } = actor
    const { id, ifMatch } = request
    const held = await keyWithinReach(deps.directory, db, actor, 'keys:write', id)
    if (!held || !isThere(held.record)) return refuse('not_found')
    if (!matchesEtag(ifMatch, held.record)) return refuse('stale')
    const onlyAt = ifMatch === null ? null : held.record.revision
    const hasEnded = await endHeld(deps, db, actor, held, { ...how, ...request, onlyAt })
    // Somebody else was between the look at the key and this change of it.
    if (!hasEnded && onlyAt !== null && how.from.includes(held.record.state)) return refuse('stale')
    // Announced even when it had ended before: the news is a pointer, and its way to the gateways is the effect.
    const change = await announce(db, organizationId, { kind: 'key', id, at: deps.now() })
    return ok({ key: (await findKey(db, organizationId, id)) ?? held, change })
  }

/** With the row of its news. */
export type Ending = { readonly key: StoredKey; readonly change: number }

/**
 * Revokes the key of what is deleted itself, in its unit of work, and answers the row of the news; null: there was none
 * to revoke. Whoever calls has asked whether the actor may.
 */
export const endKeyOf =
  (deps: WriteDeps) =>
  async (db: Db, actor: Actor, keyId: string, because: Because): Promise<number | null> => {
    const { organizationId } = actor
    const held = await findKey(db, organizationId, keyId)
    if (!held || !(await endHeld(deps, db, actor, held, { ...revoked, ...because, onlyAt: null }))) return null
    return announce(db, organizationId, { kind: 'key', id: keyId, at: deps.now() })
  }

type Because = { readonly reason: string; readonly requestId: string }
type Ask = End & { readonly reason?: string | undefined; readonly requestId: string; readonly onlyAt: number | null }

/** The change with its audit event; false when somebody else has ended the key first, and then nothing was written. */
async function endHeld(deps: WriteDeps, db: Db, actor: Actor, held: StoredKey, ask: Ask): Promise<boolean> {
  const { organization, id, name, state, owner } = held.record
  const at = deps.now()
  const { from, to, onlyAt, reason } = ask
  if (!(await endKey(db, organization, id, { from, to, at, onlyAt, reason: reason?.trim() ? reason : null })))
    return false
  if (to === 'deleted') {
    await deleteFacets(db, organization, id)
    await dropKeyLimits(db, organization, [id], at)
    await dropKeyBudgets(db, organization, [id], at)
    await forgetRequests(db, organization, owner.id, await requestsOfKey(db, organization, id))
  }
  await insertEvent(db, organization, {
    id: deps.newId('evt'),
    at,
    requestId: ask.requestId,
    actor: audited(actor),
    action: ask.action,
    subject: { kind: 'key', id, name },
    before: { state, owner },
    after: { state: to, ...(reason === undefined ? {} : { reason }) },
  })
  return true
}
