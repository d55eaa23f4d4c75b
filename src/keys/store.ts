import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { type KeyRecord, Scope, type SecretVersion, type StoredSecret } from './schema.ts'

/** A key with what only control needs: REST shows it, gateways never see it. */
export type StoredKey = {
  readonly record: KeyRecord
  readonly description: string
  readonly createdAt: number
  readonly createdBy: string
  readonly revokedAt: number | null
  /** When each version was made, by its number. */
  readonly versionsCreatedAt: ReadonlyMap<number, number>
}

export const keyColumns = [
  'organization_id',
  'id',
  'token_kind',
  'name',
  'description',
  'owner_type',
  'owner_id',
  'owner_name',
  'state',
  'scope',
  'max_staleness_seconds',
  'expires_at',
  'created_at',
  'created_by',
  'revoked_at',
  'revision',
] as const
const versionColumns = [
  'organization_id',
  'key_id',
  'version',
  'phc',
  'gate',
  'pepper_id',
  'created_at',
  'valid_until',
] as const

export async function insertKey(db: Db, organizationId: string, key: StoredKey): Promise<void> {
  const { record } = key
  await db
    .insertInto('keys')
    .values({
      organization_id: organizationId,
      id: record.id,
      token_kind: record.tokenKind,
      name: record.name,
      description: key.description,
      owner_type: record.owner.type,
      owner_id: record.owner.id,
      owner_name: record.owner.name,
      state: record.state,
      scope: JSON.stringify(record.scope),
      max_staleness_seconds: record.maxStalenessSeconds,
      expires_at: record.expiresAt,
      created_at: key.createdAt,
      created_by: key.createdBy,
      revoked_at: key.revokedAt,
      revision: record.revision,
    })
    .execute()
}

export async function insertVersion(
  db: Db,
  organizationId: string,
  keyId: string,
  version: StoredSecret & { readonly version: number; readonly createdAt: number },
): Promise<void> {
  await db
    .insertInto('secret_versions')
    .values({
      organization_id: organizationId,
      key_id: keyId,
      version: version.version,
      phc: version.phc,
      gate: version.gate,
      pepper_id: version.pepperId,
      created_at: version.createdAt,
      valid_until: null,
    })
    .execute()
}

/** Every version that is still taken ends at that instant. */
export async function retireVersions(db: Db, organizationId: string, keyId: string, at: number): Promise<void> {
  await db
    .updateTable('secret_versions')
    .set({ valid_until: at })
    .where('organization_id', '=', organizationId)
    .where('key_id', '=', keyId)
    .where((is) => is.or([is('valid_until', 'is', null), is('valid_until', '>', at)]))
    .execute()
}

/** False when somebody else has changed or ended it since `record.revision - 1` was read. */
export async function updateKey(db: Db, organizationId: string, { record, description }: StoredKey): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('keys')
    .set({
      name: record.name,
      description,
      scope: JSON.stringify(record.scope),
      max_staleness_seconds: record.maxStalenessSeconds,
      expires_at: record.expiresAt,
      revision: record.revision,
    })
    .where('organization_id', '=', organizationId)
    .where('id', '=', record.id)
    .where('revision', '=', record.revision - 1)
    .where('state', 'in', ['active', 'suspended'])
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function findKey(db: Db, organizationId: string, id: string): Promise<StoredKey | null> {
  const row = await db
    .selectFrom('keys')
    .select(keyColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row) return null
  const [key] = await withVersions(db, [row])
  return key ?? null
}

/**
 * Ends a key for good. Guarded by the update itself: false when somebody else has ended it first, and then nothing has
 * changed. The revision grows in the statement, so that no two changes share one.
 */
export async function endKey(
  db: Db,
  organizationId: string,
  id: string,
  end: {
    readonly from: readonly KeyRecord['state'][]
    readonly to: 'revoked' | 'deleted'
    readonly at: number
    /** The revision that whoever ends it has in mind; null: whichever it is. */
    readonly onlyAt: number | null
  },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('keys')
    .set((is) => ({
      state: end.to,
      revoked_at: is.fn.coalesce('revoked_at', is.val(end.at)),
      revision: is('revision', '+', 1),
    }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', 'in', end.from)
    .$if(end.onlyAt !== null, (query) => query.where('revision', '=', end.onlyAt ?? 0))
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** The name that keys are sorted by, and that stays when their owner is gone. No change of a key: no revision grows. */
export async function renameOwnerOfKeys(db: Db, organizationId: string, ownerId: string, name: string): Promise<void> {
  await db
    .updateTable('keys')
    .set({ owner_name: name })
    .where('organization_id', '=', organizationId)
    .where('owner_id', '=', ownerId)
    .execute()
}

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

type KeyRow = {
  organization_id: string
  id: string
  token_kind: 'k' | 'u'
  name: string
  description: string
  owner_type: 'member' | 'team' | 'app'
  owner_id: string
  owner_name: string
  state: KeyRecord['state']
  scope: string
  max_staleness_seconds: number | null
  expires_at: number | null
  created_at: number
  created_by: string
  revoked_at: number | null
  revision: number
}

/** Keys with all their secret versions, retired ones included: who holds one is told that it was rotated out. */
export async function withVersions(db: Db, keys: readonly KeyRow[]): Promise<StoredKey[]> {
  if (keys.length === 0) return []
  const organizations = [...new Set(keys.map((key) => key.organization_id))]
  const rows = await db
    .selectFrom('secret_versions')
    .select(versionColumns)
    // Named although the key ids alone would do: the primary key begins with it.
    .where('organization_id', 'in', organizations)
    .where(
      'key_id',
      'in',
      keys.map(({ id }) => id),
    )
    .orderBy('version')
    .execute()
  const byKey = Map.groupBy(rows, (row) => `${row.organization_id} ${row.key_id}`)
  return keys.map((row) => storedOf(row, byKey.get(`${row.organization_id} ${row.id}`) ?? []))
}

type VersionRow = {
  version: number
  phc: string
  gate: number
  pepper_id: string
  created_at: number
  valid_until: number | null
}

function storedOf(row: KeyRow, versions: readonly VersionRow[]): StoredKey {
  return {
    record: {
      kind: 'key',
      organization: row.organization_id,
      id: row.id,
      revision: row.revision,
      tokenKind: row.token_kind,
      name: row.name,
      owner: { type: row.owner_type, id: row.owner_id, name: row.owner_name },
      state: row.state,
      expiresAt: row.expires_at,
      scope: Scope.parse(JSON.parse(row.scope)),
      maxStalenessSeconds: row.max_staleness_seconds,
      versions: versions.map(versionOf),
    },
    description: row.description,
    createdAt: row.created_at,
    createdBy: row.created_by,
    revokedAt: row.revoked_at,
    versionsCreatedAt: new Map(versions.map(({ version, created_at }) => [version, created_at])),
  }
}

const versionOf = (row: VersionRow): SecretVersion => ({
  version: row.version,
  phc: row.phc,
  gate: row.gate,
  pepperId: row.pepper_id,
  validUntil: row.valid_until,
})
