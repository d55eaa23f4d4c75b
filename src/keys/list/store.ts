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

/** A search cannot go by index, so this is how far one page looks; the next one goes on from there. */
export const seenAtMost = 20_000

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

type Found = {
  readonly keys: StoredKey[]
  /** Place of the last row that was looked at, where a search ended before the rows did. */
  readonly lookedTo: (string | number)[] | null
}

export async function listKeys(
  db: Db,
  organizationId: string,
  filter: Filter,
  page: Page,
  now: number,
): Promise<Found> {
  const columns = [...sortColumns[page.sort], sql.ref('id')]
  const lookedTo = filter.search === undefined ? null : await boundary(db, organizationId, filter, columns, page)
  const rows = await filtered(db, organizationId, filter, now)
    .select(keyColumns)
    .$if(page.after !== null, (query) => query.where(compared(columns, page.descending ? '<' : '>', page.after ?? [])))
    .$if(lookedTo !== null, (query) => query.where(compared(columns, page.descending ? '>=' : '<=', lookedTo ?? [])))
    .orderBy(inOrder(columns, page))
    .limit(page.limit)
    .execute()
  return { keys: await withVersions(db, rows), lookedTo }
}

/** The last place that this page may look at; null when there are no more rows than that. */
async function boundary(
  db: Db,
  organizationId: string,
  { ownerIds }: Filter,
  columns: readonly RawBuilder<unknown>[],
  page: Page,
): Promise<(string | number)[] | null> {
  const row = await db
    .selectFrom('keys')
    .select(columns.map((column, at) => sql<string | number>`${column}`.as(`at${at}`)))
    .where('organization_id', '=', organizationId)
    // An owner's keys stand together in an index: only those count, so that a member finds his few among many.
    .where((is) => is.and(ownerIds.map((id) => is('owner_id', '=', id))))
    .$if(page.after !== null, (query) => query.where(compared(columns, page.descending ? '<' : '>', page.after ?? [])))
    .orderBy(inOrder(columns, page))
    .offset(seenAtMost - 1)
    .limit(1)
    .executeTakeFirst()
  return row ? Object.values(row) : null
}

export type Counted = {
  /** Of what was looked at, or `countedUpTo + 1` for "more than that". */
  readonly total: number
  readonly isAll: boolean
}

export async function countKeys(db: Db, organizationId: string, filter: Filter, now: number): Promise<Counted> {
  const { search, ...rest } = filter
  const looked = filtered(db, organizationId, rest, now).select(['id', 'name', 'token_kind'])
  // Ordered by the primary key, so that each page counts the same rows.
  const searched = () => looked.orderBy('id').limit(seenAtMost + 1)
  const { total, seen } = await db
    .selectFrom((search === undefined ? looked.limit(countedUpTo + 1) : searched()).as('looked'))
    .select((is) => is.fn.countAll().as('seen'))
    .select(
      sql<number>`sum(case when ${search === undefined ? sql`1 = 1` : matching(search)} then 1 else 0 end)`.as('total'),
    )
    .executeTakeFirstOrThrow()
  return { total: Number(total ?? 0), isAll: search === undefined || Number(seen) <= seenAtMost }
}

const inOrder = (columns: readonly RawBuilder<unknown>[], { descending }: Page) =>
  sql.join(columns.map((column) => sql`${column} ${descending ? sql`desc` : sql`asc`}`))

function compared(
  columns: readonly RawBuilder<unknown>[],
  operator: '<' | '>' | '<=' | '>=',
  place: readonly (string | number)[],
): RawBuilder<SqlBool> {
  return sql<SqlBool>`(${sql.join(columns)}) ${sql.raw(operator)} (${sql.join(place.map((value) => sql`${value}`))})`
}

function filtered(db: Db, organizationId: string, { search, status, ownerIds }: Filter, now: number) {
  return db
    .selectFrom('keys')
    .where('organization_id', '=', organizationId)
    .where('state', '!=', 'deleted')
    .where((is) => is.and(ownerIds.map((id) => is('owner_id', '=', id))))
    .$if(status === 'inactive', (query) => query.where('state', '=', 'suspended'))
    .$if(status === 'revoked', (query) => query.where('state', '=', 'revoked'))
    .$if(status === 'active', (query) => query.where('state', '=', 'active').where(sql<SqlBool>`${expiry} > ${now}`))
    .$if(status === 'expired', (query) => query.where('state', '=', 'active').where(sql<SqlBool>`${expiry} <= ${now}`))
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
