import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { Pool } from 'undici'
import manifest from '../../package.json' with { type: 'json' }
import { type Config, environment } from '../config.ts'
import { newSealingKeys } from '../credentials/sealing.ts'
import { type Attachment, type AttachmentDeps, createAttachment } from '../fleet/attach.ts'
import { dial, type Trust } from '../fleet/dial.ts'
import { createClientAddress } from '../http/client-address.ts'
import { createListener, type Listener } from '../http/listen.ts'
import { newRequestId } from '../http/request-id.ts'
import { createAttempts } from '../keys/attempts.ts'
import { createLane, laneWidth } from '../keys/lane.ts'
import { createProver, type Prover } from '../keys/prove.ts'
import { newId, parseToken } from '../keys/token.ts'
import type { Log } from '../observe/log.ts'
import { redact } from '../observe/redact.ts'
import { refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { type AuditLog, openAuditLog } from './audit/keep.ts'
import { createKeyring } from './children/keyring.ts'
import { watchDepartures } from './departures.ts'
import { createEdge, type Edge } from './edge.ts'
import { forgetProofs } from './forgotten-proofs.ts'
import { createIdentity, type Identity } from './identity.ts'
import { createHealth, type Health, type HealthDeps } from './mcp/health.ts'
import { createStdioUpstreams, type StdioUpstreams } from './mcp/stdio/bridge.ts'
import { createPeers } from './peers/peers.ts'
import { createPlane, type Plane } from './plane.ts'
import { createRandomPool } from './random-pool.ts'
import { createSnapshot, type Snapshot } from './snapshot.ts'
import { createUnsealing } from './unsealing.ts'
import { createCounting } from './usage/reports.ts'

export type GatewayWorld = {
  readonly config: Pick<Config, 'gateway' | 'gatewayOrigins' | 'trustedProxies' | 'dataDir'>
  /** `trust`: reads the certificate file of a control on this machine; without it public authorities count. */
  readonly feed: { readonly url: string; readonly token: Secret; readonly trust?: Trust }
  readonly now: () => number
  readonly monotonic: () => number
  readonly randomBytes: (size: number) => Uint8Array
  readonly log: Log
  /** Why readiness must be red although this process is well, or null. */
  readonly degraded?: () => string | null
  /** No server is waited for longer until its answer begins; default: as long as its record says. */
  readonly headersMs?: number
  /** For looking at servers' health only; calls never pass through it. */
  readonly fetch?: HealthDeps['fetch']
}

export type Gateway = {
  readonly listen: () => Promise<{ url: string }>
  /** It would answer calls of its default organization now. */
  readonly ready: () => boolean
  readonly drain: (seconds: number) => Promise<void>
  readonly updateFeed: (feed: { readonly url: string }) => void
}

const connectMs = 5000
const filledWithinMs = 1500
/** Below the 5 s after which node's own servers close idle connections without saying so. */
const idleConnectionMs = 4000
/** libuv's default, which Argon2 shares with files and name look-ups. */
const poolThreads = 4

export async function composeGateway(world: GatewayWorld): Promise<Gateway> {
  const { config, monotonic, randomBytes, log } = world
  const keys = newSealingKeys()
  const unsealing = createUnsealing(keys)
  const snapshot = createSnapshot({ openSecrets: unsealing.openSecrets, now: world.now, log })
  const prover = createProver({ lane: createLane({ width: laneWidth(availableParallelism(), poolThreads) }) })
  const identity = createIdentity(dialing(world), () => health.reportAll())
  const stdio = createStdio(world)
  const keyring = createKeyring(world)
  const peers = createPeers()
  const pooled = createRandomPool(randomBytes)
  const filled = Promise.withResolvers<void>()
  const state: State = { isDraining: false, url: config.gateway.publicUrl ?? '' }
  const counting = createCounting({ ...world, setTimer })
  const audit = await openAuditLog({ ...world, ...auditPlace(world), setTimer })
  const attachment = attach(world, {
    usage: counting.reports,
    audit,
    connect: identity.connect,
    publicUrl: () => state.url,
    sealingKey: keys.publicKey,
    apply: snapshot.apply,
    replaceAll: snapshot.replaceAll,
    learnProofs: prover.learn,
    knownProofs: prover.table,
    learnSigningKeys: keyring.learn,
    learnPeers: peers.learn,
    look: (asked) => health.look(asked.server),
    onReady: () => {
      log.info({}, 'the gateway is ready')
      filled.resolve()
    },
    onRevoked: () => plane.streams.cutAll(stale),
  })
  const looks = { ...unsealing, ...identity, servers: snapshot.servers, stdio, report: attachment.reportServers }
  const health: Health = lookAfter(world, looks)
  const plane: Plane = createPlane({
    ...world,
    ...unsealing,
    snapshot,
    contact: attachment.contact,
    gatewayId: identity.gatewayId,
    isFilled: attachment.isReady,
    isDraining: () => state.isDraining,
    prover,
    attempts: createAttempts({ now: monotonic }),
    count: counting.count,
    report: attachment.reportSighting,
    keyring,
    askToken: attachment.askToken,
    publicUrl: () => state.url,
    edge: edgeOf(config, identity),
    clientAddress: createClientAddress(config.trustedProxies),
    newRequestId: () => newRequestId(pooled),
    openPool,
    bridge: stdio.handle,
    ...(world.headersMs === undefined ? {} : { longestAnswerMs: world.headersMs }),
    degraded: world.degraded ?? (() => null),
  })
  const parts = { plane, attachment, stdio, health, audit }
  hearNews(parts, snapshot, prover)
  const listener = await createListener(config.gateway, plane.front, { setting: 'OSTIARY_GATEWAY', randomBytes, log })
  return running(parts, listener, state, filled.promise)
}

type State = { isDraining: boolean; url: string }

function running(parts: Parts, listener: Listener, state: State, filled: Promise<void>): Gateway {
  const { plane, attachment } = parts
  return {
    listen: async () => {
      // Filled first: whoever connects the moment we listen is answered. Not for long, so that /readyz can say why.
      attachment.start()
      await Promise.race([filled, new Promise<void>((go) => setTimer(filledWithinMs, go))])
      const bound = await listener.listen()
      state.url ||= bound.url
      return bound
    },
    ready: () => plane.notReady() === null,
    drain: async (seconds) => {
      state.isDraining = true
      await drain(parts, listener, seconds)
    },
    updateFeed: (feed) => attachment.useUrl(feed.url),
  }
}

/** Gateways of `serve` have a token for each start; by that of any other its folder can be told from theirs. */
function auditPlace({ config, feed }: GatewayWorld): { dataDir: string; gateway: string } {
  const token = parseToken(feed.token.reveal())
  return { dataDir: config.dataDir, gateway: token?.kind === 'g' ? `gwy_${token.id16}` : 'embedded' }
}

const edgeOf = (
  { gateway: listener, gatewayOrigins: origins }: GatewayWorld['config'],
  { gatewayId }: Identity,
): Edge => createEdge({ listener, origins, gatewayId })

const dialing =
  ({ feed }: GatewayWorld): AttachmentDeps['connect'] =>
  (url, token) =>
    dial(url, token, feed.trust)

type Ends = Omit<
  AttachmentDeps,
  'url' | 'token' | 'now' | 'monotonic' | 'random' | 'setTimer' | 'software' | 'boot' | 'log'
>

function attach({ feed, now, monotonic, randomBytes, log }: GatewayWorld, ends: Ends): Attachment {
  return createAttachment({
    ...feed,
    ...ends,
    now,
    monotonic,
    random: () => randomOf({ randomBytes }),
    setTimer,
    software: manifest.version,
    boot: newId('boot', randomBytes),
    log: {
      info: (fields, message) => log.info({ ...fields }, message),
      warn: (fields, message) => log.warn({ ...fields }, message),
      error: (fields, message) => log.error({ ...fields }, message),
    },
  })
}

type Looks = Pick<HealthDeps, 'servers' | 'openCredential' | 'openEnv' | 'stdio' | 'report' | 'gatewayId'>

const lookAfter = (world: GatewayWorld, looks: Looks): Health =>
  createHealth({
    ...looks,
    fetch: world.fetch ?? fetch,
    redact,
    random: () => randomOf(world),
    setTimer,
    software: manifest.version,
    log: world.log,
  })

function createStdio({ config, now, randomBytes, log }: GatewayWorld): StdioUpstreams {
  return createStdioUpstreams({
    spawn: (command, args, options) => spawn(command, [...args], options),
    environment: environment(),
    workingDirectory: stdioDirectory(config.dataDir),
    software: manifest.version,
    redact,
    now,
    randomBytes,
    log,
  })
}

/** A folder of their own: a file server started with `.` must not serve the database and the master key. */
function stdioDirectory(dataDir: string): string {
  const directory = path.join(dataDir, 'stdio')
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return directory
}

/** Unbounded: with a bound, that many open streams would block every call to the server. */
const openPool = (origin: string): Pool =>
  new Pool(origin, {
    connections: null,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: idleConnectionMs,
    connect: { timeout: connectMs, keepAlive: true, keepAliveInitialDelay: 30_000 },
  })

const randomOf = ({ randomBytes }: Pick<GatewayWorld, 'randomBytes'>): number =>
  Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32

const setTimer = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

const draining = refuse('draining', { retryAfterSeconds: 1 }).problem
const stale = refuse('gateway_stale', { retryAfterSeconds: 1 }).problem

type Parts = {
  readonly plane: Plane
  readonly attachment: Attachment
  readonly stdio: StdioUpstreams
  readonly health: Health
  readonly audit: AuditLog
}

/** What a change means beyond the records themselves. */
function hearNews({ plane, attachment, stdio, health }: Parts, snapshot: Snapshot, prover: Prover): void {
  prover.onProved((proof) => attachment.reportProofs([proof]))
  forgetProofs(snapshot, prover)
  snapshot.onChange((change) => {
    if (change.kind === 'server' || change.kind === 'all') health.changed()
  })
  watchDepartures(snapshot, (serverId) => {
    plane.upstreams.drop(serverId)
    stdio.drop(serverId)
  })
}

/** Time for the goodbyes of what is cut at the end, and for handing over what control does not know yet. */
const goodbyeMs = 300
const handoverMs = 500

async function drain(
  { plane, attachment, stdio, health, audit }: Parts,
  listener: Listener,
  seconds: number,
): Promise<void> {
  // Calls are waited for. A stream would never end by itself, and its client opens it again elsewhere.
  plane.streams.endStreams(draining)
  health.stop()
  const stopTimer = setTimer(seconds * 1000, () => plane.streams.cutAll(draining))
  await listener.drain(seconds + goodbyeMs / 1000)
  stopTimer()
  // The feed to the last: without it running calls would have become stale.
  const handover = Promise.allSettled([attachment.stop().then(audit.settled), stdio.stop(), plane.upstreams.close()])
  await Promise.race([handover, new Promise((resolve) => setTimer(handoverMs, () => resolve(null)))])
}
