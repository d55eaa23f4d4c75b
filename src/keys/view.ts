import type { KeyRecord, KeyView } from './schema.ts'
import { itemsOf } from './scope.ts'
import { statusOf } from './standing.ts'
import type { StoredKey } from './store.ts'
import { previewOf } from './token.ts'

/** What stands elsewhere and is shown with a key. */
export type Surroundings = {
  readonly organizationStaleness: number
  /** Ids of those that are there: one that was deleted opens nothing, and is not shown as if it did. */
  readonly projects: ReadonlySet<string>
  /** By id; whoever is gone keeps the name that the key was made under. */
  readonly ownerNames: ReadonlyMap<string, string>
}

/** The key as REST shows it: complete, with ids, and without anything that its secret was made of. */
export function viewOf(key: StoredKey, around: Surroundings, now: number): KeyView {
  const { record } = key
  const { owner, scope } = record
  return {
    id: record.id,
    name: record.name,
    kind: record.tokenKind === 'u' ? 'url' : 'key',
    description: key.description,
    owner: ownerView(owner, around.ownerNames.get(owner.id)),
    preview: previewOf(record.tokenKind, record.id.slice('key_'.length)),
    status: statusOf(record, now),
    projects: scope.projects.filter((id) => around.projects.has(id)),
    mixedEnvironments: scope.mixedEnvironments,
    mcp: scope.mcp,
    llm: scope.llm,
    addresses: scope.addresses,
    gateways: scope.gateways,
    maxStalenessSeconds: record.maxStalenessSeconds ?? around.organizationStaleness,
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

const ownerView = ({ type, id, name }: KeyRecord['owner'], live: string | undefined): KeyView['owner'] =>
  live === undefined ? { type, id, name, removed: true } : { type, id, name: live }

export type Named = 'servers' | 'providers' | 'projects' | 'gateways'

/** Every id in the rights of the key, for the `refs` beside it. */
export const namedBy = ({ scope }: Pick<KeyRecord, 'scope'>): Readonly<Record<Named, readonly string[]>> => ({
  servers: [...itemsOf(scope.mcp.servers), ...Object.keys(scope.mcp.tools)],
  providers: itemsOf(scope.llm.providers),
  projects: scope.projects,
  gateways: itemsOf(scope.gateways),
})

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))
