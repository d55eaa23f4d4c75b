import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isPeriodName, nameAfterResets, spanAt } from './periods.ts'
import type { Period } from './schema.ts'

const at = (text: string): number => Date.parse(text)
const iso = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString())
const spanOf = (period: Period, zone: string, text: string) => {
  const { name, startsAt, endsAt } = spanAt(period, zone, at(text))
  return [name, iso(startsAt), iso(endsAt)]
}

test('D23 a period is a day, a week or a month of the calendar in UTC, or all time', () => {
  expect(spanOf('total', 'UTC', '2026-11-21T10:00:00Z')).toEqual(['total', null, null])
  expect(spanOf('day', 'UTC', '2026-11-21T00:00:00Z')).toEqual([
    '2026-11-21',
    '2026-11-21T00:00:00.000Z',
    '2026-11-22T00:00:00.000Z',
  ])
  expect(spanOf('week', 'UTC', '2026-11-21T10:00:00Z')).toEqual([
    '2026-W47',
    '2026-11-16T00:00:00.000Z',
    '2026-11-23T00:00:00.000Z',
  ])
  expect(spanOf('month', 'UTC', '2026-12-31T23:59:59.999Z')).toEqual([
    '2026-12',
    '2026-12-01T00:00:00.000Z',
    '2027-01-01T00:00:00.000Z',
  ])
  // ISO 8601: the first days of January may belong to a week of the year before, the last of December to the next.
  expect(spanOf('week', 'UTC', '2027-01-03T10:00:00Z')[0]).toBe('2026-W53')
  expect(spanOf('week', 'UTC', '2024-12-30T10:00:00Z')[0]).toBe('2025-W01')
})

test('D23 a day has 23 or 25 hours where clocks are changed, and begins where midnight is left out', () => {
  const hours = (zone: string, text: string) => {
    const { startsAt, endsAt } = spanAt('day', zone, at(text))
    return ((endsAt ?? 0) - (startsAt ?? 0)) / 3_600_000
  }
  expect(hours('Europe/Berlin', '2026-03-29T10:00:00Z')).toBe(23)
  expect(hours('Europe/Berlin', '2026-10-25T10:00:00Z')).toBe(25)
  expect(hours('Australia/Lord_Howe', '2026-04-05T02:00:00Z')).toBe(24.5)
  // At midnight Santiago goes from 24:00 to 01:00.
  expect(spanOf('day', 'America/Santiago', '2026-09-06T12:00:00Z').slice(0, 2)).toEqual([
    '2026-09-06',
    '2026-09-06T04:00:00.000Z',
  ])
  // Clocks that were put back from 00:01 to 23:01 showed two days twice: the day that had begun goes on.
  expect(hours('America/St_Johns', '2010-11-07T12:00:00Z')).toBeGreaterThan(23)
  // Samoa had no 30 December 2011.
  expect(spanOf('day', 'Pacific/Apia', '2011-12-30T12:00:00Z')[0]).toBe('2011-12-31')
  expect(spanOf('month', 'Asia/Tokyo', '2026-11-30T15:00:00Z')[0]).toBe('2026-12')
})

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/St_Johns',
  'America/Santiago',
  'America/Havana',
  'Africa/Cairo',
  'Asia/Beirut',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Pacific/Kiritimati',
  'Etc/GMT+12',
]
const instant = fc.integer({ min: at('2005-01-01T00:00:00Z'), max: at('2035-01-01T00:00:00Z') })
const kind = fc.constantFrom<Period>('day', 'week', 'month')

test('D23 every instant lies in one period, and the next begins where it ends', () => {
  fc.assert(
    fc.property(kind, fc.constantFrom(...zones), instant, (period, zone, now) => {
      const span = spanAt(period, zone, now)
      const [starts, ends] = [span.startsAt ?? 0, span.endsAt ?? 0]
      expect(starts).toBeLessThanOrEqual(now)
      expect(now).toBeLessThan(ends)
      expect(isPeriodName(period, span.name)).toBe(true)
      for (const inside of [starts, ends - 1, Math.floor((starts + ends) / 2)])
        expect(spanAt(period, zone, inside)).toEqual(span)
      const next = spanAt(period, zone, ends)
      expect(next.startsAt).toBe(ends)
      expect(next.name > span.name).toBe(true)
    }),
    { numRuns: 300 },
  )
})

test('D23 a budget that is begun anew has a period of its own within the one of the calendar', () => {
  expect([0, 1, 2].map((resets) => nameAfterResets('2026-11', resets))).toEqual(['2026-11', '2026-11.2', '2026-11.3'])
  expect(isPeriodName('month', '2026-11.2')).toBe(true)
  for (const [period, name] of [
    ['month', '2026-11-21'],
    ['day', '2026-11'],
    ['total', 'total.'],
    ['week', '2026-W471'],
    ['month', '2026-11%'],
  ] as const)
    expect(isPeriodName(period, name)).toBe(false)
})
