import type { ProblemCode } from '../../src/problems.ts'

export type Advice = {
  /** Which plane answers it. */
  readonly where: 'control' | 'gateway' | 'both' | 'nobody yet'
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
    means: 'The call carries no management token, or one that is not valid, has expired or was revoked.',
    todo: 'Send `Authorization: Bearer osta_…`. Make a new token if the old one is over.',
  },
  not_permitted: {
    where: 'control',
    means:
      'The token is right, but its scopes or the role of its member do not cover the call. `detail` names the right.',
    todo: 'Use a token with that scope, or ask an owner or admin.',
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
    where: 'nobody yet',
    means: 'Reserved for verbs that would bring a revoked key back.',
    todo: 'Create a new key.',
  },
  slug_taken: {
    where: 'control',
    means: 'Another server of the organization has this slug.',
    todo: 'Choose another slug, or change the server that has it.',
  },
  in_use: {
    where: 'control',
    means: 'The gateway belongs to `ostiary serve` and cannot be revoked by itself.',
    todo: 'Stop `serve` instead.',
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
    means: 'The key was created switched off.',
    todo: 'Create an active key.',
  },
  key_expired: {
    where: 'gateway',
    means: 'The expiry instant of the key has passed.',
    todo: 'Create a new key.',
  },
  key_revoked: {
    where: 'gateway',
    means: 'The key was revoked or deleted. That is final.',
    todo: 'Create a new key.',
  },
  gateway_not_allowed: {
    where: 'nobody yet',
    means: 'Reserved for keys that are bound to gateways.',
    todo: 'Call a gateway that the key names.',
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
  address_not_allowed: {
    where: 'gateway',
    means: 'The key is limited to addresses, and the caller has another one.',
    todo: 'Call from an allowed address. Behind a proxy: set OSTIARY_TRUSTED_PROXIES.',
  },
  mcp_disabled: {
    where: 'gateway',
    means: 'The key was created without any right to MCP servers.',
    todo: 'Create a key with `--servers`.',
  },
  server_not_allowed: {
    where: 'gateway',
    means: 'The key does not admit this server, or there is no such server. The answer does not say which.',
    todo: 'Check the slug in the address and the servers of the key.',
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
    where: 'gateway',
    means: 'The MCP session is over, of another key or server, or was never ours.',
    todo: 'Initialize again; MCP clients do so by themselves.',
  },
  batch_not_allowed: {
    where: 'gateway',
    means: 'The body is a JSON-RPC batch.',
    todo: 'Send one message per call.',
  },
  message_ambiguous: {
    where: 'gateway',
    means:
      'The body is not one JSON-RPC message, or two readers could read it differently (a member twice, a look-alike name, too deep).',
    todo: 'Send the message as an MCP SDK writes it.',
  },
  header_mismatch: {
    where: 'gateway',
    means: 'An `mcp-…` header says something else than the body.',
    todo: 'Let the client set both from the same values; check proxies that rewrite either.',
  },
  upstream_unreachable: {
    where: 'gateway',
    means: 'The MCP server could not be reached, ended, redirected, or gave an answer that is not handed on.',
    todo: '`ostiary servers get <slug>` shows the last error. Correct the server or its address.',
  },
  upstream_timeout: {
    where: 'gateway',
    means: 'The MCP server did not begin its answer in time (60 s; 5 s to connect).',
    todo: 'Try again; look at the server.',
  },
  loop_detected: {
    where: 'gateway',
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
