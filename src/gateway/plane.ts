import type { RequestListener } from 'node:http'
import { rulesFor } from '../access/backing.ts'
import { isFresh, type Moment, stalenessOf } from '../fleet/freshness.ts'
import type { Sighting } from '../fleet/schema.ts'
import type { ClientAddress } from '../http/client-address.ts'
import type { Attempts } from '../keys/attempts.ts'
import type { Prover } from '../keys/prove.ts'
import type { KeyRecord } from '../keys/schema.ts'
import type { Log } from '../observe/log.ts'
import type { ProviderRecord } from '../providers/schema.ts'
import type { Secret } from '../secret.ts'
import type { ServerRecord } from '../servers/schema.ts'
import { createAccessLog } from './access-log.ts'
import { createFront } from './app.ts'
import { authenticate } from './authenticate.ts'
import { createBackings } from './backing.ts'
import { noticeBrowser } from './browser.ts'
import type { Budgets } from './budgets/budgets.ts'
import type { Keyring } from './children/keyring.ts'
import { carryOut } from './duties.ts'
import type { Edge } from './edge.ts'
import type { OpenPool } from './egress.ts'
import { forward } from './forward.ts'
import type { Limits } from './limits/limits.ts'
import { createLlm, type Llm } from './llm/llm.ts'
import type { Pay } from './llm/payment.ts'
import { bySlug } from './mcp/aggregate/by-slug.ts'
import { type AllServers, createAllServers } from './mcp/aggregate/parts.ts'
import { readMessage } from './mcp/message.ts'
import { pass } from './mcp/pass.ts'
import { createSessions, type SessionKey } from './mcp/sessions.ts'
import type { BridgeCall } from './mcp/stdio/bridge.ts'
import { send, transmit } from './mcp/transmit.ts'
import { createUpstreams, type Upstreams } from './mcp/upstreams.ts'
import { me } from './me.ts'
import { type Document, metadataOf } from './oauth/metadata.ts'
import { createRate } from './oauth/rate.ts'
import { type TokenEndpointDeps, tokenEndpoint } from './oauth/token.ts'
import { authenticatingHops, createArrivals, onlyHops, readingHops } from './peers/arrival.ts'
import type { Peers } from './peers/peers.ts'
import { placing } from './peers/place.ts'
import { createPins } from './pins.ts'
import { createProofs } from './proving.ts'
import { createSightings } from './sightings.ts'
import type { HeldOrganization, Snapshot } from './snapshot.ts'
import type { Spool } from './spool/spool.ts'
import { createStreams, type Streams } from './streams.ts'
import { subjectOf } from './subject.ts'
import { createClients } from './usage/clients.ts'
import type { Noting } from './usage/note.ts'
import { createWhoGrants } from './who-grants.ts'

export type PlaneDeps = {
  readonly snapshot: Snapshot
  /** Last contact with control, null before the first. */
  readonly contact: () => Moment | null
  /** Id that control gave; empty before the first contact, when nothing is admitted anyway. */
  readonly gatewayId: () => string
  /** Snapshot and proof table are in. */
  readonly isFilled: () => boolean
  readonly isDraining: () => boolean
  readonly prover: Pick<Prover, 'proveWarm' | 'prove'>
  readonly attempts: Attempts
  readonly limits: Limits
  readonly budgets: Budgets
  readonly spool: Spool
  readonly noting: Noting
  /** What calls to models take; a test plays it. Default: from limits and budgets. */
  readonly pay?: Pay
  /** What somebody should hear of at once. */
  readonly report: (sighting: Sighting) => void
  /** Keys with which control signs child tokens. */
  readonly keyring: Keyring
  readonly askToken: TokenEndpointDeps['askToken']
  /** Where clients reach this gateway. */
  readonly publicUrl: () => string
  readonly edge: Edge
  readonly peers: Peers
  /** Of the listener for other gateways: is that Host its own address? */
  readonly isPeerHost: (host: string | undefined) => boolean
  readonly clientAddress: (peer: string | undefined, forwardedFor: string | undefined) => ClientAddress
  readonly newRequestId: () => string
  /** Our version, as servers are told it. */
  readonly software: string
  readonly randomBytes: (size: number) => Uint8Array
  readonly openPool: OpenPool
  readonly openCredential: (server: ServerRecord) => Secret | null
  readonly openProviderCredential: (provider: ProviderRecord) => Secret | null
  readonly openEnv: (server: ServerRecord) => Readonly<Record<string, string>>
  readonly bridge: (call: BridgeCall) => Promise<void>
  /** No server is waited for longer until its answer begins; default: as long as its record says. */
  readonly longestAnswerMs?: number
  /** Why readiness must be red although this process is well, or null. */
  readonly degraded: () => string | null
  readonly now: () => number
  readonly monotonic: () => number
  readonly log: Log
}

