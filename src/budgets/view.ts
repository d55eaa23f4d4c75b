import { forecastOf } from './forecast.ts'
import { keyBudgetOf } from './of-key/of-key.ts'
import { type BudgetView, usdOf } from './schema.ts'
import type { Standing } from './standing.ts'

/** As REST shows it, with how it stands in the running period; `at`: ms since epoch. */
export function viewOf(standing: Standing, at: number): BudgetView {
  const { budget, span, left, toppedUp, unreconciled, spent, crossings } = standing
  const forecast = forecastOf(span, spent, at)
  return {
    ...keyBudgetOf(standing),
    target: budget.target,
    frozen: budget.frozen,
    runningPeriod: span.name,
    toppedUpUsd: usdOf(toppedUp),
    leftUsd: usdOf(Math.max(0, left)),
    unreconciledUsd: usdOf(unreconciled),
    forecastUsd: forecast === null ? null : usdOf(forecast),
    crossed: crossings.map(({ percent, at }) => ({ percent, at: new Date(at).toISOString() })),
    createdAt: new Date(budget.createdAt).toISOString(),
    revision: budget.revision,
  }
}
