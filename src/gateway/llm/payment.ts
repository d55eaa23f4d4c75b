import type { Duty } from '../../access/schema.ts'
import type { Problem, Result } from '../../problems.ts'
import type { ModelRecord, ProviderRecord } from '../../providers/schema.ts'
import type { Incoming } from '../incoming.ts'
import type { LlmRequest } from './request.ts'

export type Bill = {
  readonly call: Incoming
  readonly request: LlmRequest
  readonly provider: ProviderRecord
  readonly model: ModelRecord
  /** Of the yes that this call goes out with. */
  readonly duties: readonly Duty[]
}

/** Takes limits, reserves budgets and writes the open record; all of it or nothing. */
export type Pay = (bill: Bill) => Result<Payment> | Promise<Result<Payment>>

/** What one call to one model of one provider has taken, until it is over. */
export type Payment = {
  /** Largest output that the body must say, because it says none and a budget or token limit needs one; null: leave it. */
  readonly maxTokens: number | null
  /** The provider must be asked to say the usage of a stream (OpenAI chat completions). */
  readonly asksForUsage: boolean
  /** For the head of the answer, a flat list: `ratelimit`, `ratelimit-policy`, `x-ratelimit-…`, `ostiary-max-tokens`. */
  readonly headers: () => string[]
  /** The answer has begun: what reads its body. Once. */
  readonly meter: (head: { readonly status: number; readonly contentType: string | undefined }) => Meter
  /** It never went out, or failed before its answer began, and goes elsewhere now: all goes back. */
  readonly undo: () => void
  /**
   * The call is over; `release` lets its last byte go, after its record is written. `isGone`: the caller left before.
   * Once. `code`: of a refusal of ours that ended it.
   */
  readonly finish: (
    how: { readonly status: number; readonly code: string | null; readonly isGone: boolean },
    release: () => void,
  ) => void
  /** Must its answer be read to the end, although nobody listens any more, because only that says what it costs? */
  readonly readsToTheEnd: boolean
}

/** Reads an answer as it passes. */
export type Meter = {
  /** What of the chunk is delivered: all of it, or less where a chunk is hidden that the caller did not ask for. */
  readonly push: (chunk: Buffer) => Buffer
  /**
   * After a push: may it go on? False: it is paid for no further, and ends with `ending`. A promise: wait with reading.
   */
  readonly goesOn: () => boolean | Promise<boolean>
  /** Why it ended, and the last event of the stream that says so, in the caller's dialect. */
  readonly ending: () => { readonly problem: Problem; readonly event: string }
  /** Nothing more comes: what was held back. */
  readonly end: () => Buffer
}
