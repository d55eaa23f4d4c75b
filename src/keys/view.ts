import type { KeyBudget } from '../budgets/schema.ts'
import { defaultKeyLimits, type KeyLimits } from '../limits/schema.ts'
import type { KeyPolicies } from '../people/policies/schema.ts'
import { liveRulesOf, maxAgeFor, placesOf } from '../people/policies/tiers.ts'
import type { Tier } from '../projects/schema.ts'
import { type KeyRecord, type KeyView, Metadata } from './schema.ts'
import { itemsOf } from './scope.ts'
import { statusOf } from './standing.ts'
import type { StoredKey } from './store.ts'
import { previewOf } from './token.ts'

/** What stands elsewhere and is shown with a key. */
export type Surroundings = {
  readonly organizationStaleness: number
  /** By the ids of projects that are there: one that was deleted opens nothing, and is not shown as if it did. */
  readonly tiers: ReadonlyMap<string, Tier>
  /** By id; whoever is gone keeps the name that the key was made under. */
  readonly ownerNames: ReadonlyMap<string, string>
  readonly policies: KeyPolicies
  /** When the open link of a key ends, by the id of the key. */
  readonly claims: ReadonlyMap<string, number>
  /** Requests of all keys that whoever asks may see. */
  readonly requestsOfAll: number
  /** Of the keys themselves, by their ids. */
  readonly limits: ReadonlyMap<string, KeyLimits>
  readonly budgets: ReadonlyMap<string, readonly KeyBudget[]>
}

/** The key as REST shows it: complete, with ids, and without anything that its secret was made of. */
export function viewOf(key: StoredKey, around: Surroundings, now: number): KeyView {
  const { record } = key
  const { owner, scope } = record
  const projects = scope.projects.filter((id) => around.tiers.has(id))
  const tiers = projects.flatMap((id) => around.tiers.get(id) ?? [])
  return {
    id: record.id,
    name: record.name,
    kind: record.tokenKind === 'u' ? 'url' : 'key',
    description: key.description,
    owner: ownerView(owner, around.ownerNames.get(owner.id)),
    preview: previewOf(record.tokenKind, record.id.slice('key_'.length)),
    status: statusOf(record, now),
    projects,
    mixedEnvironments: scope.mixedEnvironments,
    allServersReason: scope.allServersReason ?? null,
    mcp: scope.mcp,
    llm: scope.llm,
    addresses: scope.addresses,
    gateways: scope.gateways,
    limits: around.limits.get(record.id) ?? defaultKeyLimits,
    budgets: [...(around.budgets.get(record.id) ?? [])],
    maxStalenessSeconds: record.maxStalenessSeconds ?? stalenessOf(around, tiers),
    expiresAt: isoOrNull(record.expiresAt),
    createdAt: iso(key.createdAt),
    revokedAt: isoOrNull(key.revokedAt),
    stateReason: key.stateReason,
    exposedAt: isoOrNull(key.exposedAt),
    metadata: Metadata.parse(JSON.parse(record.metadata)),
    tags: [...key.tags],
    honey: record.honey,
    ephemeral: key.ephemeral,
    pinNetwork: record.pin !== null,
    pinnedNetwork: record.pin?.network ?? null,
    rotation: key.rotation,
    rotationDueAt: isoOrNull(rotationDue(key, maxAgeFor(around.policies, tiers))),
    claim: claimOf(around.claims.get(record.id)),
    seenInBrowserAt: isoOrNull(key.seenInBrowserAt),
    lastUsedAt: isoOrNull(key.lastUsedAt),
    requests: key.requests,
    share: shareOf(key.requests, around.requestsOfAll),
    secrets: record.versions.map(({ version, validUntil }) => ({
      version,
      createdAt: iso(key.versionTimes.get(version)?.createdAt ?? key.createdAt),
      lastUsedAt: isoOrNull(key.versionTimes.get(version)?.lastUsedAt ?? null),
      validUntil: isoOrNull(validUntil),
    })),
    revision: record.revision,
  }
}

/** The smallest that its organization and its tiers ask for. */
function stalenessOf({ policies, organizationStaleness }: Surroundings, tiers: readonly Tier[]): number {
  const rules = liveRulesOf(policies, organizationStaleness)
  return Math.min(...placesOf(tiers).map((place) => rules[place ?? 'otherwise'].maxStalenessSeconds))
}

const dayMs = 86_400_000

/** The earlier of what its schedule and what the policy ask for. */
function rotationDue({ rotationDueAt, secretMadeAt, record }: StoredKey, maxAgeDays: number | null): number | null {
  if (secretMadeAt === null || record.state === 'revoked' || record.state === 'deleted') return null
  const byPolicy = maxAgeDays === null ? null : secretMadeAt + maxAgeDays * dayMs
  return rotationDueAt === null || byPolicy === null ? (rotationDueAt ?? byPolicy) : Math.min(rotationDueAt, byPolicy)
}

const claimOf = (endsAt: number | undefined): KeyView['claim'] =>
  endsAt === undefined ? null : { expiresAt: iso(endsAt) }

/** Percent, to a thousandth; of nothing it is nothing. */
const shareOf = (requests: number, all: number): number =>
  all === 0 ? 0 : Math.round((requests / all) * 100_000) / 1000

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
