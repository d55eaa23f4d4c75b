import type { IncomingHttpHeaders } from 'node:http'
import { type Problem, refuse } from '../../../problems.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { Delivery } from '../../answer.ts'
import type { Caller } from '../../authenticate.ts'
import type { Ending } from '../../forward.ts'
import { leadsElsewhere } from '../../target.ts'
import { moved } from '../pass.ts'
import { httpMethod, type Transmission } from '../transmit.ts'

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
    const reply = createReply(init.signal ?? null)
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
    deps.send(transmission, reply.delivery).then(reply.settle, reply.fail)
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

const behind = new WeakMap<Error, Problem>()

/** Why an answer never came, where the gateway itself knows. */
export const problemBehind = (error: unknown): Problem | null => {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const problem = behind.get(at)
    if (problem !== undefined) return problem
  }
  return null
}

export function undelivered(problem: Problem): Error {
  const error = new Error(problem.detail)
  behind.set(error, problem)
  return error
}

/** Of one answer, and of one event of a stream. */
const longestPiece = 16 * 1024 * 1024
const buffered = 256 * 1024
const lineEnd = 0x0a

const brokeOff = refuse('upstream_unreachable', {
  detail: 'The MCP server broke off in the middle of its answer.',
}).problem
const tooLong = refuse('upstream_unreachable', { detail: 'The answer of the MCP server is too long.' }).problem

type Reply = {
  readonly delivery: Delivery
  readonly response: Promise<Response>
  readonly settle: (ending: Ending) => void
  readonly fail: (error: unknown) => void
}

function createReply(signal: AbortSignal | null): Reply {
  const { promise: response, resolve, reject } = Promise.withResolvers<Response>()
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null
  let isOver = false
  let isStream = false
  let piece = 0
  let onGone: (() => void) | null = null
  let onDrain: (() => void) | null = null
  const end = (how: () => void) => {
    if (isOver) return
    isOver = true
    signal?.removeEventListener('abort', onAbort)
    how()
  }
  const fail = (error: unknown) => {
    end(() => controller?.error(error))
    reject(error)
  }
  const leave = (error: unknown) => {
    fail(error)
    onGone?.()
  }
  const onAbort = () => leave(signal?.reason)
  const body = new ReadableStream<Uint8Array>(
    {
      start: (own) => {
        controller = own
      },
      pull: () => {
        const go = onDrain
        onDrain = null
        go?.()
      },
      cancel: () => leave(undelivered(brokeOff)),
    },
    { highWaterMark: buffered, size: (chunk) => chunk?.byteLength ?? 0 },
  )
  const write = (chunk: Buffer | string): boolean => {
    if (isOver) return true
    const bytes = Buffer.from(chunk)
    const at = isStream ? bytes.lastIndexOf(lineEnd) : -1
    piece = at === -1 ? piece + bytes.length : bytes.length - at
    if (piece > longestPiece) leave(undelivered(tooLong))
    else controller?.enqueue(bytes)
    return (controller?.desiredSize ?? 1) > 0
  }
  const delivery: Delivery = {
    start: (status, headers, streams) => {
      isStream = streams
      const pairs: [string, string][] = []
      for (let at = 0; at + 1 < headers.length; at += 2) pairs.push([headers[at] ?? '', headers[at + 1] ?? ''])
      const hasBody = status !== 204 && status !== 205
      resolve(new Response(hasBody ? body : null, { status, headers: pairs }))
    },
    write,
    get waitingBytes() {
      return buffered - (controller?.desiredSize ?? buffered)
    },
    whenDrained: (listener) => {
      onDrain = listener
    },
    whenGone: (listener) => {
      onGone = listener
      if (isOver) listener()
    },
    sayRefusal: () => false,
    abandon: () => leave(undelivered(brokeOff)),
  }
  // Taken away at the end: a client of ours has one signal for all that it ever asks.
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  // Somebody else hears of it, too: whoever reads the body.
  response.catch(() => {})
  return {
    delivery,
    response,
    fail,
    settle: (ending) => settle(ending, { write, end, fail, close: () => controller?.close() }),
  }
}

type Ends = Pick<Reply, 'fail'> & {
  readonly write: (chunk: Buffer) => boolean
  readonly end: (how: () => void) => void
  readonly close: () => void
}

function settle(ending: Ending, { write, end, fail, close }: Ends): void {
  switch (ending.kind) {
    case 'done':
      if (ending.last !== null) write(ending.last)
      end(close)
      break
    case 'refused':
      fail(undelivered(ending.problem))
      break
    case 'broken':
    case 'gone':
      fail(undelivered(brokeOff))
      break
  }
}
