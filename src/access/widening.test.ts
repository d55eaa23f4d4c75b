import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appOf, catalogOf, childOf, ids, memberOf, teamOf } from '../../test/access/records.ts'
import { scoped, subjectOf, type World, worlds } from '../../test/access/worlds.ts'
import { liveRules } from '../../test/live-rules.ts'
import type { Choice } from '../keys/schema.ts'
import type { Grant } from '../people/grants/schema.ts'
import { decide } from './decide.ts'
import type { Narrow } from './narrow/schema.ts'

const isAllowed = (world: World): boolean => decide(subjectOf(world), world.call, world.now).kind === 'allow'
const targetOf = ({ call }: World): string => (call.kind === 'mcp' ? call.server?.id : call.provider?.id) ?? 'none'
const projectOf = ({ call }: World): string =>
  (call.kind === 'mcp' ? call.server?.project : call.provider?.project) ?? ''

/** One more field, record or entry that is about something else than what is called. */
const additions: Readonly<Record<string, (world: World, n: number) => World>> = {
  'an entry for another server': (world, n) =>
    scoped(world, (scope) => {
      const other = pick(ids.servers, n, targetOf(world))
      return { ...scope, mcp: { ...scope.mcp, tools: { ...scope.mcp.tools, [other]: { mode: 'all' } } } }
    }),
  'a default for tools beside an entry': (world) =>
    scoped(world, (scope) => {
      if (!Object.hasOwn(scope.mcp.tools, targetOf(world))) return scope
      return { ...scope, mcp: { ...scope.mcp, toolsDefault: { mode: 'all' } } }
    }),
  'another server in the list': (world, n) =>
    scoped(world, (scope) => {
      const other = pick(ids.servers, n, targetOf(world))
      return { ...scope, mcp: { ...scope.mcp, servers: withItem(scope.mcp.servers, other) } }
    }),
  'another provider in the list': (world, n) =>
    scoped(world, (scope) => {
      const other = pick(ids.providers, n, targetOf(world))
      return { ...scope, llm: { ...scope.llm, providers: withItem(scope.llm.providers, other) } }
    }),
  'a second project': (world, n) =>
    scoped(world, (scope) => ({ ...scope, projects: [...scope.projects, pick(ids.projects, n, projectOf(world))] })),
  'every right of the other kind': (world) =>
    scoped(world, (scope) =>
      world.call.kind === 'mcp'
        ? { ...scope, llm: { enabled: true, providers: { mode: 'all' }, models: { mode: 'all' } } }
        : { ...scope, mcp: { enabled: true, servers: { mode: 'all' }, tools: {}, toolsDefault: { mode: 'all' } } },
    ),
  'a catalog of other things for everyone': (world, n) => {
    const [servers, providers] = [[pick(ids.servers, n, targetOf(world))], [pick(ids.providers, n, targetOf(world))]]
    return { ...world, catalogs: [...world.catalogs, catalogOf('cat_new', { servers, providers }, { everyone: true })] }
  },
  'a catalog of everything for somebody else': (world) => ({
    ...world,
    members: [...world.members, memberOf('mem_new')],
    catalogs: [...world.catalogs, catalogOf('cat_new', everything, { members: ['mem_new'] })],
  }),
  'a team that nothing was given to': (world) => ({
    ...world,
    teams: [...world.teams, teamOf('team_new', ids.members)],
  }),
  'an app of somebody else': (world) => ({ ...world, apps: [...world.apps, appOf('app_new')] }),
  'a grant of another server': (world, n) => {
    const target = pick([...ids.servers, ...ids.providers], n, targetOf(world))
    return withGrant(world, { request: 'arq_new', target, parts: null, until: null })
  },
  'a grant that is over at this instant': (world) =>
    withGrant(world, { request: 'arq_new', target: targetOf(world), parts: null, until: world.now }),
  'a grant of another tool or model': (world) => {
    const own = (world.call.kind === 'mcp' ? world.call.tool : world.call.model) ?? ''
    // Where one grant opens the server at all, its prompts and resources come with it.
    if (world.call.kind === 'mcp' && world.call.method !== 'tools/call') return world
    return withGrant(world, { request: 'arq_new', target: targetOf(world), parts: [`not ${own}`], until: null })
  },
  'a grant of somebody else': (world) => ({
    ...world,
    members: [
      ...world.members,
      { ...memberOf('mem_new'), grants: [{ request: 'arq_new', target: targetOf(world), parts: null, until: null }] },
    ],
  }),
  'an entry of its app for another server': (world, n) => {
    const other = pick(ids.servers, n, targetOf(world))
    return { ...world, apps: world.apps.map((app) => ({ ...app, tools: { ...app.tools, [other]: { mode: 'all' } } })) }
  },
}