export type Plane = {
  readonly front: RequestListener
  /** The same for other gateways of this machine, and for nobody else. */
  readonly peerFront: RequestListener
  readonly streams: Streams
  readonly upstreams: Upstreams
  readonly allServers: AllServers
  readonly llm: Llm
  /** Null: it would answer calls of its default organization now. */
  readonly notReady: () => string | null
}

/** Open streams look at the clock this often: the bound on how late staleness ends them. */
const streamSweepMs = 250

/** Everything that answers calls, from records in memory. Knows neither where they come from nor who listens. */
export function createPlane(deps: PlaneDeps): Plane {
  const { snapshot } = deps
  const freshFor = createFreshness(deps)
  const streams = createStreams({ ...deps, everyMs: streamSweepMs })
  const upstreams = createUpstreams(deps)
  const keysOf = sessionKeysIn(snapshot)
  const sessions = createSessions({ ...deps, keysOf })
  // Before anybody is asked again, so that he is asked about the servers of now.
  const serversOf = bySlug(snapshot)
  snapshot.onChange((change) => streams.changed(change))
  const clients = createClients()
  const sightings = createSightings({ ...deps, clientOf: clients.of })
  const pins = createPins({ snapshot, sightings })
  const proofs = createProofs({ ...deps, isFresh: freshFor, sightings })
  const authenticated = authenticatingHops(authenticate(proofs.prove))
  const subject = subjectOf({
    ...deps,
    ...proofs,
    findKeyById: snapshot.key,
    recordsOf: snapshot.recordsOf,
    capsOf: snapshot.capsOf,
    backingOf: createBackings(),
    isFresh: freshFor,
    pinned: pins.pinned,
  })
  const notReady = () => {
    if (deps.isDraining()) return 'draining'
    if (!deps.isFilled() || snapshot.defaultOrganization() === null) return 'waiting for the snapshot'
    return freshFor(null) ? (deps.degraded() ?? deps.spool.trouble()) : 'no contact with control'
  }
  const arrive = createArrivals({ ...deps, keysOf })
  const ways = { ...deps, upstreamOf: upstreams.of, forward: forward(deps), sessions, clients }
  const checks = {
    authenticate: authenticated,
    readMessage: readingHops(readMessage),
    findServer: snapshot.serverBySlug,
    subjectOf: subject,
    pins,
    carryOut: carryOut(deps),
    clients,
    streams,
    now: deps.now,
  }
  const allServers = createAllServers({ ...ways, ...snapshot, ...checks, serversOf, send: send(ways) })
  const llm = createLlm({ ...deps, ...checks, forward: ways.forward, clientOf: clients.of })
  const front = {
    ...deps,
    arrive,
    notReady,
    pass: pass({
      ...checks,
      placeOf: placing({ ...deps, sessions }),
      peers: deps.peers,
      transmit: transmit(ways),
    }),
    aggregate: allServers.handle,
    llm: llm.handle,
    me: me({ ...deps, ...snapshot, authenticate: authenticated, subjectOf: subject, now: deps.now }),
    token: tokenEndpoint({ ...deps, ...proofs, subjectOf: subject, rate: createRate({ now: deps.monotonic }) }),
    metadata: (document: Document) => metadataOf(document, deps.publicUrl()),
    accessLog: createAccessLog(deps),
    whoGrants: createWhoGrants({ ...deps, ...snapshot }),
    noticeBrowser: noticeBrowser({ ...deps, authenticate: authenticate(proofs.proveForNothing) }),
  }
  const peerFront = createFront({ ...front, arrive: onlyHops(arrive, deps.isPeerHost) })
  return { front: createFront(front), peerFront, streams, upstreams, allServers, llm, notReady }
}

/** Session keys of an organization, newest first. */
export const sessionKeysIn =
  (snapshot: Pick<Snapshot, 'organization'>) =>
  (organization: string): readonly SessionKey[] =>
    snapshot.organization(organization)?.sessionKeys ?? []

/** As its organization asks for it, of the tiers of its projects; the smallest counts. */
const stalenessIn =
  ({ recordsOf }: Pick<Snapshot, 'recordsOf'>) =>
  ({ record }: HeldOrganization, key: KeyRecord | null): number => {
    const records = key && recordsOf(record.id)
    if (!key || !records) return record.maxStalenessSeconds
    const projects = key.scope.projects.flatMap((id) => records.project(id) ?? [])
    return Math.min(...rulesFor(projects, record.rules).map(({ maxStalenessSeconds }) => maxStalenessSeconds))
  }

/** May this gateway decide about that key now? Without a key: about the default organization's. */
function createFreshness({ snapshot, contact, now, monotonic }: PlaneDeps): (key: KeyRecord | null) => boolean {
  const asked = stalenessIn(snapshot)
  return (key) => {
    const organization = key === null ? snapshot.defaultOrganization() : snapshot.organization(key.organization)
    if (organization === null) return false
    const seconds = stalenessOf(asked(organization, key), key?.maxStalenessSeconds ?? null)
    return isFresh(contact(), { monotonic: monotonic(), wall: now() }, seconds)
  }
}
