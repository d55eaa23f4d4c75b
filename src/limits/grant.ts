import type { Database, Db } from '../db/database.ts'
import { isDeadlock } from '../db/violation.ts'
import type { Grant, HeldSeats, Holder, Returned, SeenHolder, SliceAsk } from '../fleet/slices/schema.ts'
import { type Measure, measures, poolOf } from './schema.ts'
import { createGiven } from './slices/given.ts'
import { grantSeats } from './slices/grant-seats.ts'
import { grantWindow } from './slices/grant-window.ts'
import { createHolders, type Holders } from './slices/holders/holders.ts'
import { addHolder, gatewaysServing } from './slices/holders/store.ts'
import {
  deleteHolder,
  findWindow,
  holdPool,
  inOrder,
  moveSeats,
  type Pool,
  poolsOfHolder,
  seatsOf,
  writeUsed,
} from './slices/store.ts'
import { type Limit, limitsById } from './store.ts'

/** Parts of limits, debited before anybody gets them. None of these fails: what could not be written was not granted. */
export type LimitGrants = Holders & {
  /** One grant for each ask, in order. */
  readonly grant: (holder: SeenHolder, asks: readonly SliceAsk[]) => Promise<readonly Grant[]>
  readonly takeBack: (holder: Holder, items: readonly Returned[]) => Promise<void>
  /** All seats that the process has: others that it was given are free. Ask only when all that it asked for or gave back before is done. */
  readonly seatsHeld: (holder: Holder, held: readonly HeldSeats[]) => Promise<void>
  /** That process decides nothing any more: its seats are free. */
  readonly ended: (holder: Holder) => Promise<void>
}

export type LimitGrantsDeps = {
  readonly system: Database['system']
  /** Clock of the store, ms, asked inside the unit of work: a window is a minute of that clock and of no other. */
  readonly storeTime: (db: Db) => Promise<number>
  readonly monotonic: () => number
  readonly log: { readonly warn: (fields: object, message: string) => void }
}

export const noSuchPool = (pool: string): Grant => ({ ...nothing(pool), isGone: true })

/** Nothing now: ask again. */
const nothing = (pool: string): Grant => ({
  pool,
  window: '',
  amount: 0,
  left: 0,
  startsInMs: 0,
  endsInMs: 0,
  share: 0,
  isGone: false,
})

export const createLimitGrants = (deps: LimitGrantsDeps): LimitGrants => {
  const { system, log } = deps
  const attempt = async <T>(work: (db: Db) => Promise<T>, otherwise: T, what: string): Promise<T> => {
    try {
      return await orAgain(() => system.transaction(work))
    } catch (error) {
      log.warn({ error }, what)
      return otherwise
    }
  }
  const holders = createHolders(deps)
  const given = createGiven()
  return {
    ...holders,
    grant: async (holder, asks) => {
      const none = asks.map(({ pool }) => nothing(pool))
      const grants = await attempt((db) => grantAll(deps, db, holder, asks), none, 'slices of limits were not granted')
      given.note(holder, asks, grants)
      if (grants.some(({ share }) => share > 0)) holders.shares(holder)
      return grants
    },
    takeBack: async (holder, items) => {
      const back = given.back(holder, items).filter(({ pool }) => partsOf(pool) !== null)
      if (back.length === 0) return
      await attempt((db) => takeAllBack(db, holder, back), undefined, 'what was left of limits was not taken back')
    },
    seatsHeld: (holder, held) =>
      attempt((db) => freeLost(db, holder, held), undefined, 'seats that a gateway never got were not freed'),
    ended: (holder) => attempt((db) => freeAll(db, holder), undefined, 'seats of a gateway that ended were not freed'),
  }
}

/** PostgreSQL may end one of two that wait for each other; it has written nothing. */
const orAgain = async <T>(write: () => Promise<T>): Promise<T> => {
  try {
    return await write()
  } catch (error) {
    if (!isDeadlock(error)) throw error
    return write()
  }
}

