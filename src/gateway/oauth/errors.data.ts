import type { ProblemCode } from '../../problems.ts'

/** Names of RFC 6749 §5.2, RFC 8693 §2.2.2 and, for what passes by itself, of RFC 6749 §4.1.2.1. */
export type OAuthError =
  | 'invalid_request'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'temporarily_unavailable'
  | 'server_error'

/** What a refusal of ours is called there; what is not here is `invalid_request`. */
export const errors: Partial<Record<ProblemCode, OAuthError>> = {
  key_missing: 'invalid_client',
  key_invalid: 'invalid_client',
  key_kind: 'invalid_client',
  key_revoked: 'invalid_client',
  key_expired: 'invalid_client',
  key_inactive: 'invalid_client',
  gateway_not_allowed: 'unauthorized_client',
  address_not_allowed: 'unauthorized_client',
  environment_mixed: 'unauthorized_client',
  too_many_attempts: 'temporarily_unavailable',
  rate_limited: 'temporarily_unavailable',
  busy: 'temporarily_unavailable',
  draining: 'temporarily_unavailable',
  gateway_stale: 'temporarily_unavailable',
  mint_unavailable: 'temporarily_unavailable',
  internal: 'server_error',
}
