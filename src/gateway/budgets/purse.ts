import type { BudgetRecord } from '../../budgets/schema.ts'
import type { SliceAsking } from '../../fleet/slices/asking.ts'
import type { Grant, SliceAsk } from '../../fleet/slices/schema.ts'

/** What this gateway has in hand of one budget. nano-USD; control has booked all of it as held by this process. */
export type Purse = {
  readonly budget: BudgetRecord
  /** Of which period; empty: nothing was given yet. */
  window: string
  /** Monotonic ms at which the period ends; null: it does not, or there is none. */
  endsAt: number | null
  /** In hand and not reserved. */
  free: number
  /** In the store, at the last answer; null: nobody has said yet. */
  left: number | null
  /** How much came last; half of it gone asks for more. */
  slice: number
  /** What a call took last, and all of them of late. */
  lastNeed: number
  taken: number
  takenBefore: number
  usedAt: number
  isAsking: boolean
  /** There was not enough for one more call: nobody asks ahead any more. */
  isDry: boolean
  /** When control said last that it is too little. */
  refusedAt: number
  /** Control knows no such budget: it went, and its record is about to. */
  isGone: boolean
  /** Holds that may put something back. */
  holds: number
  readonly waiting: Set<Waiter>
}

/** A call that waits for money of several purses. */
export type Waiter = {
  readonly purses: readonly Purse[]
  readonly nano: number
  readonly served: () => void
  readonly refused: (purse: Purse, why: 'too little' | 'nobody says') => void
}

export const newPurse = (budget: BudgetRecord, now: number): Purse => ({
  budget,
  window: '',
  endsAt: null,
  free: 0,
  left: null,
  slice: 0,
  lastNeed: 0,
  taken: 0,
  takenBefore: 0,
  usedAt: now,
  isAsking: false,
  isDry: false,
  refusedAt: Number.NEGATIVE_INFINITY,
  isGone: false,
  holds: 0,
  waiting: new Set(),
})

type Deps = {
  readonly giveBack: SliceAsking['giveBack']
  /** False: what is given back now is lost on the way. */
  readonly isAttached: () => boolean
}

/** What is not reserved goes back, if there is somebody to take it; else it stays in hand. */
export function empty({ giveBack, isAttached }: Deps, purse: Purse): void {
  if (purse.free <= 0 || !isAttached()) return
  giveBack([returned(purse, purse.window, purse.free)])
  purse.free = 0
  purse.slice = 0
}

/** Of a period that is over nothing is reserved any more. */
export function turn({ giveBack }: Pick<Deps, 'giveBack'>, purse: Purse, window: string): void {
  if (purse.free > 0) giveBack([returned(purse, purse.window, purse.free)])
  purse.window = window
  purse.free = 0
  purse.slice = 0
  purse.endsAt = null
  purse.left = null
  purse.isDry = false
  purse.refusedAt = Number.NEGATIVE_INFINITY
}

export const returned = ({ budget }: Purse, window: string, unused: number) => ({
  organization: budget.organization,
  pool: budget.id,
  window,
  unused,
})

/** `need`: without so much nothing is of use. So much is wanted as was used of late, and some calls' need at least. */
export const askOf = (purse: Purse, need: number): SliceAsk => ({
  organization: purse.budget.organization,
  pool: purse.budget.id,
  ahead: false,
  wanted: Math.max(callsAhead * Math.max(need, purse.lastNeed), purse.taken + purse.takenBefore, 1),
  need,
})
const callsAhead = 8

/** The period ends at the time of sending and what was left of it then: the way there and back is on the refusing side. */
export function put(deps: Pick<Deps, 'giveBack'>, purse: Purse, grant: Grant, sentAt: number): void {
  if (purse.window !== grant.window) turn(deps, purse, grant.window)
  purse.endsAt = grant.endsInMs === null ? null : sentAt + grant.endsInMs
  purse.left = grant.left
  purse.free += grant.amount
  if (grant.amount === 0) return
  purse.slice = grant.amount
  purse.isDry = false
  purse.refusedAt = Number.NEGATIVE_INFINITY
}

export const has = (purse: Purse, nano: number): boolean => purse.isGone || purse.free >= nano
