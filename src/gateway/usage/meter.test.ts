import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type UsageItem, usageLimits } from '../../fleet/schema.ts'
import { createMeter, type Meter, type Served } from './meter.ts'

const call = (more: Partial<Served> = {}): Served => ({
  organization: 'org_a',
  key: 'key_a',
  version: 1,
  child: null,
  client: 'ci/1',
  address: '198.51.100.7',
  server: 'srv_1',
  tool: 'echo',
  ...more,
})
const sumOf = (items: readonly UsageItem[]) => items.reduce((sum, { requests }) => sum + requests, 0)
const takeAll = (meter: Meter) => meter.take(Number.POSITIVE_INFINITY)

test('D13 calls that are alike in everything are one group, with when they began and ended', () => {
  let now = 100
  const meter = createMeter(() => now)
  for (const at of [100, 150, 170]) {
    now = at
    meter.count(call())
  }
  meter.count(call({ tool: '' }))
  expect(takeAll(meter).toSorted((one, other) => other.requests - one.requests)).toEqual([
    { ...call(), requests: 3, firstAt: 100, lastAt: 170 },
    { ...call({ tool: '' }), requests: 1, firstAt: 170, lastAt: 170 },
  ])
  expect(meter.groups()).toBe(0)
  expect(takeAll(meter)).toEqual([])
})

test.each<Partial<Served>>([
  { version: 2 },
  { child: 'chd_1' },
  { client: 'other' },
  { address: '198.51.100.8' },
  { server: 'srv_2' },
  { tool: 'read' },
  { key: 'key_b' },
])('D13 calls that differ in %j are told apart', (more) => {
  const meter = createMeter(() => 1)
  for (const each of [call(), call(more), call(), call(more), call(more)]) meter.count(each)
  expect(
    takeAll(meter)
      .map(({ requests }) => requests)
      .toSorted(),
  ).toEqual([2, 3])
})

test('D13 what is taken in pieces is everything, each call once, and counting goes on meanwhile', () => {
  const meter = createMeter(() => 1)
  for (let n = 0; n < 1000; n += 1) meter.count(call({ key: `key_${n % 30}`, tool: `tool ${n % 70}` }))
  const taken: UsageItem[] = []
  while (meter.groups() > 0) {
    const piece = meter.take(64)
    expect(piece.length).toBeLessThanOrEqual(64)
    taken.push(...piece)
    if (taken.length < 130) meter.count(call({ key: 'key_1', tool: 'tool 1' }))
  }
  expect(sumOf(taken)).toBe(1002)
})

describe('D13 where there are too many to be told apart', () => {
  test('of one key, less is said about the calls, and none is lost', () => {
    const meter = createMeter(() => 1)
    for (let n = 0; n < 5000; n += 1) meter.count(call({ tool: `tool ${n}`, address: `198.51.100.${n % 200}` }))
    const taken = takeAll(meter)
    expect(taken.length).toBeLessThan(320)
    expect(sumOf(taken)).toBe(5000)
    expect(
      taken.find(({ tool, client, address, server }) => `${tool}${client}${address}${server}` === ''),
    ).toBeDefined()
    expect(new Set(taken.map(({ version }) => version))).toEqual(new Set([1]))
  })

  test('of many keys, too, and a secret is never counted as another', () => {
    const meter = createMeter(() => 1)
    const groups = usageLimits.groupsHeld * 2
    for (let n = 0; n < groups; n += 1)
      meter.count(call({ key: `key_${n % 500}`, version: 1 + (n % 2), tool: `tool ${n}`, client: `client ${n}` }))
    expect(meter.groups()).toBeLessThan(usageLimits.groupsHeld * 1.5 + 1001)
    const taken = takeAll(meter)
    expect(sumOf(taken.filter(({ version }) => version === 1))).toBe(groups / 2)
    expect(sumOf(taken)).toBe(groups)
  })
})

test('D13 whatever is counted and taken in whatever order, the sums of each key and secret are those of its calls', () => {
  const some = fc.record({
    key: fc.constantFrom('key_a', 'key_b', 'key_c'),
    version: fc.integer({ min: 0, max: 2 }),
    child: fc.option(fc.constantFrom('chd_1', 'chd_2')),
    client: fc.nat(40).map(String),
    tool: fc.nat(40).map(String),
  })
  fc.assert(
    fc.property(fc.array(fc.oneof(some, fc.integer({ min: 1, max: 9 })), { maxLength: 400 }), (steps) => {
      const meter = createMeter(() => 1)
      const [expected, got] = [new Map<string, number>(), new Map<string, number>()]
      const add = (sums: Map<string, number>, { key, version }: Pick<Served, 'key' | 'version'>, requests: number) =>
        sums.set(`${key} ${version}`, (sums.get(`${key} ${version}`) ?? 0) + requests)
      for (const step of steps) {
        if (typeof step === 'number') for (const item of meter.take(step)) add(got, item, item.requests)
        else {
          meter.count(call(step))
          add(expected, step, 1)
        }
      }
      for (const item of takeAll(meter)) add(got, item, item.requests)
      expect(got).toEqual(expected)
    }),
    { numRuns: 300 },
  )
})
