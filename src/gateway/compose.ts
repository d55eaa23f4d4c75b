import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { type Config, environment } from '../config.ts'
import { newSealingKeys } from '../credentials/sealing.ts'
import { type Attachment, type AttachmentDeps, createAttachment } from '../fleet/attach.ts'
import { dial, type Trust } from '../fleet/dial.ts'
import { createClientAddress } from '../http/client-address.ts'
import type { LookUp } from '../http/egress/lookup.ts'
import { createListener, type Sharing } from '../http/listen.ts'
import { newRequestId } from '../http/request-id.ts'
import { createAttempts } from '../keys/attempts.ts'
import { createLane, laneWidth } from '../keys/lane.ts'
import { createProver } from '../keys/prove.ts'
import { parseToken } from '../keys/token.ts'
import type { Log } from '../observe/log.ts'
import { redact } from '../observe/redact.ts'
import { refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import { openAuditLog } from './audit/keep.ts'
import { openCaps, type Parts } from './caps.ts'
import { createKeyring } from './children/keyring.ts'
import { createEdge, type Edge } from './edge.ts'
import { createIdentity, type Identity } from './identity.ts'
import { type Gateway, hearNews, running, type State } from './life.ts'
import type { Pay } from './llm/payment.ts'
import { createHealth, type Health, type HealthDeps } from './mcp/health.ts'
import type { Fetch } from './mcp/health-http.ts'
import { createStdioUpstreams, type StdioDeps, type StdioUpstreams } from './mcp/stdio/bridge.ts'
import { wayOut } from './networks.ts'
import { createPeers } from './peers/peers.ts'
import { createReach, openPeerPool } from './peers/reach.ts'
import { createPlane, type Plane, sessionKeysIn } from './plane.ts'
import { createRandomPool } from './random-pool.ts'
import { createSnapshot, type Snapshot } from './snapshot.ts'
import { createUnsealing } from './unsealing.ts'

export type { Gateway } from './life.ts'

export type GatewayWorld = {
  readonly config: Pick<Config, 'gateway' | 'gatewayOrigins' | 'trustedProxies' | 'dataDir'> &
    Partial<Pick<Config, 'gatewayPeerUrl' | 'insecureHttp'>>
  /** Of a gateway of `serve`; default: `embedded`. */
  readonly name?: string
  /** Other processes of `serve` have the same port. Missing or null: it is this one's alone. */
  readonly sharing?: Sharing | null
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
  /** In the place of what counts calls and writes them down, where a test plays one of them. */
  readonly caps?: Partial<Parts>
  /** For looking at servers' health only; calls never pass through it. */
  readonly fetch?: Fetch
  /** Servers on this machine may be called although nobody has listed its addresses: it runs under `serve`. */
  readonly loopback: boolean
  /** What calls to models take; a test plays it. */
  readonly pay?: Pay
  /** Every address of a name; default: what the system says. */
  readonly lookUp?: LookUp
}

/** libuv's default, which Argon2 shares with files and name look-ups. */
const poolThreads = 4

export async function composeGateway(world: GatewayWorld): Promise<Gateway> {
  const { config, monotonic, randomBytes, log } = world
  const keys = newSealingKeys()
  const unsealing = createUnsealing(keys)
  const snapshot = createSnapshot({ openSecrets: unsealing.openSecrets, now: world.now, log })
  const prover = createProver({ lane: createLane({ width: laneWidth(availableParallelism(), poolThreads) }) })
  const identity = createIdentity(dialing(world), () => health.reportAll())
  const egress = wayOut(world, snapshot)
  const stdio = createStdio(world, { ...egress, ...identity })
  const keyring = createKeyring(world)
  const state: State = { isDraining: false, url: config.gateway.publicUrl ?? '' }
  const among = amongGateways(world, identity, snapshot, state)
  const filled = Promise.withResolvers<void>()
  const caps = await openCaps({ ...world, ...auditPlace(world), setTimer }, () => attachment)
  const audit = await openAuditLog({ ...world, ...auditPlace(world), setTimer })
  const attachment = attach(world, {
    ...caps.ends,
    audit,
    connect: identity.connect,
    publicUrl: () => state.url,
    sealingKey: keys.publicKey,
    apply: snapshot.apply,
    replaceAll: snapshot.replaceAll,
    learnProofs: prover.learn,
    knownProofs: prover.table,
    learnSigningKeys: keyring.learn,
    ...among.ends,
    look: (asked) => health.look(asked.server),
    onReady: () => {
      log.info({}, 'the gateway is ready')
      filled.resolve()
    },
    onRevoked: () => plane.streams.cutAll(stale),
  })
  const looks = { ...unsealing, ...identity, ...egress, servers: snapshot.servers, stdio }
  const health: Health = lookAfter(world, { ...looks, report: attachment.reportServers })
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
    ...caps.parts,
    report: attachment.reportSighting,
    keyring,
    askToken: attachment.askToken,
    publicUrl: () => state.url,
    edge: edgeOf(config, identity),
    ...among,
    clientAddress: createClientAddress(config.trustedProxies),
    newRequestId: requestIds(randomBytes),
    software: manifest.version,
    openPool: egress.openPool,
    bridge: stdio.handle,
    ...chosen(world),
  })
  const listener = await listenFor(world, plane.front)
  const parts = { plane, attachment, ...caps.parts, stdio, health, audit, egress, ...among, listener, setTimer }
  hearNews(parts, snapshot, prover)
  return running(parts, state, filled.promise)
}

