import {
  ProtocolError,
  Server,
  type ServerContext,
  WebStandardStreamableHTTPServerTransport,
} from '@modelcontextprotocol/server'
import { z } from 'zod'
import { refuse } from '../../../problems.ts'
import type { ServerRecord } from '../../../servers/schema.ts'
import { isMembers, type Members, membersOf } from '../stdio/message.ts'
import { decideAgain } from './again.ts'
import { forEra, progressOf } from './calls.ts'
import { carriedCapabilities, clientMayBeAsked, type Said, type UpstreamClient } from './client.ts'
import { createEvents } from './events.ts'
import type { Channel, Exchange } from './exchange.ts'
import { problemError } from './failure.ts'
import { type Gate, takesAway } from './gate.ts'
import { isLoudEnough } from './logs.ts'
import { askMirrored } from './mirrored.ts'
import type { ModernDeps } from './modern.ts'
import { capabilities, respond, serverInfo } from './respond.ts'
import { answerRounds } from './rounds.ts'
import { createSessionClients } from './session-clients.ts'
import { uriFor } from './uris.ts'

/** A session of a client of an older era (up to 2025-11-25). Everything in it is its own. */
export type Session = {
  readonly id: string
  readonly holder: string
  readonly keyId: string
  readonly organization: string
  /** Of its latest call: who is asked whether a notice may be told. */
  readonly gate: () => Gate
  readonly serve: (exchange: Exchange, request: Request) => Promise<Response>
  /** Something of what decides has changed. */
  readonly judge: () => void
  readonly close: () => Promise<void>
}

type Deps = Pick<ModernDeps, 'leases' | 'eras' | 'software' | 'learn' | 'log'> & {
  readonly id: string
  readonly holder: string
  readonly onClosed: () => void
  readonly newId: () => string
}

const anything = z.custom<Members>(isMembers)
const params = z.looseObject({})
/** Whoever is asked may be out for lunch; the server that asks has a limit of its own. */
const answerMs = 24 * 3600 * 1000

export async function createSession(deps: Deps, first: Exchange): Promise<Session> {
  let { gate } = first
  let word = gate.word()
  const exchanges = new WeakMap<Request, Exchange>()
  const { key } = gate.caller
  const said = membersOf(membersOf(first.message.json)['params'])
  const announced = carriedCapabilities(membersOf(said['capabilities']))
  const server = new Server(serverInfo(deps.software), { capabilities })
  const events = createEvents()
  const transport = new WebStandardStreamableHTTPServerTransport({
    sessionIdGenerator: () => deps.id,
    eventStore: events,
    retryInterval: 1000,
  })
  const talk = createTalking(server, announced, () => gate)
  const clients = createSessionClients({
    ...deps,
    ...talk,
    gate: () => gate,
    via: first.call.request.headers.via,
    capabilities: announced,
  })
  const exchangeOf = (ctx: ServerContext) => (ctx.http?.req === undefined ? undefined : exchanges.get(ctx.http.req))
  server.fallbackRequestHandler = async (_request, ctx) => {
    const exchange = exchangeOf(ctx)
    if (exchange === undefined) throw new ProtocolError(-32603, 'Internal error')
    // How long a list may be kept is a word of the newer era.
    const {
      ttlMs: _,
      cacheScope: __,
      ...result
    } = await answer({ ...deps, announced, clients, talk, server }, exchange, ctx)
    return result
  }
  server.setRequestHandler('logging/setLevel', { params }, async ({ level }) => {
    if (typeof level !== 'string') throw new ProtocolError(-32602, 'A level is a text')
    talk.setLevel(level)
    await clients.setLevel(level)
    return {}
  })
  server.fallbackNotificationHandler = async (notice) => {
    if (notice.method === 'notifications/roots/list_changed') clients.tell(notice.method, membersOf(notice.params))
  }
  server.onclose = () => {
    void clients.close()
    deps.onClosed()
  }
  await server.connect(transport)
  return {
    id: deps.id,
    holder: deps.holder,
    keyId: key.id,
    organization: key.organization,
    gate: () => gate,
    serve: (exchange, request) => {
      ;({ gate } = exchange)
      exchanges.set(request, exchange)
      return transport.handleRequest(request, { parsedBody: exchange.message.json ?? undefined })
    },
    judge: () => {
      // A server that leads elsewhere is reached as before, and what was opened to it has no business there.
      clients.keepOnly(gate.servers())
      talk.endWhere((exchange) => !decideAgain(exchange).ok)
      const now = gate.word()
      if (now === word) return
      if (takesAway(word, now)) events.takeBack(changed)
      word = now
      for (const list of ['tools', 'prompts', 'resources'] as const) talk.listChanged(list)
    },
    close: () => server.close(),
  }
}

/** Which answer came from where is not kept: what the key has lost must not come back with the rest. */
const { problem } = refuse('tool_not_allowed', { detail: 'What the API key may do was changed meanwhile. Call again.' })
const changed = problemError(problem)

