import type { FleetRecord, OrganizationRecord, OrganizationSecrets, RecordKind } from '../fleet/schema.ts'
import type { ProvingSecrets } from '../keys/prove.ts'
import type { KeyRecord } from '../keys/schema.ts'
import type { ServerRecord } from '../servers/schema.ts'
import type { SessionKey } from './mcp/sessions.ts'

/** What changed; `all` after a new snapshot. */
export type Change = { readonly kind: RecordKind; readonly id: string } | { readonly kind: 'all' }

/** An organization with its secrets opened: in this process's memory and nowhere else. */
export type HeldOrganization = {
  readonly record: OrganizationRecord
  readonly proving: ProvingSecrets
  /** Newest first. */
  readonly sessionKeys: readonly SessionKey[]
}

/** The records that control sent, as they are now. Everything a call asks is one look into a map. */
export type Snapshot = {
  readonly apply: (records: readonly FleetRecord[]) => void
  readonly replaceAll: (records: readonly FleetRecord[]) => void
  readonly organization: (id: string) => HeldOrganization | null
  readonly defaultOrganization: () => HeldOrganization | null
  readonly key: (id: string) => KeyRecord | null
  /** By the public id inside the token. */
  readonly keyByToken: (id16: string) => KeyRecord | null
  readonly server: (id: string) => ServerRecord | null
  readonly serverBySlug: (organization: string, slugOrId: string) => ServerRecord | null
  readonly servers: () => ServerRecord[]
  readonly onChange: (listener: (change: Change) => void) => () => void
}

type Deps = {
  readonly openSecrets: (record: OrganizationRecord) => OrganizationSecrets
  readonly now: () => number
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

/** Slug → server id, in one organization. A live slug wins over a former one. */
type Names = {
  readonly live: Map<string, string>
  readonly former: Map<string, { readonly id: string; readonly until: number }>
}

type Held = {
  readonly organizations: Map<string, HeldOrganization>
  readonly keys: Map<string, KeyRecord>
  readonly servers: Map<string, ServerRecord>
  /** By organization. Two looks instead of a name joined and hashed for each call. */
  readonly names: Map<string, Names>
  /** Revisions of what is gone, so that an older record does not bring it back. */
  readonly gone: Map<string, number>
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
      for (const record of applied) tell({ kind: record.kind === 'gone' ? record.of : record.kind, id: record.id })
    },
    replaceAll: (records) => {
      const next = empty()
      for (const record of records) take(deps, next, record)
      held = next
      tell({ kind: 'all' })
    },
    organization: (id) => held.organizations.get(id) ?? null,
    defaultOrganization: () => {
      for (const organization of held.organizations.values()) if (organization.record.isDefault) return organization
      return null
    },
    key: (id) => held.keys.get(id.slice(prefixLength)) ?? null,
    keyByToken: (id16) => held.keys.get(id16) ?? null,
    server: (id) => held.servers.get(id) ?? null,
    serverBySlug: (organization, slugOrId) => {
      const names = held.names.get(organization)
      const id = names && (names.live.get(slugOrId) ?? formerly(names, slugOrId, deps.now))
      const server = held.servers.get(id ?? slugOrId)
      // An id of another organization is as unknown as one that never was.
      return server?.organization === organization ? server : null
    },
    servers: () => [...held.servers.values()],
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** `key_` */
const prefixLength = 4

const empty = (): Held => ({
  organizations: new Map(),
  keys: new Map(),
  servers: new Map(),
  names: new Map(),
  gone: new Map(),
})

/** False for what is not newer than what is held: records may come twice and out of order. */
function take(deps: Deps, held: Held, record: FleetRecord): boolean {
  const kind = record.kind === 'gone' ? record.of : record.kind
  const known = held.gone.get(record.id) ?? revisionOf(held, kind, record.id)
  if (known !== null && record.revision <= known) return false
  switch (record.kind) {
    case 'organization':
      return takeOrganization(deps, held, record)
    case 'key':
      held.keys.set(record.id.slice(prefixLength), record)
      break
    case 'server':
      unnameServer(held, record.id)
      held.servers.set(record.id, record)
      nameServer(held, record)
      break
    case 'gone':
      drop(held, kind, record.id)
      held.gone.set(record.id, record.revision)
      return true
  }
  held.gone.delete(record.id)
  return true
}

function takeOrganization(deps: Deps, held: Held, record: OrganizationRecord): boolean {
  try {
    const { peppers, proofKey, sessionKeys } = deps.openSecrets(record)
    held.organizations.set(record.id, {
      record,
      proving: {
        peppers: new Map(Object.entries(peppers).map(([id, pepper]) => [id, Buffer.from(pepper, 'base64')])),
        proofKey: Buffer.from(proofKey, 'base64'),
      },
      sessionKeys: sessionKeys
        .map(({ epoch, key }) => ({ epoch, key: Buffer.from(key, 'base64') }))
        .sort((a, b) => b.epoch - a.epoch),
    })
    held.gone.delete(record.id)
    return true
  } catch (error) {
    // Without its secrets the organization's keys are not provable: they are refused, the others go on.
    deps.log.error({ organization: record.id, error }, 'the secrets of an organization could not be opened')
    return false
  }
}

function revisionOf(held: Held, kind: RecordKind, id: string): number | null {
  switch (kind) {
    case 'organization':
      return held.organizations.get(id)?.record.revision ?? null
    case 'key':
      return held.keys.get(id.slice(prefixLength))?.revision ?? null
    case 'server':
      return held.servers.get(id)?.revision ?? null
  }
}

function drop(held: Held, kind: RecordKind, id: string): void {
  switch (kind) {
    case 'organization':
      held.organizations.delete(id)
      break
    case 'key':
      held.keys.delete(id.slice(prefixLength))
      break
    case 'server':
      unnameServer(held, id)
      held.servers.delete(id)
      break
  }
}

function nameServer(held: Held, { organization, id, slug, formerSlugs }: ServerRecord): void {
  const { live, former } = namesIn(held, organization)
  live.set(slug, id)
  for (const { slug: name, until } of formerSlugs) {
    // Two servers may have had it one after the other, and their records come in any order: the later one answers.
    if (until > (former.get(name)?.until ?? 0)) former.set(name, { id, until })
  }
}

/** Only what still leads here: another server may have taken the slug in the same range. */
function unnameServer(held: Held, id: string): void {
  const old = held.servers.get(id)
  if (!old) return
  const { live, former } = namesIn(held, old.organization)
  if (live.get(old.slug) === id) live.delete(old.slug)
  for (const { slug } of old.formerSlugs) if (former.get(slug)?.id === id) former.delete(slug)
}

function namesIn(held: Held, organization: string): Names {
  const known = held.names.get(organization)
  if (known) return known
  const names: Names = { live: new Map(), former: new Map() }
  held.names.set(organization, names)
  return names
}

/** No timer ends a former slug: whoever asks for it looks at the clock, and nobody else has to. */
function formerly({ former }: Names, slug: string, now: () => number): string | null {
  const found = former.get(slug)
  return found && now() < found.until ? found.id : null
}
