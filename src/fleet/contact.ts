import type { Moment } from './freshness.ts'

/** Heartbeats of one gateway, and the moment up to which control has confirmed that it has everything. */
export type Contact = {
  /** Number of the heartbeat that is sent now. */
  readonly sent: () => number
  /** Control has answered; counts from the moment when that heartbeat was *sent*. False for an answer to nothing. */
  readonly answered: (n: number) => boolean
  /** An answer that must not count, because what was sent before it could not be applied. */
  readonly ignored: (n: number) => void
  /** Heartbeats of a connection that ended are answered by nobody. */
  readonly restart: () => void
  /** The gateway may decide no longer, whatever its clocks say. */
  readonly end: () => void
  readonly last: () => Moment | null
  readonly lastAnswerAgeMs: () => number | null
}

/** More than any answer may be late: after ten seconds of silence the socket is ended. */
const remembered = 64

export function createContact(moment: () => Moment): Contact {
  const open = new Map<number, Moment>()
  let next = 0
  let last: Moment | null = null
  let hasEnded = false

  return {
    sent: () => {
      next += 1
      open.set(next, moment())
      open.delete(next - remembered)
      return next
    },
    answered: (n) => {
      const sentAt = open.get(n)
      if (!sentAt || hasEnded) return false
      for (const older of open.keys()) if (older <= n) open.delete(older)
      last = sentAt
      return true
    },
    ignored: (n) => {
      for (const older of open.keys()) if (older <= n) open.delete(older)
    },
    restart: () => open.clear(),
    end: () => {
      hasEnded = true
      last = null
    },
    last: () => last,
    lastAnswerAgeMs: () => (last ? Math.max(0, Math.round(moment().monotonic - last.monotonic)) : null),
  }
}
