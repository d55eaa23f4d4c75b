import { expect, test } from 'vitest'
import { appOf, catalogOf, ids, keyOf, memberOf, projectOf, targetOf } from '../../test/access/records.ts'
import { calling, scoped, subjectOf, type World } from '../../test/access/worlds.ts'
import type { AppRecord } from '../apps/schema.ts'
import type { Choice, McpRights } from '../keys/schema.ts'
import type { Tier } from '../projects/schema.ts'
import { decide, publicRule } from './decide.ts'
import { admitsEveryTool } from './tools.ts'

const owner = { type: 'member', id: 'mem_1', name: 'Ada' } as const
const base: World = {
  key: keyOf(owner, {
    projects: ['prj_1'],
    mixedEnvironments: null,
    mcp: { enabled: true, servers: { mode: 'all' }, tools: {}, toolsDefault: { mode: 'all' } },
    llm: { enabled: true, providers: { mode: 'all' }, models: { mode: 'all' } },
    addresses: { mode: 'any' },
    gateways: { mode: 'all' },
  }),
  child: null,
  members: [memberOf('mem_1')],
  teams: [],
  projects: [projectOf('prj_1', 'development')],
  catalogs: [catalogOf('cat_1', { servers: ids.servers, providers: ids.providers }, { everyone: true })],
  apps: [],
  mixedEnvironments: 'refused',
  gateway: 'gwy_1',
  address: '10.1.2.3',
  now: 1000,
  call: { kind: 'mcp', server: targetOf('srv_1'), method: 'tools/call', tool: 'read' },
}
const completion = { kind: 'llm', provider: { ...targetOf('prv_1'), models: new Set(['big']) }, model: 'big' } as const

const verdictOf = (world: World) => decide(subjectOf(world), world.call, world.now)
const codeOf = (world: World) => {
  const verdict = verdictOf(world)
  return verdict.kind === 'deny' ? verdict.code : null
}
const withMcp = (mcp: Partial<McpRights>): World =>
  scoped(base, (scope) => ({ ...scope, mcp: { ...scope.mcp, ...mcp } }))
const at = (world: World, id: string): World => calling(world, { server: targetOf(id) })
const only = (...items: string[]): Choice => ({ mode: 'only', items })

test('D34 with MCP off no server and no tool is open, and LLM calls go on', () => {
  const off = withMcp({ enabled: false })
  for (const method of ['initialize', 'tools/list', 'tools/call', 'DELETE'])
    expect(codeOf(calling(off, { method }))).toBe('mcp_disabled')
  expect(codeOf({ ...off, call: completion })).toBeNull()
  const llmOff = scoped(base, (scope) => ({ ...scope, llm: { ...scope.llm, enabled: false } }))
  expect(codeOf({ ...llmOff, call: completion })).toBe('llm_disabled')
  expect(codeOf(llmOff)).toBeNull()
})

test('D35 B16 "all" admits every server, those that come later too', () => {
  const later = { ...base, catalogs: [catalogOf('cat_1', { servers: ['srv_later'] }, { everyone: true })] }
  expect(codeOf(at(later, 'srv_later'))).toBeNull()
})

test('D36 "none" admits no server, whatever else the key says', () => {
  const closed = withMcp({ servers: { mode: 'none' }, tools: { srv_1: { mode: 'all' } } })
  for (const id of ids.servers.slice(0, 3)) expect(codeOf(at(closed, id))).toBe('server_not_allowed')
})

test('D37 "only" admits what it names, and nothing when it names nothing', () => {
  expect(codeOf(withMcp({ servers: only('srv_1') }))).toBeNull()
  expect(codeOf(withMcp({ servers: only('srv_2') }))).toBe('server_not_allowed')
  expect(codeOf(withMcp({ servers: only() }))).toBe('server_not_allowed')
})

test('D38 "except" admits all but what it names, those that come later too', () => {
  expect(codeOf(withMcp({ servers: { mode: 'except', items: ['srv_1'] } }))).toBe('server_not_allowed')
  expect(codeOf(withMcp({ servers: { mode: 'except', items: ['srv_2'] } }))).toBeNull()
  expect(codeOf(withMcp({ servers: { mode: 'except', items: [] } }))).toBeNull()
})

test('D39 a grant is to the id: nothing else of a server is asked', () => {
  const world = withMcp({ servers: only('srv_1') })
  expect(codeOf(calling(world, { server: { ...targetOf('srv_1'), slug: 'another-name' } as never }))).toBeNull()
})

