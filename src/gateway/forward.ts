import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Problem } from '../problems.ts'
import type { Timeouts } from '../servers/schema.ts'
import type { Delivery } from './answer.ts'
import { type Awaited, createDeadlines, type Deadlines } from './deadlines.ts'
import type { Filter } from './mcp/filter-answer.ts'
import { createScanner, redactText, type Scanner } from './mcp/scan.ts'
import type { ShownTools } from './mcp/shown-tools.ts'
import { unfit } from './mcp/unfit.ts'
import { isEventStream } from './media-type.ts'
import { type Patience, patienceOf } from './patience.ts'
import { problemOf, tooSlow, unacceptable } from './undelivered.ts'
import { type Injected, requestHeaders, responseHeaders, sessionHeader, sessionIdOf } from './upstream-headers.ts'

/** Where a call goes: one server as it stands, its pool, and the secret that goes into its declared slot. */
export type Upstream = {
  readonly pool: Pick<Dispatcher, 'dispatch'>
  readonly path: string
  readonly injected: Injected | null
  /** Every form of the injected secret; empty without one. */
  readonly secretForms: readonly Buffer[]
  readonly timeouts: Timeouts
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
  /** A stream of the protocol, which may be silent for hours: once its answer has begun, nobody waits for anything. */
  readonly isStream: boolean
}

/** How it went. `done`: everything but `last` is delivered, and `last` is in hand, not yet released. */
export type Ending =
  | { readonly kind: 'done'; readonly last: Buffer | null }
  | { readonly kind: 'refused'; readonly problem: Problem }
  /** The caller left or was cut. */
  | { readonly kind: 'gone' }
  /** The upstream broke off in the middle of its answer. */
  | { readonly kind: 'broken' }

/** Waiting is `Deadlines`'; TCP keepalive finds connections that are dead. */
const noLimit = 0

type Deps = {
  readonly monotonic: () => number
  readonly gatewayId: () => string
  /** No server is waited for longer until its answer begins. */
  readonly longestAnswerMs?: number
}

export function forward({
  monotonic,
  gatewayId,
  longestAnswerMs = Number.POSITIVE_INFINITY,
}: Deps): (upstream: Upstream, outbound: Outbound, answer: Delivery) => Promise<Ending> {
  const deadlines = createDeadlines<Flight>({ monotonic, onOver: (flight) => flight.timeOut() })
  return (upstream, outbound, answer) =>
    new Promise((resolve) => {
      const patience = patienceOf(upstream.timeouts, outbound.isStream, monotonic(), longestAnswerMs)
      const flight = new Flight(upstream, outbound, answer, { deadlines, patience, monotonic }, resolve)
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

type Waiting = {
  readonly deadlines: Deadlines<Flight>
  readonly patience: Patience
  readonly monotonic: () => number
}

/** One call on its way: undici's handler. Lives as long as the upstream's answer. */
class Flight implements Awaited {
  /** Both are `Deadlines`'. */
  place = -1
  dueAt: number
  readonly #upstream: Upstream
  readonly #outbound: Outbound
  readonly #answer: Delivery
  readonly #waiting: Waiting
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
    answer: Delivery,
    waiting: Waiting,
    resolve: (ending: Ending) => void,
  ) {
    this.#upstream = upstream
    this.#outbound = outbound
    this.#answer = answer
    this.#waiting = waiting
    this.dueAt = waiting.patience.answerAt
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

  /** The answer has not begun, or has not gone on, in time. */
  timeOut(): void {
    this.#refusal = tooSlow
    this.#controller?.abort(notDelivered)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // Interim answers (103 and the like) are about this hop.
    if (status < 200) return
    this.#await()
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

  /** For the next piece of the answer, as long as that may take. */
  #await(): void {
    this.#wentOn()
    this.#waiting.deadlines.sooner(this)
  }

  #wentOn(): void {
    const { patience, monotonic } = this.#waiting
    this.dueAt = Math.min(monotonic() + patience.idleMs, patience.endsAt)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#wentOn()
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
    // Who does not read keeps us waiting now, and not the server.
    this.dueAt = this.#waiting.patience.endsAt
    this.#answer.whenDrained(() => {
      this.#await()
      controller.resume()
    })
  }

  onResponseEnd(): void {
    this.#waiting.deadlines.end(this)
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
    this.#waiting.deadlines.end(this)
    const isSaid = this.#hasHeaders && this.#refusal === tooSlow && this.#answer.sayRefusal(tooSlow)
    if (isSaid) this.#resolve({ kind: 'done', last: null })
    else if (this.#refusal !== null) this.#resolve({ kind: 'refused', problem: this.#refusal })
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
