import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { vi } from 'vitest'
import { type WebSocket, WebSocketServer } from 'ws'
import { admits } from '../src/access/choice.ts'
import { seal } from '../src/audit/store.ts'
import { createSealer, newSealingKeys, type SealingKeys } from '../src/credentials/sealing.ts'
import type { Database } from '../src/db/database.ts'
import { createSequencer, type Sequencer } from '../src/db/sequencer.ts'
import { type Attachment, type AttachmentDeps, createAttachment } from '../src/fleet/attach.ts'
import { dial } from '../src/fleet/dial.ts'
import { createFeed, type Feed, type FeedDeps } from '../src/fleet/feed.ts'
import { createProofTable } from '../src/fleet/proofs.ts'
import type { AttachedGateway } from '../src/fleet/roster.ts'
import type { FleetRecord, FromControl, Proof, ServerReport, Sighting } from '../src/fleet/schema.ts'
import { Secret } from '../src/secret.ts'
import { readers, snapshotOf } from './feed-store.ts'
import { silent } from './stores.ts'

/** Both ends of the feed over a real WebSocket and a real store; time stands still until a test moves it. */

/** Resolves when it holds; fails the test after ten seconds. */
export const until = (isTrue: () => boolean): Promise<unknown> => vi.waitUntil(isTrue, { interval: 2, timeout: 10_000 })

export type Clock = ReturnType<typeof createClock>

