import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import type { Database } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import { audited } from '../people/audited.ts'
import { seesAll } from '../people/may.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { KeyRecord } from './schema.ts'
import { endKey, findKey, type StoredKey } from './store.ts'

export type EndDeps = {
  readonly transaction: Database['transaction']
  /** `maxStalenessSeconds`: the key's own, null where its organization's counts. */
  readonly effectOf: (
    organizationId: string,
    changeRowId: number,
    waitMs: number,
    maxStalenessSeconds?: number | null,
  ) => Promise<Effect>
  readonly newId: (prefix: string) => string
  readonly now: () => number
}
export type EndRequest = {
  readonly id: string
  readonly reason?: string | undefined
  readonly waitMs: number
  readonly ifMatch: string | null
  readonly requestId: string
}
type Ended = { readonly key: StoredKey; readonly effect: Effect }
type End = {
  readonly to: 'revoked' | 'deleted'
  readonly action: 'key.revoked' | 'key.deleted'
  readonly from: readonly KeyRecord['state'][]
}

/** Final. Asked again it answers the same, with the effect as it is then. */
export const revokeKey = (deps: EndDeps) =>
  end(deps, { to: 'revoked', action: 'key.revoked', from: ['active', 'suspended'] })

/** A tombstone: gone from lists, kept for the audit log; the id is never used again. */
export const deleteKey = (deps: EndDeps) =>
  end(deps, { to: 'deleted', action: 'key.deleted', from: ['active', 'suspended', 'revoked'] })

const end =
  (deps: EndDeps, { to, action, from }: End) =>
  async (actor: Actor, request: EndRequest): Promise<Result<Ended>> => {
    const { organizationId } = actor
    const { id, reason, requestId } = request
    const done = await deps.transaction(organizationId, async (db): Promise<Result<Ending>> => {
      const held = await findKey(db, organizationId, id)
      if (!held || !isVisible(held, actor)) return refuse('not_found')
      if (!matchesEtag(request.ifMatch, held.record)) return refuse('stale')
      const at = deps.now()
      const onlyAt = request.ifMatch === null ? null : held.record.revision
      const hasEnded = await endKey(db, organizationId, id, { from, to, at, onlyAt })
      // Somebody else was between the look at the key and this change of it.
      if (!hasEnded && onlyAt !== null && from.includes(held.record.state)) return refuse('stale')
      if (hasEnded) {
        await insertEvent(db, organizationId, {
          id: deps.newId('evt'),
          at,
          requestId,
          actor: audited(actor),
          action,
          subject: { kind: 'key', id, name: held.record.name },
          before: { state: held.record.state },
          after: { state: to, ...(reason === undefined ? {} : { reason }) },
        })
      }
      // Announced even when it had ended before: the news is a pointer, and its way to the gateways is the effect.
      const change = await announce(db, organizationId, { kind: 'key', id, at })
      return ok({ key: (await findKey(db, organizationId, id)) ?? held, change })
    })
    if (!done.ok) return done
    const { key, change } = done.value
    const { maxStalenessSeconds } = key.record
    return ok({ key, effect: await deps.effectOf(organizationId, change, request.waitMs, maxStalenessSeconds) })
  }

type Ending = { readonly key: StoredKey; readonly change: number }

/** B22: to a member, somebody else's key does not exist; to nobody does a deleted one. */
export const isVisible = ({ record }: StoredKey, actor: Actor): boolean =>
  record.state !== 'deleted' && (seesAll(actor.role) || owns(actor, record))

const owns = (actor: Actor, { owner }: KeyRecord): boolean => owner.type === 'member' && owner.id === actor.memberId
