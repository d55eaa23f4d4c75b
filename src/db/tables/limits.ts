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
export type LimitPools = {
  organization_id: Fixed<string>
  pool: Fixed<string>
  seats: number
}
export type LimitWindows = {
  organization_id: Fixed<string>
  pool: Fixed<string>
  /** Calendar minutes since epoch of the store's clock. */
  minute: Fixed<number>
  used: number
  aside: Fixed<number>
}
export type LimitSeats = {
  organization_id: Fixed<string>
  pool: Fixed<string>
  gateway_id: Fixed<string>
  boot: Fixed<string>
  seats: number
}
/** Times are of the store's clock. */
export type LimitHolders = {
  organization_id: Fixed<string>
  gateway_id: Fixed<string>
  boot: Fixed<string>
  serves: Fixed<'own' | 'all'>
  /** It was in touch then: both ways, by its own heartbeats. */
  touched_at: Ms
  /** A control had it attached then. */
  seen_at: Ms
  /** How long it may go on deciding by itself, and what its organizations said about that when it was seen last. */
  fresh_seconds: number
  asked_seconds: number
}
export type LimitShares = {
  organization_id: Fixed<string>
  pool: Fixed<string>
  gateway_id: Fixed<string>
  boot: Fixed<string>
  /** The most that it may believe to be its share. */
  share: number
  told: number
  /** Since when nothing else was told. */
  told_at: Ms
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
  /** 1: nothing is given out of it. */
  frozen: Generated<number>
  /** The period in which it was last begun anew, by the name that the calendar gives it, and how often it was in that one. */
  reset_period: string | null
  resets: Generated<number>
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
/** Never changed, never deleted: so much money moves, out of the account `credit` into the account `debit`. */
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
