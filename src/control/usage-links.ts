import { settleRecords } from '../budgets/settle.ts'
import type { Db } from '../db/database.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import type { Holder } from '../fleet/slices/schema.ts'
import { noteFirstUse } from '../keys/rotation/first-use.ts'
import { newId } from '../keys/token.ts'
import { noteOverQuota } from '../notifications/over-quota.ts'
import { createRecordTaking, type RecordTaking } from '../requests/take.ts'
import { forgetUsage } from '../usage/retention.ts'
import type { Job } from './jobs.ts'
import type { Store } from './open-store.ts'
import type { Slices } from './slice-links.ts'
import { anyFields, type World } from './world.ts'

/** Calls that gateways have written down. */
export const createTaking = (
  { now, randomBytes, log }: World,
  { database, requests }: Store,
  { closed }: Pick<Slices, 'closed'>,
): RecordTaking => {
  const { system, transaction } = database
  const newIdOf = (prefix: string) => newId(prefix, randomBytes)
  const onFirstUse = noteFirstUse({ transaction, newId: newIdOf, now })
  const settle = settleRecords({ newId: newIdOf, now })
  const noteQuotas = noteOverQuota({ newId: newIdOf, now })
  const deps = {
    system,
    requests: requests.system,
    settle: async (db: Db, holder: Holder, records: readonly CallRecord[]): Promise<void> => {
      await settle(db, holder, records)
      await noteQuotas(db, records)
    },
    now,
    onFirstUse,
    log: anyFields(log),
  }
  const taking = createRecordTaking(deps)
  return {
    ...taking,
    closed: async (holder, last) => {
      await taking.closed(holder, last)
      await closed(holder)
    },
  }
}

const hourMs = 3_600_000

export const forgetOldUsage = ({ now }: World, { database: { system } }: Store): Job => ({
  name: 'forget who has not been seen for long',
  everyMs: hourMs,
  run: async (isStopping) => {
    while (!isStopping() && (await system.transaction((db) => forgetUsage(db, now()))));
  },
})
