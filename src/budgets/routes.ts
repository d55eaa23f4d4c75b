import { z } from 'zod'
import { Effect } from '../fleet/schema.ts'
import { Refs, Waiting } from '../http/lists.ts'
import { downloadOutput, type Route, routeOf } from '../http/route.ts'
import type { Actor, Permission } from '../people/schema.ts'
import { ok, refuse } from '../problems.ts'
import { shownOne } from './answer.ts'
import { createBudget } from './create.ts'
import type { BudgetDeps } from './deps.ts'
import { CsvQuery, Entries, EntriesQuery, exportEntries, listEntries } from './entries.ts'
import { BudgetQuery, budgetList, ManyBudgets, withinReach } from './list.ts'
import { BudgetPatch, BudgetReset, BudgetView, NewBudget, TopUp } from './schema.ts'
import { removeBudget, resetBudget, topUpBudget, updateBudget } from './update.ts'

export type { BudgetDeps } from './deps.ts'

const OneBudget = z.strictObject({ budget: BudgetView, refs: Refs })
const WithEffect = OneBudget.extend({ effect: Effect })
const ById = z.strictObject({ id: z.string().max(200) })

const route = routeOf<Actor, Permission>()

export const budgetRoutes = (deps: BudgetDeps): Route<Actor, Permission>[] => [
  ...readingRoutes(deps),
  ...writingRoutes(deps),
  ...moneyRoutes(deps),
]

function readingRoutes(deps: BudgetDeps): Route<Actor, Permission>[] {
  const list = budgetList(deps)
  const entries = listEntries(deps)
  const csv = exportEntries(deps)
  return [
    route({
      method: 'GET',
      path: '/budgets',
      summary: 'Lists budgets with how they stand',
      needs: { right: 'budgets:read' },
      query: BudgetQuery,
      output: ManyBudgets,
      handle: (actor, { query }) => list(actor, query),
    }),
    route({
      method: 'GET',
      path: '/budgets/:id',
      summary: 'Shows one budget and how it stands in the running period',
      needs: { right: 'budgets:read' },
      params: ById,
      output: OneBudget,
      handle: (actor, { params }) =>
        deps.read(actor.organizationId, async (db) => {
          const budget = await withinReach(deps, db, actor, params.id)
          return budget ? ok(await shownOne(deps, db, budget)) : refuse('not_found')
        }),
    }),
    route({
      method: 'GET',
      path: '/budgets/:id/entries',
      summary: 'Lists what was booked, the oldest first',
      needs: { right: 'budgets:read' },
      params: ById,
      query: EntriesQuery,
      output: Entries,
      handle: (actor, { params, query }) => entries(actor, params.id, query),
    }),
    route({
      method: 'GET',
      path: '/budgets/:id/entries.csv',
      summary: 'Exports what was booked as CSV; a period includes those that were begun anew within it',
      needs: { right: 'budgets:read' },
      params: ById,
      query: CsvQuery,
      output: downloadOutput,
      handle: (actor, { params, query }) => csv(actor, params.id, query),
    }),
  ]
}

function writingRoutes(deps: BudgetDeps): Route<Actor, Permission>[] {
  const create = createBudget(deps)
  const update = updateBudget(deps)
  const remove = removeBudget(deps)
  return [
    route({
      method: 'POST',
      path: '/budgets',
      summary: 'Makes a budget of an organization, project, member, team, app or key',
      needs: { right: 'budgets:write' },
      body: NewBudget,
      output: OneBudget,
      status: 201,
      handle: (actor, { body, requestId }) => create(actor, body, requestId),
    }),
    route({
      method: 'PATCH',
      path: '/budgets/:id',
      summary: 'Changes a budget; what was spent stays spent',
      needs: { right: 'budgets:write' },
      params: ById,
      query: Waiting,
      body: BudgetPatch,
      output: WithEffect,
      handle: (actor, { params, query, body, requestId, ifMatch }) =>
        update(actor, { id: params.id, waitMs: query.waitMs, requestId, ifMatch }, body),
    }),
    route({
      method: 'DELETE',
      path: '/budgets/:id',
      summary: 'Removes a budget: nothing is held back by it any more',
      needs: { right: 'budgets:write' },
      params: ById,
      query: Waiting,
      output: WithEffect,
      handle: (actor, { params, query, requestId, ifMatch }) =>
        remove(actor, { id: params.id, waitMs: query.waitMs, requestId, ifMatch }),
    }),
  ]
}

function moneyRoutes(deps: BudgetDeps): Route<Actor, Permission>[] {
  const topUp = topUpBudget(deps)
  const reset = resetBudget(deps)
  return [
    route({
      method: 'POST',
      path: '/budgets/:id/top-up',
      summary: 'Adds to a budget for the running period',
      needs: { right: 'budgets:write' },
      params: ById,
      query: Waiting,
      body: TopUp,
      output: WithEffect,
      handle: (actor, { params, query, body, requestId, ifMatch }) =>
        topUp(actor, { id: params.id, waitMs: body.waitMs ?? query.waitMs, requestId, ifMatch }, body),
    }),
    route({
      method: 'POST',
      path: '/budgets/:id/reset',
      summary: 'Begins the running period of a budget anew; what was spent stays in the books',
      needs: { right: 'budgets:write' },
      params: ById,
      query: Waiting,
      body: BudgetReset,
      output: WithEffect,
      handle: (actor, { params, query, body, requestId, ifMatch }) =>
        reset(actor, { id: params.id, waitMs: body.waitMs ?? query.waitMs, requestId, ifMatch }, body),
    }),
  ]
}
