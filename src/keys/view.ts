import type { KeyRecord, KeyView } from './schema.ts'
import { statusOf } from './standing.ts'
import type { StoredKey } from './store.ts'
import { previewOf } from './token.ts'

/** The key as REST shows it: complete, with ids, and without anything that its secret was made of. */
export function viewOf(key: StoredKey, organizationStaleness: number, now: number): KeyView {
  const { record } = key
  return {
    id: record.id,
    name: record.name,
    kind: record.tokenKind === 'u' ? 'url' : 'key',
    description: key.description,
    owner: { type: record.owner.type, id: record.owner.id },
    preview: previewOf(record.tokenKind, record.id.slice('key_'.length)),
    status: statusOf(record, now),
    mcp: record.scope.mcp,
    addresses: record.scope.addresses,
    maxStalenessSeconds: record.maxStalenessSeconds ?? organizationStaleness,
    expiresAt: isoOrNull(record.expiresAt),
    createdAt: iso(key.createdAt),
    revokedAt: isoOrNull(key.revokedAt),
    secrets: record.versions.map(({ version, validUntil }) => ({
      version,
      createdAt: iso(key.versionsCreatedAt.get(version) ?? key.createdAt),
      validUntil: isoOrNull(validUntil),
    })),
    revision: record.revision,
  }
}

/** Every server that the key names, for the `refs` beside it. */
export function namedServers({ scope }: Pick<KeyRecord, 'scope'>): readonly string[] {
  const choice = scope.mcp.servers
  return choice.mode === 'only' || choice.mode === 'except' ? choice.items : []
}

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))
