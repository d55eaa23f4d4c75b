import type { SliceAsking } from '../../fleet/slices/asking.ts'
import type { Grant, SliceAsk } from '../../fleet/slices/schema.ts'
import type { LimitRecord } from '../../limits/schema.ts'
import { ok, type Result } from '../../problems.ts'

/** What one call takes of each of its limits, as far as that limit says anything about it. */
export type Want = {
  readonly requests: 0 | 1
  /** Tokens that it may take at most, or that it is expected to take where it can be stopped. */
  readonly tokens: number
  /** It runs until it is settled: a place among the calls at the same time, or among the open streams. */
  readonly seat: 'call' | 'stream' | 'none'
}

export type LimitHold = {
  /** More tokens than were taken at first. False: there are none left in this window, or nobody could be asked in time. */
  readonly extend: (tokens: number) => boolean | Promise<boolean>
  /** The call is over: its seats are free, and what it did not take of its tokens goes back. Once; later ones do nothing. */
  readonly settle: (tokens: number) => void
  /** The call was not made: all that it took goes back. */
  readonly undo: () => void
}

/** How a limit stands in the running window, for headers: as far as this gateway knows. */
export type Standing = {
  readonly limit: LimitRecord
  readonly measure: 'requests' | 'tokens'
  readonly most: number
  readonly left: number
  readonly resetMs: number
}

/**
 * Limits, enforced from slices that control has debited in the store before. Waits for control 250 ms at most, and for
 * nothing where slices are in hand: then the answer is no promise.
 */
export type Limits = {
  /** All of them or none. A refusal names the limit and when to come again. */
  readonly take: (limits: readonly LimitRecord[], want: Want) => Result<LimitHold> | Promise<Result<LimitHold>>
  readonly standings: (limits: readonly LimitRecord[]) => readonly Standing[]
  /** A slice that came too late for whoever asked. */
  readonly late: (ask: SliceAsk, grant: Grant) => void
  /** Limits that changed or went, and all of them with a new snapshot: what is held of them goes back. */
  readonly changed: (id: string | null) => void
  readonly close: () => void
}

export type LimitsDeps = {
  readonly askSlice: SliceAsking['ask']
  readonly giveBack: SliceAsking['giveBack']
  /** Has a heartbeat been answered in the last 5 s? */
  readonly isAttached: () => boolean
  readonly monotonic: () => number
  readonly setTimer: (ms: number, run: () => void) => () => void
}

export const nothingHeld: LimitHold = { extend: () => true, settle: () => {}, undo: () => {} }

/** PLACEHOLDER until slices are spoken. */
export function createLimits(_deps: LimitsDeps): Limits {
  return { take: () => ok(nothingHeld), standings: () => [], late: () => {}, changed: () => {}, close: () => {} }
}
