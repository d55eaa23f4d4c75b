import { audited } from '../audit/audited.ts'
import { insertEvent } from '../audit/store.ts'
import { announce } from '../db/changes.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { auditedChange } from './audited-key.ts'
import type { Directory, NamedOwner } from './directory.ts'
import { factsFor } from './facts.ts'
import { isThere, keyWithinReach } from './owner.ts'
import { planPatch } from './plan.ts'
import { deleteKeyProjects, insertKeyProjects } from './projects/store.ts'
import type { EndDeps, EndRequest } from './revoke.ts'
import type { KeyPatch } from './schema.ts'
import { type StoredKey, updateKey as writeKey } from './store.ts'

export type UpdateDeps = Omit<EndDeps, 'directory'> & { readonly directory: Directory }
type Changed = { readonly before: StoredKey; readonly key: StoredKey; readonly rowId: number }

/** A26: the secret stays; what changes is what it may be used for. */
export const updateKey =
  (deps: UpdateDeps) =>
  async (
    actor: Actor,
    request: Omit<EndRequest, 'reason'>,
    patch: KeyPatch,
  ): Promise<Result<{ key: StoredKey; effect: Effect }>> => {
    const { organizationId } = actor
    const change = async (db: Db): Promise<Result<Changed>> => {
      const before = await keyWithinReach(deps.directory, db, actor, 'keys:write', request.id)
      if (!before || !isThere(before.record)) return refuse('not_found')
      if (!matchesEtag(request.ifMatch, before.record)) return refuse('stale')
      if (before.record.state === 'revoked') return refuse('key_is_revoked')
      const owner = await ownerOf(deps.directory, db, before, patch)
      const facts = await factsFor(deps.directory, db, { actor, owner, before: before.record.scope }, patch)
      const planned = planPatch(before, patch, facts, deps.now())
      if (!planned.ok) return planned
      const key = planned.value
      if (!(await writeKey(db, organizationId, key))) return refuse('stale')
      if (patch.projects !== undefined) await moveTo(db, key)
      return ok({ before, key, rowId: await record(deps, db, actor, request.requestId, before, key) })
    }
    const done = await untilCurrent(request.ifMatch, () => deps.transaction(organizationId, change))
    if (!done.ok) return done
    const { before, key, rowId } = done.value
    // A gateway that has not heard of it decides for as long as it was allowed to before.
    const { maxStalenessSeconds } = before.record
    return ok({ key, effect: await deps.effectOf(organizationId, rowId, request.waitMs, maxStalenessSeconds) })
  }

/** Only an app binds its key to a project; of other owners nothing has to be known. */
async function ownerOf(
  directory: Directory,
  db: Db,
  { record: { organization, owner } }: StoredKey,
  { projects }: KeyPatch,
): Promise<Pick<NamedOwner, 'type' | 'project'>> {
  const isAsked = owner.type === 'app' && projects !== undefined
  const live = isAsked ? await directory.owner(db, organization, { type: owner.type, id: owner.id }) : null
  return live ?? { type: owner.type, project: null }
}

async function moveTo(db: Db, { record: { organization, id, scope } }: StoredKey): Promise<void> {
  await deleteKeyProjects(db, organization, id)
  await insertKeyProjects(db, organization, id, scope.projects)
}

async function record(
  { newId, now }: Pick<UpdateDeps, 'newId' | 'now'>,
  db: Db,
  actor: Actor,
  requestId: string,
  before: StoredKey,
  key: StoredKey,
): Promise<number> {
  const at = now()
  const { organization, id, name } = key.record
  await insertEvent(db, organization, {
    id: newId('evt'),
    at,
    requestId,
    actor: audited(actor),
    action: 'key.updated',
    subject: { kind: 'key', id, name },
    ...auditedChange(before, key),
  })
  return announce(db, organization, { kind: 'key', id, at })
}
