import { announce } from '../../db/changes.ts'
import type { Db } from '../../db/database.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import { bookAmount, putBudget } from '../change.ts'
import { dropBudgets } from '../drop.ts'
import { defaultThresholds, type KeyBudget, type KeyBudgetInput, nanoOf, usdOf } from '../schema.ts'
import { type Standing, standingsOf } from '../standing.ts'
import { type Budget, budgetsAbout, holdBudget, insertBudget } from '../store.ts'
import { twiceIn } from './merge.ts'

export { raisedBudget } from './merge.ts'

/*
 * The budgets of keys, for the domain of keys, inside its own unit of work. A key's budgets are those whose target is
 * that key, one for each period at most.
 */

/** Of each key that was asked for, by period; `at`: ms since epoch. A key without any has an empty list. */
export async function budgetsOfKeys(
  db: Db,
  organizationId: string,
  keyIds: readonly string[],
  at: number,
): Promise<ReadonlyMap<string, readonly KeyBudget[]>> {
  const found = new Map<string, KeyBudget[]>(keyIds.map((id) => [id, []]))
  const budgets = await budgetsAbout(db, organizationId, 'key', keyIds)
  for (const standing of await standingsOf(db, organizationId, budgets, at))
    found.get(standing.budget.target.id)?.push(keyBudgetOf(standing))
  for (const list of found.values()) list.sort((one, other) => order.indexOf(one.period) - order.indexOf(other.period))
  return found
}
const order = ['total', 'month', 'week', 'day']

export const keyBudgetOf = ({ budget, span, spent, held }: Standing): KeyBudget => ({
  id: budget.id,
  usd: usdOf(budget.amount),
  period: budget.period,
  thresholds: [...budget.thresholds],
  spentUsd: usdOf(spent),
  heldUsd: usdOf(held),
  resetsAt: span.endsAt === null ? null : new Date(span.endsAt).toISOString(),
})

export type KeyBudgetsWrite = {
  readonly keyId: string
  /** Complete: a period that is not named loses its budget. One of a period that has one keeps what was spent. */
  readonly budgets: readonly KeyBudgetInput[]
  /** What they were when it was asked whether this may be: where they are others now, it is asked again. */
  readonly was?: readonly KeyBudget[] | undefined
  /** ms since epoch. */
  readonly at: number
  /** Who does it: `audited(actor).id`. */
  readonly by: string
  readonly newId: (prefix: string) => string
}

/**
 * Replaces the budgets of one key and announces those that changed. Answers the rows of the changes for `effectOf`.
 * Refuses with `invalid` where two name the same period (pointer from the list), with `stale` when somebody else was
 * faster: `untilCurrent` goes again.
 */
export async function setKeyBudgets(db: Db, organizationId: string, write: KeyBudgetsWrite): Promise<Result<number[]>> {
  const twice = twiceIn(write.budgets)
  if (twice !== null) return refuse('invalid', { errors: [{ pointer: `/${twice}/period`, detail: 'is there twice' }] })
  const rows: number[] = []
  const before = await budgetsAbout(db, organizationId, 'key', [write.keyId])
  if (write.was && write.was.length !== before.length) return refuse('stale')
  for (const { id, period } of before) {
    const budget = await holdBudget(db, organizationId, id)
    if (budget?.state !== 'active') return refuse('stale')
    const input = write.budgets.find((each) => (each.period ?? 'total') === period)
    // Held now, so that it stays what it is.
    const was = write.was?.find((each) => each.id === id)
    if (write.was && (was === undefined || nanoOf(was.usd) !== budget.amount)) return refuse('stale')
    const after = changed(budget, input)
    if (after !== null) rows.push(await putBudget(write, db, after, write.at))
  }
  for (const input of write.budgets) {
    if (before.some(({ period }) => period === (input.period ?? 'total'))) continue
    const budget = firstOf(organizationId, write, input)
    if (!(await insertBudget(db, organizationId, budget))) return refuse('stale')
    await bookAmount(write, db, budget, write.at)
    rows.push(await announce(db, organizationId, { kind: 'budget', id: budget.id, at: write.at }))
  }
  return ok(rows)
}

/** Null: it stays as it is. Thresholds that are not named stay. */
function changed(budget: Budget, input: KeyBudgetInput | undefined): Budget | null {
  if (input === undefined) return { ...budget, state: 'deleted' }
  const amount = nanoOf(input.usd)
  const thresholds = input.thresholds ?? budget.thresholds
  const isSame = amount === budget.amount && String(thresholds) === String(budget.thresholds)
  return isSame ? null : { ...budget, amount, thresholds }
}

const firstOf = (organizationId: string, { keyId, at, by, newId }: KeyBudgetsWrite, input: KeyBudgetInput): Budget => ({
  organizationId,
  id: newId('bud'),
  target: { type: 'key', id: keyId, name: null },
  period: input.period ?? 'total',
  amount: nanoOf(input.usd),
  thresholds: input.thresholds ?? defaultThresholds,
  frozen: false,
  resetPeriod: null,
  resets: 0,
  state: 'active',
  createdAt: at,
  createdBy: by,
  revision: 1,
})

/** With the keys themselves. Answers the rows of the changes; what was spent stays in the books. */
export const dropKeyBudgets = (
  db: Db,
  organizationId: string,
  keyIds: readonly string[],
  at: number,
): Promise<number[]> => dropBudgets(db, organizationId, { type: 'key', ids: keyIds, at })

/**
 * Nothing more is given out of them until somebody says otherwise (`frozen: false`), and what gateways have in hand
 * comes back. Answers the rows of the changes.
 */
export async function freezeKeyBudgets(
  db: Db,
  organizationId: string,
  keyIds: readonly string[],
  { at, newId }: Pick<KeyBudgetsWrite, 'at' | 'newId'>,
): Promise<number[]> {
  const rows: number[] = []
  for (const { id } of await budgetsAbout(db, organizationId, 'key', keyIds)) {
    const budget = await holdBudget(db, organizationId, id)
    if (budget?.state !== 'active' || budget.frozen) continue
    rows.push(await putBudget({ newId }, db, { ...budget, frozen: true }, at))
  }
  return rows
}
