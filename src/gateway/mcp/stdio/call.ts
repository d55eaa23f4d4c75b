import type { IncomingMessage } from 'node:http'
import { type Problem, problems } from '../../../problems.ts'
import type { Secret } from '../../../secret.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import { acceptsStream, type BridgeAnswer, jsonSink, type Sink, sendProblem, streamSink } from './answer.ts'
import type { Id } from './message.ts'
import type { Failure } from './pool.ts'

/** A call that the gateway has authorized, for a server that runs as a child or is connected to by HTTP+SSE. */
export type BridgeCall = {
  readonly server: ServerRecord
  /** The server's declared environment, unsealed. */
  readonly env: Readonly<Record<string, string>>
  /** Of a server over HTTP+SSE, opened; a child has its environment. */
  readonly credential: Secret | null
  readonly subject: string
  /** As sessions are bound (gateway/target.ts). */
  readonly holder: string
  readonly keyId: string
  readonly method: 'POST' | 'GET' | 'DELETE'
  /** As the bridge issued it. */
  readonly sessionId: string | null
  /** The parsed body of a POST, and its bytes. */
  readonly message: unknown
  readonly raw: Buffer
  readonly accept: string
  readonly lastEventId: string | null
  readonly protocolVersion: string | null
  readonly request?: IncomingMessage
  readonly response: BridgeAnswer
  /** Aborts when the client has gone or may no longer call. */
  readonly signal: AbortSignal
}

/** The sink for a call's answer, and the moment when that answer is over. */
export const sinkFor = (
  call: BridgeCall,
  id: Id,
  headers: Record<string, string>,
): { sink: Sink; over: Promise<void> } =>
  watched(acceptsStream(call.accept) ? streamSink(call.response, headers, id) : jsonSink(call.response, headers, id))

export const watched = (inner: Sink): { sink: Sink; over: Promise<void> } => {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  const sink: Sink = {
    push: inner.push,
    finish: (text) => {
      inner.finish(text)
      resolve()
    },
    drop: () => {
      inner.drop()
      resolve()
    },
    fail: (problem) => {
      inner.fail(problem)
      resolve()
    },
  }
  return { sink, over }
}

export const onAbort = (signal: AbortSignal, act: () => void): void => {
  if (signal.aborted) act()
  else signal.addEventListener('abort', act, { once: true })
}

/** Why a server did not start stays in the log and in the server's health: it may quote paths of this machine. */
export const sendFailure = (answer: BridgeAnswer, id: Id | null, failure: Failure): void =>
  sendProblem(answer, id, problemOf(failure))

const problemOf = (failure: Failure): Problem => {
  switch (failure.kind) {
    case 'busy':
      return { code: 'busy', detail: failure.why, retryAfterSeconds: 5 }
    case 'timeout':
      return { code: 'upstream_timeout', detail: problems.upstream_timeout.title }
    case 'unreachable':
    case 'wrong-era':
      return { code: 'upstream_unreachable', detail: problems.upstream_unreachable.title }
  }
}

export const isStuffed = (calls: number, answer: BridgeAnswer, id: Id): boolean => {
  if (calls < 10_000) return false
  sendProblem(answer, id, { code: 'busy', detail: 'Too many calls wait for this server', retryAfterSeconds: 1 })
  return true
}