/** A machine's two clocks and its timers. */
export function createClock() {
  let [monotonic, wall] = [1_000_000, Date.UTC(2026, 10, 21)]
  const timers = new Set<{ at: number; run: () => void }>()
  const runDue = (upTo: number): void => {
    for (;;) {
      const [next] = [...timers].filter(({ at }) => at <= upTo).sort((one, other) => one.at - other.at)
      if (!next) return
      timers.delete(next)
      wall += Math.max(0, next.at - monotonic)
      monotonic = Math.max(monotonic, next.at)
      next.run()
    }
  }
  return {
    now: () => wall,
    monotonic: () => monotonic,
    setTimer: (ms: number, run: () => void) => {
      const timer = { at: monotonic + ms, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance: (ms: number) => {
      const end = monotonic + ms
      runDue(end)
      wall += end - monotonic
      monotonic = end
    },
    /** The machine slept, or somebody set its clock. */
    shiftWall: (ms: number) => {
      wall += ms
    },
  }
}

export type Control = {
  readonly feed: Feed
  readonly url: string
  readonly sequencer: Sequencer
  readonly proofs: FeedDeps['proofs']
  readonly reports: ServerReport[]
  readonly sightings: Sighting[]
  readonly sockets: Set<WebSocket>
  /** As `kill -9` does it: no close frame, no goodbye. */
  readonly kill: () => Promise<void>
}
export type ControlOptions = {
  readonly clock: Clock
  readonly gateways: ReadonlyMap<string, AttachedGateway>
  readonly more?: Partial<FeedDeps>
}

export async function startControl(database: Database, { clock, gateways, more }: ControlOptions): Promise<Control> {
  const sequencer = createSequencer({ database, seal, log: silent })
  sequencer.start()
  const [proofs, reports, sightings] = [createProofTable(), [] as ServerReport[], [] as Sighting[]]
  const feed = createFeed({
    database,
    sequencer,
    readers,
    snapshotOf,
    proofs,
    audit: { onCommit: database.onCommit, admits },
    sealerFor: createSealer,
    knownBefore: () => Promise.resolve([]),
    maxStalenessSeconds: () => Promise.resolve(60),
    ...clock,
    storeNow: clock.now,
    era: () => 1,
    onServers: (_gateway, items) => void reports.push(...items),
    onSightings: (_gateway, items) => void sightings.push(...items),
    takeRecords: () => Promise.resolve(true),
    closeBoot: () => Promise.resolve(),
    grantSlices: () => Promise.resolve([]),
    takeBack: () => Promise.resolve(),
    seatsHeld: () => Promise.resolve(),
    holderEnded: () => Promise.resolve(),
    gatewayEnded: () => Promise.resolve(),
    holdersSeen: () => Promise.resolve(),
    onSeen: () => {},
    answerToken: () => Promise.resolve({ ok: false, code: 'busy', detail: '', retryAfterSeconds: null }),
    signing: { turn: () => '1', keys: () => ({ issuer: 'https://control.example', keys: [] }) },
    broadcast: () => {},
    log: silent,
    ...more,
  })
  const server = createServer()
  const upgrades = new WebSocketServer({ noServer: true })
  const sockets = new Set<WebSocket>()
  server.on('upgrade', (request, socket, head) => {
    const gateway = gateways.get(request.headers.authorization ?? '')
    if (!gateway) return void socket.end('HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
    upgrades.handleUpgrade(request, socket, head, (attached) => {
      sockets.add(attached)
      feed.accept(attached, gateway)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const kill = async (): Promise<void> => {
    feed.close()
    for (const socket of sockets) socket.terminate()
    await sequencer.stop()
    await new Promise((resolve) => server.close(resolve))
  }
  return { feed, url: `http://127.0.0.1:${port}`, sequencer, proofs, reports, sightings, sockets, kill }
}

export type Gateway = {
  readonly attachment: Attachment
  readonly keys: SealingKeys
  readonly held: Map<string, FleetRecord>
  readonly proofs: Map<string, Proof>
  readonly seen: { ready: number; snapshots: number; ranges: number; revoked: number }
  readonly stateOf: (keyId: string) => string | undefined
}

export function startGateway(url: string, token: string, clock: Clock, more: Partial<AttachmentDeps> = {}): Gateway {
  const [keys, held, proofs] = [newSealingKeys(), new Map<string, FleetRecord>(), new Map<string, Proof>()]
  const seen = { ready: 0, snapshots: 0, ranges: 0, revoked: 0 }
  const hold = (records: readonly FleetRecord[]): void => {
    for (const record of records) {
      const known = held.get(record.id)
      if (!known || record.revision > known.revision) held.set(record.id, record)
    }
  }
  const attachment = createAttachment({
    url,
    token: new Secret(token),
    connect: dial,
    learnPeers: () => {},
    heldSeats: () => [],
    look: () => {},
    audit: { held: () => ({}), take: () => {}, attached: () => {} },
    records: { attached: () => {}, detached: () => {}, taken: () => {}, ended: () => {}, flush: () => {} },
    ...clock,
    random: () => 0,
    software: '0.0.0',
    boot: randomBytes(6).toString('hex'),
    publicUrl: () => 'http://gateway.test',
    sealingKey: keys.publicKey,
    apply: (records) => {
      seen.ranges += 1
      hold(records)
    },
    replaceAll: () => {
      const next: FleetRecord[] = []
      return {
        add: (records) => void next.push(...records),
        commit: () => {
          seen.snapshots += 1
          held.clear()
          hold(next)
        },
      }
    },
    learnProofs: (items) => {
      for (const item of items) proofs.set(`${item.key} ${item.version}`, item)
    },
    knownProofs: () => proofs.values(),
    learnSigningKeys: () => {},
    onReady: () => {
      seen.ready += 1
    },
    onRevoked: () => {
      seen.revoked += 1
    },
    log: silent,
    ...more,
  })
  attachment.start()
  const stateOf = (id: string): string | undefined => {
    const record = held.get(id)
    return record?.kind === 'key' ? record.state : record?.kind
  }
  return { attachment, keys, held, proofs, seen, stateOf }
}

type Connect = AttachmentDeps['connect']

/** Sees every frame that control sends. */
export const listening =
  (frames: string[]): Connect =>
  (url, token) => {
    const socket = dial(url, token)
    socket.on('message', (data) => frames.push(String(data)))
    return socket
  }

/** A network that changes what control sends; null swallows the frame. */
export const rewriting =
  (rewrite: (frame: FromControl) => FromControl | null): Connect =>
  (url, token) => {
    const socket = dial(url, token)
    const emit = socket.emit.bind(socket)
    socket.emit = (name: string | symbol, ...rest: unknown[]): boolean => {
      if (name !== 'message') return emit(name, ...rest)
      const frame = rewrite(JSON.parse(String(rest[0])))
      return frame === null || emit('message', Buffer.from(JSON.stringify(frame)), false)
    }
    return socket
  }

export const noting =
  (note: () => void): Connect =>
  (url, token) => {
    note()
    return dial(url, token)
  }

/** Moves the clock until it is done: for what waits for a timer at its end. */
export async function drive(done: Promise<unknown>, clock: Clock): Promise<void> {
  let isDone = false
  done.finally(() => {
    isDone = true
  })
  await until(() => {
    clock.advance(50)
    return isDone
  })
}
