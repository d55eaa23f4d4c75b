import fc from 'fast-check'
import { backingOf, type Records, teamsWith } from '../../src/access/backing.ts'
import type { Subject } from '../../src/access/decide.ts'
import type { LiveChild } from '../../src/access/narrow/cuts.ts'
import type { Narrow } from '../../src/access/narrow/schema.ts'
import type { Call } from '../../src/access/schema.ts'
import type { AppRecord } from '../../src/apps/schema.ts'
import type { CatalogRecord } from '../../src/catalogs/schema.ts'
import type { AddressRule, Choice, KeyRecord, Scope } from '../../src/keys/schema.ts'
import type { Grant } from '../../src/people/grants/schema.ts'
import type { LiveRules } from '../../src/people/policies/schema.ts'
import type { MemberRecord, MixedEnvironments, TeamRecord } from '../../src/people/schema.ts'
import type { ProjectRecord } from '../../src/projects/schema.ts'
import { liveRules } from '../live-rules.ts'
import { appOf, catalogOf, childOf, ids, keyOf, memberOf, projectOf, targetOf, teamOf } from './records.ts'

/** Everything that a decision can depend on, as plain data: one organization, one key, one call. */
export type World = {
  readonly key: KeyRecord
  readonly child: LiveChild | null
  readonly members: readonly MemberRecord[]
  readonly teams: readonly TeamRecord[]
  readonly projects: readonly ProjectRecord[]
  readonly catalogs: readonly CatalogRecord[]
  readonly apps: readonly AppRecord[]
  readonly mixedEnvironments: MixedEnvironments
  /** Missing: the organization says nothing of the places that keys are used from. */
  readonly rules?: LiveRules
  readonly gateway: string
  readonly address: string
  readonly now: number
  readonly call: Call
}

export const recordsOf = (world: World): Records => {
  const by =
    <T extends { readonly id: string }>(records: readonly T[]) =>
    (id: string): T | null =>
      records.find((record) => record.id === id) ?? null
  return {
    mixedEnvironments: world.mixedEnvironments,
    rules: world.rules ?? liveRules(),
    member: by(world.members),
    team: by(world.teams),
    app: by(world.apps),
    project: by(world.projects),
    teamsOf: (id) => teamsWith(id, world.teams),
    catalogs: () => world.catalogs,
  }
}

export const subjectOf = (world: World): Subject => ({
  key: world.key,
  child: world.child,
  backing: backingOf(world.key, recordsOf(world)),
  gateway: world.gateway,
  address: world.address,
})

/** The same world with another scope of the key. */
export const scoped = (world: World, change: (scope: Scope) => Scope): World => ({
  ...world,
  key: { ...world.key, scope: change(world.key.scope) },
})
export const calling = (world: World, call: Partial<Call>): World => ({
  ...world,
  call: { ...world.call, ...call } as Call,
})

const choiceOf = (items: readonly string[]): fc.Arbitrary<Choice> => {
  const some = fc.subarray([...items])
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant({ mode: 'all' } as const) },
    { weight: 1, arbitrary: fc.constant({ mode: 'none' } as const) },
    { weight: 3, arbitrary: some.map((held) => ({ mode: 'only', items: held }) as const) },
    { weight: 3, arbitrary: some.map((held) => ({ mode: 'except', items: held }) as const) },
  )
}
/** Mostly the first, so that enough worlds get as far as the last check. */
const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(usual, ...others) })

const tools = fc.dictionary(fc.constantFrom(...ids.servers), choiceOf(ids.tools), { maxKeys: 3 })
const addressRules = mostly<AddressRule>(
  { mode: 'any' },
  { mode: 'only', cidrs: ['10.0.0.0/8'] },
  { mode: 'only', cidrs: ['192.0.2.0/24', '2001:db8::/32'] },
  { mode: 'only', cidrs: [] },
)
const scopes: fc.Arbitrary<Scope> = fc.record({
  projects: fc.oneof(
    { weight: 1, arbitrary: fc.subarray<string>([...ids.projects]) },
    { weight: 4, arbitrary: fc.constantFrom<string[]>(['prj_1'], ['prj_1'], ['prj_1', 'prj_2']) },
  ),
  mixedEnvironments: fc.constantFrom(null, 'a reason'),
  mcp: fc.record({
    enabled: mostly<boolean>(true, false),
    servers: choiceOf(ids.servers),
    tools,
    toolsDefault: choiceOf(ids.tools),
  }),
  llm: fc.record({
    enabled: mostly<boolean>(true, false),
    providers: choiceOf(ids.providers),
    models: choiceOf(ids.models),
  }),
  addresses: addressRules,
  gateways: mostly<Choice>({ mode: 'all' }, { mode: 'none' }, { mode: 'only', items: ['gwy_2'] }),
})

/** Once in a hundred times. */
const rarely = fc.oneof({ weight: 99, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) })

const narrows: fc.Arbitrary<Narrow> = fc.record(
  {
    mcp: fc.record(
      {
        enabled: mostly<boolean>(true, false),
        servers: choiceOf(ids.servers),
        tools,
        toolsDefault: choiceOf(ids.tools),
      },
      { requiredKeys: [] },
    ),
    llm: fc.record(
      { enabled: mostly<boolean>(true, false), providers: choiceOf(ids.providers), models: choiceOf(ids.models) },
      { requiredKeys: [] },
    ),
    addresses: addressRules,
  },
  { requiredKeys: [] },
)
const children: fc.Arbitrary<LiveChild> = fc
  .record({
    narrows: fc.array(narrows, { minLength: 1, maxLength: 4 }),
    expiresAt: mostly(2000, 1000, 1001),
    epoch: mostly(1, 2),
    version: mostly(0, 1, 2, 3),
    isRevoked: rarely,
  })
  .map(({ isRevoked, narrows: held, ...more }) => ({ ...childOf(held, more), isRevoked }))

