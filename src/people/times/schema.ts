import { z } from 'zod'

/** What people say of times of day and of week. */

export const isZone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }) !== null
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
