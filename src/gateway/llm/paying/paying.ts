import { ok, type Result, refuse } from '../../../problems.ts'
import type { Budgets } from '../../budgets/budgets.ts'
import type { Limits } from '../../limits/limits.ts'
import type { OpenMark, Spool } from '../../spool/spool.ts'
import type { Noting, Outcome } from '../../usage/note.ts'
import { formatsOf } from '../meter/formats.ts'
import { readerOf, type UsageReader } from '../meter/reader.ts'
import type { Bill, Meter, Pay, Payment } from '../payment.ts'
import { nothingUsed, type Used, usedOf } from './bill.ts'
import { endingEvent } from './ending.ts'
import { createOutputs, type Outputs, outputUnknown } from './outputs.ts'
import { textOf } from './price.ts'
import { type Running, runOn } from './running.ts'
import { standingOf } from './standing.ts'
import { after, type Seats, seatsOf, type Taken, takeFor } from './take.ts'

export type PayingDeps = {
  readonly limits: Limits
  readonly budgets: Budgets
  readonly noting: Noting
  readonly spool: Pick<Spool, 'isFull'>
  /** ms since epoch. */
  readonly now: () => number
  /** ms of a clock that only goes forward. */
  readonly monotonic: () => number
}

/** Everything that is known of a call that has been paid for. */
type Paid = Taken & {
  readonly bill: Bill
  readonly seats: Seats
  readonly opened: OpenMark | null
  /** When it was paid for, by both clocks. */
  readonly at: number
  readonly began: number
}

/**
 * Pays for calls to models: takes limits, reserves budgets and writes the open record of what is budgeted or streamed,
 * in this order; a refusal anywhere gives back what was taken before. Where nothing of that has to be waited for, the
 * answer is no promise.
 */
export function createPaying(deps: PayingDeps): Pay {
  const outputs = createOutputs()
  return (bill) => {
    const { call, request, model } = bill
    const isFree = formatsOf[request.route] === null
    const seats = seatsOf(bill.duties)
    if (!seats.ok) return seats
    const isBudgeted = !isFree && seats.value.budgets.length > 0
    if (isBudgeted && deps.spool.isFull()) return spoolFull
    const at = deps.now()
    // Only what streams is ever planned by it.
    const p80 = request.isStream ? outputs.p80(call.facts.keyId ?? '', nameOf(bill)) : outputUnknown
    const wish = { request, model, seats: seats.value, isFree, p80, now: at }
    return after(takeFor(deps, wish), (taken) => {
      if (!taken.ok) return taken
      call.facts.isAdmitted = true
      const paid = { ...taken.value, bill, seats: seats.value, opened: null, at, began: deps.monotonic() }
      if (!isBudgeted && !request.isStream) return ok(paymentOf(deps, outputs, paid))
      return open(deps, outputs, paid, isBudgeted)
    })
  }
}

const spoolFull = refuse('spool_full', { retryAfterSeconds: 10 })
const nameOf = ({ provider, model }: Bill): string => `${provider.id}/${model.id}`

/** Its record is on disk before it goes out. */
function open(deps: PayingDeps, outputs: Outputs, paid: Paid, isBudgeted: boolean): Promise<Result<Payment>> {
  const { plan, money, hold, bill } = paid
  const undo = (): void => {
    money.undo()
    hold.undo()
    bill.call.facts.isAdmitted = false
  }
  const failed = (accident: unknown): never => {
    undo()
    throw accident
  }
  const expected = { input: plan.input, output: plan.output, cached: 0, cacheWrite: 0, reasoning: 0 }
  const used = { tokens: expected, estimated: true, cost: plan.price === null ? null : plan.nano, price: plan.price }
  const reserved = { ...outcomeOf(used, 0, null, null), charges: money.charges?.() ?? [] }
  const written = (opened: Result<OpenMark>): Result<Payment> => {
    if (opened.ok) return ok(paymentOf(deps, outputs, { ...paid, opened: opened.value }))
    undo()
    return opened
  }
  try {
    return deps.noting.open(bill.call, reserved, isBudgeted).then(written, failed)
  } catch (accident) {
    return failed(accident)
  }
}

