import { closing, commonVersion, frameText, parseFromGateway } from './frames.ts'
import type { Moment } from './freshness.ts'
import { rangeFrames, snapshotFrames } from './record-frames.ts'
import { type AttachedGateway, type Standing, servesOrganization } from './roster.ts'
import type { FromControl, FromGateway } from './schema.ts'
import { type Seal, sealRecord } from './seal-record.ts'
import type { Touch } from './slices/holders.ts'
import type { Batch, Snapshot } from './tail.ts'
import type { UnsealedRecord } from './unsealed/schema.ts'
import type { Wire } from './wire.ts'

export type Hello = Extract<FromGateway, { type: 'hello' }>

/** One attached process of a gateway, on control's end. */
export type Session = {
  readonly gateway: AttachedGateway
  readonly hello: Hello
  readonly wire: Wire
  readonly seal: Seal
  /** Where clients reach it; empty: it has not said. */
  publicUrl: string
  /** Where other gateways reach it; empty: nowhere. */
  peerUrl: string
  /** What it was told last about other gateways. */
  peersTold: string
  /** Of the keys for child tokens that it was told last. */
  signingTurn: string
  /** Requests for child tokens that are being worked on. */
  tokenRequests: number
  /** Everything up to here has been sent on this socket, in order. */
  sent: number
  /** A snapshot or missed ranges are on their way; live ranges wait. */
  isSyncing: boolean
  wantsSync: boolean
  applied: number | null
  /** Numbers for which an answer has named the moment when this process ends deciding: not fresh again before them. */
  owed: number
  lastAnswered: Moment | null
  beat: { readonly n: number; readonly received: Moment; readonly needs: number } | null
  lastSeen: Moment
  /** Do heartbeats go both ways? */
  touch: Touch
  behindSince: Moment | null
  /** Of what it was sent last; differs from the present one when it has to be sent again. */
  era: number
  seenSavedAt: number
  isRevoked: boolean
}

export const standingOf = (session: Session): Standing => ({
  gateway: session.gateway,
  attached: true,
  applied: session.applied,
  lastAnswered: session.lastAnswered,
})

export const sendFrame = (wire: Wire, frame: FromControl): void => wire.send(frameText(frame))

/** The first frame must be `hello` in a version that both ends speak; null after the socket was told why not. */
export function readHello(wire: Wire, text: string): { hello: Hello; version: number } | null {
  const parsed = parseFromGateway(text)
  if (parsed.kind === 'malformed') {
    wire.close(closing.malformed, parsed.reason)
    return null
  }
  if (parsed.kind === 'unknown' || parsed.frame.type !== 'hello') {
    wire.close(closing.malformed, 'hello comes first')
    return null
  }
  const version = commonVersion(parsed.frame.frames)
  if (version === null) {
    wire.close(closing.versions, 'no common version of the frames')
    return null
  }
  return { hello: parsed.frame, version }
}

const sealedFor = (session: Session, records: readonly UnsealedRecord[]) =>
  records
    .filter((record) => servesOrganization(session.gateway, record.organization))
    .map((record) => sealRecord(session.seal, record))

/** Sends a range if the session stands inside it; what it has beyond `after` it gets again, which changes nothing. */
export function sendRange(session: Session, log: string, batch: Batch, now: Moment): void {
  if (session.sent >= batch.upTo || session.sent < batch.after) return
  const range = { log, after: session.sent, upTo: batch.upTo }
  for (const text of rangeFrames(range, sealedFor(session, batch.records))) session.wire.send(text)
  session.sent = batch.upTo
  session.behindSince ??= now
}

export async function sendSnapshot(session: Session, snapshot: Snapshot): Promise<void> {
  const head = { position: snapshot.position, era: session.era }
  await session.wire.sendPaced(snapshotFrames(head, sealedFor(session, snapshot.records)))
  session.sent = snapshot.position.number
}

export function noteApplied(session: Session, number: number, now: Moment): void {
  session.applied = Math.max(session.applied ?? 0, number)
  session.behindSince = session.applied >= session.sent ? null : now
}

/**
 * Answers the heartbeat in hand if it may. An answer makes the gateway fresh, so it follows everything that was numbered
 * before the heartbeat came, on the same ordered socket: who is answered has, by then, what control had promised.
 */
export function answerBeat(session: Session, storeNow: number | null): void {
  const { beat } = session
  if (!beat || session.isSyncing || session.isRevoked || storeNow === null) return
  if (session.sent < Math.max(beat.needs, session.owed)) return
  session.beat = null
  session.lastAnswered = beat.received
  sendFrame(session.wire, { type: 'heartbeat', n: beat.n, storeNow })
}
