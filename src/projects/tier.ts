import type { Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { ProjectDeps } from './deps.ts'
import type { Tier } from './schema.ts'
import type { Project } from './store.ts'
import { counted, countedIn, listedFor, totalIn, type Uses, usesIn } from './uses.ts'

/**
 * Another tier changes what everything in the project may be used with, so it is listed before it happens; keys that
 * would then reach two environments at once keep the project where it is. The project is held meanwhile, so nothing
 * comes in between the list and the change.
 */
export async function admitTier(
  deps: ProjectDeps,
  db: Db,
  actor: Actor,
  project: Project,
  { tier, isConfirmed }: { readonly tier: Tier; readonly isConfirmed: boolean },
): Promise<Result<Uses>> {
  const uses = await usesIn(deps, db, actor.organizationId, project.id)
  if (totalIn(uses) > 0 && !isConfirmed) {
    return refuse('confirmation_needed', {
      detail: `Moving ${project.slug} from ${project.tier} to ${tier} touches ${countedIn(uses)}. Send "confirm": true to do it.`,
      errors: listedFor(deps, actor, uses, '/tier'),
      data: { total: totalIn(uses) },
    })
  }
  const mixed = await deps.keysMixedBy(db, actor.organizationId, project.id, tier)
  if (mixed.total > 0) {
    return refuse('environment_mixed', {
      detail: `${counted(mixed.total, 'keys')} would hold projects of different tiers and may not.`,
      errors: listedFor(deps, actor, { keys: mixed }, '/tier'),
      data: { total: mixed.total },
    })
  }
  return ok(uses)
}
