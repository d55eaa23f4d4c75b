import { uniqueSlug, untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import { managedAfter, refusalOfManaged } from '../people/managed.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Asked, ProjectDeps } from './deps.ts'
import { holdDefaultProject, holdProject } from './hold/store.ts'
import { recordChange } from './record-change.ts'
import type { ProjectPatch, ProjectView } from './schema.ts'
import { type Project, writeProject } from './store.ts'
import { admitTier } from './tier.ts'
import { countedIn, totalIn } from './uses.ts'
import { viewOf } from './view.ts'

type Changed = { readonly project: Project; readonly rowId: number }

export const updateProject =
  (deps: ProjectDeps) =>
  async (
    actor: Actor,
    asked: Asked,
    patch: ProjectPatch,
  ): Promise<Result<{ project: ProjectView; effect: Effect }>> => {
    const { organizationId } = actor
    const change = async (db: Db): Promise<Result<Changed>> => {
      const before = await holdProject(db, organizationId, asked.idOrSlug)
      if (!before) return refuse('not_found')
      const managed = refusalOfManaged(actor, before)
      if (managed) return managed
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const project = { ...patched(before, patch), managedBy: managedAfter(actor, patch) }
      const touched = await moveTier(deps, db, actor, { before, project, isConfirmed: patch.confirm === true })
      if (!touched.ok) return touched
      if (project.isDefault && !before.isDefault) await takeDefault(deps, db, actor, asked.requestId)
      if (!(await writeProject(db, organizationId, project))) return refuse('stale')
      const happened = { action: 'project.updated', before, after: project, more: touched.value } as const
      return ok({ project, rowId: await recordChange(deps, db, actor, asked.requestId, project, happened) })
    }
    const write = () => uniqueSlug('project', patch.slug, () => deps.transaction(organizationId, change))
    const done = await untilCurrent(asked.ifMatch, write)
    if (!done.ok) return done
    const effect = await deps.effectOf(organizationId, done.value.rowId, asked.waitMs)
    return ok({ project: viewOf(done.value.project), effect })
  }

const patched = (before: Project, patch: ProjectPatch): Project => {
  const slug = patch.slug ?? before.slug
  return {
    ...before,
    slug,
    name: patch.name === undefined ? before.name : (patch.name ?? slug),
    tier: patch.tier === undefined ? before.tier : (patch.tier ?? 'development'),
    isDefault: before.isDefault || patch.default === true,
    revision: before.revision + 1,
  }
}

/** What the audit log says of a change of tier beside the project itself: nothing without one. */
const moveTier = async (
  deps: ProjectDeps,
  db: Db,
  actor: Actor,
  change: { readonly before: Project; readonly project: Project; readonly isConfirmed: boolean },
): Promise<Result<object>> => {
  const { before, project, isConfirmed } = change
  if (project.tier === before.tier) return ok({})
  const { tier } = project
  const uses = await admitTier(deps, db, actor, before, { tier, isConfirmed })
  if (!uses.ok) return uses
  await deps.moveSecrets(db, actor.organizationId, project.id, before.tier, tier)
  return ok(totalIn(uses.value) === 0 ? {} : { touched: countedIn(uses.value) })
}

/** The one before loses it first: an index sees to it that there are never two. */
const takeDefault = async (deps: ProjectDeps, db: Db, actor: Actor, requestId: string): Promise<void> => {
  const before = await holdDefaultProject(db, actor.organizationId)
  const after: Project = { ...before, isDefault: false, revision: before.revision + 1 }
  if (!(await writeProject(db, actor.organizationId, after))) throw new Error('A project changed while it was held')
  await recordChange(deps, db, actor, requestId, after, { action: 'project.updated', before, after })
}
