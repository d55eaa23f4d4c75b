import { describe, expect, test } from 'vitest'
import { appOf, catalogOf, childOf, ids, keyOf, memberOf, projectOf, targetOf } from '../../test/access/records.ts'
import { calling, scoped, subjectOf, type World } from '../../test/access/worlds.ts'
import type { Check } from './check.ts'
import { checks } from './checks.ts'
import { decide } from './decide.ts'
import type { Call, Trace } from './schema.ts'

/** A key of an app that may do everything there is, so that each check has something to refuse. */
const allowed = (call: Call): World => ({
  key: keyOf(
    { type: 'app', id: 'app_1', name: 'an app' },
    {
      projects: ['prj_1'],
      mixedEnvironments: null,
      mcp: { enabled: true, servers: { mode: 'all' }, tools: {}, toolsDefault: { mode: 'all' } },
      llm: { enabled: true, providers: { mode: 'all' }, models: { mode: 'all' } },
      addresses: { mode: 'any' },
      gateways: { mode: 'all' },
    },
  ),
  child: null,
  members: [memberOf('mem_1')],
  teams: [],
  projects: [projectOf('prj_1', 'development'), projectOf('prj_3', 'production')],
  catalogs: [catalogOf('cat_1', { servers: ids.servers, providers: ids.providers }, { everyone: true })],
  apps: [appOf('app_1')],
  mixedEnvironments: 'refused',
  gateway: 'gwy_1',
  address: '10.1.2.3',
  now: 1000,
  call,
})
const calls = {
  mcp: { kind: 'mcp', server: targetOf('srv_1'), method: 'tools/call', tool: 'read' },
  llm: { kind: 'llm', provider: { ...targetOf('prv_1'), models: new Set(['big']) }, model: 'big' },
} as const satisfies Record<string, Call>

type Violation = { readonly check: string; readonly code: string; readonly of: (world: World) => World }

const none = { mode: 'none' } as const

/** How each check is violated alone; in the order of `checks`. */
const ofBoth: readonly Violation[] = [
  { check: 'standing', code: 'key_inactive', of: (world) => ({ ...world, key: { ...world.key, state: 'suspended' } }) },
  { check: 'child', code: 'key_revoked', of: (world) => ({ ...world, child: childOf([{}], { epoch: 2 }) }) },
  {
    check: 'owner',
    code: 'key_revoked',
    of: (world) => ({ ...world, apps: world.apps.map((app) => ({ ...app, key: 'key_2' })) }),
  },
  {
    check: 'gateway',
    code: 'gateway_not_allowed',
    of: (world) => scoped(world, (scope) => ({ ...scope, gateways: none })),
  },
  {
    check: 'address',
    code: 'address_not_allowed',
    of: (world) => scoped(world, (scope) => ({ ...scope, addresses: { mode: 'only', cidrs: [] } })),
  },
  {
    check: 'network',
    code: 'address_not_allowed',
    of: (world) => ({ ...world, key: { ...world.key, pin: { network: '192.0.2.0/24' } } }),
  },
  {
    check: 'environment',
    code: 'environment_mixed',
    of: (world) => scoped(world, (scope) => ({ ...scope, projects: [...scope.projects, 'prj_3'] })),
  },
]
const ofMcp: readonly Violation[] = [
  ...ofBoth,
  {
    check: 'kind',
    code: 'mcp_disabled',
    of: (world) => scoped(world, (scope) => ({ ...scope, mcp: { ...scope.mcp, enabled: false } })),
  },
  { check: 'target', code: 'server_not_allowed', of: (world) => calling(world, { server: null }) },
  {
    check: 'project',
    code: 'server_not_allowed',
    of: (world) =>
      world.call.kind === 'mcp' && world.call.server !== null
        ? calling(world, { server: { ...world.call.server, project: 'prj_2' } })
        : world,
  },
  {
    check: 'choice',
    code: 'server_not_allowed',
    of: (world) => scoped(world, (scope) => ({ ...scope, mcp: { ...scope.mcp, servers: none } })),
  },
  {
    check: 'app',
    code: 'server_not_allowed',
    of: (world) => ({ ...world, apps: world.apps.map((app) => ({ ...app, tools: { srv_1: none } })) }),
  },
  { check: 'catalog', code: 'server_not_allowed', of: (world) => ({ ...world, catalogs: [] }) },
  {
    check: 'tool',
    code: 'tool_not_allowed',
    of: (world) => scoped(world, (scope) => ({ ...scope, mcp: { ...scope.mcp, toolsDefault: none } })),
  },
]
const ofLlm: readonly Violation[] = [
  ...ofBoth,
  {
    check: 'kind',
    code: 'llm_disabled',
    of: (world) => scoped(world, (scope) => ({ ...scope, llm: { ...scope.llm, enabled: false } })),
  },
  { check: 'target', code: 'provider_not_allowed', of: (world) => calling(world, { provider: null }) },
  {
    check: 'project',
    code: 'provider_not_allowed',
    of: (world) =>
      world.call.kind === 'llm' && world.call.provider !== null
        ? calling(world, { provider: { ...world.call.provider, project: 'prj_2' } })
        : world,
  },
  {
    check: 'choice',
    code: 'provider_not_allowed',
    of: (world) => scoped(world, (scope) => ({ ...scope, llm: { ...scope.llm, providers: none } })),
  },
  { check: 'catalog', code: 'provider_not_allowed', of: (world) => ({ ...world, catalogs: [] }) },
  {
    check: 'model',
    code: 'model_not_allowed',
    of: (world) => scoped(world, (scope) => ({ ...scope, llm: { ...scope.llm, models: none } })),
  },
]

