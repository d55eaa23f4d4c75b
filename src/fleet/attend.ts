import type { WebSocket } from 'ws'
import { answer, changed, type FeedState, momentOf } from './feed-state.ts'
import { chunks, closing, parseFromGateway } from './frames.ts'
import { tellPeers } from './peers/tell.ts'
import { closeBoot, takeRecords } from './records/taking.ts'
import { type AttachedGateway, servesOrganization } from './roster.ts'
import type { FromGateway, Position, Proof } from './schema.ts'
import { noteApplied, readHello, type Session, sendFrame, sendRange, sendSnapshot, standingOf } from './session.ts'
import { answerSlices, noteSeats, takeSlicesBack } from './slices/answering.ts'
import { holderOf, noteHolder, touchAfter } from './slices/holders.ts'
import { answerToken, tellSigningKeys } from './token-answering.ts'
import { createWire, type Wire } from './wire.ts'

export const heartbeatMs = 1000
const seenEveryMs = 30_000
const proofsPerFrame = 1000

/** One socket, from its hello to its end. */
export function attend(state: FeedState, socket: WebSocket, gateway: AttachedGateway): void {
  let session: Session | null = null
  const wire = createWire({
    socket,
    monotonic: state.deps.monotonic,
    setTimer: state.deps.setTimer,
    onText: (text) => {
      if (session) receive(state, session, text)
      else session = greet(state, wire, gateway, text)
    },
    onClose: (code) => {
      if (session) leave(state, session, code)
    },
  })
}

function greet(state: FeedState, wire: Wire, gateway: AttachedGateway, text: string): Session | null {
  const greeting = readHello(wire, text)
  if (!greeting) return null
  const { hello, version } = greeting
  if (state.revoked.has(gateway.id)) {
    wire.close(closing.revoked, 'revoked')
    return null
  }
  const now = momentOf(state.deps)
  let seal: Session['seal']
  try {
    seal = state.deps.sealerFor(hello.sealingKey)
  } catch {
    wire.close(closing.malformed, 'malformed sealing key')
    return null
  }
  replace(state, gateway, hello.boot)
  const session: Session = {
    gateway,
    hello,
    wire,
    seal,
    sent: 0,
    isSyncing: true,
    wantsSync: false,
    applied: null,
    owed: 0,
    // Who comes with a state may have been answered, by whatever control, until this moment; who has none decides nothing.
    lastAnswered: hello.position ? now : null,
    beat: null,
    lastSeen: now,
    touch: null,
    behindSince: now,
    era: hello.era ?? state.deps.era() - 1,
    publicUrl: hello.publicUrl,
    peerUrl: hello.peerUrl ?? '',
    peersTold: '',
    signingTurn: '',
    tokenRequests: 0,
    seenSavedAt: now.wall,
    isRevoked: false,
  }
  state.sessions.add(session)
  state.deps.onSeen(gateway, now.wall, hello.publicUrl)
  noteHolder(state)
  state.deps.log.info({ gateway: gateway.id, name: gateway.name, boot: hello.boot }, 'feed: gateway attached')
  const { id, name } = gateway
  sendFrame(wire, { type: 'welcome', frames: version, gateway: { id, name }, heartbeatMs })
  tellSigningKeys(state, session)
  tellPeers(state)
  void sync(state, session, hello.position).then(() => sendTable(state, session))
  changed(state)
  return session
}

/** The same process on a new socket: the old one is dead, whether its end has reached us or not. */
function replace(state: FeedState, gateway: AttachedGateway, boot: string): void {
  state.vanished.back(gateway.id, boot)
  for (const old of state.sessions) {
    if (old.gateway.id !== gateway.id || old.hello.boot !== boot) continue
    state.sessions.delete(old)
    old.wire.close(closing.goingAway, 'replaced by a newer connection')
  }
}

function leave(state: FeedState, session: Session, code: number): void {
  if (!state.sessions.delete(session)) return
  state.vanished.add(session.hello.boot, standingOf(session))
  // Else we have sent it away ourselves.
  if (!state.isClosed) {
    state.deps.onSeen(session.gateway, session.lastSeen.wall, session.publicUrl)
    state.deps.log.warn({ gateway: session.gateway.id, code }, 'feed: gateway gone without a goodbye')
    tellPeers(state)
  }
  changed(state)
}

/** Brings the gateway to the end of the log: by ranges if its position allows it, else by a snapshot. */
async function sync(state: FeedState, session: Session, position: Position | null): Promise<void> {
  const { tail, deps } = state
  session.isSyncing = true
  try {
    await state.open()
    if (position && session.era === deps.era() && (await tail.isResumable(position))) {
      session.sent = position.number
      noteApplied(session, position.number, momentOf(deps))
    } else {
      session.era = deps.era()
      await sendSnapshot(session, await tail.snapshot())
    }
    while (session.sent < tail.number() && session.wire.isOpen()) {
      const batch = await tail.readAfter(session.sent)
      if (!batch) break
      sendRange(session, tail.logId(), batch, momentOf(deps))
    }
  } catch (error) {
    if (state.isClosed) return
    deps.log.error({ error, gateway: session.gateway.id }, 'feed: a gateway could not be brought up to date')
    session.wire.close(closing.accident, 'try again')
    return
  }
  if (session.wantsSync && session.wire.isOpen()) {
    session.wantsSync = false
    return sync(state, session, null)
  }
  // No await between the last look at the log and this: the next range finds the session where it was left.
  session.isSyncing = false
  answer(state, session)
  state.audit.wake()
}

