import { refuse } from '../../../problems.ts'
import type { Delivery } from '../../answer.ts'
import type { Ending } from '../../forward.ts'
import { undelivered } from './undelivered.ts'

/** Of one answer, and of one event of a stream. */
const longestPiece = 16 * 1024 * 1024
const buffered = 256 * 1024
/** Each blank line has one of these in it (WHATWG HTML §9.2.5), and they stand nowhere else. */
const blankLines = ['\n\n', '\n\r', '\r\r']

const { problem: brokeOff } = refuse('upstream_unreachable', {
  detail: 'The MCP server broke off in the middle of its answer.',
})
const { problem: tooLong } = refuse('upstream_unreachable', { detail: 'The answer of the MCP server is too long.' })

/** An answer that comes piece by piece, as a client in this process reads it. */
export class Reply implements Delivery {
  /** Rejects where nothing has come. */
  readonly response: Promise<Response>
  readonly #signal: AbortSignal | null
  readonly #resolve: (response: Response) => void
  readonly #reject: (error: unknown) => void
  readonly #body: ReadableStream<Uint8Array>
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null
  #isOver = false
  #isStream = false
  #piece = 0
  /** The last byte of a stream: a blank line may be cut in two. */
  #before = Buffer.alloc(0)
  #onGone: (() => void) | null = null
  #onDrain: (() => void) | null = null

  constructor(signal: AbortSignal | null) {
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    // Somebody else hears of it, too: whoever reads the body.
    promise.catch(() => {})
    this.response = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = signal
    this.#body = this.#createBody()
    // Taken away at the end: a client of ours has one signal for all that it ever asks.
    signal?.addEventListener('abort', this.#onAbort)
    if (signal?.aborted) this.#onAbort()
  }

  #createBody(): ReadableStream<Uint8Array> {
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => {
          const goOn = this.#onDrain
          this.#onDrain = null
          goOn?.()
        },
        cancel: () => this.#leave(undelivered(brokeOff)),
      },
      { highWaterMark: buffered, size: (chunk) => chunk?.byteLength ?? 0 },
    )
  }

  start(status: number, headers: string[], isStream: boolean): void {
    this.#isStream = isStream
    const pairs: [string, string][] = []
    for (let at = 0; at + 1 < headers.length; at += 2) pairs.push([headers[at] ?? '', headers[at + 1] ?? ''])
    const hasBody = status !== 204 && status !== 205
    this.#resolve(new Response(hasBody ? this.#body : null, { status, headers: pairs }))
  }

  write(chunk: Buffer | string): boolean {
    if (this.#isOver) return true
    const bytes = Buffer.from(chunk)
    this.#piece = this.#isStream ? this.#pieceOfStream(bytes) : this.#piece + bytes.length
    if (this.#piece > longestPiece) this.#leave(undelivered(tooLong))
    else this.#controller?.enqueue(bytes)
    return (this.#controller?.desiredSize ?? 1) > 0
  }

  /** Since the last event: whoever reads it keeps all lines of one until it ends. */
  #pieceOfStream(bytes: Buffer): number {
    const seen = Buffer.concat([this.#before, bytes])
    this.#before = seen.subarray(-1)
    const at = Math.max(...blankLines.map((line) => seen.lastIndexOf(line, undefined, 'latin1')))
    return at === -1 ? this.#piece + bytes.length : seen.length - at
  }

  get waitingBytes(): number {
    return buffered - (this.#controller?.desiredSize ?? buffered)
  }

  whenDrained(listener: () => void): void {
    this.#onDrain = listener
  }

  whenGone(listener: () => void): void {
    this.#onGone = listener
    if (this.#isOver) listener()
  }

  /** Whoever reads it hears of a refusal as an error. */
  sayRefusal(): boolean {
    return false
  }

  abandon(): void {
    this.#leave(undelivered(brokeOff))
  }

  readonly fail = (error: unknown): void => {
    this.#end(() => this.#controller?.error(error))
    this.#reject(error)
  }

  readonly settle = (ending: Ending): void => {
    switch (ending.kind) {
      case 'done':
        if (ending.last !== null) this.write(ending.last)
        this.#end(() => this.#controller?.close())
        break
      case 'refused':
        this.fail(undelivered(ending.problem))
        break
      case 'broken':
      case 'gone':
        this.fail(undelivered(brokeOff))
        break
    }
  }

  readonly #onAbort = (): void => this.#leave(this.#signal?.reason)

  #leave(error: unknown): void {
    this.fail(error)
    this.#onGone?.()
  }

  #end(how: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#signal?.removeEventListener('abort', this.#onAbort)
    how()
  }
}
