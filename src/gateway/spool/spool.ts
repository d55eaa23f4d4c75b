import type { RecordSource } from '../../fleet/attach.ts'
import type { CallRecord } from '../../fleet/records/schema.ts'
import { ok, type Result } from '../../problems.ts'

/** A record as it is handed over: its place in the spool is the spool's to give. */
export type Unplaced = Omit<CallRecord, 'seq'>

/**
 * Calls on disk until control has counted them. All that are handed over in one turn of the loop are written by one
 * `writeSync`, so `kill -9` loses nothing that was released.
 */
export type Spool = {
  /**
   * A call that is budgeted or streamed, before it goes upstream: should this process be killed, the record stands in
   * its place, `charges` being all that was reserved. Resolves when it is written. Refuses with `spool_full` a call
   * that is budgeted; others go on.
   */
  readonly open: (record: Unplaced, isBudgeted: boolean) => Promise<Result<OpenMark>>
  /** The call is over. `release` runs when the record is written, or when it could not be: then it is counted as dropped. */
  readonly done: (record: Unplaced, opened: OpenMark | null, release: () => void) => void
  /** Calls that draw from a budget must be refused now. */
  readonly isFull: () => boolean
  /** What control is told. */
  readonly source: RecordSource
  /** Why readiness is red, or null. */
  readonly trouble: () => string | null
  /** Everything handed over is on disk, and the file is closed. */
  readonly close: () => Promise<void>
}
/** Which open record is answered by the one that follows. */
export type OpenMark = { readonly place: number }

export type SpoolDeps = {
  readonly directory: string
  /** Random id of this process's life. */
  readonly boot: string
  readonly now: () => number
  readonly setTimer: (ms: number, run: () => void) => () => void
  readonly log: {
    readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void
    readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void
  }
}

/** PLACEHOLDER until it writes. */
export async function openSpool(_deps: SpoolDeps): Promise<Spool> {
  const source = { attached: () => {}, detached: () => {}, taken: () => {}, flush: () => {} }
  return {
    open: async () => ok({ place: 0 }),
    done: (_record, _opened, release) => release(),
    isFull: () => false,
    source,
    trouble: () => null,
    close: async () => {},
  }
}