const chosen = ({ headersMs, degraded = () => null }: GatewayWorld) => ({
  ...(headersMs === undefined ? {} : { longestAnswerMs: headersMs }),
  degraded,
})

function requestIds(randomBytes: GatewayWorld['randomBytes']): () => string {
  const pooled = createRandomPool(randomBytes)
  return () => newRequestId(pooled)
}

const listenFor = ({ config, sharing = null, randomBytes, log }: GatewayWorld, front: RequestListener) =>
  createListener({ ...config.gateway, sharing }, front, { setting: 'OSTIARY_GATEWAY', randomBytes, log })

function amongGateways(world: GatewayWorld, { gatewayId }: Identity, snapshot: Snapshot, state: State) {
  const reach = createReach(world, () => state)
  const peers = createPeers({
    ...world,
    gatewayId,
    ownUrl: reach.url,
    keysOf: sessionKeysIn(snapshot),
    openPool: openPeerPool,
    mayUseHttp: world.config.insecureHttp ?? false,
  })
  return { peers, reach, isPeerHost: reach.isOwnHost, ends: { peerUrl: reach.url, learnPeers: peers.learn } }
}

/** Gateways of `serve` have a token for each start; by that of any other its folder can be told from theirs. */
function auditPlace({ config, feed, name = 'embedded' }: GatewayWorld): { dataDir: string; gateway: string } {
  const token = parseToken(feed.token.reveal())
  return { dataDir: config.dataDir, gateway: token?.kind === 'g' ? `gwy_${token.id16}` : name }
}

const edgeOf = (
  { gateway: listener, gatewayOrigins: origins }: GatewayWorld['config'],
  { gatewayId }: Identity,
): Edge => createEdge({ listener, origins, gatewayId })

const dialing =
  ({ feed }: GatewayWorld): AttachmentDeps['connect'] =>
  (url, token) =>
    dial(url, token, feed.trust)

type Ends = Omit<AttachmentDeps, 'url' | 'token' | 'now' | 'monotonic' | 'random' | 'setTimer' | 'software' | 'log'>

function attach({ feed, now, monotonic, randomBytes, log }: GatewayWorld, ends: Ends): Attachment {
  return createAttachment({
    ...feed,
    ...ends,
    now,
    monotonic,
    random: () => randomOf({ randomBytes }),
    setTimer,
    software: manifest.version,
    log: {
      info: (fields, message) => log.info({ ...fields }, message),
      warn: (fields, message) => log.warn({ ...fields }, message),
      error: (fields, message) => log.error({ ...fields }, message),
    },
  })
}

type Looks = Pick<HealthDeps, 'servers' | 'openCredential' | 'openEnv' | 'stdio' | 'report' | 'gatewayId' | 'fetchFor'>

const lookAfter = (world: GatewayWorld, looks: Looks): Health =>
  createHealth({
    ...looks,
    redact,
    random: () => randomOf(world),
    setTimer,
    software: manifest.version,
    log: world.log,
  })

function createStdio(
  { config, now, randomBytes, log }: GatewayWorld,
  { openPool, gatewayId }: Pick<StdioDeps, 'openPool' | 'gatewayId'>,
): StdioUpstreams {
  return createStdioUpstreams({
    openPool,
    gatewayId,
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

const randomOf = ({ randomBytes }: Pick<GatewayWorld, 'randomBytes'>): number =>
  Buffer.from(randomBytes(4)).readUInt32BE() / 2 ** 32

const setTimer = (ms: number, run: () => void): (() => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

const stale = refuse('gateway_stale', { retryAfterSeconds: 1 }).problem
