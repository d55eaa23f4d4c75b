import type { Grant, SliceAsk } from '../../fleet/slices/schema.ts'
import { type LimitRecord, type Measure, poolOf } from '../../limits/schema.ts'
import { type Anchor, isOpen, isOver, type Now, type Slice, shareNow } from './slices.ts'

/** Requests or tokens of one limit, as far as they are in this gateway's hands. */
export type WindowPool = {
  readonly measure: 'requests' | 'tokens'
  /** As it was when it was used last. */
  limit: LimitRecord
  slices: Slice[]
  /** Tokens that calls have used beyond what they had taken: the next slices pay for them. */
  debt: number
  share: number
  anchor: Anchor | null
  /** What control had left for everybody when it was asked last; believed for a moment. */
  known: { readonly left: number; readonly until: number }
  asking: Promise<boolean> | null
  /** Of the window after the running one: until then nobody asks again. */
  aheadUntil: number
  usedAt: number
  /** Grows with each change of the limit: answers to older questions go back. */
  turn: number
}

export const newWindowPool = (limit: LimitRecord, measure: 'requests' | 'tokens'): WindowPool => ({
  measure,
  limit,
  slices: [],
  debt: 0,
  share: 0,
  anchor: null,
  known: { left: 0, until: 0 },
  asking: null,
  aheadUntil: 0,
  usedAt: 0,
  turn: 0,
})

export const mostOf = (limit: LimitRecord, measure: Measure): number | null => {
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

export const largestSlice = (most: number): number => Math.max(1, Math.floor(most / 8))

/** What may be taken now; less than nothing while there is a debt. */
export function inHand(pool: WindowPool, now: Now): number {
  let left = -pool.debt
  for (const slice of pool.slices) if (isOpen(slice, now)) left += slice.left
  return left
}

/** Out of contact: the share of the running window is in hand as well, once. */
export function openShare(pool: WindowPool, answered: number, now: Now): void {
  if (pool.anchor === null || pool.share < 1 || pool.limit.detached !== 'share') return
  const most = Math.min(pool.share, mostOf(pool.limit, pool.measure) ?? 0)
  const share = shareNow(pool.anchor, most, answered, now)
  if (share === null || pool.slices.some(({ isShare, minute }) => isShare && minute === share.minute)) return
  pool.slices.push(share)
}

/** Only as much as is in hand. Answers the slice of which the last was taken; it gets back what is not used. */
export function takeFrom(pool: WindowPool, amount: number, now: Now): Slice | null {
  let rest = amount
  let from: Slice | null = null
  for (const slice of pool.slices) {
    if (rest === 0) break
    if (slice.left === 0 || !isOpen(slice, now)) continue
    from = slice
    const taken = Math.min(slice.left, rest)
    slice.left -= taken
    rest -= taken
  }
  return from
}

/** Of a window that is over nothing comes back. */
export function putBack(pool: WindowPool, slice: Slice | null, amount: number, now: Now): void {
  if (slice !== null && pool.slices.includes(slice) && isOpen(slice, now)) slice.left += amount
}

export function dropOver(pool: WindowPool, now: Now): void {
  if (pool.slices.some((slice) => isOver(slice, now))) pool.slices = pool.slices.filter((slice) => !isOver(slice, now))
}

/** `need` is what the call lacks; `ahead`: of the next window. */
export function askFor(pool: WindowPool, need: number, ahead: boolean): SliceAsk {
  const { limit, measure, debt, share } = pool
  const slice = largestSlice(mostOf(limit, measure) ?? 1)
  // Whoever has a debt takes what there is: it is paid before anything else.
  const isOwing = debt > 0 && !ahead
  return {
    organization: limit.organization,
    pool: poolOf(limit.id, measure),
    ahead,
    wanted: Math.max(slice, need),
    need: isOwing ? Math.min(1, need) : need,
    share,
  }
}

/** How long control's word about what is left for everybody is believed: others give back. */
const believedMs = 1000

export function receive(pool: WindowPool, grant: Grant, sent: Now, got: Now): void {
  const endsInMs = grant.endsInMs ?? 0
  const minute = Number(grant.window)
  pool.share = grant.share
  if (pool.anchor === null || minute >= pool.anchor.minute || got.monotonic - pool.anchor.got.monotonic > believedMs)
    pool.anchor = { minute, sent, got, endsInMs }
  const isAhead = grant.startsInMs > 0
  if (!isAhead)
    pool.known = { left: grant.left, until: Math.min(got.monotonic + believedMs, sent.monotonic + endsInMs) }
  if (grant.amount === 0) return
  const same = pool.slices.find((slice) => !slice.isShare && slice.minute === minute && !isOver(slice, got))
  if (same) {
    same.left += grant.amount
    // Another time until it opens would count from another moment.
    if (grant.startsInMs === 0) same.startsInMs = 0
  } else {
    const { amount, startsInMs } = grant
    pool.slices.push({ minute, left: amount, isShare: false, sent, got, startsInMs, endsInMs })
  }
  payDebt(pool, got)
}

/** What came is not free before what was used beyond is paid. */
function payDebt(pool: WindowPool, now: Now): void {
  if (pool.debt === 0) return
  let open = 0
  for (const slice of pool.slices) if (isOpen(slice, now)) open += slice.left
  const paid = Math.min(open, pool.debt)
  takeFrom(pool, paid, now)
  pool.debt -= paid
}
