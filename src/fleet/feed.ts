import type { WebSocket } from 'ws'
import { disconnect, effectOf } from './acknowledgements.ts'
import { attend, pushProofs } from './attend.ts'
import { createAuditNews } from './audit/news.ts'
import { answer, changed, type FeedDeps, type FeedState, momentOf } from './feed-state.ts'
import { createFormers } from './former.ts'
import { closing } from './frames.ts'
import { sendLook } from './looks/send.ts'
import { settleMs, tellPeers } from './peers/tell.ts'
import { type AttachedGateway, createVanished } from './roster.ts'
import type { Effect, Proof } from './schema.ts'
import { type Session, sendRange } from './session.ts'
import { followHolders } from './slices/holders.ts'
import { lastUnnumbered } from './store.ts'
import { type Batch, createTail } from './tail.ts'

export type { FeedDeps } from './feed-state.ts'

export type OnlineGateway = {
  readonly id: string
  readonly name: string
  readonly organizationId: string
  readonly software: string
  /** Empty: it has not said where it is. */
  readonly publicUrl: string
  /** Every organization, not only its own. */
  readonly serves?: 'all' | undefined
  readonly seq: number | null
  readonly lagMs: number
  readonly lastSeenAt: number
}

export type Feed = {
  readonly accept: (socket: WebSocket, gateway: AttachedGateway) => void
  /** `maxStalenessSeconds`: the key's, where the change concerns one; the smaller of it and the organization's counts; `formerSeconds`: the organization's before this change. */
  readonly effectOf: (
    organizationId: string,
    rowId: number,
    waitMs: number,
    maxStalenessSeconds?: number | null,
    formerSeconds?: number | null,
  ) => Promise<Effect>
  /** Ends a gateway whose credential was revoked, and says from when it decides nothing. */
  readonly disconnect: (gateway: { id: string; organizationId: string; waitMs: number }) => Promise<Effect>
  /** The supervisor has reaped the process of this gateway. By id: names are anybody's to give. */
  readonly gatewayGone: (gatewayId: string) => void
  readonly shareProofs: (proofs: readonly Proof[]) => void
  /** Proofs that another control has shared: not broadcast again. */
  readonly takeProofs: (proofs: readonly Proof[]) => void
  readonly gatewaysOnline: () => OnlineGateway[]
  /** Asks every attached gateway of the organization how the server is; answers which those are. */
  readonly askToLook: (organizationId: string, serverId: string) => readonly string[]
  readonly close: () => void
}

/** Control's end of the fleet: one per control. */
export function createFeed(deps: FeedDeps): Feed {
  const state = createState(deps)
  const stopSettling = deps.setTimer(settleMs, () => tellPeers(state))
  const stopFollowing = followHolders(state)
  const stopListening = deps.sequencer.onNumbered(() => state.tail.wake())
  // From now on the log is followed, gateways or not: proofs of keys that end are dropped from the table by it.
  state.open().catch((error: unknown) => deps.log.warn({ error }, 'feed: not open yet; the next gateway tries again'))
  return {
    accept: (socket, gateway) => {
      if (state.isClosed) socket.close(closing.goingAway, 'shutting down')
      else attend(state, socket, gateway)
    },
    effectOf: (organizationId, rowId, waitMs, maxStalenessSeconds = null, formerSeconds = null) =>
      effectOf(state, { organizationId, rowId, waitMs, maxStalenessSeconds, formerSeconds }),
    disconnect: (gateway) => disconnect(state, gateway),
    gatewayGone: (gatewayId) => forget(state, gatewayId),
    shareProofs: (proofs) => {
      const fresh = deps.proofs.learn(proofs)
      pushProofs(state, fresh, null)
      if (fresh.length > 0) deps.broadcast(fresh)
    },
    takeProofs: (proofs) => pushProofs(state, deps.proofs.learn(proofs), null),
    askToLook: (organizationId, serverId) => sendLook(state.sessions, organizationId, serverId),
    gatewaysOnline: () => [...state.sessions].map((session) => online(session, deps.monotonic())),
    close: () => {
      state.isClosed = true
      stopListening()
      stopSettling()
      stopFollowing()
      state.tail.stop()
      state.audit.stop()
      for (const { wire } of state.sessions) wire.close(closing.goingAway, 'shutting down')
    },
  }
}

function createState(deps: FeedDeps): FeedState {
  const sessions = new Set<Session>()
  const vanished = createVanished(() => momentOf(deps))
  const started = momentOf(deps)
  const tail = createTail(deps, (batch) => deliver(state, batch))
  let opening: Promise<void> | null = null
  const begin = async (): Promise<void> => {
    const known = await deps.knownBefore()
    // What an earlier control committed and could not number any more may have been promised: it comes before all else.
    const unnumbered = await deps.database.system.read(lastUnnumbered)
    if (unnumbered !== null) await deps.sequencer.numberOf(unnumbered)
    await tail.open()
    for (const gateway of known) {
      const isBack = [...sessions].some((session) => session.gateway.id === gateway.id)
      if (!isBack) vanished.add(null, { gateway, attached: false, applied: null, lastAnswered: started })
    }
    // What was numbered while the log was being opened woke nobody.
    tail.wake()
  }
  const state: FeedState = {
    deps,
    sessions,
    vanished,
    tail,
    formers: createFormers(deps.monotonic),
    audit: createAuditNews({ ...deps, ...deps.audit, sessions }),
    holds: new Set(),
    listeners: new Set(),
    revoked: new Set(),
    isClosed: false,
    startedAt: started.monotonic,
    open: () => {
      opening ??= begin().catch((error: unknown) => {
        opening = null
        throw error
      })
      return opening
    },
  }
  return state
}

function deliver(state: FeedState, batch: Batch): void {
  const { deps, tail } = state
  for (const record of batch.records) {
    if (record.kind === 'gone' && record.of === 'key') deps.proofs.keepOnly(record.organization, record.id, [])
    if (record.kind !== 'key') continue
    const isOver = record.state === 'revoked' || record.state === 'deleted'
    const live = isOver ? [] : record.versions.map(({ version }) => version)
    deps.proofs.keepOnly(record.organization, record.id, live)
  }
  for (const session of state.sessions) {
    if (session.isSyncing) continue
    try {
      sendRange(session, tail.logId(), batch, momentOf(deps))
      answer(state, session)
    } catch (error) {
      // One gateway's trouble is its own: it comes back and starts from a snapshot.
      deps.log.error({ error, gateway: session.gateway.id }, 'feed: a range could not be sent')
      session.wire.close(closing.accident, 'try again')
    }
  }
}

function forget(state: FeedState, gatewayId: string): void {
  state.vanished.gone(gatewayId)
  for (const session of state.sessions) {
    if (session.gateway.id !== gatewayId) continue
    state.sessions.delete(session)
    session.wire.close(closing.goingAway, 'process has ended')
  }
  void state.deps.gatewayEnded(gatewayId)
  tellPeers(state)
  changed(state)
}

const online = (session: Session, now: number): OnlineGateway => ({
  id: session.gateway.id,
  name: session.gateway.name,
  organizationId: session.gateway.organizationId,
  software: session.hello.software,
  publicUrl: session.publicUrl,
  serves: session.gateway.serves,
  seq: session.applied,
  lagMs: session.behindSince ? Math.round(now - session.behindSince.monotonic) : 0,
  lastSeenAt: session.lastSeen.wall,
})
