import type { Period } from './schema.ts'

/** When the periods of budgets begin and end, by the calendar of a time zone. Pure. */
export type Span = {
  /** `total`, `2026-11-21`, `2026-W47` (ISO 8601), `2026-11`. */
  readonly name: string
  /** First instant, and the first instant after it, ms since epoch; null: from ever, for ever. */
  readonly startsAt: number | null
  readonly endsAt: number | null
}

/**
 * The period in which an instant lies. It begins with the first instant that has its first day on the clocks of the
 * zone, whatever the clocks do in that night: every instant lies in one period, and no period comes again.
 */
export function spanAt(period: Period, zone: string, at: number): Span {
  if (period === 'total') return { name: 'total', startsAt: null, endsAt: null }
  const seen = firstDay(period, dayAt(zone, at))
  // Clocks that are put back over midnight show a day again that was over.
  for (const first of [step(period, seen, 1), seen, step(period, seen, -1)]) {
    const startsAt = startOfDay(zone, first)
    if (startsAt > at) continue
    return { name: nameOf(period, first), startsAt, endsAt: startOfDay(zone, step(period, first, 1)) }
  }
  throw new Error(`${at} lies in no ${period} of ${zone}`)
}

/** Whether text may be the name of a period of that kind, one that was begun anew included: `2026-11.2`. */
export const isPeriodName = (period: Period, name: string): boolean => forms[period].test(name)

const forms: Readonly<Record<Period, RegExp>> = {
  total: /^total(\.\d{1,9})?$/,
  day: /^\d{4}-\d\d-\d\d(\.\d{1,9})?$/,
  week: /^\d{4}-W\d\d(\.\d{1,9})?$/,
  month: /^\d{4}-\d\d(\.\d{1,9})?$/,
}

/** A budget that was begun anew within a period: the second time is `<name>.2`. */
export const nameAfterResets = (name: string, resets: number): string => (resets === 0 ? name : `${name}.${resets + 1}`)

const dayMs = 86_400_000

/** A day of the calendar, as the instant at which it begins in UTC. */
type Day = number

const dayAt = (zone: string, at: number): Day => {
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  )
  return Date.UTC(parts.year ?? 0, (parts.month ?? 1) - 1, parts.day ?? 1)
}

const formats = new Map<string, Intl.DateTimeFormat>()
/** Making one costs a hundred times what using it does, and there are some hundred zones at most. */
const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formats.get(timeZone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
    timeZone,
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
  })
  formats.set(timeZone, made)
  return made
}

const firstDay = (period: Exclude<Period, 'total'>, day: Day): Day => {
  if (period === 'day') return day
  const date = new Date(day)
  if (period === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1)
  return day - ((date.getUTCDay() + 6) % 7) * dayMs
}

const step = (period: Exclude<Period, 'total'>, first: Day, by: number): Day => {
  const date = new Date(first)
  if (period === 'month') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + by, 1)
  return first + by * (period === 'week' ? 7 : 1) * dayMs
}

/** Clocks stand up to 14 hours before UTC and 12 behind it; the first instant that shows the day, or a later one. */
const startOfDay = (zone: string, day: Day): number => {
  let before = day - 16 * hourMs
  let after = day + 16 * hourMs
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (dayAt(zone, middle) >= day) after = middle
    else before = middle
  }
  return after
}
const hourMs = 3_600_000

const nameOf = (period: Exclude<Period, 'total'>, first: Day): string => {
  const text = new Date(first).toISOString()
  if (period === 'day') return text.slice(0, 10)
  if (period === 'month') return text.slice(0, 7)
  // A week belongs to the year in which its Thursday lies.
  const thursday = new Date(first + 3 * dayMs)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * dayMs)) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}
