import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { Problem } from '../problems.ts'
import type { Delivery } from './answer.ts'
import { type Awaited, createDeadlines, type Deadlines } from './deadlines.ts'
import type { Filter } from './mcp/filter-answer.ts'
import { createScanner, redactText, type Scanner } from './mcp/scan.ts'
import { unfit } from './mcp/unfit.ts'
import { isEventStream } from './media-type.ts'
import type { Ending, Outbound, Upstream } from './outbound.ts'
import { type Patience, patienceOf } from './patience.ts'
import { problemOf, tooSlow, unacceptable } from './undelivered.ts'
import { requestHeaders, responseHeaders, sessionHeader, sessionIdOf } from './upstream-headers.ts'

export type { Ending, Outbound, Upstream } from './outbound.ts'

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
          headers: requestHeaders(
            outbound.headers,
            outbound.sessionId,
            upstream.injected,
            gatewayId(),
            outbound.course?.passing,
          ),
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
  #isSent = false
  /** Its reader has not taken what there is. */
  #isUnread = false
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
      if (this.#isSent && outbound.course?.readsToTheEnd()) {
        // It may have waited for its reader.
        this.#controller?.resume()
        return
      }
      // Correct in both eras: to a modern server a closed stream is a cancel, to a legacy one a disconnect.
      this.#controller?.abort(callerLeft)
    })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isGone) controller.abort(callerLeft)
    else if (this.#refusal !== null) controller.abort(notDelivered)
    else this.#isSent = true
  }

  /** The answer has not begun, or has not gone on, in time. */
  timeOut(): void {
    if (this.#isUnread && this.#outbound.course === undefined) {
      // Not the server's fault: whoever stops in the middle has left, and does not have for nothing what he has read.
      this.#isGone = true
      this.#answer.abandon()
      this.#controller?.abort(callerLeft)
      return
    }
    this.#refusal = tooSlow
    this.#controller?.abort(notDelivered)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    // Interim answers (103 and the like) are about this hop.
    if (status < 200) return
    this.#await()
    const unwanted = this.#outbound.course?.judge(status, headers) ?? null
    if (unwanted !== null) {
      this.#refusal = unwanted
      controller.abort(notDelivered)
      return
    }
    const isSecret = this.#upstream.injected !== null
    const forms = this.#upstream.secretForms
    const head = { status, contentType: headers['content-type'], length: headers['content-length'] }
    const filter = this.#outbound.filterFor(head, (text) => redactText(text, forms))
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
    const isStream = (filter !== null && this.#outbound.course === undefined) || isEventStream(headers['content-type'])
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
    const isTaken = clean.length === 0 || this.#deliver(clean)
    const goesOn = this.#outbound.course?.goesOn() ?? true
    if (goesOn === false) this.#stop(controller)
    else if (!isTaken || goesOn !== true) this.#wait(controller, isTaken, goesOn)
  }

  /** False: its reader is slower. */
  #deliver(clean: Buffer): boolean {
    if (this.#missing !== -1) {
      this.#missing -= clean.length
      if (this.#missing <= 0) {
        this.#last = clean
        return true
      }
    }
    return this.#answer.write(clean)
  }

  /** Until its reader has read, and until it is paid for. */
  #wait(controller: Dispatcher.DispatchController, isTaken: boolean, goesOn: true | Promise<boolean>): void {
    controller.pause()
    // Who does not read keeps us waiting now, and not the server.
    this.dueAt = this.#waiting.patience.endsAt
    let waits = (isTaken ? 0 : 1) + (goesOn === true ? 0 : 1)
    const go = (): void => {
      waits -= 1
      if (waits > 0) return
      this.#await()
      controller.resume()
    }
    this.#isUnread = !isTaken
    if (!isTaken)
      this.#answer.whenDrained(() => {
        this.#isUnread = false
        go()
      })
    if (goesOn !== true)
      goesOn.then(
        (may) => (may ? go() : this.#stop(controller)),
        (error: Error) => controller.abort(error),
      )
  }

  #stop(controller: Dispatcher.DispatchController): void {
    this.#refusal = this.#outbound.course?.stopped() ?? null
    controller.abort(notDelivered)
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
    else if (this.#isGone) this.#resolve(this.#isSent ? { kind: 'gone' } : unsent)
    else if (this.#hasHeaders) this.#resolve({ kind: 'broken' })
    else this.#resolve({ kind: 'refused', problem: problemOf(error), ...(this.#isSent ? {} : { isUnsent: true }) })
  }

  #headersFor(said: IncomingHttpHeaders, isStream: boolean): string[] {
    const forms = this.#upstream.secretForms
    const type = said['content-type'] === undefined ? undefined : this.#filter?.contentType
    const headers = type === undefined ? said : { ...said, 'content-type': type }
    const { course, wrapSession } = this.#outbound
    const clean = forms.length === 0 ? asItIs : (value: string) => redactText(value, forms)
    const list = responseHeaders(headers, clean, course?.passing)
    const sessionId = course === undefined ? sessionIdOf(headers) : null
    if (sessionId !== null) list.push(sessionHeader, wrapSession(sessionId))
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

const unsent: Ending = { kind: 'gone', isUnsent: true }
const callerLeft = new Error('the caller left')
const notDelivered = new Error('the answer is not delivered')
const nothing = Buffer.alloc(0)
const asItIs = (value: string): string => value
