import type { Selectable } from 'kysely'
import type { Db } from '../db/database.ts'
import type { Tables } from '../db/tables.ts'
import { RotationSchedule } from './rotation/schedule/schema.ts'
import { type KeyRecord, Scope, type SecretVersion, type StoredSecret, Tags } from './schema.ts'

/** A key with what only control needs: REST shows it, gateways never see it. */
export type StoredKey = {
  readonly record: KeyRecord
  readonly description: string
  readonly createdAt: number
  readonly createdBy: string
  readonly revokedAt: number | null
  readonly tags: readonly string[]
  /** It has no long-lived secret: one token, and it is over with it. */
  readonly ephemeral: boolean
  /** Why it was suspended or revoked, where somebody said so. */
  readonly stateReason: string | null
  /** `owner-left`: with its owner, and it comes back with him; null: by hand, or it is not suspended. */
  readonly suspendedFor: string | null
  readonly exposedAt: number | null
  readonly seenInBrowserAt: number | null
  /** Id of the key whose settings it began with. */
  readonly copiedFrom: string | null
  readonly rotation: RotationSchedule | null
  /** By its schedule. */
  readonly rotationDueAt: number | null
  /** When its newest secret was made; null while it has none. */
  readonly secretMadeAt: number | null
  /** Written in batches by usage/, never by a change of the key. */
  readonly requests: number
  readonly lastUsedAt: number | null
  /** When each version was made and last used, by its number. */
  readonly versionTimes: ReadonlyMap<number, { readonly createdAt: number; readonly lastUsedAt: number | null }>
}

/** Of a key that has just been made. */
export const unusedKey = {
  stateReason: null,
  suspendedFor: null,
  exposedAt: null,
  seenInBrowserAt: null,
  secretMadeAt: null,
  requests: 0,
  lastUsedAt: null,
} as const

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
  'metadata',
  'tags',
  'honey',
  'ephemeral',
  'epoch',
  'pin_network',
  'pinned_network',
  'state_reason',
  'suspended_for',
  'exposed_at',
  'seen_in_browser_at',
  'copied_from',
  'rotation',
  'rotation_due_at',
  'secret_made_at',
  'requests',
  'last_used_at',
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
  'last_used_at',
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
      metadata: record.metadata,
      tags: JSON.stringify(key.tags),
      honey: record.honey ? 1 : 0,
      ephemeral: key.ephemeral ? 1 : 0,
      epoch: record.epoch,
      pin_network: record.pin ? 1 : 0,
      pinned_network: record.pin?.network ?? null,
      mcp_servers: serversMode(record),
      copied_from: key.copiedFrom,
      rotation: key.rotation && JSON.stringify(key.rotation),
      rotation_due_at: key.rotationDueAt,
      secret_made_at: key.secretMadeAt,
    })
    .execute()
}

const serversMode = ({ scope: { mcp } }: KeyRecord) => (mcp.enabled ? mcp.servers.mode : 'off')

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
export async function updateKey(db: Db, organizationId: string, key: StoredKey): Promise<boolean> {
  const { record, description } = key
  const { numUpdatedRows } = await db
    .updateTable('keys')
    .set({
      name: record.name,
      description,
      scope: JSON.stringify(record.scope),
      max_staleness_seconds: record.maxStalenessSeconds,
      expires_at: record.expiresAt,
      state: record.state,
      state_reason: key.stateReason,
      suspended_for: key.suspendedFor,
      exposed_at: key.exposedAt,
      metadata: record.metadata,
      tags: JSON.stringify(key.tags),
      epoch: record.epoch,
      pin_network: record.pin ? 1 : 0,
      pinned_network: record.pin?.network ?? null,
      mcp_servers: serversMode(record),
      rotation: key.rotation && JSON.stringify(key.rotation),
      rotation_due_at: key.rotationDueAt,
      secret_made_at: key.secretMadeAt,
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

/** The name that keys are sorted by, and that stays when their owner is gone. No change of a key: no revision grows. */
export async function renameOwnerOfKeys(db: Db, organizationId: string, ownerId: string, name: string): Promise<void> {
  await db
    .updateTable('keys')
    .set({ owner_name: name })
    .where('organization_id', '=', organizationId)
    .where('owner_id', '=', ownerId)
    .execute()
}

type KeyRow = Pick<Selectable<Tables['keys']>, (typeof keyColumns)[number]>
type VersionRow = Pick<Selectable<Tables['secret_versions']>, (typeof versionColumns)[number]>

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
      epoch: row.epoch,
      metadata: row.metadata,
      honey: row.honey === 1,
      pin: row.pin_network === 1 ? { network: row.pinned_network } : null,
    },
    description: row.description,
    createdAt: row.created_at,
    createdBy: row.created_by,
    revokedAt: row.revoked_at,
    tags: Tags.parse(JSON.parse(row.tags)),
    ephemeral: row.ephemeral === 1,
    stateReason: row.state_reason,
    suspendedFor: row.suspended_for,
    exposedAt: row.exposed_at,
    seenInBrowserAt: row.seen_in_browser_at,
    copiedFrom: row.copied_from,
    rotation: row.rotation === null ? null : RotationSchedule.parse(JSON.parse(row.rotation)),
    rotationDueAt: row.rotation_due_at,
    secretMadeAt: row.secret_made_at,
    requests: row.requests,
    lastUsedAt: row.last_used_at,
    versionTimes: new Map(
      versions.map((each) => [each.version, { createdAt: each.created_at, lastUsedAt: each.last_used_at }]),
    ),
  }
}

const versionOf = (row: VersionRow): SecretVersion => ({
  version: row.version,
  phc: row.phc,
  gate: row.gate,
  pepperId: row.pepper_id,
  validUntil: row.valid_until,
})
