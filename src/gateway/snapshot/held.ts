import type { ChildRecord } from '../../access/narrow/schema.ts'
import type { FleetRecord, OrganizationRecord, OrganizationSecrets, RecordKind } from '../../fleet/schema.ts'
import type { ProvingSecrets } from '../../keys/prove.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import type { SessionKey } from '../mcp/sessions.ts'
import { type AllCaps, dropCap, putCap } from './caps.ts'
import { createKeys, id16Of, type Keys } from './keys.ts'
import { type Names, nameServer, unnameServer } from './names.ts'
import { dropProvider, type HeldProviders, noProviders, putProvider } from './providers.ts'
import { type AllRights, isRight, putRight, removeRight, rightsOf } from './rights.ts'
import { createSharing } from './sharing.ts'

/** An organization with its secrets opened: in this process's memory and nowhere else. */
export type HeldOrganization = {
  readonly record: OrganizationRecord
  readonly proving: ProvingSecrets
  /** Newest first. */
  readonly sessionKeys: readonly SessionKey[]
}

/** All records, each as it was last taken. */
export type Held = {
  readonly organizations: Map<string, HeldOrganization>
  readonly keys: Keys
  readonly servers: Map<string, ServerRecord>
  readonly names: Names
  readonly rights: AllRights
  readonly caps: AllCaps
  readonly providers: HeldProviders
  /** Children that were revoked before their time. */
  readonly children: Map<string, ChildRecord>
  /** Revisions of what is gone, so that an older record does not bring it back. */
  readonly gone: Map<string, number>
}

export type Deps = {
  readonly openSecrets: (record: OrganizationRecord) => OrganizationSecrets
  readonly now: () => number
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

export const empty = (): Held => ({
  organizations: new Map(),
  keys: createKeys(createSharing()),
  servers: new Map(),
  names: new Map(),
  rights: new Map(),
  caps: new Map(),
  providers: noProviders(),
  children: new Map(),
  gone: new Map(),
})

/** False for what is not newer than what is held: records may come twice and out of order. */
export function take(deps: Deps, held: Held, record: FleetRecord): boolean {
  const kind = record.kind === 'gone' ? record.of : record.kind
  const known = held.gone.get(record.id) ?? revisionOf(held, record.organization, kind, record.id)
  if (known !== null && record.revision <= known) return false
  switch (record.kind) {
    case 'organization':
      if (!takeOrganization(deps, held, record)) return false
      break
    case 'key':
      held.keys.put(record)
      break
    case 'server':
      dropServer(held, record.id)
      held.servers.set(record.id, record)
      nameServer(held.names, record)
      break
    case 'child':
      takeChild(deps, held, record)
      break
    case 'provider':
      putProvider(held.providers, record)
      break
    case 'limit':
    case 'budget':
      putCap(held.caps, record)
      break
    case 'gone':
      drop(held, record.organization, kind, record.id)
      held.gone.set(record.id, record.revision)
      return true
    default:
      putRight(held.rights, record)
  }
  held.gone.delete(record.id)
  return true
}

const dayMs = 86_400_000
const lookEvery = 1000

/** Its token is refused for being over long before this forgets that it was revoked: a clock may be set back a little. */
function takeChild({ now }: Deps, { children }: Held, record: ChildRecord): void {
  children.set(record.id, record)
  if (children.size % lookEvery !== 0) return
  for (const [id, { expiresAt }] of children) if (expiresAt + dayMs < now()) children.delete(id)
}

function takeOrganization(deps: Deps, held: Held, record: OrganizationRecord): boolean {
  // A policy that became narrower must not be lost with secrets that do not open.
  const secrets = opened(deps, record) ?? held.organizations.get(record.id)
  // Without any the organization's keys are not provable: they are refused, the others go on.
  if (secrets === undefined) return false
  held.organizations.set(record.id, { ...secrets, record })
  // Its policy is part of what is asked.
  rightsOf(held.rights, record.id).view = null
  return true
}

function opened(deps: Deps, record: OrganizationRecord): Omit<HeldOrganization, 'record'> | null {
  try {
    const { peppers, proofKey, sessionKeys } = deps.openSecrets(record)
    return {
      proving: {
        peppers: new Map(Object.entries(peppers).map(([id, pepper]) => [id, Buffer.from(pepper, 'base64')])),
        proofKey: Buffer.from(proofKey, 'base64'),
      },
      sessionKeys: sessionKeys
        .map(({ epoch, key }) => ({ epoch, key: Buffer.from(key, 'base64') }))
        .sort((a, b) => b.epoch - a.epoch),
    }
  } catch (error) {
    deps.log.error({ organization: record.id, error }, 'the secrets of an organization could not be opened')
    return null
  }
}

function revisionOf(held: Held, organization: string, kind: RecordKind, id: string): number | null {
  switch (kind) {
    case 'organization':
      return held.organizations.get(id)?.record.revision ?? null
    case 'key':
      return held.keys.revision(id16Of(id))
    case 'server':
      return held.servers.get(id)?.revision ?? null
    case 'child':
      return held.children.get(id)?.revision ?? null
    case 'provider':
      return held.providers.byId.get(id)?.revision ?? null
    case 'limit':
      return held.caps.get(organization)?.limits.get(id)?.revision ?? null
    case 'budget':
      return held.caps.get(organization)?.budgets.get(id)?.revision ?? null
    default:
      return held.rights.get(organization)?.[kind].get(id)?.revision ?? null
  }
}

function drop(held: Held, organization: string, kind: RecordKind, id: string): void {
  if (kind === 'organization') {
    held.organizations.delete(id)
    rightsOf(held.rights, id).view = null
  } else if (kind === 'key') held.keys.remove(id16Of(id))
  else if (kind === 'server') dropServer(held, id)
  else if (kind === 'child') held.children.delete(id)
  else if (kind === 'provider') dropProvider(held.providers, id)
  else if (kind === 'limit' || kind === 'budget') dropCap(held.caps, organization, kind, id)
  else if (isRight(kind)) removeRight(held.rights, organization, kind, id)
}

function dropServer(held: Held, id: string): void {
  const old = held.servers.get(id)
  if (!old) return
  unnameServer(held.names, old)
  held.servers.delete(id)
}
