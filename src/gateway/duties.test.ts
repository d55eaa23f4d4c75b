import { expect, test } from 'vitest'
import { budgetRecord, limitRecord, playCaps } from '../../test/caps-rig.ts'
import type { Duty } from '../access/schema.ts'
import { refuse } from '../problems.ts'
import { carryOut, type Seat, type Taking, type Went } from './duties.ts'
import { type Incoming, noFacts } from './incoming.ts'

const key = { type: 'key', id: 'key_1', name: null } as const
const seats: Duty = { kind: 'seats', limits: [limitRecord(key)], budgets: [budgetRecord(key)] }
const call = () => ({ facts: noFacts() }) as Incoming
const taking = (more: Partial<Taking> = {}): Taking => ({
  call: call(),
  want: { requests: 1, tokens: 0, seat: 'call' },
  price: 0,
  ...more,
})
const whole: Went = { status: 200, code: null, isUnsent: false, isDue: true }
const settled = (seat: Seat, went: Went) => new Promise<void>((resolve) => seat.settle(went, resolve))
const seatOf = async (...[duties, how]: Parameters<ReturnType<typeof carryOut>>) => {
  const rig = playCaps()
  const seat = await carryOut(rig.caps)(duties, how)
  return { rig, seat }
}

test('a yes without duties waits for nothing, is written down, and only then releases its last byte', async () => {
  const rig = playCaps()
  const how = taking()
  const seat = carryOut(rig.caps)([], how)
  if (seat instanceof Promise || !seat.ok) throw new Error('it waited')
  expect(how.call.facts.isAdmitted).toBe(true)
  await settled(seat.value, whole)
  expect(rig.records).toMatchObject([{ kind: 'mcp', status: 200, cost: 0, charges: [], isAdmitted: true }])
  expect(rig.takes).toEqual([])
})

test.each(['hold', 'filter', 'redact', 'shape'] as const)(
  'a duty that cannot be carried out (%s) is a no',
  async (kind) => {
    const { rig, seat } = await seatOf([seats, { kind }], taking())
    expect(seat.ok ? null : seat.problem.code).toBe('internal')
    expect(rig.takes).toEqual([])
  },
)

test('duties come in one order, however a yes lists them', async () => {
  const { seat } = await seatOf([{ kind: 'shape' }, seats, { kind: 'hold' }, { kind: 'redact' }], taking())
  expect(seat.ok ? null : seat.problem.log).toEqual({ duty: 'hold' })
})

test('a duty of a newer control is a no', async () => {
  const fromNewer = JSON.parse('[{"kind":"duty-of-tomorrow"}]')
  expect((await seatOf(fromNewer, taking())).seat.ok).toBe(false)
})

test('D21 limits in hand are taken without a promise, held while the call runs, and free afterwards', async () => {
  const rig = playCaps()
  const seat = carryOut(rig.caps)([seats], taking())
  if (seat instanceof Promise || !seat.ok) throw new Error('it waited')
  expect(rig.open.calls).toBe(1)
  expect(seat.value.headers).toEqual(['ratelimit-policy', '"key";q=1000;w=60', 'ratelimit', '"key";r=999;t=41'])
  await settled(seat.value, whole)
  expect(rig.open.calls).toBe(0)
  expect(rig.left.requests).toBe(999)
})

test('D21 over a limit nothing is taken, nothing is reserved, and nobody is admitted', async () => {
  const rig = playCaps()
  rig.left.requests = 0
  const how = taking({ price: 5 })
  const seat = await carryOut(rig.caps)([seats], how)
  expect(seat.ok ? null : seat.problem).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 17 })
  expect([rig.open, rig.opened, how.call.facts.isAdmitted]).toEqual([{ calls: 0, streams: 0, nano: 0 }, [], false])
})

test('D23 a priced call is reserved in its budgets and written down before it goes out, and charged when it was answered', async () => {
  const { rig, seat } = await seatOf([seats], taking({ price: 7 }))
  if (!seat.ok) throw new Error(seat.problem.code)
  const budget = seats.kind === 'seats' ? seats.budgets[0]?.id : null
  expect(rig.opened).toMatchObject([{ status: 0, cost: 7, charges: [{ budget, nano: 7 }] }])
  await settled(seat.value, whole)
  expect(rig.charged).toEqual([7])
  expect(rig.records).toMatchObject([{ cost: 7, charges: [{ budget, nano: 7 }] }])
})

test('D23 one that was not answered costs nothing, and one that never went out takes no request either', async () => {
  const { rig, seat } = await seatOf([seats], taking({ price: 7 }))
  if (seat.ok) await settled(seat.value, { status: 502, code: 'upstream_unreachable', isUnsent: false, isDue: false })
  expect([rig.charged, rig.left]).toEqual([[0], { requests: 999, nano: 1e15 }])
  const other = await seatOf([seats], taking({ price: 7 }))
  if (other.seat.ok) await settled(other.seat.value, { ...whole, isUnsent: true })
  expect([other.rig.charged, other.rig.left]).toEqual([[], { requests: 1000, nano: 1e15 }])
})

test('D24 a budget that is spent gives back what the limits gave', async () => {
  const rig = playCaps()
  rig.left.nano = 6
  const seat = await carryOut(rig.caps)([seats], taking({ price: 7 }))
  expect(seat.ok ? null : seat.problem.code).toBe('budget_exceeded')
  expect([rig.open, rig.left]).toEqual([
    { calls: 0, streams: 0, nano: 0 },
    { requests: 1000, nano: 6 },
  ])
})

test('D23 what cannot be written down before it goes out goes back, money and limits', async () => {
  for (const open of [async () => refuse('spool_full'), () => Promise.reject(new Error('the disk is gone'))]) {
    const rig = playCaps()
    const carry = carryOut({ ...rig.caps, noting: { ...rig.caps.noting, open } })
    const seat = await Promise.resolve(carry([seats], taking({ price: 7 }))).catch(() => null)
    expect(seat?.ok ?? false).toBe(false)
    expect([rig.open, rig.left]).toEqual([
      { calls: 0, streams: 0, nano: 0 },
      { requests: 1000, nano: 1e15 },
    ])
  }
})

test('D23 a budget does not stand over what is free', async () => {
  const rig = playCaps()
  rig.left.nano = 0
  expect((await carryOut(rig.caps)([seats], taking())).ok).toBe(true)
})

test('D21 what does not count is admitted whatever the limits say', async () => {
  const rig = playCaps()
  rig.left.requests = 0
  expect((await carryOut(rig.caps)([seats], taking({ want: null }))).ok).toBe(true)
  expect(rig.takes).toEqual([])
})

test('a stream is written down once, when it begins, and holds its place until it ends', async () => {
  const { rig, seat } = await seatOf([seats], taking({ want: { requests: 0, tokens: 0, seat: 'stream' } }))
  if (!seat.ok) throw new Error(seat.problem.code)
  seat.value.begun(200, null)
  seat.value.begun(200, null)
  expect([rig.records.length, rig.open.streams]).toEqual([1, 1])
  await settled(seat.value, { status: 499, code: null, isUnsent: false, isDue: false })
  expect([rig.records.length, rig.open.streams]).toEqual([1, 0])
})
