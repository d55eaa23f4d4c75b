import type { SessionPolicies } from './proof/store.ts'
import type { Session } from './store.ts'

const minuteMs = 60_000

/** The last use stands in the store a minute after it at the latest: so much longer is a quiet session good. */
export const noteEveryMs = minuteMs

/** By the policies of now, so that a stricter one ends what is open. */
export function isLive(
  session: Pick<Session, 'createdAt' | 'lastUsedAt' | 'expiresAt' | 'endedAt'>,
  policies: SessionPolicies,
  now: number,
): boolean {
  const { createdAfter, usedAfter } = liveBounds(policies, now)
  const { createdAt, lastUsedAt, expiresAt, endedAt } = session
  return endedAt === null && expiresAt > now && createdAt > createdAfter && lastUsedAt > usedAfter
}

/** The same for a list: what began and was used after these instants. */
export const liveBounds = ({ sessionIdleMinutes, sessionMaxHours }: SessionPolicies, now: number) => ({
  createdAfter: now - sessionMaxHours * 60 * minuteMs,
  usedAfter: now - sessionIdleMinutes * minuteMs - noteEveryMs,
})