type Answering = Deps & {
  readonly announced: Members
  readonly clients: ReturnType<typeof createSessionClients>
  readonly talk: Talking
  readonly server: Server
}

function answer(deps: Answering, exchange: Exchange, ctx: ServerContext): Promise<Members> {
  const { clients, talk } = deps
  const stop = new AbortController()
  const signal = AbortSignal.any([ctx.mcpReq.signal, exchange.cut, stop.signal])
  const tell: Channel['tell'] = (method, said) => {
    ctx.mcpReq.notify({ method, params: { ...said } }).catch(() => {})
  }
  const channel: Channel = { tell, signal, use: clients.use }
  const { method } = exchange.message
  return respond(deps, exchange, channel, async (server, asked) => {
    if (method === 'resources/subscribe' || method === 'resources/unsubscribe') {
      await clients.subscribe(server, String(asked['uri']), method === 'resources/subscribe')
      return {}
    }
    const call = { exchange, id: ctx.mcpReq.id, end: () => stop.abort() }
    return talk.during(server, call, () =>
      clients.use(server, async (client) => {
        const onProgress = progressOf(exchange, tell) ?? null
        const ask = (more: Members) => {
          const full = withLevel(client, forEra(client, { ...asked, ...more }, deps.announced), talk.level())
          const send = (headers: Record<string, string>) => client.ask(method, full, { signal, onProgress, headers })
          if (method !== 'tools/call') return send({})
          return askMirrored(client, String(asked['name']), membersOf(asked['arguments']), signal, send)
        }
        const result = await answerRounds(deps.newId, ask, (question) => talk.question(server, question, signal))
        return method === 'tools/call' ? projected(deps.server, result) : result
      }),
    )
  })
}

/** On servers of 2026-07-28 each call says which log messages it wants. */
function withLevel({ era }: UpstreamClient, asked: Members, level: string | null): Members {
  if (era === 'legacy' || level === null) return asked
  return { ...asked, _meta: { ...membersOf(asked['_meta']), 'io.modelcontextprotocol/logLevel': level } }
}

/** Before 2026-07-28 structured content is an object. */
function projected(server: Server, result: Members): Members {
  const { structuredContent } = result
  if (structuredContent === undefined || isMembers(structuredContent)) return result
  const content = Array.isArray(result['content']) ? result['content'] : []
  return { ...server.projectCallToolResult({ ...result, content }, undefined) }
}

type Talking = ReturnType<typeof createTalking>

type Running = { readonly exchange: Exchange; readonly id: string | number; readonly end: () => void }

/** What servers say on their own, to the client of this session and as far as it may be told. */
function createTalking(server: Server, announced: Members, gate: () => Gate) {
  /** Calls that run, by server: what it says meanwhile goes into the answer of the latest. */
  const running = new Map<string, Running[]>()
  let level: string | null = null
  const related = ({ id }: ServerRecord) => {
    const relatedRequestId = running.get(id)?.at(-1)?.id
    return relatedRequestId === undefined ? {} : { relatedRequestId }
  }
  const tell = (method: string, said: Members, options: object = {}) => {
    server.notification({ method, params: { ...said } }, options).catch(() => {})
  }
  const listChanged = (of: 'tools' | 'prompts' | 'resources') => tell(`notifications/${of}/list_changed`, {})
  return {
    level: () => level,
    setLevel: (next: string) => {
      level = next
    },
    listChanged,
    /** Also those whose client has hung up, which nobody else watches. */
    endWhere: (isOver: (exchange: Exchange) => boolean) => {
      for (const call of [...running.values()].flat()) if (isOver(call.exchange)) call.end()
    },
    during: async <T>(of: ServerRecord, call: Running, work: () => Promise<T>): Promise<T> => {
      running.set(of.id, [...(running.get(of.id) ?? []), call])
      try {
        return await work()
      } finally {
        const left = (running.get(of.id) ?? []).filter((one) => one !== call)
        if (left.length === 0) running.delete(of.id)
        else running.set(of.id, left)
      }
    },
    notice: (of: ServerRecord, { method, params: said }: Said): void => {
      if (!gate().may(of, 'initialize')) return
      switch (method) {
        case 'notifications/message':
          if (level === null || isLoudEnough(said['level'], level)) tell(method, said, related(of))
          break
        case 'notifications/tools/list_changed':
        case 'notifications/prompts/list_changed':
        case 'notifications/resources/list_changed':
          tell(method, {})
          break
        case 'notifications/resources/updated':
          if (typeof said['uri'] === 'string') tell(method, { ...said, uri: uriFor(of.slug, said['uri']) })
          break
        case 'notifications/elicitation/complete':
          tell(method, said)
          break
      }
    },
    question: (of: ServerRecord, { method, params: said }: Said, signal: AbortSignal): Promise<Members> => {
      if (!clientMayBeAsked(announced, method) || !gate().may(of, 'initialize')) return Promise.reject(cannot())
      return server.request({ method, params: { ...said } }, anything, { signal, timeout: answerMs, ...related(of) })
    },
  }
}

const cannot = () => new ProtocolError(-32601, 'The client cannot be asked for that.')
