import type { Db } from '../../db/database.ts'

/** How far the events of an organization have become notices. */
export type Mark = { readonly organizationId: string; readonly seq: number | null }

/** Organizations whose chain goes on behind their mark; of a new one there is no mark yet. */
export async function outstanding(db: Db): Promise<Mark[]> {
  const rows = await db
    .selectFrom('organizations as organization')
    .leftJoin('notification_marks as mark', 'mark.organization_id', 'organization.id')
    .select(['organization.id', 'mark.seq'])
    .where(({ exists, selectFrom, fn, val }) =>
      exists(
        selectFrom('audit_events as event')
          .select('event.seq')
          .whereRef('event.organization_id', '=', 'organization.id')
          .where((is) => is('event.seq', '>', fn.coalesce('mark.seq', val(0)))),
      ),
    )
    .execute()
  return rows.map(({ id, seq }) => ({ organizationId: id, seq }))
}

/** False when another control has told of these. */
export async function moveMark(db: Db, { organizationId, seq }: Mark, to: number): Promise<boolean> {
  if (seq === null) {
    const made = await db
      .insertInto('notification_marks')
      .values({ organization_id: organizationId, seq: to })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst()
    return (made.numInsertedOrUpdatedRows ?? 0n) > 0n
  }
  const { numUpdatedRows } = await db
    .updateTable('notification_marks')
    .set({ seq: to })
    .where('organization_id', '=', organizationId)
    .where('seq', '=', seq)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
