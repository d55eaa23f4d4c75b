import { expect, test } from 'vitest'
import { createClock } from '../../../test/feed-rig.ts'
import { noLimits } from '../../../test/limits-rig.ts'
import type { Grant, Returned, SliceAsk } from '../../fleet/slices/schema.ts'
import type { LimitRecord } from '../../limits/schema.ts'
import { createLimits, type Want } from './limits.ts'

const limitOf = (more: Partial<LimitRecord>): LimitRecord => ({
  kind: 'limit',
  organization: 'org_1',
  id: 'lim_0000000000000001',
  revision: 1,
  target: { type: 'key', id: 'key_1', name: null },
  ...noLimits,
  ...more,
})
const one: Want = { requests: 1, tokens: 0, seat: 'none' }

/** A control that a test plays itself. */
function rig() {
  const clock = createClock()
  const asks: SliceAsk[] = []
  const returned: Returned[] = []
  const link = { silentMs: 0, amount: 10, answers: [] as ((grant: Grant | null) => void)[], isSlow: false }
  const grantOf = (ask: SliceAsk, amount: number): Grant => ({
    pool: ask.pool,
    window: ask.pool.includes('concurrent') ? 'total' : String(ask.ahead ? 101 : 100),
    amount,
    left: 1000,
    startsInMs: ask.ahead ? 1000 : 0,
    endsInMs: ask.pool.includes('concurrent') ? null : ask.ahead ? 61_000 : 30_000,
    share: 5,
    isGone: false,
  })
  const limits = createLimits({
    askSlice: (ask) => {
      asks.push(ask)
      if (!link.isSlow) return Promise.resolve(grantOf(ask, link.amount))
      return new Promise((resolve) => link.answers.push(resolve))
    },
    giveBack: (items) => void returned.push(...items),
    silentMs: () => link.silentMs,
    monotonic: clock.monotonic,
    now: clock.now,
    setTimer: clock.setTimer,
  })
  return { clock, asks, returned, link, limits, grantOf }
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('without limits nothing is asked and nothing held', () => {
  const { limits, asks } = rig()
  expect(limits.take([], one)).toMatchObject({ ok: true })
  expect(limits.take([limitOf({ tokensPerMinute: 5 })], one)).toMatchObject({ ok: true })
  expect(asks).toEqual([])
})

test('many that wait for one limit ask one question', async () => {
  const { limits, asks } = rig()
  const limit = limitOf({ requestsPerMinute: 80 })
  const answers = await Promise.all(Array.from({ length: 10 }, () => limits.take([limit], one)))
  expect(answers.every(({ ok }) => ok)).toBe(true)
  expect(asks.filter(({ need }) => need > 0)).toHaveLength(1)
})

test('half empty, more is fetched in the background', async () => {
  const { limits, asks } = rig()
  const limit = limitOf({ requestsPerMinute: 80 })
  await limits.take([limit], one)
  for (let n = 0; n < 3; n += 1) limits.take([limit], one)
  expect(asks).toHaveLength(1)
  limits.take([limit], one)
  expect(asks).toHaveLength(2)
  await turn()
  for (let n = 0; n < 15; n += 1) expect(limits.take([limit], one)).toMatchObject({ ok: true })
})

test('nobody waits for a control that does not answer, and nothing was taken', async () => {
  const { limits, link } = rig()
  link.isSlow = true
  const asked = limits.take([limitOf({ requestsPerMinute: 80, concurrent: 3 })], { ...one, seat: 'call' })
  for (const answer of link.answers) answer(null)
  expect(await asked).toMatchObject({ ok: false, problem: { code: 'limits_unavailable', retryAfterSeconds: 1 } })
})

test('a slice ends on the safe side: counted from when it was asked for', async () => {
  const { limits, link, clock, grantOf, asks } = rig()
  link.isSlow = true
  const limit = limitOf({ requestsPerMinute: 80 })
  const asked = limits.take([limit], one)
  clock.advance(200)
  link.answers[0]?.(grantOf(asks[0] as SliceAsk, 10))
  expect((await asked).ok).toBe(true)
  clock.advance(29_700)
  expect(limits.take([limit], one)).toMatchObject({ ok: true })
  clock.advance(100)
  expect(limits.take([limit], one)).toBeInstanceOf(Promise)
})

test('a machine that slept has nothing in hand', async () => {
  const { limits, clock } = rig()
  const limit = limitOf({ requestsPerMinute: 80 })
  await limits.take([limit], one)
  clock.shiftWall(5000)
  expect(limits.take([limit], one)).toBeInstanceOf(Promise)
})

test('a wall clock that is set back opens nothing early and keeps nothing open', async () => {
  const { limits, clock } = rig()
  const limit = limitOf({ requestsPerMinute: 80 })
  await limits.take([limit], one)
  clock.shiftWall(-5000)
  expect(limits.take([limit], one)).toBeInstanceOf(Promise)
})

test('what is held of a limit goes back when it changes, and answers to older questions do, too', async () => {
  const { limits, returned, link, asks, grantOf } = rig()
  const limit = limitOf({ requestsPerMinute: 80, concurrent: 80 })
  const want: Want = { ...one, seat: 'call' }
  const first = await limits.take([limit], want)
  limits.changed(limit.id)
  expect(returned.map(({ pool, window, unused }) => [pool.split(':')[1], window, unused])).toEqual([
    ['requests', '100', 9],
    ['concurrent', 'total', 9],
  ])
  returned.length = 0
  link.isSlow = true
  const second = limits.take([limit], one)
  limits.changed(null)
  link.answers[0]?.(grantOf(asks.at(-1) as SliceAsk, 10))
  await turn()
  expect(returned).toMatchObject([{ window: '100', unused: 10 }])
  link.answers[1]?.(null)
  expect((await second).ok).toBe(false)
  if (first.ok) first.value.settle(0)
  limits.close()
  expect(returned.at(-1)).toMatchObject({ window: 'total', unused: 1 })
})

test('a slice that comes too late goes back', () => {
  const { limits, returned, grantOf } = rig()
  const ask: SliceAsk = { organization: 'org_1', pool: 'lim_1:requests', ahead: false, wanted: 9, need: 1 }
  limits.late(ask, grantOf(ask, 9))
  limits.late(ask, grantOf(ask, 0))
  expect(returned).toEqual([{ organization: 'org_1', pool: 'lim_1:requests', window: '100', unused: 9 }])
})

test('an undone call gives back all that it took, a settled one its seat, and each once', async () => {
  const { limits, link } = rig()
  link.amount = 1
  const limit = limitOf({ requestsPerMinute: 8, concurrent: 8 })
  const want: Want = { ...one, seat: 'call' }
  const held = await limits.take([limit], want)
  if (!held.ok) throw new Error('refused')
  held.value.undo()
  held.value.undo()
  held.value.settle(0)
  const again = limits.take([limit], want)
  expect(again).toMatchObject({ ok: true })
  expect(limits.take([limit], want)).toBeInstanceOf(Promise)
})

test('for headers it says what is left for everybody, as far as it knows', async () => {
  const { limits, link } = rig()
  link.amount = 200
  const limit = limitOf({ requestsPerMinute: 2000, tokensPerMinute: 70 })
  expect(limits.standings([limit])).toMatchObject([
    { measure: 'requests', most: 2000, left: 2000 },
    { measure: 'tokens', most: 70, left: 70 },
  ])
  await limits.take([limit], one)
  expect(limits.standings([limit])[0]).toMatchObject({ left: 1199, resetMs: 30_000 })
})

test('out of contact a share is counted on only when control has surely kept it', async () => {
  const { limits, link, clock } = rig()
  const limit = limitOf({ requestsPerMinute: 80 })
  await limits.take([limit], one)
  const lost = clock.monotonic()
  const silence = (ms: number): void => {
    clock.advance(ms)
    link.silentMs = clock.monotonic() - lost
  }
  silence(6000)
  // What is in hand goes on.
  for (let n = 0; n < 9; n += 1) expect(limits.take([limit], one)).toMatchObject({ ok: true })
  expect(limits.take([limit], one)).toMatchObject({ ok: false, problem: { code: 'limits_unavailable' } })
  silence(24_500)
  for (let n = 0; n < 5; n += 1) expect(limits.take([limit], one)).toMatchObject({ ok: true })
  expect(limits.take([limit], one)).toMatchObject({ ok: false, problem: { code: 'rate_limited' } })
  silence(60_000)
  expect(limits.take([limit], one)).toMatchObject({ ok: true })
})

test('attack: tokens of a minute that is over are not had again in the next one', async () => {
  const { limits, link, clock } = rig()
  const limit = limitOf({ tokensPerMinute: 1000 })
  link.amount = 900
  const held = await limits.take([limit], { ...one, tokens: 900 })
  if (!held.ok) throw new Error('refused')
  clock.advance(30_000)
  link.amount = 100
  expect(await held.value.extend(100)).toBe(true)
  held.value.settle(50)
  // Of what was taken in this minute, nothing was used: no more than that is in hand again.
  link.isSlow = true
  expect(limits.take([limit], { ...one, tokens: 100 })).toMatchObject({ ok: true })
  expect(limits.take([limit], { ...one, tokens: 1 })).toBeInstanceOf(Promise)
})

test('attack: seats that nobody takes are not given back while nobody hears it', async () => {
  const { limits, link, clock, returned } = rig()
  const limit = limitOf({ concurrent: 80 })
  const held = await limits.take([limit], { ...one, requests: 0, seat: 'call' })
  if (held.ok) held.value.settle(0)
  const lost = clock.monotonic()
  for (let second = 0; second < 60; second += 1) {
    link.silentMs = clock.monotonic() - lost
    clock.advance(1000)
  }
  expect(returned).toEqual([])
  link.silentMs = 0
  clock.advance(1000)
  expect(returned).toMatchObject([{ window: 'total', unused: 10 }])
})