async function sendTable(state: FeedState, session: Session): Promise<void> {
  const items = state.deps.proofs.table((organization) => servesOrganization(session.gateway, organization))
  await session.wire.sendPaced(
    (function* frames() {
      for (const part of chunks(items, proofsPerFrame)) yield proofsText(part, false)
      yield proofsText([], true)
    })(),
  )
}

const proofsText = (items: readonly Proof[], complete: boolean): string =>
  JSON.stringify({ type: 'proofs', items, complete })

/** To every attached gateway that serves the key's organization, but not back to the one that told us. */
export function pushProofs(state: FeedState, proofs: readonly Proof[], except: Session | null): void {
  for (const session of state.sessions) {
    if (session === except) continue
    const items = proofs.filter(({ organization }) => servesOrganization(session.gateway, organization))
    for (const part of chunks(items, proofsPerFrame)) session.wire.send(proofsText(part, false))
  }
}

function receive(state: FeedState, session: Session, text: string): void {
  // On its way until the close frame is there. It comes again, to the next control or to this one's next start.
  if (state.isClosed) return
  const parsed = parseFromGateway(text)
  if (parsed.kind === 'malformed') session.wire.close(closing.malformed, parsed.reason)
  else if (parsed.kind === 'frame') carryOut(state, session, parsed.frame)
}

function carryOut(state: FeedState, session: Session, frame: FromGateway): void {
  const { deps, tail } = state
  switch (frame.type) {
    case 'hello':
      session.wire.close(closing.malformed, 'hello comes once')
      return
    case 'heartbeat':
      noteAddress(state, session, frame.publicUrl ?? '')
      notePeerUrl(state, session, frame.peerUrl)
      session.touch = touchAfter(session.touch, frame.lastAnswerAgeMs, deps.monotonic())
      hearBeat(state, session, frame.n)
      return
    case 'applied':
      if (frame.position.log !== tail.logId()) return
      // Nobody has applied what was not sent.
      noteApplied(session, Math.min(frame.position.number, session.sent), momentOf(deps))
      changed(state)
      return
    case 'resync':
      session.wantsSync = session.isSyncing
      if (!session.isSyncing) void sync(state, session, null)
      return
    case 'proofs': {
      // A gateway speaks for the organizations that it serves, for no other.
      const fresh = deps.proofs.learn(
        frame.items.filter((item) => servesOrganization(session.gateway, item.organization)),
      )
      pushProofs(state, fresh, session)
      return
    }
    case 'servers': {
      const reports = frame.items.filter((item) => servesOrganization(session.gateway, item.organization))
      if (reports.length > 0) deps.onServers(session.gateway, reports)
      return
    }
    case 'sightings': {
      const items = frame.items.filter((item) => servesOrganization(session.gateway, item.organization))
      if (items.length > 0) deps.onSightings(session.gateway, items)
      return
    }
    case 'audit-from':
      state.audit.restart(session, frame.after)
      return
    case 'token-request':
      void answerToken(state, session, frame)
      return
    case 'goodbye':
      sayGoodbye(state, session)
      return
    case 'slice-request':
      void answerSlices(state, session, frame)
      return
    case 'slice-return':
      takeSlicesBack(state, session, frame.items)
      return
    case 'seats-held':
      noteSeats(state, session, frame.items)
      return
    case 'records':
      takeRecords(state, session, frame)
      return
    case 'boot-closed':
      void closeBoot(state, session, frame)
      return
  }
}

/** The process decides nothing any more, so what it held is free at once. */
function sayGoodbye(state: FeedState, session: Session): void {
  const { deps } = state
  state.sessions.delete(session)
  deps.onSeen(session.gateway, deps.now(), session.publicUrl)
  deps.log.info({ gateway: session.gateway.id }, 'feed: gateway said goodbye')
  session.wire.close(closing.done, 'goodbye')
  void deps.holderEnded(holderOf(session))
  tellPeers(state)
  changed(state)
}

/** With a port of the system's choice it knows its address only when it listens, which it does after it has attached. */
function noteAddress({ deps }: FeedState, session: Session, publicUrl: string): void {
  if (publicUrl === '' || publicUrl === session.publicUrl) return
  session.publicUrl = publicUrl
  deps.onSeen(session.gateway, deps.now(), publicUrl)
}

/** One that drains takes its address back: what runs there goes on, and nothing new comes. */
function notePeerUrl(state: FeedState, session: Session, peerUrl: string | undefined): void {
  if (peerUrl === undefined || peerUrl === session.peerUrl) return
  session.peerUrl = peerUrl
  tellPeers(state)
}

function hearBeat(state: FeedState, session: Session, n: number): void {
  const { deps } = state
  const received = momentOf(deps)
  if (received.wall - session.seenSavedAt >= seenEveryMs) {
    session.seenSavedAt = received.wall
    deps.onSeen(session.gateway, received.wall, session.publicUrl)
  }
  session.lastSeen = received
  session.beat = { n, received, needs: Math.max(deps.sequencer.latest(), state.tail.number()) }
  if (session.era !== deps.era() && !session.isSyncing) void sync(state, session, null)
  tellSigningKeys(state, session)
  answer(state, session)
}
