import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import type { Ceilings } from '../people/policies/schema.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { auditedChange } from './audited-key.ts'
import {
  type AskedCaps,
  auditedBefore,
  auditedCaps,
  capsAgain,
  capsOfKey,
  type KeyCaps,
  refusalOfCaps,
  writeCaps,
} from './caps.ts'
import type { Directory, LiveOwner, NamedOwner } from './directory.ts'
import { updateFacets } from './facets/store.ts'
import { factsFor } from './facts.ts'
import { revokedIsFinal } from './final.ts'
import { holdOwner } from './leaving/away.ts'
import { isThere, keyWithinReach, refuseAbove } from './owner.ts'
import { planPatch } from './plan.ts'
import { capsWithin } from './policies/ceilings.ts'
import { ceilingsFor, isElsewhere } from './policies/judge.ts'
import { refusalOfRoom } from './policies/room.ts'
import type { EndDeps, EndRequest } from './revoke.ts'
import type { KeyPatch } from './schema.ts'
import { type StoredKey, updateKey as writeKey } from './store.ts'
import { recordTurn, turned } from './turn.ts'

export type UpdateDeps = Omit<EndDeps, 'directory'> & { readonly directory: Directory }
type Request = Omit<EndRequest, 'reason'>
type Changed = { readonly before: StoredKey; readonly key: StoredKey; readonly rowId: number }

/** A26: the secret stays; what changes is what it may be used for. */
export const updateKey = (deps: UpdateDeps) => {
  const change = updateIn(deps)
  return async (
    actor: Actor,
    request: Request,
    patch: KeyPatch,
  ): Promise<Result<{ key: StoredKey; effect: Effect }>> => {
    const { organizationId } = actor
    const work = (db: Db) => change(db, actor, request, patch)
    const done = await untilCurrent(request.ifMatch, () => deps.transaction(organizationId, work))
    if (!done.ok) return done
    const { before, key, rowId } = done.value
    // A gateway that has not heard of it decides for as long as it was allowed to before.
    const { maxStalenessSeconds } = before.record
    return ok({ key, effect: await deps.effectOf(organizationId, rowId, request.waitMs, maxStalenessSeconds) })
  }
}

/** The same in a unit of work that changes several. */
export const updateIn =
  (deps: Pick<UpdateDeps, 'newId' | 'now' | 'directory'>) =>
  async (db: Db, actor: Actor, request: Omit<Request, 'waitMs'>, patch: KeyPatch): Promise<Result<Changed>> => {
    const { organizationId } = actor
    const { id } = request
    const before = await keyWithinReach(deps.directory, db, actor, 'keys:write', id)
    if (!before || !isThere(before.record)) return refuse('not_found')
    if (!matchesEtag(request.ifMatch, before.record)) return refuse('stale')
    if (before.record.state === 'revoked') return revokedIsFinal(id)
    const caps = await capsOfKey(db, organizationId, id, deps.now())
    const planned = await plan(deps, db, actor, before, patch)
    if (!planned.ok) return planned
    const full = planned.value.isElsewhere ? await refusalOfRoom(deps, db, actor, planned.value.projects, 0) : null
    if (full) return full
    const bounded = boundedCaps(planned.value, caps, patch)
    if (!bounded.ok) return bounded
    const asked = bounded.value
    const refused = refusalOfCaps(actor, asked, caps)
    if (refused) return refused
    const writing = { actor, requestId: request.requestId, before, caps, asked, ...planned.value }
    const written = await write(deps, db, writing)
    if (!written.ok) return written
    const capped = await writeCaps(deps, db, actor, { organizationId, keyId: before.record.id, before: caps }, asked)
    if (!capped.ok) return capped
    const rowId = await announce(db, organizationId, { kind: 'key', id, at: deps.now() })
    return ok({ before, key: written.value, rowId })
  }

/** Null: the patch says nothing of it. */
type Planned = {
  readonly fields: StoredKey | null
  readonly to: 'active' | 'suspended' | null
  /** Of whoever asks; null: nothing binds him. */
  readonly ceilings: Ceilings | null
  /** It comes to a tier in which it was not: what it has is judged as what a new key asks for. */
  readonly isElsewhere: boolean
  readonly projects: readonly string[]
}

