import { audited } from '../audit/audited.ts'
import { insertEvent, type NewEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { matchesEtag } from '../http/etag.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { revokedIsFinal } from './final.ts'
import { holdOwner } from './leaving/away.ts'
import { isThere, keyWithinReach } from './owner.ts'
import type { EndDeps, Ended, EndRequest, WriteDeps } from './revoke.ts'
import { type StoredKey, updateKey } from './store.ts'

/** Off and on again: the secret stays what it was, so whoever holds it goes on where he stood. */
export const suspendKey = (deps: EndDeps) => turn(deps, 'suspended')
export const resumeKey = (deps: EndDeps) => turn(deps, 'active')

type To = 'suspended' | 'active'
const actions = { suspended: 'key.suspended', active: 'key.resumed' } as const satisfies Record<To, string>

const turn =
  (deps: EndDeps, to: To) =>
  async (actor: Actor, request: EndRequest): Promise<Result<Ended>> => {
    const { organizationId } = actor
    const { id, ifMatch, reason, requestId } = request
    const change = async (db: Db): Promise<Result<{ key: StoredKey; rowId: number }>> => {
      const held = await keyWithinReach(deps.directory, db, actor, 'keys:write', id)
      if (!held || !isThere(held.record)) return refuse('not_found')
      if (!matchesEtag(ifMatch, held.record)) return refuse('stale')
      const turned = await turnKey(deps, db, held, { to, reason, requestId, actor: audited(actor) })
      if (!turned.ok) return turned
      // Announced even when it stood so before: the news is a pointer, and its way to the gateways is the effect.
      return ok({ key: turned.value, rowId: await announce(db, organizationId, { kind: 'key', id, at: deps.now() }) })
    }
    const done = await untilCurrent(ifMatch, () => deps.transaction(organizationId, change))
    if (!done.ok) return done
    const { key, rowId } = done.value
    const { maxStalenessSeconds } = key.record
    return ok({ key, effect: await deps.effectOf(organizationId, rowId, request.waitMs, maxStalenessSeconds) })
  }

type Turning = {
  readonly to: To
  readonly reason?: string | undefined
  readonly requestId: string
  readonly actor: NewEvent['actor']
}

/**
 * Inside a unit of work, with its audit event and without the news; nothing is written where it stands so already.
 * `stale`: the key has changed since it was read.
 */
export async function turnKey(
  deps: WriteDeps,
  db: Db,
  held: StoredKey,
  { to, reason, requestId, actor }: Turning,
): Promise<Result<StoredKey>> {
  const { organization, id, state } = held.record
  if (state === 'revoked' || state === 'deleted') return revokedIsFinal(id)
  // Suspended by hand as well, one that was suspended with its owner does not come back with him.
  if (state === to && held.suspendedFor === null) return ok(held)
  const left = to === 'active' ? await holdOwner(db, organization, held.record.owner) : null
  if (left) return left
  const key = turned(held, to, reason)
  if (!(await updateKey(db, organization, key))) return refuse('stale')
  await recordTurn(deps, db, held, key, { requestId, actor })
  return ok(key)
}

/** Pure: why it was switched off is forgotten when it is on again. */
export const turned = (held: StoredKey, to: To, reason: string | undefined): StoredKey => ({
  ...held,
  stateReason: to === 'suspended' ? (reason?.trim() ? reason : null) : null,
  suspendedFor: null,
  record: { ...held.record, state: to, revision: held.record.revision + 1 },
})

export async function recordTurn(
  { newId, now }: WriteDeps,
  db: Db,
  before: StoredKey,
  { record: { organization, id, name, state, owner }, stateReason }: StoredKey,
  { requestId, actor }: Pick<Turning, 'requestId' | 'actor'>,
): Promise<void> {
  if (state !== 'suspended' && state !== 'active') return
  await insertEvent(db, organization, {
    id: newId('evt'),
    at: now(),
    requestId,
    actor,
    action: actions[state],
    subject: { kind: 'key', id, name },
    before: { state: before.record.state, owner },
    after: { state, ...(stateReason === null ? {} : { reason: stateReason }) },
  })
}
