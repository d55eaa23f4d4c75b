/** Both clocks of this machine, ms. */
export type Now = { readonly monotonic: number; readonly wall: number }

/** A part of one minute of one limit, debited before it came; or, out of contact, this gateway's share of it. */
export type Slice = {
  /** Calendar minute of the store's clock. */
  readonly minute: number
  left: number
  readonly isShare: boolean
  /** When it was asked for, and when it came. */
  readonly sent: Now
  readonly got: Now
  /** From then on, by the store's clock at a moment in between. */
  startsInMs: number
  readonly endsInMs: number
}

/** What any two clocks may differ by: 100 ppm. */
const drift = 1e-4
/** More than this between the two clocks: the machine slept or somebody set the time, and nobody knows what it is. */
const leapMs = 1000

export const hasLeapt = (from: Now, to: Now): boolean =>
  Math.abs(to.wall - from.wall - (to.monotonic - from.monotonic)) > leapMs

/**
 * May it be used now? No clocks are compared: what is not known, the way of one answer and what clocks differ by, lies on
 * the refusing side at both ends. Pure.
 */
export function isOpen({ sent, got, startsInMs, endsInMs }: Slice, now: Now): boolean {
  if (hasLeapt(sent, now)) return false
  if (startsInMs > 0) {
    const sure = Math.min(now.monotonic - got.monotonic, now.wall - got.wall) * (1 - drift)
    if (sure < startsInMs + 1) return false
  }
  return mayHavePassed(sent, now) + 1 < endsInMs
}

const mayHavePassed = (from: Now, now: Now): number =>
  Math.max(now.monotonic - from.monotonic, now.wall - from.wall) * (1 + drift)

/** It will never be used any more. */
export const isOver = ({ sent, endsInMs }: Slice, now: Now): boolean =>
  hasLeapt(sent, now) || mayHavePassed(sent, now) + 1 >= endsInMs

/** Where the windows are, by the last answer. */
export type Anchor = Pick<Slice, 'minute' | 'sent' | 'got' | 'endsInMs'>

/** Until the running window is over for sure, ms; never less than one. */
export function resetMs({ got, endsInMs }: Anchor, now: Now): number {
  const left = (got.monotonic + endsInMs - now.monotonic) % windowMs
  return Math.max(1, Math.ceil(left <= 0 ? left + windowMs : left))
}
export const windowMs = 60_000

/** Windows that open so long after the heartbeat that was answered last have a share of ours set aside. */
const shareAfterMs = 17_000

/** This gateway's share of the window that runs now, if control has surely kept it; null: it is not to be counted on. */
export function shareNow(anchor: Anchor, share: number, answered: number, now: Now): Slice | null {
  const { minute, sent, got, endsInMs } = anchor
  const later = Math.ceil((mayHavePassed(sent, now) - endsInMs) / windowMs)
  if (later < 1) return null
  const startsInMs = endsInMs + (later - 1) * windowMs
  if (sent.monotonic + startsInMs < answered + shareAfterMs) return null
  const slice = {
    minute: minute + later,
    left: share,
    isShare: true,
    sent,
    got,
    startsInMs,
    endsInMs: startsInMs + windowMs,
  }
  return isOpen(slice, now) ? slice : null
}
