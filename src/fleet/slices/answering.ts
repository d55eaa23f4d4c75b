import type { FeedState } from '../feed-state.ts'
import { servesOrganization } from '../roster.ts'
import type { FromGateway } from '../schema.ts'
import { type Session, sendFrame } from '../session.ts'
import { holderOf, seenHolder } from './holders.ts'
import {
  type Grant,
  type HeldSeats,
  type Holder,
  isOfSeats,
  type Returned,
  type SeenHolder,
  type SliceAsk,
} from './schema.ts'

/** What control's end has to be given for slices. None of these fails: what could not be written was not granted. */
export type SliceDeps = {
  /** Debited in the store before it resolves; one grant for each ask, in order. */
  readonly grantSlices: (holder: SeenHolder, asks: readonly SliceAsk[]) => Promise<readonly Grant[]>
  readonly takeBack: (holder: Holder, items: readonly Returned[]) => Promise<void>
  /** All seats that the process has, as it says once it is welcome, behind all that it asked for and gave back before. */
  readonly seatsHeld: (holder: Holder, held: readonly HeldSeats[]) => Promise<void>
  /** That process decides nothing any more: its seats are free, and what it held of budgets is charged until its spool says otherwise. */
  readonly holderEnded: (holder: Holder) => Promise<void>
  /** No process of that gateway is left, those included that only the store knows. */
  readonly gatewayEnded: (gateway: string) => Promise<void>
  /** Attached now; every few seconds. Whoever has been silent for longer than it may decide ends with it. */
  readonly holdersSeen: (attached: readonly SeenHolder[]) => Promise<void>
}

type Request = Extract<FromGateway, { type: 'slice-request' }>

/** One frame after the other, so that what a gateway gives back is there before it asks anew. */
export async function answerSlices(state: FeedState, session: Session, { n, asks }: Request): Promise<void> {
  if (isReplaced(state, session)) return
  const { deps } = state
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

export function takeSlicesBack(state: FeedState, session: Session, items: readonly Returned[]): void {
  const { deps } = state
  const isLate = isReplaced(state, session)
  const served = items.filter(
    (item) => servesOrganization(session.gateway, item.organization) && !(isLate && isOfSeats(item)),
  )
  if (served.length > 0) void deps.takeBack(seenHolder(session, deps.monotonic()), served)
}

export function noteSeats(state: FeedState, session: Session, items: readonly HeldSeats[]): void {
  if (!isReplaced(state, session)) void state.deps.seatsHeld(holderOf(session), items)
}

/** Its process has said on another socket what it has: what comes late on this one would be counted twice. */
const isReplaced = ({ sessions }: FeedState, session: Session): boolean => !sessions.has(session)
