import type { Db } from '../../db/database.ts'
import type { Grant, Holder, SliceAsk } from '../../fleet/slices/schema.ts'
import { aheadMs, asideMs, isSameShare, planShare } from './shares/plan.ts'
import { type HeldShare, sharesOf, writeShare } from './shares/store.ts'
import { sliceOf } from './slice.ts'
import { findWindow, holdPool, insertWindow, type Pool, type Window, writeUsed } from './store.ts'

const minuteMs = 60_000

type Standing = {
  readonly limit: number
  /** What the shares of all gateways may add up to; 0: they have none. */
  readonly shared: number
  readonly gateways: number
  /** Of the store's clock. */
  readonly now: number
}

/** A part of the running minute, or of the next one shortly before it opens. Debited when this resolves. */
export async function grantWindow(db: Db, holder: Holder, ask: SliceAsk, standing: Standing): Promise<Grant> {
  const { limit, now } = standing
  const minute = Math.floor(now / minuteMs) + (ask.ahead ? 1 : 0)
  const startsInMs = Math.max(0, minute * minuteMs - now)
  await holdPool(db, ask)
  const shares = await sharesOf(db, ask)
  const share = await tellShare(db, holder, ask, shares, standing)
  const head = {
    pool: ask.pool,
    window: String(minute),
    startsInMs,
    endsInMs: (minute + 1) * minuteMs - now,
    share,
    isGone: false,
  }
  // Earlier nobody knows who will be in touch when it opens.
  if (startsInMs > aheadMs) return { ...head, amount: 0, left: 0 }
  const window = (await findWindow(db, ask, minute)) ?? (await openWindow(db, ask, minute, shares, now))
  const left = Math.max(0, limit - window.aside - window.used)
  const amount = sliceOf(ask, limit, left)
  if (amount > 0) await writeUsed(db, ask, minute, window.used + amount)
  return { ...head, amount, left: left - amount }
}

/** What is kept for gateways that may be out of reach is decided here, once, before anything of the window is given away. */
async function openWindow(
  db: Db,
  pool: Pool,
  minute: number,
  shares: readonly HeldShare[],
  now: number,
): Promise<Window> {
  const since = minute * minuteMs - asideMs
  // A word from the future is one from before the store's clock was set back: of whatever age.
  const lost = shares.filter(({ touchedAt }) => touchedAt < since || touchedAt > now)
  const window = { used: 0, aside: lost.reduce((sum, { share }) => sum + share, 0) }
  await insertWindow(db, pool, minute, window)
  return window
}

async function tellShare(
  db: Db,
  holder: Holder,
  ask: SliceAsk,
  shares: readonly HeldShare[],
  { shared, gateways, now }: Standing,
): Promise<number> {
  const isOwn = (held: HeldShare): boolean => held.gateway === holder.gateway && held.boot === holder.boot
  const before = shares.find(isOwn) ?? null
  const others = shares.filter((held) => !isOwn(held)).reduce((sum, { share }) => sum + share, 0)
  const planned = planShare({ before, reported: ask.share, limit: shared, gateways, others, now })
  if (planned.share > 0 || before !== null)
    if (!isSameShare(before, planned)) await writeShare(db, ask, holder, planned)
  return planned.told
}
