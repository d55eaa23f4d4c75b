import { announce } from '../db/changes.ts'
import type { Db } from '../db/database.ts'
import type { Target } from '../limits/schema.ts'
import { budgetsAbout, holdBudget, writeBudget } from './store.ts'

/**
 * The budgets of things that are deleted, in the same unit of work. Their books stay: what calls that still run have
 * cost is booked there. Answers the rows of the changes.
 */
export async function dropBudgets(
  db: Db,
  organizationId: string,
  gone: { readonly type: Target['type']; readonly ids: readonly string[]; readonly at: number },
): Promise<number[]> {
  const rows: number[] = []
  for (const { id } of await budgetsAbout(db, organizationId, gone.type, gone.ids)) {
    const budget = await holdBudget(db, organizationId, id)
    if (budget?.state !== 'active') continue
    await writeBudget(db, organizationId, { ...budget, state: 'deleted', revision: budget.revision + 1 })
    rows.push(await announce(db, organizationId, { kind: 'budget', id, at: gone.at }))
  }
  return rows
}
