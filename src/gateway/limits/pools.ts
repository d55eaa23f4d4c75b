import type { Grant, HeldSeats, Returned } from '../../fleet/slices/schema.ts'
import { type LimitRecord, poolOf } from '../../limits/schema.ts'
import type { LimitsDeps } from './limits.ts'
import type { Contact } from './needs.ts'
import { askFor, dropOver, inHand, largestSlice, mostOf, newWindowPool, receive, type WindowPool } from './pool.ts'
import { newSeatPool, type SeatPool } from './seats.ts'
import { hasLeapt, isOver, type Now } from './slices.ts'

/** All that this gateway has in hand, and how it gets more. */
export type Pools = {
  readonly clock: () => Now
  readonly contact: (now: Now) => Contact
  readonly window: (limit: LimitRecord, measure: WindowPool['measure']) => WindowPool
  readonly seats: (limit: LimitRecord, measure: SeatPool['measure']) => SeatPool
  readonly known: (limit: string, measure: WindowPool['measure']) => WindowPool | null
  readonly all: () => Iterable<WindowPool | SeatPool>
  readonly heldSeats: () => readonly HeldSeats[]
  /** For everybody who waits, one question at a time. False: nobody has answered. */
  readonly ask: (pool: WindowPool | SeatPool, missing: number) => Promise<boolean>
  /** In the background, where a slice is half empty and control has plenty. */
  readonly fetchAhead: (pool: WindowPool, now: Now) => void
  readonly fetchNext: (pool: WindowPool, until: number) => void
  /** What one call has left over is more than a slice: others may need it. */
  readonly giveBackMuch: (pool: WindowPool, now: Now) => void
  readonly giveBackSeats: (pool: SeatPool, seats: number) => void
  readonly forget: (pool: WindowPool | SeatPool) => void
  readonly changed: (id: string | null) => void
  readonly close: () => void
}

const detachedMs = 5000
/** So long a full house is believed to be full. */
const fullMs = 100

export function createPools(deps: LimitsDeps): Pools {
  const windows = { requests: new Map<string, WindowPool>(), tokens: new Map<string, WindowPool>() }
  const seats = { concurrent: new Map<string, SeatPool>(), streams: new Map<string, SeatPool>() }
  const clock = (): Now => ({ monotonic: deps.monotonic(), wall: deps.now() })
  const { giveBack, empty, ...giving } = createGiving(deps, clock)
  const asking = createAsking(deps, clock, giveBack)
  const find = <T extends { limit: LimitRecord }>(from: Map<string, T>, limit: LimitRecord): T | undefined => {
    const pool = from.get(limit.id)
    if (pool && pool.limit !== limit) pool.limit = limit
    return pool
  }
  const all = (): (WindowPool | SeatPool)[] =>
    [windows.requests, windows.tokens, seats.concurrent, seats.streams].flatMap((some) => [...some.values()])
  return {
    clock,
    contact: ({ monotonic }) => {
      const silentMs = deps.silentMs()
      return { isAttached: silentMs < detachedMs, answered: monotonic - silentMs }
    },
    window: (limit, measure) => {
      const known = find(windows[measure], limit)
      if (known) return known
      const pool = newWindowPool(limit, measure)
      windows[measure].set(limit.id, pool)
      return pool
    },
    seats: (limit, measure) => {
      const known = find(seats[measure], limit)
      if (known) return known
      const pool = newSeatPool(limit, measure)
      seats[measure].set(limit.id, pool)
      return pool
    },
    known: (limit, measure) => windows[measure].get(limit) ?? null,
    all,
    heldSeats: () =>
      [...seats.concurrent.values(), ...seats.streams.values()].flatMap(({ limit, measure, leased }) =>
        leased > 0 ? [{ organization: limit.organization, pool: poolOf(limit.id, measure), seats: leased }] : [],
      ),
    ...asking,
    ...giving,
    forget: (pool) => {
      empty(pool)
      if ('busy' in pool) seats[pool.measure].delete(pool.limit.id)
      else windows[pool.measure].delete(pool.limit.id)
    },
    changed: (id) => {
      for (const pool of all()) if (id === null || pool.limit.id === id) empty(pool)
    },
    close: () => {
      for (const pool of all()) empty(pool)
    },
  }
}

type GiveBack = (pool: WindowPool | SeatPool, window: string, unused: number) => void

