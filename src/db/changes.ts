import { sql } from 'kysely'
import type { Db } from './database.ts'

/**
 * The change log: pointers to what changed, in the transaction of the change. The sequencer numbers them after the
 * commit; the number is a position, the row's id is not.
 */
export type RecordKind =
  | 'organization'
  | 'key'
  | 'server'
  | 'member'
  | 'team'
  | 'project'
  | 'catalog'
  | 'app'
  | 'child'
  | 'provider'
  | 'limit'
  | 'budget'

export type Change = {
  readonly number: number
  readonly organizationId: string
  /** As written, perhaps by a newer program: what is not known is skipped. */
  readonly kind: string
  readonly subjectId: string
}

/** Returns the row's id, to ask the sequencer for its number once the transaction has committed. */
export const announce = async (
  db: Db,
  organizationId: string,
  change: { readonly kind: RecordKind; readonly id: string; readonly at: number },
): Promise<number> => {
  const { row_id } = await db
    .insertInto('changes')
    .values({ organization_id: organizationId, kind: change.kind, subject_id: change.id, at: change.at })
    .returning('row_id')
    .executeTakeFirstOrThrow()
  return row_id
}

/** As many rows as one statement takes. */
const announcedAtOnce = 500

/** The same of many, in their order; nothing is written of none. */
export const announceAll = async (
  db: Db,
  organizationId: string,
  { kind, ids, at }: { readonly kind: RecordKind; readonly ids: readonly string[]; readonly at: number },
): Promise<void> => {
  for (let from = 0; from < ids.length; from += announcedAtOnce) {
    const some = ids.slice(from, from + announcedAtOnce)
    await db
      .insertInto('changes')
      .values(some.map((id) => ({ organization_id: organizationId, kind, subject_id: id, at })))
      .execute()
  }
}

export const changesAfter = async (db: Db, number: number, limit: number): Promise<Change[]> => {
  const rows = await db
    .selectFrom('changes')
    .select(['number', 'organization_id', 'kind', 'subject_id'])
    .where('number', '>', number)
    .orderBy('number')
    .limit(limit)
    .$narrowType<{ number: number }>()
    .execute()
  return rows.map((row) => ({
    number: row.number,
    organizationId: row.organization_id,
    kind: row.kind,
    subjectId: row.subject_id,
  }))
}

/** 0 while nothing has been numbered. */
export const latestNumber = async (db: Db): Promise<number> => {
  const { latest } = await db
    .selectFrom('changes')
    .select(({ fn }) => fn.max('number').as('latest'))
    .executeTakeFirstOrThrow()
  return latest ?? 0
}

/** Positions older than this need a snapshot: the number of the first change that is still here, less one. */
export const oldestPosition = async (db: Db): Promise<number> => {
  const { oldest } = await db
    .selectFrom('changes')
    .select(({ fn }) => fn.min('number').as('oldest'))
    .executeTakeFirstOrThrow()
  return oldest === null ? 0 : oldest - 1
}

/** The identity of this change log; positions of another one mean nothing here. */
export const logId = async (db: Db): Promise<string> => {
  const { log_id } = await db.selectFrom('installation').select('log_id').executeTakeFirstOrThrow()
  return log_id
}

/** What the sequencer has to do: in one query, because it asks after each commit. */
export const outstanding = async (db: Db): Promise<{ latest: number; any: boolean }> => {
  const row = await db
    .selectNoFrom([
      (eb) =>
        eb
          .selectFrom('changes')
          .select(({ fn }) => fn.max('number').as('latest'))
          .as('latest'),
      (eb) =>
        eb.selectFrom('changes').select('row_id').where('number', 'is', null).orderBy('row_id').limit(1).as('change'),
      (eb) =>
        eb.selectFrom('audit_events').select('row_id').where('seq', 'is', null).orderBy('row_id').limit(1).as('event'),
    ])
    .executeTakeFirstOrThrow()
  return { latest: row.latest ?? 0, any: row.change !== null || row.event !== null }
}

/** Numbers committed rows in the order of their insertion, without a gap; the caller makes sure that nobody else does. */
export const numberCommitted = async (db: Db, limit: number): Promise<{ rowId: number; number: number }[]> => {
  const base = await latestNumber(db)
  const rows = await db
    .updateTable('changes')
    .from((eb) =>
      eb
        .selectFrom('changes')
        .select([
          'row_id as place',
          sql<number>`cast(${base} as bigint) + row_number() over (order by row_id)`.as('next'),
        ])
        .where('number', 'is', null)
        .orderBy('row_id')
        .limit(limit)
        .as('batch'),
    )
    .set((eb) => ({ number: eb.ref('batch.next') }))
    .whereRef('changes.row_id', '=', 'batch.place')
    .returning(['changes.row_id', 'changes.number'])
    .$narrowType<{ number: number }>()
    .execute()
  return rows.map(({ row_id, number }) => ({ rowId: row_id, number }))
}

/** The numbers that rows have been given; null for a row that waits. Rows that are not there are missing. */
export const numbersOf = async (db: Db, rowIds: readonly number[]): Promise<Map<number, number | null>> => {
  const rows = await db.selectFrom('changes').select(['row_id', 'number']).where('row_id', 'in', rowIds).execute()
  return new Map(rows.map(({ row_id, number }) => [row_id, number]))
}

/** Deletes up to 200 numbered rows older than `before`, all but the latest: it remembers where the numbers stand. */
export const forgetChanges = async (db: Db, before: number): Promise<number> => {
  const latest = await latestNumber(db)
  const { numDeletedRows } = await db
    .deleteFrom('changes')
    .where('row_id', 'in', (eb) =>
      eb
        .selectFrom('changes')
        .select('row_id')
        .where('at', '<', before)
        .where('number', '<', latest)
        .orderBy('at')
        .limit(200),
    )
    .executeTakeFirstOrThrow()
  return Number(numDeletedRows)
}
