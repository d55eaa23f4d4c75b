import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codeOf, granted } from '../../test/keyring.ts'
import { defaultKeyPolicies } from '../people/policies/schema.ts'
import type { Tier } from '../projects/schema.ts'
import { planKey, planPatch } from './plan.ts'
import { type Choice, KeyPatch, NewKey } from './schema.ts'
import type { Facts } from './scope.ts'

const now = Date.parse('2026-01-01T00:00:00Z')
const named = (id: string) => ({ id, slug: null, name: id })
const project = (id: string, tier: Tier) => [id, { ...named(id), slug: id.slice(4), tier }] as const
const dev = project('prj_dev', 'development')
const facts: Facts = {
  servers: new Map([
    ['github', named('srv_1')],
    ['srv_1', named('srv_1')],
    ['files', named('srv_2')],
  ]),
  providers: new Map([['openai', named('prv_1')]]),
  gateways: new Map([['eu 1', named('gwy_1')]]),
  projects: new Map([dev, project('prj_test', 'development'), project('prj_prod', 'production')]),
  home: dev[1],
  isBound: false,
  open: [],
  policies: { ...defaultKeyPolicies, mixedEnvironments: 'refused' },
  webhook: null,
  tiers: new Map(),
  isSelfService: false,
}
const withReason = { policies: { ...defaultKeyPolicies, mixedEnvironments: 'with-reason' } } as const
const plan = (input: object, more: Partial<Facts> = {}) =>
  planKey(NewKey.parse({ name: 'ci', ...input }), {
    organizationId: 'org_1',
    id: 'key_AAAABBBBCCCCDDDD',
    owner: { type: 'member', id: 'mem_1', name: 'member', project: null },
    createdBy: 'mem_1',
    now,
    facts: { ...facts, ...more },
  })
const record = (input: object = {}, more: Partial<Facts> = {}) => granted(plan(input, more)).record
const pointers = (input: object, more: Partial<Facts> = {}) => {
  const planned = plan(input, more)
  return planned.ok ? [] : planned.problem.errors?.map(({ pointer }) => pointer)
}

test('A16 with a name alone a key may do nothing, and the record says so in full', () => {
  expect(record()).toMatchObject({
    state: 'active',
    owner: { type: 'member', id: 'mem_1', name: 'member' },
    scope: {
      projects: ['prj_dev'],
      mixedEnvironments: null,
      mcp: { enabled: false, servers: { mode: 'none' }, tools: {}, toolsDefault: { mode: 'all' } },
      llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'all' } },
      addresses: { mode: 'any' },
      gateways: { mode: 'all' },
    },
    expiresAt: null,
    maxStalenessSeconds: null,
    revision: 1,
  })
})

test('B15 D34 mcp is enabled where it is given, and then says which servers', () => {
  const mcp = (input: object) => {
    const { enabled, servers } = record({ mcp: input }).scope.mcp
    return { enabled, servers }
  }
  expect(mcp({ servers: { mode: 'all' } })).toEqual({ enabled: true, servers: { mode: 'all' } })
  expect(mcp({ enabled: false })).toEqual({ enabled: false, servers: { mode: 'none' } })
  expect(mcp({ enabled: false, servers: { mode: 'all' } })).toEqual({ enabled: false, servers: { mode: 'all' } })
  expect(pointers({ mcp: {} })).toEqual(['/mcp/servers'])
  expect(pointers({ mcp: { enabled: true } })).toEqual(['/mcp/servers'])
})

test('D30 D31 llm is enabled where it is given, and then says which providers; every model unless told otherwise', () => {
  const llm = (input: object) => record({ llm: input }).scope.llm
  const all = { mode: 'all' }
  expect(llm({ providers: all })).toEqual({ enabled: true, providers: all, models: all })
  expect(llm({ enabled: false })).toEqual({ enabled: false, providers: { mode: 'none' }, models: all })
  expect(llm({ providers: { mode: 'only', items: ['openai', 'openai'] }, models: { mode: 'none' } })).toEqual({
    enabled: true,
    providers: { mode: 'only', items: ['prv_1'] },
    models: { mode: 'none' },
  })
  expect(pointers({ llm: {} })).toEqual(['/llm/providers'])
  expect(pointers({ llm: { models: all } })).toEqual(['/llm/providers'])
  expect(pointers({ llm: { providers: { mode: 'only', items: ['openai', 'other'] } } })).toEqual([
    '/llm/providers/items/1',
  ])
})

