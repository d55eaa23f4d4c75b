import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import { refusalOfManaged } from '../people/managed.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Asked, ProjectDeps } from './deps.ts'
import { holdProject } from './hold/store.ts'
import { recordChange } from './record-change.ts'
import type { ProjectView } from './schema.ts'
import { buryProject, type Project } from './store.ts'
import { countedIn, listedFor, totalIn, usesIn } from './uses.ts'
import { viewOf } from './view.ts'

/** Only what nothing uses, and never the default one: whatever names no project needs somewhere to belong. */
export const removeProject =
  (deps: ProjectDeps) =>
  async (actor: Actor, asked: Asked): Promise<Result<{ project: ProjectView; effect: Effect }>> => {
    const { organizationId } = actor
    const remove = async (db: Db): Promise<Result<{ before: Project; rowId: number }>> => {
      // Held, so that nothing comes into it between the look and the end.
      const before = await holdProject(db, organizationId, asked.idOrSlug)
      if (!before) return refuse('not_found')
      const managed = refusalOfManaged(actor, before)
      if (managed) return managed
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      if (before.isDefault) return refuse('in_use', { detail: isDefault })
      const uses = await usesIn(deps, db, organizationId, before.id)
      if (totalIn(uses) > 0) {
        return refuse('in_use', {
          detail: `${countedIn(uses)} still belong to ${before.slug}: remove them, or take the project from them, first.`,
          errors: listedFor(deps, actor, uses, ''),
          data: { total: totalIn(uses) },
        })
      }
      if (!(await buryProject(db, organizationId, before))) return refuse('stale')
      await deps.dropCaps?.(db, organizationId, before.id, deps.now())
      const happened = { action: 'project.deleted', before } as const
      return ok({ before, rowId: await recordChange(deps, db, actor, asked.requestId, before, happened) })
    }
    const done = await untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, remove))
    if (!done.ok) return done
    const effect = await deps.effectOf(organizationId, done.value.rowId, asked.waitMs)
    return ok({ project: viewOf(done.value.before), effect })
  }

const isDefault = 'This is the default project: make another one the default first ("default": true).'
