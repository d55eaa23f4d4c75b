import type { AuditAction } from '../audit/schema.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import { matchesEtag } from '../http/etag.ts'
import { knownForm } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { recordEvent, type Shown, shownOne } from './answer.ts'
import { putBudget } from './change.ts'
import type { Asked, BudgetDeps } from './deps.ts'
import { planTopUp, standingOf } from './ledger/accounts.ts'
import { openBooks } from './ledger/book.ts'
import { begunAnew, runningOf } from './running.ts'
import {
  type BudgetPatch,
  type BudgetReset,
  defaultThresholds,
  mostNano,
  mostUsd,
  nanoOf,
  type TopUp,
} from './schema.ts'
import { type Budget, holdBudget } from './store.ts'
import { zoneOf } from './zone.ts'

type Change = {
  readonly action: Extract<AuditAction, `budget.${string}`>
  /** What it is then; books what goes beside it. */
  readonly apply: (db: Db, before: Budget) => Promise<Result<Budget>>
  /** What the event says beside the budget. */
  readonly said?: object
}
type Changed = Shown & { readonly effect: Effect }

export const updateBudget = (deps: BudgetDeps) => (actor: Actor, asked: Asked, patch: BudgetPatch) =>
  change(deps, actor, asked, {
    action: 'budget.updated',
    apply: async (_db, before) =>
      ok({
        ...before,
        amount: patch.usd === undefined ? before.amount : nanoOf(patch.usd),
        thresholds: patch.thresholds === undefined ? before.thresholds : (patch.thresholds ?? defaultThresholds),
        frozen: patch.frozen ?? before.frozen,
      }),
  })

/** Beyond its amount, for the running period only. */
export const topUpBudget = (deps: BudgetDeps) => (actor: Actor, asked: Asked, more: TopUp) =>
  change(deps, actor, asked, toppedUp(deps, more))

/** The same in the unit of work of whoever has asked whether the actor may. */
export const topUpIn =
  (deps: BudgetDeps) =>
  (db: Db, actor: Actor, asked: Omit<Asked, 'waitMs'>, more: TopUp): Promise<Result<Shown & { rowId: number }>> =>
    changeIn(deps, db, actor, asked, toppedUp(deps, more))

const toppedUp = (deps: BudgetDeps, { usd, note }: TopUp): Change => ({
  action: 'budget.topped-up',
  said: { toppedUpBy: usd, ...(note === undefined ? {} : { note }) },
  apply: async (db, before) => {
    const at = deps.now()
    const { name } = runningOf(before, await zoneOf(db, before.organizationId), at)
    const books = await openBooks(db, before, { period: name, isRunning: true, at })
    // Whatever the amount is: it may be raised later.
    if (standingOf(books.balances()).toppedUp + nanoOf(usd) > mostNano)
      return refuse('invalid', {
        detail: `All top-ups of a period are ${mostUsd} USD at most.`,
        errors: [{ pointer: '/usd', detail: 'is too much' }],
      })
    books.book(planTopUp(nanoOf(usd)), null, { note: note ?? null })
    await books.close(deps, db)
    return ok(before)
  },
})

/**
 * A new period begins now: nothing is spent in it, and every threshold is told again. Calls that run are charged to the
 * one before, whose books stay.
 */
export const resetBudget =
  (deps: BudgetDeps) =>
  (actor: Actor, asked: Asked, { note }: BudgetReset) =>
    change(deps, actor, asked, {
      action: 'budget.reset',
      said: note === undefined ? {} : { note },
      apply: async (db, before) => ok(begunAnew(before, await zoneOf(db, before.organizationId), deps.now())),
    })

export const removeBudget = (deps: BudgetDeps) => (actor: Actor, asked: Asked) =>
  change(deps, actor, asked, {
    action: 'budget.deleted',
    apply: async (_db, before) => ok({ ...before, state: 'deleted' }),
  })

async function changeIn(
  deps: BudgetDeps,
  db: Db,
  actor: Actor,
  asked: Omit<Asked, 'waitMs'>,
  { action, apply, said = {} }: Change,
): Promise<Result<Shown & { rowId: number }>> {
  const held = await holdBudget(db, actor.organizationId, knownForm(asked.id))
  if (held?.state !== 'active') return refuse('not_found')
  if (!matchesEtag(asked.ifMatch, held)) return refuse('stale')
  const before = (await shownOne(deps, db, held)).budget
  const next = await apply(db, held)
  if (!next.ok) return next
  const rowId = await putBudget(deps, db, next.value, deps.now())
  const answer = await shownOne(deps, db, { ...next.value, revision: held.revision + 1 })
  const isGone = next.value.state === 'deleted'
  const happened = { action, before, ...(isGone ? {} : { after: { ...answer.budget, ...said } }) }
  await recordEvent(deps, db, { actor, requestId: asked.requestId }, next.value, happened)
  return ok({ ...answer, rowId })
}

async function change(deps: BudgetDeps, actor: Actor, asked: Asked, what: Change): Promise<Result<Changed>> {
  const { organizationId } = actor
  const work = (db: Db) => changeIn(deps, db, actor, asked, what)
  const done = await untilCurrent(asked.ifMatch, () => deps.transaction(organizationId, work))
  if (!done.ok) return done
  const { rowId, ...answer } = done.value
  return ok({ ...answer, effect: await deps.effectOf(organizationId, rowId, asked.waitMs) })
}
