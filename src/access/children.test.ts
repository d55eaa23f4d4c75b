import fc from 'fast-check'
import { expect, test } from 'vitest'
import { childOf } from '../../test/access/records.ts'
import { scoped, subjectOf, type World, worlds } from '../../test/access/worlds.ts'
import type { Choice } from '../keys/schema.ts'
import { decide } from './decide.ts'
import type { Narrow } from './narrow/schema.ts'
import { admitsEveryTool, toolChoice } from './tools.ts'

const isAllowed = (world: World): boolean => decide(subjectOf(world), world.call, world.now).kind === 'allow'
const ofKey = (world: World): World => ({ ...world, child: null })

/** A key of the same owner that leaves nothing out: what it may not do, the owner may not do. */
const ofOwner = (world: World): World => {
  const all: Choice = { mode: 'all' }
  const open = scoped(ofKey(world), (scope) => ({
    ...scope,
    mcp: { enabled: true, servers: all, tools: {}, toolsDefault: all },
    llm: { enabled: true, providers: all, models: all },
    addresses: { mode: 'any' },
    gateways: all,
  }))
  return { ...open, key: { ...open.key, expiresAt: null } }
}

test('G5 D54 in 100,000 worlds a child never does what its key, or the owner of it, may not do at that moment', () => {
  const met = { child: 0, keyAlone: 0, ownerAlone: 0, nobody: 0 }
  fc.assert(
    fc.property(
      worlds.filter(({ child }) => child !== null),
      (world) => {
        const [child, key, owner] = [isAllowed(world), isAllowed(ofKey(world)), isAllowed(ofOwner(world))]
        if (child && !key) throw new Error('the child may do what its key may not')
        if (key && !owner) throw new Error('the key may do what its owner may not')
        if (child) met.child += 1
        else if (key) met.keyAlone += 1
        else if (owner) met.ownerAlone += 1
        else met.nobody += 1
      },
    ),
    { numRuns: 100_000 },
  )
  // Else the property would say nothing about one of the three.
  for (const [who, times] of Object.entries(met)) expect(times, who).toBeGreaterThan(1000)
}, 120_000)

test('G5 a child of a child does nothing that any of its ancestors may not do', () => {
  let cut = 0
  fc.assert(
    fc.property(
      worlds.filter(({ child }) => child !== null && child.made.narrows.length > 1),
      fc.nat(),
      (world, n) => {
        const { child } = world
        if (child === null) return
        const { narrows } = child.made
        const ancestor = {
          ...world,
          child: { ...child, made: { ...child.made, narrows: narrows.slice(0, 1 + (n % (narrows.length - 1))) } },
        }
        const [itself, above] = [isAllowed(world), isAllowed(ancestor)]
        if (itself && !above) throw new Error('the descendant may do what its ancestor may not')
        if (above && !itself) cut += 1
      },
    ),
    { numRuns: 20_000 },
  )
  expect(cut).toBeGreaterThan(100)
}, 60_000)

test('D54 a child that is narrowed in nothing may do what its key may, no more and no less', () => {
  fc.assert(
    fc.property(worlds, fc.integer({ min: 1, max: 4 }), (world, depth) => {
      const child = childOf(Array.from({ length: depth }, () => ({})))
      expect(isAllowed({ ...world, child })).toBe(isAllowed(ofKey(world)))
    }),
    { numRuns: 5000 },
  )
})

test('D54 what a list of tools shows to a child is what it may call, and a list passes unread only where nothing is cut', () => {
  fc.assert(
    fc.property(worlds, fc.string(), (world, strange) => {
      const { call } = world
      if (call.kind !== 'mcp' || call.server === null) return
      const subject = subjectOf(world)
      if (decide(subject, { ...call, method: 'tools/list', tool: null }, world.now).kind === 'deny') return
      const { id } = call.server
      const word = toolChoice(subject, id, world.now)
      for (const tool of ['read', 'write', 'constructor', strange]) {
        const may = decide(subject, { ...call, method: 'tools/call', tool }, world.now).kind === 'allow'
        if (word.mode === 'only') expect(may).toBe(word.items.includes(tool))
        if (admitsEveryTool(subject, id, world.now)) expect(may).toBe(true)
      }
    }),
    { numRuns: 10_000 },
  )
})

const nothing: readonly [string, Narrow][] = [
  ['an empty list of servers', { mcp: { servers: { mode: 'only', items: [] } } }],
  ['an empty list of tools', { mcp: { toolsDefault: { mode: 'only', items: [] } } }],
  ['an empty list of providers', { llm: { providers: { mode: 'only', items: [] } } }],
  ['an empty list of models', { llm: { models: { mode: 'only', items: [] } } }],
  ['an empty list of addresses', { addresses: { mode: 'only', cidrs: [] } }],
]
test.each(nothing)('D54 %s admits nothing, and never everything', (_, narrow) => {
  fc.assert(
    fc.property(worlds, (world) => {
      const { call } = world
      const isAbout =
        narrow.addresses !== undefined ||
        (narrow.llm !== undefined && call.kind === 'llm') ||
        (narrow.mcp?.servers !== undefined && call.kind === 'mcp') ||
        (narrow.mcp?.toolsDefault !== undefined && call.kind === 'mcp' && call.method === 'tools/call')
      if (isAbout) expect(isAllowed({ ...world, child: childOf([narrow]) })).toBe(false)
    }),
    { numRuns: 3000 },
  )
})
