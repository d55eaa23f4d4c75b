import type { Db } from '../../db/database.ts'
import type { Holder } from '../../fleet/slices/schema.ts'
import { type Balances, heldBy, isOfHolder, type Move, unreconciledOf } from './accounts.ts'

/** Where money stands: of one budget in one period. */
export type Place = { readonly organizationId: string; readonly budgetId: string; readonly period: string }

/** A move with what it was about; `seq`: of the record of that process that says so. */
export type Entry = Move & {
  readonly at: number
  readonly holder: Holder | null
  readonly seq?: number
  readonly requestId?: string
  readonly keyId?: string
  readonly price?: string | null
  readonly note?: string | null
}

/** Empty: nothing was ever booked there. */
export async function balancesOf(db: Db, { organizationId, budgetId, period }: Place): Promise<Balances> {
  const rows = await db
    .selectFrom('budget_accounts')
    .select(['account', 'balance'])
    .where('organization_id', '=', organizationId)
    .where('budget_id', '=', budgetId)
    .where('period', '=', period)
    .execute()
  return new Map(rows.map(({ account, balance }) => [account, balance]))
}

/** Of many budgets, each in one period: by the budget's id. */
export async function balancesIn(
  db: Db,
  organizationId: string,
  places: readonly Pick<Place, 'budgetId' | 'period'>[],
): Promise<ReadonlyMap<string, Balances>> {
  const found = new Map(places.map(({ budgetId }) => [budgetId, new Map<string, number>()]))
  const periodOf = new Map(places.map(({ budgetId, period }) => [budgetId, period]))
  for (let at = 0; at < places.length; at += 200) {
    const some = places.slice(at, at + 200)
    const rows = await db
      .selectFrom('budget_accounts')
      .select(['budget_id', 'period', 'account', 'balance'])
      .where('organization_id', '=', organizationId)
      .where(
        'budget_id',
        'in',
        some.map(({ budgetId }) => budgetId),
      )
      .where('period', 'in', [...new Set(some.map(({ period }) => period))])
      .execute()
    for (const { budget_id, period, account, balance } of rows)
      if (periodOf.get(budget_id) === period) found.get(budget_id)?.set(account, balance)
  }
  return found
}

/** Of these periods the ones in which something was ever booked. */
export async function periodsWithBooks(
  db: Db,
  { organizationId, budgetId }: Omit<Place, 'period'>,
  periods: readonly string[],
): Promise<Set<string>> {
  if (periods.length === 0) return new Set()
  const rows = await db
    .selectFrom('budget_accounts')
    .select('period')
    .distinct()
    .where('organization_id', '=', organizationId)
    .where('budget_id', '=', budgetId)
    .where('period', 'in', periods)
    .execute()
  return new Set(rows.map(({ period }) => period))
}

/** The caller holds the budget. */
export async function writeBooks(
  db: Db,
  place: Place,
  before: Balances,
  books: { readonly balances: Balances; readonly entries: readonly Entry[] },
): Promise<void> {
  const ours = { organization_id: place.organizationId, budget_id: place.budgetId, period: place.period }
  for (let at = 0; at < books.entries.length; at += 200)
    await db
      .insertInto('budget_entries')
      .values(books.entries.slice(at, at + 200).map((entry) => ({ ...ours, ...columnsOf(entry) })))
      .execute()
  const changed = [...books.balances].filter(([account, balance]) => before.get(account) !== balance)
  const [over, kept] = [changed.filter(isOver), changed.filter((each) => !isOver(each))]
  if (kept.length > 0)
    await db
      .insertInto('budget_accounts')
      .values(kept.map(([account, balance]) => ({ ...ours, account, balance })))
      .onConflict((conflict) =>
        conflict
          .columns(['organization_id', 'budget_id', 'period', 'account'])
          .doUpdateSet((is) => ({ balance: is.ref('excluded.balance') })),
      )
      .execute()
  if (over.length > 0)
    await db
      .deleteFrom('budget_accounts')
      .where('organization_id', '=', place.organizationId)
      .where('budget_id', '=', place.budgetId)
      .where('period', '=', place.period)
      .where(
        'account',
        'in',
        over.map(([account]) => account),
      )
      .execute()
}

const isOver = ([account, balance]: readonly [string, number]): boolean => balance === 0 && isOfHolder(account)

const columnsOf = ({ kind, from, to, amount, at, holder, ...about }: Entry) => ({
  at,
  kind,
  debit: to,
  credit: from,
  amount,
  gateway_id: holder?.gateway ?? null,
  boot: holder?.boot ?? null,
  seq: about.seq ?? null,
  request_id: about.requestId ?? null,
  key_id: about.keyId ?? null,
  price: about.price ?? null,
  note: about.note ?? null,
})

