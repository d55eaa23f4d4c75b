import type { Problem } from '../../../problems.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { Incoming } from '../../incoming.ts'
import type { Message } from '../message.ts'
import type { Members } from '../stdio/message.ts'
import type { Aim } from './aim.ts'
import type { UpstreamClient } from './client.ts'
import type { Gate } from './gate.ts'

/** One message to all servers, admitted; and how its answer reaches whoever sent it. */
export type Exchange = {
  readonly call: Incoming
  readonly gate: Gate
  readonly message: Message
  readonly aim: Aim
  /** It may not go on, whatever its protocol says of callers that hang up. */
  readonly cut: AbortSignal
  /** Its answer has ended, in whatever way. */
  readonly over: AbortSignal
  /** For the access log: a refusal inside of an answer. */
  readonly note: (problem: Pick<Problem, 'code' | 'log'>) => void
  /** What the one server that it is for has done with it. */
  readonly asked: Asked
}

/** Written by `respond`; whoever concludes the call waits for `over`, since a client of an older era may be gone before. */
export type Asked = {
  /** Its price is due. */
  isDue: boolean
  over: Promise<unknown>
}

/** What a call has of its client, whichever era that is of. */
export type Channel = {
  /** Runs `use` with a client that is there for this call, or for its session. */
  readonly use: <T>(server: ServerRecord, use: (client: UpstreamClient) => Promise<T>) => Promise<T>
  /** Into the answer of this call. */
  readonly tell: (method: string, params: Members) => void
  readonly signal: AbortSignal
}
