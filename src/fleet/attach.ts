import type { WebSocket } from 'ws'
import type { Secret } from '../secret.ts'
import { type Applier, createApplier, type Outcome, type Replacement } from './apply.ts'
import type { AuditFrame } from './audit/schema.ts'
import { type Contact, createContact } from './contact.ts'
import { closing, frameText, parseFromControl } from './frames.ts'
import type { Moment } from './freshness.ts'
import type { LookRequest } from './looks/schema.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import type { Peers } from './peers/schema.ts'
import type { ControlFrame } from './record-frames.ts'
import { createRedial } from './redial.ts'
import {
  type FleetRecord,
  type FromGateway,
  frameVersions,
  type Proof,
  type ServerReport,
  type Sighting,
  type SigningKeys,
} from './schema.ts'
import { createSightingBox, type SightingBox } from './sighting-box.ts'
import { createSliceAsking, type SliceAsking } from './slices/asking.ts'
import type { HeldSeats } from './slices/schema.ts'
import { type Answered, type Ask, createTokenAsking, type TokenAsking } from './token-asking.ts'
import type { SetTimer } from './wire.ts'

export type AttachmentDeps = {
  /** Where control is; `useUrl` changes it. */
  readonly url: string
  readonly token: Secret
  /** `dial` of fleet/dial.ts, unless a test says otherwise. */
  readonly connect: (url: string, token: Secret) => WebSocket
  readonly now: () => number
  readonly monotonic: () => number
  /** 0 ≤ n < 1, for jitter. */
  readonly random: () => number
  readonly setTimer: SetTimer
  readonly software: string
  /** Random id of this process's life. */
  readonly boot: string
  readonly publicUrl: () => string
  /** Where other gateways reach this process; empty: nowhere. */
  readonly peerUrl?: () => string
  /** Public key to which control seals secrets; lives as long as the process. */
  readonly sealingKey: string
  readonly apply: (records: readonly FleetRecord[]) => void
  readonly replaceAll: () => Replacement
  readonly learnProofs: (proofs: readonly Proof[]) => void
  /** All that this process has proved: what control's table lacks is told again, after its restart above all. */
  readonly knownProofs: () => Iterable<Proof>
  /** Calls that were written down here, and are told to control until it has counted them too. */
  readonly records: RecordSource
  /** Seats of limits that this process has: what else was on its way to it or back is lost with the connection. */
  readonly heldSeats: () => readonly HeldSeats[]
  /** Keys with which child tokens are checked from now on. */
  readonly learnSigningKeys: (keys: SigningKeys) => void
  /** Other gateways that are attached now. */
  readonly learnPeers: (told: Peers) => void
  /** Somebody asks how a server is. */
  readonly look: (asked: LookRequest) => void
  /** This gateway's own log of the keys that may use it. */
  readonly audit: AuditKeeping
  /** Once: snapshot and proof table are in. */
  readonly onReady: () => void
  /** The credential was revoked: contact is over for good, open streams must end now. */
  readonly onRevoked: () => void
  readonly log: {
    readonly info: (fields: object, message: string) => void
    readonly warn: (fields: object, message: string) => void
    readonly error: (fields: object, message: string) => void
  }
}

export type RecordSource = {
  /** `sendText` takes a frame that is JSON already: thousands of records a second are not read to be told. */
  readonly attached: (send: (frame: FromGateway) => void, sendText: (text: string) => void) => void
  readonly detached: () => void
  /** Control has counted every record of that boot up to this one. */
  readonly taken: (boot: string, upTo: number) => void
  /** Control knows that nothing more comes of that boot. */
  readonly ended: (boot: string) => void
  /** Everything, now. */
  readonly flush: () => void
}

export type AuditKeeping = {
  /** By organization: the last event of control's log up to which nothing is missing here. */
  readonly held: () => Readonly<Record<string, number>>
  readonly take: (frame: AuditFrame) => void
  readonly attached: (send: (frame: FromGateway) => void) => void
}

export type Attachment = {
  readonly start: () => void
  /** Says goodbye, so that nobody waits for this gateway; call it when no call is admitted any more. */
  readonly stop: () => Promise<void>
  /** The moment when the last answered heartbeat was sent: `isFresh` of fleet/freshness.ts decides with it. */
  readonly contact: () => Moment | null
  /** Who control says we are; null before the first welcome. */
  readonly identity: () => { readonly id: string; readonly name: string } | null
  readonly isReady: () => boolean
  readonly reportProofs: (items: readonly Proof[]) => void
  readonly reportServers: (items: readonly ServerReport[]) => void
  readonly reportSighting: (item: Sighting) => void
  /** Null: there is no control that could answer now. */
  readonly askToken: (request: Ask) => Promise<Answered | null>
  readonly askSlice: SliceAsking['ask']
  readonly giveBack: SliceAsking['giveBack']
  /** Control has moved, as after its restart on another port. */
  readonly useUrl: (url: string) => void
}

