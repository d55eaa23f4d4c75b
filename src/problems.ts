/**
 * Every way to fail that a caller may meet, in one table. A code is public API: never renamed, never reused.
 * `rpc` is the JSON-RPC error code on MCP paths (-32000…-32019 are free for implementations, MCP 2026-07-28).
 */
export const problems = {
  // Control and both planes: the request itself.
  malformed_json: { status: 400, blame: 'caller', title: 'The body is not valid JSON', rpc: -32700 },
  bad_cursor: { status: 400, blame: 'caller', title: 'The cursor is not one of ours' },
  not_signed_in: { status: 401, blame: 'caller', title: 'This call needs somebody who is signed in' },
  not_permitted: { status: 403, blame: 'caller', title: 'Your role or token does not allow this' },
  sign_in_refused: { status: 401, blame: 'caller', title: 'This did not sign you in' },
  second_factor_required: { status: 403, blame: 'caller', title: 'The second factor is missing' },
  cross_site: { status: 403, blame: 'caller', title: 'The call does not come from a page of ours' },
  password_sign_in_off: { status: 403, blame: 'caller', title: 'Passwords do not sign in here' },
  member_deactivated: { status: 403, blame: 'caller', title: 'This person was deactivated' },
  not_found: { status: 404, blame: 'caller', title: 'There is no such thing here', rpc: -32004 },
  method_not_allowed: { status: 405, blame: 'caller', title: 'This path does not answer that method', rpc: -32005 },
  key_is_revoked: { status: 409, blame: 'caller', title: 'The key is revoked, and revoking is final' },
  claim_used: { status: 409, blame: 'caller', title: 'The link has been used, and works once' },
  slug_taken: { status: 409, blame: 'caller', title: 'The slug is taken' },
  in_use: { status: 409, blame: 'caller', title: 'Something still uses it' },
  cap_exists: { status: 409, blame: 'caller', title: 'There is one for this already' },
  app_has_key: { status: 409, blame: 'caller', title: 'The app has its one key already' },
  owner_left: { status: 409, blame: 'caller', title: 'The owner of this key has left' },
  last_owner: { status: 409, blame: 'caller', title: 'The organization would be without an owner' },
  confirmation_needed: { status: 409, blame: 'caller', title: 'This touches more than itself: say yes to it' },
  managed_elsewhere: { status: 409, blame: 'caller', title: 'A configuration manages this' },
  already_granted: { status: 409, blame: 'caller', title: 'This is granted already' },
  request_decided: { status: 409, blame: 'caller', title: 'The request has been decided' },
  invitation_over: { status: 409, blame: 'caller', title: 'The invitation is over' },
  idempotency_running: {
    status: 409,
    blame: 'caller',
    title: 'The first call with this Idempotency-Key is not finished',
  },
  stale: { status: 412, blame: 'caller', title: 'It changed since you read it' },
  request_timeout: { status: 408, blame: 'caller', title: 'The body did not arrive in time', rpc: -32600 },
  too_large: { status: 413, blame: 'caller', title: 'The body is too large', rpc: -32600 },
  unsupported_media_type: {
    status: 415,
    blame: 'caller',
    title: 'The content type or encoding is not accepted',
    rpc: -32600,
  },
  invalid: { status: 422, blame: 'caller', title: 'The input is not valid' },
  /** On control the key is not written; on a gateway, where two changes have met, it is not admitted (403). */
  environment_mixed: {
    status: 422,
    blame: 'caller',
    title: 'The projects of a key must be of one tier',
    rpc: -32003,
  },
  policy_refused: { status: 422, blame: 'caller', title: 'A policy of the organization does not allow this' },
  child_too_large: { status: 422, blame: 'caller', title: 'The token would be too large', rpc: -32602 },
  idempotency_mismatch: { status: 422, blame: 'caller', title: 'This Idempotency-Key was used with another body' },
  too_many_attempts: { status: 429, blame: 'caller', title: 'Too many failed attempts', rpc: -32009 },
  rate_limited: { status: 429, blame: 'caller', title: 'Too many calls', rpc: -32009 },
  budget_exceeded: { status: 429, blame: 'caller', title: 'The budget is spent', rpc: -32009 },
  limits_unavailable: {
    status: 503,
    blame: 'us',
    title: 'The limit cannot be counted right now',
    rpc: -32010,
  },
  spool_full: { status: 503, blame: 'us', title: 'Calls cannot be written down right now', rpc: -32010 },
  mint_unavailable: { status: 503, blame: 'us', title: 'No new token can be made right now', rpc: -32010 },
  busy: { status: 503, blame: 'us', title: 'Too busy right now', rpc: -32010 },
  draining: { status: 503, blame: 'us', title: 'This process is shutting down', rpc: -32010 },
  internal: { status: 500, blame: 'us', title: 'Something went wrong on our side', rpc: -32603 },

  // Gateway: who is calling.
  key_missing: { status: 401, blame: 'caller', title: 'This call needs an API key', rpc: -32001 },
  key_invalid: { status: 401, blame: 'caller', title: 'The API key is not valid', rpc: -32001 },
  key_inactive: { status: 401, blame: 'caller', title: 'The API key is switched off', rpc: -32001 },
  key_expired: { status: 401, blame: 'caller', title: 'The API key has expired', rpc: -32001 },
  key_revoked: { status: 401, blame: 'caller', title: 'The API key has been revoked', rpc: -32001 },
  gateway_not_allowed: { status: 401, blame: 'caller', title: 'The API key is not for this gateway', rpc: -32001 },
  key_in_query: { status: 400, blame: 'caller', title: 'An API key must not be in the query string', rpc: -32600 },
  credential_ambiguous: {
    status: 400,
    blame: 'caller',
    title: 'The call carries credentials that differ',
    rpc: -32600,
  },
  /** A kind of token that this plane does not take: 403 on control, 401 on a gateway (see `statusOn`). */
  key_kind: { status: 403, blame: 'caller', title: 'This kind of token is not accepted here', rpc: -32001 },

  // Gateway: what is being called.
  address_not_allowed: {
    status: 403,
    blame: 'caller',
    title: 'The API key may not be used from this address',
    rpc: -32003,
  },
  mcp_disabled: { status: 403, blame: 'caller', title: 'The API key may not call MCP servers', rpc: -32003 },
  server_not_allowed: { status: 403, blame: 'caller', title: 'The API key may not call this server', rpc: -32003 },
  tool_not_allowed: { status: 200, blame: 'caller', title: 'The API key may not call this tool', rpc: -32602 },
  llm_disabled: { status: 403, blame: 'caller', title: 'The API key may not call LLM providers', rpc: -32003 },
  provider_not_allowed: { status: 403, blame: 'caller', title: 'The API key may not call this provider', rpc: -32003 },
  model_not_allowed: { status: 403, blame: 'caller', title: 'The API key may not call this model', rpc: -32003 },
  model_missing: { status: 400, blame: 'caller', title: 'The call names no model', rpc: -32602 },
  model_ambiguous: { status: 400, blame: 'caller', title: 'Several providers have this model', rpc: -32602 },
  dialect_mismatch: { status: 400, blame: 'caller', title: 'The provider speaks another dialect', rpc: -32602 },
  price_unknown: { status: 403, blame: 'caller', title: 'There is a budget, and nobody knows the price', rpc: -32003 },
  origin_not_allowed: {
    status: 403,
    blame: 'caller',
    title: 'Calls from this browser origin are not allowed',
    rpc: -32003,
  },
  host_not_allowed: { status: 421, blame: 'caller', title: 'This host name is not ours', rpc: -32003 },
  session_unknown: { status: 404, blame: 'caller', title: 'There is no such session for this key', rpc: -32001 },
  batch_not_allowed: { status: 400, blame: 'caller', title: 'JSON-RPC batches are not accepted', rpc: -32600 },
  message_ambiguous: { status: 400, blame: 'caller', title: 'The message can be read in two ways', rpc: -32600 },
  header_mismatch: { status: 400, blame: 'caller', title: 'A header disagrees with the body', rpc: -32020 },

  // Gateway: beyond us.
  upstream_unreachable: { status: 502, blame: 'upstream', title: 'The MCP server did not answer', rpc: -32011 },
  upstream_timeout: { status: 504, blame: 'upstream', title: 'The MCP server took too long', rpc: -32012 },
  provider_credential_refused: {
    status: 502,
    blame: 'upstream',
    title: 'The provider refused the credential of this gateway',
    rpc: -32011,
  },
  loop_detected: { status: 508, blame: 'upstream', title: 'The call leads back to this gateway', rpc: -32013 },
  gateway_stale: { status: 503, blame: 'us', title: 'This gateway has been without contact for too long', rpc: -32010 },
} as const satisfies Record<string, Entry>

export type Entry = {
  readonly status: number
  /** Whose fault: drives alerts, never shown. */
  readonly blame: 'caller' | 'us' | 'upstream'
  readonly title: string
  readonly rpc?: number
}
export type ProblemCode = keyof typeof problems
export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code)

export type Problem = {
  readonly code: ProblemCode
  /** Public: what happened and the way out. */
  readonly detail: string
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[]
  readonly retryAfterSeconds?: number
  /** Public members beside `code`, such as the deciding rule. */
  readonly data?: Readonly<Record<string, string | number>>
  /** Overrides the table's status; only `key_kind` and `environment_mixed` need it. */
  readonly status?: number
  /** Never leaves the process. */
  readonly log?: Readonly<Record<string, unknown>>
}

export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: Problem }

export const ok = <T>(value: T): Result<T> => ({ ok: true, value })

export const refuse = (
  code: ProblemCode,
  more: Partial<Omit<Problem, 'code'>> = {},
): { ok: false; problem: Problem } => ({
  ok: false,
  problem: { code, detail: problems[code].title, ...more },
})

export const statusOf = (problem: Problem): number => problem.status ?? problems[problem.code].status
