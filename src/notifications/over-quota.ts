import { insertEvent } from '../audit/store.ts'
import type { Db } from '../db/database.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import { noteQuotas } from './quota/store.ts'

type Deps = { readonly newId: (prefix: string) => string; readonly now: () => number }

const codes: ReadonlySet<string | null> = new Set(['rate_limited', 'budget_exceeded'])
const dayMs = 86_400_000

/** In the transaction that counts them: that a key has met its limits or budgets becomes an event, once a day and code. */
export const noteOverQuota =
  ({ newId, now }: Deps) =>
  async (db: Db, records: readonly CallRecord[]): Promise<void> => {
    const at = now()
    const met = new Map<string, CallRecord>()
    for (const record of records) {
      if (!record.admitted && codes.has(record.code))
        met.set(`${record.organization} ${record.key} ${record.code}`, record)
    }
    if (met.size === 0) return
    const day = Math.floor(at / dayMs)
    for (const { organization, key, code } of await noteQuotas(db, [...met.values()], day)) {
      await insertEvent(db, organization, {
        id: newId('evt'),
        at,
        requestId: newId('req'),
        actor: { kind: 'system', id: 'limits', name: 'limits' },
        action: 'key.over-quota',
        subject: { kind: 'key', id: key.id, name: key.name },
        after: { code },
      })
    }
  }
