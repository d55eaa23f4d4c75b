import type { Log } from '../../../observe/log.ts'
import type { Secret } from '../../../secret.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import type { OpenPool } from '../../egress.ts'
import { openOwnSession } from '../sse/open-session.ts'
import { probeConnection } from '../sse/probe.ts'
import { startConnection } from '../sse/start.ts'
import { sendJson } from './answer.ts'
import type { BridgeCall } from './call.ts'
import type { Spawn } from './child.ts'
import type { Link } from './link.ts'
import { errorText, modernVersionOf, readMessage } from './message.ts'
import { modernCall } from './modern-call.ts'
import { createPool, type Pool, type Started, type Wanted } from './pool.ts'
import { type Probe, probeUpstream } from './probe.ts'
import { childSpecOf, connectionSpecOf, createFingerprints, isSse, type Recipe } from './recipes.ts'
import { closeSession, inSession, openSession, openStream, sendNoSession } from './session-call.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { startUpstream } from './start.ts'
import type { Profile } from './versions.ts'

export type { BridgeAnswer } from './answer.ts'
export type { BridgeCall } from './call.ts'
export type { Probe } from './probe.ts'

export const stdioLimits = {
  children: { total: 32, perServer: 8, perKey: 24 },
  /** Of HTTP+SSE: each session has one, and costs a socket instead of a process. */
  connections: { total: 1000, perServer: 500, perKey: 100 },
  sessionsPerKey: 100,
  lineBytes: 16 * 1024 * 1024,
  /** Long, because `npx` may have to fetch the server first. */
  startMs: 60_000,
  eraProbeMs: 10_000,
  /** For an answer to a look of ours over HTTP+SSE. */
  lookMs: 10_000,
  idleMs: 10 * 60_000,
  absoluteMs: 24 * 3_600_000,
  sessionIdleMs: 30 * 60_000,
  turnWaitMs: 1500,
  retryAfterMs: 1000,
  eraMs: 10 * 60_000,
  sweepMs: 30_000,
}

export type StdioDeps = {
  readonly spawn: Spawn
  /** For HTTP+SSE. */
  readonly openPool: OpenPool
  readonly gatewayId: () => string
  readonly now: () => number
  readonly randomBytes: (size: number) => Uint8Array
  readonly log: Log
  readonly redact: (text: string) => string
  /** Environment of this process, of which a child sees HOME, PATH and the like. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly workingDirectory: string
  /** Our own version, said to servers. */
  readonly software: string
  readonly limits?: Partial<typeof stdioLimits>
}
export type StdioUpstreams = {
  /** Resolves when the answer is over, for a stream when it ends. */
  readonly handle: (call: BridgeCall) => Promise<void>
  /** One look at a server: through the child that its clients use, or a connection that is closed afterwards. */
  readonly probe: (
    server: ServerRecord,
    env: Readonly<Record<string, string>>,
    credential?: Secret | null,
  ) => Promise<Probe>
  /** Told when a child or a connection ended by itself. */
  readonly onCrash: (listener: (serverId: string, why: string) => void) => () => void
  /** Ends what belongs to a server that is no more. A changed one restarts by itself at its next call. */
  readonly drop: (serverId: string) => void
  /** Ends the sessions of keys that are no more, with the calls that go on without their client. */
  readonly endOfKeys: (isOver: (keyId: string) => boolean) => void
  /** What the timer does: ends what is idle or too old. */
  readonly sweep: () => void
  readonly counts: () => { readonly children: number; readonly connections: number; readonly sessions: number }
  readonly stop: () => Promise<void>
}

type Whose = { readonly subject: string | null; readonly keyId: string | null }
type Parts = {
  readonly sessions: Sessions
  readonly fingerprintOf: (recipe: Recipe) => string
  readonly acquire: (recipe: Recipe, whose: Whose, profile: Profile) => Promise<Started>
}
type Pools = { readonly children: Pool; readonly connections: Pool }

