import { sql } from 'kysely'
import type { Db } from '../../db/database.ts'

/** One statement takes so many parameters on every store. */
const atOnce = 5000

/** Requests of all keys that these owners have now; null: of the whole organization. */
export async function requestsOfOwners(
  db: Db,
  organizationId: string,
  ownerIds: readonly string[] | null,
): Promise<number> {
  if (ownerIds === null) return requestsOf(db, organizationId, null)
  let total = 0
  for (let at = 0; at < ownerIds.length; at += atOnce)
    total += await requestsOf(db, organizationId, ownerIds.slice(at, at + atOnce))
  return total
}

async function requestsOf(db: Db, organizationId: string, ownerIds: readonly string[] | null): Promise<number> {
  const { total } = await db
    .selectFrom('owner_requests')
    .select(({ fn }) => fn.sum<number | string | bigint | null>('requests').as('total'))
    .where('organization_id', '=', organizationId)
    .$if(ownerIds !== null, (query) => query.where('owner_id', 'in', ownerIds ?? []))
    .executeTakeFirstOrThrow()
  return Number(total ?? 0)
}

export type OwnerUse = { readonly organizationId: string; readonly ownerId: string; readonly requests: number }

export async function addRequests(db: Db, uses: readonly OwnerUse[]): Promise<void> {
  if (uses.length === 0) return
  const rows = uses.map((use) => ({
    organization_id: use.organizationId,
    owner_id: use.ownerId,
    requests: use.requests,
  }))
  await db
    .insertInto('owner_requests')
    .values(rows)
    .onConflict((row) =>
      row
        .columns(['organization_id', 'owner_id'])
        .doUpdateSet({ requests: sql<number>`owner_requests.requests + excluded.requests` }),
    )
    .execute()
}

/**
 * A key is deleted, and what it has served is no part of anything any more. In the transaction that deletes it, and
 * after the row of the key was changed there: until that has committed nothing more is counted for it.
 */
export async function forgetRequests(db: Db, organizationId: string, ownerId: string, requests: number): Promise<void> {
  await db
    .updateTable('owner_requests')
    .set({ requests: sql<number>`case when requests > ${requests} then requests - ${requests} else 0 end` })
    .where('organization_id', '=', organizationId)
    .where('owner_id', '=', ownerId)
    .execute()
}
