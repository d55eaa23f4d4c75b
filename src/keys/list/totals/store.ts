import { type RawBuilder, sql } from 'kysely'
import type { Db } from '../../../db/database.ts'
import type { Ids } from '../../../db/search.ts'
import { type Condition, live, plainColumns, rowsAmong } from '../conditions/store.ts'

/** Totals are counted up to here; beyond, counting would cost more than the page. */
export const countedUpTo = 10_000

export type Counted = {
  /** Of what was looked at, or `countedUpTo + 1` for "more than that". */
  readonly total: number
  readonly isAll: boolean
}

export async function countLive(db: Db, organizationId: string): Promise<Counted> {
  const rows = sql`select 1 from keys where organization_id = ${organizationId} and ${live} limit ${countedUpTo + 1}`
  return { total: await totalOf(db, sql`select count(*) as total from (${rows}) as counted`), isAll: true }
}

/** Of few, those that meet the other conditions as well. */
export async function countAmong(
  db: Db,
  organizationId: string,
  ids: Ids,
  others: readonly Condition[],
): Promise<Counted> {
  if (others.length === 0) return { total: ids.count, isAll: true }
  const rows = sql`with among as materialized ${rowsAmong(db, organizationId, ids)}
    select count(*) as total from among as keys where ${met(others)}`
  return { total: await totalOf(db, rows), isAll: true }
}

/** Rows that are looked at one by one, where no index has counted them. */
const lookedAt = 2000

/** Ordered by id, so that each page counts the same rows; ids are random, so that these are as any others. */
export async function countSome(db: Db, organizationId: string, conditions: readonly Condition[]): Promise<Counted> {
  const first = sql`select ${plainColumns} from keys where organization_id = ${organizationId} and ${live}
    order by id limit ${lookedAt + 1}`
  const { rows } = await sql<{ seen: number; total: number | null }>`select count(*) as seen,
    sum(case when ${met(conditions)} then 1 else 0 end) as total from (${first}) as keys`.execute(db)
  const { seen = 0, total = 0 } = rows[0] ?? {}
  return { total: Number(total), isAll: Number(seen) <= lookedAt }
}

const met = (conditions: readonly Condition[]): RawBuilder<unknown> =>
  sql.join(
    conditions.map(({ isMet }) => isMet),
    sql` and `,
  )

async function totalOf(db: Db, select: RawBuilder<unknown>): Promise<number> {
  const { rows } = await sql<{ total: number }>`${select}`.execute(db)
  return Number(rows[0]?.total ?? 0)
}
