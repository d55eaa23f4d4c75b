import type { Db } from '../db/database.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import type { Holder } from '../fleet/slices/schema.ts'
import { planSettle } from './ledger/accounts.ts'
import { type BookDeps, openBooks } from './ledger/book.ts'
import { bookedSeqs, periodsWithBooks } from './ledger/store.ts'
import { runningOf } from './running.ts'
import { type Budget, holdBudget } from './store.ts'
import { zoneOf } from './zone.ts'

type Deps = BookDeps & { readonly now: () => number }

/**
 * Books what calls have cost, in the transaction that counts them: the caller makes sure that each record comes here
 * once, and what is booked already is not booked again. Nothing is dropped because it does not fit: neither what was
 * never given out, nor what a period that is over or a deleted budget owes.
 */
export const settleRecords =
  (deps: Deps) =>
  async (db: Db, holder: Holder, records: readonly CallRecord[]): Promise<void> => {
    const now = deps.now()
    const zones = new Map<string, string>()
    for (const { organizationId, budgetId, costs } of costsIn(records)) {
      const budget = await holdBudget(db, organizationId, budgetId)
      // A budget of nobody, or of an organization that is not the call's: it has no books.
      if (budget === null) continue
      const zone = zones.get(organizationId) ?? (await zoneOf(db, organizationId))
      zones.set(organizationId, zone)
      const running = runningOf(budget, zone, now).name
      const windows = new Set(costs.map(({ window }) => window).filter((window) => window !== running))
      const known = await periodsWithBooks(db, { organizationId, budgetId }, [...windows])
      // Of a period that nobody was ever given anything of, nobody can have spent anything either: it counts now.
      for (const [period, some] of byPeriod(costs, (window) => (known.has(window) ? window : running)))
        await settleIn(deps, db, holder, { budget, period, isRunning: period === running, costs: some, now })
    }
  }

/** What one record says of one budget. */
type Cost = { readonly record: CallRecord; readonly window: string; readonly nano: number }
type OfBudget = { readonly organizationId: string; readonly budgetId: string; readonly costs: readonly Cost[] }

/** In the order in which budgets are held. */
function costsIn(records: readonly CallRecord[]): OfBudget[] {
  const found = new Map<string, OfBudget & { costs: Cost[] }>()
  for (const record of records)
    for (const { budget, window, nano } of record.charges) {
      if (nano === 0) continue
      const name = JSON.stringify([record.organization, budget])
      const before = found.get(name)
      if (before) before.costs.push({ record, window, nano })
      else
        found.set(name, {
          organizationId: record.organization,
          budgetId: budget,
          costs: [{ record, window, nano }],
        })
    }
  return [...found].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each)
}

/** By period and there by record, so that two charges of one record are one. */
function byPeriod(costs: readonly Cost[], periodOf: (window: string) => string): Map<string, Map<number, Cost>> {
  const found = new Map<string, Map<number, Cost>>()
  for (const cost of costs) {
    const period = periodOf(cost.window)
    const of = found.get(period) ?? new Map<number, Cost>()
    const before = of.get(cost.record.seq)
    of.set(cost.record.seq, before ? { ...before, nano: before.nano + cost.nano } : cost)
    found.set(period, of)
  }
  return found
}

type Settling = {
  readonly budget: Budget
  readonly period: string
  readonly isRunning: boolean
  readonly costs: ReadonlyMap<number, Cost>
  readonly now: number
}

async function settleIn(
  deps: Deps,
  db: Db,
  holder: Holder,
  { budget, period, isRunning, costs, now }: Settling,
): Promise<void> {
  const place = { organizationId: budget.organizationId, budgetId: budget.id, period }
  const booked = await bookedSeqs(db, place, holder, [...costs.keys()])
  const isLive = isRunning && budget.state === 'active'
  const books = await openBooks(db, budget, { period, isRunning: isLive, at: now })
  for (const [seq, { record, nano }] of costs) {
    if (booked.has(seq)) continue
    const about = { seq, requestId: record.id, keyId: record.key, price: record.price }
    books.book(planSettle(books.balances(), holder, nano), holder, about)
  }
  await books.close(deps, db)
}
