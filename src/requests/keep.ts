import type { Db } from '../db/database.ts'
import type { RecordsReport } from '../fleet/feed-state.ts'
import { addHours } from './hours/store.ts'
import { hoursOf } from './hours.ts'
import { insertRequests } from './log/store.ts'
import { markRequests } from './marks/store.ts'
import { soundRecord } from './sound.ts'

/**
 * Writes calls into the log and into its sums, in the given transaction of the store of requests, each once. False: one
 * before them has to come first, or another control writes them now; nothing is written, and they come again.
 */
export async function keepRecords(db: Db, report: RecordsReport, now: number): Promise<boolean> {
  const mark = await markRequests(db, report, now)
  if (mark === null) return false
  const fresh = report.records.flatMap((record) => (record.seq > mark ? (soundRecord(record, now) ?? []) : []))
  // What is not new to the log is not new to its sums.
  await addHours(db, hoursOf(await insertRequests(db, report, fresh)))
  return true
}
