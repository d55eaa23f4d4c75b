import type { Blackout } from '../../people/times/schema.ts'

/** Pure: whether nothing may rotate at that instant. */
export const isBlackedOut = (at: number, blackouts: readonly Blackout[]): boolean =>
  blackouts.some((blackout) => holds(blackout, at))

/**
 * By the clocks on the wall of its zone: an hour that a zone skips never comes, one that it repeats holds twice. `to` at
 * or before `from` reaches into the next day, so that equal times are a whole day, counted from its own.
 */
function holds({ days, from, to, zone }: Blackout, at: number): boolean {
  const wall = wallOf(zone, at)
  // A zone that this program does not know any more: better no rotation than one in the wrong hour.
  if (wall === null) return true
  const isOn = (day: number) => days === undefined || days.some((name) => weekdays.indexOf(name) === (day + 7) % 7)
  const [begins, ends] = [minutesOf(from), minutesOf(to)]
  if (begins < ends) return isOn(wall.day) && wall.minute >= begins && wall.minute < ends
  return (isOn(wall.day) && wall.minute >= begins) || (isOn(wall.day - 1) && wall.minute < ends)
}

const weekdays: readonly string[] = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

const minutesOf = (time: string): number => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5))

type Wall = { readonly day: number; readonly minute: number }

function wallOf(zone: string, at: number): Wall | null {
  const clock = clockOf(zone)
  if (clock === null) return null
  const parts = new Map(clock.formatToParts(at).map(({ type, value }) => [type, value]))
  const day = weekdays.indexOf(parts.get('weekday')?.toLowerCase() ?? '')
  return { day, minute: Number(parts.get('hour')) * 60 + Number(parts.get('minute')) }
}

function clockOf(zone: string): Intl.DateTimeFormat | null {
  try {
    const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const
    return new Intl.DateTimeFormat('en-US', { ...parts, timeZone: zone })
  } catch {
    return null
  }
}
