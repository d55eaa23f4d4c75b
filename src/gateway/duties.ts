import { type Duty, dutyKinds } from '../access/schema.ts'
import type { BudgetRecord } from '../budgets/schema.ts'
import type { Charge } from '../fleet/records/schema.ts'
import type { LimitRecord } from '../limits/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Budgets, MoneyHold } from './budgets/budgets.ts'
import type { Incoming } from './incoming.ts'
import { type LimitHold, type Limits, nothingHeld, type Want } from './limits/limits.ts'
import type { OpenMark } from './spool/spool.ts'
import { standingHeaders } from './standing-headers.ts'
import type { Noting, Outcome } from './usage/note.ts'

/** What a yes to an MCP call takes, whatever it has to go through. */
export type Taking = {
  readonly call: Incoming
  /** Null: it counts towards no limit. */
  readonly want: Want | null
  /** nano-USD, of a tool that has a price; else 0. */
  readonly price: number
}

/** How a call went, with its last byte still in hand. */
export type Went = {
  readonly status: number
  readonly code: string | null
  /** It never reached the server: whatever it took goes back. */
  readonly isUnsent: boolean
  /** Its price is due. */
  readonly isDue: boolean
}

/** What the duties of a yes hold while the call runs. */
export type Seat = {
  /** How its limits stand, for the head of the answer: a flat list. */
  readonly headers: readonly string[]
  /** A stream of the protocol is written down when it begins: nobody knows when it ends. */
  readonly begun: (status: number, code: string | null) => void
  /** Called exactly once. `release` lets the last byte go, when the call is written down. */
  readonly settle: (went: Went, release: () => void) => void
}

type Deps = {
  readonly limits: Pick<Limits, 'take' | 'standings'>
  readonly budgets: Pick<Budgets, 'reserve'>
  readonly noting: Pick<Noting, 'open' | 'done'>
}

export type CarryOut = (duties: readonly Duty[], taking: Taking) => Result<Seat> | Promise<Result<Seat>>

/**
 * In the order of `dutyKinds`, however they are listed: each can only turn the yes into a no. So does a duty that this
 * gateway cannot perform, which is each but the seats, and one that it does not even know: control may be newer. No
 * promise where nothing has to be waited for; what is refused has taken nothing.
 */
export const carryOut =
  (deps: Deps): CarryOut =>
  (duties, taking) => {
    if (duties.length === 0) return seated(deps, taking, nothing)
    const seats = onlySeats(duties)
    if (!seats.ok) return seats
    const { limits, budgets } = seats.value
    const { want } = taking
    if (want === null || limits.length === 0) return payFor(deps, taking, budgets, nothing)
    const taken = deps.limits.take(limits, want)
    const go = (hold: Result<LimitHold>): Result<Seat> | Promise<Result<Seat>> => {
      if (!hold.ok) return hold
      const headers = standingHeaders(deps.limits.standings(limits))
      return payFor(deps, taking, budgets, { ...nothing, hold: hold.value, headers })
    }
    return taken instanceof Promise ? taken.then(go) : go(taken)
  }

type Seats = { readonly limits: readonly LimitRecord[]; readonly budgets: readonly BudgetRecord[] }

function onlySeats(duties: readonly Duty[]): Result<Seats> {
  const [only] = duties
  if (duties.length === 1 && only?.kind === 'seats') return ok(only)
  const asked = new Set<string>(duties.map(({ kind }) => kind))
  const unknown = [...asked].filter((kind) => !dutyKinds.some((known) => known === kind))
  for (const kind of dutyKinds) if (kind !== 'seats' && asked.has(kind)) return cannot(kind)
  if (unknown.length > 0) return cannot(unknown.join())
  const seats = duties.flatMap((duty) => (duty.kind === 'seats' ? [duty] : []))
  return ok({ limits: seats.flatMap(({ limits }) => limits), budgets: seats.flatMap(({ budgets }) => budgets) })
}

const cannot = (duty: string) =>
  refuse('internal', { detail: 'This gateway cannot carry out what this call requires.', log: { duty } })

type Held = {
  readonly hold: LimitHold
  readonly money: MoneyHold | null
  readonly opened: OpenMark | null
  readonly headers: readonly string[]
}
const nothing: Held = { hold: nothingHeld, money: null, opened: null, headers: [] }

function payFor(
  deps: Deps,
  taking: Taking,
  budgets: readonly BudgetRecord[],
  held: Held,
): Result<Seat> | Promise<Result<Seat>> {
  return taking.price === 0 || budgets.length === 0
    ? seated(deps, taking, held)
    : paid(deps, taking, budgets, held).catch((accident) => {
        held.hold.undo()
        throw accident
      })
}

/** Reserved in all of its budgets, and on disk: `kill -9` during the call leaves what it may have cost. */
async function paid(deps: Deps, taking: Taking, budgets: readonly BudgetRecord[], held: Held): Promise<Result<Seat>> {
  const { call, price } = taking
  const money = await deps.budgets.reserve(budgets, price)
  if (!money.ok) {
    held.hold.undo()
    return money
  }
  try {
    const reserved = outcome(unknownYet, price, money.value.charges?.() ?? [])
    const opened = await deps.noting.open(call, reserved, true)
    if (opened.ok) return seated(deps, taking, { ...held, money: money.value, opened: opened.value })
    money.value.undo()
    held.hold.undo()
    return opened
  } catch (accident) {
    money.value.undo()
    throw accident
  }
}

function seated({ noting }: Deps, { call, price }: Taking, { hold, money, opened, headers }: Held): Result<Seat> {
  call.facts.isAdmitted = true
  let isNoted = false
  const note = (went: Pick<Went, 'status' | 'code'>, cost: number, charges: readonly Charge[], release: () => void) => {
    isNoted = true
    noting.done(call, outcome(went, cost, charges), opened, release)
  }
  return ok({
    headers,
    begun: (status, code) => {
      if (!isNoted) note({ status, code }, 0, [], ignore)
    },
    settle: (went, release) => {
      const isDue = went.isDue && !went.isUnsent
      if (went.isUnsent) hold.undo()
      else hold.settle(0)
      if (went.isUnsent) money?.undo()
      const charges = went.isUnsent ? [] : (money?.settle(isDue ? price : 0) ?? [])
      if (isNoted) release()
      else note(went, isDue ? price : 0, charges, release)
    },
  })
}

const unknownYet = { status: 0, code: null }
const ignore = (): void => {}

const outcome = (
  { status, code }: Pick<Went, 'status' | 'code'>,
  cost: number,
  charges: readonly Charge[],
): Outcome => ({
  kind: 'mcp',
  status,
  code,
  tokens: null,
  estimated: false,
  // A tool without a price is free.
  cost,
  price: null,
  charges,
  firstByteMs: null,
})
