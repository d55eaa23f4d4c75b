import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { appOf, childOf, ids, keyOf, memberOf, teamOf } from '../../test/access/records.ts'
import { recordsOf, scoped, subjectOf, type World, worlds } from '../../test/access/worlds.ts'
import type { BudgetRecord } from '../budgets/schema.ts'
import { defaultKeyLimits, type LimitRecord, type Target } from '../limits/schema.ts'
import { type Caps, dutiesOf, nameOfTarget, payersOf } from './caps.ts'
import { decide } from './decide.ts'

const target = (type: Target['type'], id: string, name: string | null = null): Target => ({ type, id, name })
/** One of everything that there can be in the worlds. */
const targets: readonly Target[] = [
  target('organization', 'org_1'),
  target('key', ids.key),
  target('key', 'key_2'),
  ...ids.members.map((id) => target('member', id)),
  ...ids.teams.map((id) => target('team', id)),
  ...ids.apps.map((id) => target('app', id)),
  ...ids.projects.map((id) => target('project', id)),
  ...ids.servers.flatMap((id) => [target('server', id), ...ids.tools.map((name) => target('tool', id, name))]),
  ...ids.providers.flatMap((id) => [target('provider', id), ...ids.models.map((name) => target('model', id, name))]),
]
const limitOn = (about: Target): LimitRecord => ({
  ...{ kind: 'limit', organization: 'org_1', id: `lim ${nameOfTarget(about)}`, revision: 1, target: about },
  ...defaultKeyLimits,
})
const budgetOn = (about: Target, period: BudgetRecord['period']): BudgetRecord => ({
  ...{ kind: 'budget', organization: 'org_1', id: `bud ${period} ${nameOfTarget(about)}`, revision: 1, target: about },
  period,
})
const capsOf = (limits: readonly LimitRecord[], budgets: readonly BudgetRecord[]): Caps => ({
  isEmpty: () => limits.length === 0 && budgets.length === 0,
  limit: (name) => limits.find((limit) => nameOfTarget(limit.target) === name),
  budgets: (name) => {
    const found = budgets.filter((budget) => nameOfTarget(budget.target) === name)
    return found.length === 0 ? undefined : found
  },
})
const everything = capsOf(
  targets.map(limitOn),
  targets.flatMap((about) => [budgetOn(about, 'total'), budgetOn(about, 'day')]),
)

const standing = (world: World, caps = everything): string[] =>
  dutiesOf({ ...subjectOf(world), caps }, world.call)
    .flatMap((duty) => (duty.kind === 'seats' ? [...duty.limits, ...duty.budgets] : []))
    .map(({ id }) => id)

/** The same said of each target by itself, as one would tell a person. */
function concerns(world: World, { type, id, name }: Target): boolean {
  const { key, call } = world
  const app = key.owner.type === 'app' ? world.apps.find((each) => each.id === key.owner.id) : undefined
  const people = [key.owner, ...(app ? [app.owner] : [])]
  const called = call.kind === 'mcp' ? call.server : call.provider
  switch (type) {
    case 'organization':
      return true
    case 'key':
      return id === key.id
    case 'member':
    case 'app':
      return people.some((one) => one.type === type && one.id === id)
    case 'team': {
      const members = world.teams.find((team) => team.id === id)?.members ?? []
      return people.some((one) => one.id === id || (one.type === 'member' && members.includes(one.id)))
    }
    case 'project':
      return called?.project === id
    case 'server':
    case 'provider':
      return called?.id === id
    case 'tool':
      return called?.id === id && call.kind === 'mcp' && call.tool === name
    case 'model':
      return called?.id === id && call.kind === 'llm' && call.model === name
  }
}

describe('D21 D23 the limits and budgets over a call', () => {
  test('are those of everything that it concerns, each once, and of nothing else', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const meant = targets
          .filter((about) => concerns(world, about))
          .flatMap((about) => [limitOn(about).id, budgetOn(about, 'total').id, budgetOn(about, 'day').id])
        expect(standing(world).toSorted()).toEqual(meant.toSorted())
      }),
      { numRuns: 500 },
    )
  })

  test('attack: a child, whatever it narrows, has those of its key', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const child = childOf([{ mcp: { enabled: true } }])
        expect(standing({ ...world, child })).toEqual(standing({ ...world, child: null }))
      }),
    )
  })

  test('go with who is behind the key and with the place of what is called, not with names and rights', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const renamed = {
          ...world,
          projects: world.projects.map((project) => ({ ...project, slug: `${project.slug}-2` })),
          members: world.members.map((member) => ({ ...member, name: 'Other' })),
          key: { ...world.key, name: 'other' },
        }
        expect(standing(renamed)).toEqual(standing(world))
        expect(standing(scoped(world, (scope) => ({ ...scope, projects: [] })))).toEqual(standing(world))
        expect(standing({ ...world, catalogs: [] })).toEqual(standing(world))
      }),
    )
  })

  test('of a server that moved are those of its project of now', () => {
    fc.assert(
      fc.property(worlds, fc.constantFrom(...ids.projects), (world, project) => {
        if (world.call.kind !== 'mcp' || world.call.server === null) return
        const moved = { ...world, call: { ...world.call, server: { ...world.call.server, project } } }
        const projects = standing(moved).filter((id) => id.startsWith('lim project:'))
        expect(projects).toEqual([`lim project:${project}`])
      }),
    )
  })

  test('are duties of a yes and of nothing else', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const subject = { ...subjectOf(world), caps: everything }
        const verdict = decide(subject, world.call, world.now)
        const bare = decide(subjectOf(world), world.call, world.now)
        expect(verdict.kind).toBe(bare.kind)
        if (verdict.kind === 'allow') expect(verdict.duties).toEqual(dutiesOf(subject, world.call))
        else expect(verdict).toEqual(bare)
      }),
    )
  })

  test('are none where there are none, whatever there is over others', () => {
    fc.assert(
      fc.property(worlds, (world) => {
        expect(standing(world, capsOf([], []))).toEqual([])
        const others = targets.filter((about) => !concerns(world, about))
        expect(standing(world, capsOf(others.map(limitOn), []))).toEqual([])
      }),
    )
  })
})

describe('D23 who pays for the calls of a key', () => {
  const world = (owner: { type: 'member' | 'team' | 'app'; id: string }) => {
    const key = keyOf({ ...owner, name: owner.id }, {} as never)
    const members = ids.members.map(memberOf)
    const teams = [teamOf('team_1', ['mem_1']), teamOf('team_2', ['mem_1', 'mem_2']), teamOf('team_3', [])]
    const apps = [appOf('app_1'), appOf('app_2', { owner: { type: 'team', id: 'team_3' } })]
    return { key, records: recordsOf({ members, teams, apps, projects: [], catalogs: [] } as unknown as World) }
  }
  test.each([
    [{ type: 'member', id: 'mem_1' }, ['member:mem_1', 'team:team_1', 'team:team_2']],
    [{ type: 'member', id: 'mem_3' }, ['member:mem_3']],
    [{ type: 'team', id: 'team_2' }, ['team:team_2']],
    [{ type: 'app', id: 'app_1' }, ['app:app_1', 'member:mem_1', 'team:team_1', 'team:team_2']],
    [{ type: 'app', id: 'app_2' }, ['app:app_2', 'team:team_3']],
    [{ type: 'app', id: 'app_9' }, ['app:app_9']],
  ] as const)('of %j', (owner, payers) => {
    const { key, records } = world(owner)
    expect(payersOf(key.owner, records)).toEqual(payers)
  })
})
