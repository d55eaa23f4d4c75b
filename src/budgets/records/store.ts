import type { Db } from '../../db/database.ts'
import type { GoneRecord } from '../../fleet/schema.ts'
import type { BudgetRecord } from '../schema.ts'
import { anyBudget, type Budget, type BudgetPlace, budgetsAfter } from '../store.ts'

/** As gateways hold it; null: there never was one. */
export async function budgetRecord(
  db: Db,
  organizationId: string,
  id: string,
): Promise<BudgetRecord | GoneRecord | null> {
  const budget = await anyBudget(db, organizationId, id)
  if (budget?.state !== 'deleted') return budget && recordOf(budget)
  return { kind: 'gone', of: 'budget', organization: organizationId, id, revision: budget.revision }
}

/** Live ones of one organization or of all, by organization and id. */
export async function budgetRecords(
  db: Db,
  organizationId: string | null,
  after: BudgetPlace | null,
  limit: number,
): Promise<BudgetRecord[]> {
  return (await budgetsAfter(db, organizationId, after, limit)).map(recordOf)
}

/** How much it is stands in no record: money comes in slices. */
const recordOf = ({ organizationId, id, revision, target, period }: Budget): BudgetRecord => ({
  kind: 'budget',
  organization: organizationId,
  id,
  revision,
  target,
  period,
})
