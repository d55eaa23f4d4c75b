import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../db/database.ts'

/** Rows that say who or what was seen with a key: so many for each key, the oldest of the others as one. */
export type Kind = keyof typeof kinds
type Names = readonly (string | number)[]
export type Row = {
  readonly organizationId: string
  readonly key: string
  /** Of the columns of its kind, in their order. */
  readonly names: Names
  readonly firstAt: number
  readonly lastAt: number
  readonly requests: number
}

/** `rest`: the row that stands for many. */
const kinds = {
  clients: {
    table: 'key_clients',
    columns: ['version', 'client', 'address'],
    rest: ([version = 0]: Names): Names => [version, '', ''],
    isRest: sql<boolean>`(client = '' and address = '')`,
  },
  calls: {
    table: 'key_calls',
    columns: ['server_id', 'tool'],
    rest: (): Names => ['', ''],
    isRest: sql<boolean>`(server_id = '' and tool = '')`,
  },
} as const

/** For each key; a fold leaves room for some more before the next one. */
export const most = 1000
const left = 900

/** Rows with the same name are added up. */
export async function addRows(db: Db, kind: Kind, rows: readonly Row[]): Promise<void> {
  const before = new Map(rows.map((row) => [nameOf(row), row]))
  const grown = new Map<string, Row>()
  for (const { requests, ...is } of await upsert(db, kind, rows)) {
    const row = before.get(nameOf(is))
    // As many as we have brought: it was not there.
    if (row?.requests === requests) grown.set(JSON.stringify([row.organizationId, row.key]), row)
  }
  for (const row of grown.values()) await fold(db, kind, row)
}

type Known = Omit<Row, 'firstAt' | 'lastAt'>
const nameOf = ({ organizationId, key, names }: Pick<Row, 'organizationId' | 'key' | 'names'>): string =>
  JSON.stringify([organizationId, key, ...names])

async function upsert(db: Db, kind: Kind, rows: readonly Row[]): Promise<Known[]> {
  if (rows.length === 0) return []
  const { table, columns } = kinds[kind]
  const of = sql.table(table)
  const primary = sql.join(['organization_id', 'key_id', ...columns].map((name) => sql.ref(name)))
  const values = rows.map(
    ({ organizationId, key, names, firstAt, lastAt, requests }) =>
      sql`(${sql.join([organizationId, key, ...names, firstAt, lastAt, requests])})`,
  )
  const done = await sql<Record<string, string | number>>`
    insert into ${of} (${primary}, first_seen_at, last_seen_at, requests) values ${sql.join(values)}
    on conflict (${primary}) do update set requests = ${of}.requests + excluded.requests,
      first_seen_at = ${chosen(of, 'first_seen_at', sql`<`)}, last_seen_at = ${chosen(of, 'last_seen_at', sql`>`)}
    returning ${primary}, requests`.execute(db)
  return done.rows.map((row) => ({
    organizationId: String(row['organization_id']),
    key: String(row['key_id']),
    names: columns.map((name) => row[name] ?? ''),
    requests: Number(row['requests']),
  }))
}

function chosen(of: RawBuilder<unknown>, column: string, than: RawBuilder<unknown>): RawBuilder<unknown> {
  const [held, given] = [sql`${of}.${sql.ref(column)}`, sql`excluded.${sql.ref(column)}`]
  return sql`case when ${given} ${than} ${held} then ${given} else ${held} end`
}

type Place = Pick<Row, 'organizationId' | 'key'>
const isOf = ({ organizationId, key }: Place): RawBuilder<boolean> =>
  sql<boolean>`organization_id = ${organizationId} and key_id = ${key}`

/** Who makes up a new name for each call must not fill the store. */
async function fold(db: Db, kind: Kind, place: Place): Promise<void> {
  const { table, columns, rest, isRest } = kinds[kind]
  const of = sql.table(table)
  const counted = await sql<{
    count: number | string
  }>`select count(*) as count from ${of} where ${isOf(place)}`.execute(db)
  const count = Number(counted.rows[0]?.count ?? 0)
  if (count <= most) return
  const names = sql.join(columns.map((name) => sql.ref(name)))
  const { rows } = await sql<Record<string, string | number>>`
    select ${names}, first_seen_at, last_seen_at, requests from ${of} where ${isOf(place)} and not ${isRest}
    order by last_seen_at limit ${sql.lit(count - left)}`.execute(db)
  const oldest = rows.map((row) => ({
    ...place,
    names: columns.map((name) => row[name] ?? ''),
    firstAt: Number(row['first_seen_at']),
    lastAt: Number(row['last_seen_at']),
    requests: Number(row['requests']),
  }))
  const gone = oldest.map((row) => sql`(${sql.join(row.names.map(typed))})`)
  await sql`delete from ${of} where ${isOf(place)} and (${names}) in (values ${sql.join(gone)})`.execute(db)
  const byRest = Map.groupBy(oldest, (row) => JSON.stringify(rest(row.names)))
  await upsert(
    db,
    kind,
    [...byRest.values()].map((some) => ({
      ...place,
      names: rest(some[0]?.names ?? []),
      firstAt: Math.min(...some.map(({ firstAt }) => firstAt)),
      lastAt: Math.max(...some.map(({ lastAt }) => lastAt)),
      requests: some.reduce((sum, { requests }) => sum + requests, 0),
    })),
  )
}

/** PostgreSQL takes a parameter that stands by itself for text. */
const typed = (value: string | number): RawBuilder<unknown> =>
  typeof value === 'number' ? sql`cast(${value} as integer)` : sql`${value}`

/** False when there was less than a piece of rows that were not seen since then. */
export async function forgetRows(db: Db, kind: Kind, before: number, piece: number): Promise<boolean> {
  const { table, columns } = kinds[kind]
  const of = sql.table(table)
  const primary = sql.join(['organization_id', 'key_id', ...columns].map((name) => sql.ref(name)))
  const { numAffectedRows } = await sql`delete from ${of} where (${primary}) in
    (select ${primary} from ${of} where last_seen_at < ${before} order by last_seen_at limit ${sql.lit(piece)})`.execute(
    db,
  )
  return numAffectedRows === BigInt(piece)
}
