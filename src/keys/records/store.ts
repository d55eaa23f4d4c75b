import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import { grantsIn, grantsOf } from '../../people/grants/store.ts'
import type { KeyRecord } from '../schema.ts'
import { findKey, keyColumns, withVersions } from '../store.ts'

/** The record as gateways hold it, tombstones included: the holder of a deleted key's secret is told that it ended. */
export async function keyRecord(db: Db, organizationId: string, id: string): Promise<KeyRecord | null> {
  const key = await findKey(db, organizationId, id)
  return key && ((await withGrants(db, [key.record]))[0] ?? null)
}

export type RecordPlace = { readonly organization: string; readonly id: string }

/** Records in pages, by organization and id; of one organization, or of all (as `ostiary_system`) when it is null. */
export async function keyRecords(
  db: Db,
  organizationId: string | null,
  after: RecordPlace | null,
  limit: number,
): Promise<KeyRecord[]> {
  const rows = await db
    .selectFrom('keys')
    .select(keyColumns)
    .$if(organizationId !== null, (query) => query.where('organization_id', '=', organizationId ?? ''))
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`(organization_id, id) > (${after?.organization ?? ''}, ${after?.id ?? ''})`),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  const keys = await withVersions(db, rows)
  return withGrants(
    db,
    keys.map(({ record }) => record),
  )
}

/** With what was approved for each, as gateways and the decision see it. */
export async function withGrants(db: Db, keys: readonly KeyRecord[]): Promise<KeyRecord[]> {
  const holders = keys.map(({ organization, id, owner }) => ({ organizationId: organization, id, ownerId: owner.id }))
  const grants = await grantsOf(db, holders)
  return keys.map((key) => ({ ...key, ...grantsIn(grants.get(key.id)) }))
}

/** The next revision, so that gateways take the record anew; false: it is over, and nothing is open to it. */
export async function touchKey(db: Db, organizationId: string, id: string): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('keys')
    .set((is) => ({ revision: is('revision', '+', 1) }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', 'in', ['active', 'suspended'])
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
