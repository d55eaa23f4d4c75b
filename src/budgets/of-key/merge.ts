import { type KeyBudget, type KeyBudgetInput, nanoOf, type Period } from '../schema.ts'

/** Pure: what is more than before. */

type Budget = { readonly usd: string; readonly period?: Period | undefined }

/** The first that is raised or taken away, as a pointer from the list; null: all are as before or lower. */
export function raisedBudget(
  before: readonly Pick<KeyBudget, 'usd' | 'period'>[],
  after: readonly Budget[],
): string | null {
  for (const { usd, period } of before) {
    const place = after.findIndex((budget) => (budget.period ?? 'total') === period)
    if (place === -1) return ''
    if (nanoOf(after[place]?.usd ?? usd) > nanoOf(usd)) return `/${place}/usd`
  }
  return null
}

/** The place of the first that names a period which another before it has; null: none does. */
export function twiceIn(budgets: readonly KeyBudgetInput[]): number | null {
  const seen = new Set<Period>()
  for (const [place, { period = 'total' }] of budgets.entries()) {
    if (seen.has(period)) return place
    seen.add(period)
  }
  return null
}
