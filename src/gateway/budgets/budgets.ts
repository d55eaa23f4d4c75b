import type { BudgetRecord } from '../../budgets/schema.ts'
import type { Charge } from '../../fleet/records/schema.ts'
import type { SliceAsking } from '../../fleet/slices/asking.ts'
import type { Grant, SliceAsk } from '../../fleet/slices/schema.ts'
import { ok, type Result } from '../../problems.ts'
import { type Holding, holdOf } from './hold.ts'
import { empty, has, newPurse, type Purse, returned } from './purse.ts'
import { refuseSpent, refuseUncounted } from './refusal.ts'
import { draw, refuseBeyond, roll, type Short, serve, type WaitingDeps, wait } from './waiting.ts'

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
  /** What `settle` would answer for all that is reserved, without settling: it stands in the open record. */
  readonly charges?: () => readonly Charge[]
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
  readonly askSlice: WaitingDeps['askSlice']
  readonly giveBack: SliceAsking['giveBack']
  readonly monotonic: () => number
  readonly setTimer: (ms: number, run: () => void) => () => void
  /** Has a heartbeat been answered of late? Without it: yes. */
  readonly isAttached?: () => boolean
  /** Wall clock, for saying when a period ends. Without it: in how many seconds. */
  readonly now?: () => number
}

export const nothingReserved: MoneyHold = {
  reserved: () => 0,
  charges: () => [],
  extend: () => true,
  settle: () => [],
  undo: () => {},
}

type State = WaitingDeps & {
  readonly now: (() => number) | undefined
  readonly purses: Map<string, Purse>
  stopSweep: (() => void) | null
}

export function createBudgets(deps: BudgetsDeps): Budgets {
  const state: State = {
    askSlice: deps.askSlice,
    giveBack: deps.giveBack,
    monotonic: deps.monotonic,
    setTimer: deps.setTimer,
    isAttached: deps.isAttached ?? (() => true),
    now: deps.now,
    isClosed: false,
    purses: new Map(),
    stopSweep: null,
  }
  const { purses } = state
  const holding: Holding = {
    take: (from, nano, done) => take(state, from, nano, done),
    putBack: (purse, window, nano) => putBack(state, purse, window, nano),
  }
  return {
    reserve: (budgets, nano) => {
      if (budgets.length === 0) return ok(nothingReserved)
      const from = budgets.map((budget) => purseOf(state, budget))
      return take(state, from, nano, () => holdOf(holding, from, nano))
    },
    available: (budgets) => {
      let least = Number.MAX_SAFE_INTEGER
      for (const { id } of budgets) {
        const purse = purses.get(id)
        if (purse !== undefined && purse.left !== null) least = Math.min(least, Math.max(0, purse.left) + purse.free)
      }
      return least
    },
    late: ({ organization, pool }, grant) => {
      const purse = purses.get(pool)
      if (purse === undefined || purse.window !== grant.window || state.isClosed)
        return deps.giveBack([{ organization, pool, window: grant.window, unused: grant.amount }])
      purse.free += grant.amount
      serve(state, purse, deps.monotonic())
    },
    changed: (id) => {
      for (const purse of purses.values()) if (id === null || purse.budget.id === id) begin(state, purse)
    },
    close: () => {
      state.isClosed = true
      state.stopSweep?.()
      for (const purse of purses.values()) {
        refuseBeyond(purse, 'nobody says', 0)
        empty(state, purse)
      }
    },
  }
}

function purseOf(state: State, budget: BudgetRecord): Purse {
  const known = state.purses.get(budget.id)
  if (known !== undefined) return known
  const made = newPurse(budget, state.monotonic())
  state.purses.set(budget.id, made)
  if (!state.isClosed) state.stopSweep ??= state.setTimer(sweepMs, () => sweep(state))
  return made
}

/** Of all of them or of none; no promise where all of it is in hand. */
function take<T>(state: State, from: readonly Purse[], nano: number, done: () => T): Result<T> | Promise<Result<T>> {
  const now = state.monotonic()
  let isInHand = true
  for (const purse of from) {
    roll(state, purse, now)
    if (!has(purse, nano)) isInHand = false
  }
  if (!isInHand)
    return wait(state, from, nano, done).then((end) => ('value' in end ? ok(end.value) : refusalOf(state, end, nano)))
  for (const purse of from) draw(state, purse, nano, now)
  return ok(done())
}

const refusalOf = ({ now, monotonic }: State, { purse, why }: Short, nano: number) =>
  why === 'too little' ? refuseSpent(purse, nano, { now, monotonic: monotonic() }) : refuseUncounted(purse)

/** Into the hand, if it is of the period that runs; what is over goes where it came from. */
function putBack(state: State, purse: Purse, window: string, nano: number): void {
  const now = state.monotonic()
  roll(state, purse, now)
  if (purse.window !== window) {
    state.giveBack([returned(purse, window, nano)])
    return
  }
  purse.free += nano
  purse.refusedAt = Number.NEGATIVE_INFINITY
  if (purse.waiting.size > 0) serve(state, purse, now)
}

/** What was known of it holds no more. */
function begin(state: State, purse: Purse): void {
  empty(state, purse)
  purse.isDry = false
  purse.isGone = false
  purse.refusedAt = Number.NEGATIVE_INFINITY
  purse.left = null
}

/** Unused for so long, money goes back, so that other gateways have it. */
const idleMs = 10_000
const sweepMs = 5000

function sweep(state: State): void {
  const now = state.monotonic()
  for (const [id, purse] of state.purses) {
    roll(state, purse, now)
    purse.takenBefore = purse.taken
    purse.taken = 0
    purse.isGone = false
    purse.isDry = false
    if (now - purse.usedAt < idleMs || purse.waiting.size > 0 || purse.isAsking) continue
    empty(state, purse)
    if (purse.free === 0 && purse.holds === 0) state.purses.delete(id)
  }
  state.stopSweep = state.purses.size > 0 ? state.setTimer(sweepMs, () => sweep(state)) : null
}
