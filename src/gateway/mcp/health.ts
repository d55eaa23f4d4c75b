import type { ServerReport } from '../../fleet/schema.ts'
import type { Log } from '../../observe/log.ts'
import type { Secret } from '../../secret.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import { type Fetch, probeHttp } from './health-http.ts'
import { createProbing, type Probing } from './health-schedule.ts'
import { formsOf } from './scan.ts'
import type { StdioUpstreams } from './stdio/bridge.ts'
import { createCredentialRedaction, createLineRedaction, withoutValues } from './stdio/redact.ts'
import { beginningOf, type Tool } from './tool-list.ts'

export type HealthDeps = {
  /** The servers as they are now; `changed` says when to look again. */
  readonly servers: () => readonly ServerRecord[]
  readonly openCredential: (server: ServerRecord) => Secret | null
  readonly openEnv: (server: ServerRecord) => Readonly<Record<string, string>>
  readonly stdio: Pick<StdioUpstreams, 'probe' | 'onCrash'>
  readonly report: (items: ServerReport[]) => void
  /** Sends to servers of that organization, and nowhere that its servers may not be. */
  readonly fetchFor: (organization: string) => Fetch
  readonly redact: (text: string) => string
  readonly gatewayId: () => string
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
  /** Looks at that server now; one that is not known is left alone. */
  readonly look: (serverId: string) => void
  /** Control forgets nothing, but one that was away has not heard: says everything again. */
  readonly reportAll: () => void
  readonly stop: () => void
}

const lastErrorKept = 1000

/**
 * Tells control how the servers are. Those that are reached over HTTP are looked at twice a minute; a child is looked at when its record
 * appears or changes and when it has ended by itself, so that it is not kept awake by us.
 */
export const createHealth = (deps: HealthDeps): Health => {
  const limits = { ...healthLimits, ...deps.limits }
  const known = new Map<string, { record: ServerRecord; probing: Probing; said: ServerReport | null }>()
  const queue = createQueue(limits.atOnce)
  const look = async (server: ServerRecord, isOvertaken: () => boolean): Promise<boolean> => {
    const report = await probe(deps, limits.timeoutMs, server)
    const held = known.get(server.id)
    // A newer record has its own probe.
    if (held?.record !== server || isOvertaken()) return report.state === 'ready'
    if (held.said?.state !== report.state) {
      const { lastError } = report
      deps.log.info({ serverId: server.id, server: server.slug, state: report.state, lastError }, 'server state')
    }
    held.said = report
    deps.report([report])
    return report.state === 'ready'
  }
  const begin = (record: ServerRecord) => {
    const isPeriodic = record.transport.type !== 'stdio'
    const run = (isOvertaken: () => boolean) => queue(() => look(record, isOvertaken))
    const probing = createProbing({ ...limits, ...deps, isPeriodic, probe: run })
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
    look: (serverId) => known.get(serverId)?.probing.now(),
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

type Looked =
  | { readonly state: 'ready'; readonly tools: readonly Tool[] }
  | { readonly state: 'unreachable'; readonly lastError: string }

/** Nothing that a server says about itself is believed to be free of what we told it: a report is stored and shown. */
const probe = async (deps: HealthDeps, timeoutMs: number, server: ServerRecord): Promise<ServerReport> => {
  const place = placeOf(server)
  const seen = await (server.transport.type === 'http'
    ? lookAtHttp(deps, timeoutMs, server, server.transport.url)
    : lookOverBridge(deps, server))
  if (seen.state === 'unreachable') return { ...place, state: 'unreachable', lastError: deps.redact(seen.lastError) }
  const tools = seen.tools.map(({ name, description }) => ({
    name: deps.redact(name),
    ...(description === undefined ? {} : { description: deps.redact(description) }),
  }))
  return { ...place, state: 'ready', tools }
}

async function lookOverBridge(deps: HealthDeps, server: ServerRecord): Promise<Looked> {
  let clean = (text: string) => text
  try {
    const env = deps.openEnv(server)
    const credential = deps.openCredential(server)
    const [withoutSecrets, withoutCredential] = [createLineRedaction(env), createCredentialRedaction(credential)]
    clean = (text) => withoutValues(withoutCredential(withoutSecrets(text)), Object.values(env))
    const seen = await deps.stdio.probe(server, env, credential)
    return seen.state === 'ready' ? seen : unreachable(clean(seen.lastError))
  } catch (error) {
    return unreachable(clean(reasonOf(error)))
  }
}

async function lookAtHttp(deps: HealthDeps, timeoutMs: number, server: ServerRecord, url: string): Promise<Looked> {
  let forms: readonly Buffer[] = []
  try {
    const credential = deps.openCredential(server)
    forms = credential === null ? [] : formsOf(credential.reveal())
    const slot = server.injection?.slot ?? null
    return {
      state: 'ready',
      tools: await probeHttp({ ...deps, fetch: deps.fetchFor(server.organization), timeoutMs }, url, slot, credential),
    }
  } catch (error) {
    return unreachable(beginningOf(reasonOf(error), lastErrorKept, forms))
  }
}

const unreachable = (why: string): Looked => ({ state: 'unreachable', lastError: why.slice(0, lastErrorKept) })

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
