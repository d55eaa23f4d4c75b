import type { Db } from '../../db/database.ts'
import { namedLike } from '../../db/search.ts'
import { countedTo } from '../../http/lists.ts'
import { type OrganizationRow, organizationColumns, organizationOf } from '../store.ts'

/** False when somebody else has changed it since `organization.revision - 1` was read. */
export async function updateOrganizationRow(db: Db, organization: OrganizationRow): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('organizations')
    .set({
      slug: organization.slug,
      name: organization.name,
      max_staleness_seconds: organization.maxStalenessSeconds,
      mixed_environments: organization.mixedEnvironments,
      policies: JSON.stringify(organization.policies),
      managed_by: organization.managedBy,
      revision: organization.revision,
    })
    .where('id', '=', organization.id)
    .where('revision', '=', organization.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * From here to the end of the unit nobody else changes teams or who belongs to the organization or to one: what was
 * counted stays true. An update that changes nothing takes the row on PostgreSQL; on SQLite there is one writer anyway.
 */
export async function holdPeople(db: Db, organizationId: string): Promise<void> {
  await db
    .updateTable('organizations')
    .set((is) => ({ revision: is.ref('revision') }))
    .where('id', '=', organizationId)
    .execute()
}

/** The same for operators of the installation, whichever organization they are in. Always after `holdPeople`. */
export async function holdOperators(db: Db): Promise<void> {
  await db
    .updateTable('installation')
    .set((is) => ({ root_id: is.ref('root_id') }))
    .where('id', '=', 1)
    .execute()
}

type Filter = {
  /** Only this one; null: all. */
  readonly only: string | null
  readonly search: string | undefined
}

/** By slug. */
export async function listOrganizations(
  db: Db,
  page: Filter & { readonly after: string | null; readonly limit: number },
): Promise<OrganizationRow[]> {
  const { only, search, after } = page
  const rows = await db
    .selectFrom('organizations')
    .select(organizationColumns)
    .$if(only !== null, (query) => query.where('id', '=', only ?? ''))
    .$if(search !== undefined, (query) => query.where(namedLike(search ?? '')))
    .$if(after !== null, (query) => query.where('slug', '>', after ?? ''))
    .orderBy('slug')
    .limit(page.limit)
    .execute()
  return rows.map(organizationOf)
}

export async function countOrganizations(db: Db, { only, search }: Filter): Promise<number> {
  const rows = db
    .selectFrom('organizations')
    .select('id')
    .$if(only !== null, (query) => query.where('id', '=', only ?? ''))
    .$if(search !== undefined, (query) => query.where(namedLike(search ?? '')))
    .limit(countedTo + 1)
  const { count } = await db
    .selectFrom(rows.as('found'))
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}