const refusalOf = (world: World) => decide(subjectOf(world), world.call, world.now)
const kinds = [
  { kind: 'MCP', call: calls.mcp, violations: ofMcp, idle: ['model'] },
  { kind: 'LLM', call: calls.llm, violations: ofLlm, idle: ['app', 'tool'] },
] as const

describe.each(kinds)('$kind', ({ call, violations, idle }) => {
  test('D59 a call that violates nothing is allowed, with no duty', () => {
    expect(refusalOf(allowed(call))).toEqual({ kind: 'allow', duties: [] })
  })

  test('D59 every check that is about such calls has a violation here, in the order of the checks', () => {
    const about = checks.map(({ name }) => name).filter((name) => !idle.some((other) => other === name))
    expect(violations.map(({ check }) => check)).toEqual(about)
  })

  test.each(violations)('D59 G12 the check "$check" refuses alone, with $code', ({ check, code, of }) => {
    const trace: Trace[] = []
    const world = of(allowed(call))
    expect(decide(subjectOf(world), world.call, world.now, trace)).toMatchObject({ kind: 'deny', code })
    expect(trace.find(({ passed }) => !passed)?.check).toBe(check)
    const { codes } = checks.find(({ name }) => name === check) as Check
    expect(codes).toContain(code)
  })

  const pairs = violations.flatMap((earlier, at) => violations.slice(at + 1).map((later) => ({ earlier, later })))
  test.each(pairs)('D59 of two reasons "$earlier.check" is named before "$later.check"', ({ earlier, later }) => {
    const alone = refusalOf(earlier.of(allowed(call)))
    for (const both of [earlier.of(later.of(allowed(call))), later.of(earlier.of(allowed(call)))]) {
      const trace: Trace[] = []
      const verdict = decide(subjectOf(both), both.call, both.now, trace)
      expect(verdict.kind === 'deny' && verdict.code).toBe(alone.kind === 'deny' && alone.code)
      expect(trace.find(({ passed }) => !passed)?.check).toBe(earlier.check)
    }
  })
})

test('D59 every code that a check declares is given by it in some world', () => {
  const states = ['suspended', 'revoked'] as const
  const worlds = kinds.flatMap(({ call, violations }) => [
    ...violations.map(({ of }) => of(allowed(call))),
    ...states.map((state) => ({ ...allowed(call), key: { ...allowed(call).key, state } })),
    { ...allowed(call), key: { ...allowed(call).key, expiresAt: 1000 } },
    { ...allowed(call), child: childOf([{}], { expiresAt: 1000 }) },
    { ...allowed(call), members: [] },
  ])
  const given = new Set<string>()
  for (const world of worlds) {
    const trace: Trace[] = []
    decide(subjectOf(world), world.call, world.now, trace)
    const first = trace.find(({ passed }) => !passed)
    given.add(`${first?.check} ${first?.code}`)
  }
  const declared = checks.flatMap(({ name, codes }) => codes.map((code) => `${name} ${code}`))
  expect([...given].toSorted()).toEqual(declared.toSorted())
})
