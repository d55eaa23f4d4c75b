import type { SliceAsking } from '../../fleet/slices/asking.ts'
import type { HeldSeats } from '../../fleet/slices/schema.ts'
import type { LimitRecord } from '../../limits/schema.ts'
import { ok, type Result } from '../../problems.ts'
import { lack, type Missing, type Need, needsOf } from './needs.ts'
import { inHand, mostOf, putBack, takeFrom, type WindowPool } from './pool.ts'
import { createPools, type Pools } from './pools.ts'
import { unavailable } from './refusals.ts'
import { release, type SeatPool } from './seats.ts'
import { type Now, resetMs, type Slice } from './slices.ts'
import { createUpkeep } from './upkeep.ts'

/** What one call takes of each of its limits, as far as that limit says anything about it. */
export type Want = {
  readonly requests: 0 | 1
  /** Tokens that it may take at most, or that it is expected to take where it can be stopped. */
  readonly tokens: number
  /** It runs until it is settled: a place among the calls at the same time, or among the open streams. */
  readonly seat: 'call' | 'stream' | 'none'
}

export type LimitHold = {
  /** More tokens than were taken at first. False: there are none left in this window, or nobody could be asked in time. */
  readonly extend: (tokens: number) => boolean | Promise<boolean>
  /** The call is over: its seats are free, and what it did not take of its tokens goes back. Once; later ones do nothing. */
  readonly settle: (tokens: number) => void
  /** The call was not made: all that it took goes back. */
  readonly undo: () => void
}

/** How a limit stands in the running window, for headers: as far as this gateway knows. */
export type Standing = {
  readonly limit: LimitRecord
  readonly measure: 'requests' | 'tokens'
  readonly most: number
  readonly left: number
  readonly resetMs: number
}

/**
 * Limits, enforced from slices that control has debited in the store before. Waits for control 250 ms at most, and for
 * nothing where slices are in hand: then the answer is no promise.
 */
export type Limits = {
  /** All of them or none. A refusal names the limit and when to come again. */
  readonly take: (limits: readonly LimitRecord[], want: Want) => Result<LimitHold> | Promise<Result<LimitHold>>
  readonly standings: (limits: readonly LimitRecord[]) => readonly Standing[]
  /** All seats that are leased here, in use or not. */
  readonly heldSeats: () => readonly HeldSeats[]
  /** Limits that changed or went, and all of them with a new snapshot: what is held of them goes back. */
  readonly changed: (id: string | null) => void
  readonly close: () => void
}

export type LimitsDeps = {
  readonly askSlice: SliceAsking['ask']
  readonly giveBack: SliceAsking['giveBack']
  /** Since the last heartbeat that was answered was sent, on whichever clock says more. */
  readonly silentMs: () => number
  readonly monotonic: () => number
  readonly now: () => number
  readonly setTimer: (ms: number, run: () => void) => () => void
}

export const nothingHeld: LimitHold = { extend: () => true, settle: () => {}, undo: () => {} }

/** Longer no call waits for control. */
const patienceMs = 250

export function createLimits(deps: LimitsDeps): Limits {
  const pools = createPools(deps)
  const upkeep = createUpkeep(deps, pools)
  const state: State = { deps, pools }
  return {
    take: (limits, want) => {
      if (limits.length === 0) return unlimited
      const needs = needsOf(pools, limits, want)
      if (needs.length === 0) return unlimited
      upkeep.wake()
      const now = pools.clock()
      const lacking = lack(needs, pools.contact(now), now)
      if (lacking === null) return ok(hold(state, needs, now))
      return lacking.problem ?? waitFor(state, needs, () => ok(hold(state, needs, pools.clock())))
    },
    standings: (limits) => standings(pools, limits),
    heldSeats: () => pools.heldSeats(),
    changed: (id) => pools.changed(id),
    close: () => {
      upkeep.stop()
      pools.close()
    },
  }
}

const unlimited = ok(nothingHeld)

type State = { readonly deps: LimitsDeps; readonly pools: Pools }

/** Asks for what is missing until all of it is there at once, some of it will not come, or the time is over. */
async function waitFor<T>({ pools, deps }: State, needs: readonly Need[], take: () => Result<T>): Promise<Result<T>> {
  const until = deps.monotonic() + patienceMs
  let unanswered: Missing | undefined
  for (;;) {
    const now = pools.clock()
    const lacking = lack(needs, pools.contact(now), now)
    if (lacking === null) return take()
    if (lacking.problem !== null) return lacking.problem
    const silent = unanswered ?? (deps.monotonic() >= until ? lacking.short[0] : undefined)
    if (silent) return unavailable(silent.pool.limit)
    const answers = await Promise.all(lacking.short.map(({ pool, missing }) => pools.ask(pool, missing)))
    // Looked at once more: what an older question has brought meanwhile may be enough.
    unanswered = lacking.short[answers.indexOf(false)]
  }
}

