import type { Db } from '../../db/database.ts'
import type { CallRecord } from '../../fleet/records/schema.ts'

export type MetQuota = {
  readonly organization: string
  readonly key: { readonly id: string; readonly name: string }
  readonly code: string
}

/** Those of which nobody has been told that day, of keys that are there. Over all organizations. */
export async function noteQuotas(
  db: Db,
  records: readonly Pick<CallRecord, 'organization' | 'key' | 'code'>[],
  day: number,
): Promise<MetQuota[]> {
  const fresh: MetQuota[] = []
  for (const { organization, key, code } of records) {
    if (code === null) continue
    const known = await db
      .selectFrom('keys')
      .select('name')
      .where('organization_id', '=', organization)
      .where('id', '=', key)
      .executeTakeFirst()
    if (!known) continue
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('quota_notices')
      .values({ organization_id: organization, key_id: key, code, day })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    if ((numInsertedOrUpdatedRows ?? 0n) > 0n) fresh.push({ organization, key: { id: key, name: known.name }, code })
  }
  return fresh
}

export async function forgetQuotas(db: Db, beforeDay: number): Promise<void> {
  await db.deleteFrom('quota_notices').where('day', '<', beforeDay).execute()
}
