import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { type Problem, refuse } from '../problems.ts'
import type { Answer } from './answer.ts'
import { type Awaited, createDeadlines, type Deadlines } from './deadlines.ts'
import type { Filter } from './mcp/filter-answer.ts'
import { createScanner, redactText, type Scanner } from './mcp/scan.ts'
import type { ShownTools } from './mcp/shown-tools.ts'
import { unfit } from './mcp/unfit.ts'
import { isEventStream } from './media-type.ts'
import { type Injected, requestHeaders, responseHeaders, sessionHeader, sessionIdOf } from './upstream-headers.ts'

/** Where a call goes: one server as it stands, its pool, and the secret that goes into its declared slot. */
export type Upstream = {
  readonly pool: Pick<Dispatcher, 'dispatch'>
  readonly path: string
  readonly injected: Injected | null
  /** Every form of the injected secret; empty without one. */
  readonly secretForms: readonly Buffer[]
}

export type Outbound = {
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly headers: IncomingHttpHeaders
  /** The original bytes. */
  readonly body: Buffer | null
  /** The upstream's own session id, unwrapped. */
  readonly sessionId: string | null
  /** Makes the upstream's session id one that we may hand out. */
  readonly wrapSession: (upstreamId: string) => string
  readonly filterFor: ShownTools['filterFor']
}

/** How it went. `done`: everything but `last` is delivered, and `last` is in hand, not yet released. */
export type Ending =
  | { readonly kind: 'done'; readonly last: Buffer | null }
  | { readonly kind: 'refused'; readonly problem: Problem }
  /** The caller left or was cut. */
  | { readonly kind: 'gone' }
  /** The upstream broke off in the middle of its answer. */
  | { readonly kind: 'broken' }

export type Timeouts = { readonly headersMs: number }

/** Streams may be silent for hours; TCP keepalive finds the dead ones. The wait for the answer's head is `Deadlines`'. */
const noLimit = 0

export function forward(
  timeouts: Timeouts,
  monotonic: () => number,
  gatewayId: () => string,
): (upstream: Upstream, outbound: Outbound, answer: Answer) => Promise<Ending> {
  const deadlines = createDeadlines<Flight>({
    ms: timeouts.headersMs,
    monotonic,
    onOver: (flight) => flight.timeOut(),
  })
  return (upstream, outbound, answer) =>
    new Promise((resolve) => {
      const flight = new Flight(upstream, outbound, answer, deadlines, resolve)
      deadlines.start(flight)
      upstream.pool.dispatch(
        {
          path: upstream.path,
          method: outbound.method,
          headers: requestHeaders(outbound.headers, outbound.sessionId, upstream.injected, gatewayId()),
          body: outbound.body,
          headersTimeout: noLimit,
          bodyTimeout: noLimit,
        },
        flight,
      )
    })
}

/** One call on its way: undici's handler. Lives as long as the upstream's answer. */
class Flight implements Awaited {
  /** Both are `Deadlines`'. */
  place = -1
  startedAt = 0
  readonly #upstream: Upstream
  readonly #outbound: Outbound
  readonly #answer: Answer
  readonly #deadlines: Deadlines<Flight>
  readonly #resolve: (ending: Ending) => void
  #controller: Dispatcher.DispatchController | null = null
  #scanner: Scanner | null = null
  #filter: Filter | null = null
  /** The head of an answer that is delivered only when all of it was seen. */
  #head: { readonly status: number; readonly headers: IncomingHttpHeaders } | null = null
  #refusal: Problem | null = null
  #isGone = false
  #hasHeaders = false
  /** Bytes that are still to come where the length is known, else -1. */
  #missing = -1
  #last: Buffer | null = null

  constructor(
    upstream: Upstream,
    outbound: Outbound,
    answer: Answer,
    deadlines: Deadlines<Flight>,
    resolve: (ending: Ending) => void,
  ) {
    this.#upstream = upstream
    this.#outbound = outbound
    this.#answer = answer
    this.#deadlines = deadlines
    this.#resolve = resolve
    answer.whenGone(() => {
      this.#isGone = true
      // Correct in both eras: to a modern server a closed stream is a cancel, to a legacy one a disconnect.
      this.#controller?.abort(callerLeft)
    })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isGone) controller.abort(callerLeft)
    else if (this.#refusal !== null) controller.abort(notDelivered)
  }

