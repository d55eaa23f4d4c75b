import { type Caps, nameOfTarget } from '../../access/caps.ts'
import type { Subject } from '../../access/decide.ts'
import type { Call } from '../../access/schema.ts'
import { budgetTargets } from '../../budgets/schema.ts'
import { budgetsAbout } from '../../budgets/store.ts'
import type { Db } from '../../db/database.ts'
import { targetTypes } from '../../limits/schema.ts'
import { limitsAbout } from '../../limits/store.ts'

/** Limits and budgets of everything that the call concerns, as they stand in this unit of work. */
export async function capsOver(db: Db, { key, backing }: Subject, call: Call): Promise<Caps> {
  const organizationId = key.organization
  const target = call.kind === 'mcp' ? call.server : call.provider
  // `member:mem_…`: what is behind the first colon.
  const payers = (backing.payers ?? []).map((payer) => payer.slice(payer.indexOf(':') + 1))
  const ids = [organizationId, key.id, ...payers, ...(target === null ? [] : [target.id, target.project])]
  const limits = new Map(
    (await limitsAbout(db, organizationId, targetTypes, ids)).map(({ organizationId: organization, ...limit }) => [
      nameOfTarget(limit.target),
      { ...limit, kind: 'limit' as const, organization },
    ]),
  )
  const budgets = []
  for (const type of budgetTargets)
    for (const { organizationId: organization, ...budget } of await budgetsAbout(db, organizationId, type, ids))
      budgets.push({ ...budget, kind: 'budget' as const, organization })
  const byTarget = Map.groupBy(budgets, (budget) => nameOfTarget(budget.target))
  return {
    isEmpty: () => limits.size === 0 && byTarget.size === 0,
    limit: (name) => limits.get(name),
    budgets: (name) => byTarget.get(name),
  }
}
