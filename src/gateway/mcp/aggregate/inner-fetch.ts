import type { IncomingHttpHeaders } from 'node:http'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { Delivery } from '../../answer.ts'
import type { Caller } from '../../authenticate.ts'
import type { Ending } from '../../forward.ts'
import { leadsElsewhere } from '../../target.ts'
import { moved } from '../pass.ts'
import { httpMethod, type Transmission } from '../transmit.ts'
import { Reply } from './reply.ts'
import { undelivered } from './undelivered.ts'

export type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>
export type Send = (transmission: Transmission, answer: Delivery) => Promise<Ending>

type Deps = {
  readonly send: Send
  /** The record of now: an older one would bring back a name, a limit or a credential that was replaced. */
  readonly server: (id: string) => ServerRecord | null
}

/** For whom a client of ours is there. `via`: of the call that it was made for, so that a ring of gateways is noticed. */
export type Errand = {
  readonly caller: Caller
  readonly server: ServerRecord
  readonly via: string | undefined
}

/**
 * A fetch that goes to one server by the same way as calls of its own route, without a socket in between: credential,
 * scanner, time limits, bridge and the refusal of redirects are all in there. It carries what our client wrote and
 * nothing of the call that made us ask, but where that one has been.
 */
export const innerFetch =
  (deps: Deps, { caller, server: first, via }: Errand): Fetch =>
  async (_url, init = {}) => {
    const server = deps.server(first.id)
    if (server === null || leadsElsewhere(first, server)) throw undelivered(moved.problem)
    const method = httpMethod(init.method)
    const bytes = typeof init.body === 'string' ? Buffer.from(init.body) : null
    const json: unknown = bytes === null ? null : JSON.parse(bytes.toString('utf8'))
    const headers = headersOf(init.headers, via)
    const sessionId = headers['mcp-session-id']
    const reply = new Reply(init.signal ?? null)
    const transmission: Transmission = {
      caller,
      server,
      message: { bytes, json, method: bytes === null ? method : methodOf(json) },
      method,
      headers,
      sessionId: typeof sessionId === 'string' ? sessionId : null,
      wrapSession: (upstreamId) => upstreamId,
      filterFor: () => null,
    }
    deps.send(transmission, reply).then(reply.settle, reply.fail)
    return reply.response
  }

const methodOf = (json: unknown): string => {
  const method = typeof json === 'object' && json !== null && 'method' in json ? json.method : null
  return typeof method === 'string' ? method : 'response'
}

function headersOf(headers: RequestInit['headers'], via: string | undefined): IncomingHttpHeaders {
  const named: IncomingHttpHeaders = Object.fromEntries(new Headers(headers ?? {}))
  return via === undefined ? named : { ...named, via }
}
