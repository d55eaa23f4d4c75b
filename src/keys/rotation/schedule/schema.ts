import { z } from 'zod'

/** A schedule: a new secret every so many days, handed to a webhook; without a webhook the owner is reminded and nothing rotates. */
export const RotationSchedule = z.strictObject({
  everyDays: z.int().min(1).max(365),
  /** Id of a webhook; null: remind only. */
  deliverTo: z.string().min(1).max(64).nullable().default(null),
  /** How long the old secret lives after the new one was first used. */
  graceSeconds: z
    .int()
    .min(0)
    .max(30 * 86_400)
    .default(86_400),
})
export type RotationSchedule = z.infer<typeof RotationSchedule>