/** The gateway's end of the feed. It holds no state but its place: records, proofs and streams belong to who it tells. */
export function createAttachment(deps: AttachmentDeps): Attachment {
  let stopBeating = (): void => {}
  const redial = createRedial({
    ...deps,
    onOpen: (wire) => {
      contact.restart()
      applier.restart()
      wire.send(frameText(helloOf(deps, applier)))
    },
    onText: (wire, text) => {
      const parsed = parseFromControl(text)
      if (parsed.kind === 'malformed') wire.close(closing.malformed, parsed.reason)
      else if (parsed.kind === 'frame') carryOut(end, parsed.frame)
    },
    onClose: () => {
      stopBeating()
      for (const each of [outbox, sightings, tokens, slices, deps.records]) each.detached()
    },
  })
  const send = (frame: FromGateway): void => redial.wire()?.send(frameText(frame))
  const beat = (everyMs: number): void => {
    const lastAnswerAgeMs = contact.lastAnswerAgeMs()
    const n = contact.sent()
    sightings.beat(n)
    send({ type: 'heartbeat', n, lastAnswerAgeMs, publicUrl: deps.publicUrl(), ...peerUrlOf(deps) })
    stopBeating = deps.setTimer(everyMs, () => beat(everyMs))
  }
  const contact = createContact(() => ({ monotonic: deps.monotonic(), wall: deps.now() }))
  const applier = createApplier(deps)
  const outbox = createOutbox({ ...deps, send })
  const sightings = createSightingBox(send)
  const tokens = createTokenAsking({ ...deps, send })
  const slices = createSliceAsking({ ...deps, send })
  const welcomed = (everyMs: number): void => {
    redial.succeeded()
    stopBeating()
    beat(everyMs)
    for (const each of [outbox, sightings, tokens, slices]) each.attached()
    deps.records.attached(send, (text) => redial.wire()?.send(text))
    deps.audit.attached(send)
  }
  const parts = { deps, contact, applier, outbox, sightings, tokens, slices, send, welcomed }
  const end: GatewayEnd = { ...parts, isReady: false, identity: null }

  return {
    start: redial.start,
    stop: async () => {
      stopBeating()
      outbox.flush()
      deps.records.flush()
      send({ type: 'goodbye' })
      contact.end()
      await redial.stop()
    },
    contact: contact.last,
    identity: () => end.identity,
    isReady: () => end.isReady,
    reportProofs: outbox.proofs,
    reportServers: outbox.servers,
    reportSighting: sightings.add,
    askToken: tokens.ask,
    askSlice: slices.ask,
    giveBack: slices.giveBack,
    useUrl: redial.useUrl,
  }
}

type GatewayEnd = {
  readonly deps: AttachmentDeps
  readonly contact: Contact
  readonly applier: Applier
  readonly outbox: Outbox
  readonly sightings: SightingBox
  readonly tokens: TokenAsking
  readonly slices: SliceAsking
  readonly send: (frame: FromGateway) => void
  readonly welcomed: (heartbeatMs: number) => void
  isReady: boolean
  identity: { readonly id: string; readonly name: string } | null
}

function carryOut(end: GatewayEnd, frame: ControlFrame): void {
  const { deps, contact, applier, send } = end
  switch (frame.type) {
    case 'welcome':
      deps.log.info({ gateway: frame.gateway.id, name: frame.gateway.name }, 'attached to control')
      end.identity = frame.gateway
      end.welcomed(frame.heartbeatMs)
      return
    case 'snapshot':
      settle(end, applier.snapshot(frame))
      return
    case 'changes':
      settle(end, applier.changes(frame))
      return
    case 'heartbeat':
      end.sightings.answered(frame.n)
      // Control answers after everything that came before; out of step, the answer confirms what we do not have.
      if (applier.isInStep()) contact.answered(frame.n)
      else contact.ignored(frame.n)
      return
    case 'proofs':
      takeProofs(end, frame.items, frame.complete)
      return
    case 'revoked':
      contact.end()
      deps.log.error({}, 'the credential of this gateway was revoked: it admits no call any more')
      deps.onRevoked()
      send({ type: 'goodbye' })
      return
    case 'signing-keys':
      deps.learnSigningKeys(frame)
      return
    case 'token-answer':
      end.tokens.heard(frame)
      return
    case 'audit':
      deps.audit.take(frame)
      return
    case 'peers':
      deps.learnPeers(frame)
      return
    case 'look':
      deps.look(frame)
      return
    case 'slices':
      end.slices.heard(frame)
      return
    case 'records-taken':
      deps.records.taken(frame.boot, frame.upTo)
      return
    case 'boot-ended':
      deps.records.ended(frame.boot)
      return
  }
}

function settle({ applier, send }: GatewayEnd, outcome: Outcome): void {
  const position = applier.position()
  if (outcome === 'resync') send({ type: 'resync' })
  if (outcome === 'applied' && position) send({ type: 'applied', position })
}

function takeProofs(end: GatewayEnd, items: readonly Proof[], isComplete: boolean): void {
  end.deps.learnProofs(items)
  end.outbox.heard(items)
  if (!isComplete) return
  end.outbox.tableComplete()
  if (end.isReady || !end.applier.isInStep()) return
  end.isReady = true
  end.deps.onReady()
}

const peerUrlOf = ({ peerUrl }: AttachmentDeps) => (peerUrl === undefined ? {} : { peerUrl: peerUrl() })

const helloOf = (deps: AttachmentDeps, applier: Applier): FromGateway => ({
  type: 'hello',
  frames: frameVersions,
  software: deps.software,
  boot: deps.boot,
  position: applier.position(),
  era: applier.era(),
  sealingKey: deps.sealingKey,
  publicUrl: deps.publicUrl(),
  ...peerUrlOf(deps),
  audit: { ...deps.audit.held() },
})
