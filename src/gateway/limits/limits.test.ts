import { describe, expect, test } from 'vitest'
import { createClock } from '../../../test/feed-rig.ts'
import { noLimits } from '../../../test/limits-rig.ts'
import { createSliceAsking } from '../../fleet/slices/asking.ts'
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
  const link = {
    silentMs: 0,
    amount: 10,
    answers: [] as ((grant: Grant | null) => void)[],
    late: [] as ((grant: Grant) => void)[],
    isSlow: false,
  }
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
    askSlice: (ask, late) => {
      asks.push(ask)
      link.late.push(late)
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

describe('a slice that comes too late for its call', () => {
  const limit = limitOf({ requestsPerMinute: 80, concurrent: 80 })
  const want: Want = { ...one, seat: 'call' }

  /** One call that nobody answered in time; `bring`: what it asked for comes all the same. */
  const missed = async () => {
    const made = rig()
    made.link.isSlow = true
    const asked = made.limits.take([limit], want)
    made.clock.advance(250)
    for (const answer of made.link.answers.splice(0)) answer(null)
    expect(await asked).toMatchObject({ ok: false, problem: { code: 'limits_unavailable' } })
    const bring = (more: Partial<Grant> = {}): void => {
      for (const [place, late] of made.link.late.splice(0).entries())
        late({ ...made.grantOf(made.asks[place] as SliceAsk, 10), ...more })
    }
    return { ...made, bring }
  }

  test('is there for the next one, requests and seats, and no more than came', async () => {
    const { limits, bring, returned } = await missed()
    bring()
    for (let n = 0; n < 10; n += 1) expect(limits.take([limit], want)).toMatchObject({ ok: true })
    expect(limits.take([limit], want)).toBeInstanceOf(Promise)
    expect(returned).toEqual([])
  })

  test('is there for the next one after seconds, too: a limit is not forgotten while it is asked for', async () => {
    const { limits, bring, clock } = await missed()
    clock.advance(5000)
    bring()
    expect(limits.take([limit], want)).toMatchObject({ ok: true })
  })

  test('is there for one that waits for another answer, when that does not come', async () => {
    const { limits, bring, link } = await missed()
    const waiting = limits.take([limit], want)
    bring()
    for (const answer of link.answers) answer(null)
    expect(await waiting).toMatchObject({ ok: true })
  })

  test('attack: admits nobody beyond its minute, counted from when it was asked for', async () => {
    const { limits, bring, clock } = await missed()
    clock.advance(29_600)
    bring()
    expect(limits.take([limit], one)).toMatchObject({ ok: true })
    clock.advance(150)
    expect(limits.take([limit], one)).toBeInstanceOf(Promise)
  })

  test('attack: nor when its minute was over before it came', async () => {
    const { limits, bring, clock } = await missed()
    clock.advance(29_750)
    bring()
    expect(limits.take([limit], one)).toBeInstanceOf(Promise)
  })

  test('attack: nor on a machine that slept meanwhile, whose seats may be somebody else’s', async () => {
    const { limits, bring, clock, returned } = await missed()
    clock.shiftWall(600_000)
    bring()
    expect(limits.take([limit], one)).toBeInstanceOf(Promise)
    expect(limits.take([limit], { ...want, requests: 0 })).toBeInstanceOf(Promise)
    expect(returned).toMatchObject([{ window: 'total', unused: 10 }])
  })

  test('goes back when the limit has changed, or the gateway ends', async () => {
    for (const end of ['changed', 'close'] as const) {
      const { limits, bring, returned } = await missed()
      if (end === 'changed') limits.changed(limit.id)
      else limits.close()
      bring()
      expect(returned).toMatchObject([
        { window: '100', unused: 10 },
        { window: 'total', unused: 10 },
      ])
    }
  })

  test('attack: says nothing about the share, of which control may have said less since', async () => {
    const { limits, bring, link, asks } = await missed()
    bring({ share: 80 })
    link.isSlow = false
    for (let n = 0; n < 11; n += 1) await limits.take([limit], one)
    expect(asks.filter(({ pool }) => pool.endsWith('requests')).map(({ share }) => share)).toEqual([0, 0])
  })

  test('a store that takes 300 ms lets calls through', async () => {
    const clock = createClock()
    const returned: Returned[] = []
    const asking = createSliceAsking({
      setTimer: clock.setTimer,
      heldSeats: () => [],
      send: (frame) => {
        if (frame.type !== 'slice-request') return
        const grants = frame.asks.map((ask) => rig().grantOf(ask, 10))
        clock.setTimer(300, () => asking.heard({ type: 'slices', n: frame.n, grants }))
      },
    })
    asking.attached()
    const giveBack = (items: readonly Returned[]): void => void returned.push(...items)
    const limits = createLimits({ ...clock, askSlice: asking.ask, giveBack, silentMs: () => 0 })
    const said: boolean[] = []
    for (let n = 0; n < 8; n += 1) {
      const taking = limits.take([limit], one)
      await turn()
      clock.advance(250)
      said.push((await taking).ok)
      clock.advance(250)
    }
    expect(said).toEqual([false, ...Array.from({ length: 7 }, () => true)])
    expect(returned).toEqual([])
  })
})

test('attack: a second slice of the next minute opens none of it early', async () => {
  const { limits, link, clock, asks, grantOf } = rig()
  const limit = limitOf({ requestsPerMinute: 80 })
  link.amount = 1
  await limits.take([limit], one)
  link.isSlow = true
  clock.advance(29_000)
  const ahead = asks.flatMap(({ ahead: isAhead }, place) => (isAhead ? [place] : []))
  expect(ahead).toHaveLength(1)
  expect(limits.take([limit], one)).toMatchObject({ ok: true })
  expect(limits.take([limit], one)).toBeInstanceOf(Promise)
  link.late[ahead[0] as number]?.(grantOf(asks[ahead[0] as number] as SliceAsk, 10))
  clock.advance(900)
  link.late[ahead[0] as number]?.({ ...grantOf(asks[ahead[0] as number] as SliceAsk, 10), startsInMs: 100 })
  expect(limits.take([limit], one)).toBeInstanceOf(Promise)
  clock.advance(150)
  for (let n = 0; n < 20; n += 1) expect(limits.take([limit], one)).toMatchObject({ ok: true })
})

test('it says which seats it has, in use or not', async () => {
  const { limits, link } = rig()
  const limit = limitOf({ requestsPerMinute: 80, concurrent: 80 })
  link.amount = 3
  const held = await limits.take([limit], { ...one, seat: 'call' })
  const all = { organization: 'org_1', pool: `${limit.id}:concurrent`, seats: 3 }
  expect(limits.heldSeats()).toEqual([all])
  limits.changed(limit.id)
  expect(limits.heldSeats()).toEqual([{ ...all, seats: 1 }])
  if (held.ok) held.value.settle(0)
  limits.changed(limit.id)
  expect(limits.heldSeats()).toEqual([])
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