test('D35 D36 D37 D38 every mode is stored as its word, an empty list as an empty list', () => {
  const servers = (choice: object) => record({ mcp: { servers: choice } }).scope.mcp.servers
  for (const choice of [
    { mode: 'all' },
    { mode: 'none' },
    { mode: 'only', items: [] },
    { mode: 'except', items: [] },
    { mode: 'except', items: ['srv_1'] },
  ])
    expect(servers(choice)).toEqual(choice)
})

test('D60 a key is for the gateways that it names, by id or name; for all if none is said, for none if the list is empty', () => {
  const gateways = (choice?: object) => record({ gateways: choice }).scope.gateways
  expect(gateways()).toEqual({ mode: 'all' })
  expect(gateways({ mode: 'only', items: [] })).toEqual({ mode: 'only', items: [] })
  expect(gateways({ mode: 'only', items: ['eu 1', 'eu 1'] })).toEqual({ mode: 'only', items: ['gwy_1'] })
  expect(pointers({ gateways: { mode: 'except', items: ['eu 1', 'us'] } })).toEqual(['/gateways/items/1'])
})

test('D40 each server that is admitted now has an entry, as it was said or the default, and no other server has', () => {
  const open = ['srv_1', 'srv_2', 'srv_3'].map(named)
  const tools = (mcp: object) => record({ mcp }, { open }).scope.mcp.tools
  const one = { mode: 'only', items: ['issue_read'] }
  expect(tools({ servers: { mode: 'all' }, tools: { github: one } })).toEqual({
    srv_1: one,
    srv_2: { mode: 'all' },
    srv_3: { mode: 'all' },
  })
  expect(tools({ servers: { mode: 'except', items: ['srv_1'] }, toolsDefault: { mode: 'none' } })).toEqual({
    srv_2: { mode: 'none' },
    srv_3: { mode: 'none' },
  })
  expect(tools({ servers: { mode: 'only', items: ['files'] } })).toEqual({ srv_2: { mode: 'all' } })
  expect(tools({ servers: { mode: 'none' } })).toEqual({})
  expect(tools({ enabled: false })).toEqual({})
})

test('a default that names many tools is not written out for so many servers that the record bursts', () => {
  const open = Array.from({ length: 200 }, (_, n) => named(`srv_${n}`))
  const items = (count: number) => Array.from({ length: count }, (_, n) => `tool-${n}`)
  const mcp = (count: number) => ({ servers: { mode: 'all' }, toolsDefault: { mode: 'only', items: items(count) } })
  expect(pointers({ mcp: mcp(100) }, { open })).toEqual([])
  expect(pointers({ mcp: mcp(101) }, { open })).toEqual(['/mcp/toolsDefault'])
  const wide = granted(plan({ mcp: mcp(101) }, { open: open.slice(1, 2) }))
  const codes = [{ name: 'b' }, { projects: ['prj_test'] }].map((patch) =>
    codeOf(planPatch(wide, KeyPatch.parse(patch), { ...facts, open }, now)),
  )
  expect(codes).toEqual([null, 'invalid'])
})

test('D40 an entry for a server that the choice beside it does not admit, or that is named twice, is refused in its place', () => {
  const all = { mode: 'all' }
  const at = (servers: object, ...names: string[]) =>
    pointers({ mcp: { servers, tools: Object.fromEntries(names.map((name) => [name, all])) } })
  expect(at({ mode: 'only', items: ['files'] }, 'files', 'github')).toEqual(['/mcp/tools/github'])
  expect(at({ mode: 'except', items: ['github'] }, 'github')).toEqual(['/mcp/tools/github'])
  expect(at({ mode: 'none' }, 'github')).toEqual(['/mcp/tools/github'])
  expect(at(all, 'srv_1', 'github')).toEqual(['/mcp/tools/github'])
  expect(at(all, 'nobody', 'a/b~c', 'constructor')).toEqual([
    '/mcp/tools/nobody',
    '/mcp/tools/a~1b~0c',
    '/mcp/tools/constructor',
  ])
  expect(pointers({ mcp: { enabled: false, tools: { github: all } } })).toEqual(['/mcp/tools/github'])
})

