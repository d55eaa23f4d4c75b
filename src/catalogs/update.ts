import { uniqueSlug, untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import type { Refs } from '../http/lists.ts'
import { managedAfter, refusalOfManaged } from '../people/managed.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { addTo, type Content, contentsOf, kinds, takeFrom } from './content/store.ts'
import type { Asked, CatalogDeps } from './deps.ts'
import { recordChange } from './record-change.ts'
import { refsOf, resolveContent, saidIn } from './resolve.ts'
import type { CatalogPatch, CatalogView } from './schema.ts'
import { type Catalog, holdCatalog, writeCatalog } from './store.ts'
import { viewOf } from './view.ts'

type Changed = { readonly catalog: CatalogView; readonly refs: Refs }

export const updateCatalog =
  (deps: CatalogDeps) =>
  async (actor: Actor, asked: Asked, patch: CatalogPatch): Promise<Result<Changed & { effect: Effect }>> => {
    const { organizationId } = actor
    const change = async (db: Db): Promise<Result<Changed & { rowId: number }>> => {
      const before = await holdCatalog(db, organizationId, asked.idOrSlug)
      if (!before) return refuse('not_found')
      const managed = refusalOfManaged(actor, before)
      if (managed) return managed
      if (!matchesEtag(asked.ifMatch, before)) return refuse('stale')
      const held = (await contentsOf(db, [organizationId], [before.id]))(before.id)
      const content = await resolveContent(deps, db, organizationId, saidIn(patch), held)
      if (!content.ok) return content
      const catalog = { ...patched(before, patch), managedBy: managedAfter(actor, patch) }
      if (!(await writeCatalog(db, organizationId, catalog))) return refuse('stale')
      await replaceContent(db, organizationId, catalog.id, held, content.value)
      const view = viewOf(catalog, content.value)
      const happened = { action: 'catalog.updated', before: viewOf(before, held), after: view } as const
      const rowId = await recordChange(deps, db, actor, asked.requestId, view, happened)
      return ok({ catalog: view, refs: await refsOf(deps, db, organizationId, [content.value]), rowId })
    }
    const write = () => uniqueSlug('catalog', patch.slug, () => deps.transaction(organizationId, change))
    const done = await untilCurrent(asked.ifMatch, write)
    if (!done.ok) return done
    const { rowId, ...answer } = done.value
    return ok({ ...answer, effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
  }

const patched = (before: Catalog, { slug = before.slug, name, audience }: CatalogPatch): Catalog => ({
  ...before,
  slug,
  name: name === undefined ? before.name : (name ?? slug),
  everyone: audience === undefined ? before.everyone : (audience?.everyone ?? false),
  revision: before.revision + 1,
})

const replaceContent = async (
  db: Db,
  organizationId: string,
  catalogId: string,
  before: Content,
  after: Content,
): Promise<void> => {
  for (const kind of kinds) {
    const [old, fresh] = [new Set(before[kind]), new Set(after[kind])]
    const gone = before[kind].filter((id) => !fresh.has(id))
    const added = after[kind].filter((id) => !old.has(id))
    await takeFrom(db, organizationId, catalogId, kind, gone)
    await addTo(db, organizationId, catalogId, kind, added)
  }
}
