import { z } from 'zod'
import { decodeCursor } from '../http/cursor.ts'
import { cursor, fitting, idsPerPage, limit, listOf, pageOf, totalOf } from '../http/lists.ts'
import { displayName } from '../keys/schema.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { contentsOf, sizesOf } from './content/store.ts'
import type { CatalogDeps } from './deps.ts'
import { refsOf } from './resolve.ts'
import { CatalogView } from './schema.ts'
import { countCatalogs, listCatalogs } from './store.ts'
import { viewOf } from './view.ts'

export const ManyCatalogs = listOf(CatalogView)
export const Paging = z.strictObject({ search: displayName.optional(), limit, cursor })

/** The search is part of the place, as with keys. */
const placeIn = (search = '') => z.tuple([z.literal(search), z.string(), z.string()])

export const catalogList =
  (deps: Pick<CatalogDeps, 'read' | 'resolve'>) =>
  async (
    { organizationId }: Actor,
    { search, limit, cursor }: z.infer<typeof Paging>,
  ): Promise<Result<z.infer<typeof ManyCatalogs>>> => {
    const place = decodeCursor(cursor, placeIn(search))
    if (!place.ok) return place
    const after = place.value && { name: place.value[1], id: place.value[2] }
    return deps.read(organizationId, async (db) => {
      const found = await listCatalogs(db, organizationId, { search, after, limit: limit + 1 })
      const sizes = await sizesOf(
        db,
        organizationId,
        found.map(({ id }) => id),
      )
      const fits = fitting(
        found.map(({ id }) => sizes.get(id) ?? 0),
        idsPerPage,
      )
      const size = Math.min(limit, fits)
      const { items: page, nextCursor } = pageOf(found, size, ({ name, id }) => [search ?? '', name, id])
      const ids = page.map(({ id }) => id)
      const contentOf = await contentsOf(db, [organizationId], ids)
      const total = totalOf(await countCatalogs(db, organizationId, search))
      const items = page.map((catalog) => viewOf(catalog, contentOf(catalog.id)))
      return ok({ items, nextCursor, ...total, refs: await refsOf(deps, db, organizationId, ids.map(contentOf)) })
    })
  }