/** What goes back to control, so that others may have it. */
function createGiving(deps: LimitsDeps, clock: () => Now) {
  const giveBack: GiveBack = (pool, window, unused) => {
    if (unused <= 0) return
    const { limit, measure } = pool
    const item: Returned = { organization: limit.organization, pool: poolOf(limit.id, measure), window, unused }
    deps.giveBack([item])
  }
  const emptyWindow = (pool: WindowPool): void => {
    const now = clock()
    for (const slice of pool.slices)
      if (!slice.isShare && !isOver(slice, now)) giveBack(pool, String(slice.minute), slice.left)
    pool.slices = []
    pool.share = 0
    pool.known = { left: 0, until: 0 }
  }
  return {
    giveBack,
    empty: (pool: WindowPool | SeatPool): void => {
      pool.turn += 1
      if (!('busy' in pool)) {
        emptyWindow(pool)
        return
      }
      giveBack(pool, 'total', pool.leased - pool.busy)
      pool.leased = pool.busy
      pool.fullUntil = 0
    },
    giveBackMuch: (pool: WindowPool, now: Now): void => {
      const keep = 2 * largestSlice(mostOf(pool.limit, pool.measure) ?? 1)
      const slice = pool.slices.find(({ isShare, left }) => !isShare && left > keep)
      if (!slice || isOver(slice, now)) return
      const unused = slice.left - Math.floor(keep / 2)
      slice.left -= unused
      pool.known = { left: pool.known.left + unused, until: pool.known.until }
      giveBack(pool, String(slice.minute), unused)
    },
    giveBackSeats: (pool: SeatPool, unused: number): void => {
      pool.leased -= unused
      giveBack(pool, 'total', unused)
    },
  }
}

function createAsking(
  deps: LimitsDeps,
  clock: () => Now,
  giveBack: GiveBack,
): Pick<Pools, 'ask' | 'fetchAhead' | 'fetchNext'> {
  const forWindow = async (pool: WindowPool, missing: number, ahead: boolean): Promise<boolean> => {
    const [sent, turn] = [clock(), pool.turn]
    const take = (grant: Grant): void => {
      // The limit changed meanwhile: what was given of the old one goes back.
      if (turn === pool.turn) receive(pool, grant, sent, clock())
      else giveBack(pool, grant.window, grant.amount)
    }
    // For the next call. Its share is not believed: control may count on that of a later answer by now.
    const late = (grant: Grant): void => take({ ...grant, share: pool.share })
    const grant = await deps.askSlice(askFor(pool, missing, ahead), late)
    if (grant === null || grant.isGone || grant.window === '') return false
    take(grant)
    return true
  }
  const forSeats = async (pool: SeatPool): Promise<boolean> => {
    const [sent, turn, { limit, measure }] = [clock(), pool.turn, pool]
    const wanted = largestSlice(mostOf(limit, measure) ?? 1)
    const name = poolOf(limit.id, measure)
    const late = ({ window, amount }: Grant): void => {
      // Asleep meanwhile: control may have freed it.
      if (turn === pool.turn && !hasLeapt(sent, clock())) pool.leased += amount
      else giveBack(pool, window, amount)
    }
    const ask = { organization: limit.organization, pool: name, ahead: false, wanted, need: 1 }
    const grant = await deps.askSlice(ask, late)
    if (grant === null || grant.isGone || grant.window === '') return false
    pool.leased += grant.amount
    if (grant.amount === 0) pool.fullUntil = deps.monotonic() + fullMs
    return true
  }
  const ask: Pools['ask'] = (pool, missing) => {
    // Forgotten meanwhile, it would give back what comes late.
    pool.usedAt = deps.monotonic()
    pool.asking ??= ('busy' in pool ? forSeats(pool) : forWindow(pool, missing, false)).finally(() => {
      pool.asking = null
    })
    return pool.asking
  }
  return {
    ask,
    fetchAhead: (pool, now) => {
      if (pool.asking !== null || now.monotonic >= pool.known.until) return
      const slice = largestSlice(mostOf(pool.limit, pool.measure) ?? 1)
      // Near the end a slice in one hand is missing in another: then each call asks.
      if (pool.known.left <= 2 * slice || inHand(pool, now) > slice / 2) return
      void ask(pool, 0)
    },
    fetchNext: (pool, until) => {
      pool.aheadUntil = until
      dropOver(pool, clock())
      void forWindow(pool, 1, true)
    },
  }
}
