import type { ServerResponse } from 'node:http'
import { problemJson } from '../http/problem-json.ts'
import type { Problem, ProblemCode } from '../problems.ts'
import { createEventEdge, type EventEdge } from './event-edge.ts'
import { anthropicEvent, anthropicRefusal, openaiEvent, openaiRefusal } from './llm/answer.ts'
import { rpcRefusal } from './mcp/answer.ts'
import type { RpcId } from './mcp/message.ts'
import { oauthRefusal } from './oauth/refusal.ts'
import { type WhoGrants, withGrants } from './who-grants.ts'

/** Which of the catalogue's dialects a refusal is written in: the path decides. */
export type Dialect = 'mcp' | 'rest' | 'oauth' | 'openai' | 'anthropic'

/** How long a cut stream may take to say goodbye to a client that reads slowly. */
const goodbyeMs = 1000

/** The answer to one call, from open to closed. Whatever comes after its end is dropped. */
export class Answer {
  readonly requestId: string
  /** Id of the JSON-RPC request, as soon as it is known. */
  rpcId: RpcId = null
  status = 0
  code: ProblemCode | null = null
  /** What the refusal says to the log only. */
  log: Problem['log'] = undefined
  /** What the head of any answer to this call says besides: a flat list. */
  standing: readonly string[] = []
  /** Who gives what a refusal says is missing; null until somebody may know it. */
  whoGrants: (() => WhoGrants | null) | null = null
  /** Called once, when the head has gone out. */
  onStart: (() => void) | null = null
  readonly #response: ServerResponse
  readonly #dialect: Dialect
  readonly #corsHeaders: readonly string[]
  #isStream = false
  /** Of an event stream: where its events end. */
  #edge: EventEdge | null = null
  #unsaid = ''
  #isOver = false
  #onGone: (() => void) | null = null

