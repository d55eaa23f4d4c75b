import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import type { KeyStatus } from '../schema.ts'
import { keyColumns, type StoredKey, withVersions } from '../store.ts'

export type SortName = 'name' | 'owner' | 'status' | 'createdAt' | 'expiresAt'

export type Filter = {
  readonly search?: string | undefined
  readonly status?: KeyStatus | undefined
  /** Each must be the owner; two different ones find nothing. */
  readonly ownerIds: readonly string[]
}
export type Page = {
  readonly sort: SortName
  readonly descending: boolean
  /** Values of the sort columns and the id of the last row before this page. */
  readonly after: readonly (string | number)[] | null
  readonly limit: number
}

/** Totals are counted up to here; beyond, counting would cost more than the page. */
export const countedUpTo = 10_000

// A key that never expires sorts behind all that do.
const expiry = sql`coalesce(expires_at, ${sql.lit(Number.MAX_SAFE_INTEGER)})`
/** `id` comes last everywhere, so that the order is total. `status` follows the stored state and then expiry. */
const sortColumns: Record<SortName, readonly RawBuilder<unknown>[]> = {
  name: [sql.ref('name')],
  owner: [sql.ref('owner_name')],
  status: [sql.ref('state'), expiry],
  createdAt: [sql.ref('created_at')],
  expiresAt: [expiry],
}

/** What a cursor of this sort has to remember of the last row. */
export function placeOf(sort: SortName, { record, createdAt }: StoredKey): (string | number)[] {
  const expires = record.expiresAt ?? Number.MAX_SAFE_INTEGER
  const values: Record<SortName, (string | number)[]> = {
    name: [record.name],
    owner: [record.owner.name],
    status: [record.state, expires],
    createdAt: [createdAt],
    expiresAt: [expires],
  }
  return [...values[sort], record.id]
}

export async function listKeys(
  db: Db,
  organizationId: string,
  filter: Filter,
  page: Page,
  now: number,
): Promise<StoredKey[]> {
  const columns = [...sortColumns[page.sort], sql.ref('id')]
  const direction = page.descending ? sql`desc` : sql`asc`
  const rows = await filtered(db, organizationId, filter, now)
    .select(keyColumns)
    .$if(page.after !== null, (query) => query.where(beyond(columns, page)))
    .orderBy(sql.join(columns.map((column) => sql`${column} ${direction}`)))
    .limit(page.limit)
    .execute()
  return withVersions(db, rows)
}

/** The number of keys that match, or `countedUpTo + 1` for "more than that". */
export async function countKeys(db: Db, organizationId: string, filter: Filter, now: number): Promise<number> {
  const { total } = await db
    .selectFrom(
      filtered(db, organizationId, filter, now)
        .select('id')
        .limit(countedUpTo + 1)
        .as('matching'),
    )
    .select((is) => is.fn.countAll().as('total'))
    .executeTakeFirstOrThrow()
  return Number(total)
}

function beyond(columns: readonly RawBuilder<unknown>[], { after, descending }: Page): RawBuilder<SqlBool> {
  const values = (after ?? []).map((value) => sql`${value}`)
  const operator = descending ? sql`<` : sql`>`
  return sql<SqlBool>`(${sql.join(columns)}) ${operator} (${sql.join(values)})`
}

function filtered(db: Db, organizationId: string, { search, status, ownerIds }: Filter, now: number) {
  return db
    .selectFrom('keys')
    .where('organization_id', '=', organizationId)
    .where('state', '!=', 'deleted')
    .where((is) => is.and(ownerIds.map((id) => is('owner_id', '=', id))))
    .$if(status === 'inactive', (query) => query.where('state', '=', 'suspended'))
    .$if(status === 'revoked', (query) => query.where('state', '=', 'revoked'))
    .$if(status === 'active', (query) =>
      query
        .where('state', '=', 'active')
        .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', now)])),
    )
    .$if(status === 'expired', (query) => query.where('state', '=', 'active').where('expires_at', '<=', now))
    .$if(search !== undefined, (query) => query.where(matching(search ?? '')))
}

/** Three characters or more: anywhere in the name; fewer: at its start. Always: at the start of the preview, exactly. */
function matching(search: string): RawBuilder<SqlBool> {
  // Both stores fold A–Z only (binary collation), so the pattern is folded the same way.
  const folded = search.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/[\\%_]/g, '\\$&')
  const pattern = [...search].length < 3 ? `${folded}%` : `%${folded}%`
  const preview = sql`'ost' || token_kind || '_' || substr(id, 5)`
  return sql<SqlBool>`(lower(name) like ${pattern} escape '\\'
    or substr(${preview}, 1, ${sql.lit([...search].length)}) = ${search})`
}
