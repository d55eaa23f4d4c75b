import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ok, type Problem, refuse } from '../problems.ts'
import { createStreams, type OpenCall } from './streams.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const errors: unknown[] = []
const streamsHere = () =>
  createStreams({ now: () => Date.now(), everyMs: 250, log: { error: (fields) => void errors.push(fields) } })
const revoked = refuse('key_revoked')

/** A call that is allowed as long as `admitted` says so. */
const callOf = (admitted: () => boolean, more: Partial<OpenCall> = {}) => {
  const cuts: Problem[] = []
  const call: OpenCall = {
    place: -1,
    keyId: 'key_a',
    organization: 'org_a',
    serverId: 'srv_a',
    isStream: true,
    decideAgain: () => (admitted() ? ok(null) : revoked),
    endsAt: null,
    cut: (problem) => void cuts.push(problem),
    ...more,
  }
  return { call, cuts }
}

test('B14 a stream ends at the instant of expiry, not one millisecond later and not one sooner', () => {
  const streams = streamsHere()
  const endsAt = 1_000_000 + 61_003
  const { call, cuts } = callOf(() => Date.now() < endsAt, { endsAt })
  streams.open(call)
  vi.advanceTimersByTime(61_002)
  expect(cuts).toEqual([])
  vi.advanceTimersByTime(1)
  expect(cuts).toEqual([revoked.problem])
})

test('an instant beyond what a timer can hold ends nothing early', () => {
  const streams = streamsHere()
  const { call, cuts } = callOf(() => true, { endsAt: Date.now() + 2 ** 40 })
  streams.open(call)
  vi.advanceTimersByTime(1000)
  expect(cuts).toEqual([])
})

test('G2 what nobody tells, such as the end of freshness, is seen within a quarter of a second', () => {
  const streams = streamsHere()
  let fresh = true
  const { call, cuts } = callOf(() => fresh)
  streams.open(call)
  vi.advanceTimersByTime(10_000)
  fresh = false
  vi.advanceTimersByTime(250)
  expect(cuts.length).toBe(1)
})

test('a change asks again only those whom it concerns', () => {
  const streams = streamsHere()
  const mine = callOf(() => false)
  const other = callOf(() => false, { keyId: 'key_b', serverId: 'srv_b', organization: 'org_b' })
  for (const change of [
    { kind: 'key', organization: 'org_a', id: 'key_a' },
    { kind: 'server', organization: 'org_a', id: 'srv_a' },
    { kind: 'organization', organization: 'org_a', id: 'org_a' },
    { kind: 'rights', organization: 'org_a' },
    { kind: 'all' },
  ] as const) {
    mine.cuts.length = 0
    streams.open(mine.call)
    streams.changed(change)
    expect(mine.cuts.length).toBe(1)
    expect(streams.size()).toBe(0)
  }
  streams.open(other.call)
  streams.changed({ kind: 'key', organization: 'org_a', id: 'key_a' })
  streams.changed({ kind: 'server', organization: 'org_a', id: 'srv_a' })
  streams.changed({ kind: 'rights', organization: 'org_a' })
  expect(other.cuts).toEqual([])
})

test('what has ended by itself is not asked, and nothing wakes up for nobody', () => {
  const streams = streamsHere()
  const { call, cuts } = callOf(() => false)
  streams.open(call)
  streams.close(call)
  vi.advanceTimersByTime(1000)
  expect(cuts).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})

test('G2 a call that cannot be judged is cut, and those after it are judged', () => {
  const streams = streamsHere()
  const accident = new Error('no pepper')
  const bad = callOf(() => {
    throw accident
  })
  const [over, good] = [callOf(() => false), callOf(() => true)]
  for (const { call } of [bad, over, good]) streams.open(call)
  streams.changed({ kind: 'all' })
  expect([...bad.cuts, ...over.cuts, ...good.cuts].map(({ code }) => code)).toEqual(['internal', 'key_revoked'])
  expect(streams.size()).toBe(1)
  expect(errors).toEqual([{ keyId: 'key_a', serverId: 'srv_a', error: accident }])
})

test('draining ends streams first and calls at the deadline', () => {
  const streams = streamsHere()
  const stream = callOf(() => true)
  const call = callOf(() => true, { isStream: false })
  streams.open(stream.call)
  streams.open(call.call)
  streams.endStreams(revoked.problem)
  expect([stream.cuts.length, call.cuts.length]).toEqual([1, 0])
  streams.cutAll(revoked.problem)
  expect(call.cuts.length).toBe(1)
})
