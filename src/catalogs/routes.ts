import { z } from 'zod'
import { Effect } from '../fleet/schema.ts'
import { IdOrSlug, knownForm, Refs, Waiting } from '../http/lists.ts'
import { type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { contentsOf } from './content/store.ts'
import { createCatalog } from './create.ts'
import type { CatalogDeps } from './deps.ts'
import { catalogList, ManyCatalogs, Paging } from './list.ts'
import { removeCatalog } from './remove.ts'
import { refsOf } from './resolve.ts'
import { CatalogPatch, CatalogView, NewCatalog } from './schema.ts'
import { findCatalog } from './store.ts'
import { updateCatalog } from './update.ts'
import { viewOf } from './view.ts'

export type { CatalogDeps } from './deps.ts'

const OneCatalog = z.strictObject({ catalog: CatalogView, refs: Refs })
const WithEffect = OneCatalog.extend({ effect: Effect })

const route = routeOf<Actor, Permission>()

export function catalogRoutes(deps: CatalogDeps): Route<Actor, Permission>[] {
  const create = createCatalog(deps)
  const list = catalogList(deps)
  const update = updateCatalog(deps)
  const remove = removeCatalog(deps)
  return [
    route({
      method: 'POST',
      path: '/catalogs',
      summary: 'Makes a catalog: servers and providers, and who may use them',
      needs: { right: 'catalogs:write' },
      body: NewCatalog,
      output: OneCatalog,
      status: 201,
      handle: (actor, { body, requestId }) => create(actor, body, requestId),
    }),
    route({
      method: 'GET',
      path: '/catalogs',
      summary: 'Lists catalogs by name',
      needs: { right: 'catalogs:read' },
      query: Paging,
      output: ManyCatalogs,
      handle: (actor, { query }) => list(actor, query),
    }),
    route({
      method: 'GET',
      path: '/catalogs/:id',
      summary: 'Shows one catalog, by id or slug',
      needs: { right: 'catalogs:read' },
      params: IdOrSlug,
      output: OneCatalog,
      handle: (actor, { params }) => show(deps, actor, knownForm(params.id)),
    }),
    route({
      method: 'PATCH',
      path: '/catalogs/:id',
      summary: 'Changes a catalog; a list that is given is the whole list',
      needs: { right: 'catalogs:write' },
      params: IdOrSlug,
      query: Waiting,
      body: CatalogPatch,
      output: WithEffect,
      handle: (actor, { params, query, body, requestId, ifMatch }) =>
        update(actor, { idOrSlug: knownForm(params.id), waitMs: query.waitMs, requestId, ifMatch }, body),
    }),
    route({
      method: 'DELETE',
      path: '/catalogs/:id',
      summary: 'Removes a catalog; what it holds stays',
      needs: { right: 'catalogs:write' },
      params: IdOrSlug,
      query: Waiting,
      output: WithEffect,
      handle: (actor, { params, query, requestId, ifMatch }) =>
        remove(actor, { idOrSlug: knownForm(params.id), waitMs: query.waitMs, requestId, ifMatch }),
    }),
  ]
}

const show = (
  deps: Pick<CatalogDeps, 'read' | 'resolve'>,
  { organizationId }: Actor,
  idOrSlug: string,
): Promise<Result<z.infer<typeof OneCatalog>>> =>
  deps.read(organizationId, async (db) => {
    const catalog = await findCatalog(db, organizationId, idOrSlug)
    if (!catalog) return refuse('not_found')
    const content = (await contentsOf(db, [organizationId], [catalog.id]))(catalog.id)
    return ok({
      catalog: viewOf(catalog, content),
      refs: await refsOf(deps, db, organizationId, [content]),
    })
  })