test('D40 an entry for one server never changes what another server gives', () => {
  const ids = ['srv_1', 'srv_2', 'srv_3', 'srv_4']
  const choice: fc.Arbitrary<Choice> = fc.oneof(
    fc.constantFrom<Choice>({ mode: 'all' }, { mode: 'none' }),
    fc.record({
      mode: fc.constantFrom('only' as const, 'except' as const),
      items: fc.uniqueArray(fc.constantFrom('read', 'write', '__proto__')),
    }),
  )
  const entries = fc.uniqueArray(fc.tuple(fc.constantFrom(...ids), choice), { selector: ([id]) => id })
  const known = { servers: new Map(ids.map((id) => [id, named(id)])), open: ids.map(named) }
  const toolsOf = (given: [string, Choice][], toolsDefault?: Choice) =>
    record({ mcp: { servers: { mode: 'all' }, tools: Object.fromEntries(given), toolsDefault } }, known).scope.mcp.tools
  fc.assert(
    fc.property(
      entries,
      choice,
      fc.option(choice, { nil: undefined }),
      fc.constantFrom(...ids),
      (rest, one, other, id) => {
        const others = rest.filter(([name]) => name !== id)
        const { [id]: without, ...left } = toolsOf(others, other)
        const { [id]: with_, ...right } = toolsOf([...others, [id, one]], other)
        expect(right).toEqual(left)
        expect([with_, without]).toEqual([one, other ?? { mode: 'all' }])
      },
    ),
  )
})

test('A06 A22 projects are ids, each once; the default project unless told, and an empty list stays empty', () => {
  const projects = (input: object) => record(input).scope.projects
  expect(projects({})).toEqual(['prj_dev'])
  expect(projects({ projects: [] })).toEqual([])
  expect(projects({ projects: ['prj_test', 'prj_dev', 'prj_test'] })).toEqual(['prj_test', 'prj_dev'])
  expect(pointers({ projects: ['prj_dev', 'nobody', ''.padStart(64, 'x')] })).toEqual(['/projects/1', '/projects/2'])
})

test('E26 projects of two tiers are refused with the tiers, the way out and the policy, unless policy and reason allow them', () => {
  const projects = ['prj_dev', 'prj_prod']
  const refused = plan({ projects })
  expect(refused).toMatchObject({ problem: { code: 'environment_mixed', data: { policy: 'refused' } } })
  const detail = refused.ok ? '' : refused.problem.detail
  for (const part of ['development (dev)', 'production (prod)', 'one key for each tier', 'whatever the reason'])
    expect(detail).toContain(part)
  const reason = { projects, mixedEnvironments: 'moves data between them' }
  expect(codeOf(plan(reason))).toBe('environment_mixed')
  expect(codeOf(plan({ projects }, withReason))).toBe('environment_mixed')
  expect(record(reason, withReason).scope).toMatchObject(reason)
  expect(codeOf(plan({ projects: ['prj_dev', 'prj_test'] }))).toBeNull()
  expect(NewKey.safeParse({ name: 'a', mixedEnvironments: ' \n ' }).success).toBe(false)
})

test("C21 an app's key has the app's project and no other, said or not", () => {
  const bound = { isBound: true }
  expect(record({}, bound).scope.projects).toEqual(['prj_dev'])
  expect(record({ projects: ['prj_dev', 'prj_dev'] }, bound).scope.projects).toEqual(['prj_dev'])
  for (const projects of [[], ['prj_test'], ['prj_dev', 'prj_test']])
    expect(pointers({ projects }, bound)).toEqual(['/projects'])
})

