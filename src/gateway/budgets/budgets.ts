import type { BudgetRecord } from '../../budgets/schema.ts'
import type { Charge } from '../../fleet/records/schema.ts'
import type { SliceAsking } from '../../fleet/slices/asking.ts'
import type { Grant, SliceAsk } from '../../fleet/slices/schema.ts'
import { ok, type Result } from '../../problems.ts'

/** What one call has reserved, of each of its budgets the same. */
export type MoneyHold = {
  /** nano-USD that are reserved now. */
  readonly reserved: () => number
  /** More than was reserved at first. False: a budget has no more, or nobody could be asked in time; nothing is taken then. */
  readonly extend: (nano: number) => boolean | Promise<boolean>
  /**
   * The call is over and has cost that. Answers what its record says was charged: budget, period, nano-USD. Once; more
   * than was reserved is charged all the same.
   */
  readonly settle: (nano: number) => readonly Charge[]
  /** The call was not made: all goes back. */
  readonly undo: () => void
}

/** Budgets, paid from slices that control has booked in the ledger before. As `Limits`: 250 ms at most. */
export type Budgets = {
  /** All of them or none. A refusal (`budget_exceeded`) names the budget, how much there is, and when it is reset. */
  readonly reserve: (budgets: readonly BudgetRecord[], nano: number) => Result<MoneyHold> | Promise<Result<MoneyHold>>
  /** nano-USD that all of them could pay at the last look; for saying which smaller call would fit. */
  readonly available: (budgets: readonly BudgetRecord[]) => number
  readonly late: (ask: SliceAsk, grant: Grant) => void
  /** Budgets that changed or went, and all of them with a new snapshot: what is not reserved goes back. */
  readonly changed: (id: string | null) => void
  /** At the end, when nothing runs any more: everything that is not charged goes back. */
  readonly close: () => void
}

export type BudgetsDeps = {
  readonly askSlice: SliceAsking['ask']
  readonly giveBack: SliceAsking['giveBack']
  readonly monotonic: () => number
  readonly setTimer: (ms: number, run: () => void) => () => void
}

export const nothingReserved: MoneyHold = {
  reserved: () => 0,
  extend: () => true,
  settle: () => [],
  undo: () => {},
}

/** PLACEHOLDER until slices are spoken. */
export function createBudgets(_deps: BudgetsDeps): Budgets {
  return {
    reserve: () => ok(nothingReserved),
    available: () => Number.MAX_SAFE_INTEGER,
    late: () => {},
    changed: () => {},
    close: () => {},
  }
}
