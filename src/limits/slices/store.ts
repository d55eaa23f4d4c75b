import type { Db } from '../../db/database.ts'
import type { Holder } from '../../fleet/slices/schema.ts'

/** A pool of one organization; everything about it is written while its row is held. */
export type Pool = { readonly organization: string; readonly pool: string }

/**
 * Holds the pool until this unit of work ends, and answers how many seats of it are taken. Who holds several takes them
 * in one order (`inOrder`). A write that changes nothing, since SQLite has no `select … for update`.
 */
export async function holdPool(db: Db, { organization, pool }: Pool): Promise<number> {
  await db
    .insertInto('limit_pools')
    .values({ organization_id: organization, pool, seats: 0 })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  const { seats } = await db
    .updateTable('limit_pools')
    .set((is) => ({ seats: is.ref('seats') }))
    .where('organization_id', '=', organization)
    .where('pool', '=', pool)
    .returning('seats')
    .executeTakeFirstOrThrow()
  return seats
}

export const inOrder = (one: Pool, other: Pool): number =>
  compare(one.organization, other.organization) || compare(one.pool, other.pool)
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

export type Window = { readonly used: number; readonly aside: number }

export async function findWindow(db: Db, { organization, pool }: Pool, minute: number): Promise<Window | null> {
  const row = await db
    .selectFrom('limit_windows')
    .select(['used', 'aside'])
    .where('organization_id', '=', organization)
    .where('pool', '=', pool)
    .where('minute', '=', minute)
    .executeTakeFirst()
  return row ?? null
}

export async function insertWindow(db: Db, { organization, pool }: Pool, minute: number, row: Window): Promise<void> {
  await db
    .insertInto('limit_windows')
    .values({ organization_id: organization, pool, minute, ...row })
    .execute()
}

/** The pool is held, so what was read is still so. */
export async function writeUsed(db: Db, { organization, pool }: Pool, minute: number, used: number): Promise<void> {
  await db
    .updateTable('limit_windows')
    .set({ used })
    .where('organization_id', '=', organization)
    .where('pool', '=', pool)
    .where('minute', '=', minute)
    .execute()
}

/** Of one organization: these pools in that minute. */
export async function usedOf(
  db: Db,
  organization: string,
  pools: readonly string[],
  minute: number,
): Promise<ReadonlyMap<string, number>> {
  if (pools.length === 0) return new Map()
  const rows = await db
    .selectFrom('limit_windows')
    .select(['pool', 'used'])
    .where('organization_id', '=', organization)
    .where('pool', 'in', pools)
    .where('minute', '=', minute)
    .execute()
  return new Map(rows.map(({ pool, used }) => [pool, used]))
}

export async function seatsTakenOf(
  db: Db,
  organization: string,
  pools: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (pools.length === 0) return new Map()
  const rows = await db
    .selectFrom('limit_pools')
    .select(['pool', 'seats'])
    .where('organization_id', '=', organization)
    .where('pool', 'in', pools)
    .execute()
  return new Map(rows.map(({ pool, seats }) => [pool, seats]))
}

/** Deletes the oldest minute before that one; false: there is none. */
export async function forgetMinute(db: Db, before: number): Promise<boolean> {
  const { oldest } = await db
    .selectFrom('limit_windows')
    .select(({ fn }) => fn.min('minute').as('oldest'))
    .executeTakeFirstOrThrow()
  if (oldest === null || oldest >= before) return false
  await db.deleteFrom('limit_windows').where('minute', '=', oldest).execute()
  return true
}

/** What that process has of the pool; the pool is held. */
export async function seatsOf(db: Db, { organization, pool }: Pool, holder: Holder): Promise<number> {
  const row = await db
    .selectFrom('limit_seats')
    .select('seats')
    .where('organization_id', '=', organization)
    .where('pool', '=', pool)
    .where('gateway_id', '=', holder.gateway)
    .where('boot', '=', holder.boot)
    .executeTakeFirst()
  return row?.seats ?? 0
}

/** `by` more or fewer, for the process and in sum; the pool is held. */
export async function moveSeats(db: Db, { organization, pool }: Pool, { gateway, boot }: Holder, by: number) {
  await db
    .insertInto('limit_seats')
    .values({ organization_id: organization, pool, gateway_id: gateway, boot, seats: Math.max(0, by) })
    .onConflict((conflict) =>
      conflict
        .columns(['organization_id', 'pool', 'gateway_id', 'boot'])
        .doUpdateSet((is) => ({ seats: is('limit_seats.seats', '+', by) })),
    )
    .execute()
  await db
    .updateTable('limit_pools')
    .set((is) => ({ seats: is('seats', '+', by) }))
    .where('organization_id', '=', organization)
    .where('pool', '=', pool)
    .execute()
}

export async function poolsOfHolder(db: Db, { gateway, boot }: Holder): Promise<(Pool & { readonly seats: number })[]> {
  const rows = await db
    .selectFrom('limit_seats')
    .select(['organization_id', 'pool', 'seats'])
    .where('gateway_id', '=', gateway)
    .where('boot', '=', boot)
    .execute()
  return rows.map(({ organization_id, pool, seats }) => ({ organization: organization_id, pool, seats: Number(seats) }))
}

/** Of that process nothing is left but what it has admitted. */
export async function deleteHolder(db: Db, { gateway, boot }: Holder): Promise<void> {
  for (const table of ['limit_seats', 'limit_shares', 'limit_holders'] as const)
    await db.deleteFrom(table).where('gateway_id', '=', gateway).where('boot', '=', boot).execute()
}
