import type { LimitsDeps } from './limits.ts'
import { dropOver, largestSlice, mostOf, type WindowPool } from './pool.ts'
import type { Pools } from './pools.ts'
import type { SeatPool } from './seats.ts'
import { hasLeapt, type Now, resetMs } from './slices.ts'

const everyMs = 1000
/** So long before a window opens its first slice is fetched, for limits that were used lately. */
const aheadMs = 2000
const latelyMs = 300_000
/** Limits below have slices of one: fetched ahead, they would be missing elsewhere. */
const leastAhead = 8
/** Seats that nobody takes go back. */
const idleMs = 30_000
const forgottenMs = 600_000

/** What has to be done while nobody calls; sleeps when there is nothing in hand. */
export function createUpkeep(deps: LimitsDeps, pools: Pools) {
  let stop: (() => void) | null = null
  let isStopped = false
  let before = pools.clock()
  let wasAttached = true
  const look = (): void => {
    stop = null
    const now = pools.clock()
    const { isAttached } = pools.contact(now)
    // Asleep, or away for so long that control may have freed what is leased here: ask anew.
    const isDoubtful = hasLeapt(before, now) || (isAttached && !wasAttached)
    before = now
    wasAttached = isAttached
    let any = false
    for (const pool of pools.all()) {
      any = true
      if ('busy' in pool) {
        // What is given back while nobody hears it would be leased for ever.
        if (isAttached) tendSeats(pools, pool, now, isDoubtful)
      } else tendWindow(pools, pool, now, isAttached, isDoubtful)
    }
    if (any) arm()
  }
  const arm = (): void => {
    if (stop === null && !isStopped) stop = deps.setTimer(everyMs, look)
  }
  return {
    wake: () => {
      if (stop !== null) return
      before = pools.clock()
      arm()
    },
    stop: () => {
      isStopped = true
      stop?.()
    },
  }
}

function tendSeats(pools: Pools, pool: SeatPool, now: Now, isDoubtful: boolean): void {
  const idleFor = now.monotonic - pool.usedAt
  const keep = isDoubtful || idleFor > idleMs ? 0 : largestSlice(mostOf(pool.limit, pool.measure) ?? 1)
  const idle = pool.leased - pool.busy - keep
  if (idle > 0) pools.giveBackSeats(pool, idle)
  if (pool.leased === 0 && idleFor > forgottenMs) pools.forget(pool)
}

function tendWindow(pools: Pools, pool: WindowPool, now: Now, isAttached: boolean, isDoubtful: boolean): void {
  dropOver(pool, now)
  if (isDoubtful) pool.share = 0
  const unused = now.monotonic - pool.usedAt
  if (unused > forgottenMs && pool.debt === 0) {
    pools.forget(pool)
    return
  }
  if (!isAttached || pool.anchor === null || unused > latelyMs || now.monotonic < pool.aheadUntil) return
  const left = resetMs(pool.anchor, now)
  const isWorth = (mostOf(pool.limit, pool.measure) ?? 0) >= leastAhead
  if (left <= aheadMs && isWorth) pools.fetchNext(pool, now.monotonic + left)
}
