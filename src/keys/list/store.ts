import { type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import { type Ids, idsOf } from '../../db/search.ts'
import { keyColumns, type StoredKey, withVersions } from '../store.ts'
import { type Condition, conditionsOf, type Filter, live, rowsAmong, searched } from './conditions/store.ts'
import type { Place, SortName } from './order.ts'
import { type Counted, countAmong, countedUpTo, countLive, countSome } from './totals/store.ts'

export type Page = {
  readonly sort: SortName
  readonly descending: boolean
  /** Null: from the beginning. */
  readonly after: Place | null
  readonly limit: number
}
export type Found = {
  readonly keys: StoredKey[]
  /** Place of the last row that was looked at, where the looking ended before the rows did. */
  readonly lookedTo: Place | null
  readonly counted: Counted
}

/**
 * So many are collected and sorted; where every condition is met by more than that, walking along the order fills a page
 * sooner.
 */
const collectedAtMost = 3000
/** Rows that a page walks past: most of them end within the first stretch. */
const stretches = [2000, 6000] as const

/** `id` comes last everywhere, so that the order is total. `status` follows the stored state and then expiry. */
const sortColumns: Record<SortName, readonly RawBuilder<unknown>[]> = {
  name: [sql.ref('keys.name')],
  owner: [sql.ref('keys.owner_name')],
  status: [sql.ref('keys.state'), sql.ref('keys.expiry_order')],
  createdAt: [sql.ref('keys.created_at')],
  expiresAt: [sql.ref('keys.expiry_order')],
  lastUsedAt: [sql.ref('keys.use_order')],
  requests: [sql.ref('keys.requests')],
}

export async function listKeys(
  db: Db,
  organizationId: string,
  filter: Filter,
  page: Page,
  now: number,
): Promise<Found> {
  const asking = { db, organizationId, page, columns: [...sortColumns[page.sort], sql.ref('keys.id')] }
  const conditions = conditionsOf(organizationId, filter, now)
  if (conditions.length === 0) {
    const ids = await idsInOrder(asking, conditions, page.after, null)
    return { keys: await keysWith(asking, ids), lookedTo: null, counted: await countLive(db, organizationId) }
  }
  const narrowed = await narrow(db, organizationId, filter, conditions)
  if (narrowed.ids) {
    const ids = await idsAmong(asking, narrowed.ids, conditions)
    const counted = await countAmong(db, organizationId, narrowed.ids, narrowed.others)
    return { keys: await keysWith(asking, ids), lookedTo: null, counted }
  }
  const walked = await walk(asking, conditions)
  const counted = narrowed.counted ?? (await countSome(db, organizationId, conditions))
  return { keys: await keysWith(asking, walked.ids), lookedTo: walked.lookedTo, counted }
}

type Asking = {
  readonly db: Db
  readonly organizationId: string
  readonly page: Page
  readonly columns: readonly RawBuilder<unknown>[]
}

type Narrowed =
  | { readonly ids: Ids; readonly others: readonly Condition[] }
  /** Null: several conditions, each met by many. */
  | { readonly ids: null; readonly counted: Counted | null }

/** By the first condition that few enough meet; what the others say is asked of these. */
async function narrow(
  db: Db,
  organizationId: string,
  { search }: Filter,
  conditions: readonly Condition[],
): Promise<Narrowed> {
  const bounds = { counted: countedUpTo, collected: collectedAtMost }
  let counted: Counted | null = null
  for (const condition of conditions) {
    const found = condition.select
      ? await idsOf(db, condition.select, bounds)
      : await searched(db, organizationId, search ?? '', bounds)
    const others = condition.isExact ? conditions.filter((other) => other !== condition) : conditions
    if (found?.ids) return { ids: found.ids, others }
    if (found && others.length === 0) counted = { total: found.count, isAll: found.isAll }
  }
  return { ids: null, counted }
}

/** Along the index of the order, and no further than a page may look. */
async function walk(asking: Asking, conditions: readonly Condition[]) {
  const { page } = asking
  const ids: string[] = []
  let from = page.after
  for (const stretch of stretches) {
    const to = await placeBehind(asking, conditions, from, stretch)
    ids.push(...(await idsInOrder(asking, conditions, from, to, page.limit - ids.length)))
    if (to === null || ids.length === page.limit) return { ids, lookedTo: null }
    from = to
  }
  return { ids, lookedTo: from }
}

/** Of the last of so many rows; null when there are not more than that. */
async function placeBehind(
  { db, organizationId, page, columns }: Asking,
  conditions: readonly Condition[],
  from: Place | null,
  rows: number,
): Promise<Place | null> {
  const values = columns.map((column, at) => sql`${column} as ${sql.ref(`at${at}`)}`)
  const { rows: found } = await sql<Record<string, string | number>>`select ${sql.join(values)} from keys
    where organization_id = ${organizationId} and ${live} and ${within(conditions, page)}
    and ${isAfter(columns, page, from)} order by ${inOrder(columns, page)} limit 1 offset ${rows - 1}`.execute(db)
  return found[0] ? Object.values(found[0]) : null
}

async function idsInOrder(
  { db, organizationId, page, columns }: Asking,
  conditions: readonly Condition[],
  from: Place | null,
  to: Place | null,
  limit = page.limit,
): Promise<string[]> {
  const isBefore = to === null ? always : comparing(columns, page.descending ? '>=' : '<=', to)
  const { rows } = await sql<{ id: string }>`select keys.id from keys
    where organization_id = ${organizationId} and ${live} and ${within(conditions, page)}
    and ${isAfter(columns, page, from)} and ${isBefore} and ${met(conditions)} order by ${inOrder(columns, page)} limit ${limit}`.execute(
    db,
  )
  return rows.map(({ id }) => id)
}

async function idsAmong({ db, organizationId, page, columns }: Asking, ids: Ids, conditions: readonly Condition[]) {
  const { rows } = await sql<{ id: string }>`with among as materialized ${rowsAmong(db, organizationId, ids)}
    select id from among as keys where ${isAfter(columns, page, page.after)} and ${met(conditions)}
    order by ${inOrder(columns, page)} limit ${page.limit}`.execute(db)
  return rows.map(({ id }) => id)
}

async function keysWith({ db, organizationId }: Asking, ids: readonly string[]): Promise<StoredKey[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('keys')
    .select(keyColumns)
    .where('organization_id', '=', organizationId)
    .where('id', 'in', ids)
    .execute()
  const places = new Map(ids.map((id, at) => [id, at]))
  const place = ({ record }: StoredKey) => places.get(record.id) ?? 0
  return (await withVersions(db, rows)).toSorted((one, other) => place(one) - place(other))
}

const always = sql<SqlBool>`1 = 1`
const within = (conditions: readonly Condition[], { sort }: Page): RawBuilder<unknown> =>
  sql.join([always, ...conditions.flatMap((condition) => condition.within?.[sort] ?? [])], sql` and `)
const met = (conditions: readonly Condition[]): RawBuilder<unknown> =>
  conditions.length === 0
    ? always
    : sql.join(
        conditions.map(({ isMet }) => isMet),
        sql` and `,
      )

const inOrder = (columns: readonly RawBuilder<unknown>[], { descending }: Page) =>
  sql.join(columns.map((column) => sql`${column} ${descending ? sql`desc` : sql`asc`}`))

const isAfter = (columns: readonly RawBuilder<unknown>[], { descending }: Page, place: Place | null) =>
  place === null ? always : comparing(columns, descending ? '<' : '>', place)

const comparing = (columns: readonly RawBuilder<unknown>[], operator: '<' | '>' | '<=' | '>=', place: Place) =>
  sql<SqlBool>`(${sql.join(columns)}) ${sql.raw(operator)} (${sql.join(place.map((value) => sql`${value}`))})`
