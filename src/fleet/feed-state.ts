import type { AuditNews, AuditNewsDeps } from './audit/news.ts'
import type { Formers } from './former.ts'
import type { Moment } from './freshness.ts'
import type { ProofTable } from './proofs.ts'
import type { CallRecord } from './records/schema.ts'
import type { AttachedGateway, Vanished } from './roster.ts'
import type { Proof, ServerReport, Sighting } from './schema.ts'
import type { Seal } from './seal-record.ts'
import { answerBeat, type Session } from './session.ts'
import type { SliceDeps } from './slices/answering.ts'
import type { Holder } from './slices/schema.ts'
import type { Tail, TailDeps } from './tail.ts'
import type { TokenDeps } from './token-answering.ts'

export type FeedDeps = TailDeps &
  TokenDeps &
  SliceDeps & {
    readonly sequencer: {
      readonly numberOf: (rowId: number) => Promise<number>
      readonly onNumbered: (listener: (upTo: number) => void) => () => void
      readonly latest: () => number
    }
    readonly proofs: ProofTable
    readonly audit: Pick<AuditNewsDeps, 'onCommit' | 'admits'>
    /** Seals to a gateway's public key, one agreement for the connection (credentials/sealing.ts `createSealer`). */
    readonly sealerFor: (publicKey: string) => Seal
    /** Gateways that may have been deciding before this control started: `serve`'s own and those seen before. */
    readonly knownBefore: () => Promise<readonly AttachedGateway[]>
    readonly maxStalenessSeconds: (organizationId: string) => Promise<number>
    readonly now: () => number
    readonly monotonic: () => number
    /** Clock of the store, null while this control has no contact with it: then no gateway becomes fresh through us. */
    readonly storeNow: () => number | null
    /** Changes when what is derived from the root does (epochs): gateways then get a snapshot again. */
    readonly era: () => number
    readonly onServers: (gateway: AttachedGateway, reports: readonly ServerReport[]) => void
    readonly onSightings: (gateway: AttachedGateway, items: readonly Sighting[]) => void
    /** True: they are counted for good, now or before. Never fails: what could not be counted comes again. */
    readonly takeRecords: (report: RecordsReport) => Promise<boolean>
    /** Nothing more comes of that boot, whose last record was this one. Comes again where it failed. */
    readonly closeBoot: (holder: Holder, last: number) => Promise<void>
    /** `publicUrl`: where it says that clients reach it; empty while it does not know. */
    readonly onSeen: (gateway: AttachedGateway, at: number, publicUrl: string) => void
    /** Proofs for the other controls; sealed NOTIFY on PostgreSQL, nothing on SQLite. */
    readonly broadcast: (proofs: readonly Proof[]) => void
    readonly log: {
      readonly info: (fields: object, message: string) => void
      readonly warn: (fields: object, message: string) => void
      readonly error: (fields: object, message: string) => void
    }
  }

/** Calls of one life of a gateway process, in the order of its spool. */
export type RecordsReport = {
  readonly gateway: string
  readonly boot: string
  /** The process knows that every record up to this one is counted. */
  readonly confirmed: number
  readonly records: readonly CallRecord[]
}

/** What the parts of control's end share; one per control. */
export type FeedState = {
  readonly deps: FeedDeps
  readonly sessions: Set<Session>
  readonly vanished: Vanished
  readonly tail: Tail
  readonly formers: Formers
  /** Changes whose number nobody knows yet although an answer has promised an end: until then no gateway gets fresher. */
  readonly audit: AuditNews
  readonly holds: Set<symbol>
  readonly listeners: Set<() => void>
  /** Gateways whose credential was revoked while we run: one may be on its way in, proved a moment before. */
  readonly revoked: Set<string>
  readonly open: () => Promise<void>
  /** Every socket is being closed, and the store right after: nothing is begun any more. */
  isClosed: boolean
  /** Monotonic milliseconds. */
  readonly startedAt: number
}

export const momentOf = (deps: Pick<FeedDeps, 'now' | 'monotonic'>): Moment => ({
  monotonic: deps.monotonic(),
  wall: deps.now(),
})

export function answer(state: FeedState, session: Session): void {
  if (state.holds.size === 0) answerBeat(session, state.deps.storeNow())
}

/** Somebody acknowledged, came or went: those who wait look again. */
export const changed = ({ listeners }: FeedState): void => {
  for (const listener of [...listeners]) listener()
}

/** True when it holds within the time. */
export function waitUntil(state: FeedState, isTrue: () => boolean, ms: number): Promise<boolean> {
  if (isTrue()) return Promise.resolve(true)
  if (ms <= 0) return Promise.resolve(false)
  return new Promise((resolve) => {
    const finish = (outcome: boolean): void => {
      state.listeners.delete(look)
      stop()
      resolve(outcome)
    }
    const look = (): void => {
      if (isTrue()) finish(true)
    }
    const stop = state.deps.setTimer(ms, () => finish(isTrue()))
    state.listeners.add(look)
  })
}
