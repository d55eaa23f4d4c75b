import type { Db } from '../db/database.ts'
import { type Balances, standingOf } from './ledger/accounts.ts'
import { balancesIn, type Crossing, crossingsOf } from './ledger/store.ts'
import type { Span } from './periods.ts'
import { runningOf } from './running.ts'
import type { Budget } from './store.ts'
import { zoneOf } from './zone.ts'

/** A budget with how it stands in the running period. nano-USD. */
export type Standing = ReturnType<typeof standingOf> & {
  readonly budget: Budget
  readonly span: Span
  readonly crossings: readonly Crossing[]
}

export async function standingsOf(
  db: Db,
  organizationId: string,
  budgets: readonly Budget[],
  at: number,
): Promise<Standing[]> {
  if (budgets.length === 0) return []
  const zone = await zoneOf(db, organizationId)
  const running = budgets.map((budget) => ({ budget, span: runningOf(budget, zone, at) }))
  const places = running.map(({ budget, span }) => ({ budgetId: budget.id, period: span.name }))
  const balances = await balancesIn(db, organizationId, places)
  const crossings = await crossingsOf(db, organizationId, places)
  return running.map(({ budget, span }) => ({
    ...standingIn(budget, balances.get(budget.id) ?? new Map()),
    budget,
    span,
    crossings: crossings.filter(({ budgetId, period }) => budgetId === budget.id && period === span.name),
  }))
}

/** A period in which nothing has happened has no books yet; what the budget says counts for it all the same. */
const standingIn = ({ amount }: Budget, balances: Balances) => {
  const standing = standingOf(balances)
  return { ...standing, amount, left: standing.left + amount - standing.amount }
}
