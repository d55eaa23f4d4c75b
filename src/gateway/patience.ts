import type { Timeouts } from '../servers/schema.ts'

/** Until when a server is waited for, by the monotonic clock (ms); `Infinity` where nobody looks at it. */
export type Patience = {
  /** The answer has begun by then. */
  readonly answerAt: number
  /** Between two pieces of it. */
  readonly idleMs: number
  /** All of it is there by then. */
  readonly endsAt: number
}

const never = Number.POSITIVE_INFINITY

export function patienceOf(
  { answerSeconds, idleSeconds, totalSeconds }: Timeouts,
  isStream: boolean,
  now: number,
  longestAnswerMs: number,
): Patience {
  const endsAt = isStream || totalSeconds === null ? never : now + totalSeconds * 1000
  return {
    answerAt: Math.min(now + Math.min(answerSeconds * 1000, longestAnswerMs), endsAt),
    idleMs: isStream ? never : idleSeconds * 1000,
    endsAt,
  }
}
