import fc from 'fast-check'
import { expect, test } from 'vitest'
import { age, isFresh, type Moment, stalenessOf } from './freshness.ts'

const contact: Moment = { monotonic: 5000, wall: 1_700_000_000_000 }
const after = (monotonic: number, wall: number): Moment => ({
  monotonic: contact.monotonic + monotonic,
  wall: contact.wall + wall,
})

test('G2 a gateway is fresh up to its bound and not one millisecond longer', () => {
  expect(isFresh(contact, after(59_999, 59_999), 60)).toBe(true)
  expect(isFresh(contact, after(60_000, 60_000), 60)).toBe(false)
})

test('without any contact nothing is fresh', () => {
  expect(isFresh(null, after(0, 0), 86_400)).toBe(false)
})

test('a machine that slept is stale by its wall clock, though its monotonic clock stood still', () => {
  expect(isFresh(contact, after(10, 600_000), 60)).toBe(false)
})

test('a wall clock set forward only refuses early', () => {
  expect(isFresh(contact, after(1000, 3_600_000), 60)).toBe(false)
})

test('a wall clock set back before the contact is stale, because it can hide any sleep', () => {
  expect(isFresh(contact, after(1000, -1), 60)).toBe(false)
})

test('a clock that says nothing makes nothing fresh', () => {
  expect(isFresh(contact, { monotonic: Number.NaN, wall: contact.wall }, 60)).toBe(false)
  expect(isFresh(contact, { monotonic: contact.monotonic, wall: Number.NaN }, 60)).toBe(false)
})

test('the smaller of organization and key is the bound', () => {
  expect(stalenessOf(60, 5)).toBe(5)
  expect(stalenessOf(60, 86_400)).toBe(60)
  expect(stalenessOf(60, null)).toBe(60)
})

const span = fc.integer({ min: 0, max: 200_000_000 })
const bound = fc.integer({ min: 5, max: 86_400 })

test('as long as one clock is right, no gateway is fresh for longer than its bound', () => {
  fc.assert(
    fc.property(span, fc.integer({ min: -200_000_000, max: 200_000_000 }), bound, (elapsed, error, seconds) => {
      // The wall clock is right, the monotonic one stands still for any part; then the other way round.
      const still = Math.max(0, elapsed - Math.abs(error))
      if (elapsed >= seconds * 1000) {
        expect(isFresh(contact, after(still, elapsed), seconds)).toBe(false)
        expect(isFresh(contact, after(elapsed, elapsed + error), seconds)).toBe(false)
      }
    }),
  )
})

test('more time never makes a gateway fresher', () => {
  fc.assert(
    fc.property(span, span, span, bound, (monotonic, wall, more, seconds) => {
      const [sooner, later] = [after(monotonic, wall), after(monotonic + more, wall + more)]
      if (isFresh(contact, later, seconds)) expect(isFresh(contact, sooner, seconds)).toBe(true)
      expect(age(contact, later)).toBeGreaterThanOrEqual(age(contact, sooner))
    }),
  )
})
