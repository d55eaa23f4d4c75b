import { type Problem, problems, statusOf } from '../../../problems.ts'
import { errorText, type Id, isMembers, membersOf } from './message.ts'

/** The HTTP answer, as the gateway lends it to the bridge. */
export type BridgeAnswer = {
  /** `isWhole`: one piece follows, and then the end, so that all of it may go out in one. */
  start(status: number, headers: Record<string, string>, isWhole?: boolean): void
  write(chunk: Buffer | string): void
  end(): void
}

/** Where what belongs to one call goes: its own answer, or nowhere any more. */
export type Sink = {
  /** A message before the answer, such as progress. False when this answer has room for one message only. */
  readonly push: (text: string) => boolean
  readonly finish: (text: string) => void
  /** Ends without an answer: the caller withdrew the call. */
  readonly drop: () => void
  /** Ends with a refusal of ours: with its own status where nothing was sent yet, else as a message. */
  readonly fail: (problem: Problem) => void
}

const streamHeaders = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
}

export const event = (text: string): string => `event: message\ndata: ${text}\n\n`

export const acceptsStream = (accept: string): boolean => /text\/event-stream/i.test(accept)

/** Most answers are here before, and then head, event and end are one write instead of three. */
const headAfterMs = 10

/** The head soon goes out by itself: a call may run for minutes, and proxies on the way must see that it lives. */
export const streamSink = (answer: BridgeAnswer, headers: Record<string, string>, id: Id): Sink => {
  let state: 'waiting' | 'open' | 'over' = 'waiting'
  const begin = (isWhole: boolean) => {
    if (state !== 'waiting') return
    clearTimeout(timer)
    state = 'open'
    answer.start(200, { ...streamHeaders, ...headers }, isWhole)
  }
  const timer = setTimeout(begin, headAfterMs, false)
  const close = () => {
    if (state === 'over') return
    begin(false)
    state = 'over'
    answer.end()
  }
  const finish = (text: string) => {
    if (state === 'over') return
    begin(true)
    answer.write(event(text))
    close()
  }
  return {
    push: (text) => {
      if (state === 'over') return false
      begin(false)
      answer.write(event(text))
      return true
    },
    finish,
    drop: close,
    fail: (problem) => finish(problemText(id, problem)),
  }
}

export const jsonSink = (answer: BridgeAnswer, headers: Record<string, string>, id: Id): Sink => {
  let open = true
  const finish = (text: string) => {
    if (!open) return
    open = false
    sendJson(answer, 200, text, headers)
  }
  return {
    push: () => false,
    finish,
    drop: () => finish(errorText(id, -32000, 'The call was cancelled')),
    fail: (problem) => {
      if (open) sendProblem(answer, id, problem)
      open = false
    },
  }
}

/**
 * 2026-07-28: some JSON-RPC errors have an HTTP status, so nothing is sent before the first message is known. The
 * answer becomes a stream only if something comes before the result, or if the client takes nothing else.
 */
export const lateSink = (answer: BridgeAnswer, accept: string, id: Id): Sink => {
  let stream: Sink | null = null
  let over = false
  const open = () => {
    stream ??= streamSink(answer, {}, id)
    return stream
  }
  const finish = (text: string) => {
    if (over) return
    over = true
    if (stream) stream.finish(text)
    else if (/application\/json|\*\/\*/i.test(accept) || accept === '') sendJson(answer, statusOfAnswer(text), text)
    else open().finish(text)
  }
  return {
    push: (text) => !over && acceptsStream(accept) && open().push(text),
    finish,
    drop: () => {
      if (stream === null) finish(errorText(id, -32000, 'The call was cancelled'))
      else if (!over) stream.drop()
      over = true
    },
    fail: (problem) => {
      if (stream !== null) stream.fail(problem)
      else if (!over) sendProblem(answer, id, problem)
      over = true
    },
  }
}

const statusOfCode = new Map<unknown, number>([
  [-32601, 404],
  [-32020, 400],
  [-32021, 400],
  [-32022, 400],
  [problems.upstream_unreachable.rpc, problems.upstream_unreachable.status],
])

const statusOfAnswer = (text: string): number => {
  // Errors are short; results need no second parse.
  if (text.length > 8192 || !text.includes('"error"')) return 200
  const value: unknown = JSON.parse(text)
  return isMembers(value) ? (statusOfCode.get(membersOf(value['error'])['code']) ?? 200) : 200
}

export const sendJson = (
  answer: BridgeAnswer,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void => {
  answer.start(status, { 'content-type': 'application/json', ...headers })
  answer.write(text)
  answer.end()
}

export const sendEmpty = (answer: BridgeAnswer, status: number): void => {
  answer.start(status, status === 204 ? {} : { 'content-length': '0' })
  answer.end()
}

export const problemText = (id: Id | null, problem: Problem): string => {
  const entry = problems[problem.code]
  return errorText(id, 'rpc' in entry ? entry.rpc : -32603, problem.detail, { ...problem.data, code: problem.code })
}

/** A refusal before the JSON-RPC layer: HTTP status and a JSON-RPC error that carries our code. */
export const sendProblem = (answer: BridgeAnswer, id: Id | null, problem: Problem): void =>
  sendJson(
    answer,
    statusOf(problem),
    problemText(id, problem),
    problem.retryAfterSeconds === undefined ? {} : { 'retry-after': String(problem.retryAfterSeconds) },
  )
