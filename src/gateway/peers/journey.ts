import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { refuse } from '../../problems.ts'
import type { Answer } from '../answer.ts'
import type { Ending } from '../forward.ts'
import { isEventStream } from '../media-type.ts'
import { deliveredHeaders, hopHeader } from './carried.ts'

/**
 * How handing on went. `unreached`: that gateway has not got the call, so it may still be served elsewhere. `isGateways`:
 * other calls would fare no better.
 */
export type Journeyed = Ending | { readonly kind: 'unreached'; readonly why: string; readonly isGateways: boolean }

/** One call on its way through another gateway: undici's handler. Byte for byte, at the pace of the slower end. */
export class Journey {
  readonly #answer: Answer
  readonly #proof: string
  readonly #resolve: (how: Journeyed) => void
  #controller: Dispatcher.DispatchController | null = null
  #isGone = false
  #hasHeaders = false
  /** Status of an answer that is not of that gateway. */
  #strange: number | null = null

  constructor(answer: Answer, proof: string, resolve: (how: Journeyed) => void) {
    this.#answer = answer
    this.#proof = proof
    this.#resolve = resolve
    answer.whenGone(() => {
      this.#isGone = true
      this.#controller?.abort(callerLeft)
    })
  }

  /** From here on bytes may have gone out. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#isGone) controller.abort(callerLeft)
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return
    // Whoever cannot say this has not opened the envelope: another program at that address, or another gateway.
    if (headers[hopHeader] !== this.#proof) {
      this.#strange = status
      controller.abort(stranger)
      return
    }
    this.#hasHeaders = true
    this.#answer.start(status, deliveredHeaders(headers), isEventStream(headers['content-type']))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#answer.write(chunk)) return
    controller.pause()
    this.#answer.whenDrained(() => controller.resume())
  }

  onResponseEnd(): void {
    this.#resolve({ kind: 'done', last: null })
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const why = 'code' in error && typeof error.code === 'string' ? error.code : error.name
    if (this.#isGone) this.#resolve({ kind: 'gone' })
    else if (this.#hasHeaders) this.#resolve({ kind: 'broken' })
    else if (this.#strange !== null) this.#resolve(afterStranger(this.#strange))
    else if (this.#controller === null) this.#resolve({ kind: 'unreached', why, isGateways: true })
    else this.#resolve(mayHaveRun(why))
  }
}

const mayHaveRun = (why: string): Ending => ({
  kind: 'refused',
  problem: refuse('upstream_unreachable', { log: { peerError: why } }).problem,
})

function afterStranger(status: number): Journeyed {
  // A proxy on the way has lost that gateway, or lost patience: the call may run there, so it runs nowhere else.
  if (status === 502 || status === 504) return mayHaveRun(`a proxy answered ${status}`)
  // 431: the headers of this one call are too long with what gateways add. Its caller chose them, others did not.
  return { kind: 'unreached', why: 'it did not prove that it is that gateway', isGateways: status !== 431 }
}

const callerLeft = new Error('the caller left')
const stranger = new Error('the answer is not of that gateway')
