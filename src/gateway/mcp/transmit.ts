import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Result } from '../../problems.ts'
import type { Secret } from '../../secret.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import type { Delivery } from '../answer.ts'
import type { Caller } from '../authenticate.ts'
import type { Ending, Outbound, Upstream } from '../forward.ts'
import { holderNameOf, holderOf } from '../target.ts'
import { sessionIdOf } from '../upstream-headers.ts'
import type { Clients } from '../usage/clients.ts'
import { lend } from './lend.ts'
import { type Message, opensStream } from './message.ts'
import type { Passage } from './pass.ts'
import type { Sessions } from './sessions.ts'
import type { BridgeCall } from './stdio/bridge.ts'
import { createCredentialRedaction, createLineRedaction } from './stdio/redact.ts'
import { type HttpServer, isHttp } from './upstreams.ts'

export type TransmitDeps = {
  readonly upstreamOf: (server: HttpServer) => Result<Upstream>
  readonly forward: (upstream: Upstream, outbound: Outbound, answer: Delivery) => Promise<Ending>
  readonly bridge: (call: BridgeCall) => Promise<void>
  readonly openEnv: (server: ServerRecord) => Readonly<Record<string, string>>
  readonly openCredential: (server: ServerRecord) => Secret | null
}

/** One message to one server, and on whose behalf. Nothing in it is asked any more. */
export type Transmission = {
  readonly caller: Caller
  readonly server: ServerRecord
  readonly message: Pick<Message, 'bytes' | 'json' | 'method'>
  readonly method: Outbound['method']
  readonly headers: IncomingHttpHeaders
  /** The server's own session id. */
  readonly sessionId: string | null
  readonly wrapSession: (upstreamId: string) => string
  readonly filterFor: Outbound['filterFor']
  /** Where the message came in, if it did. */
  readonly request?: IncomingMessage
}

/** To the server, over whatever it speaks, and its answer back. */
export const send =
  (deps: TransmitDeps) =>
  (transmission: Transmission, answer: Delivery): Promise<Ending> => {
    const { server, message } = transmission
    if (!isHttp(server)) return overBridge(deps, transmission, answer)
    const upstream = deps.upstreamOf(server)
    if (!upstream.ok) return Promise.resolve({ kind: 'refused', problem: upstream.problem })
    const { method, headers, sessionId, wrapSession, filterFor } = transmission
    const isStream = opensStream(message.method)
    const outbound = { method, headers, body: message.bytes, sessionId, wrapSession, filterFor, isStream }
    return deps.forward(upstream.value, outbound, answer)
  }

type Deps = TransmitDeps & {
  readonly sessions: Pick<Sessions, 'wrap'>
  readonly clients: Pick<Clients, 'opened'>
}

/** A call to one server, with what came in for it. */
export const transmit = (deps: Deps): ((passage: Passage, answer: Delivery) => Promise<Ending>) => {
  const sending = send(deps)
  return (passage, answer) => {
    const { call, caller, server, message, sessionId, tools } = passage
    const { request } = call
    const transmission = {
      caller,
      server,
      message,
      method: httpMethod(request.method),
      headers: request.headers,
      sessionId,
      wrapSession: (upstreamId: string) => sessionFor(deps, passage, upstreamId),
      filterFor: tools.filterFor,
      request,
    }
    return sending(transmission, answer)
  }
}

/** Servers repeat the session id in every answer; a client that holds it must not be given another spelling each time. */
function sessionFor(deps: Deps, { caller, server, call, message, sessionId }: Passage, upstreamId: string): string {
  const presented = sessionIdOf(call.request.headers)
  if (presented !== null && sessionId === upstreamId) return presented
  const wrapped = deps.sessions.wrap(holderOf(caller, server), upstreamId)
  deps.clients.opened(wrapped, message)
  return wrapped
}

export const httpMethod = (method: string | undefined): Outbound['method'] =>
  method === 'GET' || method === 'DELETE' ? method : 'POST'

const nothing = Buffer.alloc(0)

async function overBridge(deps: TransmitDeps, transmission: Transmission, answer: Delivery): Promise<Ending> {
  const { caller, message, server, headers, wrapSession, filterFor, request } = transmission
  const gone = new AbortController()
  const env = deps.openEnv(server)
  const credential = server.transport.type === 'sse' ? deps.openCredential(server) : null
  const clean = (text: string) => createCredentialRedaction(credential)(createLineRedaction(env)(text))
  const { bridgeAnswer, ending } = lend({ wrapSession, filterFor, clean }, answer)
  answer.whenGone(() => gone.abort())
  await deps.bridge({
    server,
    env,
    credential,
    // Without an owning member there is nobody on whose behalf it runs: one child for the key's owner as it is.
    subject: caller.key.owner.id,
    holder: holderNameOf(caller),
    keyId: caller.key.id,
    method: transmission.method,
    sessionId: transmission.sessionId,
    message: message.json,
    raw: message.bytes ?? nothing,
    accept: headers.accept ?? '',
    lastEventId: textOf(headers['last-event-id']),
    protocolVersion: textOf(headers['mcp-protocol-version']),
    ...(request === undefined ? {} : { request }),
    response: bridgeAnswer,
    signal: gone.signal,
  })
  return gone.signal.aborted ? { kind: 'gone' } : ending()
}

const textOf = (header: string | readonly string[] | undefined): string | null =>
  typeof header === 'string' ? header : null