test('a patch looks at what it holds and leaves the rest: nothing that is gone keeps a key from being renamed', () => {
  const before = granted(plan({ projects: ['prj_dev', 'prj_prod'], mixedEnvironments: 'both' }, withReason))
  const gone = { ...facts, servers: new Map(), projects: new Map(), home: null }
  const change = (patch: object, more: Partial<Facts> = {}) =>
    planPatch(before, KeyPatch.parse(patch), { ...gone, ...more }, now)
  const renamed = granted(change({ name: 'other' })).record
  expect(renamed).toEqual({ ...before.record, name: 'other', revision: 2 })
  expect(granted(change({ expiresIn: '30d' })).record.expiresAt).toBe(now + 30 * 86_400_000)
  expect(codeOf(change({ mixedEnvironments: null }, { projects: facts.projects }))).toBe('environment_mixed')
  expect(codeOf(change({ mixedEnvironments: null, projects: ['prj_prod'] }, { projects: facts.projects }))).toBeNull()
  expect(codeOf(change({ projects: ['prj_dev', 'nobody'] }, { projects: facts.projects }))).toBe('invalid')
})

test('null in a patch is the default, and a field that is given is replaced whole', () => {
  const before = granted(
    plan({
      description: 'old',
      mcp: { servers: { mode: 'all' }, toolsDefault: { mode: 'none' } },
      llm: { providers: { mode: 'all' } },
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
      gateways: { mode: 'only', items: [] },
      maxStalenessSeconds: 5,
      expiresIn: '30d',
    }),
  )
  const patch = { description: null, projects: null, mcp: null, llm: null, addresses: null, gateways: null }
  const nothing = KeyPatch.parse({ ...patch, maxStalenessSeconds: null, expiresAt: null, mixedEnvironments: null })
  const after = granted(planPatch(before, nothing, facts, now))
  expect(after.record).toEqual({ ...record(), revision: 2 })
  expect(after.description).toBe('')
  const mcp = KeyPatch.parse({ mcp: { servers: { mode: 'only', items: ['github'] } } })
  const narrowed = granted(planPatch(before, mcp, { ...facts, open: [named('srv_1')] }, now)).record.scope
  expect(narrowed.mcp).toMatchObject({ toolsDefault: { mode: 'all' }, tools: { srv_1: { mode: 'all' } } })
  expect(narrowed.llm).toEqual(before.record.scope.llm)
})

test('what is too much, or too little, is refused before anything is looked up', () => {
  const many = Array.from({ length: 1001 }, (_, n) => `s${n}`)
  const choice = { mode: 'only', items: many }
  const tools = Object.fromEntries(many.map((name) => [name, { mode: 'all' }]))
  for (const extra of [
    { mcp: { servers: choice } },
    { mcp: { servers: { mode: 'all' }, tools } },
    { mcp: { servers: { mode: 'all' }, tools: { a: choice } } },
    { mcp: { servers: { mode: 'all' }, toolsDefault: choice } },
    { llm: { providers: choice } },
    { llm: { providers: { mode: 'all' }, models: choice } },
    { gateways: choice },
    { projects: many },
    { mcp: { servers: { mode: 'every' } } },
    { mcp: { servers: { mode: 'all', items: [] } } },
    { mcp: { servers: { mode: 'only' } } },
    { mcp: { servers: ['github'] } },
    { gateways: null },
    { owner: { type: 'robot', id: 'x' } },
    { owner: { type: 'team', id: 'x', name: 'x' } },
    { llm: { providers: { mode: 'all' }, model: 'gpt' } },
    { environments: [] },
  ])
    expect([extra, NewKey.safeParse({ name: 'a', ...extra }).success]).toEqual([extra, false])
})

test('grants hold ids, whatever name was used, each once; an empty list stays an empty list', () => {
  const choice = (items: string[]) => record({ mcp: { servers: { mode: 'only', items } } }).scope.mcp.servers
  expect(choice(['github', 'files', 'srv_1'])).toEqual({ mode: 'only', items: ['srv_1', 'srv_2'] })
  expect(choice([])).toEqual({ mode: 'only', items: [] })
})

