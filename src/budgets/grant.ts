import type { Database, Db } from '../db/database.ts'
import { isDeadlock } from '../db/violation.ts'
import type { Grant, Holder, Returned, SliceAsk } from '../fleet/slices/schema.ts'
import {
  type Balances,
  type Move,
  planClosed,
  planEnded,
  planGrant,
  planReturn,
  standingOf,
} from './ledger/accounts.ts'
import { openBooks } from './ledger/book.ts'
import { type Place, placesOfHolder } from './ledger/store.ts'
import { isPeriodName } from './periods.ts'
import { runningOf } from './running.ts'
import { type Budget, holdBudget } from './store.ts'
import { zoneOf } from './zone.ts'

/** Money for gateways, booked in the ledger before they get it. None but `closed` fails: what could not be booked was not granted. */
export type BudgetGrants = {
  /** Where nothing can be said, because the store does not answer, `window` is empty. */
  readonly grant: (holder: Holder, asks: readonly SliceAsk[]) => Promise<readonly Grant[]>
  readonly takeBack: (holder: Holder, items: readonly Returned[]) => Promise<void>
  /** That process decides nothing any more: what it holds is charged, `unreconciled`, until its spool says otherwise. */
  readonly ended: (holder: Holder) => Promise<void>
  /** Every record of that process has been settled: what is left of what it held is free again. Throws, so that it is asked for again. */
  readonly closed: (holder: Holder) => Promise<void>
}

export type BudgetGrantsDeps = {
  readonly system: Database['system']
  /** Clock of the store, ms; null: nothing has been heard of it lately. */
  readonly storeNow: () => number | null
  /** The same, asked inside the unit of work: what comes back is booked whatever was heard lately. */
  readonly storeTime: (db: Db) => Promise<number>
  readonly newId: (prefix: string) => string
  readonly log: { readonly warn: (fields: object, message: string) => void }
}

export const createBudgetGrants = (deps: BudgetGrantsDeps): BudgetGrants => {
  const inTurn = createTurns()
  /** Two who wait for each other's budgets: one has been rolled back and goes again. */
  const work = <T>(holder: Holder, what: string, run: (db: Db) => Promise<T>): Promise<T | null> =>
    inTurn(`${holder.gateway}:${holder.boot}`, async () => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await deps.system.transaction(run)
        } catch (error) {
          if (isDeadlock(error) && attempt < attemptsAtMost) continue
          deps.log.warn({ error, gateway: holder.gateway }, what)
          return null
        }
      }
    })
  return {
    grant: async (holder, asks) => {
      const now = deps.storeNow()
      const grants =
        now === null ? null : await work(holder, 'no money was granted', (db) => grantAll(deps, db, holder, asks, now))
      return asks.map((ask, place) => grants?.get(place) ?? nothing(ask.pool))
    },
    takeBack: async (holder, items) => {
      await work(holder, 'money that came back was not booked', (db) => takeAllBack(deps, db, holder, items))
    },
    ended: async (holder) => {
      await work(holder, 'what an ended gateway holds was not charged', (db) =>
        everywhere(deps, db, holder, (balances) => planEnded(balances, holder)),
      )
    },
    closed: async (holder) => {
      const what = 'what a closed gateway held is not free'
      const done = await work(holder, what, (db) =>
        everywhere(deps, db, holder, (balances) => planClosed(balances, holder)),
      )
      if (done === null) throw new Error(what)
    },
  }
}
const attemptsAtMost = 10

/** One after the other for each process: its end comes behind all that it has asked for before. */
const createTurns = () => {
  const last = new Map<string, Promise<unknown>>()
  return <T>(name: string, run: () => Promise<T>): Promise<T> => {
    const turn = (last.get(name) ?? Promise.resolve()).then(run)
    last.set(name, turn)
    const forget = (): void => {
      if (last.get(name) === turn) last.delete(name)
    }
    turn.then(forget, forget)
    return turn
  }
}

const nothing = (pool: string): Grant => ({
  pool,
  window: '',
  amount: 0,
  left: 0,
  startsInMs: 0,
  endsInMs: null,
  share: 0,
  isGone: false,
})

/** By the place among the asks. Budgets are held in the order of their ids. */
async function grantAll(
  deps: BudgetGrantsDeps,
  db: Db,
  holder: Holder,
  asks: readonly SliceAsk[],
  now: number,
): Promise<ReadonlyMap<number, Grant>> {
  const zones = createZones(db)
  const grants = new Map<number, Grant>()
  const order = [...asks.entries()].sort(([, one], [, other]) => byBudget(one, other))
  for (const [place, ask] of order) {
    const budget = await holdBudget(db, ask.organization, ask.pool)
    if (budget === null || budget.state === 'deleted') {
      grants.set(place, { ...nothing(ask.pool), isGone: true })
      continue
    }
    const span = runningOf(budget, await zones(ask.organization), now)
    const books = await openBooks(db, budget, { period: span.name, isRunning: true, at: now })
    const moves = budget.frozen ? [] : planGrant(books.balances(), holder, ask)
    books.book(moves, holder)
    await books.close(deps, db)
    grants.set(place, {
      ...nothing(ask.pool),
      window: span.name,
      amount: moves[0]?.amount ?? 0,
      left: budget.frozen ? 0 : standingOf(books.balances()).left,
      endsInMs: span.endsAt === null ? null : Math.max(0, Math.floor(span.endsAt - now)),
    })
  }
  return grants
}

type Pooled = { readonly organization: string; readonly pool: string }
const byBudget = (one: Pooled, other: Pooled): number =>
  compare(one.organization, other.organization) || compare(one.pool, other.pool)
const compare = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

const createZones = (db: Db) => {
  const known = new Map<string, string>()
  return async (organizationId: string): Promise<string> => {
    const zone = known.get(organizationId) ?? (await zoneOf(db, organizationId))
    known.set(organizationId, zone)
    return zone
  }
}

async function takeAllBack(deps: BudgetGrantsDeps, db: Db, holder: Holder, items: readonly Returned[]): Promise<void> {
  const at = await timeIn(deps, db)
  for (const { organization, pool, window, unused } of items.toSorted(byBudget)) {
    const budget = await holdBudget(db, organization, pool)
    if (budget === null || !isPeriodName(budget.period, window)) continue
    const books = await openBooks(db, budget, { period: window, isRunning: false, at })
    books.book(planReturn(books.balances(), holder, unused), holder)
    await books.close(deps, db)
  }
}

const timeIn = async ({ storeNow, storeTime }: BudgetGrantsDeps, db: Db): Promise<number> => storeNow() ?? storeTime(db)

/** Read without being held first, to know where; then each is held and looked at again. */
async function everywhere(
  deps: BudgetGrantsDeps,
  db: Db,
  holder: Holder,
  plan: (balances: Balances) => readonly Move[],
): Promise<void> {
  const places: readonly Place[] = await placesOfHolder(db, holder)
  const at = await timeIn(deps, db)
  const held = new Map<string, Budget | null>()
  for (const { organizationId, budgetId, period } of places) {
    if (!held.has(budgetId)) held.set(budgetId, await holdBudget(db, organizationId, budgetId))
    const budget = held.get(budgetId)
    if (!budget) continue
    const books = await openBooks(db, budget, { period, isRunning: false, at })
    books.book(plan(books.balances()), holder)
    await books.close(deps, db)
  }
}
