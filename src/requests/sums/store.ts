import { type Expression, type ExpressionBuilder, type RawBuilder, type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import type { Tables } from '../../db/tables.ts'
import type { Asked } from '../filter.ts'
import type { Place } from '../found/store.ts'
import type { Sums } from '../groups.ts'
import { hourMs } from '../hours.ts'

/** Of the hourly sums: by which of their columns. */
export type Column =
  | 'key_id'
  | 'owner_id'
  | 'owner_type'
  | 'project_id'
  | 'server_id'
  | 'tool'
  | 'provider_id'
  | 'model'
  | 'status'
  | 'hour'
/** Which calls, whose (null: everybody's), in whole hours since epoch; `toHour` is not in. */
export type Within = {
  readonly organizationId: string
  readonly asked: Asked
  readonly owners: readonly string[] | null
  readonly fromHour: number
  readonly toHour: number
}
/** Rows that one unit of work adds up. */
export const summedAtOnce = 20_000

/** Where a page of sums that begins there ends: at a whole hour, so that no cell is in two. */
export async function endOfPage(db: Db, { organizationId, asked, fromHour, toHour }: Within): Promise<number> {
  const next = await db
    .selectFrom('request_hours')
    .select('hour')
    .where('organization_id', '=', organizationId)
    .$if(asked.key !== null, (query) => query.where('key_id', '=', asked.key ?? ''))
    .where('hour', '>=', fromHour)
    .where('hour', '<', toHour)
    .orderBy('hour')
    .offset(summedAtOnce)
    .limit(1)
    .executeTakeFirst()
  return next === undefined ? toHour : Math.max(next.hour, fromHour + 1)
}

export type SumsRow = { readonly names: readonly (string | number)[]; readonly sums: Sums }

export async function sumsOfHours(db: Db, within: Within, columns: readonly Column[]): Promise<SumsRow[]> {
  const names = columns.map((name) => sql.ref(name))
  const rows = await db
    .selectFrom('request_hours')
    .select(columns)
    .select(summed)
    .where('organization_id', '=', within.organizationId)
    .where('hour', '>=', within.fromHour)
    .where('hour', '<', within.toHour)
    .where((row) => row.and(conditionsOf(row, within)))
    .groupBy(names)
    .execute()
  return rows.map((row) => ({ names: columns.map((name) => row[name] ?? ''), sums: sumsIn(row) }))
}

const totalOf = (column: string): RawBuilder<Whole> => sql<Whole>`sum(${sql.ref(column)})`
/** A sum of whole numbers: PostgreSQL answers it as text. */
type Whole = number | string | bigint | null
const summed = [
  totalOf('requests').as('requests'),
  totalOf('refused').as('refused'),
  totalOf('input').as('input'),
  totalOf('output').as('output'),
  totalOf('cached').as('cached'),
  totalOf('reasoning').as('reasoning'),
  totalOf('cost').as('cost'),
  totalOf('latency_ms').as('latency_ms'),
] as const

const sumsIn = (row: {
  readonly requests: Whole
  readonly refused: Whole
  readonly input: Whole
  readonly output: Whole
  readonly cached: Whole
  readonly reasoning: Whole
  readonly cost: Whole
  readonly latency_ms: Whole
}): Sums => ({
  requests: Number(row.requests ?? 0),
  refused: Number(row.refused ?? 0),
  input: Number(row.input ?? 0),
  output: Number(row.output ?? 0),
  cached: Number(row.cached ?? 0),
  reasoning: Number(row.reasoning ?? 0),
  cost: BigInt(row.cost ?? 0),
  latencyMs: Number(row.latency_ms ?? 0),
})

type Cells = ExpressionBuilder<Tables, 'request_hours'>

const conditionsOf = (row: Cells, { asked, owners }: Within): Expression<SqlBool>[] => [
  ...(owners === null ? [] : [owners.length === 0 ? sql<boolean>`1 = 0` : row('owner_id', 'in', owners)]),
  ...(asked.key === null ? [] : [row('key_id', '=', asked.key)]),
  ...(asked.project === null ? [] : [row('project_id', '=', asked.project)]),
  ...(asked.server === null ? [] : [row('server_id', '=', asked.server)]),
  ...(asked.provider === null ? [] : [row('provider_id', '=', asked.provider)]),
  ...(asked.kind === null ? [] : [row('kind', '=', asked.kind)]),
  ...(asked.tool === null ? [] : [row('tool', '=', asked.tool)]),
  ...(asked.model === null ? [] : [row('model', '=', asked.model)]),
]

export type MetadataPage = {
  readonly sums: readonly { readonly metadata: string; readonly sums: Sums }[]
  /** Where the next page begins; null: this was the last. */
  readonly next: Place | null
}

/** Sums of the calls themselves, by the metadata that their key had: so many calls, newest first, behind a place. */
export async function sumsByMetadata(db: Db, within: Within, before: Place | null): Promise<MetadataPage> {
  const page = pageOf(db, within, before)
  const rows = await db
    .selectFrom(page.select(called).limit(summedAtOnce).as('requests'))
    .select('metadata')
    .select([
      sql<Whole>`sum(admitted)`.as('requests'),
      sql<Whole>`sum(1 - admitted)`.as('refused'),
      totalOf('input').as('input'),
      totalOf('output').as('output'),
      totalOf('cached').as('cached'),
      totalOf('reasoning').as('reasoning'),
      totalOf('cost').as('cost'),
      sql<Whole>`sum(case when admitted = 1 then latency_ms else 0 end)`.as('latency_ms'),
    ])
    .where((row) => row.and(conditionsOfCalls(row, within)))
    .groupBy('metadata')
    .execute()
  const last = await page
    .select(['at', 'place'])
    .offset(summedAtOnce - 1)
    .limit(1)
    .executeTakeFirst()
  return { sums: rows.map((row) => ({ metadata: row.metadata, sums: sumsIn(row) })), next: last ?? null }
}

const called = [
  'key_id',
  'owner_id',
  'project_id',
  'server_id',
  'provider_id',
  'kind',
  'tool',
  'model',
  'admitted',
  'input',
  'output',
  'cached',
  'reasoning',
  'cost',
  'latency_ms',
  'metadata',
] as const

const pageOf = (db: Db, { organizationId, asked, fromHour, toHour }: Within, before: Place | null) =>
  db
    .selectFrom('requests')
    .where('organization_id', '=', organizationId)
    .$if(asked.key !== null, (query) => query.where('key_id', '=', asked.key ?? ''))
    .where('at', '>=', fromHour * hourMs)
    .where('at', '<', toHour * hourMs)
    .$if(before !== null, (query) =>
      query.where(sql<boolean>`(at, place) < (cast(${before?.at} as bigint), cast(${before?.place} as bigint))`),
    )
    .orderBy('at', 'desc')
    .orderBy('place', 'desc')

type Calls = ExpressionBuilder<Pick<Tables, 'requests'>, 'requests'>

const conditionsOfCalls = (row: Calls, { asked, owners }: Within): Expression<SqlBool>[] => [
  ...(owners === null ? [] : [owners.length === 0 ? sql<boolean>`1 = 0` : row('owner_id', 'in', owners)]),
  ...(asked.project === null ? [] : [row('project_id', '=', asked.project)]),
  ...(asked.server === null ? [] : [row('server_id', '=', asked.server)]),
  ...(asked.provider === null ? [] : [row('provider_id', '=', asked.provider)]),
  ...(asked.kind === null ? [] : [row('kind', '=', asked.kind)]),
  ...(asked.tool === null ? [] : [row('tool', '=', asked.tool)]),
  ...(asked.model === null ? [] : [row('model', '=', asked.model)]),
]
