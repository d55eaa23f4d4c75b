import type { Db } from '../db/database.ts'
import { type Content, catalogsFor, contentsOf } from './content/store.ts'
import type { CatalogRecord } from './schema.ts'
import { type Catalog, type CatalogPlace, catalogsAfter, catalogsNamed, findCatalog } from './store.ts'

/** As gateways hold it; null: it is not there (any more). Only what is live stands in it. */
export async function catalogRecord(db: Db, organizationId: string, id: string): Promise<CatalogRecord | null> {
  const catalog = await findCatalog(db, organizationId, id)
  if (catalog?.id !== id) return null
  const contentOf = await contentsOf(db, [organizationId], [id])
  return recordOf(organizationId, catalog, contentOf(id))
}

/** In pages, by organization and id; of one organization, or of all (as `ostiary_system`) when it is null. */
export async function catalogRecords(
  db: Db,
  organizationId: string | null,
  after: CatalogPlace | null,
  limit: number,
): Promise<CatalogRecord[]> {
  const page = await catalogsAfter(db, organizationId, after, limit)
  const organizations = [...new Set(page.map((catalog) => catalog.organizationId))]
  const ids = page.map(({ id }) => id)
  const contentOf = await contentsOf(db, organizations, ids)
  return page.map((catalog) => recordOf(catalog.organizationId, catalog, contentOf(catalog.id)))
}

/** Of all catalogs those that reach this member or team, so that nobody reads the others to say so. */
export async function catalogRecordsFor(
  db: Db,
  organizationId: string,
  holder: { readonly type: 'member' | 'team'; readonly id: string },
): Promise<CatalogRecord[]> {
  const ids = await catalogsFor(db, organizationId, holder)
  const found = await catalogsNamed(db, organizationId, ids)
  const contentOf = await contentsOf(db, [organizationId], ids)
  return ids.flatMap((id) => {
    const catalog = found.get(id)
    return catalog ? [recordOf(organizationId, catalog, contentOf(id))] : []
  })
}

const recordOf = (
  organization: string,
  { id, revision, everyone }: Catalog,
  { servers, providers, teams, members }: Content,
): CatalogRecord => ({
  kind: 'catalog',
  organization,
  id,
  revision,
  servers: [...servers],
  providers: [...providers],
  audience: { everyone, teams: [...teams], members: [...members] },
})
