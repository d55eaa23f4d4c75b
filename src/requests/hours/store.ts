import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import { type Hour, nameOfCell, summed } from '../hours.ts'

const names = [
  'organization_id',
  'hour',
  'key_id',
  'owner_id',
  'kind',
  'project_id',
  'server_id',
  'tool',
  'provider_id',
  'model',
  'status',
] as const
const sums = ['requests', 'refused', 'input', 'output', 'cached', 'reasoning', 'cost', 'latency_ms'] as const

/**
 * No cell grows beyond: sums over thousands of them still fit what a store counts in, so that gateways that lie for hours
 * make figures wrong and not unreadable. In USD it is a million.
 */
const most = 1e15

/** Of one key in one hour; a fold leaves room for some more before the next one. */
export const cellsAtMost = 1000
const cellsLeft = 900
/** The tool or model of a cell that stands for many. */
export const many = '*'

/** Adds to what is there. Whoever makes up a new tool for each call must not fill the store. */
export async function addHours(db: Db, cells: readonly Hour[]): Promise<void> {
  const brought = new Map(cells.map((cell) => [nameOfCell(cell), cell]))
  const grown = new Map<string, Hour>()
  for (const row of await upsert(db, cells)) {
    const cell = brought.get(row.name)
    // As many as we have brought: it was not there.
    if (cell && cell.requests + cell.refused === row.calls)
      grown.set(`${cell.organizationId}${cell.hour}${cell.key}`, cell)
  }
  for (const cell of grown.values()) await fold(db, cell)
}

async function upsert(db: Db, cells: readonly Hour[]): Promise<{ name: string; calls: number }[]> {
  if (cells.length === 0) return []
  const added = sums.map((name) => {
    const [held, given] = [sql.ref(`request_hours.${name}`), sql.ref(`excluded.${name}`)]
    return sql`${sql.ref(name)} = case when ${held} + ${given} > ${sql.lit(most)} then ${sql.lit(most)} else ${held} + ${given} end`
  })
  const { rows } = await sql<Row>`insert into request_hours (${refs([...names, 'owner_type', ...sums])})
    values ${sql.join(cells.map(valuesOf))}
    on conflict (${refs(names)}) do update set ${sql.join(added)}
    returning ${refs(names)}, requests + refused as calls`.execute(db)
  return rows.map((row) => ({ name: nameOfCell(cellOf(row)), calls: Number(row.calls) }))
}

type Named = Record<(typeof names)[number], string | number>
type Row = Named & { readonly calls: number }

const refs = (columns: readonly string[]): RawBuilder<unknown> => sql.join(columns.map((name) => sql.ref(name)))

const valuesOf = (cell: Hour): RawBuilder<unknown> =>
  sql`(${sql.join([...namesOf(cell), cell.ownerType, ...sumsOf(cell).map((sum) => Math.min(sum, most))])})`

const namesOf = (cell: Hour): (string | number)[] => [
  cell.organizationId,
  cell.hour,
  cell.key,
  cell.owner,
  cell.kind,
  cell.project,
  cell.server,
  cell.tool,
  cell.provider,
  cell.model,
  cell.status,
]
const sumsOf = (cell: Hour): number[] => [
  cell.requests,
  cell.refused,
  cell.input,
  cell.output,
  cell.cached,
  cell.reasoning,
  cell.cost,
  cell.latencyMs,
]

const cellOf = (row: Named) => ({
  organizationId: String(row.organization_id),
  hour: Number(row.hour),
  key: String(row.key_id),
  owner: String(row.owner_id),
  kind: row.kind === 'llm' ? ('llm' as const) : ('mcp' as const),
  project: String(row.project_id),
  server: String(row.server_id),
  tool: String(row.tool),
  provider: String(row.provider_id),
  model: String(row.model),
  status: Number(row.status),
})

async function fold(db: Db, { organizationId, hour, key }: Hour): Promise<void> {
  const ofKey = db
    .selectFrom('request_hours')
    .where('organization_id', '=', organizationId)
    .where('hour', '=', hour)
    .where('key_id', '=', key)
  const { count } = await ofKey.select(({ fn }) => fn.countAll().as('count')).executeTakeFirstOrThrow()
  if (Number(count) <= cellsAtMost) return
  const rare = await ofKey
    .select([...names, 'owner_type', ...sums])
    .where((is) => is.or([is('tool', 'not in', ['', many]), is('model', 'not in', ['', many])]))
    .orderBy('requests')
    .orderBy('refused')
    .limit(Number(count) - cellsLeft)
    .execute()
  if (rare.length === 0) return
  // A list of parameters says nothing of their types to PostgreSQL.
  const gone = rare.map((row) => sql`(${sql.join(names.map((name) => typed(row[name])))})`)
  await db
    .deleteFrom('request_hours')
    .where(sql<boolean>`(${refs(names)}) in (values ${sql.join(gone)})`)
    .execute()
  await upsert(
    db,
    summed(
      rare.map((row) => ({
        ...cellOf(row),
        ownerType: row.owner_type,
        tool: row.tool === '' ? '' : many,
        model: row.model === '' ? '' : many,
        requests: Number(row.requests),
        refused: Number(row.refused),
        input: Number(row.input),
        output: Number(row.output),
        cached: Number(row.cached),
        reasoning: Number(row.reasoning),
        cost: Number(row.cost),
        latencyMs: Number(row.latency_ms),
      })),
    ),
  )
}

const typed = (value: string | number) => (typeof value === 'number' ? sql`cast(${value} as bigint)` : sql`${value}`)

/** One piece of the hours before that one; false when there was no more. */
export async function forgetHours(db: Db, organizationId: string, before: number, piece: number): Promise<boolean> {
  const next = await db
    .selectFrom('request_hours')
    .select('hour')
    .where('organization_id', '=', organizationId)
    .where('hour', '<', before)
    .orderBy('hour')
    .offset(piece)
    .limit(1)
    .executeTakeFirst()
  await db
    .deleteFrom('request_hours')
    .where('organization_id', '=', organizationId)
    .where('hour', next === undefined ? '<' : '<=', next?.hour ?? before)
    .execute()
  return next !== undefined
}
