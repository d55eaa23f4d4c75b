import type { Duty } from '../../../access/schema.ts'
import type { BudgetRecord } from '../../../budgets/schema.ts'
import type { LimitRecord } from '../../../limits/schema.ts'
import { ok, type Problem, type Result, refuse } from '../../../problems.ts'
import type { ModelRecord } from '../../../providers/schema.ts'
import { type Budgets, type MoneyHold, nothingReserved } from '../../budgets/budgets.ts'
import { type LimitHold, type Limits, nothingHeld } from '../../limits/limits.ts'
import type { LlmRequest } from '../request.ts'
import { fittingOutput, leastOutput, namingFit, type Plan, planOf } from './plan.ts'
import { tightestOf } from './standing.ts'

export type Seats = { readonly limits: readonly LimitRecord[]; readonly budgets: readonly BudgetRecord[] }

/** What one call has taken: of limits and of budgets, by its plan. */
export type Taken = { readonly plan: Plan; readonly hold: LimitHold; readonly money: MoneyHold }

type Deps = {
  readonly limits: Pick<Limits, 'take' | 'standings'>
  readonly budgets: Pick<Budgets, 'reserve' | 'available'>
}

type Wish = {
  readonly request: LlmRequest
  readonly model: ModelRecord
  readonly seats: Seats
  /** It costs nothing: it takes its place among calls, and no money. */
  readonly isFree: boolean
  readonly p80: number
  /** ms since epoch. */
  readonly now: number
}

/** Limits and budgets of a yes. Whatever else it has to go through, this gateway cannot do for calls to models: refused. */
export function seatsOf(duties: readonly Duty[]): Result<Seats> {
  if (duties.length === 0) return none
  const [only] = duties
  if (duties.length === 1 && only?.kind === 'seats') return ok(only)
  const other = duties.find(({ kind }) => kind !== 'seats')
  if (other !== undefined)
    return refuse('internal', {
      detail: 'This gateway cannot carry out what this call requires.',
      log: { duty: other.kind },
    })
  const seats = duties.flatMap((duty) => (duty.kind === 'seats' ? [duty] : []))
  return ok({ limits: seats.flatMap(({ limits }) => limits), budgets: seats.flatMap(({ budgets }) => budgets) })
}
const none: Result<Seats> = ok({ limits: [], budgets: [] })

/**
 * Takes limits, then budgets: all of them or nothing. A call that need not be as large as planned is tried once more as
 * large as it fits now; what cannot be made smaller here is refused with the size that would fit.
 */
export function takeFor(deps: Deps, wish: Wish): Result<Taken> | Promise<Result<Taken>> {
  const planned = plan(wish, Number.MAX_SAFE_INTEGER)
  if (!planned.ok) return planned
  return after(takePlanned(deps, wish, planned.value), (taken) => {
    if (taken.ok || !isShortage(taken.problem)) return taken
    const fit = fitNow(deps, wish, planned.value)
    if (!canShrink(wish, planned.value, fit)) return { ok: false, problem: named(wish, taken.problem, fit) }
    const smaller = plan(wish, fit)
    return smaller.ok ? takePlanned(deps, wish, smaller.value) : smaller
  })
}

function takePlanned({ limits, budgets }: Deps, { seats }: Wish, made: Plan): Result<Taken> | Promise<Result<Taken>> {
  const want = { requests: 1, tokens: made.input + made.output, seat: 'call' } as const
  const held = seats.limits.length === 0 ? freely : limits.take(seats.limits, want)
  return after(held, (hold) => {
    if (!hold.ok) return hold
    if (seats.budgets.length === 0 || made.isWithoutCost)
      return ok({ plan: made, hold: hold.value, money: nothingReserved })
    const undo = (accident: unknown): never => {
      hold.value.undo()
      throw accident
    }
    const reserved = attempt(() => budgets.reserve(seats.budgets, made.nano), undo)
    return after(reserved, (money) => {
      if (money.ok) return ok({ plan: made, hold: hold.value, money: money.value })
      hold.value.undo()
      return money
    })
  })
}
const freely: Result<LimitHold> = ok(nothingHeld)

function plan({ request, model, seats, isFree, now, p80 }: Wish, fit: number): Result<Plan> {
  return planOf({
    request,
    model,
    now,
    isFree,
    hasBudgets: seats.budgets.length > 0,
    hasTokenLimits: seats.limits.some(({ tokensPerMinute }) => tokensPerMinute !== null),
    p80,
    fit,
  })
}

/** By what is known now: tokens and money that are left of the tightest. */
function leftOf({ limits, budgets }: Deps, seats: Seats): { readonly nano: number; readonly tokens: number } {
  const tokens = seats.limits.length === 0 ? null : tightestOf(limits.standings(seats.limits), 'tokens')
  return {
    nano: seats.budgets.length === 0 ? Number.MAX_SAFE_INTEGER : budgets.available(seats.budgets),
    tokens: tokens?.left ?? Number.MAX_SAFE_INTEGER,
  }
}

const fitNow = (deps: Deps, { request, seats }: Wish, { price, input }: Plan): number =>
  fittingOutput(price, input, Math.max(1, request.choices), leftOf(deps, seats))

/** It names no size itself, or pays as it goes; and less than was tried would fit. */
const canShrink = ({ request }: Wish, made: Plan, fit: number): boolean =>
  fit >= leastOutput &&
  fit < made.output / Math.max(1, request.choices) &&
  (made.isStoppable || made.maxTokens !== null)

const isShortage = ({ code }: Problem): boolean => code === 'budget_exceeded' || code === 'rate_limited'

/** Only where it is the size that does not fit. */
const named = ({ request, isFree }: Wish, problem: Problem, fit: number): Problem =>
  !isFree && request.maxTokens !== null && fit < request.maxTokens ? namingFit(problem, fit) : problem

/** Goes on at once where there is nothing to wait for. */
export const after = <T, Next>(
  value: T | Promise<T>,
  next: (value: T) => Next | Promise<Next>,
): Next | Promise<Next> => (value instanceof Promise ? value.then(next) : next(value))

/** Runs it; an accident, now or later, goes to `failed`. */
export function attempt<T>(run: () => T | Promise<T>, failed: (accident: unknown) => never): T | Promise<T> {
  try {
    const value = run()
    return value instanceof Promise ? value.catch(failed) : value
  } catch (accident) {
    return failed(accident)
  }
}
