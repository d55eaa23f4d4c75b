import type { ProblemCode } from '../../src/problems.ts'

export type Advice = {
  /** Which plane answers it. */
  readonly where: 'control' | 'gateway' | 'mcp' | 'llm' | 'both'
  readonly means: string
  readonly todo: string
}

/** What the catalogue has no room for. A code without an entry does not compile. */
export const advice: Readonly<Record<ProblemCode, Advice>> = {
  malformed_json: {
    where: 'both',
    means: 'The body cannot be parsed as JSON in UTF-8.',
    todo: 'Send one JSON value in UTF-8.',
  },
  bad_cursor: {
    where: 'control',
    means: 'The cursor of a list was changed, cut short or made up.',
    todo: 'Pass `nextCursor` of the page before as it is, or start again without a cursor.',
  },
  not_signed_in: {
    where: 'control',
    means: 'The call carries no management token and no session, or one that is not valid, is over or was revoked.',
    todo: 'Send `Authorization: Bearer osta_…`. Make a new token if the old one is over.',
  },
  not_permitted: {
    where: 'control',
    means:
      'The token is right, but its scopes or the role of its member do not cover the call. `detail` names the right.',
    todo: 'Use a token with that scope, or ask an owner or admin.',
  },
  sign_in_refused: {
    where: 'control',
    means: 'Address and password, code or link do not fit together. Which of them is wrong is not said.',
    todo: 'Check them, or ask for a new password. Whoever belongs to several organizations names one.',
  },
  second_factor_required: {
    where: 'control',
    means: 'The session has shown a password, and the role of this person asks for a second factor as well.',
    todo: 'Send the code of the authenticator to `POST /api/v1/sessions/second-factor`, or set one up first.',
  },
  cross_site: {
    where: 'control',
    means: 'The call carries a session cookie, but no page of control made it, or it lacks the session’s own token.',
    todo: 'Send `ostiary-csrf` with the value of `csrfToken` in `GET /api/v1/sessions/current`, from a page of control.',
  },
  password_sign_in_off: {
    where: 'control',
    means: 'The organization lets people in by its identity provider alone.',
    todo: 'Sign in there. An owner who cannot uses `ostiary members recover` on the machine of control.',
  },
  member_deactivated: {
    where: 'control',
    means: 'Who asks has proved who he is, and was deactivated by his organization.',
    todo: 'Ask an owner or admin of the organization.',
  },
  managed_elsewhere: {
    where: 'control',
    means:
      'A configuration (`ostiary apply`) manages it, so that a change here would be undone by the next one there. `detail` names it.',
    todo: 'Change it in that configuration and apply it.',
  },
  already_granted: {
    where: 'control',
    means: 'What is asked for is allowed as it is.',
    todo: 'Nothing. If calls are refused all the same, ask `ostiary access explain` why.',
  },
  invitation_over: {
    where: 'control',
    means: 'The invitation was accepted or withdrawn, or the person has come in another way or has left.',
    todo: 'Look at the person; invite again who is to come in and has not.',
  },
  request_decided: {
    where: 'control',
    means: 'Somebody has approved, refused or withdrawn the request before.',
    todo: 'Look at it; make a new one if it is still needed.',
  },
  not_found: {
    where: 'both',
    means: 'There is no such path or object. Things of another organization are answered in the same way.',
    todo: 'Check the address, and the id or slug.',
  },
  method_not_allowed: {
    where: 'both',
    means: 'The path exists, the method does not.',
    todo: 'Use one of the methods that the header `allow` names.',
  },
  key_is_revoked: {
    where: 'control',
    means: 'Revoking is final: nothing brings the key back, and it gets no new secret.',
    todo: 'Create a new key.',
  },
  slug_taken: {
    where: 'control',
    means: 'Another one of its kind in the organization has this slug, or had it and still answers to it.',
    todo: 'Choose another slug, or change the one that has it.',
  },
  in_use: {
    where: 'control',
    means:
      'Something else hangs on it; `detail` says what. Gateways of `ostiary serve` end with it and not by themselves.',
    todo: 'Move or remove what uses it first. For a gateway of `serve`: stop `serve`.',
  },
  owner_left: {
    where: 'control',
    means: 'The key or app belongs to a person who was deactivated or removed, so nothing brings it back as it was.',
    todo: 'Activate the person again (`POST /members/{id}/activate`), or hand what is left to somebody else: `ostiary members transfer`.',
  },
  app_has_key: {
    where: 'control',
    means: 'An app has exactly one key, and this app has one that is not at its end.',
    todo: 'Regenerate it, or revoke it first. For a second client: clone the app.',
  },
  last_owner: {
    where: 'control',
    means: 'Nobody would be left who may do everything in the organization.',
    todo: 'Make another member an owner first.',
  },
  confirmation_needed: {
    where: 'control',
    means: 'The change touches more than what it names; `detail` and `errors` list what.',
    todo: 'Look at the list. If it is what you want, send the same with `"confirm": true`.',
  },
  idempotency_running: {
    where: 'control',
    means:
      'The first call with this Idempotency-Key is still running, or it was cut off and how far it came is not known.',
    todo: 'With Retry-After: try again. Without: look whether what it should make exists; if not, use a new key.',
  },
  stale: {
    where: 'control',
    means: 'If-Match names an older revision.',
    todo: 'Read the object again, decide again, send the new ETag.',
  },
  request_timeout: {
    where: 'both',
    means:
      'The body stopped arriving (10 s of silence on control, 30 s on a gateway), or the caller left before it was whole.',
    todo: 'Send it again.',
  },
  too_large: {
    where: 'both',
    means: 'The body is over 1 MiB on control, over 4 MiB on a gateway, or is made of more than 150,000 values there.',
    todo: 'Send less in one call.',
  },
  unsupported_media_type: {
    where: 'both',
    means: 'The body is compressed or not in UTF-8. On control also: its content type is not JSON.',
    todo: 'Send `content-type: application/json` and no `content-encoding`.',
  },
  invalid: {
    where: 'control',
    means: 'The input does not fit; `errors` lists each place. Unknown fields count as errors.',
    todo: 'Correct what `errors` points to: `/field` is in the body, `?name` in the query, `:name` in the path.',
  },
  idempotency_mismatch: {
    where: 'control',
    means: 'This Idempotency-Key was used for another body or query within 24 hours.',
    todo: 'Use a new key for a new call.',
  },
  too_many_attempts: {
    where: 'both',
    means: 'Too many wrong secrets came from this address. Right secrets that were seen before are not affected.',
    todo: 'Wait as long as Retry-After says, and correct the key. Behind a proxy: set OSTIARY_TRUSTED_PROXIES.',
  },
  busy: {
    where: 'both',
    means:
      'More first-time keys wait for their check than can be checked at once, or all places for stdio servers are taken.',
    todo: 'Try again after Retry-After. It is never a verdict on the key.',
  },
  draining: {
    where: 'both',
    means: 'The process is shutting down and takes nothing new.',
    todo: 'Try again after Retry-After.',
  },
  internal: {
    where: 'both',
    means: 'An accident on our side. The log has the reason under the same request id.',
    todo: 'Look up the request id in the log; report it if it is a fault of Ostiary.',
  },
  key_missing: {
    where: 'gateway',
    means: 'The call carries no API key.',
    todo: 'Send `Authorization: Bearer ostk_…` or `x-api-key`.',
  },
  key_invalid: {
    where: 'gateway',
    means: 'Wrong form, checksum, id or secret. The answer does not say which.',
    todo: 'Copy the key again, all 71 characters. If it is lost, create a new one.',
  },
  key_inactive: {
    where: 'gateway',
    means: 'The key is switched off, or the member, team or app that owns it is gone.',
    todo: 'Create an active key with an owner who is there.',
  },
  key_expired: {
    where: 'gateway',
    means: 'The expiry instant of the key has passed.',
    todo: 'Create a new key.',
  },
  key_revoked: {
    where: 'gateway',
    means:
      'The key was revoked or deleted, the secret was rotated out, or the app of the key has another one by now. That is final.',
    todo: 'Use the secret or key that came after it, or create a new one.',
  },
  gateway_not_allowed: {
    where: 'gateway',
    means: 'The key names the gateways that it is for, and this is none of them.',
    todo: 'Call a gateway that the key names, or change its `gateways`.',
  },
  key_in_query: {
    where: 'gateway',
    means: 'A key, or something like one, stands in the query string, which ends up in logs.',
    todo: 'Send it in a header. Replace the key: it may have been logged on the way.',
  },
  credential_ambiguous: {
    where: 'gateway',
    means: 'Two Authorization headers, two x-api-key headers, or two credentials that differ.',
    todo: 'Send one key once.',
  },
  key_kind: {
    where: 'both',
    means: 'A token of the wrong kind: a gateway key on control, or a management token on a gateway.',
    todo: 'Gateway: `ostk_…`. Control: `osta_…`. Often the port is the wrong one.',
  },
  environment_mixed: {
    where: 'both',
    means:
      'The projects of the key are of different tiers. On a gateway: a tier was changed since, or the policy no longer takes a reason.',
    todo: 'One key for each tier. Where the policy is `with-reason`: say why in `mixedEnvironments`.',
  },
  address_not_allowed: {
    where: 'gateway',
    means: 'The key is limited to addresses, and the caller has another one.',
    todo: 'Call from an allowed address. Behind a proxy: set OSTIARY_TRUSTED_PROXIES.',
  },
  mcp_disabled: {
    where: 'mcp',
    means: 'MCP is switched off for the key: no server, no tool.',
    todo: 'Switch it on with `mcp` in a change of the key.',
  },
  server_not_allowed: {
    where: 'mcp',
    means:
      'The key does not admit this server, its owner does not reach it now, or there is no such server. The answer does not say which.',
    todo: 'Whoever may see the key learns the rule from `POST /access/explain`. Check the slug, the servers and projects of the key, and the catalogs of its owner.',
  },
  tool_not_allowed: {
    where: 'mcp',
    means: 'The key, or its app, does not admit this tool, or there is no such tool. Lists leave it out.',
    todo: 'Call a tool that `tools/list` names; `POST /access/explain` names the rule.',
  },
  llm_disabled: {
    where: 'llm',
    means: 'LLM is switched off for the key.',
    todo: 'Switch it on with `llm` in a change of the key.',
  },
  provider_not_allowed: {
    where: 'llm',
    means: 'As `server_not_allowed`, for a provider.',
    todo: 'Check the providers and projects of the key, and the catalogs of its owner.',
  },
  model_not_allowed: {
    where: 'llm',
    means: 'The key does not admit this model, or the provider offers none that is called so.',
    todo: 'Check the name, and the models of the key and the provider.',
  },
  origin_not_allowed: {
    where: 'both',
    means: 'A browser page of another origin made the call.',
    todo: 'Add the origin to OSTIARY_GATEWAY_ORIGINS. Control takes pages of its own only.',
  },
  host_not_allowed: {
    where: 'both',
    means: 'The Host header is none of the names of this listener (a guard against DNS rebinding).',
    todo: 'Set OSTIARY_GATEWAY_PUBLIC_URL or OSTIARY_CONTROL_PUBLIC_URL to the name that you use.',
  },
  session_unknown: {
    where: 'mcp',
    means: 'The MCP session is over, of another key or server, or was never ours.',
    todo: 'Initialize again; MCP clients do so by themselves.',
  },
  batch_not_allowed: {
    where: 'mcp',
    means: 'The body is a JSON-RPC batch.',
    todo: 'Send one message per call.',
  },
  message_ambiguous: {
    where: 'mcp',
    means:
      'The body is not one JSON-RPC message, or two readers could read it differently (a member twice, a look-alike name, too deep).',
    todo: 'Send the message as an MCP SDK writes it.',
  },
  claim_used: {
    where: 'control',
    means: 'The link had been opened before: whoever did has the secret.',
    todo: 'If it was not you, tell whoever made the key, and have it rotated.',
  },
  policy_refused: {
    where: 'control',
    means: 'A policy of the organization forbids it; `errors` names the policy.',
    todo: 'Stay within it, or ask an owner of the organization to change it (`ostiary policies`).',
  },
  child_too_large: {
    where: 'both',
    means: 'The token would be longer than 4 KiB, as it names too much.',
    todo: 'Name less, or put the servers into a catalog and narrow by that.',
  },
  rate_limited: {
    where: 'both',
    means: 'More calls than this may take in a while.',
    todo: 'Try again after Retry-After.',
  },
  mint_unavailable: {
    where: 'both',
    means: 'Only control signs tokens, and it cannot be reached.',
    todo: 'Try again after Retry-After. Tokens that exist go on working.',
  },
  header_mismatch: {
    where: 'mcp',
    means: 'An `mcp-…` header says something else than the body.',
    todo: 'Let the client set both from the same values; check proxies that rewrite either.',
  },
  upstream_unreachable: {
    where: 'mcp',
    means: 'The MCP server could not be reached, ended, redirected, or gave an answer that is not handed on.',
    todo: '`ostiary servers get <slug>` shows the last error. Correct the server or its address.',
  },
  upstream_timeout: {
    where: 'mcp',
    means: 'The MCP server did not begin its answer in time (60 s; 5 s to connect).',
    todo: 'Try again; look at the server.',
  },
  cap_exists: {
    where: 'control',
    means: 'There is a limit, or a budget of that period, for the same target already.',
    todo: 'Change that one: `detail` names it.',
  },
  budget_exceeded: {
    where: 'gateway',
    means:
      'A budget that the call counts towards has no more than the call may cost. `detail` names the budget, what is left and when it is reset.',
    todo: 'Wait for the reset, make a smaller call (`detail` says what would fit), or ask for a larger budget or a top-up.',
  },
  limits_unavailable: {
    where: 'gateway',
    means:
      'The gateway has no contact with control, or control did not answer in time, and the limit may not be counted without it.',
    todo: 'Try again after `Retry-After`. If it lasts, look at the gateway and control.',
  },
  spool_full: {
    where: 'gateway',
    means:
      'The disk of the gateway is full, or it holds too many calls that control has not taken yet, so a call with a budget could not be written down.',
    todo: 'Free space, or bring control back; calls without a budget go on.',
  },
  model_missing: {
    where: 'llm',
    means: 'The body has no `model`, or it is not a text.',
    todo: 'Name a model; `GET /v1/models` lists those that the key may use.',
  },
  model_ambiguous: {
    where: 'llm',
    means: 'Several providers that the key may use have a model of that name.',
    todo: 'Name one as `provider/model`; `detail` lists them.',
  },
  dialect_mismatch: {
    where: 'llm',
    means: 'The model is there, and its provider does not speak the dialect of this path.',
    todo: 'Call the path that `detail` names.',
  },
  price_unknown: {
    where: 'llm',
    means:
      'A budget stands over the call, and nobody knows what the model costs, or how much the call may use at most.',
    todo: 'Give the model a price (and its largest input and output where they are not known).',
  },
  provider_credential_refused: {
    where: 'llm',
    means: 'The provider answered 401: the credential which the gateway holds for it is not valid any more.',
    todo: 'Give the provider a new credential.',
  },
  loop_detected: {
    where: 'mcp',
    means:
      'The header `Via` says that the call has been at this gateway before, or at more than four others: the address of the MCP server leads back here.',
    todo: 'Register the address of the MCP server itself, not one of this gateway.',
  },
  gateway_stale: {
    where: 'gateway',
    means:
      'The gateway has had no contact with control for longer than the key or its organization allows, or does not have its records yet.',
    todo: 'Try again after Retry-After. If it stays: start control, or look at the way to it.',
  },
}
