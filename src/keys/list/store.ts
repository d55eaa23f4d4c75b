import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import { searchPattern } from '../../db/search.ts'
import type { KeyStatus } from '../schema.ts'
import { keyColumns, type StoredKey, withVersions } from '../store.ts'

export type SortName = 'name' | 'owner' | 'status' | 'createdAt' | 'expiresAt'

export type Filter = {
  readonly search?: string | undefined
  readonly status?: KeyStatus | undefined
  /** One of these must be the owner; null: whoever it is. */
  readonly ownerIds: readonly string[] | null
  readonly projectId?: string | undefined
}
export type Page = {
  readonly sort: SortName
  readonly descending: boolean
  /** Values of the sort columns and the id of the last row before this page. */
  readonly after: readonly (string | number)[] | null
  readonly limit: number
}

/** No index answers a search, or a project, in every order: so far one page looks; the next one goes on from there. */
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

export type Found = {
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
  const lookedTo = isSifted(filter) ? await boundary(db, organizationId, filter, columns, page) : null
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
    .$if(ownerIds !== null, (query) => query.where(ownedBy(ownerIds ?? [])))
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
  const { search: _, projectId: __, ...rest } = filter
  const looked = filtered(db, organizationId, rest, now).select(['organization_id', 'id', 'name', 'token_kind'])
  // Ordered by the primary key, so that each page counts the same rows.
  const searched = () => looked.orderBy('id').limit(seenAtMost + 1)
  const isCounted = isSifted(filter) ? sifting(filter) : sql`1 = 1`
  const { total, seen } = await db
    .selectFrom((isSifted(filter) ? searched() : looked.limit(countedUpTo + 1)).as('keys'))
    .select((is) => is.fn.countAll().as('seen'))
    .select(sql<number>`sum(case when ${isCounted} then 1 else 0 end)`.as('total'))
    .executeTakeFirstOrThrow()
  return { total: Number(total ?? 0), isAll: !isSifted(filter) || Number(seen) <= seenAtMost }
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

function filtered(db: Db, organizationId: string, filter: Filter, now: number) {
  const { status, ownerIds } = filter
  return db
    .selectFrom('keys')
    .where('organization_id', '=', organizationId)
    .where('state', '!=', 'deleted')
    .$if(ownerIds !== null, (query) => query.where(ownedBy(ownerIds ?? [])))
    .$if(status === 'inactive', (query) => query.where('state', '=', 'suspended'))
    .$if(status === 'revoked', (query) => query.where('state', '=', 'revoked'))
    .$if(status === 'active', (query) => query.where('state', '=', 'active').where(sql<SqlBool>`${expiry} > ${now}`))
    .$if(status === 'expired', (query) => query.where('state', '=', 'active').where(sql<SqlBool>`${expiry} <= ${now}`))
    .$if(isSifted(filter), (query) => query.where(sifting(filter)))
}

const isSifted = ({ search, projectId }: Filter): boolean => search !== undefined || projectId !== undefined

const ownedBy = (ownerIds: readonly string[]): RawBuilder<SqlBool> =>
  ownerIds.length === 0 ? sql<SqlBool>`1 = 0` : sql<SqlBool>`owner_id in (${sql.join(ownerIds)})`

function sifting({ search, projectId }: Filter): RawBuilder<SqlBool> {
  const conditions = [
    ...(search === undefined ? [] : [matching(search)]),
    ...(projectId === undefined ? [] : [inProject(projectId)]),
  ]
  return sql<SqlBool>`(${sql.join(conditions, sql` and `)})`
}

/** Of a row that has the columns of its organization and its id. */
const inProject = (projectId: string): RawBuilder<SqlBool> =>
  sql<SqlBool>`exists (select 1 from key_projects where key_projects.organization_id = keys.organization_id
    and key_projects.key_id = keys.id and key_projects.project_id = ${projectId})`

/** Three characters or more: anywhere in the name; fewer: at its start. Always: at the start of the preview, exactly. */
function matching(search: string): RawBuilder<SqlBool> {
  const preview = sql`'ost' || token_kind || '_' || substr(id, 5)`
  return sql<SqlBool>`(lower(name) like ${searchPattern(search)} escape '\\'
    or substr(${preview}, 1, ${sql.lit([...search].length)}) = ${search})`
}
