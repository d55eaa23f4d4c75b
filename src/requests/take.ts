import { untilCurrent } from '../db/contended.ts'
import { isDamaged } from '../db/damaged.ts'
import type { Database, Db } from '../db/database.ts'
import type { RecordsReport } from '../fleet/feed-state.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import type { Holder } from '../fleet/slices/schema.ts'
import { ok } from '../problems.ts'
import { type AddedRecords, addRecords } from '../usage/take.ts'
import { keepRecords } from './keep.ts'

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
  readonly system: Pick<Database['system'], 'transaction'>
  /** The store of requests; on PostgreSQL the same one. */
  readonly requests: Pick<Database['system'], 'transaction'>
  /** Books what they have cost, in the same transaction as the sums. */
  readonly settle: (db: Db, holder: Holder, records: readonly CallRecord[]) => Promise<void>
  readonly now: () => number
  readonly onFirstUse: (organization: string, key: string, version: number) => Promise<void>
  readonly log: { readonly warn: (fields: object, message: string) => void }
}

/**
 * The main store and the store of requests are two, so each has a mark of its own of how far it is, and one that is ahead
 * passes over what it has. One batch after the other: two at once would wait for each other's rows anyway.
 */
export const createRecordTaking = (deps: RecordTakingDeps): RecordTaking => {
  let last: Promise<unknown> = Promise.resolve()
  return {
    take: (report) => {
      const done = last.then(() => takeOne(deps, report))
      last = done
      return done
    },
    // What it held is given up after this, so its records must have been settled before.
    closed: async () => void (await last),
    settled: async () => void (await last),
  }
}

/** A gateway waits for half a minute before it tells again, so what may have been a moment's trouble is tried once more. */
async function takeOne(deps: RecordTakingDeps, report: RecordsReport): Promise<boolean> {
  if (report.records.length === 0) return true
  const first = await tried(deps, report)
  const { outcome, error } = first.outcome === 'failed' ? await tried(deps, report) : first
  if (outcome !== 'failed') return outcome === 'taken'
  deps.log.warn({ error, gateway: report.gateway }, isDamaged(error) ? damaged : later)
  return false
}

type Tried = { readonly outcome: 'taken' | 'not now' | 'failed'; readonly error?: unknown }

async function tried(deps: RecordTakingDeps, report: RecordsReport): Promise<Tried> {
  const { requests, now } = deps
  try {
    const firstUses = await settled(deps, report)
    if (firstUses === null) return { outcome: 'not now' }
    for (const used of firstUses) await tell(deps, used)
    const kept = await untilCurrent(null, async () =>
      ok(await requests.transaction((db) => keepRecords(db, report, now()))),
    )
    return { outcome: kept.ok && kept.value ? 'taken' : 'not now' }
  } catch (error) {
    return { outcome: 'failed', error }
  }
}

const later = 'calls that a gateway has written down were not taken, and come again'
const damaged =
  'a database file is damaged, so calls that a gateway has written down wait there: stop Ostiary; if it is requests.db, remove it, for only the log of requests is lost with it; if it is ostiary.db, restore a backup'

/** Sums and money together. Null: not now. */
async function settled(deps: RecordTakingDeps, report: RecordsReport): Promise<AddedRecords['firstUses'] | null> {
  const done = await untilCurrent(null, async () =>
    ok(
      await deps.system.transaction(async (db) => {
        const added = await addRecords(db, report, deps.now())
        if (added === null) return null
        const { gateway, boot } = report
        if (added.fresh.length > 0) await deps.settle(db, { gateway, boot }, added.fresh)
        return added.firstUses
      }),
    ),
  )
  return done.ok ? done.value : null
}

type Used = AddedRecords['firstUses'][number]

/** It is counted whatever comes of this; whoever waits for a first use looks for it now and then all the same. */
async function tell({ onFirstUse, log }: RecordTakingDeps, { organizationId, key, version }: Used): Promise<void> {
  try {
    await onFirstUse(organizationId, key, version)
  } catch (error) {
    log.warn({ error, key, version }, 'the first use of a secret could not be told')
  }
}