/** Of one pool, what was taken of which slice: a long call may take of several windows, and each gets back its own. */
type Part = { readonly pool: WindowPool; readonly lots: Lot[]; readonly turn: number }
type Lot = { readonly slice: Slice | null; amount: number }

/** Takes what is known to be in hand. */
function hold(state: State, needs: readonly Need[], now: Now): LimitHold {
  const { pools } = state
  const parts: Part[] = []
  const seats: SeatPool[] = []
  for (const { pool, amount } of needs) {
    pool.usedAt = now.monotonic
    if ('busy' in pool) {
      pool.busy += 1
      seats.push(pool)
      continue
    }
    parts.push({ pool, lots: [{ slice: takeFrom(pool, amount, now), amount }], turn: pool.turn })
    pools.fetchAhead(pool, now)
  }
  return holdOf(state, parts, seats)
}

function holdOf({ pools, deps }: State, parts: readonly Part[], seats: readonly SeatPool[]): LimitHold {
  let isOver = false
  const end = (give: (part: Part, now: Now) => void): void => {
    if (isOver) return
    isOver = true
    const now = pools.clock()
    for (const part of parts) give(part, now)
    for (const pool of seats) release(pool, now)
  }
  return {
    extend: (tokens) => {
      if (isOver) return false
      const ofTokens = parts.filter(({ pool }) => pool.measure === 'tokens')
      if (tokens <= 0 || ofTokens.length === 0) return true
      const needs = ofTokens.map(({ pool }) => ({ pool, amount: tokens }))
      const take = (): Result<true> => {
        const now = pools.clock()
        // The call may have ended while it waited: then nobody settles what would be taken now.
        if (!isOver) for (const part of ofTokens) addTo(part, tokens, now)
        return ok(true)
      }
      const now = pools.clock()
      const lacking = lack(needs, pools.contact(now), now)
      if (lacking === null) return take().ok
      if (lacking.problem !== null) return false
      return waitFor({ pools, deps }, needs, take).then(({ ok: isThere }) => isThere && !isOver)
    },
    settle: (tokens) => end((part, now) => settlePart(pools, part, tokens, now)),
    undo: () => end((part, now) => void putUnusedBack(part, 0, now)),
  }
}

function addTo(part: Part, tokens: number, now: Now): void {
  const slice = takeFrom(part.pool, tokens, now)
  const last = part.lots.at(-1)
  if (last?.slice === slice) last.amount += tokens
  else part.lots.push({ slice, amount: tokens })
}

/** What was taken first is used first. Answers what was used beyond. */
function putUnusedBack({ pool, lots, turn }: Part, used: number, now: Now): number {
  let rest = used
  for (const { slice, amount } of lots) {
    const ofThis = Math.min(rest, amount)
    rest -= ofThis
    putBack(pool, turn === pool.turn ? slice : null, amount - ofThis, now)
  }
  return rest
}

function settlePart(pools: Pools, part: Part, tokens: number, now: Now): void {
  const { pool } = part
  if (pool.measure !== 'tokens') return
  pool.debt += putUnusedBack(part, tokens, now)
  pools.giveBackMuch(pool, now)
}

function standings(pools: Pools, limits: readonly LimitRecord[]): readonly Standing[] {
  const now = pools.clock()
  const all: Standing[] = []
  for (const limit of limits) {
    if (limit.requestsPerMinute !== null) all.push(standing(pools, limit, 'requests', limit.requestsPerMinute, now))
    if (limit.tokensPerMinute !== null) all.push(standing(pools, limit, 'tokens', limit.tokensPerMinute, now))
  }
  return all
}

function standing(pools: Pools, limit: LimitRecord, measure: Standing['measure'], most: number, now: Now): Standing {
  const pool = pools.known(limit.id, measure)
  if (!pool?.anchor) return { limit, measure, most, left: most, resetMs: 60_000 }
  const left = Math.max(0, Math.min(most, inHand(pool, now) + leftInStore(pool, now)))
  return { limit, measure, most, left, resetMs: resetMs(pool.anchor, now) }
}

/** As control said it last in this window; before it was asked in this one, all of it. */
function leftInStore({ anchor, known, limit, measure }: WindowPool, now: Now): number {
  const isThisWindow = anchor !== null && now.monotonic < anchor.got.monotonic + anchor.endsInMs
  return isThisWindow ? known.left : (mostOf(limit, measure) ?? 0)
}
