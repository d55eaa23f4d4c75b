import {
  Client,
  type PriorDiscovery,
  SdkHttpError,
  StreamableHTTPClientTransport,
  type SubscriptionFilter,
} from '@modelcontextprotocol/client'
import { z } from 'zod'
import { problems, refuse } from '../../../problems.ts'
import { isMembers, type Members, membersOf } from '../stdio/message.ts'
import { answered } from './answered.ts'
import { type Errand, innerFetch } from './inner-fetch.ts'

export type Said = { readonly method: string; readonly params: Members }

/** Who hears what the server says on its own. Each client of ours is there for one of them at a time. */
export type Hears = {
  readonly notice: (notice: Said) => void
  /** A question of a server of an older era: sampling, elicitation, roots. */
  readonly question: (question: Said, signal: AbortSignal) => Promise<Members>
}

export type Asking = {
  readonly signal?: AbortSignal
  /** Milliseconds; default: nobody looks at the time but what carries the call. */
  readonly timeout?: number
  readonly onProgress?: ((progress: Members) => void) | null
  readonly headers?: Readonly<Record<string, string>>
}

/** One connection to one server, of either era, on behalf of one subject. */
export type UpstreamClient = {
  readonly errand: Errand
  readonly era: 'legacy' | 'modern'
  /** With what the next client of this kind need not find out the era. */
  readonly prior: PriorDiscovery
  readonly capabilities: Members
  readonly hear: (hears: Hears | null) => void
  /** The result as the server wrote it, `input_required` among them; rejects with its error. */
  readonly ask: (method: string, params: Members, asking?: Asking) => Promise<Members>
  readonly tell: (method: string, params: Members) => Promise<void>
  /** 2026-07-28 only: what it answers stops it. `ended` when the server or the way to it ends it. */
  readonly listen: (filter: SubscriptionFilter, ended: () => void) => Promise<() => void>
  /** The server does not know our session any more. */
  readonly isLost: (error: unknown) => boolean
  readonly close: () => Promise<void>
}

export type ClientDeps = Parameters<typeof innerFetch>[0] & {
  readonly software: string
}

export type Wanted = Errand & {
  /** Of the client that we stand for. */
  readonly capabilities: Members
  readonly prior: PriorDiscovery | null
}

/** Beyond what any server may be given (servers/schema.ts): the way there has its own, shorter limits. */
const longestMs = 24 * 3600 * 1000
const anything = z.custom<Members>(isMembers)
/** It leads nowhere: `innerFetch` knows the server. */
const nowhere = new URL(`http://server.invalid/mcp`)
const notFound = 404

export async function connectClient(deps: ClientDeps, wanted: Wanted): Promise<UpstreamClient> {
  const { prior, capabilities, ...errand } = wanted
  const transport = createTransport(answered(innerFetch(deps, errand)))
  const client = new Client(
    { name: 'ostiary', version: deps.software },
    { capabilities: membersOf(capabilities), versionNegotiation: { mode: 'auto' } },
  )
  let hears: Hears | null = null
  client.fallbackNotificationHandler = async ({ method, params }) =>
    hears?.notice({ method, params: membersOf(params) })
  let asked = 0
  client.fallbackRequestHandler = async ({ method, params }, ctx) => {
    if (hears === null) throw noBody
    if (asked >= mostQuestions) throw tooMany
    asked += 1
    try {
      return await hears.question({ method, params: membersOf(params) }, ctx.mcpReq.signal)
    } finally {
      asked -= 1
    }
  }
  const timeout = errand.server.timeouts.answerSeconds * 1000 + patienceMs
  await client.connect(transport, prior === null ? { timeout } : { timeout, prior })
  const discover = client.getDiscoverResult()
  const found: PriorDiscovery = discover === undefined ? { kind: 'legacy' } : { kind: 'modern', discover }
  return {
    errand,
    era: found.kind,
    prior: found,
    capabilities: membersOf(client.getServerCapabilities()),
    hear: (next) => {
      hears = next
    },
    ask: (method, params, { signal, timeout: limit = longestMs, onProgress, headers } = {}) =>
      client.request({ method, params }, anything, {
        timeout: limit,
        allowInputRequired: true,
        ...(signal === undefined ? {} : { signal }),
        ...(onProgress ? { onprogress: (progress) => onProgress({ ...progress }) } : {}),
        ...(headers === undefined ? {} : { headers: { ...headers } }),
      }),
    tell: (method, params) => client.notification({ method, params }),
    listen: async (filter, ended) => {
      const subscription = await client.listen(filter, { timeout })
      subscription.closed.then((why) => (why === 'local' ? undefined : ended()))
      return () => void subscription.close()
    },
    isLost: (error) => transport.sessionId !== undefined && error instanceof SdkHttpError && error.status === notFound,
    close: async () => {
      hears = null
      // A server of an older era would keep the session until it expires.
      if (transport.sessionId !== undefined) await transport.terminateSession().catch(() => {})
      await client.close().catch(() => {})
    },
  }
}

/** Above the limit of the way there, which tells better what was wrong. */
const patienceMs = 5000
/** Nobody answers that many, and what a server asks without end must not fill our memory. */
const mostQuestions = 100
const tooMany = Object.assign(new Error('Too many questions wait for an answer.'), { code: -32000 })
const noBody = Object.assign(new Error('Nobody is there who could be asked.'), { code: -32601 })

/**
 * The SDK's, but that a call whose stream ends without an answer is over: otherwise its caller would wait for a day.
 */
function createTransport(fetch: ReturnType<typeof innerFetch>): StreamableHTTPClientTransport {
  const transport = new StreamableHTTPClientTransport(nowhere, { fetch, reconnectionOptions })
  const send = transport.send.bind(transport)
  transport.send = (message, options) => {
    if (!('id' in message && 'method' in message) || options?.onRequestStreamEnd) return send(message, options)
    const { id } = message
    const onRequestStreamEnd = () => transport.onmessage?.({ jsonrpc: '2.0', id, error: brokeOff })
    return send(message, { ...options, onRequestStreamEnd })
  }
  return transport
}

const reconnectionOptions = {
  maxRetries: 2,
  initialReconnectionDelay: 1000,
  maxReconnectionDelay: 30_000,
  reconnectionDelayGrowFactor: 1.5,
}

const { problem: ended } = refuse('upstream_unreachable', {
  detail: 'The MCP server ended its answer before it was complete.',
})
const brokeOff = {
  code: problems.upstream_unreachable.rpc,
  message: ended.detail,
  data: { code: ended.code },
}

const questions: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'sampling',
  'elicitation/create': 'elicitation',
  'roots/list': 'roots',
}

/** Has that client announced that it answers such questions? */
export function clientMayBeAsked(capabilities: Members, method: string): boolean {
  const capability = Object.hasOwn(questions, method) ? questions[method] : undefined
  return capability !== undefined && capabilities[capability] !== undefined
}

/** Of what a client can, what servers behind us may know: not what we do not carry between them. */
export function carriedCapabilities(announced: Members): Members {
  const { sampling, elicitation, roots, experimental, extensions } = announced
  const kept = Object.entries({ sampling, elicitation, roots, experimental }).filter(([, value]) => isMembers(value))
  const known = Object.entries(membersOf(extensions)).filter(([name]) => name !== tasks)
  return Object.fromEntries(known.length === 0 ? kept : [...kept, ['extensions', Object.fromEntries(known)]])
}

const tasks = 'io.modelcontextprotocol/tasks'