  /** The answer has not begun in time. */
  timeOut(): void {
    this.#refusal = tooSlow
    this.#controller?.abort(notDelivered)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // Interim answers (103 and the like) are about this hop.
    if (status < 200) return
    this.#deadlines.end(this)
    const isSecret = this.#upstream.injected !== null
    const forms = this.#upstream.secretForms
    const filter = this.#outbound.filterFor({ status, contentType: headers['content-type'] }, (text) =>
      redactText(text, forms),
    )
    const problem = unacceptable(status, headers, isSecret || filter !== null)
    if (problem !== null) {
      this.#refusal = problem
      controller.abort(notDelivered)
      return
    }
    if (isSecret) this.#scanner = createScanner(forms)
    this.#filter = filter
    if (filter?.isWhole) {
      this.#head = { status, headers }
      return
    }
    const isStream = filter !== null || isEventStream(headers['content-type'])
    this.#answer.start(status, this.#headersFor(headers, isStream), isStream)
    this.#hasHeaders = true
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // First scanned, so the filter decides on what its client will read; what it writes anew it cleans once more.
    const scanned = this.#scanner === null ? chunk : this.#scanner.push(chunk)
    const clean = this.#filter === null ? scanned : this.#filter.push(scanned)
    if (clean === null) {
      this.#refusal = unfit
      controller.abort(notDelivered)
      return
    }
    if (clean.length === 0) return
    if (this.#missing !== -1) {
      this.#missing -= clean.length
      if (this.#missing <= 0) {
        this.#last = clean
        return
      }
    }
    if (this.#answer.write(clean)) return
    controller.pause()
    this.#answer.whenDrained(() => controller.resume())
  }

  onResponseEnd(): void {
    const waiting = this.#scanner?.end() ?? null
    if (this.#filter !== null) this.#endFiltered(this.#filter, waiting ?? nothing)
    else this.#resolve({ kind: 'done', last: waiting !== null && waiting.length > 0 ? waiting : this.#last })
  }

  #endFiltered(filter: Filter, waiting: Buffer): void {
    const released = filter.push(waiting)
    const held = filter.end()
    if (released === null || held === null) {
      this.#resolve({ kind: 'refused', problem: unfit })
      return
    }
    const last = Buffer.concat([released, held])
    if (this.#head !== null) {
      const list = this.#headersFor(this.#head.headers, false)
      if (this.#head.status !== 204) list.push('content-length', String(last.length))
      this.#answer.start(this.#head.status, list, false)
    }
    this.#resolve({ kind: 'done', last: last.length > 0 ? last : null })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#deadlines.end(this)
    if (this.#refusal !== null) this.#resolve({ kind: 'refused', problem: this.#refusal })
    else if (this.#isGone) this.#resolve({ kind: 'gone' })
    else if (this.#hasHeaders) this.#resolve({ kind: 'broken' })
    else this.#resolve({ kind: 'refused', problem: problemOf(error) })
  }

  #headersFor(said: IncomingHttpHeaders, isStream: boolean): string[] {
    const forms = this.#upstream.secretForms
    const type = said['content-type'] === undefined ? undefined : this.#filter?.contentType
    const headers = type === undefined ? said : { ...said, 'content-type': type }
    const list = responseHeaders(headers, forms.length === 0 ? asItIs : (value) => redactText(value, forms))
    const sessionId = sessionIdOf(headers)
    if (sessionId !== null) list.push(sessionHeader, this.#outbound.wrapSession(sessionId))
    if (isStream) list.push('x-accel-buffering', 'no')
    const length = headers['content-length']
    // Taking a secret or a tool out changes the length, so where one may be in it the length is not promised.
    if (this.#scanner === null && this.#filter === null && typeof length === 'string' && /^\d{1,15}$/.test(length)) {
      this.#missing = Number(length)
      list.push('content-length', length)
    }
    return list
  }
}

const callerLeft = new Error('the caller left')
const notDelivered = new Error('the answer is not delivered')
const nothing = Buffer.alloc(0)
const asItIs = (value: string): string => value

/** Answers that we do not hand on. */
function unacceptable(status: number, headers: IncomingHttpHeaders, isSecret: boolean): Problem | null {
  // Followed, a redirect would carry body and credential to a host that nobody approved.
  if (status >= 300 && status < 400) return redirected
  const encoding = headers['content-encoding']
  if (isSecret && encoding !== undefined && encoding !== 'identity') return compressed
  // Wrapped, it would not fit into the headers of the next call, and ten thousand of them are remembered.
  if ((sessionIdOf(headers)?.length ?? 0) > longestSessionId) return longSessionId
  return null
}

const redirected = refuse('upstream_unreachable', {
  detail: 'The MCP server answered with a redirect, which is never followed. Register its final address.',
}).problem
const compressed = refuse('upstream_unreachable', {
  detail: 'The MCP server compressed its answer although it was asked not to.',
}).problem

const longestSessionId = 1024
const longSessionId = refuse('upstream_unreachable', {
  detail: `The MCP server gave a session id of more than ${longestSessionId} characters.`,
}).problem

const tooSlow = refuse('upstream_timeout', { log: { upstreamError: 'no answer in time' } }).problem

const timeoutCodes: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])

/** The reason goes to the log only: it names addresses of the inside. */
function problemOf(error: Error): Problem {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  const log = { upstreamError: code }
  return timeoutCodes.has(code)
    ? refuse('upstream_timeout', { log }).problem
    : refuse('upstream_unreachable', { log }).problem
}
