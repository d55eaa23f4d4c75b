import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { problems } from '../../../problems.ts'
import type { OpenPool } from '../../egress.ts'
import { isEventStream } from '../../media-type.ts'
import type { Pool } from '../../prepared.ts'
import type { Injected } from '../../upstream-headers.ts'
import { viaOf } from '../../via.ts'
import { problemText } from '../stdio/answer.ts'
import { type Message, parseMessage } from '../stdio/message.ts'
import { endpointOf } from './endpoint.ts'
import { createEvents, type ServerEvent } from './events.ts'
import { createPost, type Post } from './post.ts'

export type ConnectionDeps = {
  /** Connections for one server and one credential; closed with what it is opened for. */
  readonly openPool: OpenPool
  readonly gatewayId: () => string
  /** Longest event, bytes. */
  readonly lineCapBytes: number
}
export type ConnectionSpec = {
  readonly organization: string
  readonly url: string
  readonly injected: Injected | null
  /** Takes the secret that this connection injects out of what comes back. */
  readonly clean: (text: string) => string
  /** Until the server has said where its messages go. */
  readonly connectMs: number
  /** Until a message that was posted is taken. */
  readonly postMs: number
}
export type ConnectionEvents = {
  /** Messages may be sent. */
  readonly onReady: () => void
  readonly onLine: (line: string) => void
  /** Once, never before `openConnection` returns. */
  readonly onGone: (why: string, isTimeout: boolean) => void
}
export type Connection = {
  /** False when the connection is not there, or the server does not take what it is sent. */
  readonly send: (line: string) => boolean
  readonly stop: () => void
}

type Parts = {
  readonly spec: ConnectionSpec
  readonly events: ConnectionEvents
  readonly pool: Pool
  readonly base: URL
  readonly headers: readonly string[]
  post: Post | null
  stream: Dispatcher.DispatchController | null
  timer: NodeJS.Timeout | null
  isOver: boolean
}

/**
 * One connection of HTTP+SSE (2024-11-05): messages come as events of a GET, and go out as POSTs to where its first event
 * says. No redirect is followed and no cookie kept.
 */
export function openConnection(deps: ConnectionDeps, spec: ConnectionSpec, events: ConnectionEvents): Connection {
  const base = new URL(spec.url)
  const headers = ['accept-encoding', 'identity', 'via', viaOf(undefined, deps.gatewayId())]
  if (spec.injected !== null) headers.push(spec.injected.name, spec.injected.value)
  const pool = deps.openPool(base.origin, spec)
  const parts: Parts = { spec, events, pool, base, headers, post: null, stream: null, timer: null, isOver: false }
  parts.timer = setTimeout(() => end(parts, 'did not say in time where its messages go', true), spec.connectMs)
  const path = base.pathname + base.search
  const options = { path, method: 'GET', headersTimeout: 0, bodyTimeout: 0 } as const
  pool.dispatch({ ...options, headers: [...headers, 'accept', 'text/event-stream'] }, listenerOf(parts, deps))
  return {
    send: (line) => send(parts, line),
    stop: () => end(parts, 'was stopped'),
  }
}

function listenerOf(parts: Parts, { lineCapBytes }: ConnectionDeps): Dispatcher.DispatchHandler {
  const stream = createEvents(lineCapBytes, (event) => take(parts, event))
  return {
    onRequestStart: (controller) => {
      parts.stream = controller
      if (parts.isOver) controller.abort(closed)
    },
    onResponseStart: (_controller, status, headers) => {
      const why = status < 200 ? null : unacceptable(status, headers)
      if (why !== null) end(parts, why)
    },
    onResponseData: (_controller, chunk) => {
      if (!parts.isOver && stream.push(chunk) === 'too-long') end(parts, `sent an event over ${lineCapBytes} bytes`)
    },
    onResponseEnd: () => end(parts, 'ended the connection'),
    onResponseError: (_controller, error) => end(parts, reasonOf(error), isTimeout(error)),
  }
}

function unacceptable(status: number, headers: IncomingHttpHeaders): string | null {
  if (status >= 300 && status < 400) return 'answered with a redirect, which is never followed'
  if (status !== 200) return `answered with status ${status}`
  if (!isEventStream(headers['content-type'])) return 'answered with no event stream'
  const encoding = headers['content-encoding']
  return encoding === undefined || encoding === 'identity' ? null : 'compressed its answer although asked not to'
}

function take(parts: Parts, { name, data }: ServerEvent): void {
  if (parts.isOver) return
  if (name === 'endpoint' && parts.post === null) {
    const endpoint = endpointOf(parts.base, data)
    if (!endpoint.ok) {
      end(parts, endpoint.why)
      return
    }
    if (parts.timer !== null) clearTimeout(parts.timer)
    const path = endpoint.url.pathname + endpoint.url.search
    parts.post = createPost({ ...parts, path, postMs: parts.spec.postMs })
    parts.events.onReady()
  }
  // Before the endpoint nothing was asked, so nothing can be answered.
  if (name === 'message' && parts.post !== null) parts.events.onLine(parts.spec.clean(data))
}

function send(parts: Parts, line: string): boolean {
  if (parts.isOver || parts.post === null) return false
  const message = parseMessage(line)
  if (message === null) return false
  return parts.post.send(line, message.kind !== 'request', () => notTaken(parts, message))
}

/** Whoever waits for the answer to a message that the server did not take hears of it; of others nobody waits. */
function notTaken(parts: Parts, message: Message): void {
  if (parts.isOver || message.kind !== 'request') return
  const { title } = problems.upstream_unreachable
  parts.events.onLine(problemText(message.id, { code: 'upstream_unreachable', detail: title }))
}

function end(parts: Parts, why: string, isLate = false): void {
  if (parts.isOver) return
  parts.isOver = true
  if (parts.timer !== null) clearTimeout(parts.timer)
  parts.stream?.abort(closed)
  parts.post?.stop()
  parts.pool.close().catch(() => {})
  setImmediate(() => parts.events.onGone(parts.spec.clean(why), isLate))
}

const closed = new Error('the connection is closed')

const isTimeout = (error: Error): boolean => 'code' in error && error.code === 'UND_ERR_CONNECT_TIMEOUT'

/** "fetch failed" helps nobody: where there are several addresses the first of the reasons is told. */
function reasonOf(error: Error): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error
  return `the connection failed: ${first instanceof Error ? first.message : String(first)}`
}
