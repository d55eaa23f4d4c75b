import { announce } from '../db/changes.ts'
import type { Db } from '../db/database.ts'
import { type BookDeps, openBooks } from './ledger/book.ts'
import { runningOf } from './running.ts'
import { type Budget, writeBudget } from './store.ts'
import { zoneOf } from './zone.ts'

/**
 * Writes a budget that is held, with its next revision, brings the books of the running period in line with its amount,
 * and announces it. Answers the row of the change.
 */
export async function putBudget(deps: BookDeps, db: Db, budget: Budget, at: number): Promise<number> {
  const { organizationId, id } = budget
  const after = { ...budget, revision: budget.revision + 1 }
  if (!(await writeBudget(db, organizationId, after))) throw new Error(`Budget ${id} was not held while it was changed`)
  if (after.state === 'active') await bookAmount(deps, db, after, at)
  return announce(db, organizationId, { kind: 'budget', id, at })
}

/** With the thresholds that a smaller amount, or a new threshold, has been crossed by already. */
export async function bookAmount(deps: BookDeps, db: Db, budget: Budget, at: number): Promise<void> {
  const zone = await zoneOf(db, budget.organizationId)
  const { name } = runningOf(budget, zone, at)
  const books = await openBooks(db, budget, { period: name, isRunning: true, at })
  await books.close(deps, db)
}
