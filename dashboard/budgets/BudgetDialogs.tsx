import type { ComponentType } from 'react'
import type { BudgetDialog } from './changes.ts'
import { DeleteBudget } from './DeleteBudget.tsx'
import { EditBudget } from './EditBudget.tsx'
import { FreezeBudget } from './FreezeBudget.tsx'
import { ResetBudget } from './ResetBudget.tsx'
import { TopUpBudget } from './TopUpBudget.tsx'

export const budgetActions = ['edit', 'topUp', 'freeze', 'reset', 'remove'] as const
export type BudgetAction = (typeof budgetActions)[number]

const dialogs: Readonly<Record<BudgetAction, ComponentType<BudgetDialog>>> = {
  edit: EditBudget,
  topUp: TopUpBudget,
  freeze: FreezeBudget,
  reset: ResetBudget,
  remove: DeleteBudget,
}

/** The dialog of one action, while it is open. */
export function BudgetDialogs({ action, ...props }: BudgetDialog & { readonly action: BudgetAction }) {
  const Dialog = dialogs[action]
  return <Dialog {...props} />
}
