import type { IncomingMessage } from 'node:http'
import { createHostCheck, type HostCheck, twoHosts } from '../http/host-check.ts'
import { createOriginCheck, isOwnOrigin } from '../http/origin-check.ts'
import { isRepeated } from '../http/repeated.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { goesRound } from './via.ts'

type Deps = {
  readonly listener: { readonly host: string; readonly publicUrl: string | null }
  readonly origins: readonly string[]
  readonly gatewayId: () => string
}

/** Who may talk to this listener at all, from the headers that browsers set and pages cannot forge. */
export type Edge = {
  readonly check: (request: IncomingMessage, path: string) => Result<null>
  /** CORS headers of an answer, as a flat list; empty where no configured origin asked. */
  readonly corsHeaders: (request: IncomingMessage) => readonly string[]
  /** What the answer to a preflight says besides; null where no configured origin asked. */
  readonly preflight: (request: IncomingMessage, methods: string) => string[] | null
}

const none: readonly string[] = []
const exposed =
  'mcp-session-id, x-request-id, retry-after, www-authenticate, ratelimit, ratelimit-policy, ostiary-max-tokens'
/** What clients of MCP send, and the official SDKs of models. */
const allowed =
  /^(?:authorization|x-api-key|content-type|last-event-id|idempotency-key|(?:mcp|anthropic|openai|x-stainless)-[a-z0-9-]{1,64})$/

export function createEdge({ listener, origins, gatewayId }: Deps): Edge {
  const hostIsOurs = createQuickHostCheck(createHostCheck(listener))
  const checkOrigin = createOriginCheck(origins)
  /** Null: no browser asked, or a page of our own, for which CORS does not apply. */
  const configured = ({ headers }: IncomingMessage): string | null =>
    headers.origin !== undefined && checkOrigin(headers.origin).ok ? headers.origin : null
  const corsHeaders = (request: IncomingMessage): readonly string[] => {
    if (origins.length === 0) return none
    const origin = configured(request)
    if (origin === null) return ['vary', 'Origin']
    return ['vary', 'Origin', 'access-control-allow-origin', origin, 'access-control-expose-headers', exposed]
  }
  return {
    check: (request, path) => {
      const { headers } = request
      const host = hostIsOurs(request, path)
      if (!host.ok) return host
      if (goesRound(headers.via, gatewayId())) return loop
      if (headers.origin === undefined) return host
      const own = isOwnOrigin(headers.origin, headers.host, listener.publicUrl)
      return own.ok ? ok(null) : checkOrigin(headers.origin)
    },
    corsHeaders,
    preflight: (request, methods) => {
      if (configured(request) === null) return null
      const asked = (request.headers['access-control-request-headers'] ?? '').toLowerCase().split(',')
      // A list, not `*`: a wildcard would not cover Authorization.
      const names = asked.map((name) => name.trim()).filter((name) => allowed.test(name))
      const grants = ['access-control-allow-methods', methods, 'access-control-max-age', '600']
      if (names.length > 0) grants.push('access-control-allow-headers', names.join(', '))
      return grants
    },
  }
}

/** Clients repeat one spelling a thousand times a second, so spellings that passed are remembered. */
function createQuickHostCheck(check: HostCheck): (request: IncomingMessage, path: string) => Result<null> {
  const passed = new Set<string>()
  return (request, path) => {
    if (isRepeated(request.rawHeaders, 'host')) return twoHosts
    const { host } = request.headers
    if (host !== undefined && passed.has(host)) return ok(null)
    if (host !== undefined && passed.size < 64 && check({ host, path: '/', localAddress: undefined }).ok)
      passed.add(host)
    return check({ host, path, localAddress: request.socket.localAddress })
  }
}

const loop = refuse('loop_detected', {
  detail:
    'The call has been at this gateway before: the MCP server that it was for has an address that leads back here.',
})
