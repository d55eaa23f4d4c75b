import type { RequestListener } from 'node:http'
import { isFresh, type Moment, stalenessOf } from '../fleet/freshness.ts'
import type { Sighting } from '../fleet/schema.ts'
import type { ClientAddress } from '../http/client-address.ts'
import type { Attempts } from '../keys/attempts.ts'
import type { Prover } from '../keys/prove.ts'
import type { KeyRecord } from '../keys/schema.ts'
import type { Log } from '../observe/log.ts'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'
import type { ServerRecord } from '../servers/schema.ts'
import { createAccessLog } from './access-log.ts'
import { createFront } from './app.ts'
import { authenticate, type Caller } from './authenticate.ts'
import { createBackings } from './backing.ts'
import { noticeBrowser } from './browser.ts'
import type { Keyring } from './children/keyring.ts'
import { carryOut } from './duties.ts'
import type { Edge } from './edge.ts'
import type { OpenPool } from './egress.ts'
import { forward } from './forward.ts'
import type { Incoming } from './incoming.ts'
import { aggregate } from './mcp/aggregate/serve.ts'
import { readMessage } from './mcp/message.ts'
import { pass } from './mcp/pass.ts'
import { createSessions } from './mcp/sessions.ts'
import type { BridgeCall } from './mcp/stdio/bridge.ts'
import { transmit } from './mcp/transmit.ts'
import { createUpstreams, type HttpServer, isHttp, type Upstreams } from './mcp/upstreams.ts'
import { me } from './me.ts'
import { metadataOf } from './oauth/metadata.ts'
import { createRate } from './oauth/rate.ts'
import { type TokenEndpointDeps, tokenEndpoint } from './oauth/token.ts'
import { createPins } from './pins.ts'
import { createProofs } from './proving.ts'
import { createSightings } from './sightings.ts'
import type { Snapshot } from './snapshot.ts'
import { createStreams, type Streams } from './streams.ts'
import { subjectOf } from './subject.ts'
import { holderOf } from './target.ts'
import { sessionIdOf } from './upstream-headers.ts'
import { createClients } from './usage/clients.ts'
import { countPassage } from './usage/count.ts'
import type { Served } from './usage/meter.ts'

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
  /** Calls that are served. */
  readonly count: (served: Served) => void
  /** What somebody should hear of at once. */
  readonly report: (sighting: Sighting) => void
  /** Keys with which control signs child tokens. */
  readonly keyring: Keyring
  readonly askToken: TokenEndpointDeps['askToken']
  /** Where clients reach this gateway. */
  readonly publicUrl: () => string
  readonly edge: Edge
  readonly clientAddress: (peer: string | undefined, forwardedFor: string | undefined) => ClientAddress
  readonly newRequestId: () => string
  readonly randomBytes: (size: number) => Uint8Array
  readonly openPool: OpenPool
  readonly openCredential: (server: HttpServer) => Secret | null
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
  readonly streams: Streams
  readonly upstreams: Upstreams
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
  const sessions = createSessions({
    ...deps,
    keysOf: (organization) => snapshot.organization(organization)?.sessionKeys ?? [],
  })
  snapshot.onChange((change) => streams.changed(change))
  const clients = createClients()
  const sightings = createSightings({ ...deps, clientOf: clients.of })
  const pins = createPins({ snapshot, sightings })
  const proofs = createProofs({ ...deps, isFresh: freshFor, sightings })
  const authenticated = authenticate(proofs.prove)
  const subject = subjectOf({
    ...deps,
    ...proofs,
    findKeyById: snapshot.key,
    recordsOf: snapshot.recordsOf,
    backingOf: createBackings(),
    isFresh: freshFor,
    pinned: pins.pinned,
  })
  const openSession = (caller: Caller, server: ServerRecord, call: Incoming): Result<string | null> => {
    const presented = sessionIdOf(call.request.headers)
    if (presented === null) return withoutSession
    const upstreamId = sessions.open(holderOf(caller, server), presented, !isHttp(server))
    return upstreamId === null ? unknownSession : ok(upstreamId)
  }
  const notReady = () => {
    if (deps.isDraining()) return 'draining'
    if (!deps.isFilled() || snapshot.defaultOrganization() === null) return 'waiting for the snapshot'
    return freshFor(null) ? deps.degraded() : 'no contact with control'
  }
  const front = createFront({
    ...deps,
    notReady,
    pass: pass({
      authenticate: authenticated,
      readMessage,
      findServer: snapshot.serverBySlug,
      subjectOf: subject,
      pins,
      count: countPassage({ ...deps, clients }),
      openSession,
      carryOut,
      streams,
      transmit: transmit({
        ...deps,
        upstreamOf: upstreams.of,
        forward: forward(deps),
        sessions,
        clients,
      }),
      now: deps.now,
    }),
    aggregate: aggregate({}),
    me: me({ ...snapshot, authenticate: authenticated, subjectOf: subject, now: deps.now }),
    token: tokenEndpoint({ ...deps, ...proofs, subjectOf: subject, rate: createRate({ now: deps.monotonic }) }),
    metadata: (document) => metadataOf(document, deps.publicUrl()),
    accessLog: createAccessLog(deps),
    noticeBrowser: noticeBrowser({ ...deps, authenticate: authenticate(proofs.proveForNothing) }),
  })
  return { front, streams, upstreams, notReady }
}

const withoutSession: Result<string | null> = ok(null)
const unknownSession = refuse('session_unknown')

/** May this gateway decide about that key now? Without a key: about the default organization's. */
function createFreshness({ snapshot, contact, now, monotonic }: PlaneDeps): (key: KeyRecord | null) => boolean {
  return (key) => {
    const organization = key === null ? snapshot.defaultOrganization() : snapshot.organization(key.organization)
    if (organization === null) return false
    const seconds = stalenessOf(organization.record.maxStalenessSeconds, key?.maxStalenessSeconds ?? null)
    return isFresh(contact(), { monotonic: monotonic(), wall: now() }, seconds)
  }
}