/** Every grant that there can be: over, over at this instant (now is 1000), live, and for good; of all and of some. */
const everyGrant: readonly Grant[] = [...ids.servers, ...ids.providers].flatMap((target) => {
  const [first, second] = target.startsWith('srv') ? ids.tools : ids.models
  return [null, [first], [second], [first, second]].flatMap((parts) =>
    [null, 999, 1000, 1001].map((until) => ({ request: 'arq_1', target, parts, until })),
  )
})
/** One draw each: nested choices would take most of the time of a test. */
const grants: fc.Arbitrary<Grant[] | undefined> = fc
  .array(fc.constantFrom(...everyGrant), { maxLength: 4 })
  .map((held) => (held.length < 2 ? undefined : held))

const owners = fc
  .oneof(fc.constantFrom(...ids.members), fc.constantFrom(...ids.teams), fc.constantFrom(...ids.apps))
  .map(
    (id) => ({ type: id.startsWith('mem') ? 'member' : id.startsWith('team') ? 'team' : 'app', id, name: id }) as const,
  )

const versions = [
  { version: 1, validUntil: 1000 },
  { version: 2, validUntil: null },
].map((version) => ({ phc: '', gate: 0, pepperId: '', ...version }))

const keys = fc
  .record({
    owner: owners,
    scope: scopes,
    state: mostly<KeyRecord['state']>('active', 'suspended', 'revoked', 'deleted'),
    expiresAt: mostly<number | null>(null, 999, 1000, 1001),
    versions: fc.constant(versions),
    honey: rarely,
    grants,
    pin: mostly<KeyRecord['pin']>(null, { network: null }, { network: '10.1.2.0/24' }, { network: '2001:db8::/64' }),
  })
  .map(({ owner, scope, ...more }) => keyOf(owner, scope, more))

const audiences = fc.record({
  everyone: mostly<boolean>(false, true),
  teams: fc.subarray([...ids.teams]),
  members: fc.subarray([...ids.members]),
})
const catalogs = fc.array(
  fc.record({
    servers: fc.subarray([...ids.servers]),
    providers: fc.subarray([...ids.providers]),
    audience: audiences,
    revision: fc.integer({ min: 1, max: 9 }),
  }),
  { minLength: 1, maxLength: 4 },
)

const apps = fc.tuple(
  ...ids.apps.map((id) =>
    fc
      .record({
        project: mostly<string>('prj_1', 'prj_2'),
        owner: fc.constantFrom(
          ...[...ids.members.slice(0, 2), ...ids.teams.slice(0, 2)].map(
            (owner) => ({ type: owner.startsWith('mem') ? 'member' : 'team', id: owner }) as const,
          ),
        ),
        tools,
        toolsDefault: choiceOf(ids.tools),
        key: mostly<string | null>(ids.key, null, 'key_2'),
      })
      .map((more) => appOf(id, more)),
  ),
)

const targets = fc.option(fc.constantFrom(...ids.servers).map(targetOf), { freq: 9 })
const providers = fc.option(
  fc.constantFrom(...ids.providers).map((id) => ({ ...targetOf(id), models: new Set(['big', 'small']) })),
  { freq: 9 },
)
const calls: fc.Arbitrary<Call> = fc.oneof(
  fc.record({
    kind: fc.constant('mcp' as const),
    server: targets,
    method: fc.constantFrom(
      'tools/call',
      'tools/call',
      'tools/list',
      'initialize',
      'DELETE',
      'tasks/list',
      'x/unknown',
    ),
    tool: fc.constantFrom(...ids.tools, ...ids.tools, null),
  }),
  fc.record({ kind: fc.constant('llm' as const), provider: providers, model: fc.constantFrom(...ids.models, null) }),
)

/** Somebody is missing now and then: who was removed is no record. */
const present = <T>(records: readonly T[]): fc.Arbitrary<T[]> => mostly<T[]>([...records], [...records.slice(1)], [])

export const worlds: fc.Arbitrary<World> = fc.record({
  key: keys,
  child: fc.option(children, { freq: 2 }),
  members: fc
    .tuple(...ids.members.map((id) => grants.map((held) => ({ ...memberOf(id), grants: held }))))
    .chain((held) => present(held)),
  teams: fc
    .tuple(...ids.teams.map(() => fc.subarray([...ids.members])))
    .chain((members) => present(members.map((held, at) => teamOf(`team_${at + 1}`, held)))),
  projects: fc.constantFrom(
    [projectOf('prj_1', 'development'), projectOf('prj_2', 'development'), projectOf('prj_3', 'production')],
    [projectOf('prj_1', 'staging'), projectOf('prj_2', 'production')],
    [projectOf('prj_1', 'production')],
  ),
  catalogs: catalogs.map((held) =>
    held.map(({ audience, revision, ...holds }, at) => ({ ...catalogOf(`cat_${at}`, holds, audience), revision })),
  ),
  apps: apps.chain((held) => present(held)),
  mixedEnvironments: fc.constantFrom('refused', 'with-reason'),
  rules: fc
    .record({ addresses: addressRules, production: addressRules })
    .map(({ addresses, production }) => liveRules({ addresses, tiers: { production: { addresses: production } } })),
  gateway: fc.constantFrom(...ids.gateways),
  address: mostly('10.1.2.3', '192.0.2.9', '2001:db8::7', 'unknown'),
  now: fc.constant(1000),
  call: calls,
})
