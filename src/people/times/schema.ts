import { z } from 'zod'

/** What people say of times of day and of week. */

/** Asked with every reading of an organization, and the answer takes longer than the reading. */
const known = new Set<string>()
const mostKnown = 1000

export const isZone = (zone: string): boolean => {
  if (known.has(zone)) return true
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone })
    if (known.size < mostKnown) known.add(zone)
    return true
  } catch {
    return false
  }
}

/** A time of the week in which no schedule rotates anything; `to` before `from` reaches into the next day. */
export const Blackout = z.strictObject({
  days: z
    .array(z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']))
    .min(1)
    .max(7)
    .optional(),
  from: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  to: z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/),
  /** IANA name. */
  zone: z.string().min(1).max(64).refine(isZone, 'must be an IANA time zone').default('UTC'),
})
export type Blackout = z.infer<typeof Blackout>
