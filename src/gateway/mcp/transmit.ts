import type { Result } from '../../problems.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import type { Answer } from '../answer.ts'
import type { Ending, Outbound, Upstream } from '../forward.ts'
import { holderNameOf, holderOf } from '../target.ts'
import { sessionIdOf } from '../upstream-headers.ts'
import type { Clients } from '../usage/clients.ts'
import { lend } from './lend.ts'
import { opensStream } from './message.ts'
import type { Passage } from './pass.ts'
import type { Sessions } from './sessions.ts'
import type { BridgeCall } from './stdio/bridge.ts'
import { type HttpServer, isHttp } from './upstreams.ts'

type Deps = {
  readonly upstreamOf: (server: HttpServer) => Result<Upstream>
  readonly forward: (upstream: Upstream, outbound: Outbound, answer: Answer) => Promise<Ending>
  readonly bridge: (call: BridgeCall) => Promise<void>
  readonly openEnv: (server: ServerRecord) => Readonly<Record<string, string>>
  readonly sessions: Pick<Sessions, 'wrap'>
  readonly clients: Pick<Clients, 'opened'>
}

/** To the server, over whatever it speaks, and its answer back. */
export const transmit =
  (deps: Deps) =>
  (passage: Passage, answer: Answer): Promise<Ending> => {
    const { server, call, message } = passage
    if (!isHttp(server)) return overBridge(deps, passage, answer)
    const upstream = deps.upstreamOf(server)
    if (!upstream.ok) return Promise.resolve({ kind: 'refused', problem: upstream.problem })
    const outbound: Outbound = {
      method: httpMethod(call.request.method),
      headers: call.request.headers,
      body: message.bytes,
      sessionId: passage.sessionId,
      wrapSession: (upstreamId) => sessionFor(deps, passage, upstreamId),
      filterFor: passage.tools.filterFor,
      isStream: opensStream(message.method),
    }
    return deps.forward(upstream.value, outbound, answer)
  }

/** Servers repeat the session id in every answer; a client that holds it must not be given another spelling each time. */
function sessionFor(deps: Deps, { caller, server, call, message, sessionId }: Passage, upstreamId: string): string {
  const presented = sessionIdOf(call.request.headers)
  if (presented !== null && sessionId === upstreamId) return presented
  const wrapped = deps.sessions.wrap(holderOf(caller, server), upstreamId)
  deps.clients.opened(wrapped, message)
  return wrapped
}

const httpMethod = (method: string | undefined): Outbound['method'] =>
  method === 'GET' || method === 'DELETE' ? method : 'POST'

const nothing = Buffer.alloc(0)

async function overBridge(deps: Deps, passage: Passage, answer: Answer): Promise<Ending> {
  const { call, caller, message, server } = passage
  const { headers } = call.request
  const gone = new AbortController()
  const env = deps.openEnv(server)
  const wrapSession = (sessionId: string) => sessionFor(deps, passage, sessionId)
  const { bridgeAnswer, ending } = lend({ wrapSession, filterFor: passage.tools.filterFor, env }, answer)
  answer.whenGone(() => gone.abort())
  await deps.bridge({
    server,
    env,
    // Without an owning member there is nobody on whose behalf it runs: one child for the key's owner as it is.
    subject: caller.key.owner.id,
    holder: holderNameOf(caller),
    keyId: caller.key.id,
    method: httpMethod(call.request.method),
    sessionId: passage.sessionId,
    message: message.json,
    raw: message.bytes ?? nothing,
    accept: headers.accept ?? '',
    lastEventId: textOf(headers['last-event-id']),
    protocolVersion: textOf(headers['mcp-protocol-version']),
    request: call.request,
    response: bridgeAnswer,
    signal: gone.signal,
  })
  return gone.signal.aborted ? { kind: 'gone' } : ending()
}

const textOf = (header: string | readonly string[] | undefined): string | null =>
  typeof header === 'string' ? header : null
