import { sql } from 'kysely'
import type { Db } from '../db/database.ts'

/** One attempt under an Idempotency-Key. */
export type CallName = {
  readonly caller: string
  readonly method: string
  readonly path: string
  readonly idempotencyKey: string
}
export type CallRow = {
  readonly bodyHash: string
  readonly boot: string
  readonly status: number | null
  readonly answer: string | null
  readonly createdAt: number
}

/** True when this attempt is the first; the primary key decides between two that arrive together. */
export const claimCall = async (
  db: Db,
  organizationId: string,
  name: CallName,
  row: { readonly bodyHash: string; readonly boot: string; readonly at: number },
): Promise<boolean> => {
  const claimed = await db
    .insertInto('idempotent_calls')
    .values({
      organization_id: organizationId,
      caller: name.caller,
      method: name.method,
      path: name.path,
      idempotency_key: name.idempotencyKey,
      body_hash: row.bodyHash,
      boot: row.boot,
      status: null,
      answer: null,
      created_at: row.at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('created_at')
    .executeTakeFirst()
  return claimed !== undefined
}

export const findCall = async (db: Db, organizationId: string, name: CallName): Promise<CallRow | null> => {
  const row = await db
    .selectFrom('idempotent_calls')
    .select(['body_hash', 'boot', 'status', 'answer', 'created_at'])
    .where('organization_id', '=', organizationId)
    .where('caller', '=', name.caller)
    .where('method', '=', name.method)
    .where('path', '=', name.path)
    .where('idempotency_key', '=', name.idempotencyKey)
    .executeTakeFirst()
  if (!row) return null
  return {
    bodyHash: row.body_hash,
    boot: row.boot,
    status: row.status,
    answer: row.answer,
    createdAt: Number(row.created_at),
  }
}

export const completeCall = async (
  db: Db,
  organizationId: string,
  name: CallName,
  done: { readonly status: number; readonly answer: string | null },
): Promise<void> => {
  await db
    .updateTable('idempotent_calls')
    .set({ status: done.status, answer: done.answer })
    .where('organization_id', '=', organizationId)
    .where('caller', '=', name.caller)
    .where('method', '=', name.method)
    .where('path', '=', name.path)
    .where('idempotency_key', '=', name.idempotencyKey)
    .execute()
}

export const dropCall = async (db: Db, organizationId: string, name: CallName): Promise<void> => {
  await db
    .deleteFrom('idempotent_calls')
    .where('organization_id', '=', organizationId)
    .where('caller', '=', name.caller)
    .where('method', '=', name.method)
    .where('path', '=', name.path)
    .where('idempotency_key', '=', name.idempotencyKey)
    .execute()
}

/** At most 200 rows a piece; true while there may be more. Over all organizations: a job's query. */
export const deleteCallsBefore = async (db: Db, at: number): Promise<boolean> => {
  const old = await db
    .selectFrom('idempotent_calls')
    .select(['organization_id', 'caller', 'method', 'path', 'idempotency_key'])
    .where('created_at', '<', at)
    .limit(200)
    .execute()
  for (const row of old)
    await dropCall(db, row.organization_id, {
      caller: row.caller,
      method: row.method,
      path: row.path,
      idempotencyKey: row.idempotency_key,
    })
  return old.length === 200
}

/** The smallest question that only a living database answers. */
export const askDatabase = async (db: Db): Promise<void> => {
  await sql`select 1`.execute(db)
}
