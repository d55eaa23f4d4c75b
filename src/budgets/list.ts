import { z } from 'zod'
import type { Db } from '../db/database.ts'
import { decodeCursor } from '../http/cursor.ts'
import { cursor, knownForm, limit, listOf, pageOf, totalOf } from '../http/lists.ts'
import { TargetType } from '../limits/schema.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { shown } from './answer.ts'
import type { BudgetDeps } from './deps.ts'
import { BudgetView, Period } from './schema.ts'
import { type Budget, countBudgets, listBudgets } from './store.ts'

export const ManyBudgets = listOf(BudgetView)
export const BudgetQuery = z.strictObject({
  /** Of what kind of target, and the id of one. */
  type: TargetType.optional(),
  target: z.string().max(64).optional(),
  period: Period.optional(),
  limit,
  cursor,
})

/** The filter is part of the place: a cursor of another list ends somewhere else. */
const placeIn = (filter: string) => z.tuple([z.literal(filter), z.string()])

export const budgetList =
  (deps: BudgetDeps) =>
  async (
    actor: Actor,
    { limit, cursor, ...asked }: z.infer<typeof BudgetQuery>,
  ): Promise<Result<z.infer<typeof ManyBudgets>>> => {
    const { organizationId } = actor
    const { type, target, period } = asked
    const filter = JSON.stringify([type, target, period])
    const place = decodeCursor(cursor, placeIn(filter))
    if (!place.ok) return place
    return deps.read(organizationId, async (db) => {
      const within = await deps.ownersWithin(db, actor)
      const narrowing = { type, period, within, target: target === undefined ? undefined : knownForm(target) }
      const after = place.value?.[1] ?? null
      const found = await listBudgets(db, organizationId, { ...narrowing, after, limit: limit + 1 })
      const { items: page, nextCursor } = pageOf(found, limit, ({ id }) => [filter, id])
      const { budgets, refs } = await shown(deps, db, organizationId, page)
      const total = totalOf(await countBudgets(db, organizationId, narrowing))
      return ok({ items: budgets, nextCursor, ...total, refs })
    })
  }

/** To a member, somebody else's budget does not exist. */
export async function withinReach(deps: BudgetDeps, db: Db, actor: Actor, id: string): Promise<Budget | null> {
  const within = await deps.ownersWithin(db, actor)
  const narrowing = { id: knownForm(id), within, after: null, limit: 1 }
  return (await listBudgets(db, actor.organizationId, narrowing))[0] ?? null
}
