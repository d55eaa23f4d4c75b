import { describe, expect, test } from 'vitest'
import { appOf, catalogOf, keyOf, memberOf, projectOf, targetOf, teamOf } from '../../test/access/records.ts'
import { scoped, subjectOf, type World } from '../../test/access/worlds.ts'
import type { CatalogRecord } from '../catalogs/schema.ts'
import type { Choice, KeyRecord } from '../keys/schema.ts'
import { decide } from './decide.ts'

/** What the owner reaches, and a second server that stays in reach whatever is taken away. */
const server = 'srv_1'
const other = 'srv_2'
const servers = [server, other]
const beside = catalogOf('cat_beside', { servers: [other] }, { everyone: true })

type Reached = { readonly teams: readonly string[][]; readonly audience: Partial<CatalogRecord['audience']> }
const reaches: Readonly<Record<string, Reached>> = {
  directly: { teams: [[], []], audience: { members: ['mem_1'] } },
  'by a team': { teams: [['mem_1', 'mem_2'], ['mem_2']], audience: { teams: ['team_1'] } },
  'as everyone': { teams: [[], []], audience: { everyone: true } },
}
const choices: Readonly<Record<string, Choice>> = {
  all: { mode: 'all' },
  only: { mode: 'only', items: servers },
  except: { mode: 'except', items: ['srv_3'] },
}
const owners: Readonly<Record<string, KeyRecord['owner']>> = {
  'a member': { type: 'member', id: 'mem_1', name: 'Ada' },
  'an app of the member': { type: 'app', id: 'app_1', name: 'an app' },
}

const worldOf = ({ teams, audience }: Reached, choice: Choice, owner: KeyRecord['owner']): World => ({
  key: keyOf(owner, {
    projects: ['prj_1'],
    mixedEnvironments: null,
    mcp: { enabled: true, servers: choice, tools: {}, toolsDefault: { mode: 'all' } },
    llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'none' } },
    addresses: { mode: 'any' },
    gateways: { mode: 'all' },
  }),
  child: null,
  members: [memberOf('mem_1'), memberOf('mem_2')],
  teams: teams.map((members, at) => teamOf(`team_${at + 1}`, members)),
  projects: [projectOf('prj_1', 'development')],
  catalogs: [catalogOf('cat_1', { servers }, audience), beside],
  apps: [appOf('app_1')],
  mixedEnvironments: 'refused',
  gateway: 'gwy_1',
  address: '10.1.2.3',
  now: 1000,
  call: { kind: 'mcp', server: targetOf(server), method: 'tools/call', tool: 'read' },
})

const first = (world: World, change: (catalog: CatalogRecord) => CatalogRecord): World => ({
  ...world,
  catalogs: world.catalogs.map((catalog) => (catalog.id === 'cat_1' ? change(catalog) : catalog)),
})
const nobody = { everyone: false, teams: [], members: [] }

/** What takes the server from the owner; null where such a reach has nothing like it. */
const changes: Readonly<Record<string, (world: World, reach: string) => World | null>> = {
  'B31 the owner leaves the team': (world, reach) =>
    reach !== 'by a team'
      ? null
      : {
          ...world,
          teams: world.teams.map((team) => ({ ...team, members: team.members.filter((id) => id !== 'mem_1') })),
        },
  'B31 the team is deleted': (world, reach) =>
    reach === 'by a team' ? { ...world, teams: world.teams.filter(({ id }) => id !== 'team_1') } : null,
  'B33 the catalog loses its audience': (world) => first(world, (catalog) => ({ ...catalog, audience: nobody })),
  'B33 the server leaves the catalog': (world) => first(world, (catalog) => ({ ...catalog, servers: [other] })),
  'B33 the catalog is deleted': (world) => ({ ...world, catalogs: [beside] }),
}

const verdictOf = (world: World, id = server) =>
  decide(subjectOf(world), { kind: 'mcp', server: targetOf(id), method: 'tools/call', tool: 'read' }, world.now)

const cases = Object.entries(changes).flatMap(([change, apply]) =>
  Object.entries(reaches).flatMap(([reach, reached]) =>
    Object.entries(choices).flatMap(([mode, choice]) =>
      Object.entries(owners).flatMap(([whose, owner]) => {
        const before = worldOf(reached, choice, owner)
        const after = apply(before, reach)
        return after === null ? [] : [{ change, reach, mode, whose, before, after }]
      }),
    ),
  ),
)

