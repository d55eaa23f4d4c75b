import type { RecordSource } from '../../fleet/attach.ts'
import type { CallRecord } from '../../fleet/records/schema.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { type Disk, realDisk } from './disk.ts'
import { bytesOf } from './layout.ts'
import { openState, type State } from './state.ts'
import { flush, hand, keepsRunning } from './turn.ts'

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
  /** Records that are nowhere, since there was no room for them. */
  readonly dropped: () => number
  /** Resolves when control has everything, or when so much time is over. */
  readonly told: (ms: number) => Promise<void>
  /** Everything handed over is on disk, and the file is closed. */
  readonly close: () => Promise<void>
}
/** Which open record is answered by the one that follows; 0: none was written. */
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
  readonly disk?: Disk
  /** At the end of this turn of the loop; default: `setImmediate`. */
  readonly atTurnEnd?: (run: () => void) => void
  /** What nobody has counted yet takes so much of the disk at most. */
  readonly capBytes?: number
  /** Of a file, before the next one is begun. */
  readonly segmentBytes?: number
}

const capBytes = 1024 * 1024 * 1024
const segmentBytes = 8 * 1024 * 1024

export async function openSpool(deps: SpoolDeps): Promise<Spool> {
  const state = openState({ disk: realDisk, atTurnEnd: setImmediate, capBytes, segmentBytes, ...deps }, keepsRunning)
  return {
    open: (record, isBudgeted) => {
      if (state.isFull()) return Promise.resolve(isBudgeted ? full : unopened)
      return new Promise((resolve) => {
        hand(state, { kind: 'open', members: state.membersOf(record), isBudgeted, resolve })
      })
    },
    done: (record, opened, release) => {
      const place = opened?.place ?? 0
      // What was paid is written whenever there is room again: nobody else knows of it.
      const isOwed = place > 0 || record.charges.length > 0
      hand(state, { kind: 'done', members: state.membersOf(record), place, isOwed, release })
    },
    isFull: state.isFull,
    source: state.telling.source,
    trouble: () => (state.isFull() ? troubleOf(state) : null),
    dropped: () => state.dropped,
    told: async (ms) => {
      flush(state)
      // A disk that is slow or broken gets no more time; of one that is broken, what is safe is told.
      const { promise: over, resolve } = Promise.withResolvers<void>()
      const stop = state.deps.setTimer(ms, resolve)
      const synced = state.sync().catch(() => {})
      await Promise.race([synced.then(() => state.telling.told(ms)), over])
      stop()
    },
    close: async () => {
      flush(state, true)
      state.isClosed = true
      state.stopSyncing()
      state.stopTrying()
      await state.telling.stop()
      await state.writer.close().catch((error: unknown) => {
        state.deps.log.error({ error }, 'spool: the last calls may not outlast a power cut')
      })
    },
  }
}

const troubleOf = (state: State): string =>
  state.isFailing
    ? 'calls cannot be written down: the disk of the spool is full or broken'
    : `calls cannot be written down: ${[state.own, ...state.formers].reduce((sum, boot) => sum + bytesOf(boot), 0)} bytes of them wait for control`

const full: Result<OpenMark> = refuse('spool_full', { retryAfterSeconds: 5 })
const unopened: Result<OpenMark> = ok({ place: 0 })
