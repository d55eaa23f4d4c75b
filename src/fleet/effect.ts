import type { Moment } from './freshness.ts'
import type { Standing } from './roster.ts'
import type { Effect } from './schema.ts'

/** Doubt of the clocks and of the way, beyond the freshness itself (design §9). */
export const marginMs = 1000

export type Question = {
  /** What was known of every process that may decide for the organization. */
  readonly standings: readonly Standing[]
  /** Number of the change; null when the sequencer has not given one yet. */
  readonly number: number | null
  /** How long this process may go on with what it has. */
  readonly secondsOf: (standing: Standing) => number
  readonly begun: Moment
  readonly now: Moment
  /** When each gateway was first seen to have applied the number. */
  readonly ackedAt: ReadonlyMap<string, Moment>
}

/** Who has applied the change, who has not, and the instant from which it bites everywhere. Pure. */
export function effectFrom(question: Question): Effect {
  const { standings, number, now, begun } = question
  const acked = new Map<string, Effect['acked'][number]>()
  const pending = new Map<string, number>()
  let lastAck = begun
  for (const standing of standings) {
    const name = standing.gateway.id
    if (hasApplied(standing, number)) {
      const at = question.ackedAt.get(name) ?? begun
      if (at.monotonic > lastAck.monotonic) lastAck = at
      acked.set(name, { gateway: name, afterMs: Math.max(0, Math.round(at.monotonic - begun.monotonic)) })
    } else {
      const leftMs = decidesForMs(standing, now, question.secondsOf(standing))
      if (leftMs > 0) pending.set(name, Math.max(leftMs, pending.get(name) ?? 0))
    }
  }
  // One gateway may have two processes: it has the change when all of them have.
  for (const name of pending.keys()) acked.delete(name)
  const until = [...pending].map(([gateway, leftMs]) => ({ gateway, until: iso(now.wall + leftMs) }))
  const everywhere = pending.size > 0 ? now.wall + Math.max(...pending.values()) : lastAck.wall
  return { acked: [...acked.values()], pending: until, effectiveEverywhereBy: iso(everywhere) }
}

export const hasApplied = (standing: Standing, number: number | null): boolean =>
  number !== null && standing.applied !== null && standing.applied >= number

/**
 * How long this process may go on with what it has: contact is not later than our receipt of the heartbeat. Measured on
 * the monotonic clock: it errs on the long side when this machine sleeps, a wall clock set forward would err on the short.
 */
function decidesForMs({ lastAnswered }: Standing, now: Moment, maxStalenessSeconds: number): number {
  if (!lastAnswered) return 0
  return lastAnswered.monotonic + maxStalenessSeconds * 1000 + marginMs - now.monotonic
}

/** Rounded up: an instant that is named is never earlier than the true one. */
const iso = (ms: number): string => new Date(Math.ceil(ms)).toISOString()
