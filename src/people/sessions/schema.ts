import { z } from 'zod'
import { memberId, Role } from '../schema.ts'

/** Wire and domain types of sessions. Crosses to CLI and dashboard: zod only. */

export const SignInMethod = z.enum(['password', 'oidc', 'invitation', 'setup', 'recovery'])
export type SignInMethod = z.infer<typeof SignInMethod>

/** `needed`: the session opens nothing yet but the way to the second factor. */
export const FactorState = z.enum(['passed', 'needed', 'not-asked'])
export type FactorState = z.infer<typeof FactorState>

/** One browser that is signed in to one organization: nothing in it opens anything. */
export const SessionView = z.strictObject({
  id: z.string(),
  member: memberId,
  organization: z.string(),
  method: SignInMethod,
  identityProvider: z.string().nullable(),
  /** From where it was opened. */
  address: z.string().nullable(),
  userAgent: z.string(),
  /** When the second factor was shown; null: it was not. */
  secondFactorAt: z.string().nullable(),
  createdAt: z.string(),
  /** A minute behind at most. */
  lastUsedAt: z.string(),
  /** In any case; earlier if nothing is done for long. */
  expiresAt: z.string(),
  endedAt: z.string().nullable(),
  /** The one that asks. */
  current: z.boolean(),
})
export type SessionView = z.infer<typeof SessionView>

const Place = z.strictObject({ id: z.string(), slug: z.string(), name: z.string() })

/** What every way in answers with; the cookie stands in the header alone. */
export const SignedIn = z.strictObject({
  session: SessionView,
  /** What calls that change something send as `ostiary-csrf`. */
  csrfToken: z.string(),
  member: z.strictObject({ id: memberId, name: z.string(), email: z.string(), role: Role }),
  organization: Place,
  secondFactor: FactorState,
})
export type SignedIn = z.infer<typeof SignedIn>

/** `others`: the other organizations that this browser is signed in to, to be named in `ostiary-organization`. */
export const CurrentSession = SignedIn.extend({ others: z.array(Place) })
export type CurrentSession = z.infer<typeof CurrentSession>
