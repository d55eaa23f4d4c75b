import { uniqueSlug } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { type Refs, settleMs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { addTo, kinds } from './content/store.ts'
import type { CatalogDeps } from './deps.ts'
import { recordChange } from './record-change.ts'
import { refsOf, resolveContent, saidIn } from './resolve.ts'
import type { CatalogView, NewCatalog } from './schema.ts'
import { type Catalog, insertCatalog } from './store.ts'
import { viewOf } from './view.ts'

type Created = { readonly catalog: CatalogView; readonly refs: Refs }

export const createCatalog =
  (deps: Omit<CatalogDeps, 'read'>) =>
  async (actor: Actor, input: NewCatalog, requestId: string): Promise<Result<Created>> => {
    const { organizationId } = actor
    const catalog: Catalog = {
      id: deps.newId('cat'),
      slug: input.slug,
      name: input.name ?? input.slug,
      everyone: input.audience?.everyone ?? false,
      joinedByNew: false,
      managedBy: actor.configuration ?? null,
      createdAt: deps.now(),
      revision: 1,
    }
    const insert = async (db: Db): Promise<Result<Created & { rowId: number }>> => {
      const content = await resolveContent(deps, db, organizationId, saidIn(input))
      if (!content.ok) return content
      await insertCatalog(db, organizationId, catalog)
      for (const kind of kinds) await addTo(db, organizationId, catalog.id, kind, content.value[kind])
      const view = viewOf(catalog, content.value)
      const refs = await refsOf(deps, db, organizationId, [content.value])
      const happened = { action: 'catalog.created', after: view } as const
      return ok({ catalog: view, refs, rowId: await recordChange(deps, db, actor, requestId, view, happened) })
    }
    const stored = await uniqueSlug('catalog', input.slug, () => deps.transaction(organizationId, insert))
    if (!stored.ok) return stored
    const { rowId, ...answer } = stored.value
    await deps.effectOf(organizationId, rowId, settleMs)
    return ok(answer)
  }
