import { createHash } from 'node:crypto'
import type { Log } from '../../../observe/log.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import { sendJson } from './answer.ts'
import type { BridgeCall } from './call.ts'
import type { Spawn } from './child.ts'
import type { Link } from './link.ts'
import { errorText, isMembers, modernVersionOf, readMessage } from './message.ts'
import { modernCall } from './modern-call.ts'
import { createPool, type Pool, type Wanted } from './pool.ts'
import { type Probe, probeUpstream } from './probe.ts'
import { closeSession, inSession, openSession, openStream, sendNoSession } from './session-call.ts'
import { createSessions, type Sessions } from './sessions.ts'
import { startUpstream } from './start.ts'
import type { Profile } from './versions.ts'

export type { BridgeAnswer } from './answer.ts'
export type { BridgeCall } from './call.ts'
export type { Probe } from './probe.ts'

export const stdioLimits = {
  children: 32,
  sessionsPerKey: 100,
  lineBytes: 16 * 1024 * 1024,
  /** Long, because `npx` may have to fetch the server first. */
  startMs: 60_000,
  eraProbeMs: 10_000,
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
  /** One look at a server through the child that its clients use. */
  readonly probe: (server: ServerRecord, env: Readonly<Record<string, string>>) => Promise<Probe>
  /** Told when a child ended by itself. */
  readonly onCrash: (listener: (serverId: string, why: string) => void) => () => void
  /** Ends the children and sessions of a server that is no more. A changed one restarts by itself at its next call. */
  readonly drop: (serverId: string) => void
  /** What the timer does: ends what is idle or too old. */
  readonly sweep: () => void
  readonly counts: () => { readonly children: number; readonly sessions: number }
  readonly stop: () => Promise<void>
}

type Parts = {
  readonly sessions: Sessions
  readonly fingerprintOf: typeof fingerprintOf
  readonly acquire: (
    server: ServerRecord,
    env: Readonly<Record<string, string>>,
    subject: string | null,
    profile: Profile,
  ) => ReturnType<Pool['acquire']>
}

export const createStdioUpstreams = (deps: StdioDeps): StdioUpstreams => {
  const limits = { ...stdioLimits, ...deps.limits }
  const listeners = new Set<(serverId: string, why: string) => void>()
  const sessions = createSessions({ ...deps, idleMs: limits.sessionIdleMs, perKey: limits.sessionsPerKey })
  const fingerprint = rememberFingerprints()
  /** How to start what a fingerprint names; the pool itself never sees a secret. */
  const recipes = new Map<string, { server: ServerRecord; env: Readonly<Record<string, string>> }>()
  const onCrash = (server: ServerRecord, why: string) => {
    deps.log.warn({ serverId: server.id, server: server.slug, why }, 'stdio server ended by itself')
    for (const listener of listeners) listener(server.id, why)
  }
  const pool = createPool({
    ...limits,
    now: deps.now,
    start: (wanted, onGone) => {
      const { server, env } = recipeOf(recipes, wanted)
      const ended = (link: Link) => {
        onGone()
        link.end()
        sessions.endOf(link)
      }
      const own = { onCrash: (why: string) => onCrash(server, why), onGone: ended, lineCapBytes: limits.lineBytes }
      return startUpstream({ ...deps, ...limits, ...own }, specOf(server, env), wanted.profile)
    },
  })
  const parts: Parts = {
    sessions,
    fingerprintOf: fingerprint,
    acquire: (server, env, subject, profile) => {
      recipes.set(server.id, { server, env })
      return pool.acquire({ serverId: server.id, fingerprint: fingerprint(server, env), subject, profile })
    },
  }
  const sweep = () => {
    sessions.sweep()
    pool.sweep()
  }
  const timer = setInterval(sweep, limits.sweepMs).unref()
  return {
    handle: (call) => handle(parts, call),
    probe: (server, env) => probeUpstream((profile) => parts.acquire(server, env, null, profile), limits.startMs),
    onCrash: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    drop: (serverId) => {
      recipes.delete(serverId)
      pool.drop(serverId)
    },
    sweep,
    counts: () => ({ children: pool.size(), sessions: sessions.count() }),
    stop: () => {
      clearInterval(timer)
      return pool.stop()
    },
  }
}

const handle = async (parts: Parts, call: BridgeCall): Promise<void> => {
  const fingerprint = parts.fingerprintOf(call.server, call.env)
  const { holder, keyId } = call
  const owner = { holder, keyId, serverId: call.server.id, subject: call.subject, fingerprint }
  const session = call.sessionId === null ? null : parts.sessions.find(call.sessionId, owner)
  if (call.method !== 'POST') {
    if (session === null) return sendNoSession(call, null)
    return call.method === 'GET' ? openStream(call, session) : closeSession(call, session, parts.sessions)
  }
  const message = readMessage(call.message)
  if (message === null) return sendJson(call.response, 400, errorText(null, -32600, 'Invalid Request'))
  const acquire = (profile: Profile) => parts.acquire(call.server, call.env, call.subject, profile)
  const version = modernVersionOf(message)
  if (version !== null && message.kind !== 'response') {
    return modernCall(call, message, version, () => acquire('modern'))
  }
  if (message.kind === 'request' && message.method === 'initialize') {
    return openSession(call, message, owner, parts.sessions, acquire)
  }
  return session === null ? sendNoSession(call, message) : inSession(call, message, session)
}

const recipeOf = (
  recipes: ReadonlyMap<string, { server: ServerRecord; env: Readonly<Record<string, string>> }>,
  wanted: Wanted,
) => {
  const recipe = recipes.get(wanted.serverId)
  if (recipe === undefined) throw new Error('A child was wanted for a server that was never named')
  return recipe
}

const specOf = (server: ServerRecord, env: Readonly<Record<string, string>>) => {
  if (server.transport.type !== 'stdio') throw new Error('Only stdio servers run as children')
  const { command, args } = server.transport
  return { label: server.slug, command, args, env }
}

/** In memory only, and a hash even there: it is compared and never opened. */
const fingerprintOf = (server: ServerRecord, env: Readonly<Record<string, string>>): string => {
  const { command, args } = specOf(server, env)
  const variables = Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const version = isMembers(server.injection) ? server.injection.version : 0
  return createHash('sha256')
    .update(JSON.stringify([command, args, variables, version]))
    .digest('base64')
}

/** Once per record and environment, not once per call: both are replaced and never changed. */
const rememberFingerprints = (): typeof fingerprintOf => {
  const known = new WeakMap<ServerRecord, { env: object; fingerprint: string }>()
  return (server, env) => {
    const held = known.get(server)
    if (held?.env === env) return held.fingerprint
    const fingerprint = fingerprintOf(server, env)
    known.set(server, { env, fingerprint })
    return fingerprint
  }
}
