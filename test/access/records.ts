import type { LiveChild } from '../../src/access/narrow/cuts.ts'
import type { Narrow } from '../../src/access/narrow/schema.ts'
import type { AppRecord } from '../../src/apps/schema.ts'
import type { CatalogRecord } from '../../src/catalogs/schema.ts'
import type { KeyRecord, Scope } from '../../src/keys/schema.ts'
import type { MemberRecord, TeamRecord } from '../../src/people/schema.ts'
import type { ProjectRecord, Tier } from '../../src/projects/schema.ts'

/** Of one organization: who and what stands in the worlds of the tests of rights. */

const organization = 'org_1'
export const ids = {
  key: 'key_1',
  members: ['mem_1', 'mem_2', 'mem_3'],
  teams: ['team_1', 'team_2', 'team_3'],
  projects: ['prj_1', 'prj_2', 'prj_3'],
  servers: ['srv_1', 'srv_2', 'srv_3', 'srv_4'],
  providers: ['prv_1', 'prv_2'],
  apps: ['app_1', 'app_2'],
  tools: ['read', 'write', 'constructor'],
  models: ['big', 'small', 'gone'],
  gateways: ['gwy_1', 'gwy_2'],
} as const

/** Where each server and provider lives. */
const homes = new Map(
  Object.entries({
    srv_1: 'prj_1',
    srv_2: 'prj_1',
    srv_3: 'prj_1',
    srv_4: 'prj_2',
    prv_1: 'prj_1',
    prv_2: 'prj_2',
  }),
)
export const targetOf = (id: string) => ({ id, project: homes.get(id) ?? 'prj_1' })

export const keyOf = (owner: KeyRecord['owner'], scope: Scope, more: Partial<KeyRecord> = {}): KeyRecord => ({
  kind: 'key',
  organization,
  id: ids.key,
  revision: 7,
  tokenKind: 'k',
  name: 'a key',
  owner,
  state: 'active',
  expiresAt: null,
  scope,
  maxStalenessSeconds: null,
  versions: [],
  epoch: 1,
  metadata: '{}',
  honey: false,
  pin: null,
  ...more,
})
/** Of the key of these worlds, good for everything that the key is good for, unless it is said. */
export const childOf = (narrows: readonly Narrow[], more: Partial<LiveChild['made']> = {}): LiveChild => ({
  made: { id: 'chd_1', key: ids.key, expiresAt: 2000, epoch: 1, version: 0, narrows, ancestors: [], ...more },
  isRevoked: false,
})
export const memberOf = (id: string): MemberRecord => ({ kind: 'member', organization, id, revision: 2, name: id })
export const teamOf = (id: string, members: readonly string[]): TeamRecord => ({
  ...{ kind: 'team', organization, id, revision: 3, name: id },
  members: [...members],
})
export const projectOf = (id: string, tier: Tier): ProjectRecord => ({
  ...{ kind: 'project', organization, id, revision: 4, slug: id },
  tier,
})
type Audience = Partial<CatalogRecord['audience']>
export const catalogOf = (
  id: string,
  holds: { readonly servers?: readonly string[]; readonly providers?: readonly string[] },
  { everyone = false, teams = [], members = [] }: Audience,
): CatalogRecord => ({
  ...{ kind: 'catalog', organization, id, revision: 5 },
  servers: [...(holds.servers ?? [])],
  providers: [...(holds.providers ?? [])],
  audience: { everyone, teams, members },
})
export const appOf = (id: string, more: Partial<AppRecord> = {}): AppRecord => ({
  ...{ kind: 'app', organization, id, revision: 6, name: id, project: 'prj_1' },
  owner: { type: 'member', id: 'mem_1' },
  tools: {},
  toolsDefault: { mode: 'all' },
  key: ids.key,
  ...more,
})
