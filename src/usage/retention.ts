import type { Db } from '../db/database.ts'
import { forgetMarks } from './marks/store.ts'
import { forgetRows } from './seen/store.ts'

const dayMs = 86_400_000
/** Who has not been seen for so long is nobody's to find any more. */
export const seenKeptMs = 90 * dayMs
/**
 * A gateway that was off for less finds in its spool what was counted and never confirmed to it, and tells it again: without
 * the mark it would count twice.
 */
export const marksKeptMs = 400 * dayMs
const piece = 200

/** One piece of each; false when there was nothing more to do. */
export async function forgetUsage(db: Db, now: number): Promise<boolean> {
  const isMore = [
    await forgetRows(db, 'clients', now - seenKeptMs, piece),
    await forgetRows(db, 'calls', now - seenKeptMs, piece),
    await forgetMarks(db, now - marksKeptMs, piece),
  ]
  return isMore.includes(true)
}
