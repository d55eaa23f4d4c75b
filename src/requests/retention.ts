import type { Database } from '../db/database.ts'
import { forgetHours } from './hours/store.ts'
import { hourMs } from './hours.ts'
import { forgetRequests } from './log/store.ts'
import { forgetRequestMarks } from './marks/store.ts'
import { addPartition, dropPartitions, weekMs } from './partitions/store.ts'

const dayMs = 86_400_000
/** Long enough for a year beside the one before. */
export const hoursKeptDays = 400
/** No gateway comes back after so long with a batch that was taken and that nobody confirmed to it. */
const marksKeptMs = 400 * dayMs
const piece = 1000

type Deps = {
  readonly requests: Pick<Database, 'system' | 'dialect'>
  /** How many days each organization keeps its calls. */
  readonly keptDays: () => Promise<ReadonlyMap<string, number>>
  readonly now: () => number
}

/** Forgets calls and sums in pieces, so that what comes in gets its turn. On PostgreSQL weeks that nobody keeps go whole. */
export const forgetOld =
  ({ requests, keptDays, now }: Deps) =>
  async (isStopping: () => boolean): Promise<void> => {
    const { transaction } = requests.system
    const at = now()
    const kept = await keptDays()
    const longest = Math.max(0, ...kept.values())
    const isParted = requests.dialect === 'postgres' && kept.size > 0
    // It gives up where somebody reads for long: the others' calls go all the same, and it comes again.
    const dropping = isParted ? transaction((db) => dropPartitions(db, at - longest * dayMs)) : Promise.resolve(0)
    const [dropped] = await Promise.allSettled([dropping])
    const firstHour = Math.floor((at - hoursKeptDays * dayMs) / hourMs)
    for (const [organizationId, days] of kept) {
      while (
        !isStopping() &&
        (await transaction((db) => forgetRequests(db, organizationId, at - days * dayMs, piece)))
      );
      while (!isStopping() && (await transaction((db) => forgetHours(db, organizationId, firstHour, piece))));
    }
    while (!isStopping() && (await transaction((db) => forgetRequestMarks(db, at - marksKeptMs, piece))));
    if (dropped.status === 'rejected') throw dropped.reason
  }

const weeksAhead = 4

/** Makes the weeks to come, and those that calls may still come of: what is in none is kept all the same. */
export const makePartitions =
  ({ requests, now }: Omit<Deps, 'keptDays'>) =>
  async (isStopping: () => boolean): Promise<void> => {
    const current = Math.floor(now() / weekMs)
    for (let week = current - 1; week <= current + weeksAhead && !isStopping(); week += 1)
      await requests.system.transaction((db) => addPartition(db, week))
  }