function boundedCaps({ ceilings, isElsewhere }: Planned, before: KeyCaps, patch: KeyPatch): Result<AskedCaps> {
  const { limits, budgets } = patch
  const asked = { ...(limits === undefined ? {} : { limits }), ...(budgets === undefined ? {} : { budgets }) }
  return isElsewhere
    ? capsWithin(ceilings, { ...capsAgain(before), ...asked }, null)
    : capsWithin(ceilings, asked, before)
}

async function plan(
  { directory, now }: Pick<UpdateDeps, 'directory' | 'now'>,
  db: Db,
  actor: Actor,
  before: StoredKey,
  { active, ...fields }: KeyPatch,
): Promise<Result<Planned>> {
  const to = active === undefined ? null : active ? 'active' : 'suspended'
  // Off and on alone is the verb, and leaves no event where it stands so already.
  if (to !== null && Object.values(fields).every((field) => field === undefined))
    return ok({ fields: null, to, ceilings: null, isElsewhere: false, projects: [] })
  const isDelivered = fields.rotation?.deliverTo != null
  const isWidened = fields.mcp !== undefined || fields.allServersReason !== undefined
  const isBound = before.record.owner.type === 'app' && isWidened
  const isAsked = isDelivered || isBound || fields.projects !== undefined
  const owner = isAsked ? await liveOwner(directory, db, before) : null
  if (isDelivered && fields.rotation?.deliverTo !== before.rotation?.deliverTo) {
    const refused = owner ? refuseAbove(actor, owner) : refuse('not_permitted', { detail: nobodys })
    if (refused) return refused
  }
  const { scope } = before.record
  const asking = { actor, owner: owner ?? boundTo(before), before: scope, schedule: before.rotation }
  const facts = await factsFor(directory, db, asking, fields)
  const planned = planPatch(before, fields, facts, now())
  if (!planned.ok) return planned
  const { projects } = planned.value.record.scope
  const ceilings = ceilingsFor(projects, facts)
  const isMoved = ceilings !== null && isElsewhere(before, planned.value, facts)
  return ok({ fields: planned.value, to, ceilings, isElsewhere: isMoved, projects })
}

const nobodys = 'The owner of this key is gone, and with him who may say where its secret goes.'

const liveOwner = (directory: Directory, db: Db, { record }: StoredKey): Promise<LiveOwner | null> => {
  const { type, id } = record.owner
  return directory.owner(db, record.organization, { type, id })
}

/** Only an app binds its key to a project; of other owners, and where that is not asked, nothing has to be known. */
const boundTo = ({ record }: StoredKey): Pick<NamedOwner, 'type' | 'project'> => ({
  type: record.owner.type,
  project: null,
})

type Writing = Planned & {
  readonly actor: Actor
  readonly requestId: string
  readonly before: StoredKey
  readonly caps: KeyCaps
  readonly asked: AskedCaps
}

/** One row, one revision, and an event for each of the two things that can have happened. */
async function write(
  deps: Pick<UpdateDeps, 'newId' | 'now'>,
  db: Db,
  { actor, requestId, before, fields, to, caps, asked }: Writing,
): Promise<Result<StoredKey>> {
  const { organization, id, state } = before.record
  const isTurned = to !== null && (to !== state || before.suspendedFor !== null)
  const left = isTurned && to === 'active' ? await holdOwner(db, organization, before.record.owner) : null
  if (left) return left
  if (fields === null && !isTurned) return ok(before)
  const changed = fields ?? before
  const key = isTurned ? atRevision(turned(changed, to, undefined), before.record.revision + 1) : changed
  if (!(await writeKey(db, organization, key))) return refuse('stale')
  if (fields) {
    await updateFacets(db, organization, before, key)
    await insertEvent(db, organization, {
      id: deps.newId('evt'),
      at: deps.now(),
      requestId,
      actor: audited(actor),
      action: 'key.updated',
      subject: { kind: 'key', id, name: key.record.name },
      ...changedWith(auditedChange(before, key), asked, caps),
    })
  }
  if (isTurned) await recordTurn(deps, db, before, key, { requestId, actor: audited(actor) })
  return ok(key)
}

const changedWith = (change: ReturnType<typeof auditedChange>, asked: AskedCaps, caps: KeyCaps) => ({
  before: { ...change.before, ...auditedBefore(asked, caps) },
  after: { ...change.after, ...auditedCaps(asked) },
})

const atRevision = (key: StoredKey, revision: number): StoredKey => ({ ...key, record: { ...key.record, revision } })