/** Which of these records of that process have been booked there. */
export async function bookedSeqs(db: Db, place: Place, holder: Holder, seqs: readonly number[]): Promise<Set<number>> {
  const rows = await db
    .selectFrom('budget_entries')
    .select('seq')
    .where('organization_id', '=', place.organizationId)
    .where('budget_id', '=', place.budgetId)
    .where('period', '=', place.period)
    .where('gateway_id', '=', holder.gateway)
    .where('boot', '=', holder.boot)
    .where('seq', 'in', seqs)
    .execute()
  return new Set(rows.flatMap(({ seq }) => seq ?? []))
}

/** Wherever that process has something, over all organizations. */
export async function placesOfHolder(db: Db, holder: Holder): Promise<Place[]> {
  const rows = await db
    .selectFrom('budget_accounts')
    .select(['organization_id', 'budget_id', 'period'])
    .where('account', 'in', [heldBy(holder), unreconciledOf(holder)])
    .distinct()
    .orderBy('organization_id')
    .orderBy('budget_id')
    .orderBy('period')
    .execute()
  return rows.map((row) => ({ organizationId: row.organization_id, budgetId: row.budget_id, period: row.period }))
}

/** True where it was not crossed in that period before. */
export async function insertThreshold(db: Db, place: Place, percent: number, at: number): Promise<boolean> {
  const row = await db
    .insertInto('budget_thresholds')
    .values({
      organization_id: place.organizationId,
      budget_id: place.budgetId,
      period: place.period,
      percent,
      at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('percent')
    .executeTakeFirst()
  return row !== undefined
}

export type Crossing = {
  readonly budgetId: string
  readonly period: string
  readonly percent: number
  readonly at: number
}

/** Of these budgets in all of their periods from those on, by percent. */
export async function crossingsOf(
  db: Db,
  organizationId: string,
  places: readonly Pick<Place, 'budgetId' | 'period'>[],
): Promise<Crossing[]> {
  const found: Crossing[] = []
  for (let at = 0; at < places.length; at += 200) {
    const some = places.slice(at, at + 200)
    const rows = await db
      .selectFrom('budget_thresholds')
      .select(['budget_id', 'period', 'percent', 'at'])
      .where('organization_id', '=', organizationId)
      .where(
        'budget_id',
        'in',
        some.map(({ budgetId }) => budgetId),
      )
      .where('period', 'in', [...new Set(some.map(({ period }) => period))])
      .orderBy('percent')
      .execute()
    found.push(...rows.map(({ budget_id, ...row }) => ({ budgetId: budget_id, ...row })))
  }
  return found
}

export type EntryRow = Pick<Entry, 'from' | 'to' | 'amount' | 'at' | 'holder'> & {
  readonly row: number
  readonly kind: string
  readonly period: string
  readonly requestId: string | null
  readonly keyId: string | null
  readonly price: string | null
  readonly note: string | null
}

/** How many there are, counted no further than `most`. */
export async function countEntries(db: Db, place: Named, most: number): Promise<number> {
  const { count } = await db
    .selectFrom(entriesIn(db, place).select('row_id').limit(most).as('some'))
    .select(({ fn }) => fn.countAll<number | string | bigint>().as('count'))
    .executeTakeFirstOrThrow()
  return Number(count)
}

/** A period by its name with those that were begun anew within it; null: all. */
type Named = Omit<Place, 'period'> & { readonly period: string | null }

const entriesIn = (db: Db, { organizationId, budgetId, period }: Named) =>
  db
    .selectFrom('budget_entries')
    .where('organization_id', '=', organizationId)
    .where('budget_id', '=', budgetId)
    .$if(period !== null, (query) =>
      // Names of periods hold nothing that `like` reads otherwise.
      query.where((is) => is.or([is('period', '=', period ?? ''), is('period', 'like', `${period}.%`)])),
    )

/** In the order in which they were booked. */
export async function entriesAfter(db: Db, place: Named, after: number, limit: number): Promise<EntryRow[]> {
  const rows = await entriesIn(db, place)
    .select(['row_id', 'period', 'at', 'kind', 'debit', 'credit', 'amount', 'gateway_id', 'boot'])
    .select(['request_id', 'key_id', 'price', 'note'])
    .where('row_id', '>', after)
    .orderBy('row_id')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    row: row.row_id,
    period: row.period,
    at: row.at,
    kind: row.kind,
    from: row.credit,
    to: row.debit,
    amount: row.amount,
    holder: row.gateway_id === null || row.boot === null ? null : { gateway: row.gateway_id, boot: row.boot },
    requestId: row.request_id,
    keyId: row.key_id,
    price: row.price,
    note: row.note,
  }))
}