test('B17 an unknown server is never allowed, and refused like one that the key does not name', () => {
  const unknown = verdictOf(calling(base, { server: null }))
  const unnamed = verdictOf(withMcp({ servers: only('srv_2') }))
  expect([unknown, unnamed].map((verdict) => verdict.kind === 'deny' && verdict.code)).toEqual([
    'server_not_allowed',
    'server_not_allowed',
  ])
  const said = [unknown, unnamed].map((verdict) => (verdict.kind === 'deny' ? publicRule(verdict) : null))
  expect(new Set(said).size).toBe(1)
})

test('D40 the entry of a server decides about its tools, the default about those without one', () => {
  const world = withMcp({ tools: { srv_1: only('read') }, toolsDefault: only('write') })
  expect(codeOf(world)).toBeNull()
  expect(codeOf(calling(world, { tool: 'write' }))).toBe('tool_not_allowed')
  expect(codeOf(calling(at(world, 'srv_2'), { tool: 'write' }))).toBeNull()
  expect(codeOf(at(world, 'srv_2'))).toBe('tool_not_allowed')
})

test('D40 a tool or server that is called like a member of every object has no right from it, and loses none', () => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    expect(codeOf(calling(withMcp({ tools: { srv_1: only('read') } }), { tool: name }))).toBe('tool_not_allowed')
    const held = (toolsDefault: Choice): World => {
      const catalogs = [catalogOf('cat_1', { servers: [name] }, { everyone: true })]
      return at({ ...withMcp({ toolsDefault }), catalogs }, name)
    }
    expect(codeOf(held({ mode: 'none' }))).toBe('tool_not_allowed')
    expect(codeOf(held({ mode: 'all' }))).toBeNull()
  }
})

test('a tools/call that names no tool calls none', () => {
  expect(codeOf(calling(base, { tool: null }))).toBe('tool_not_allowed')
})

test.each(['tasks/list', 'tasks/result', 'notifications/tasks/status', 'tools/call/', 'x/tools', 'PATCH', ''])(
  'C22 D40 the method %j, which might lead to a tool that is not named in it, is closed where tools are restricted',
  (method) => {
    expect(codeOf(calling(withMcp({ tools: { srv_1: only('read') } }), { method, tool: null }))).toBe(
      'tool_not_allowed',
    )
    expect(codeOf(calling(ofApp({ tools: { srv_1: only('read') } }), { method, tool: null }))).toBe('tool_not_allowed')
    expect(codeOf(calling(base, { method, tool: null }))).toBeNull()
  },
)
test.each([
  'initialize',
  'notifications/cancelled',
  'resources/read',
  'tools/list',
  'response',
  'GET',
  'server/discover',
])('the method %j stays open where tools are restricted', (method) => {
  expect(codeOf(calling(withMcp({ tools: { srv_1: only('read') } }), { method, tool: null }))).toBeNull()
})

test('D30 D31 a provider and a model must both be admitted, and an offered model only counts', () => {
  const world: World = { ...base, call: completion }
  const withLlm = (llm: object) => scoped(world, (scope) => ({ ...scope, llm: { ...scope.llm, ...llm } }))
  expect(codeOf(withLlm({ providers: only('prv_2') }))).toBe('provider_not_allowed')
  expect(codeOf(withLlm({ models: only('small') }))).toBe('model_not_allowed')
  expect(codeOf(withLlm({ models: { mode: 'none' } }))).toBe('model_not_allowed')
  expect(codeOf(calling(world, { model: 'small' }))).toBe('model_not_allowed')
  expect(codeOf(calling(world, { model: null }))).toBe('model_not_allowed')
  expect(codeOf({ ...world, catalogs: [] })).toBe('provider_not_allowed')
  expect(codeOf(withLlm({ models: only('big') }))).toBeNull()
})

const mixed = (reason: string | null, tiers: readonly [Tier, Tier]): World => ({
  ...scoped(base, (scope) => ({ ...scope, projects: ['prj_1', 'prj_2'], mixedEnvironments: reason })),
  projects: tiers.map((tier, n) => projectOf(`prj_${n + 1}`, tier)),
})

test('A22 projects of two tiers close the key, unless the policy takes a reason and the key has one', () => {
  const tiers = ['staging', 'production'] as const
  expect(codeOf(mixed(null, ['staging', 'staging']))).toBeNull()
  expect(codeOf(mixed(null, tiers))).toBe('environment_mixed')
  expect(codeOf(mixed('for the move', tiers))).toBe('environment_mixed')
  expect(codeOf({ ...mixed(null, tiers), mixedEnvironments: 'with-reason' })).toBe('environment_mixed')
  expect(codeOf({ ...mixed('for the move', tiers), mixedEnvironments: 'with-reason' })).toBeNull()
})

