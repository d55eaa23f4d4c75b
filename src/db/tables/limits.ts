import type { Generated } from 'kysely'
import type { Fixed, Json, Ms } from './column.ts'

export type Limits = {
  organization_id: Fixed<string>
  id: Fixed<string>
  target_type: Fixed<string>
  target_id: Fixed<string>
  /** Of a tool or model; empty for all others. */
  target_name: Fixed<string>
  requests_per_minute: number | null
  tokens_per_minute: number | null
  concurrent: number | null
  streams: number | null
  detached: 'share' | 'closed'
  state: 'active' | 'deleted'
  created_at: Fixed<Ms>
  created_by: Fixed<string>
  revision: number
}
export type LimitWindows = {
  organization_id: Fixed<string>
  pool: Fixed<string>
  /** Calendar minutes since epoch of the store's clock. */
  minute: Fixed<number>
  used: number
}
export type LimitSeats = {
  organization_id: Fixed<string>
  pool: Fixed<string>
  gateway_id: Fixed<string>
  boot: Fixed<string>
  seats: number
}
export type Budgets = {
  organization_id: Fixed<string>
  id: Fixed<string>
  target_type: Fixed<string>
  target_id: Fixed<string>
  period: Fixed<'total' | 'day' | 'week' | 'month'>
  /** nano-USD. */
  amount: number
  /** Percentages, a JSON list. */
  thresholds: Json
  state: 'active' | 'deleted'
  created_at: Fixed<Ms>
  created_by: Fixed<string>
  revision: number
}
export type BudgetAccounts = {
  organization_id: Fixed<string>
  budget_id: Fixed<string>
  /** `total`, or the period by its name: `2026-11`, `2026-W47`, `2026-11-21`. */
  period: Fixed<string>
  account: Fixed<string>
  /** nano-USD. */
  balance: number
}
/** Never changed, never deleted: money moves from one account to another, by so much. */
export type BudgetEntries = {
  row_id: Generated<number>
  organization_id: Fixed<string>
  budget_id: Fixed<string>
  period: Fixed<string>
  at: Fixed<Ms>
  kind: Fixed<string>
  debit: Fixed<string>
  credit: Fixed<string>
  amount: Fixed<number>
  gateway_id: Fixed<string | null>
  boot: Fixed<string | null>
  seq: Fixed<number | null>
  request_id: Fixed<string | null>
  key_id: Fixed<string | null>
  price: Fixed<Json | null>
  note: Fixed<string | null>
}
export type BudgetThresholds = {
  organization_id: Fixed<string>
  budget_id: Fixed<string>
  period: Fixed<string>
  percent: Fixed<number>
  at: Fixed<Ms>
}
