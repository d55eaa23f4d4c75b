import { z } from 'zod'
import { keyId } from '../schema.ts'
import { RotationSchedule } from './schedule/schema.ts'

/** Shapes of rotations. Crosses to CLI and dashboard: zod only. */

export const RotationMode = z.enum(['immediate', 'grace', 'on-first-use'])
export type RotationMode = z.infer<typeof RotationMode>

/**
 * `planned`: the next secret is not made yet, because its time or its owner has not come. `delivering`: it is on its way
 * to a webhook. `draining`: both secrets are taken. The others are over.
 */
export const RotationState = z.enum(['planned', 'delivering', 'draining', 'finished', 'undone', 'failed'])
export type RotationState = z.infer<typeof RotationState>

const dayS = 86_400
export const graceSeconds = RotationSchedule.shape.graceSeconds.unwrap()
const deadlineSeconds = z
  .int()
  .min(1)
  .max(90 * dayS)
/** Shorter silence than that is a pause. */
const silentSeconds = z
  .int()
  .min(3600)
  .max(90 * dayS)

export const rotationDefaults = { graceSeconds: dayS, deadlineSeconds: 7 * dayS } as const

export const RotateInput = z
  .strictObject({
    /** Default: immediate. */
    mode: RotationMode.optional(),
    /** Of `grace`: from now; of `on-first-use`: from the first call with the new secret. */
    graceSeconds: graceSeconds.optional(),
    /** When the old secret ends at the latest, used or not. */
    deadlineSeconds: deadlineSeconds.optional(),
    /** The old secret ends before its time when nobody has used it for so long, and somebody the new one. */
    silentSeconds: silentSeconds.optional(),
    waitMs: z.int().min(0).max(30_000).optional(),
  })
  .superRefine(({ mode = 'immediate', ...times }, found) => {
    for (const name of ['graceSeconds', 'deadlineSeconds', 'silentSeconds'] as const)
      if (mode === 'immediate' && times[name] !== undefined)
        found.addIssue({ code: 'custom', path: [name], message: 'is nothing for an immediate rotation: name a mode' })
  })
export type RotateInput = z.infer<typeof RotateInput>

/** Who has called with a key, by what it says of itself; both texts are empty where there were too many to keep apart. */
export const ClientView = z.strictObject({
  version: z.int(),
  client: z.string(),
  address: z.string(),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  requests: z.int(),
})
export type ClientView = z.infer<typeof ClientView>

/** The version that ends, and when; null: it goes on until somebody ends it. */
export const Previous = z.strictObject({ version: z.int(), validUntil: z.string().nullable() })

export const RotationView = z.strictObject({
  id: z.string(),
  key: keyId,
  mode: RotationMode,
  state: RotationState,
  /** Versions of the secret. `from` is null where the key had none; `to` of a planned rotation is the next one. */
  from: z.int().nullable(),
  to: z.int(),
  startedAt: z.string(),
  /** Id of whoever asked for it; `system`: the schedule. */
  startedBy: z.string(),
  graceSeconds: z.int(),
  /** When the old secret ends at the latest; null: it has ended, or its end is not set yet. */
  deadlineAt: z.string().nullable(),
  silentSeconds: z.int().nullable(),
  firstUsedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Where the schedule delivers the secret; null: it was shown, or waits for its owner. */
  webhook: z.string().nullable(),
  attempts: z.int(),
  /** When something happens next by itself, at the earliest. */
  nextAt: z.string().nullable(),
  lastError: z.string().nullable(),
})
export type RotationView = z.infer<typeof RotationView>

export const VersionView = z.strictObject({
  version: z.int(),
  createdAt: z.string(),
  lastUsedAt: z.string().nullable(),
  validUntil: z.string().nullable(),
  /** `movedAt`: since when the same client calls with the next secret instead; null: it does not. */
  clients: z.array(ClientView.extend({ movedAt: z.string().nullable() })),
})
export type VersionView = z.infer<typeof VersionView>
