import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rotationDueAt } from './due.ts'
import { enoughKeys, planSchedule, type Recent, type Situation, shareOf, type Waiting } from './plan-schedule.ts'

const dayMs = 86_400_000
const reaching = (id: string, ...servers: string[]): Waiting => ({
  id,
  keyId: `key of ${id}`,
  servers: new Set(servers),
})
const policies = { maxRotationsPerHourPercent: 10, blackouts: [] }
const situation = (more: Partial<Situation>): Situation => ({
  now: 0,
  policies,
  liveKeys: 1000,
  recent: [],
  waiting: [],
  ...more,
})
const went = (of: Situation) => planSchedule(of).go.map(({ id }) => id)

test('C25 of an organization at most so many percent go within an hour, and at least one', () => {
  const waiting = ['a', 'b', 'c', 'd'].map((id) => reaching(id))
  expect(went(situation({ waiting, liveKeys: 30 }))).toEqual(['a', 'b', 'c'])
  expect(went(situation({ waiting, liveKeys: 30, recent: [reaching('x'), reaching('y')] }))).toEqual(['a'])
  expect(went(situation({ waiting, liveKeys: 3 }))).toEqual(['a'])
  expect(went(situation({ waiting, liveKeys: 3, recent: [reaching('x')] }))).toEqual([])
})

test('two keys that reach one server never go within the same hour', () => {
  const waiting = [reaching('a', 'one', 'two'), reaching('b', 'two'), reaching('c', 'three')]
  expect(went(situation({ waiting }))).toEqual(['a', 'c'])
  expect(went(situation({ waiting, recent: [reaching('x', 'one')] }))).toEqual(['c'])
})

test('a key that reaches everything is not passed again and again by those that reach little', () => {
  const everything = reaching('a', 'one', 'two', 'three')
  const waiting = [everything, reaching('b', 'two'), reaching('c', 'four')]
  expect(planSchedule(situation({ waiting, recent: [reaching('x', 'one')] })).hold).toEqual([
    { id: 'a', why: 'server' },
    { id: 'b', why: 'server' },
  ])
})

test('what failed and goes again is not held back by itself', () => {
  const again = reaching('a', 'one')
  expect(went(situation({ liveKeys: 3, recent: [again], waiting: [again] }))).toEqual(['a'])
})

const server = fc.constantFrom('s1', 's2', 's3', 's4', 's5', 's6')
const reach = fc.uniqueArray(server, { maxLength: 3 })
const situations = fc
  .record({
    liveKeys: fc.integer({ min: 0, max: 200 }),
    percent: fc.integer({ min: 1, max: 100 }),
    waiting: fc.array(reach, { maxLength: 12 }),
    recent: fc.array(reach, { maxLength: 4 }),
  })
  .map(({ liveKeys, percent, waiting, recent }) =>
    situation({
      liveKeys,
      policies: { maxRotationsPerHourPercent: percent, blackouts: [] },
      waiting: waiting.map((servers, n) => reaching(`w${n}`, ...servers)),
      recent: recent.map((servers, n) => reaching(`r${n}`, ...servers)),
    }),
  )

test('for any situation: the share holds, no server is met twice, everybody is decided on, and none waits for ever', () => {
  fc.assert(
    fc.property(situations, (now) => {
      const { go, hold } = planSchedule(now)
      const most = shareOf(now.liveKeys, now.policies.maxRotationsPerHourPercent)
      if (go.length > 0) expect(go.length + now.recent.length).toBeLessThanOrEqual(most)
      const newly = go.flatMap(({ servers }) => [...servers])
      expect(new Set(newly).size).toBe(newly.length)
      const before = new Set(now.recent.flatMap(({ servers }) => [...servers]))
      expect(newly.filter((one) => before.has(one))).toEqual([])
      expect([...go.map(({ id }) => id), ...hold.map(({ id }) => id)].toSorted()).toEqual(
        now.waiting.map(({ id }) => id).toSorted(),
      )
      // The one that waits longest goes as soon as the hour of those before it is over.
      const [first] = now.waiting
      if (first) expect(went({ ...now, recent: [] })).toContain(first.id)
    }),
    { numRuns: 2000 },
  )
})

test('hour after hour all that wait are rotated', () => {
  fc.assert(
    fc.property(situations, (begin) => {
      let [waiting, recent]: [readonly Waiting[], readonly Recent[]] = [begin.waiting, begin.recent]
      for (let hour = 0; waiting.length > 0; hour += 1) {
        expect(hour).toBeLessThanOrEqual(begin.waiting.length)
        const { go } = planSchedule({ ...begin, waiting, recent: hour === 0 ? recent : [] })
        const gone = new Set(go.map(({ id }) => id))
        recent = go
        waiting = waiting.filter(({ id }) => !gone.has(id))
      }
    }),
  )
})

test('in a blackout nothing goes', () => {
  const night = { maxRotationsPerHourPercent: 100, blackouts: [{ from: '00:00', to: '00:00', zone: 'UTC' }] }
  expect(planSchedule(situation({ policies: night, waiting: [reaching('a')] }))).toEqual({
    go: [],
    hold: [{ id: 'a', why: 'blackout' }],
  })
})

test('so many keys as are counted at most allow for all that wait', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 100 }), (rotations, percent) => {
      expect(shareOf(enoughKeys(rotations, percent), percent)).toBeGreaterThanOrEqual(rotations)
    }),
  )
})

const id = fc.string({ minLength: 16, maxLength: 16 }).map((text) => `key_${text}`)

test('A31 B40 when a key is due differs from key to key by at most a twentieth of the interval, and never for one key', () => {
  fc.assert(
    fc.property(id, fc.integer({ min: 0, max: 2e12 }), fc.integer({ min: 1, max: 365 }), (key, madeAt, everyDays) => {
      const due = rotationDueAt(key, madeAt, { everyDays }) ?? Number.NaN
      expect(Math.abs(due - madeAt - everyDays * dayMs)).toBeLessThanOrEqual(everyDays * dayMs * 0.05 + 1)
      expect(rotationDueAt(key, madeAt, { everyDays })).toBe(due)
    }),
  )
  expect([rotationDueAt('key_1', null, { everyDays: 1 }), rotationDueAt('key_1', 0, null)]).toEqual([null, null])
})

test('keys that were made together do not rotate together', () => {
  const dues = Array.from({ length: 1000 }, (_, n) => rotationDueAt(`key_${n}`, 0, { everyDays: 90 }) ?? 0)
  const inHours = Map.groupBy(dues, (due) => Math.floor(due / 3_600_000))
  // Nine days of 216 hours for a thousand keys.
  expect(Math.max(...[...inHours.values()].map(({ length }) => length))).toBeLessThan(20)
  expect(inHours.size).toBeGreaterThan(190)
})
