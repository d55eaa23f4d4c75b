import { expect, test } from 'vitest'
import { defaultTimeouts } from '../servers/schema.ts'
import { patienceOf } from './patience.ts'

const forever = Number.POSITIVE_INFINITY
const times = { connectSeconds: 5, answerSeconds: 60, idleSeconds: 30, totalSeconds: 100 }

test('a call has a time until it is answered, between two pieces and in all', () => {
  expect(patienceOf(times, false, 1000, forever)).toEqual({ answerAt: 61_000, idleMs: 30_000, endsAt: 101_000 })
})

test('without a total time a call may last, and may not be silent', () => {
  const { endsAt, idleMs } = patienceOf(defaultTimeouts, false, 0, forever)
  expect([endsAt, idleMs]).toEqual([forever, 900_000])
})

test('the answer has begun before all of it must be there', () => {
  expect(patienceOf({ ...times, totalSeconds: 10 }, false, 0, forever).answerAt).toBe(10_000)
})

test('a stream of the protocol must begin, and then nobody waits', () => {
  expect(patienceOf(times, true, 0, forever)).toEqual({ answerAt: 60_000, idleMs: forever, endsAt: forever })
})

test('the gateway may be less patient than the record', () => {
  expect(patienceOf(times, false, 0, 300).answerAt).toBe(300)
})
