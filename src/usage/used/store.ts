import { sql } from 'kysely'
import type { Db } from '../../db/database.ts'
import type { KeyUse, VersionUse } from '../sums.ts'

export type UsedKey = { readonly organizationId: string; readonly key: string; readonly ownerId: string }

/** Counts for the keys that are there, and says which these are. No change of a key: no revision grows, nobody is told. */
export async function countKeys(db: Db, uses: readonly KeyUse[]): Promise<UsedKey[]> {
  if (uses.length === 0) return []
  const values = uses.map(
    (use) => sql`(${use.organizationId}, ${use.key}, cast(${use.requests} as bigint), cast(${use.lastAt} as bigint))`,
  )
  const { rows } = await sql<{ organization_id: string; id: string; owner_id: string }>`update keys
    set requests = keys.requests + used.column3,
      last_used_at = case when last_used_at > used.column4 then last_used_at else used.column4 end
    from (values ${sql.join(values)}) as used
    where keys.organization_id = used.column1 and keys.id = used.column2 and keys.state <> 'deleted'
    returning organization_id, id, owner_id`.execute(db)
  return rows.map((row) => ({ organizationId: row.organization_id, key: row.id, ownerId: row.owner_id }))
}

export type UsedVersion = { readonly organizationId: string; readonly key: string; readonly version: number }

/** Notes when secrets were used, and says which had not been before. */
export async function noteVersions(db: Db, uses: readonly VersionUse[]): Promise<UsedVersion[]> {
  if (uses.length === 0) return []
  const values = sql.join(
    uses.map(
      ({ organizationId, key, version, firstAt, lastAt }) =>
        sql`(${organizationId}, ${key}, cast(${version} as integer), cast(${firstAt} as bigint), cast(${lastAt} as bigint))`,
    ),
  )
  const isThat = sql`secret_versions.organization_id = used.column1 and secret_versions.key_id = used.column2
    and secret_versions.version = used.column3`
  const { rows } = await sql<{ organization_id: string; key_id: string; version: number }>`update secret_versions
    set first_used_at = used.column4 from (values ${values}) as used
    where ${isThat} and first_used_at is null
    returning organization_id, key_id, version`.execute(db)
  await sql`update secret_versions set last_used_at = used.column5 from (values ${values}) as used
    where ${isThat} and (last_used_at is null or last_used_at < used.column5)`.execute(db)
  return rows.map((row) => ({ organizationId: row.organization_id, key: row.key_id, version: row.version }))
}
