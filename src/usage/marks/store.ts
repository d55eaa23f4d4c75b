import type { Db } from '../../db/database.ts'
import type { UsageReport } from '../../fleet/feed-state.ts'

/**
 * Marks that the report is counted, in the transaction that counts it. `counted`: it was before. `gap`: one before it was
 * not, and would never be if this one were.
 */
export async function markReport(
  db: Db,
  { gateway, boot, seq, confirmed }: Omit<UsageReport, 'items'>,
  at: number,
): Promise<'fresh' | 'counted' | 'gap'> {
  const isNext = confirmed >= seq - 1
  const { numUpdatedRows } = await db
    .updateTable('usage_marks')
    .set({ seq, at })
    .where('gateway_id', '=', gateway)
    .where('boot', '=', boot)
    .where('seq', isNext ? '<' : '=', isNext ? seq : seq - 1)
    .executeTakeFirst()
  if (numUpdatedRows > 0n) return 'fresh'
  const known = await db
    .selectFrom('usage_marks')
    .select('seq')
    .where('gateway_id', '=', gateway)
    .where('boot', '=', boot)
    .executeTakeFirst()
  if (known) return known.seq >= seq ? 'counted' : 'gap'
  if (!isNext) return 'gap'
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('usage_marks')
    .values({ gateway_id: gateway, boot, seq, at })
    .onConflict((row) => row.doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n ? 'fresh' : 'gap'
}

/** False when there was less than a piece of them. */
export async function forgetMarks(db: Db, before: number, piece: number): Promise<boolean> {
  const old = await db
    .selectFrom('usage_marks')
    .select(['gateway_id', 'boot'])
    .where('at', '<', before)
    .limit(piece)
    .execute()
  for (const { gateway_id, boot } of old)
    await db
      .deleteFrom('usage_marks')
      .where('gateway_id', '=', gateway_id)
      .where('boot', '=', boot)
      .where('at', '<', before)
      .execute()
  return old.length === piece
}
