import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Blackout } from '../../people/times/schema.ts'
import { isBlackedOut } from './blackout.ts'

const of = (blackout: Partial<Blackout> & Pick<Blackout, 'from' | 'to'>) => [Blackout.parse(blackout)]
const at = (text: string) => Date.parse(text)

test('C25 nothing rotates between two times of the day, the first included and the last not', () => {
  const night = of({ from: '08:00', to: '18:00' })
  expect(isBlackedOut(at('2026-03-02T07:59:59.999Z'), night)).toBe(false)
  expect(isBlackedOut(at('2026-03-02T08:00:00Z'), night)).toBe(true)
  expect(isBlackedOut(at('2026-03-02T17:59:59.999Z'), night)).toBe(true)
  expect(isBlackedOut(at('2026-03-02T18:00:00Z'), night)).toBe(false)
  expect(isBlackedOut(at('2026-03-02T08:00:00Z'), [])).toBe(false)
})

test('an end before the beginning reaches into the next day, and belongs to the day on which it began', () => {
  // 2026-03-06 is a Friday.
  const weekend = of({ days: ['fri'], from: '22:00', to: '06:00' })
  expect(isBlackedOut(at('2026-03-06T05:00:00Z'), weekend)).toBe(false)
  expect(isBlackedOut(at('2026-03-06T22:00:00Z'), weekend)).toBe(true)
  expect(isBlackedOut(at('2026-03-07T05:59:00Z'), weekend)).toBe(true)
  expect(isBlackedOut(at('2026-03-07T06:00:00Z'), weekend)).toBe(false)
  expect(isBlackedOut(at('2026-03-07T22:00:00Z'), weekend)).toBe(false)
  const sunday = of({ days: ['sun'], from: '00:00', to: '00:00' })
  expect(isBlackedOut(at('2026-03-08T00:00:00Z'), sunday)).toBe(true)
  expect(isBlackedOut(at('2026-03-08T23:59:00Z'), sunday)).toBe(true)
  expect(isBlackedOut(at('2026-03-09T00:00:00Z'), sunday)).toBe(false)
})

test('the clock is the one of the zone, on the days when it is put forward and back, too', () => {
  // Berlin goes from 02:00 to 03:00 on 2026-03-29, and from 03:00 back to 02:00 on 2026-10-25.
  const early = of({ from: '02:00', to: '03:00', zone: 'Europe/Berlin' })
  expect(isBlackedOut(at('2026-03-29T00:59:00Z'), early)).toBe(false)
  expect(isBlackedOut(at('2026-03-29T01:00:00Z'), early)).toBe(false)
  expect(isBlackedOut(at('2026-10-25T00:30:00Z'), early)).toBe(true)
  expect(isBlackedOut(at('2026-10-25T01:30:00Z'), early)).toBe(true)
  expect(isBlackedOut(at('2026-10-25T02:00:00Z'), early)).toBe(false)
})

test('a zone that is not known any more holds everything back', () => {
  expect(isBlackedOut(0, [{ from: '01:00', to: '02:00', zone: 'Atlantis/Sunken' }])).toBe(true)
})

const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Pacific/Apia']
const names = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const time = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'))
const blackout = fc.record({
  days: fc.option(fc.uniqueArray(fc.constantFrom(...names), { minLength: 1 }), { nil: undefined }),
  from: time,
  to: time,
  zone: fc.constantFrom(...zones),
})

/** Another way to the same answer: the wall clock as text, and a window that is walked minute by minute. */
function byWalking({ days, from, to, zone }: Blackout, instant: number): boolean {
  const text = new Date(instant).toLocaleString('sv-SE', { timeZone: zone })
  const day = new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDay()
  const [now, begins, ends] = [text.slice(11, 16), from, to]
  const isOn = (which: number) => days === undefined || days.includes(names[(which + 7) % 7] ?? 'sun')
  const isLate = now >= begins
  const isEarly = now < ends
  return begins < ends ? isOn(day) && isLate && isEarly : (isOn(day) && isLate) || (isOn(day - 1) && isEarly)
}

test('for any window, zone and instant, half of them around changes of the clock, the wall clock decides', () => {
  const changes = [
    '2026-03-29T01:00Z',
    '2026-10-25T01:00Z',
    '2026-03-08T07:00Z',
    '2026-11-01T06:00Z',
    '2026-04-04T15:00Z',
  ]
  const near = fc
    .tuple(fc.constantFrom(...changes), fc.integer({ min: -7_200, max: 7_200 }))
    .map(([change, seconds]) => Date.parse(change) + seconds * 1000)
  const any = fc.integer({ min: Date.parse('2025-01-01'), max: Date.parse('2030-01-01') })
  fc.assert(
    fc.property(blackout, fc.oneof(near, any), (window, instant) => {
      expect(isBlackedOut(instant, [window])).toBe(byWalking(window, instant))
    }),
    { numRuns: 3000 },
  )
})
