import { sql } from 'kysely'
import type { Db } from '../../db/database.ts'

/** Weeks since epoch, beginning on Thursdays: nobody sees them. PostgreSQL only (db/migrations/requests). */
export const weekMs = 7 * 86_400_000

/** True: it was made now. */
export async function addPartition(db: Db, week: number): Promise<boolean> {
  const { rows } = await sql<{ made: boolean }>`select requests_add_partition(cast(${week} as bigint)) as made`.execute(
    db,
  )
  return rows[0]?.made === true
}

/** Drops weeks that end by then, whole, and says how many. */
export async function dropPartitions(db: Db, before: number): Promise<number> {
  const { rows } = await sql<{ dropped: number }>`
    select requests_drop_partitions(cast(${before} as bigint)) as dropped`.execute(db)
  return Number(rows[0]?.dropped ?? 0)
}
