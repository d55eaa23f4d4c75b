import type { Db } from '../../../db/database.ts'
import type { Holder } from '../../../fleet/slices/schema.ts'
import type { Pool } from '../store.ts'
import type { Share } from './plan.ts'

export type HeldShare = Share & Holder & { /** Of its process, by the store's clock. */ readonly touchedAt: number }

/** Of every process that may have a share of the pool. */
export async function sharesOf(db: Db, { organization, pool }: Pool): Promise<HeldShare[]> {
  const rows = await db
    .selectFrom('limit_shares')
    .leftJoin('limit_holders', (join) =>
      join
        .onRef('limit_holders.gateway_id', '=', 'limit_shares.gateway_id')
        .onRef('limit_holders.boot', '=', 'limit_shares.boot'),
    )
    .select([
      'limit_shares.gateway_id',
      'limit_shares.boot',
      'limit_shares.share',
      'limit_shares.told',
      'limit_shares.told_at',
      'limit_holders.touched_at',
    ])
    .where('limit_shares.organization_id', '=', organization)
    .where('limit_shares.pool', '=', pool)
    .execute()
  return rows.map((row) => ({
    gateway: row.gateway_id,
    boot: row.boot,
    share: row.share,
    told: row.told,
    toldAt: row.told_at,
    touchedAt: row.touched_at ?? 0,
  }))
}

export async function writeShare(
  db: Db,
  { organization, pool }: Pool,
  { gateway, boot }: Holder,
  { share, told, toldAt }: Share,
): Promise<void> {
  const row = { share, told, told_at: toldAt }
  await db
    .insertInto('limit_shares')
    .values({ organization_id: organization, pool, gateway_id: gateway, boot, ...row })
    .onConflict((conflict) => conflict.columns(['organization_id', 'pool', 'gateway_id', 'boot']).doUpdateSet(row))
    .execute()
}

export async function hasShares(db: Db, { gateway, boot }: Holder): Promise<boolean> {
  const row = await db
    .selectFrom('limit_shares')
    .select('pool')
    .where('gateway_id', '=', gateway)
    .where('boot', '=', boot)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
