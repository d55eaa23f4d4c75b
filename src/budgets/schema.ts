import { z } from 'zod'
import { Target, TargetInput } from '../limits/schema.ts'

/** Wire and domain types of budgets. Money is integer nano-USD inside and decimal text of USD outside. */

export const budgetId = z.string().regex(/^bud_[0-9A-Za-z]{16}$/)

/** Of whom a budget may be. A tool or a model has a limit, not a budget. */
export const budgetTargets = ['organization', 'project', 'member', 'team', 'app', 'key'] as const

export const Period = z.enum(['total', 'day', 'week', 'month'])
export type Period = z.infer<typeof Period>

/** Decimal text: a float would lose parts of it. Nine digits behind the point are one nano-USD. */
export const usd = z.string().regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be a decimal number of USD such as "25.00"')

const percent = z.int().min(1).max(100)
/** Percent of the budget; also as text such as "50,80,100". Duplicates become one, sorted. */
export const Thresholds = z
  .union([
    z.array(percent).max(20),
    z
      .string()
      .regex(/^\s*\d{1,3}(\s*,\s*\d{1,3})*\s*$/, 'must be whole percentages with commas such as "50,80,100"')
      .transform((text) => text.split(',').map((part) => Number(part.trim()))),
  ])
  .pipe(z.array(percent).max(20))
  .transform((list) => [...new Set(list)].sort((one, other) => one - other))
export const defaultThresholds: readonly number[] = [50, 80, 100]

/** Of a key: one for each period at most. */
export const KeyBudgetInput = z.strictObject({
  usd,
  period: Period.optional(),
  thresholds: Thresholds.optional(),
})
export type KeyBudgetInput = z.infer<typeof KeyBudgetInput>
export const KeyBudgetInputs = z.array(KeyBudgetInput).max(4)

export const KeyBudget = z.strictObject({
  id: budgetId,
  usd: z.string(),
  period: Period,
  thresholds: z.array(z.int()),
  /** Of the running period: settled, with what has not been reconciled yet. */
  spentUsd: z.string(),
  /** In gateways' hands, for calls that are running. */
  heldUsd: z.string(),
  /** When the running period ends; null: never. */
  resetsAt: z.string().nullable(),
})
export type KeyBudget = z.infer<typeof KeyBudget>

export const NewBudget = z.strictObject({ target: TargetInput, ...KeyBudgetInput.shape })
export type NewBudget = z.infer<typeof NewBudget>
export const BudgetPatch = z.strictObject({ usd: usd.optional(), thresholds: Thresholds.nullable().optional() })
export type BudgetPatch = z.infer<typeof BudgetPatch>

export const BudgetView = KeyBudget.extend({
  target: Target,
  /** Of the running period, beyond the amount itself. */
  toppedUpUsd: z.string(),
  /** What can still be reserved. */
  leftUsd: z.string(),
  /** Part of what is spent: sessions that ended without settling. */
  unreconciledUsd: z.string(),
  /** Spent by the end of the period if it goes on as until now; null: too little is known, or there is no end. */
  forecastUsd: z.string().nullable(),
  /** Thresholds that were crossed in this period. */
  crossed: z.array(z.strictObject({ percent: z.int(), at: z.string() })),
  createdAt: z.string(),
  revision: z.int(),
})
export type BudgetView = z.infer<typeof BudgetView>

/** As gateways hold it: how much it is stands in no record, money comes in slices. */
export const BudgetRecord = z.object({
  kind: z.literal('budget'),
  organization: z.string(),
  id: z.string(),
  revision: z.int(),
  target: Target,
  period: Period,
})
export type BudgetRecord = z.infer<typeof BudgetRecord>
