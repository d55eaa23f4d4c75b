import type { BudgetView } from '../../src/budgets/schema.ts'
import type { Effect } from '../../src/fleet/schema.ts'
import type { Refs } from '../api.ts'

export type OneBudget = { readonly budget: BudgetView; readonly refs: Refs }
export type ChangedBudget = OneBudget & { readonly effect: Effect }

/** What every dialog about one budget is given. */
export type BudgetDialog = {
  readonly budget: BudgetView
  /** Of its target, as people call it. */
  readonly name: string
  readonly onClose: () => void
  readonly onDone: (effect: Effect) => void
}
/** Keys show their budgets, too. */
export const refreshed: readonly string[] = ['budgets', 'keys']
