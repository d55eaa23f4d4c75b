const dayMs = 86_400_000

/** Days before a key ends, or before its secret should be replaced, at which somebody is told. */
export const warningDays: readonly number[] = [14, 7, 1]
/** And on the day itself, where nobody else tells. */
export const dueDays: readonly number[] = [...warningDays, 0]

export type Deadline = {
  readonly dueAt: number
  /** Since when that is so: what was nearer from the beginning is no news. */
  readonly since: number
}

/** Pure: the nearest of these days that has come; null: none has, or it had come when all began. */
export function reached({ dueAt, since }: Deadline, now: number, days: readonly number[]): number | null {
  const come = days.filter((day) => now >= dueAt - day * dayMs)
  const nearest = Math.min(...come)
  return come.length > 0 && since < dueAt - nearest * dayMs ? nearest : null
}

export type Window = { readonly day: number; readonly after: number; readonly upTo: number }

/** Which due times mean which day now: each day reaches up to the next nearer one, and day 0 back to the beginning. */
export const windowsOf = (now: number, days: readonly number[]): Window[] =>
  days.map((day) => {
    const nearer = Math.max(0, ...days.filter((other) => other < day))
    return { day, after: day === 0 ? 0 : now + nearer * dayMs, upTo: now + day * dayMs }
  })
