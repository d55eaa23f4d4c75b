import { z } from 'zod'

/** Wire types of the second factor. Crosses to CLI and dashboard: zod only. */

/** Six digits, as authenticators show them: some with a gap in the middle. */
export const TotpCode = z
  .string()
  .trim()
  .max(7)
  .regex(/^\d{3} ?\d{3}$/, 'must be the six digits that the authenticator shows')
const RecoveryCode = z.string().trim().min(1).max(64)

export const FactorConfirmation = z.strictObject({ code: TotpCode })

/** One of both. */
export const FactorInput = z.strictObject({ code: TotpCode.optional(), recoveryCode: RecoveryCode.optional() })
export type FactorInput = z.infer<typeof FactorInput>

/** Who is signed in proves once more that it is himself, with one of these. */
export const StepUp = FactorInput.extend({ password: z.string().min(1).max(1024).optional() })
export type StepUp = z.infer<typeof StepUp>

export const NewFactor = z.strictObject({
  /** Base32, for typing. */
  secret: z.string(),
  /** `otpauth://`, for pasting. */
  uri: z.string(),
  /** The same as a picture: SVG. */
  qr: z.string(),
  /** Until then a code of it has to come back. */
  expiresAt: z.string(),
})
export type NewFactor = z.infer<typeof NewFactor>

export const RecoveryCodes = z.strictObject({ recoveryCodes: z.array(z.string()) })
export type RecoveryCodes = z.infer<typeof RecoveryCodes>

export const FactorView = z.strictObject({
  /** `draft`: made, and no code of it has come back yet. */
  state: z.enum(['on', 'draft', 'off']),
  /** The policy asks for one of this person's role. */
  required: z.boolean(),
  confirmedAt: z.string().nullable(),
  /** Recovery codes that nobody has used. */
  codesLeft: z.int(),
})
export type FactorView = z.infer<typeof FactorView>
