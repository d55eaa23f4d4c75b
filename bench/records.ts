import { randomBytes } from 'node:crypto'
import type { FleetRecord } from '../src/fleet/schema.ts'
import type { Choice, KeyRecord, Scope } from '../src/keys/schema.ts'
import { newId } from '../src/keys/token.ts'
import { defaultTimeouts } from '../src/servers/schema.ts'
import { liveRules } from '../test/live-rules.ts'

/**
 * One organization as it may be: 1,000 people in 100 teams, 200 catalogs of which each person is reached by a few, 100
 * servers, and keys of 50 kinds, each with the tools of eight servers written out.
 */
export type Organization = {
  readonly id: string
  /** Everything but the keys. */
  readonly records: readonly FleetRecord[]
  readonly keyOf: (n: number, id16: string, gate: number) => KeyRecord
  /** Each key may call this one; it is in a catalog of each team, so that the right comes through the team. */
  readonly slug: string
}

const sizes = { members: 1000, teams: 100, catalogs: 200, servers: 100, scopes: 50 }
const many = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))
const id = (prefix: string): string => newId(prefix, randomBytes)

export function createOrganization(pepperId: string): Organization {
  const organization = id('org')
  const head = (prefix: string) => ({ organization, id: id(prefix), revision: 1 })
  const project = { kind: 'project', ...head('prj'), slug: 'first', tier: 'production' } as const
  const members = many(sizes.members, (n) => ({ kind: 'member', ...head('mem'), name: `Member ${n}` }) as const)
  const teams = many(sizes.teams, (n) => {
    const ids = members.filter((_, at) => at % sizes.teams === n).map((member) => member.id)
    return { kind: 'team', ...head('team'), name: `Team ${n}`, members: ids } as const
  })
  const servers = many(sizes.servers, (n) => serverRecord(head('srv'), n === 0 ? 'echo' : `server-${n}`, project.id))
  const serverAt = (n: number) => servers[n % servers.length]?.id ?? ''
  const catalogs = many(sizes.catalogs, (n) => {
    const team = teams[n % sizes.teams]?.id ?? ''
    const named = [serverAt(0), ...many(19, (at) => serverAt(n * 7 + at))]
    const audience = { everyone: false, teams: [team], members: [] }
    return { kind: 'catalog', ...head('cat'), servers: named, providers: [], audience } as const
  })
  const scopes = many(sizes.scopes, (n) =>
    scopeOf([0, ...many(7, (at) => n + at * 3 + 1)].map(serverAt), project.id, n),
  )
  return {
    id: organization,
    slug: 'echo',
    records: [
      organizationRecord(organization),
      project,
      ...members,
      ...teams,
      ...servers,
      ...catalogs,
    ] as FleetRecord[],
    keyOf: (n, id16, gate) => {
      const { id: owner, name } = members[n % members.length] ?? { id: '', name: '' }
      return {
        kind: 'key',
        organization,
        id: `key_${id16}`,
        revision: 1,
        tokenKind: 'k',
        name: `nightly build ${n} of ${name}`,
        owner: { type: 'member', id: owner, name },
        state: 'active',
        expiresAt: Date.now() + 90 * 86_400_000 + n,
        // A copy, as out of a frame: what is shared is the snapshot's doing.
        scope: structuredClone(scopes[n % scopes.length]) as Scope,
        maxStalenessSeconds: null,
        versions: [{ version: 1, phc: phcOf(), gate, pepperId, validUntil: null }],
        epoch: 1,
        metadata: '{}',
        honey: false,
        pin: null,
      }
    },
  }
}

const phcOf = (): string => {
  const base64 = (size: number) => randomBytes(size).toString('base64').replaceAll('=', '')
  return `$argon2id$v=19$m=19456,t=2,p=1$${base64(16)}$${base64(32)}`
}

function scopeOf(servers: string[], project: string, n: number): Scope {
  const tools: Choice = { mode: 'only', items: ['echo', 'read_file', 'list_issues', `search_${n}`] }
  return {
    projects: [project],
    mixedEnvironments: null,
    mcp: {
      enabled: true,
      servers: { mode: 'only', items: servers },
      tools: Object.fromEntries(servers.map((server) => [server, tools])),
      toolsDefault: { mode: 'none' },
    },
    llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'none' } },
    addresses: { mode: 'any' },
    gateways: { mode: 'all' },
  }
}

const organizationRecord = (of: string): FleetRecord => ({
  kind: 'organization',
  organization: of,
  id: of,
  revision: 1,
  slug: 'default',
  name: 'Default organization',
  isDefault: true,
  maxStalenessSeconds: 60,
  mixedEnvironments: 'refused',
  rules: liveRules(),
  privateNetworks: [],
  sealedSecrets: '',
})

type Head = { readonly organization: string; readonly id: string; readonly revision: number }
const serverRecord = (head: Head, slug: string, project: string): FleetRecord => ({
  kind: 'server',
  ...head,
  slug,
  formerSlugs: [],
  name: slug,
  project,
  transport: { type: 'http', url: 'http://127.0.0.1:1/mcp' },
  injection: null,
  timeouts: defaultTimeouts,
  perGateway: false,
  toolPrices: {},
})
