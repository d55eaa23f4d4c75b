import { z } from 'zod'
import type { Db } from '../db/database.ts'
import { type Target, TargetType } from '../limits/schema.ts'
import type { Period } from './schema.ts'

/** A budget's row. */
export type Budget = {
  readonly organizationId: string
  readonly id: string
  readonly target: Target
  readonly period: Period
  /** nano-USD a period. */
  readonly amount: number
  readonly thresholds: readonly number[]
  readonly frozen: boolean
  /** In which period of the calendar it was begun anew last, and how often in that one. */
  readonly resetPeriod: string | null
  readonly resets: number
  readonly state: 'active' | 'deleted'
  readonly createdAt: number
  readonly createdBy: string
  readonly revision: number
}

const columns = [
  'organization_id',
  'id',
  'target_type',
  'target_id',
  'period',
  'amount',
  'thresholds',
  'frozen',
  'reset_period',
  'resets',
  'state',
  'created_at',
  'created_by',
  'revision',
] as const

type Row = {
  readonly organization_id: string
  readonly id: string
  readonly target_type: string
  readonly target_id: string
  readonly period: Period
  readonly amount: number
  readonly thresholds: string
  readonly frozen: number
  readonly reset_period: string | null
  readonly resets: number
  readonly state: 'active' | 'deleted'
  readonly created_at: number
  readonly created_by: string
  readonly revision: number
}

/** False when there is a live one of that target and period. */
export async function insertBudget(db: Db, organizationId: string, budget: Budget): Promise<boolean> {
  const row = await db
    .insertInto('budgets')
    .values({
      organization_id: organizationId,
      id: budget.id,
      target_type: budget.target.type,
      target_id: budget.target.id,
      period: budget.period,
      created_at: budget.createdAt,
      created_by: budget.createdBy,
      ...changeable(budget),
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst()
  return row !== undefined
}

const changeable = (budget: Budget) => ({
  amount: budget.amount,
  thresholds: JSON.stringify(budget.thresholds),
  frozen: budget.frozen ? 1 : 0,
  reset_period: budget.resetPeriod,
  resets: budget.resets,
  state: budget.state,
  revision: budget.revision,
})

/** False when somebody else has changed it since `budget.revision - 1` was read. */
export async function writeBudget(db: Db, organizationId: string, budget: Budget): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('budgets')
    .set(changeable(budget))
    .where('organization_id', '=', organizationId)
    .where('id', '=', budget.id)
    .where('revision', '=', budget.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/**
 * As it stays until this unit of work ends, deleted ones too. Whoever moves its money holds it, so that balances can be
 * read, thought about and written. A write that changes nothing, since SQLite has no `select … for update`. Whoever
 * holds several takes them in the order of their ids.
 */
export async function holdBudget(db: Db, organizationId: string, id: string): Promise<Budget | null> {
  const row = await db
    .updateTable('budgets')
    .set((is) => ({ revision: is.ref('revision') }))
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .returning(columns)
    .executeTakeFirst()
  return row ? budgetOf(row) : null
}

/** Deleted ones as well, so that gateways learn that they went. */
export async function anyBudget(db: Db, organizationId: string, id: string): Promise<Budget | null> {
  const row = await db
    .selectFrom('budgets')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? budgetOf(row) : null
}

/** Live ones about these things, by id. */
export async function budgetsAbout(
  db: Db,
  organizationId: string,
  type: TargetType,
  ids: readonly string[],
): Promise<Budget[]> {
  const found: Budget[] = []
  for (let at = 0; at < ids.length; at += 500) {
    const rows = await db
      .selectFrom('budgets')
      .select(columns)
      .where('organization_id', '=', organizationId)
      .where('state', '=', 'active')
      .where('target_type', '=', type)
      .where('target_id', 'in', ids.slice(at, at + 500))
      .execute()
    found.push(...rows.map(budgetOf))
  }
  return found.sort((one, other) => (one.id < other.id ? -1 : 1))
}

export type Page = Narrowing & { readonly after: string | null; readonly limit: number }
type Narrowing = {
  readonly type?: TargetType | undefined
  readonly target?: string | undefined
  readonly period?: Period | undefined
  readonly id?: string | undefined
  /** Owners (members, teams, apps) whose budgets, and those of whose keys, there are for whoever asks; null: all. */
  readonly within: readonly string[] | null
}

/** Live ones by id. */
export async function listBudgets(db: Db, organizationId: string, page: Page): Promise<Budget[]> {
  const rows = await narrowed(db, organizationId, page)
    .select(columns)
    .$if(page.after !== null, (query) => query.where('id', '>', page.after ?? ''))
    .orderBy('id')
    .limit(page.limit)
    .execute()
  return rows.map(budgetOf)
}

export async function countBudgets(db: Db, organizationId: string, narrowing: Narrowing): Promise<number> {
  const { count } = await narrowed(db, organizationId, narrowing)
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** A key is its owner's. Ids of one kind look like no other's, so those of owners need no type beside them. */
const narrowed = (db: Db, organizationId: string, { id, type, target, period, within }: Narrowing) =>
  db
    .selectFrom('budgets')
    .where('organization_id', '=', organizationId)
    .where('state', '=', 'active')
    .$if(id !== undefined, (query) => query.where('id', '=', id ?? ''))
    .$if(type !== undefined, (query) => query.where('target_type', '=', type ?? ''))
    .$if(target !== undefined, (query) => query.where('target_id', '=', target ?? ''))
    .$if(period !== undefined, (query) => query.where('period', '=', period ?? 'total'))
    .$if(within !== null, (query) =>
      query.where((is) =>
        is.or([
          is('target_id', 'in', within ?? []),
          is.and([
            is('target_type', '=', 'key'),
            is.exists(
              is
                .selectFrom('keys')
                .select('keys.id')
                .where('keys.organization_id', '=', organizationId)
                .whereRef('keys.id', '=', 'budgets.target_id')
                .where('keys.owner_id', 'in', within ?? []),
            ),
          ]),
        ]),
      ),
    )

export type BudgetPlace = { readonly organization: string; readonly id: string }

/** Live ones of one organization, or of all (as `ostiary_system`) when it is null; by organization and id. */
export async function budgetsAfter(
  db: Db,
  organizationId: string | null,
  after: BudgetPlace | null,
  limit: number,
): Promise<Budget[]> {
  const rows = await db
    .selectFrom('budgets')
    .select(columns)
    .where('state', '=', 'active')
    .$if(organizationId !== null, (query) => query.where('organization_id', '=', organizationId ?? ''))
    .$if(after !== null, (query) =>
      query.where(({ eb, refTuple, tuple }) =>
        eb(refTuple('organization_id', 'id'), '>', tuple(after?.organization ?? '', after?.id ?? '')),
      ),
    )
    .orderBy('organization_id')
    .orderBy('id')
    .limit(limit)
    .execute()
  return rows.map(budgetOf)
}

const Percents = z.array(z.int())

/** One row as the schema says it. The type of its target was checked when it was written. */
const budgetOf = (row: Row): Budget => ({
  organizationId: row.organization_id,
  id: row.id,
  target: { type: TargetType.parse(row.target_type), id: row.target_id, name: null },
  period: row.period,
  amount: row.amount,
  thresholds: Percents.parse(JSON.parse(row.thresholds)),
  frozen: row.frozen === 1,
  resetPeriod: row.reset_period,
  resets: row.resets,
  state: row.state,
  createdAt: row.created_at,
  createdBy: row.created_by,
  revision: row.revision,
})
