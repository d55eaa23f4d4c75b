import type { Db } from '../../db/database.ts'
import type { RecordsReport } from '../../fleet/feed-state.ts'

/**
 * Marks that the log has these records, in the transaction that writes them, and answers up to where it had them before.
 * Null: one before them is missing, and would be for good if these were taken; or another control takes them just now.
 */
export async function markRequests(
  db: Db,
  { gateway, boot, confirmed, records }: RecordsReport,
  at: number,
): Promise<number | null> {
  const [first, last] = [records[0], records.at(-1)]
  if (first === undefined || last === undefined || records.some(({ seq }, n) => seq !== first.seq + n)) return null
  const known = await db
    .selectFrom('request_marks')
    .select('seq')
    .where('gateway_id', '=', gateway)
    .where('boot', '=', boot)
    .executeTakeFirst()
  const mark = known?.seq ?? 0
  // What was confirmed was here once, even where this log has been deleted since.
  if (first.seq > Math.max(mark, confirmed) + 1) return null
  if (last.seq <= mark) return mark
  const { seq } = last
  if (known === undefined) {
    const { numInsertedOrUpdatedRows } = await db
      .insertInto('request_marks')
      .values({ gateway_id: gateway, boot, seq, at })
      .onConflict((row) => row.doNothing())
      .executeTakeFirst()
    return numInsertedOrUpdatedRows === 1n ? mark : null
  }
  const { numUpdatedRows } = await db
    .updateTable('request_marks')
    .set({ seq, at })
    .where('gateway_id', '=', gateway)
    .where('boot', '=', boot)
    .where('seq', '=', mark)
    .executeTakeFirst()
  return numUpdatedRows === 1n ? mark : null
}

/** One piece; false when there was less than that. */
export async function forgetRequestMarks(db: Db, before: number, piece: number): Promise<boolean> {
  const old = await db
    .selectFrom('request_marks')
    .select(['gateway_id', 'boot'])
    .where('at', '<', before)
    .limit(piece)
    .execute()
  for (const { gateway_id, boot } of old)
    await db
      .deleteFrom('request_marks')
      .where('gateway_id', '=', gateway_id)
      .where('boot', '=', boot)
      .where('at', '<', before)
      .execute()
  return old.length === piece
}