test('each unknown server and each unreadable address is pointed at, all in one answer', () => {
  expect(
    pointers({
      mcp: { servers: { mode: 'except', items: ['github', 'nobody', 'files', 'a\0b'] } },
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8', '10.0.0.0/33', 'home'] },
      expiresAt: '2025-12-31T23:59:59Z',
      expiresIn: '30d',
    }),
  ).toEqual(['/mcp/servers/items/1', '/mcp/servers/items/3', '/addresses/cidrs/1', '/addresses/cidrs/2', '/expiresIn'])
})

test('B14 an expiry lies in the future; presets count from the creation', () => {
  const day = 86_400_000
  const at = (input: object) => record(input).expiresAt
  expect(at({ expiresAt: '2026-01-01T00:00:00.001Z' })).toBe(now + 1)
  expect(pointers({ expiresAt: '2026-01-01T00:00:00Z' })).toEqual(['/expiresAt'])
  expect([at({ expiresIn: '30d' }), at({ expiresIn: '1y' })]).toEqual([now + 30 * day, now + 365 * day])
  expect([at({ expiresIn: 'never' }), at({ expiresAt: null })]).toEqual([null, null])
})

test('a refusal names a hundred of what is wrong', () => {
  const items = Array.from({ length: 1000 }, (_, n) => `no-${n}`)
  expect(pointers({ mcp: { servers: { mode: 'only', items } } })).toHaveLength(100)
})

test('A17 a key may be born switched off', () => {
  expect(record({ active: false }).state).toBe('suspended')
  expect(record({ active: true }).state).toBe('active')
})

test.each([
  'a\u202eb',
  'a\u200bb',
  'a\u0000b',
  'a\nb',
  '\ufeffa\u00adb',
  'a\u2028b',
  'a\ud800b',
  'a\u115fb',
  'a\u1160',
  '\u3164',
  'a\uffa0b',
  'a\u034fb',
  'a\u180bb',
  'a\u{e0100}',
  'a\ufe0e',
  'a\ufe0f',
  'a1\ufe0f',
  '\u2764\ufe0f\ufe0f',
  '\u{1F511}\ufe0f',
  '',
  '   ',
  'x'.repeat(121),
])('B11 the name %j is refused: nothing invisible, nothing that turns the text around it', (name) => {
  expect(NewKey.safeParse({ name }).success).toBe(false)
})

test('a name is trimmed and brought to one spelling', () => {
  expect(NewKey.parse({ name: '  Cafe\u0301 \u{1F511} ' }).name).toBe('Caf\u00e9 \u{1F511}')
  for (const name of ['\u2764\ufe0f', 'go \u25b6\ufe0f on', '1\ufe0f\u20e3']) {
    expect(NewKey.parse({ name }).name).toBe(name)
    expect(NewKey.parse({ name: 'a', description: name }).description).toBe(name)
  }
  expect(NewKey.safeParse({ name: 'a', description: 'a\u3164' }).success).toBe(false)
  expect(NewKey.safeParse({ name: 'a', description: 'two\n\tlines' }).success).toBe(true)
  expect(NewKey.safeParse({ name: 'a', description: 'a\0' }).success).toBe(false)
})

test('unknown fields are refused, so that a mistyped right is not a missing one', () => {
  for (const extra of [
    { mpc: {} },
    { mcp: { servers: { mode: 'all' }, tool: 1 } },
    { addresses: { mode: 'any', cidrs: [] } },
  ]) {
    expect(NewKey.safeParse({ name: 'a', ...extra }).success).toBe(false)
  }
})

test('no input makes a key that admits a server it does not name in a word', () => {
  const inputs = fc.record(
    {
      enabled: fc.boolean(),
      servers: fc.constantFrom(
        { mode: 'none' as const },
        { mode: 'only' as const, items: [] },
        { mode: 'only' as const, items: ['files'] },
      ),
    },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.option(inputs, { nil: undefined }), (mcp) => {
      const planned = plan(mcp === undefined ? {} : { mcp })
      if (planned.ok) expect(['none', 'only']).toContain(planned.value.record.scope.mcp.servers.mode)
    }),
  )
})
