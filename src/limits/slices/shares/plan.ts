/** What one process may admit of each window of a pool while control is out of its reach. */
export type Share = {
  /** The most that it may believe to be its share: this much is set aside for it. */
  readonly share: number
  /** What it was told last, and since when nothing else was told; ms of the store's clock. */
  readonly told: number
  readonly toldAt: number
}

type Question = {
  readonly before: Share | null
  /** What the process says that it holds; undefined: it says nothing. */
  readonly reported: number | undefined
  readonly limit: number
  /** Gateways that may serve. */
  readonly gateways: number
  /** What all others may believe, in sum. */
  readonly others: number
  readonly now: number
}

/** An answer that comes later is nobody's on a gateway, so from then on it believes what was told last, or less. */
const settledMs = 5000

/**
 * Each gateway has an equal part, and no more than the others leave: one that was told of a larger part, when it was
 * alone, keeps it until it says itself that it holds a smaller one. Pure; the sum stays within the limit.
 */
export function planShare({ before, reported, limit, gateways, others, now }: Question): Share {
  const told = Math.max(0, Math.min(Math.floor(limit / Math.max(1, gateways)), limit - others))
  const share = Math.max(told, believed(before, reported, now))
  return { share, told, toldAt: before?.told === told ? before.toldAt : now }
}

/** No limit is larger: who reports more lies, and sums of that would be no exact numbers. */
const mostShare = 1_000_000_000

function believed(before: Share | null, said: number | undefined, now: number): number {
  const reported = said === undefined ? undefined : Math.min(said, mostShare)
  if (before === null) return reported ?? 0
  const isSettled = reported !== undefined && now - before.toldAt >= settledMs
  return isSettled ? Math.max(reported, before.told) : Math.max(before.share, reported ?? 0)
}

export const isSameShare = (one: Share | null, other: Share): boolean =>
  one !== null && one.share === other.share && one.told === other.told

/**
 * Times that hold exactness while control is away, in ms. A gateway counts on its share for windows alone that open
 * `shareAfterMs` after the heartbeat that was answered last; control takes nobody's word for being in touch that is older
 * than `asideMs` when a window opens, and gives nothing of a window away earlier than `aheadMs` before. What is kept of a
 * window is decided once, when it is asked for first, so a gateway that comes back in its middle changes nothing.
 */
export const asideMs = 10_500
export const aheadMs = 2500
