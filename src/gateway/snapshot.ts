import type { Records } from '../access/backing.ts'
import type { Caps } from '../access/caps.ts'
import type { Replacement } from '../fleet/apply.ts'
import type { FleetRecord } from '../fleet/schema.ts'
import type { KeyRecord } from '../keys/schema.ts'
import type { ProviderRecord } from '../providers/schema.ts'
import type { ServerRecord } from '../servers/schema.ts'
import { type Deps, empty, type HeldOrganization, take } from './snapshot/held.ts'
import { id16Of } from './snapshot/keys.ts'
import { idOfSlug } from './snapshot/names.ts'
import { isRight, recordsIn, rightsOf } from './snapshot/rights.ts'

export type { HeldOrganization } from './snapshot/held.ts'

/** What changed. `rights`: people, projects, catalogs or apps of an organization, told once a range; `all`: a new snapshot. */
export type Change =
  | {
      readonly kind: 'key' | 'server' | 'organization' | 'child' | 'provider' | 'limit' | 'budget'
      readonly organization: string
      readonly id: string
    }
  | { readonly kind: 'rights'; readonly organization: string }
  | { readonly kind: 'all' }

/** The records that control sent, as they are now. Everything a call asks is one look into a map. */
export type Snapshot = {
  readonly apply: (records: readonly FleetRecord[]) => void
  /** A new state beside this one, taken part by part. */
  readonly replaceAll: () => Replacement
  readonly organization: (id: string) => HeldOrganization | null
  /** Of those that are held: a gateway that runs apart is sent its own organization and no other, which is then the default. */
  readonly defaultOrganization: () => HeldOrganization | null
  /** What stands behind the keys of an organization: the same object until anything of it changes. */
  readonly recordsOf: (organization: string) => Records | null
  readonly hasKey: (id: string) => boolean
  readonly key: (id: string) => KeyRecord | null
  /** By the public id inside the token. */
  readonly keyByToken: (id16: string) => KeyRecord | null
  readonly server: (id: string) => ServerRecord | null
  readonly serverBySlug: (organization: string, slugOrId: string) => ServerRecord | null
  readonly servers: () => ServerRecord[]
  readonly provider: (id: string) => ProviderRecord | null
  readonly providerBySlug: (organization: string, slugOrId: string) => ProviderRecord | null
  readonly providersOf: (organization: string) => ProviderRecord[]
  /** Limits and budgets: live, null where there are none. */
  readonly capsOf: (organization: string) => Caps | null
  /** Was the child revoked before its time? */
  readonly isRevokedChild: (id: string) => boolean
  readonly onChange: (listener: (change: Change) => void) => () => void
}

export function createSnapshot(deps: Deps): Snapshot {
  let held = empty()
  const listeners = new Set<(change: Change) => void>()
  const tell = (change: Change) => {
    for (const listener of listeners) listener(change)
  }
  return {
    apply: (records) => {
      // First all of them, then the news: whoever decides again must not see half of a range.
      const applied = records.filter((record) => take(deps, held, record))
      for (const change of changesIn(applied)) tell(change)
    },
    replaceAll: () => {
      const next = empty()
      return {
        add: (records) => {
          for (const record of records) take(deps, next, record)
        },
        commit: () => {
          held = next
          tell({ kind: 'all' })
        },
      }
    },
    organization: (id) => held.organizations.get(id) ?? null,
    defaultOrganization: () => {
      for (const organization of held.organizations.values()) if (organization.record.isDefault) return organization
      return held.organizations.values().next().value ?? null
    },
    recordsOf: (organization) => {
      const known = held.organizations.get(organization)
      return known ? recordsIn(rightsOf(held.rights, organization), known.record) : null
    },
    hasKey: (id) => held.keys.has(id16Of(id)),
    key: (id) => held.keys.get(id16Of(id)),
    keyByToken: (id16) => held.keys.get(id16),
    server: (id) => held.servers.get(id) ?? null,
    serverBySlug: (organization, slugOrId) => {
      const id = idOfSlug(held.names, organization, slugOrId, deps.now)
      const server = held.servers.get(id ?? slugOrId)
      // An id of another organization is as unknown as one that never was.
      return server?.organization === organization ? server : null
    },
    servers: () => [...held.servers.values()],
    provider: (id) => held.providers.byId.get(id) ?? null,
    providerBySlug: (organization, slugOrId) => {
      const provider =
        held.providers.bySlug.get(organization)?.get(slugOrId) ?? held.providers.byId.get(slugOrId) ?? null
      return provider?.organization === organization ? provider : null
    },
    providersOf: (organization) => [...(held.providers.bySlug.get(organization)?.values() ?? [])],
    capsOf: (organization) => held.caps.get(organization)?.view ?? null,
    isRevokedChild: (id) => held.children.has(id),
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

function changesIn(applied: readonly FleetRecord[]): Change[] {
  const changes: Change[] = []
  const whose = new Set<string>()
  for (const { organization, id, ...record } of applied) {
    const kind = record.kind === 'gone' ? record.of : record.kind
    if (isRight(kind)) whose.add(organization)
    else changes.push({ kind, organization, id })
  }
  for (const organization of whose) changes.push({ kind: 'rights', organization })
  return changes
}
