import type { Db } from '../../db/database.ts'
import { type App, appColumns, appOf } from '../store.ts'

const his = (db: Db, organizationId: string, memberId: string) =>
  db
    .selectFrom('apps')
    .where('organization_id', '=', organizationId)
    .where('owner_type', '=', 'member')
    .where('owner_id', '=', memberId)
    .where('state', '=', 'active')

/** His live apps, by id. */
export async function personalAppsOf(db: Db, organizationId: string, memberId: string, limit: number): Promise<App[]> {
  const rows = await his(db, organizationId, memberId).select(appColumns).orderBy('id').limit(limit).execute()
  return rows.map(appOf)
}

export async function countPersonalApps(db: Db, organizationId: string, memberId: string): Promise<number> {
  const { total } = await his(db, organizationId, memberId)
    .select((is) => is.fn.countAll<number | string | bigint>().as('total'))
    .executeTakeFirstOrThrow()
  return Number(total)
}