export const createStdioUpstreams = (deps: StdioDeps): StdioUpstreams => {
  const limits = { ...stdioLimits, ...deps.limits }
  const listeners = new Set<(serverId: string, why: string) => void>()
  const sessions = createSessions({ ...deps, idleMs: limits.sessionIdleMs, perKey: limits.sessionsPerKey })
  const fingerprintOf = createFingerprints()
  /** How to start what a fingerprint names; the pools themselves never see a secret. */
  const recipes = new Map<string, Recipe>()
  const onCrash = (server: ServerRecord, why: string) => {
    deps.log.warn({ serverId: server.id, server: server.slug, why }, 'a server ended by itself')
    for (const listener of listeners) listener(server.id, why)
  }
  const { children, connections } = createPools(deps, limits, sessions, recipes, onCrash)
  const parts: Parts = {
    sessions,
    fingerprintOf,
    acquire: (recipe, whose, profile) => {
      const { server } = recipe
      recipes.set(server.id, recipe)
      const wanted = { ...whose, serverId: server.id, fingerprint: fingerprintOf(recipe), profile }
      return (profile === 'own' ? connections : children).acquire(wanted)
    },
  }
  const sweep = () => {
    sessions.sweep()
    children.sweep()
    connections.sweep()
  }
  const timer = setInterval(sweep, limits.sweepMs).unref()
  return {
    handle: (call) => handle(parts, call),
    probe: (server, env, credential = null) => {
      const acquire = (profile: Profile) => parts.acquire({ server, env, credential }, ours, profile)
      if (isSse(server)) return probeConnection(() => acquire('own'), limits.lookMs, deps.software)
      return probeUpstream(acquire, limits.startMs)
    },
    onCrash: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    drop: (serverId) => {
      recipes.delete(serverId)
      children.drop(serverId)
      connections.drop(serverId)
    },
    endOfKeys: sessions.endOfKeys,
    sweep,
    counts: () => ({ children: children.size(), connections: connections.size(), sessions: sessions.count() }),
    stop: async () => {
      clearInterval(timer)
      await Promise.all([children.stop(), connections.stop()])
    },
  }
}

/** Nobody's: looks of the gateway itself. */
const ours: Whose = { subject: null, keyId: null }

function createPools(
  deps: StdioDeps,
  limits: typeof stdioLimits,
  sessions: Sessions,
  recipes: ReadonlyMap<string, Recipe>,
  onCrash: (server: ServerRecord, why: string) => void,
): Pools {
  const ends = (server: ServerRecord, onGone: () => void) => ({
    lineCapBytes: limits.lineBytes,
    onCrash: (why: string) => onCrash(server, why),
    onGone: (link: Link) => {
      onGone()
      link.end()
      sessions.endOf(link)
    },
  })
  const children = createPool({
    ...limits,
    now: deps.now,
    caps: limits.children,
    start: (wanted, onGone) => {
      const recipe = recipeOf(recipes, wanted)
      const own = ends(recipe.server, onGone)
      return startUpstream({ ...deps, ...limits, ...own }, childSpecOf(recipe), wanted.profile)
    },
  })
  const connections = createPool({
    ...limits,
    now: deps.now,
    caps: limits.connections,
    start: (wanted, onGone) => {
      const recipe = recipeOf(recipes, wanted)
      return startConnection({ ...deps, ...limits, ...ends(recipe.server, onGone) }, connectionSpecOf(recipe))
    },
  })
  return { children, connections }
}

const recipeOf = (recipes: ReadonlyMap<string, Recipe>, wanted: Wanted): Recipe => {
  const recipe = recipes.get(wanted.serverId)
  if (recipe === undefined) throw new Error('A server was wanted that was never named')
  return recipe
}

const handle = async (parts: Parts, call: BridgeCall): Promise<void> => {
  const { holder, keyId, server, subject } = call
  const owner = { holder, keyId, serverId: server.id, subject, fingerprint: parts.fingerprintOf(call) }
  const session = call.sessionId === null ? null : parts.sessions.find(call.sessionId, owner)
  if (call.method !== 'POST') {
    if (session === null) return sendNoSession(call, null)
    return call.method === 'GET' ? openStream(call, session) : closeSession(call, session, parts.sessions)
  }
  const message = readMessage(call.message)
  if (message === null) return sendJson(call.response, 400, errorText(null, -32600, 'Invalid Request'))
  const acquire = (profile: Profile) => parts.acquire(call, call, profile)
  const version = modernVersionOf(message)
  if (version !== null && message.kind !== 'response') {
    return modernCall(call, message, version, () => (isSse(server) ? legacyOnly : acquire('modern')))
  }
  if (message.kind === 'request' && message.method === 'initialize') {
    if (isSse(server)) return openOwnSession(call, message, owner, parts.sessions, () => acquire('own'))
    return openSession(call, message, owner, parts.sessions, acquire)
  }
  return session === null ? sendNoSession(call, message) : inSession(call, message, session)
}

/** HTTP+SSE was gone before there was an era without `initialize`. */
const legacyOnly: Promise<Started> = Promise.resolve({ ok: false, failure: { kind: 'wrong-era' } })
