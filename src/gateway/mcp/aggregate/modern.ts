import {
  createMcpHandler,
  ProtocolError,
  Server,
  type ServerContext,
  type ServerEventBus,
} from '@modelcontextprotocol/server'
import type { ServerRecord } from '../../../servers/schema.ts'
import { type Members, membersOf } from '../stdio/message.ts'
import { clientCapabilities, forEra, paramHeaders, progressOf } from './calls.ts'
import { carriedCapabilities, type Said } from './client.ts'
import type { Eras } from './eras.ts'
import type { Channel, Exchange } from './exchange.ts'
import { isStaleEra, problemError } from './failure.ts'
import type { Errand } from './inner-fetch.ts'
import { eraName, type Lease, type Leases } from './leases.ts'
import { isLoudEnough } from './logs.ts'
import type { Asked, Parked } from './parked.ts'
import { capabilities, isAnswered, type RespondDeps, respond, serverInfo } from './respond.ts'
import { beginTurn, type Turn } from './turn.ts'

export type ModernDeps = RespondDeps & {
  readonly leases: Leases
  readonly eras: Eras
  readonly parked: Parked
  readonly software: string
}

/** One request of 2026-07-28: nothing of it is kept but a call that waits for its client's answers. */
export async function serveModern(
  deps: ModernDeps,
  exchange: Exchange,
  request: Request,
  { body, bus }: { readonly body: unknown; readonly bus?: ServerEventBus },
): Promise<Response> {
  let status: number | null = null
  const build = () => {
    const server = new Server(serverInfo(deps.software), { capabilities })
    // Where there is no handler the SDK says so by HTTP status as well.
    if (isAnswered(exchange.message.method))
      server.fallbackRequestHandler = async (_request, ctx) => {
        try {
          return { ...(await answer(deps, exchange, ctx)) }
        } catch (error) {
          if (codeOf(error) === headerMismatch) status = 400
          throw error
        }
      }
    return server
  }
  const handler = createMcpHandler(build, { legacy: 'reject', ...(bus === undefined ? {} : { bus }) })
  const response = await handler.fetch(request, { parsedBody: body })
  // The server has looked at headers that we only carry; its no has the status that ours would have.
  return status === null || !response.ok ? response : new Response(response.body, { status, headers: response.headers })
}

const headerMismatch = -32020
const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : null)

export const paramsOf = ({ message }: Pick<Exchange, 'message'>): Members =>
  membersOf(membersOf(message.json)['params'])

function answer(deps: ModernDeps, exchange: Exchange, ctx: ServerContext): Promise<Members> {
  const announced = carriedCapabilities(membersOf(membersOf(paramsOf(exchange)['_meta'])[clientCapabilities]))
  const signal = AbortSignal.any([ctx.mcpReq.signal, exchange.cut])
  const tell: Channel['tell'] = (method, params) => {
    ctx.mcpReq.notify({ method, params: { ...params } }).catch(() => {})
  }
  const errandTo = (server: ServerRecord): Errand => ({
    caller: exchange.gate.caller,
    server,
    via: exchange.call.request.headers.via,
  })
  const channel: Channel = {
    tell,
    signal,
    use: (server, use) =>
      withLease(deps, errandTo(server), announced, async (lease) => {
        try {
          const result = await use(lease.client)
          lease.giveBack()
          return result
        } catch (error) {
          lease.discard()
          throw error
        }
      }),
  }
  return respond(deps, exchange, channel, (server, params) => {
    const resumed = resumedTurn(deps, exchange, server, params)
    if (resumed !== null) return goOn(deps, exchange, channel, server, resumed)
    return withLease(deps, errandTo(server), announced, (lease) =>
      lease.client.era === 'modern'
        ? askModern(exchange, channel, lease, announced, params)
        : askLegacy(deps, exchange, channel, server, lease, announced, params),
    )
  })
}

/** Once more with another client, where the server does not know the session any more or has changed its era. */
async function withLease<T>(
  { leases, eras }: ModernDeps,
  errand: Errand,
  announced: Members,
  use: (lease: Lease) => Promise<T>,
): Promise<T> {
  const lease = await leases.take(errand, announced)
  try {
    return await use(lease)
  } catch (error) {
    const isStale = isStaleEra(lease.client, error)
    if (!isStale && !lease.client.isLost(error)) throw error
    if (isStale) eras.forget(eraName(errand, 'modern'))
    return use(await leases.take(errand, announced))
  }
}

async function askModern(
  exchange: Exchange,
  { tell, signal }: Channel,
  { client, discard }: Lease,
  announced: Members,
  params: Members,
): Promise<Members> {
  client.hear({ notice: (notice) => hearNotice(exchange, notice, tell), question: () => Promise.reject(noQuestions) })
  try {
    return await client.ask(exchange.message.method, forEra(client, params, announced), {
      signal,
      onProgress: progressOf(exchange, tell) ?? null,
      headers: paramHeaders(exchange),
    })
  } finally {
    discard()
  }
}

const noQuestions = Object.assign(new Error('Servers of this revision ask in their results.'), { code: -32601 })

function askLegacy(
  deps: ModernDeps,
  exchange: Exchange,
  channel: Channel,
  server: ServerRecord,
  lease: Lease,
  announced: Members,
  params: Members,
): Promise<Members> {
  if (params['requestState'] !== undefined) {
    lease.giveBack()
    throw invalidState()
  }
  const { inputResponses: _, ...plain } = forEra(lease.client, params, announced)
  const asks = [exchange.message.method, plain] as const
  const turn = beginTurn(lease, announced, asks, (notice, tell) => hearNotice(exchange, notice, tell))
  return goOn(deps, exchange, channel, server, turn)
}

/** A call of ours that waits, found by the state that its client brings back; null: the state is the server's matter. */
function resumedTurn(deps: ModernDeps, exchange: Exchange, server: ServerRecord, params: Members): Turn | null {
  const { requestState: state, inputResponses: responses } = params
  if (typeof state !== 'string') return null
  const found = deps.parked.find(exchange.gate, server, askedOf(exchange), state)
  if (found === null) return null
  if (found.turn === null) throw invalidState()
  found.turn.answer(membersOf(responses))
  return found.turn
}

const askedOf = ({ message, aim }: Exchange): Asked => ({
  method: message.method,
  name: aim.kind === 'one' ? aim.name : '',
})

async function goOn(
  deps: ModernDeps,
  exchange: Exchange,
  { tell, signal }: Channel,
  server: ServerRecord,
  turn: Turn,
): Promise<Members> {
  const step = await turn.go({ tell, signal, progress: progressOf(exchange, tell) ?? null })
  if (step.kind === 'over') return step.result
  const state = deps.parked.park(exchange.gate, server, askedOf(exchange), turn)
  if (!state.ok) {
    turn.end()
    throw problemError(state.problem)
  }
  return { resultType: 'input_required', inputRequests: step.inputRequests, requestState: state.value }
}

/** In the words of the SDK: whoever tries states out learns nothing. */
const invalidState = () =>
  new ProtocolError(-32602, 'Invalid or expired requestState', { reason: 'invalid_request_state' })

/** Into the answer: what a client of this revision hears during a call, if it wants to. */
function hearNotice(exchange: Exchange, { method, params }: Said, tell: Channel['tell']): void {
  if (method !== 'notifications/message') return
  const wanted = membersOf(paramsOf(exchange)['_meta'])['io.modelcontextprotocol/logLevel']
  if (typeof wanted === 'string' && isLoudEnough(params['level'], wanted)) tell(method, params)
}
