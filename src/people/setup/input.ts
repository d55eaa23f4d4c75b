import { z } from 'zod'
import { displayName } from '../../keys/schema.ts'
import { password } from '../passwords/rules.ts'
import { emailAddress } from '../schema.ts'

/** The code alone: a management token and nothing else. With a password the person can sign in from then on. */
export const SetupInput = z.strictObject({
  code: z.string().min(1).max(128),
  /** Not needed where the person has one already. */
  email: emailAddress.optional(),
  name: displayName.optional(),
  password: password.optional(),
})
export type SetupInput = z.infer<typeof SetupInput>
