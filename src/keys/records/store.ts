import { type SqlBool, sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import type { KeyRecord } from '../schema.ts'
import { findKey, keyColumns, withVersions } from '../store.ts'

/** The record as gateways hold it, tombstones included: the holder of a deleted key's secret is told that it ended. */
export async function keyRecord(db: Db, organizationId: string, id: string): Promise<KeyRecord | null> {
  return (await findKey(db, organizationId, id))?.record ?? null
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
  return (await withVersions(db, rows)).map(({ record }) => record)
}
