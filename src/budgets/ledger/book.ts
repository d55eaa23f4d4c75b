import type { Party } from '../../audit/chain.ts'
import { insertEvent } from '../../audit/store.ts'
import type { Db } from '../../db/database.ts'
import type { Holder } from '../../fleet/slices/schema.ts'
import { nameOfTarget } from '../names/store.ts'
import { usdOf } from '../schema.ts'
import type { Budget } from '../store.ts'
import { after, type Balances, type Move, planAmount, reached, standingOf } from './accounts.ts'
import { balancesOf, type Entry, insertThreshold, type Place, writeBooks } from './store.ts'

export type BookDeps = { readonly newId: (prefix: string) => string }

type About = Omit<Partial<Entry>, keyof Move | 'at' | 'holder'>

/** The open books of one budget in one period, while the budget is held. Nothing is written before `close`. */
export type Books = {
  readonly balances: () => Balances
  readonly book: (moves: readonly Move[], holder: Holder | null, about?: About) => void
  /** With what follows from it: thresholds that are crossed now and were not before in that period. */
  readonly close: (deps: BookDeps, db: Db) => Promise<void>
}

/** `isRunning`: what the budget says of its amount holds for this period; those that are over keep what they had. */
export async function openBooks(
  db: Db,
  budget: Budget,
  { period, isRunning, at }: { readonly period: string; readonly isRunning: boolean; readonly at: number },
): Promise<Books> {
  const place: Place = { organizationId: budget.organizationId, budgetId: budget.id, period }
  const before = await balancesOf(db, place)
  let balances = before
  const entries: Entry[] = []
  const book: Books['book'] = (moves, holder, about = {}) => {
    balances = after(balances, moves)
    for (const move of moves) entries.push({ ...move, ...about, holder, at })
  }
  if (isRunning) book(planAmount(balances, budget.amount), null)
  return {
    balances: () => balances,
    book,
    close: async (deps, db) => {
      if (entries.length > 0) await writeBooks(db, place, before, { balances, entries })
      await tellThresholds(deps, db, { budget, place, balances, at })
    },
  }
}

type Told = { readonly budget: Budget; readonly place: Place; readonly balances: Balances; readonly at: number }

/** In the transaction in which they are crossed: the row says that it happened, the event tells it, once. */
async function tellThresholds(deps: BookDeps, db: Db, { budget, place, balances, at }: Told): Promise<void> {
  if (budget.state === 'deleted') return
  const { spent, amount, toppedUp } = standingOf(balances)
  for (const percent of reached(balances, budget.thresholds)) {
    if (!(await insertThreshold(db, place, percent, at))) continue
    const { type, id } = budget.target
    await insertEvent(db, budget.organizationId, {
      id: deps.newId('evt'),
      at,
      requestId: '',
      actor: { kind: 'system', id: 'budgets', name: 'budgets' },
      action: 'budget.threshold_crossed',
      subject: await subjectOf(db, budget),
      after: {
        percent,
        spentUsd: usdOf(spent),
        usd: usdOf(amount + toppedUp),
        period: place.period,
        target: { type, id },
      },
    })
  }
}

/** As the audit log names it: budgets have no names of their own. */
export async function subjectOf(db: Db, { organizationId, id, period, target }: Budget): Promise<Party> {
  return { kind: 'budget', id, name: `${await nameOfTarget(db, organizationId, target)} (${period})` }
}
