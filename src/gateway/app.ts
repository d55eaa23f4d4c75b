import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { ClientAddress } from '../http/client-address.ts'
import { type Problem, type Result, refuse } from '../problems.ts'
import { Answer } from './answer.ts'
import type { Edge } from './edge.ts'
import { type Incoming, noFacts } from './incoming.ts'

type Handler = (call: Incoming, answer: Answer) => Promise<void>

type Deps = {
  readonly edge: Edge
  readonly pass: Handler
  readonly me: (call: Incoming) => Promise<Result<unknown>>
  /** Null while ready, else why not. */
  readonly notReady: () => string | null
  readonly isDraining: () => boolean
  readonly clientAddress: (peer: string | undefined, forwardedFor: string | undefined) => ClientAddress
  readonly newRequestId: () => string
  readonly monotonic: () => number
  readonly accessLog: (call: Incoming, answer: Answer) => void
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

const mcpPrefix = '/mcp-connect/'
const mcpMethods = 'POST, GET, DELETE, OPTIONS'
const meMethods = 'GET, OPTIONS'

/** What a path leads to. `/mcp` and `/v1` are not here yet, so they are as unknown as any other. */
type Target =
  | { readonly kind: 'mcp'; readonly server: string }
  | { readonly kind: 'me' }
  | { readonly kind: 'health'; readonly isReadiness: boolean }
  | { readonly kind: 'unknown' }

const routes = { mcp: '/mcp-connect/{server}', me: '/api/me', health: '/healthz', unknown: 'unknown' } as const

/** The front: from a path to what answers it. What holds for every answer is here, what holds for a call is in pass.ts. */
export const createFront =
  (deps: Deps): RequestListener =>
  (request, response) => {
    const path = pathOf(request.url ?? '')
    const target = targetOf(path)
    const dialect = target.kind === 'mcp' ? 'mcp' : 'rest'
    const answer = new Answer(response, deps.newRequestId(), dialect, deps.edge.corsHeaders(request))
    if (target.kind === 'health') return answerHealth(deps, answer, target.isReadiness)
    const call = callOf(deps, request, answer.requestId, target)
    const refusal = refusalBefore(deps, request, path)
    if (refusal !== null) answer.refuse(refusal)
    else if (target.kind === 'unknown') answer.refuse(notFound)
    else if (request.method === 'OPTIONS') answerPreflight(deps, request, response, answer, target)
    else return void run(deps, call, answer, target)
    deps.accessLog(call, answer)
  }

function refusalBefore(deps: Deps, request: IncomingMessage, path: string): Problem | null {
  const edge = deps.edge.check(request, path)
  if (!edge.ok) return edge.problem
  return deps.isDraining() ? draining : null
}

async function run(deps: Deps, call: Incoming, answer: Answer, target: Target): Promise<void> {
  try {
    if (target.kind === 'mcp' && isMcpMethod(call.request.method)) await deps.pass(call, answer)
    else if (target.kind === 'me' && call.request.method === 'GET') await answerMe(deps, call, answer)
    else refuseMethod(answer, target)
  } catch (error) {
    // The caller gets an id, the log gets the reason.
    deps.log.error({ requestId: answer.requestId, error }, 'a call met an accident')
    answer.refuse(accident)
  }
  deps.accessLog(call, answer)
}

const isMcpMethod = (method: string | undefined): boolean =>
  method === 'POST' || method === 'GET' || method === 'DELETE'

async function answerMe(deps: Deps, call: Incoming, answer: Answer): Promise<void> {
  const about = await deps.me(call)
  if (!about.ok) return answer.refuse(about.problem)
  answer.send(200, ['content-type', 'application/json'], JSON.stringify(about.value))
}

function answerHealth(deps: Deps, answer: Answer, isReadiness: boolean): void {
  const reason = isReadiness ? deps.notReady() : null
  const body = JSON.stringify(reason === null ? { status: 'ok' } : { status: 'not-ready', reason })
  answer.send(reason === null ? 200 : 503, ['content-type', 'application/json'], body)
}

function answerPreflight(
  deps: Deps,
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  target: Target,
): void {
  const grants = deps.edge.preflight(request, allowedMethods(target))
  if (grants === null) {
    refuseMethod(answer, target)
    return
  }
  answer.status = 204
  response.writeHead(204, ['x-request-id', answer.requestId, ...grants])
  answer.finish()
}

const allowedMethods = (target: Target): string => (target.kind === 'mcp' ? mcpMethods : meMethods)

const pathOf = (url: string): string => {
  const query = url.indexOf('?')
  return query === -1 ? url : url.slice(0, query)
}

function targetOf(path: string): Target {
  if (path.startsWith(mcpPrefix)) {
    const server = path.slice(mcpPrefix.length)
    return server === '' || server.includes('/') ? { kind: 'unknown' } : { kind: 'mcp', server }
  }
  switch (path) {
    case '/api/me':
      return { kind: 'me' }
    case '/healthz':
      return { kind: 'health', isReadiness: false }
    case '/readyz':
      return { kind: 'health', isReadiness: true }
    default:
      return { kind: 'unknown' }
  }
}

function callOf(deps: Deps, request: IncomingMessage, requestId: string, target: Target): Incoming {
  const forwardedFor = request.headers['x-forwarded-for']
  const { address, isProxy } = deps.clientAddress(
    request.socket.remoteAddress,
    typeof forwardedFor === 'string' ? forwardedFor : forwardedFor?.join(', '),
  )
  const server = target.kind === 'mcp' ? target.server : ''
  const startedAt = deps.monotonic()
  return { request, requestId, address, isProxy, startedAt, server, route: routes[target.kind], facts: noFacts() }
}

const notFound = refuse('not_found').problem
const draining = refuse('draining', { retryAfterSeconds: 1 }).problem
const accident = refuse('internal').problem

/** RFC 9110 §15.5.6: a 405 names the methods. */
function refuseMethod(answer: Answer, target: Target): void {
  const methods = allowedMethods(target)
  const { problem } = refuse('method_not_allowed', { detail: `Allowed here: ${methods}.` })
  answer.refuse(problem, ['allow', methods])
}
