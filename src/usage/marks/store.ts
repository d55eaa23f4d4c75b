import type { Db } from '../../db/database.ts'
import type { RecordsReport } from '../../fleet/feed-state.ts'

/**
 * Marks that these records are counted, in the transaction that counts them, and answers up to where they were before.
 * Null: one before them is not, and would never be if these were; or somebody else marks them at this moment.
 */
export async function markRecords(
  db: Db,
  { gateway, boot, confirmed, records }: RecordsReport,
  at: number,
): Promise<number | null> {
  const [first, last] = [records[0], records.at(-1)]
  if (first === undefined || last === undefined || last.seq - first.seq !== records.length - 1) return null
  const known = await db
    .selectFrom('usage_marks')
    .select('seq')
    .where('gateway_id', '=', gateway)
    .where('boot', '=', boot)
    .executeTakeFirst()
  const mark = known?.seq ?? 0
  // What the process knows to be counted is, even where a restored backup does not know it any more.
  if (first.seq > Math.max(mark, confirmed) + 1) return null
  if (last.seq <= mark) return mark
  if (known === undefined) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('usage_marks')
      .values({ gateway_id: gateway, boot, seq: last.seq, at })
      .onConflict((row) => row.doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows === 1n ? mark : null
  }
  const { numUpdatedRows } = await db
    .updateTable('usage_marks')
    .set({ seq: last.seq, at })
    .where('gateway_id', '=', gateway)
    .where('boot', '=', boot)
    .where('seq', '=', mark)
    .executeTakeFirst()
  return numUpdatedRows === 1n ? mark : null
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
