import { z } from 'zod'
import { csvLine } from '../http/csv.ts'
import { decodeCursor } from '../http/cursor.ts'
import { countedTo, cursor, limit, listOf, pageOf, totalOf } from '../http/lists.ts'
import type { Download } from '../http/route.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { BudgetDeps } from './deps.ts'
import { countEntries, type EntryRow, entriesAfter } from './ledger/store.ts'
import { withinReach } from './list.ts'
import { isPeriodName } from './periods.ts'
import { BudgetEntry, usdOf } from './schema.ts'
import type { Budget } from './store.ts'

/** A period by its name, with those that were begun anew within it; left out: from the beginning. */
const period = z.string().max(32).optional()
export const EntriesQuery = z.strictObject({ period, limit, cursor })
export const CsvQuery = z.strictObject({ period })
export const Entries = listOf(BudgetEntry)

export const listEntries =
  (deps: BudgetDeps) =>
  async (actor: Actor, id: string, query: z.infer<typeof EntriesQuery>): Promise<Result<z.infer<typeof Entries>>> => {
    const { organizationId } = actor
    const place = decodeCursor(query.cursor, z.tuple([z.literal(query.period ?? ''), z.int()]))
    if (!place.ok) return place
    return deps.read(organizationId, async (db) => {
      const budget = await withinReach(deps, db, actor, id)
      if (!budget) return refuse('not_found')
      const named = periodOf(budget, query.period)
      if (!named.ok) return named
      const where = { organizationId, budgetId: budget.id, period: named.value }
      const found = await entriesAfter(db, where, place.value?.[1] ?? 0, query.limit + 1)
      const page = pageOf(found, query.limit, ({ row }) => [query.period ?? '', row])
      const total = totalOf(await countEntries(db, where, countedTo + 1))
      return ok({ ...page, items: page.items.map(entryView), ...total, refs: {} })
    })
  }

/** For the close of a month: every row of the ledger, in the order in which it was booked. */
export const exportEntries =
  (deps: BudgetDeps) =>
  async (actor: Actor, id: string, query: z.infer<typeof CsvQuery>): Promise<Result<Download>> => {
    const found = await deps.read(actor.organizationId, async (db): Promise<Result<Where>> => {
      const budget = await withinReach(deps, db, actor, id)
      if (!budget) return refuse('not_found')
      const named = periodOf(budget, query.period)
      return named.ok ? ok({ organizationId: actor.organizationId, budgetId: budget.id, period: named.value }) : named
    })
    if (!found.ok) return found
    const { budgetId, period } = found.value
    return ok({
      contentType: 'text/csv; charset=utf-8; header=present',
      fileName: `${budgetId.replaceAll('_', '-')}-${period ?? 'all'}.csv`,
      chunks: csv(deps, found.value),
    })
  }

type Where = { readonly organizationId: string; readonly budgetId: string; readonly period: string | null }

const periodOf = (budget: Budget, name: string | undefined): Result<string | null> => {
  if (name === undefined) return ok(null)
  if (isPeriodName(budget.period, name)) return ok(name)
  const detail = `must be the name of a period of this budget, such as ${examples[budget.period]}`
  return refuse('invalid', { detail: `/period: ${detail}.`, errors: [{ pointer: '/period', detail }] })
}
const examples = { total: 'total', day: '2026-11-21', week: '2026-W47', month: '2026-11' } as const

export const csvColumns = [
  'at',
  'period',
  'kind',
  'from',
  'to',
  'usd',
  'gateway',
  'boot',
  'request',
  'key',
  'price',
  'note',
]
const perUnit = 500

async function* csv(deps: Pick<BudgetDeps, 'read'>, where: Where): AsyncIterable<string> {
  yield csvLine(csvColumns)
  for (let after = 0, isMore = true; isMore; ) {
    const rows = await deps.read(where.organizationId, (db) => entriesAfter(db, where, after, perUnit))
    isMore = rows.length === perUnit
    after = rows.at(-1)?.row ?? after
    if (rows.length > 0) yield rows.map((row) => csvLine(cellsOf(entryView(row)))).join('')
  }
}

const cellsOf = ({ at, period, kind, from, to, usd, gateway, boot, request, key, price, note }: BudgetEntry) =>
  [at, period, kind, from, to, usd, gateway, boot, request, key, price, note].map((cell) => cell ?? '')

/** Accounts of one process by their kind: which one it was stands beside them. */
const entryView = (row: EntryRow): BudgetEntry => ({
  at: new Date(row.at).toISOString(),
  period: row.period,
  kind: row.kind,
  from: row.from.split(':')[0] ?? '',
  to: row.to.split(':')[0] ?? '',
  usd: usdOf(row.amount),
  gateway: row.holder?.gateway ?? null,
  boot: row.holder?.boot ?? null,
  request: row.requestId,
  key: row.keyId,
  price: row.price,
  note: row.note,
})
