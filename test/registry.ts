import { createSecretKey, randomBytes } from 'node:crypto'
import { joinCatalogs } from '../src/catalogs/join.ts'
import { leaveCatalogs } from '../src/catalogs/leave.ts'
import { catalogRecord } from '../src/catalogs/records.ts'
import { catalogRoutes } from '../src/catalogs/routes.ts'
import { insertCatalog } from '../src/catalogs/store.ts'
import { moveCredentials } from '../src/credentials/move.ts'
import { createVault } from '../src/credentials/vault.ts'
import type { Database, Db } from '../src/db/database.ts'
import type { Scope } from '../src/keys/schema.ts'
import { newId } from '../src/keys/token.ts'
import { covers, reachOf } from '../src/people/may.ts'
import type { Actor, Role } from '../src/people/schema.ts'
import type { SomeUses, UsesOf } from '../src/projects/deps.ts'
import { projectRoutes } from '../src/projects/routes.ts'
import { findProjects, insertProject } from '../src/projects/store.ts'
import { moveServerSecrets } from '../src/servers/move.ts'
import { serversOfProject } from '../src/servers/project/store.ts'
import { serverRecord } from '../src/servers/records.ts'
import { serverRoutes } from '../src/servers/routes.ts'
import { findServers } from '../src/servers/store.ts'
import { serverVerbRoutes } from '../src/servers/verbs.ts'
import { callRoute, nothingPending } from './keyring.ts'
import { addOrganization, silent } from './stores.ts'

/** Two organizations with what servers, projects and catalogs need of each other, over a real database. */
export type Registry = Awaited<ReturnType<typeof createRegistry>>

export const orgA = 'org_000000000000000a'
export const orgB = 'org_000000000000000b'
const now = Date.parse('2026-01-01T00:00:00Z')
const id = (prefix: string): string => newId(prefix, randomBytes)
const tail = (organization: string): string => organization.slice(-1)

export const actorOf = (organization: string, role: Role = 'owner', scopes: readonly string[] = ['*']): Actor => ({
  kind: 'member',
  organizationId: organization,
  memberId: `mem_000000000000000${tail(organization)}`,
  name: 'Ada',
  role,
  scopes,
  operator: false,
  credentialId: 'mgt_0000000000000001',
})

export async function createRegistry(database: Database) {
  for (const organization of [orgA, orgB]) await found(database, organization)
  const vault = createVault({
    root: { id: 'root', key: createSecretKey(randomBytes(32)) },
    randomBytes,
    now: () => now,
  })
  const waited: { rowId: number; waitMs: number }[] = []
  const base = {
    read: database.read,
    transaction: database.transaction,
    newId: id,
    now: () => now,
    effectOf: async (_organization: string, rowId: number, waitMs: number) => {
      waited.push({ rowId, waitMs })
      return nothingPending
    },
  }
  const outside = { reachOf: async () => ({ networks: [], loopback: true }), askToLook: async () => [] }
  const servers = { ...base, ...outside, vault, joinCatalogs, leaveCatalogs }
  const projects = {
    ...base,
    readsAll: (actor: Actor, right: Parameters<typeof reachOf>[1]) =>
      reachOf(actor.role, right) === 'all' && covers(actor.scopes, right),
    usesOf: { servers: serversOfProject, providers: thingsOf('providers'), apps: thingsOf('apps'), keys: keysOf },
    keysMixedBy: (db: Db, organization: string, project: string, tier: string) =>
      mixedBy(db, organization, project, tier),
    moveSecrets: async (db: Db, organization: string, project: string, from: string, to: string) => {
      await moveServerSecrets(vault)(db, organization, project, from, to)
      await moveCredentials(vault)(db, organization, project, from, to)
    },
  }
  const catalogs = {
    ...base,
    resolve: {
      servers: (db: Db, organization: string, names: readonly string[]) => findServers(db, organization, names, now),
      providers: named('providers'),
      teams: named('teams'),
      members: named('members'),
    },
  }
  const routes = [
    ...serverRoutes(servers),
    ...serverVerbRoutes(servers),
    ...projectRoutes(projects),
    ...catalogRoutes(catalogs),
  ]
  const recordDeps = { vault, now: () => now, log: silent }
  return {
    database,
    vault,
    waited,
    deps: { servers, projects, catalogs },
    call: callRoute(routes),
    serverRecord: (server: string) => database.system.read((db) => serverRecord(recordDeps)(db, orgA, server)),
    catalogRecord: (catalog: string) => database.system.read((db) => catalogRecord(db, orgA, catalog)),
    ...planting(database),
  }
}

const found = async (database: Database, organization: string): Promise<void> => {
  await addOrganization(database, organization, tail(organization))
  const project = { id: `prj_000000000000000${tail(organization)}`, slug: 'default', name: 'Default' } as const
  const everyone = { id: `cat_000000000000000${tail(organization)}`, slug: 'everyone', name: 'Everyone' }
  await database.transaction(organization, async (db) => {
    await insertProject(db, organization, { ...project, tier: 'development', isDefault: true, createdAt: 1 })
    await insertCatalog(db, organization, { ...everyone, everyone: true, joinedByNew: true, createdAt: 1 })
  })
}