/** To the key and to everybody who is there. */
const withGrant = (world: World, grant: Grant): World => ({
  ...world,
  key: { ...world.key, grants: [...(world.key.grants ?? []), grant] },
  members: world.members.map((member) => ({ ...member, grants: [...(member.grants ?? []), grant] })),
})
const everything = { servers: [...ids.servers], providers: [...ids.providers] }
const pick = (from: readonly string[], n: number, not: string): string => {
  const others = from.filter((each) => each !== not)
  return others[n % others.length] ?? ''
}
const withItem = (choice: Choice, item: string): Choice =>
  choice.mode === 'only' ? { mode: 'only', items: [...choice.items, item] } : choice
const withoutItem = (choice: Choice, n: number): Choice =>
  choice.mode === 'only' ? { mode: 'only', items: choice.items.filter((_, at) => at !== n % 3) } : choice
const emptied = (choice: Choice): Choice => (choice.mode === 'only' ? { mode: 'only', items: [] } : choice)
const withException = (choice: Choice, item: string): Choice =>
  choice.mode === 'except' ? { mode: 'except', items: [...choice.items, item] } : choice
const mapped = (
  choices: Readonly<Record<string, Choice>>,
  change: (choice: Choice) => Choice,
): Record<string, Choice> => Object.fromEntries(Object.entries(choices).map(([id, choice]) => [id, change(choice)]))

const cuts: readonly Narrow[] = [
  { mcp: { servers: { mode: 'only', items: ['srv_1'] } } },
  {
    mcp: { tools: { srv_1: { mode: 'except', items: ['write'] } } },
    llm: { models: { mode: 'only', items: ['big'] } },
  },
  { mcp: { enabled: false } },
  { llm: { providers: { mode: 'none' } } },
  { addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] } },
  { mcp: { toolsDefault: { mode: 'only', items: [] } } },
]

