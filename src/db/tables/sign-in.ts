import type { Generated } from 'kysely'
import type { Fixed, Json, Ms } from './column.ts'

/** How people come in, and what they ask for. */

export type SignInSecrets = {
  organization_id: Fixed<string>
  member_id: Fixed<string>
  /** Argon2id with the organization's pepper; null: no password. */
  password_phc: string | null
  password_pepper_id: string | null
  password_set_at: Ms | null
  /** The member who may know it, because he chose it or was shown the link to choose it; null: its owner alone. */
  password_known_to: string | null
  /** The shared secret of the authenticator, in the vault; it counts from `totp_confirmed_at` on. */
  totp_blob: string | null
  totp_confirmed_at: Ms | null
  /** The last 30 seconds of which a code was taken: none of it or of before is taken again (RFC 6238 §5.2). */
  totp_last_step: number | null
  /** The next one: shown, and none of its codes has come back yet; until then the one before counts. */
  totp_draft_blob: string | null
  totp_draft_at: Ms | null
  /** Wrong codes since the last right one, and from when on the next is looked at. */
  factor_guesses: Generated<number>
  factor_open_at: Ms | null
  first_sign_in_at: Ms | null
  last_sign_in_at: Ms | null
  revision: number
}
export type RecoveryCodes = {
  organization_id: Fixed<string>
  member_id: Fixed<string>
  code_hash: Fixed<string>
  created_at: Fixed<Ms>
  used_at: Ms | null
}
export type Sessions = {
  organization_id: Fixed<string>
  id: Fixed<string>
  member_id: Fixed<string>
  /** SHA-256 of the 256 random bits in the cookie, the same in every organization that the browser is signed in to. */
  browser_hash: string
  method: Fixed<string>
  identity_provider_id: Fixed<string | null>
  second_factor_at: Ms | null
  address: string | null
  user_agent: string
  created_at: Fixed<Ms>
  last_used_at: Ms
  expires_at: Ms
  ended_at: Ms | null
  ended_why: string | null
}
export type Invitations = {
  organization_id: Fixed<string>
  id: Fixed<string>
  member_id: Fixed<string>
  email: Fixed<string>
  role: Fixed<'owner' | 'admin' | 'member' | 'auditor'>
  code_hash: string
  created_at: Fixed<Ms>
  created_by: string
  expires_at: Ms
  accepted_at: Ms | null
  withdrawn_at: Ms | null
  mailed_at: Ms | null
}
export type PasswordResets = {
  organization_id: Fixed<string>
  id: Fixed<string>
  member_id: Fixed<string>
  kind: Fixed<'mail' | 'admin' | 'host'>
  code_hash: Fixed<string>
  created_at: Fixed<Ms>
  created_by: Fixed<string>
  expires_at: Fixed<Ms>
  used_at: Ms | null
  withdrawn_at: Ms | null
}
export type IdentityProviders = {
  organization_id: Fixed<string>
  id: Fixed<string>
  /** Of a deleted one its id, so that the slug is free. */
  slug: string
  name: string
  issuer: string
  client_id: string
  client_secret_blob: string | null
  settings: Json
  state: 'active' | 'disabled' | 'deleted'
  created_at: Fixed<Ms>
  created_by: Fixed<string>
  revision: number
}
export type Identities = {
  organization_id: Fixed<string>
  identity_provider_id: Fixed<string>
  subject: Fixed<string>
  member_id: string
  created_at: Fixed<Ms>
  last_used_at: Ms
}
export type SignInAttempts = {
  organization_id: Fixed<string>
  id: Fixed<string>
  identity_provider_id: Fixed<string>
  state_hash: Fixed<string>
  browser_hash: Fixed<string>
  nonce: Fixed<string>
  verifier_blob: Fixed<string>
  return_to: Fixed<string>
  created_at: Fixed<Ms>
  expires_at: Fixed<Ms>
}
export type AccessRequests = {
  organization_id: Fixed<string>
  id: Fixed<string>
  /** Who asks. */
  member_id: Fixed<string>
  member_name: Fixed<string>
  /** What is to have it. */
  target_type: Fixed<'key' | 'member'>
  target_id: Fixed<string>
  target_name: Fixed<string>
  /**
   * Whose the key was when it was asked for, or the member: what is approved does not pass to an heir. Of a key whose app
   * has got another owner since, the former owner of the app.
   */
  owner_id: string
  kind: Fixed<'server' | 'tool' | 'provider' | 'model' | 'budget'>
  /** The server, provider or budget. */
  subject_id: Fixed<string>
  subject_name: Fixed<string>
  /** The tool or model. */
  part: Fixed<string | null>
  nano_usd: Fixed<bigint | null>
  reason: Fixed<string>
  state: 'open' | 'approved' | 'refused' | 'withdrawn' | 'ended'
  created_at: Fixed<Ms>
  decided_at: Ms | null
  decided_by: string | null
  decided_by_name: string | null
  decision_reason: string | null
  /** Null: for good. */
  until: Ms | null
  ended_at: Ms | null
  revision: number
}