describe.each(cases)('$change: a key of $whose who reaches it $reach, servers "$mode"', ({ before, after, mode }) => {
  test(`${mode === 'only' ? 'B32' : 'B31'} is cut at once, from this server alone, and back with the right`, () => {
    expect(verdictOf(before).kind).toBe('allow')
    expect(verdictOf(after)).toMatchObject({ code: 'server_not_allowed', rule: 'owner.catalogs' })
    expect(verdictOf(after, other).kind).toBe('allow')
    // Nothing of the key was touched, so the right comes back with the reach.
    expect(after.key).toBe(before.key)
    expect(verdictOf(before).kind).toBe('allow')
  })
})

test('B31 every combination of reach, choice and owner is in the matrix', () => {
  expect(cases).toHaveLength(3 * 3 * 3 * 2 + 2 * 3 * 2)
})

test('R13 a member who left backs no key of his own, and none of his apps, while the keys of his team go on', () => {
  const world = worldOf(
    { teams: [['mem_1'], []], audience: { everyone: true } },
    { mode: 'all' },
    { type: 'member', id: 'mem_1', name: 'Ada' },
  )
  const owned = (owner: KeyRecord['owner']): World => ({
    ...world,
    key: { ...world.key, owner },
    members: [memberOf('mem_2')],
  })
  expect(verdictOf(owned({ type: 'member', id: 'mem_1', name: 'Ada' }))).toMatchObject({
    code: 'key_inactive',
    rule: 'key.owner',
  })
  expect(verdictOf(owned({ type: 'app', id: 'app_1', name: 'an app' }))).toMatchObject({
    code: 'key_inactive',
    rule: 'key.owner',
  })
  expect(verdictOf(owned({ type: 'team', id: 'team_1', name: 'a team' })).kind).toBe('allow')
})

test('a key of a team has the rights of the team, not those of its members', () => {
  const reached = { teams: [['mem_1'], ['mem_1']], audience: { members: ['mem_1'], teams: ['team_2'] } }
  const of = (id: string) => worldOf(reached, { mode: 'all' }, { type: 'team', id, name: id })
  expect(verdictOf(of('team_1'))).toMatchObject({ rule: 'owner.catalogs' })
  expect(verdictOf(of('team_2')).kind).toBe('allow')
})

test('A22 B15 a key with no project, or with one that is gone, reaches nothing', () => {
  const world = worldOf(
    { teams: [], audience: { everyone: true } },
    { mode: 'all' },
    { type: 'member', id: 'mem_1', name: 'Ada' },
  )
  const bare = scoped(world, (scope) => ({ ...scope, projects: [] }))
  expect(verdictOf(bare)).toMatchObject({ code: 'server_not_allowed', rule: 'key.projects' })
  expect(verdictOf(scoped(world, (scope) => ({ ...scope, projects: ['prj_gone'] })))).toMatchObject({
    rule: 'key.projects',
  })
})

test('A22 a project that is gone, or is another organization’s, opens nothing, although key and server still name it', () => {
  const world = worldOf(
    { teams: [], audience: { everyone: true } },
    { mode: 'all' },
    { type: 'member', id: 'mem_1', name: 'Ada' },
  )
  const gone = { ...world, projects: [projectOf('prj_2', 'development')] }
  expect(verdictOf(gone)).toMatchObject({ code: 'server_not_allowed', rule: 'key.projects' })
  const besideIt = scoped(gone, (scope) => ({ ...scope, projects: ['prj_2', 'prj_1'] }))
  expect(verdictOf(besideIt)).toMatchObject({ code: 'server_not_allowed', rule: 'key.projects' })
})

test('C22 an app with an empty list of tools has nothing at the server, its prompts and resources included', () => {
  const world = worldOf(
    { teams: [], audience: { everyone: true } },
    { mode: 'all' },
    { type: 'app', id: 'app_1', name: 'an app' },
  )
  const withNone = (mode: 'only' | 'except') => ({
    ...world,
    apps: [appOf('app_1', { tools: { [server]: { mode, items: [] } } })],
  })
  const asks = (of: World) =>
    decide(subjectOf(of), { kind: 'mcp', server: targetOf(server), method: 'prompts/list', tool: null }, of.now)
  expect(asks(withNone('only'))).toMatchObject({ code: 'server_not_allowed', rule: 'app.tools' })
  expect(asks(withNone('except')).kind).toBe('allow')
})