function paymentOf(deps: PayingDeps, outputs: Outputs, paid: Paid): Payment {
  const { bill, plan, seats, hold, money } = paid
  const { request } = bill
  const running = runOn(deps, { plan, hold, money, ...seats })
  let state: 'open' | 'over' = 'open'
  let answered: Answered | null = null
  const asksForUsage = request.route === 'chat-completions' && request.isStream && !request.wantsUsage
  return {
    maxTokens: plan.maxTokens,
    asksForUsage,
    readsToTheEnd: seats.budgets.length > 0 && !request.isStream && formatsOf[request.route] !== null,
    headers: () => standingOf(seats.limits.length === 0 ? [] : deps.limits.standings(seats.limits), plan.maxTokens),
    meter: (head) => {
      const mayBeEnded = plan.isStoppable && (seats.budgets.length > 0 || seats.limits.length > 0)
      const reader = readerOf({ route: request.route, hidesUsage: asksForUsage, mayBeEnded, ...head })
      answered = { reader, firstByteMs: null }
      return meterOf(deps, paid, answered, running)
    },
    undo: () => {
      if (state === 'over') return
      state = 'over'
      money.undo()
      hold.undo()
      // An open record is answered, or it would be counted at the next start; the call itself is counted where it goes next.
      bill.call.facts.isAdmitted = false
      if (paid.opened !== null)
        deps.noting.done(bill.call, outcomeOf(nothingUsed, 502, unsent, null), paid.opened, ignore)
    },
    finish: (how, release) => {
      if (state === 'over') return release()
      state = 'over'
      settle(deps, outputs, paid, answered, how, release)
    },
  }
}

type Answered = { readonly reader: UsageReader | null; firstByteMs: number | null }
type How = Parameters<Payment['finish']>[0]

const unsent = 'upstream_unreachable'
const ignore = (): void => {}
const nothing = Buffer.alloc(0)

function meterOf(deps: PayingDeps, { bill }: Paid, answered: Answered, running: Running): Meter {
  const { call, request } = bill
  const { reader } = answered
  return {
    push: (chunk) => {
      answered.firstByteMs ??= Math.max(0, deps.monotonic() - call.startedAt)
      return reader === null ? chunk : reader.push(chunk)
    },
    goesOn: () => (reader === null ? true : running.goesOn(reader)),
    ending: () => {
      const problem = running.problem()
      return { problem, event: endingEvent(request.route, problem, call.requestId) }
    },
    end: () => (reader === null ? nothing : reader.end()),
  }
}

/** What it has cost is settled with limits and budgets, then written down; then its last byte goes. */
function settle(
  deps: PayingDeps,
  outputs: Outputs,
  paid: Paid,
  answered: Answered | null,
  how: How,
  release: () => void,
): void {
  const { bill, plan, at, began } = paid
  const { request, model, call } = bill
  const reader = answered?.reader ?? null
  const isFree = formatsOf[request.route] === null
  const used = isFree
    ? nothingUsed
    : usedOf({
        request,
        model,
        plan,
        reader,
        // A provider that never answered may have made something all the same; one that was not reached has not.
        wasLeft: answered === null && (how.isGone || how.status === timedOut),
        at,
        ranMs: deps.monotonic() - began,
      })
  if (reader !== null && !used.estimated && used.tokens !== null)
    outputs.note(call.facts.keyId ?? '', nameOf(bill), used.tokens.output / Math.max(1, request.choices))
  note(deps, paid, { ...used, how, firstByteMs: answered?.firstByteMs ?? null }, release)
}

/** Of our answer, where the provider has let us wait for too long. */
const timedOut = 504

type Noted = Used & { readonly how: How; readonly firstByteMs: number | null }

function note({ noting }: PayingDeps, { bill, hold, money, opened }: Paid, noted: Noted, release: () => void): void {
  const { tokens, cost, how, firstByteMs } = noted
  hold.settle(tokens === null ? 0 : tokens.input + tokens.output)
  const charges = money.settle(cost ?? 0)
  const status = how.isGone ? callerLeft : how.status
  noting.done(bill.call, { ...outcomeOf(noted, status, how.code, firstByteMs), charges }, opened, release)
}

const callerLeft = 499

const outcomeOf = (
  { tokens, estimated, cost, price }: Used,
  status: number,
  code: string | null,
  firstByteMs: number | null,
): Outcome => ({
  kind: 'llm',
  status,
  code,
  tokens,
  estimated,
  cost,
  price: price === null ? null : textOf(price),
  charges: [],
  firstByteMs,
})
