import { z } from 'zod'
import { Target, TargetInput } from '../limits/schema.ts'

/** Wire and domain types of budgets. Money is integer nano-USD inside and decimal text of USD outside. */

export const budgetId = z.string().regex(/^bud_[0-9A-Za-z]{16}$/)

/** Of whom a budget may be. A tool or a model has a limit, not a budget. */
export const budgetTargets = ['organization', 'project', 'member', 'team', 'app', 'key'] as const

export const Period = z.enum(['total', 'day', 'week', 'month'])
export type Period = z.infer<typeof Period>

const nanoPerUsd = 1_000_000_000
/** So much in all a period can hold: sums of nano-USD stay numbers that nothing rounds. */
export const mostUsd = 4_000_000
export const mostNano = mostUsd * nanoPerUsd

/** Of text that `usd` takes. */
export const nanoOf = (text: string): number => {
  const [whole = '', part = ''] = text.split('.')
  return Number(whole) * nanoPerUsd + Number(part.padEnd(9, '0'))
}

/** Exact, with two digits behind the point at least: `25.00`, `0.000000001`. */
export const usdOf = (nano: number): string => {
  const size = Math.abs(nano)
  const part = String(size % nanoPerUsd).padStart(9, '0')
  return `${nano < 0 ? '-' : ''}${Math.floor(size / nanoPerUsd)}.${part.slice(0, 2)}${part.slice(2).replace(/0+$/, '')}`
}

/** Decimal text: a float would lose parts of it. Nine digits behind the point are one nano-USD. */
export const usd = z
  .string()
  .regex(/^\d{1,9}(\.\d{1,9})?$/, 'must be a decimal number of USD such as "25.00"')
  .refine((text) => nanoOf(text) <= mostNano, `must be ${mostUsd} USD at most`)

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
export const BudgetPatch = z.strictObject({
  usd: usd.optional(),
  thresholds: Thresholds.nullable().optional(),
  /** True: nothing is given out of it until it is false again. */
  frozen: z.boolean().optional(),
})
export type BudgetPatch = z.infer<typeof BudgetPatch>

const note = z.string().trim().min(1).max(500)
const waitMs = z.int().min(0).max(30_000).optional()
/** Beyond the amount, for the running period. */
export const TopUp = z.strictObject({
  usd: usd.refine((text) => nanoOf(text) > 0, 'must be more than 0'),
  note: note.optional(),
  waitMs,
})
export type TopUp = z.infer<typeof TopUp>
export const BudgetReset = z.strictObject({ note: note.optional(), waitMs })
export type BudgetReset = z.infer<typeof BudgetReset>

export const BudgetView = KeyBudget.extend({
  target: Target,
  frozen: z.boolean(),
  /** Its name: `total`, `2026-11-21`, `2026-W47`, `2026-11`, after a reset `2026-11.2`. */
  runningPeriod: z.string(),
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

/** One row of the ledger: so much went from one account to another. */
export const BudgetEntry = z.strictObject({
  at: z.string(),
  period: z.string(),
  /** opening, amount, top-up, grant, return, settled, reconciled, overdrawn, unreconciled, closed. */
  kind: z.string(),
  /** `owner`, `top-up`, `budget`, `held`, `spent` or `unreconciled`. */
  from: z.string(),
  to: z.string(),
  usd: z.string(),
  gateway: z.string().nullable(),
  /** Life of that gateway's process. */
  boot: z.string().nullable(),
  request: z.string().nullable(),
  key: z.string().nullable(),
  /** JSON of the price that was used. */
  price: z.string().nullable(),
  note: z.string().nullable(),
})
export type BudgetEntry = z.infer<typeof BudgetEntry>

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