test('a project that is gone opens nothing and mixes nothing', () => {
  const world = mixed(null, ['staging', 'production'])
  const left = { ...world, projects: world.projects.slice(0, 1) }
  expect(codeOf(left)).toBeNull()
})

const ofApp = (more: Partial<AppRecord> = {}): World => ({
  ...base,
  key: { ...base.key, owner: { type: 'app', id: 'app_1', name: 'an app' } },
  apps: [appOf('app_1', more)],
})

test('C20 C21 the one key of the app is admitted and any other that names it refused', () => {
  expect(codeOf(ofApp())).toBeNull()
  expect(verdictOf(ofApp({ key: 'key_2' }))).toMatchObject({ code: 'key_revoked', rule: 'app.key', revision: 6 })
  expect(codeOf(ofApp({ key: null }))).toBe('key_revoked')
  expect(verdictOf({ ...ofApp(), apps: [] })).toMatchObject({ code: 'key_inactive', rule: 'key.owner' })
})

test('C22 a key of an app has the tools of the app and no others, not merely hidden ones', () => {
  const world = ofApp({ tools: { srv_1: only('read') }, toolsDefault: { mode: 'none' } })
  expect(codeOf(world)).toBeNull()
  expect(verdictOf(calling(world, { tool: 'write' }))).toMatchObject({ code: 'tool_not_allowed', rule: 'app.tools' })
  expect(verdictOf(at(world, 'srv_2'))).toMatchObject({ code: 'server_not_allowed', rule: 'app.tools' })
})

test('C22 the choices of key and app both cut, and neither adds to the other', () => {
  const world = scoped(ofApp({ toolsDefault: only('read', 'write') }), (scope) => ({
    ...scope,
    mcp: { ...scope.mcp, toolsDefault: only('write', 'constructor') },
  }))
  const admitted = ids.tools.filter((tool) => codeOf(calling(world, { tool })) === null)
  expect(admitted).toEqual(['write'])
})

test('C22 an app reaches servers of its own project only, whatever its key was given', () => {
  const world = ofApp({ project: 'prj_2' })
  expect(verdictOf(world)).toMatchObject({ code: 'server_not_allowed', rule: 'app.project' })
})

test('a key that is not usable now is refused whatever it may do', () => {
  const being = (more: object): World => ({ ...base, key: { ...base.key, ...more } })
  expect(codeOf(being({ state: 'suspended' }))).toBe('key_inactive')
  expect(codeOf(being({ state: 'revoked' }))).toBe('key_revoked')
  expect(codeOf(being({ state: 'deleted' }))).toBe('key_revoked')
  expect(codeOf(being({ expiresAt: 1000 }))).toBe('key_expired')
  expect(codeOf(being({ expiresAt: 1001 }))).toBeNull()
})

test('G12 a refusal names its code, the rule that decided and the revision it was read at', () => {
  expect(verdictOf(withMcp({ servers: only('srv_2') }))).toEqual({
    kind: 'deny',
    code: 'server_not_allowed',
    rule: 'key.mcp.servers',
    revision: 7,
  })
  expect(verdictOf({ ...base, catalogs: [catalogOf('cat_1', {}, { everyone: true })] })).toMatchObject({
    rule: 'owner.catalogs',
    revision: 5,
  })
})

test('a choice in a word that is not known here admits nothing', () => {
  for (const mode of ['later', '', 'ALL', 'constructor']) {
    const strange = { mode, items: ['srv_1', 'read'] } as never
    expect(codeOf(withMcp({ servers: strange }))).toBe('server_not_allowed')
    expect(codeOf(withMcp({ toolsDefault: strange }))).toBe('tool_not_allowed')
  }
})

test('a list passes unread only where the word for its tools is "all", of the key and of its app', () => {
  expect(admitsEveryTool(subjectOf(base), 'srv_1', base.now)).toBe(true)
  expect(
    admitsEveryTool(subjectOf(withMcp({ tools: { srv_1: { mode: 'except', items: [] } } })), 'srv_1', base.now),
  ).toBe(false)
  expect(admitsEveryTool(subjectOf(ofApp({ toolsDefault: only('read') })), 'srv_1', base.now)).toBe(false)
})
