import { audited } from '../audit/audited.ts'
import { announce } from '../db/changes.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Db } from '../db/database.ts'
import { settleMs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { recordEvent, type Shown, shownOne } from './answer.ts'
import { bookAmount } from './change.ts'
import type { BudgetDeps } from './deps.ts'
import { defaultThresholds, type NewBudget, nanoOf } from './schema.ts'
import { type Budget, insertBudget } from './store.ts'
import { targetOf } from './target.ts'

/** One for each target and period. */
export const createBudget =
  (deps: BudgetDeps) =>
  async (actor: Actor, input: NewBudget, requestId: string): Promise<Result<Shown>> => {
    const { organizationId } = actor
    const create = async (db: Db): Promise<Result<Shown & { rowId: number }>> => {
      const target = await targetOf(deps, db, organizationId, input.target)
      if (!target.ok) return target
      const at = deps.now()
      const budget: Budget = {
        organizationId,
        id: deps.newId('bud'),
        target: target.value,
        period: input.period ?? 'total',
        amount: nanoOf(input.usd),
        thresholds: input.thresholds ?? defaultThresholds,
        frozen: false,
        resetPeriod: null,
        resets: 0,
        state: 'active',
        createdAt: at,
        createdBy: audited(actor).id,
        revision: 1,
      }
      if (!(await insertBudget(db, organizationId, budget))) return refuse('cap_exists', { detail: exists })
      await bookAmount(deps, db, budget, at)
      const answer = await shownOne(deps, db, budget)
      await recordEvent(deps, db, { actor, requestId }, budget, { action: 'budget.created', after: answer.budget })
      return ok({ ...answer, rowId: await announce(db, organizationId, { kind: 'budget', id: budget.id, at }) })
    }
    const done = await untilCurrent(null, () => deps.transaction(organizationId, create))
    if (!done.ok) return done
    const { rowId, ...answer } = done.value
    await deps.effectOf(organizationId, rowId, settleMs)
    return ok(answer)
  }

const exists = 'There is a budget of that target and period already: change its amount with PATCH, or top it up.'
