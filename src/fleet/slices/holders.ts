import type { FeedState } from '../feed-state.ts'
import type { Session } from '../session.ts'
import type { Holder, SeenHolder } from './schema.ts'

/** How often the store is told who is in touch. */
const tellMs = 5000
/** A heartbeat that reports an answer older than this comes from a gateway that does not hear us. */
const youngMs = 2000
/** As long without a heartbeat: it does not reach us. */
const silentMs = 2000
/** So long both must have gone well: heartbeats that were held up somewhere come all at once. */
const steadyMs = 3000

/** Since when a gateway's own heartbeats say, without a gap, that it hears us; by the monotonic clock. */
export type Touch = { readonly since: number; readonly last: number } | null

export function touchAfter(before: Touch, lastAnswerAgeMs: number | null, now: number): Touch {
  if (lastAnswerAgeMs === null || lastAnswerAgeMs >= youngMs) return null
  const isSteady = before !== null && now - before.last <= silentMs
  return { since: isSteady ? before.since : now, last: now }
}

export const isInTouch = (touch: Touch, now: number): boolean =>
  touch !== null && now - touch.last <= silentMs && now - touch.since >= steadyMs

export const holderOf = ({ gateway, hello }: Session): Holder => ({ gateway: gateway.id, boot: hello.boot })

export const seenHolder = (session: Session, now: number): SeenHolder => ({
  ...holderOf(session),
  organization: session.gateway.organizationId,
  serves: session.gateway.serves ?? 'own',
  isInTouch: isInTouch(session.touch, now),
})

const tell = ({ deps, sessions }: FeedState): Promise<void> =>
  deps.holdersSeen([...sessions].map((session) => seenHolder(session, deps.monotonic())))

/** From now on; answers how to stop. A gateway that comes is told of at once: then its process is known to the store. */
export function followHolders(state: FeedState): () => void {
  let stop = (): void => {}
  const again = (): void => {
    stop = state.deps.setTimer(tellMs, () => {
      void tell(state)
      again()
    })
  }
  again()
  return () => stop()
}

/** One that came: its process has to be known before it is given anything that must be taken from it again. */
export const noteHolder = (state: FeedState): void => void tell(state)