  constructor(response: ServerResponse, requestId: string, dialect: Dialect, corsHeaders: readonly string[]) {
    this.requestId = requestId
    this.#response = response
    this.#dialect = dialect
    this.#corsHeaders = corsHeaders
    response.on('close', () => this.#gone())
    // A caller that resets the connection is gone, and 'close' says so.
    response.on('error', ignore)
  }

  /** No byte has been sent, so a refusal is still possible. */
  get isUntouched(): boolean {
    return !this.#isOver && !this.#response.headersSent
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Called once, when nobody waits for this answer any more: the caller hung up, or the call was cut. */
  whenGone(listener: () => void): void {
    if (this.#isOver) listener()
    else this.#onGone = listener
  }

  /** `headers` as a flat list. A stream's go out at once: its first event may be minutes away. */
  start(status: number, headers: string[], isStream: boolean): void {
    if (!this.isUntouched) return
    this.status = status
    this.#isStream = isStream
    if (isStream) this.#edge = createEventEdge()
    headers.push('x-request-id', this.requestId, ...this.#corsHeaders)
    if (this.#dialect === 'anthropic') headers.push('request-id', this.requestId)
    if (this.standing.length > 0) headers.push(...this.standing)
    this.#response.writeHead(status, headers)
    if (isStream) this.#response.flushHeaders()
    this.onStart?.()
  }

  /** Written and not yet taken by the caller. */
  get waitingBytes(): number {
    return this.#response.writableLength
  }

  /** False: the caller reads more slowly than we write; `whenDrained` tells when to go on. */
  write(chunk: Buffer | string): boolean {
    if (this.#isOver) return true
    const isReading = this.#response.write(chunk)
    this.#edge?.push(chunk)
    if (this.#unsaid !== '' && this.#edge?.isBetween()) this.#response.write(this.#takeUnsaid())
    return isReading
  }

  /** An event of our own into a stream of events, as soon as none of the server's is in the middle. */
  say(event: string): void {
    if (this.#isOver || this.#edge === null) return
    this.#unsaid += event
    if (this.#edge.isBetween()) this.#response.write(this.#takeUnsaid())
  }

  #takeUnsaid(): string {
    const text = this.#unsaid
    this.#unsaid = ''
    return text
  }

  /** A refusal in the place of what should still have come in a stream of events. False: there is no room for one. */
  sayRefusal(problem: Problem): boolean {
    if (this.#isOver || this.#edge === null || !this.#edge.isBetween()) return false
    this.code = problem.code
    this.log = problem.log
    this.#response.write(this.#eventOf(problem))
    return true
  }

  /** Called once. */
  whenDrained(listener: () => void): void {
    this.#response.once('drain', listener)
  }

  /** The last byte. */
  finish(last: Buffer | string | null = null): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#onGone = null
    if (last === null) this.#response.end()
    else this.#response.end(last)
  }

  refuse(problem: Problem, more: readonly string[] = []): void {
    if (!this.isUntouched) {
      this.abandon()
      return
    }
    this.code = problem.code
    this.log = problem.log
    const refusal = this.#written(problem)
    this.send(refusal.status, [...refusal.headers, ...more], refusal.body)
  }

  #written(refused: Problem): { status: number; headers: readonly string[]; body: string } {
    const problem = withGrants(refused, this.whoGrants)
    switch (this.#dialect) {
      case 'mcp':
        return rpcRefusal(problem, this.requestId, this.rpcId)
      case 'oauth':
        return oauthRefusal(problem, this.requestId)
      case 'rest':
        return rest(problem, this.requestId)
      case 'openai':
        return openaiRefusal(problem, this.requestId)
      case 'anthropic':
        return anthropicRefusal(problem, this.requestId)
    }
  }

  #eventOf(refused: Problem): string {
    const problem = withGrants(refused, this.whoGrants)
    if (this.#dialect === 'openai') return openaiEvent(problem, this.requestId)
    if (this.#dialect === 'anthropic') return anthropicEvent(problem, this.requestId)
    return `event: message\ndata: ${this.#written(refused).body}\n\n`
  }

  get #isLlm(): boolean {
    return this.#dialect === 'openai' || this.#dialect === 'anthropic'
  }

  /** A stream of a model ends here with its last event, and that says why. */
  endWith(event: string, problem: Problem): void {
    if (this.#isOver) return
    this.code = problem.code
    this.log = problem.log
    // Behind anything else than events it would be read as a part of it.
    if (this.#edge === null) this.abandon()
    // One that is not whole is ended first, for the same reason.
    else this.finish(this.#edge.isBetween() ? event : `\n\n${event}`)
  }

  send(status: number, headers: string[], body: string): void {
    headers.push('content-length', String(Buffer.byteLength(body)), 'cache-control', 'no-store')
    this.start(status, headers, false)
    this.finish(body)
  }

  /** Ends a call that is no longer allowed: refused if that is still possible, else a stream ends in its own way. */
  cut(problem: Problem): void {
    if (this.#isOver) return
    this.code = problem.code
    this.log = problem.log
    const tell = this.#onGone
    if (this.isUntouched) this.refuse(problem)
    else if (this.#isStream) {
      if (this.#isLlm) this.sayRefusal(problem)
      // The protocol's own goodbye is the clean end of the body; who does not read it is cut all the same.
      this.finish()
      setTimeout(() => this.#response.destroy(), goodbyeMs).unref()
    } else this.abandon()
    tell?.()
  }

  /** A body that cannot be completed must not look complete. */
  abandon(): void {
    this.#isOver = true
    this.#response.destroy()
  }

  #gone(): void {
    this.#isOver = true
    const tell = this.#onGone
    this.#onGone = null
    tell?.()
  }
}

/** What carries an answer on, piece by piece: that of an HTTP call, or of one that we make ourselves. */
export type Delivery = Pick<
  Answer,
  'start' | 'write' | 'waitingBytes' | 'whenDrained' | 'whenGone' | 'sayRefusal' | 'abandon'
>

const ignore = (): void => {}

function rest(problem: Problem, requestId: string): { status: number; headers: string[]; body: string } {
  const { status, headers, body } = problemJson(problem, requestId)
  return { status, headers: Object.entries(headers).flat(), body }
}
