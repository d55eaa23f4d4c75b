import type { Database, Db } from '../db/database.ts'
import type { RecordsReport } from '../fleet/feed-state.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import type { Holder } from '../fleet/slices/schema.ts'

/** Calls that gateways have written down: counted, settled and kept, each once. */
export type RecordTaking = {
  /** True: counted for good, now or before. Never fails: what could not be counted comes again. */
  readonly take: (report: RecordsReport) => Promise<boolean>
  /** Nothing more comes of that boot. */
  readonly closed: (holder: Holder, last: number) => Promise<void>
  readonly settled: () => Promise<void>
}

export type RecordTakingDeps = {
  /** The main store. */
  readonly system: Database['system']
  /** The store of requests; on PostgreSQL the same one. */
  readonly requests: Database['system']
  /** Books what they have cost, in the same transaction as the sums. */
  readonly settle: (db: Db, holder: Holder, records: readonly CallRecord[]) => Promise<void>
  readonly now: () => number
  readonly onFirstUse: (organization: string, key: string, version: number) => Promise<void>
  readonly log: { readonly warn: (fields: object, message: string) => void }
}

/** PLACEHOLDER until they are kept. */
export const createRecordTaking = (_deps: RecordTakingDeps): RecordTaking => ({
  take: async () => true,
  closed: async () => {},
  settled: async () => {},
})