/** Each takes something away. */
const removals: Readonly<Record<string, (world: World, n: number) => World>> = {
  'entries of the lists of the key': (world, n) =>
    scoped(world, (scope) => ({
      ...scope,
      mcp: {
        enabled: scope.mcp.enabled,
        servers: withoutItem(scope.mcp.servers, n),
        tools: mapped(scope.mcp.tools, (choice) => withoutItem(choice, n)),
        toolsDefault: withoutItem(scope.mcp.toolsDefault, n),
      },
      llm: {
        enabled: scope.llm.enabled,
        providers: withoutItem(scope.llm.providers, n),
        models: withoutItem(scope.llm.models, n),
      },
      gateways: withoutItem(scope.gateways, n),
    })),
  'what an exception names': (world, n) =>
    scoped(world, (scope) => ({
      ...scope,
      mcp: { ...scope.mcp, servers: withException(scope.mcp.servers, ids.servers[n % 4] ?? '') },
      llm: { ...scope.llm, models: withException(scope.llm.models, ids.models[n % 3] ?? '') },
    })),
  'the choice of tools, to none': (world) =>
    scoped(world, (scope) => ({
      ...scope,
      mcp: { ...scope.mcp, tools: mapped(scope.mcp.tools, () => ({ mode: 'none' })), toolsDefault: { mode: 'none' } },
    })),
  'the switches of the key': (world) =>
    scoped(world, (scope) => ({
      ...scope,
      mcp: { ...scope.mcp, enabled: false },
      llm: { ...scope.llm, enabled: false },
    })),
  'every project': (world) => scoped(world, (scope) => ({ ...scope, projects: [] })),
  'the reason for mixed environments': (world) => scoped(world, (scope) => ({ ...scope, mixedEnvironments: null })),
  'the policy for mixed environments': (world) => ({ ...world, mixedEnvironments: 'refused' }),
  'an address': (world) =>
    scoped(world, (scope) => {
      const held = scope.addresses.mode === 'any' ? ['192.0.2.0/24'] : scope.addresses.cidrs.slice(1)
      return { ...scope, addresses: { mode: 'only', cidrs: held } }
    }),
  'where the organization lets keys be used': (world) => ({
    ...world,
    rules: liveRules({ addresses: { mode: 'only', cidrs: [] }, tiers: {} }),
  }),
  'a catalog': (world, n) => ({ ...world, catalogs: world.catalogs.filter((_, at) => at !== n % 3) }),
  'what catalogs hold': (world, n) => ({
    ...world,
    catalogs: world.catalogs.map((catalog) => ({
      ...catalog,
      servers: catalog.servers.filter((id) => id !== ids.servers[n % 4]),
      providers: catalog.providers.filter((id) => id !== ids.providers[n % 2]),
    })),
  }),
  'who catalogs are for': (world, n) => ({
    ...world,
    catalogs: world.catalogs.map((catalog) => ({
      ...catalog,
      audience: {
        everyone: false,
        teams: catalog.audience.teams.filter((id) => id !== ids.teams[n % 3]),
        members: catalog.audience.members.filter((id) => id !== ids.members[n % 3]),
      },
    })),
  }),
  'a membership of every team': (world, n) => ({
    ...world,
    teams: world.teams.map((team) => ({ ...team, members: team.members.filter((id) => id !== ids.members[n % 3]) })),
  }),
  'a member': (world, n) => ({ ...world, members: world.members.filter(({ id }) => id !== ids.members[n % 3]) }),
  'a team': (world, n) => ({ ...world, teams: world.teams.filter(({ id }) => id !== ids.teams[n % 3]) }),
  'an app': (world, n) => ({ ...world, apps: world.apps.filter(({ id }) => id !== ids.apps[n % 2]) }),
  'what the lists of apps hold': (world) => ({
    ...world,
    apps: world.apps.map((app) => ({
      ...app,
      tools: mapped(app.tools, emptied),
      toolsDefault: emptied(app.toolsDefault),
    })),
  }),
  'what a child token leaves open': (world, n) => {
    const { made, isRevoked } = world.child ?? childOf([])
    const narrows = [...made.narrows, cuts[n % cuts.length] ?? {}]
    return { ...world, child: { made: { ...made, narrows }, isRevoked } }
  },
  'the child token, which ends': (world) => ({ ...world, child: childOf([{}], { expiresAt: world.now }) }),
  'the key of every app': (world) => ({ ...world, apps: world.apps.map((app) => ({ ...app, key: 'key_next' })) }),
}

test.each(Object.entries(additions))('R8 what is refused stays refused beside %s', (_, add) => {
  fc.assert(
    fc.property(worlds, fc.nat(11), (world, n) => {
      if (!isAllowed(world)) expect(isAllowed(add(world, n))).toBe(false)
    }),
    { numRuns: 3000 },
  )
})

test.each(Object.entries(removals))('R8 G5 nothing is allowed that was refused before, without %s', (_, remove) => {
  let bites = 0
  fc.assert(
    fc.property(worlds, fc.nat(11), (world, n) => {
      const [before, after] = [isAllowed(world), isAllowed(remove(world, n))]
      if (before && !after) bites += 1
      if (after) expect(before).toBe(true)
    }),
    { numRuns: 4000 },
  )
  // Else the property would say nothing about what it is named after.
  expect(bites).toBeGreaterThan(0)
})
