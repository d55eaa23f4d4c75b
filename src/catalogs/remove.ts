import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import type { Refs } from '../http/lists.ts'
import { refusalOfManaged } from '../people/managed.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { contentsOf } from './content/store.ts'
import type { Asked, CatalogDeps } from './deps.ts'
import { recordChange } from './record-change.ts'
import { refsOf } from './resolve.ts'
import type { CatalogView } from './schema.ts'
import { deleteCatalog, holdCatalog } from './store.ts'
import { viewOf } from './view.ts'

type Removed = { readonly catalog: CatalogView; readonly refs: Refs }

/** What it held stays; who reached it through this catalog alone does so no more. */
export const removeCatalog =
  (deps: CatalogDeps) =>
  async (actor: Actor, asked: Asked): Promise<Result<Removed & { effect: Effect }>> => {
    const { organizationId } = actor
    const remove = async (db: Db): Promise<Result<Removed & { rowId: number }>> => {
      const before = await holdCatalog(db, organizationId, asked.idOrSlug)
      if (!before) return refuse('not_found')
      const managed = refusalOfManaged(actor, before)
      if (managed) return managed
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      if (before.joinedByNew) return refuse('in_use', { detail: isJoined })
      const held = (await contentsOf(db, [organizationId], [before.id]))(before.id)
      if (!(await deleteCatalog(db, organizationId, before))) return refuse('stale')
      const catalog = viewOf(before, held)
      const happened = { action: 'catalog.deleted', before: catalog } as const
      const rowId = await recordChange(deps, db, actor, asked.requestId, catalog, happened)
      return ok({ catalog, refs: await refsOf(deps, db, organizationId, [held]), rowId })
    }
    const done = await untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, remove))
    if (!done.ok) return done
    const { rowId, ...answer } = done.value
    return ok({ ...answer, effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
  }

const isJoined =
  'New servers and providers join this catalog, so it stays. Change its audience to take it from people, or its content.'
