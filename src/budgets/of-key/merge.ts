import { type KeyBudget, type KeyBudgetInput, nanoOf, type Period } from '../schema.ts'

/** Pure: what is more than before. */

type Budget = {
  readonly usd: string
  readonly period?: Period | undefined
  readonly thresholds?: readonly number[] | undefined
}

/** The first that is raised, taken away or made quieter, as a pointer from the list; null: all are as before or tighter. */
export function raisedBudget(
  before: readonly Pick<KeyBudget, 'usd' | 'period' | 'thresholds'>[],
  after: readonly Budget[],
): string | null {
  for (const { usd, period, thresholds } of before) {
    const place = after.findIndex((budget) => (budget.period ?? 'total') === period)
    if (place === -1) return ''
    if (nanoOf(after[place]?.usd ?? usd) > nanoOf(usd)) return `/${place}/usd`
    // Admins are told of these as well.
    const told = after[place]?.thresholds ?? thresholds
    if (!thresholds.every((percent) => told.includes(percent))) return `/${place}/thresholds`
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
