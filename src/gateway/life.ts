import type { Attachment } from '../fleet/attach.ts'
import type { Listener } from '../http/listen.ts'
import type { Prover } from '../keys/prove.ts'
import { refuse } from '../problems.ts'
import type { AuditLog } from './audit/keep.ts'
import type { Budgets } from './budgets/budgets.ts'
import { watchDepartures } from './departures.ts'
import type { Egress } from './egress.ts'
import { forgetProofs } from './forgotten-proofs.ts'
import type { Limits } from './limits/limits.ts'
import type { Health } from './mcp/health.ts'
import type { StdioUpstreams } from './mcp/stdio/bridge.ts'
import { watchNetworks } from './networks.ts'
import type { Peers } from './peers/peers.ts'
import type { Reach } from './peers/reach.ts'
import type { Plane } from './plane.ts'
import type { Snapshot } from './snapshot.ts'
import type { Spool } from './spool/spool.ts'

export type Gateway = {
  readonly listen: () => Promise<{ url: string }>
  /** It would answer calls of its default organization now. */
  readonly ready: () => boolean
  readonly drain: (seconds: number) => Promise<void>
  readonly updateFeed: (feed: { readonly url: string }) => void
}

const filledWithinMs = 1500

export type State = { isDraining: boolean; url: string }

export function running(parts: Parts, state: State, filled: Promise<void>): Gateway {
  const { plane, attachment, listener, setTimer } = parts
  return {
    listen: async () => {
      // Filled first: whoever connects the moment we listen is answered. Not for long, so that /readyz can say why.
      await parts.reach.open(plane.peerFront)
      attachment.start()
      await Promise.race([filled, new Promise<void>((go) => setTimer(filledWithinMs, go))])
      const bound = await listener.listen()
      state.url ||= bound.url
      return bound
    },
    ready: () => plane.notReady() === null,
    drain: async (seconds) => {
      state.isDraining = true
      await drain(parts, seconds)
    },
    updateFeed: (feed) => attachment.useUrl(feed.url),
  }
}

const draining = refuse('draining', { retryAfterSeconds: 1 }).problem

export type Parts = {
  readonly plane: Plane
  readonly attachment: Attachment
  readonly stdio: StdioUpstreams
  readonly health: Health
  readonly audit: AuditLog
  readonly limits: Limits
  readonly budgets: Budgets
  readonly spool: Spool
  readonly egress: Egress
  readonly peers: Peers
  readonly reach: Reach
  readonly listener: Listener
  readonly setTimer: (ms: number, run: () => void) => () => void
}

/** What a change means beyond the records themselves. */
export function hearNews(
  { plane, attachment, limits, budgets, stdio, health, egress }: Parts,
  snapshot: Snapshot,
  prover: Prover,
): void {
  prover.onProved((proof) => attachment.reportProofs([proof]))
  forgetProofs(snapshot, prover)
  // Before health hears of it: what it sees next is judged by what holds now.
  watchNetworks(snapshot, { egress, look: health.look })
  snapshot.onChange((change) => {
    if (change.kind === 'server' || change.kind === 'all') health.changed()
    if (change.kind === 'limit') limits.changed(change.id)
    if (change.kind === 'budget') budgets.changed(change.id)
    if (change.kind === 'all') for (const caps of [limits, budgets]) caps.changed(null)
    if (change.kind === 'key' || change.kind === 'all') stdio.endOfKeys((key) => snapshot.key(key)?.state !== 'active')
  })
  watchDepartures(snapshot, (serverId) => {
    plane.upstreams.drop(serverId)
    stdio.drop(serverId)
  })
}

/** Time for the goodbyes of what is cut at the end, and for handing over what control does not know yet. */
const goodbyeMs = 300
const handoverMs = 500
/** What is not told by then is on the disk, and the next start tells it. */
const tellingMs = 250

async function drain(
  { plane, attachment, limits, budgets, spool, stdio, health, audit, egress, peers, reach, listener, setTimer }: Parts,
  seconds: number,
): Promise<void> {
  // Calls are waited for. A stream would never end by itself, and its client opens it again elsewhere.
  plane.streams.endStreams(draining)
  health.stop()
  const stopTimer = setTimer(seconds * 1000, () => plane.streams.cutAll(draining))
  await Promise.all([listener, reach].map((door) => door.drain(seconds + goodbyeMs / 1000)))
  stopTimer()
  // Nothing runs any more, so all that is held goes back before the goodbye.
  for (const caps of [limits, budgets]) caps.close()
  // The feed to the last: without it running calls would have become stale.
  const handover = Promise.allSettled([
    spool
      .told(tellingMs)
      .then(attachment.stop)
      .then(() => Promise.all([audit.settled(), spool.close()])),
    stdio.stop(),
    plane.allServers.close().then(plane.upstreams.close),
    plane.llm.close(),
    egress.close(),
    peers.close(),
  ])
  await Promise.race([handover, new Promise((resolve) => setTimer(handoverMs, () => resolve(null)))])
}