/** Rows of other domains, as little of them as counts here. */
const planting = ({ system }: Database) => {
  const row = (organization: string) => ({ organization_id: organization, created_at: 1, revision: 1 })
  return {
    member: async (organization = orgA, name = 'Grace') => {
      const member = { ...row(organization), id: id('mem'), email: `${id('x')}@example.test`, name } as const
      await system.transaction((db) =>
        db
          .insertInto('members')
          .values({ ...member, role: 'member', is_operator: 0 })
          .execute(),
      )
      return member.id
    },
    team: async (slug: string, members: readonly string[] = [], organization = orgA) => {
      const team = { ...row(organization), id: id('team'), slug, name: slug, state: 'active' } as const
      await system.transaction(async (db) => {
        await db.insertInto('teams').values(team).execute()
        const pair = { organization_id: organization, team_id: team.id }
        for (const member of members)
          await db
            .insertInto('team_members')
            .values({ ...pair, member_id: member })
            .execute()
      })
      return team.id
    },
    provider: async (slug: string, project: string, organization = orgA) => {
      const dialect = { dialect: 'openai', base_url: 'https://llm.example.test', models: '[]' } as const
      const provider = { ...row(organization), ...dialect, id: id('prv'), slug, name: slug, project_id: project }
      await system.transaction((db) =>
        db
          .insertInto('providers')
          .values({ ...provider, state: 'active', created_by: 'test' })
          .execute(),
      )
      return provider.id
    },
    app: async (slug: string, project: string, organization = orgA) => {
      const owner = { owner_type: 'member', owner_id: 'mem_x', owner_name: 'x', created_by: 'test' } as const
      const app = { ...row(organization), ...owner, id: id('app'), slug, name: slug, project_id: project }
      await system.transaction((db) =>
        db
          .insertInto('apps')
          .values({ ...app, tools: '{}', tools_default: '{"mode":"none"}', state: 'active' })
          .execute(),
      )
      return app.id
    },
    key: async (name: string, projects: readonly string[], reason: string | null = null, organization = orgA) => {
      const owner = { owner_type: 'member', owner_id: 'mem_x', owner_name: 'x', created_by: 'test' } as const
      const key = { ...row(organization), ...owner, id: id('key'), name, description: '', token_kind: 'k' } as const
      await system.transaction(async (db) => {
        const scope = JSON.stringify(scopeIn(projects, reason))
        await db
          .insertInto('keys')
          .values({ ...key, state: 'active', scope })
          .execute()
        const pair = { organization_id: organization, key_id: key.id }
        for (const project of projects)
          await db
            .insertInto('key_projects')
            .values({ ...pair, project_id: project })
            .execute()
      })
      return key.id
    },
  }
}

const scopeIn = (projects: readonly string[], reason: string | null): Scope => ({
  projects: [...projects],
  mixedEnvironments: reason,
  mcp: { enabled: true, servers: { mode: 'all' }, tools: {}, toolsDefault: { mode: 'all' } },
  llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'all' } },
  addresses: { mode: 'any' },
  gateways: { mode: 'all' },
})

const named =
  (table: 'providers' | 'teams' | 'members') => async (db: Db, organization: string, names: readonly string[]) => {
    const rows = await db
      .selectFrom(table)
      .selectAll()
      .where('organization_id', '=', organization)
      .where('state', '=', 'active')
      .execute()
    const things = rows.map((row) => ({ id: row.id, slug: 'slug' in row ? row.slug : null, name: row.name }))
    return new Map(
      names.flatMap((name) => things.filter((one) => one.id === name || one.slug === name).map((one) => [name, one])),
    )
  }

const thingsOf =
  (table: 'providers' | 'apps'): UsesOf =>
  async (db, organization, project, limit) => {
    const items = await db
      .selectFrom(table)
      .select(['id', 'slug', 'name'])
      .where('organization_id', '=', organization)
      .where('project_id', '=', project)
      .where('state', '=', 'active')
      .execute()
    return { items: items.slice(0, limit), total: items.length }
  }

const liveKeys = (db: Db, organization: string, project: string) =>
  db
    .selectFrom('key_projects as pair')
    .innerJoin('keys', 'keys.id', 'pair.key_id')
    .select(['keys.id', 'keys.name', 'keys.scope'])
    .where('pair.organization_id', '=', organization)
    .where('pair.project_id', '=', project)
    .where('keys.state', 'in', ['active', 'suspended'])
    .execute()

const keysOf: UsesOf = async (db, organization, project, limit) => {
  const items = (await liveKeys(db, organization, project)).map((key) => ({ id: key.id, slug: null, name: key.name }))
  return { items: items.slice(0, limit), total: items.length }
}

const mixedBy = async (db: Db, organization: string, project: string, tier: string): Promise<SomeUses> => {
  const items = []
  for (const { id, name, scope } of await liveKeys(db, organization, project)) {
    const { projects, mixedEnvironments }: Scope = JSON.parse(scope)
    const others = await findProjects(db, organization, projects)
    const isMixed = others.some((other) => other.id !== project && other.tier !== tier)
    if (isMixed && mixedEnvironments === null) items.push({ id, slug: null, name })
  }
  return { items, total: items.length }
}
