import type { FeedState } from '../feed-state.ts'
import { servesOrganization } from '../roster.ts'
import type { FromGateway } from '../schema.ts'
import { type Session, sendFrame } from '../session.ts'
import { seenHolder } from './holders.ts'
import type { Grant, Holder, Returned, SeenHolder, SliceAsk } from './schema.ts'

/** What control's end has to be given for slices. None of these fails: what could not be written was not granted. */
export type SliceDeps = {
  /** Debited in the store before it resolves; one grant for each ask, in order. */
  readonly grantSlices: (holder: SeenHolder, asks: readonly SliceAsk[]) => Promise<readonly Grant[]>
  readonly takeBack: (holder: Holder, items: readonly Returned[]) => Promise<void>
  /** That process decides nothing any more: its seats are free, and what it held of budgets is charged until its spool says otherwise. */
  readonly holderEnded: (holder: Holder) => Promise<void>
  /** No process of that gateway is left, those included that only the store knows. */
  readonly gatewayEnded: (gateway: string) => Promise<void>
  /** Attached now; every few seconds. Whoever has been silent for longer than it may decide ends with it. */
  readonly holdersSeen: (attached: readonly SeenHolder[]) => Promise<void>
}

type Request = Extract<FromGateway, { type: 'slice-request' }>

/** One frame after the other, so that what a gateway gives back is there before it asks anew. */
export async function answerSlices({ deps }: FeedState, session: Session, { n, asks }: Request): Promise<void> {
  const isServed = asks.map(({ organization }) => servesOrganization(session.gateway, organization))
  const grants = await deps.grantSlices(
    seenHolder(session, deps.monotonic()),
    asks.filter((_, place) => isServed[place]),
  )
  let at = 0
  const all = asks.map(({ pool }, place): Grant => {
    if (!isServed[place]) return gone(pool)
    at += 1
    return grants[at - 1] ?? gone(pool)
  })
  sendFrame(session.wire, { type: 'slices', n, grants: all })
}

const gone = (pool: string): Grant => ({
  pool,
  window: '',
  amount: 0,
  left: 0,
  startsInMs: 0,
  endsInMs: 0,
  share: 0,
  isGone: true,
})

export function takeSlicesBack({ deps }: FeedState, session: Session, items: readonly Returned[]): void {
  const served = items.filter(({ organization }) => servesOrganization(session.gateway, organization))
  if (served.length > 0) void deps.takeBack(seenHolder(session, deps.monotonic()), served)
}
