import { randomBytes } from 'node:crypto'
import { bookAmount } from '../src/budgets/change.ts'
import { createBudgetGrants } from '../src/budgets/grant.ts'
import { standingOf } from '../src/budgets/ledger/accounts.ts'
import { balancesOf } from '../src/budgets/ledger/store.ts'
import { nanoOf, type Period } from '../src/budgets/schema.ts'
import { settleRecords } from '../src/budgets/settle.ts'
import { type Budget, insertBudget } from '../src/budgets/store.ts'
import type { Database } from '../src/db/database.ts'
import type { CallRecord } from '../src/fleet/records/schema.ts'
import type { Holder } from '../src/fleet/slices/schema.ts'
import { newId } from '../src/keys/token.ts'
import { addOrganization, silent } from './stores.ts'

/** Budgets over a real store, with a clock that stands still. `org`: made anew with each rig. */
export type BudgetRig = Awaited<ReturnType<typeof createBudgetRig>>

export async function createBudgetRig(database: Database, startsAt = '2026-11-21T10:00:00Z') {
  const org = newIdOf('org')
  await addOrganization(database, org, org.toLowerCase().replace('_', '-'))
  let now = Date.parse(startsAt)
  const clock = { storeNow: () => now, storeTime: () => Promise.resolve(now), now: () => now }
  const deps = { ...clock, system: database.system, newId: newIdOf, log: silent }
  const settle = settleRecords(deps)
  const seqs = new Map<string, number>()
  return {
    org,
    deps,
    grants: createBudgetGrants(deps),
    now: () => now,
    setNow: (text: string) => {
      now = Date.parse(text)
    },
    addBudget: async (usd: string, period: Period = 'total', more: Partial<Budget> = {}): Promise<Budget> => {
      const budget: Budget = {
        organizationId: org,
        id: newIdOf('bud'),
        target: { type: 'key', id: newIdOf('key'), name: null },
        period,
        amount: nanoOf(usd),
        thresholds: [50, 80, 100],
        frozen: false,
        resetPeriod: null,
        resets: 0,
        state: 'active',
        createdAt: now,
        createdBy: 'mem_1',
        revision: 1,
        ...more,
      }
      await database.transaction(org, async (db) => {
        await insertBudget(db, org, budget)
        await bookAmount(deps, db, budget, now)
      })
      return budget
    },
    ask: (pool: string, wanted: number, need = wanted) => ({ organization: org, pool, ahead: false, wanted, need }),
    settle: (holder: Holder, records: readonly CallRecord[]) =>
      database.system.transaction((db) => settle(db, holder, records)),
    /** The next record of that process. */
    record: (holder: Holder, charges: CallRecord['charges'], more: Partial<CallRecord> = {}): CallRecord => {
      const seq = (seqs.get(holder.boot) ?? 0) + 1
      seqs.set(holder.boot, seq)
      return { ...someRecord, seq, id: `req_${holder.boot}_${seq}`, at: now, organization: org, charges, ...more }
    },
    standing: async (budgetId: string, period: string) =>
      standingOf(await database.read(org, (db) => balancesOf(db, { organizationId: org, budgetId, period }))),
    /** Balances by account, and whether they follow from the entries. */
    books: (budgetId: string) =>
      database.read(org, async (db) => {
        const accounts = await db
          .selectFrom('budget_accounts')
          .select(['period', 'account', 'balance'])
          .where('budget_id', '=', budgetId)
          .execute()
        const entries = await db
          .selectFrom('budget_entries')
          .select(['period', 'kind', 'debit', 'credit', 'amount'])
          .where('budget_id', '=', budgetId)
          .orderBy('row_id')
          .execute()
        return { accounts, entries }
      }),
    events: () =>
      database.read(org, async (db) => {
        const rows = await db
          .selectFrom('audit_events')
          .select(['action', 'after', 'subject_id'])
          .where('organization_id', '=', org)
          .orderBy('row_id')
          .execute()
        return rows.map(({ action, after, subject_id }) => ({
          action,
          id: subject_id,
          after: JSON.parse(after ?? 'null'),
        }))
      }),
  }
}

export const holder = (gateway: string, boot = `boot_${gateway}`): Holder => ({ gateway, boot })

const newIdOf = (prefix: string): string => newId(prefix, randomBytes)

const someRecord: CallRecord = {
  seq: 1,
  id: 'req_1',
  at: 0,
  kind: 'llm',
  organization: 'org_1',
  key: 'key_1',
  keyName: 'A key',
  version: 1,
  child: null,
  ownerType: 'member',
  owner: 'mem_1',
  metadata: '{}',
  client: '',
  address: '127.0.0.1',
  project: null,
  server: null,
  tool: null,
  provider: null,
  model: null,
  method: null,
  admitted: true,
  status: 200,
  code: null,
  rule: null,
  tokens: null,
  estimated: false,
  cost: null,
  price: null,
  charges: [],
  latencyMs: 1,
  firstByteMs: null,
}
