import type { LimitRecord } from '../../limits/schema.ts'
import type { Want } from './limits.ts'
import { inHand, mostOf, openShare, type WindowPool } from './pool.ts'
import type { Pools } from './pools.ts'
import { beyondLimit, overLimit, type Refusal, unavailable } from './refusals.ts'
import type { SeatPool } from './seats.ts'
import { type Now, resetMs } from './slices.ts'

/** What a call takes of one pool. */
export type Need = { readonly pool: WindowPool | SeatPool; readonly amount: number }

/** Of all limits, what this call takes of each as far as it says anything about it. */
export function needsOf(pools: Pools, limits: readonly LimitRecord[], want: Want): readonly Need[] {
  const needs: Need[] = []
  for (const limit of limits) {
    if (want.requests > 0 && limit.requestsPerMinute !== null)
      needs.push({ pool: pools.window(limit, 'requests'), amount: want.requests })
    if (want.tokens > 0 && limit.tokensPerMinute !== null)
      needs.push({ pool: pools.window(limit, 'tokens'), amount: want.tokens })
    if (want.seat === 'call' && limit.concurrent !== null)
      needs.push({ pool: pools.seats(limit, 'concurrent'), amount: 1 })
    if (want.seat === 'stream' && limit.streams !== null) needs.push({ pool: pools.seats(limit, 'streams'), amount: 1 })
  }
  return needs
}

/** How this gateway stands to control. */
export type Contact = { readonly isAttached: boolean; readonly answered: number }

export type Missing = { readonly pool: WindowPool | SeatPool; readonly missing: number }
/** `problem`: it will not come; else what has to be asked for. */
export type Lack =
  | { readonly problem: Refusal; readonly short: readonly [] }
  | { readonly problem: null; readonly short: readonly Missing[] }

/** Null: all of it is in hand. */
export function lack(needs: readonly Need[], contact: Contact, now: Now): Lack | null {
  let short: Missing[] | null = null
  for (const { pool, amount } of needs) {
    if (!contact.isAttached && pool.limit.detached === 'closed') return { problem: unavailable(pool.limit), short: [] }
    const missing = 'busy' in pool ? pool.busy + 1 - pool.leased : missingOf(pool, amount, contact, now)
    if (missing <= 0) continue
    const problem = refusalOf(pool, amount, missing, contact, now)
    if (problem !== null) return { problem, short: [] }
    short ??= []
    short.push({ pool, missing })
  }
  return short && { problem: null, short }
}

function missingOf(pool: WindowPool, amount: number, contact: Contact, now: Now): number {
  if (!contact.isAttached) openShare(pool, contact.answered, now)
  return amount - inHand(pool, now)
}

function refusalOf(
  pool: WindowPool | SeatPool,
  amount: number,
  missing: number,
  contact: Contact,
  now: Now,
): Refusal | null {
  const { limit, measure } = pool
  const most = mostOf(limit, measure) ?? 0
  if ('busy' in pool) {
    if (!contact.isAttached) return unavailable(limit)
    return now.monotonic < pool.fullUntil ? overLimit(limit, measure, most, 1000) : null
  }
  const reset = pool.anchor === null ? 60_000 : resetMs(pool.anchor, now)
  if (amount > most) return beyondLimit(limit, amount, most, reset)
  if (!contact.isAttached) {
    // Its share of this window has been opened, and is used up.
    const isShared = pool.slices.some(({ isShare }) => isShare)
    return isShared ? overLimit(limit, measure, most, reset) : unavailable(limit)
  }
  const isKnown = now.monotonic < pool.known.until && missing > pool.known.left
  return isKnown ? overLimit(limit, measure, most, reset) : null
}
