import { type Caps, nameOfTarget } from '../../access/caps.ts'
import type { BudgetRecord } from '../../budgets/schema.ts'
import type { LimitRecord } from '../../limits/schema.ts'

/** Limits and budgets of one organization. Keys bring their own, so these come and go often: nothing is derived of them. */
export type HeldCaps = {
  readonly view: Caps
  readonly limits: Map<string, LimitRecord>
  readonly budgets: Map<string, BudgetRecord>
  readonly limitByTarget: Map<string, LimitRecord>
  readonly budgetsByTarget: Map<string, readonly BudgetRecord[]>
}
export type AllCaps = Map<string, HeldCaps>

export function capsIn(all: AllCaps, organization: string): HeldCaps {
  const known = all.get(organization)
  if (known) return known
  const limits = new Map<string, LimitRecord>()
  const budgets = new Map<string, BudgetRecord>()
  const limitByTarget = new Map<string, LimitRecord>()
  const budgetsByTarget = new Map<string, readonly BudgetRecord[]>()
  const view: Caps = {
    isEmpty: () => limits.size === 0 && budgets.size === 0,
    limit: (target) => limitByTarget.get(target),
    budgets: (target) => budgetsByTarget.get(target),
  }
  const held = { view, limits, budgets, limitByTarget, budgetsByTarget }
  all.set(organization, held)
  return held
}

export function putCap(all: AllCaps, record: LimitRecord | BudgetRecord): void {
  const held = capsIn(all, record.organization)
  dropCap(all, record.organization, record.kind, record.id)
  const target = nameOfTarget(record.target)
  if (record.kind === 'limit') {
    held.limits.set(record.id, record)
    held.limitByTarget.set(target, record)
  } else {
    held.budgets.set(record.id, record)
    held.budgetsByTarget.set(target, [...(held.budgetsByTarget.get(target) ?? []), record])
  }
}

export function dropCap(all: AllCaps, organization: string, kind: 'limit' | 'budget', id: string): void {
  const held = all.get(organization)
  const old = held?.[kind === 'limit' ? 'limits' : 'budgets'].get(id)
  if (!held || !old) return
  const target = nameOfTarget(old.target)
  if (old.kind === 'limit') {
    held.limits.delete(id)
    if (held.limitByTarget.get(target)?.id === id) held.limitByTarget.delete(target)
    return
  }
  held.budgets.delete(id)
  const left = (held.budgetsByTarget.get(target) ?? []).filter((budget) => budget.id !== id)
  if (left.length === 0) held.budgetsByTarget.delete(target)
  else held.budgetsByTarget.set(target, left)
}
