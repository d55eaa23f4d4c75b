import { z } from 'zod'
import { emailAddress } from '../schema.ts'
import { SignedIn } from '../sessions/schema.ts'

/** Wire types of new passwords for those who have lost theirs. */

export const ResetRequest = z.strictObject({
  email: emailAddress,
  /** Id or slug; left out: every organization that knows the address. */
  organization: z.string().min(1).max(64).optional(),
})
export type ResetRequest = z.infer<typeof ResetRequest>

/** Whose it is; without an address he is named by his id. */
export type RecoverableOwner = { readonly id: string; readonly name: string; readonly email: string }
/** What `ostiary members recover` has come to. */
export type Recovery =
  | {
      readonly is: 'made'
      readonly organization: string
      readonly owner: RecoverableOwner
      readonly url: string
      readonly expiresAt: string
    }
  /** Somebody has to say which. */
  | { readonly is: 'several'; readonly organization: string; readonly owners: readonly RecoverableOwner[] }
  /** One sentence. */
  | { readonly is: 'absent' | 'failed'; readonly why: string }

export const PasswordResetView = z.strictObject({
  member: z.string(),
  expiresAt: z.string(),
  /** Null: it was mailed to the person. */
  url: z.string().nullable(),
})
export type PasswordResetView = z.infer<typeof PasswordResetView>

/** Empty, unless the link was made on the host: then whoever opened it is signed in. */
export const Redeemed = SignedIn.partial()
export type Redeemed = z.infer<typeof Redeemed>
