import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { named } from '../db/named.ts'
import { namedLike } from '../db/search.ts'

export type Catalog = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly everyone: boolean
  /** New servers and providers join it; one of an organization at most. */
  readonly joinedByNew: boolean
  /** The configuration that manages it. */
  readonly managedBy: string | null
  readonly createdAt: number
  readonly revision: number
}

const columns = ['id', 'slug', 'name', 'everyone', 'joined_by_new', 'managed_by', 'created_at', 'revision'] as const

type NewCatalog = Omit<Catalog, 'revision' | 'managedBy'> & { readonly managedBy?: string | null }

export async function insertCatalog(db: Db, organizationId: string, catalog: NewCatalog): Promise<void> {
  const { id, slug, name, everyone, joinedByNew, managedBy = null, createdAt } = catalog
  await db
    .insertInto('catalogs')
    .values({
      organization_id: organizationId,
      id,
      slug,
      name,
      everyone: everyone ? 1 : 0,
      joined_by_new: joinedByNew ? 1 : 0,
      managed_by: managedBy,
      created_at: createdAt,
      revision: 1,
    })
    .execute()
}

const ours = (db: Db, organizationId: string) =>
  db.selectFrom('catalogs').select(columns).where('organization_id', '=', organizationId)

/** By id or slug. */
export async function findCatalog(db: Db, organizationId: string, idOrSlug: string): Promise<Catalog | null> {
  return (await catalogsNamed(db, organizationId, [idOrSlug])).get(idOrSlug) ?? null
}

/** By what they were asked for; who is not there is missing. */
export async function catalogsNamed(
  db: Db,
  organizationId: string,
  idsOrSlugs: readonly string[],
): Promise<ReadonlyMap<string, Catalog>> {
  const found = new Map<string, Catalog>()
  for (let at = 0; at < idsOrSlugs.length; at += 500) {
    const some = idsOrSlugs.slice(at, at + 500)
    const rows = await db.selectFrom('catalogs').select(columns).where(named(organizationId, some)).execute()
    for (const row of rows) found.set(row.id, catalogOf(row)).set(row.slug, catalogOf(row))
  }
  return found
}

/** The one that new servers and providers join. */
export async function joinedByNew(db: Db, organizationId: string): Promise<Catalog | null> {
  const row = await ours(db, organizationId).where('joined_by_new', '=', 1).executeTakeFirst()
  return row ? catalogOf(row) : null
}

/**
 * As it stays until this unit of work ends: servers that join meanwhile wait, so that a change is not told ten times in
 * a row that it came too late. A write that changes nothing, since SQLite has no `select … for update`.
 */
export async function holdCatalog(db: Db, organizationId: string, idOrSlug: string): Promise<Catalog | null> {
  const row = await db
    .updateTable('catalogs')
    .set((is) => ({ revision: is.ref('revision') }))
    .where(named(organizationId, [idOrSlug]))
    .returning(columns)
    .executeTakeFirst()
  return row ? catalogOf(row) : null
}

/** For what comes and goes in it; in the statement, so that of many at once none is refused. False: it is not there. */
export async function growRevision(db: Db, organizationId: string, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('catalogs')
    .set((is) => ({ revision: is('revision', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** False when somebody else has changed it since `catalog.revision - 1` was read. */
export async function writeCatalog(db: Db, organizationId: string, catalog: Catalog): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('catalogs')
    .set({
      slug: catalog.slug,
      name: catalog.name,
      everyone: catalog.everyone ? 1 : 0,
      managed_by: catalog.managedBy,
      revision: catalog.revision,
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', catalog.id)
    .where('revision', '=', catalog.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** With all that it holds. Never the one that new servers join. */
export async function deleteCatalog(db: Db, organizationId: string, { id, revision }: Catalog): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('catalogs')
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('joined_by_new', '=', 0)
    .where('revision', '=', revision)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export type Page = {
  readonly after: { readonly name: string; readonly id: string } | null
  readonly limit: number
  readonly search: string | undefined
}

export async function listCatalogs(db: Db, organizationId: string, page: Page): Promise<Catalog[]> {
  const { after, search } = page
  const rows = await ours(db, organizationId)
    .$if(after !== null, (query) => query.where(sql<SqlBool>`(name, id) > (${after?.name ?? ''}, ${after?.id ?? ''})`))
    .$if(search !== undefined, (query) => query.where(namedLike(search ?? '')))
    .orderBy('name')
    .orderBy('id')
    .limit(page.limit)
    .execute()
  return rows.map(catalogOf)
}

export async function countCatalogs(db: Db, organizationId: string, search: string | undefined): Promise<number> {
  const { count } = await db
    .selectFrom('catalogs')
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .where('organization_id', '=', organizationId)
    .$if(search !== undefined, (query) => query.where(namedLike(search ?? '')))
    .executeTakeFirstOrThrow()
  return Number(count)
}

export type CatalogPlace = { readonly organization: string; readonly id: string }

/** In pages, by organization and id; of one organization, or of all (as `ostiary_system`) when it is null. */
export async function catalogsAfter(
  db: Db,
  organizationId: string | null,
  after: CatalogPlace | null,
  limit: number,
): Promise<(Catalog & { readonly organizationId: string })[]> {
  const rows = await db
    .selectFrom('catalogs')
    .select(columns)
    .select('organization_id')
    .$if(organizationId !== null, (query) => query.where('organization_id', '=', organizationId ?? ''))
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`(organization_id, id) > (${after?.organization ?? ''}, ${after?.id ?? ''})`),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(({ organization_id, ...row }) => ({ ...catalogOf(row), organizationId: organization_id }))
}

type Row = {
  id: string
  slug: string
  name: string
  everyone: number
  joined_by_new: number
  managed_by: string | null
  created_at: number
  revision: number
}

const catalogOf = ({ everyone, joined_by_new, managed_by, created_at, ...row }: Row): Catalog => ({
  ...row,
  everyone: everyone === 1,
  joinedByNew: joined_by_new === 1,
  managedBy: managed_by,
  createdAt: created_at,
})