async function grantAll(deps: LimitGrantsDeps, db: Db, holder: SeenHolder, asks: readonly SliceAsk[]) {
  const now = await deps.storeTime(db)
  await addHolder(db, holder, now)
  const limits = await limitsOf(db, asks)
  const gateways = new Map<string, number>()
  const grants = asks.map(({ pool }) => noSuchPool(pool))
  const order = [...asks.entries()].sort(([, one], [, other]) => inOrder(one, other))
  for (const [place, ask] of order) {
    const parts = partsOf(ask.pool)
    const limit = parts && limits.get(`${ask.organization} ${parts.id}`)
    const most = parts && limit ? capOf(limit, parts.measure) : null
    if (!parts || !limit || most === null) continue
    if (parts.measure === 'concurrent' || parts.measure === 'streams') {
      grants[place] = await grantSeats(db, holder, ask, most)
      continue
    }
    const count = gateways.get(ask.organization) ?? (await gatewaysServing(db, ask.organization))
    gateways.set(ask.organization, count)
    const shared = limit.detached === 'share' ? most : 0
    grants[place] = await grantWindow(db, holder, ask, { limit: most, shared, gateways: count, now })
  }
  return grants
}

async function limitsOf(db: Db, asks: readonly SliceAsk[]): Promise<ReadonlyMap<string, Limit>> {
  const found = new Map<string, Limit>()
  for (const [organization, some] of Map.groupBy(asks, (ask) => ask.organization)) {
    const ids = new Set(some.flatMap(({ pool }) => partsOf(pool)?.id ?? []))
    for (const limit of await limitsById(db, organization, [...ids])) found.set(`${organization} ${limit.id}`, limit)
  }
  return found
}

const partsOf = (pool: string): { readonly id: string; readonly measure: Measure } | null => {
  const [id = '', name = ''] = pool.split(':')
  const measure = measures.find((known) => known === name)
  // Another spelling would be another pool of the same limit.
  return measure && id !== '' && poolOf(id, measure) === pool ? { id, measure } : null
}

const capOf = (limit: Limit, measure: Measure): number | null => {
  switch (measure) {
    case 'requests':
      return limit.requestsPerMinute
    case 'tokens':
      return limit.tokensPerMinute
    case 'concurrent':
      return limit.concurrent
    case 'streams':
      return limit.streams
  }
}

async function takeAllBack(db: Db, holder: Holder, items: readonly Returned[]): Promise<void> {
  for (const item of [...items].sort(inOrder)) {
    await holdPool(db, item)
    if (item.window === 'total') {
      // No more than it had: what was freed when it was thought to be gone is not freed twice.
      const back = Math.min(item.unused, await seatsOf(db, item, holder))
      if (back > 0) await moveSeats(db, item, holder, -back)
      continue
    }
    const minute = Number(item.window)
    if (!Number.isSafeInteger(minute)) continue
    const window = await findWindow(db, item, minute)
    if (window) await writeUsed(db, item, minute, Math.max(0, window.used - item.unused))
  }
}

/** Only fewer: nobody takes a seat by saying that he has it. */
async function freeLost(db: Db, holder: Holder, held: readonly HeldSeats[]): Promise<void> {
  const has = new Map(held.map(({ organization, pool, seats }) => [`${organization} ${pool}`, seats]))
  const left = ({ organization, pool }: Pool): number => has.get(`${organization} ${pool}`) ?? 0
  const lacking = (await poolsOfHolder(db, holder)).filter((pool) => pool.seats > left(pool))
  for (const pool of lacking.sort(inOrder)) {
    await holdPool(db, pool)
    const lost = (await seatsOf(db, pool, holder)) - left(pool)
    if (lost > 0) await moveSeats(db, pool, holder, -lost)
  }
}

async function freeAll(db: Db, holder: Holder): Promise<void> {
  for (const pool of (await poolsOfHolder(db, holder)).sort(inOrder)) {
    await holdPool(db, pool)
    const seats = await seatsOf(db, pool, holder)
    if (seats > 0) await moveSeats(db, pool, holder, -seats)
  }
  await deleteHolder(db, holder)
}
