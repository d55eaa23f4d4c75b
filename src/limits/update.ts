import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import { knownForm } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { recordChange, type Shown, shownOne } from './answer.ts'
import { limitsNothing } from './create.ts'
import type { Asked, LimitDeps } from './deps.ts'
import { mergedLimits } from './of-key/merge.ts'
import type { LimitPatch } from './schema.ts'
import { findLimit, type Limit, writeLimit } from './store.ts'
import { wrong } from './target.ts'

type Changed = Shown & { readonly effect: Effect }

/** What of the running minute is given away stays so: a lower limit counts at once, a higher one has only the rest. */
export const updateLimit = (deps: LimitDeps) => (actor: Actor, asked: Asked, patch: LimitPatch) =>
  change(deps, actor, asked, 'limit.updated', (before) => {
    const limits = mergedLimits(before, patch)
    if (limitsNothing(before.target.type, limits)) return wrong('', 'nothing would be limited: delete it instead')
    return ok({ ...before, ...limits })
  })

export const removeLimit = (deps: LimitDeps) => (actor: Actor, asked: Asked) =>
  change(deps, actor, asked, 'limit.deleted', (before) => ok({ ...before, state: 'deleted' }))

async function change(
  deps: LimitDeps,
  actor: Actor,
  asked: Asked,
  action: 'limit.updated' | 'limit.deleted',
  apply: (before: Limit) => Result<Limit>,
): Promise<Result<Changed>> {
  const { organizationId } = actor
  const work = async (db: Db): Promise<Result<Shown & { rowId: number }>> => {
    const before = await findLimit(db, organizationId, knownForm(asked.id))
    if (!before) return refuse('not_found')
    if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
    const next = apply(before)
    if (!next.ok) return next
    const limit = { ...next.value, revision: before.revision + 1 }
    if (!(await writeLimit(db, organizationId, limit))) return refuse('stale')
    const happened = { action, before, ...(limit.state === 'active' ? { after: limit } : {}) }
    const rowId = await recordChange(deps, db, { actor, requestId: asked.requestId }, limit, happened)
    return ok({ ...(await shownOne(deps, db, limit)), rowId })
  }
  const done = await untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, work))
  if (!done.ok) return done
  const { rowId, ...answer } = done.value
  return ok({ ...answer, effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
}
