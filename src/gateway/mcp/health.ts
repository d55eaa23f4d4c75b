import type { ServerReport } from '../../fleet/schema.ts'
import type { Log } from '../../observe/log.ts'
import type { Secret } from '../../secret.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import type { StdioUpstreams } from './bridge.ts'
import { type Fetch, probeHttp } from './health-http.ts'
import { createProbing, type Probing } from './health-schedule.ts'
import { withoutValues } from './stdio-redact.ts'

export type HealthDeps = {
  /** The servers as they are now; `changed` says when to look again. */
  readonly servers: () => readonly ServerRecord[]
  readonly openCredential: (server: ServerRecord) => Secret | null
  readonly openEnv: (server: ServerRecord) => Readonly<Record<string, string>>
  readonly stdio: Pick<StdioUpstreams, 'probe' | 'onCrash'>
  readonly report: (items: ServerReport[]) => void
  readonly fetch: Fetch
  readonly redact: (text: string) => string
  /** 0 to 1. */
  readonly random: () => number
  readonly setTimer: (ms: number, run: () => void) => () => void
  readonly software: string
  readonly log: Log
  readonly limits?: Partial<typeof healthLimits>
}
export const healthLimits = {
  everyMs: 30_000,
  firstRetryMs: 1000,
  timeoutMs: 10_000,
  /** Probes at a time: a gateway with hundreds of servers must not open hundreds of connections at its start. */
  atOnce: 8,
}
export type Health = {
  /** Something about the servers changed: new ones are probed, those that are gone are forgotten. */
  readonly changed: () => void
  /** Control forgets nothing, but one that was away has not heard: says everything again. */
  readonly reportAll: () => void
  readonly stop: () => void
}

const lastErrorKept = 1000

/**
 * Tells control how the servers are. HTTP servers are looked at twice a minute; a child is looked at when its record
 * appears or changes and when it has ended by itself, so that it is not kept awake by us.
 */
export const createHealth = (deps: HealthDeps): Health => {
  const limits = { ...healthLimits, ...deps.limits }
  const known = new Map<string, { record: ServerRecord; probing: Probing; said: ServerReport | null }>()
  const queue = createQueue(limits.atOnce)
  const look = async (server: ServerRecord): Promise<boolean> => {
    const report = await probe(deps, limits.timeoutMs, server)
    const held = known.get(server.id)
    // A newer record has its own probe.
    if (held?.record !== server) return report.state === 'ready'
    if (held.said?.state !== report.state) {
      const { lastError } = report
      deps.log.info({ serverId: server.id, server: server.slug, state: report.state, lastError }, 'server state')
    }
    held.said = report
    deps.report([report])
    return report.state === 'ready'
  }
  const begin = (record: ServerRecord) => {
    const isPeriodic = record.transport.type === 'http'
    const probing = createProbing({ ...limits, ...deps, isPeriodic, probe: () => queue(() => look(record)) })
    known.set(record.id, { record, probing, said: null })
    deps.report([{ ...placeOf(record), state: 'starting' }])
    probing.now()
  }
  const forgetCrash = deps.stdio.onCrash((serverId) => known.get(serverId)?.probing.soon())
  const changed = () => {
    const now = new Map(deps.servers().map((server) => [server.id, server]))
    for (const [id, { probing }] of known) {
      if (now.has(id)) continue
      probing.stop()
      known.delete(id)
    }
    for (const record of now.values()) {
      const held = known.get(record.id)
      if (held?.record.revision === record.revision) continue
      held?.probing.stop()
      begin(record)
    }
  }
  return {
    changed,
    reportAll: () => {
      const said = [...known.values()].flatMap((one) => one.said ?? [])
      if (said.length > 0) deps.report(said)
    },
    stop: () => {
      forgetCrash()
      for (const { probing } of known.values()) probing.stop()
      known.clear()
    },
  }
}

const placeOf = ({ organization, id, revision }: ServerRecord) => ({ organization, server: id, revision })

const probe = async (deps: HealthDeps, timeoutMs: number, server: ServerRecord): Promise<ServerReport> => {
  const place = placeOf(server)
  let secrets: string[] = []
  const cleaned = (text: string) => deps.redact(withoutValues(text, secrets)).slice(0, lastErrorKept)
  try {
    if (server.transport.type === 'stdio') {
      const env = deps.openEnv(server)
      secrets = Object.values(env)
      const seen = await deps.stdio.probe(server, env)
      return seen.state === 'ready'
        ? { ...place, state: 'ready', tools: [...seen.tools] }
        : { ...place, state: 'unreachable', lastError: cleaned(seen.lastError) }
    }
    const credential = deps.openCredential(server)
    secrets = credential === null ? [] : [credential.reveal()]
    const tools = await probeHttp(
      { ...deps, timeoutMs },
      server.transport.url,
      server.injection?.slot ?? null,
      credential,
    )
    return { ...place, state: 'ready', tools }
  } catch (error) {
    return { ...place, state: 'unreachable', lastError: cleaned(reasonOf(error)) }
  }
}

/** The innermost reason: "fetch failed" helps nobody, "connect ECONNREFUSED 127.0.0.1:9" does. */
const reasonOf = (error: unknown, depth = 0): string => {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0], depth + 1)
  return error.cause === undefined || depth > 5 ? error.message : reasonOf(error.cause, depth + 1)
}

const createQueue = (atOnce: number) => {
  let running = 0
  const waiting: (() => void)[] = []
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
    running++
    try {
      return await work()
    } finally {
      running--
      waiting.shift()?.()
    }
  }
}
