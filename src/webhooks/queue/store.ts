import type { Db } from '../../db/database.ts'

/** Where the events of an organization begin to be handed out: its first webhook takes them from here on. */
export async function beginMarks(db: Db, organizationId: string): Promise<void> {
  const seq = await lastSeq(db, organizationId)
  await db
    .insertInto('webhook_marks')
    .values({ organization_id: organizationId, seq })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}

/** Where the chain of an organization ends; 0 while it has not begun. */
export async function lastSeq(db: Db, organizationId: string): Promise<number> {
  const { seq } = await db
    .selectFrom('audit_events')
    .select(({ fn }) => fn.max('seq').as('seq'))
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow()
  return seq ?? 0
}

/** How far the events of an organization have been handed out. */
export type Mark = { readonly organizationId: string; readonly seq: number }

/** Organizations whose chain goes on behind their mark. */
export async function outstandingMarks(db: Db): Promise<Mark[]> {
  const rows = await db
    .selectFrom('webhook_marks as mark')
    .select(['mark.organization_id', 'mark.seq'])
    .where(({ exists, selectFrom }) =>
      exists(
        selectFrom('audit_events as event')
          .select('event.seq')
          .whereRef('event.organization_id', '=', 'mark.organization_id')
          .whereRef('event.seq', '>', 'mark.seq'),
      ),
    )
    .execute()
  return rows.map((row) => ({ organizationId: row.organization_id, seq: row.seq }))
}

/** False when another control has handed these out. */
export async function moveMark(db: Db, organizationId: string, from: number, to: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('webhook_marks')
    .set({ seq: to })
    .where('organization_id', '=', organizationId)
    .where('seq', '=', from)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export type NewDelivery = {
  readonly id: string
  readonly webhookId: string
  readonly seq: number
  readonly event: string
  readonly payload: string
}

export async function insertDeliveries(
  db: Db,
  organizationId: string,
  deliveries: readonly NewDelivery[],
  at: number,
): Promise<void> {
  if (deliveries.length === 0) return
  const rows = deliveries.map(({ id, webhookId, seq, event, payload }) => ({
    organization_id: organizationId,
    id,
    webhook_id: webhookId,
    seq,
    event,
    payload,
    state: 'waiting' as const,
    attempts: 0,
    next_at: at,
    created_at: at,
  }))
  await db.insertInto('webhook_deliveries').values(rows).execute()
}

/** JSON of these keys, by id; those without are missing. */
export async function metadataOfKeys(
  db: Db,
  organizationId: string,
  keyIds: readonly string[],
): Promise<Map<string, string>> {
  if (keyIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('keys')
    .select(['id', 'metadata'])
    .where('organization_id', '=', organizationId)
    .where('id', 'in', keyIds)
    .where('metadata', '!=', '{}')
    .execute()
  return new Map(rows.map(({ id, metadata }) => [id, metadata]))
}
