import type { IncomingMessage, RequestListener } from 'node:http'
import type { ClientAddress } from '../http/client-address.ts'
import { type Problem, type Result, refuse } from '../problems.ts'
import { Answer, type Dialect } from './answer.ts'
import type { Edge } from './edge.ts'
import { type Incoming, noFacts } from './incoming.ts'
import type { Document } from './oauth/metadata.ts'
import { mayHoldKey, type Place, routeOf, takePlace } from './paths.ts'

type Handler = (call: Incoming, answer: Answer) => Promise<void>

type Deps = {
  readonly edge: Edge
  /** Calls to one server, and to all servers of a key at once. */
  readonly pass: Handler
  readonly aggregate: Handler
  readonly me: (call: Incoming) => Promise<Result<unknown>>
  readonly token: Handler
  readonly metadata: (document: Document) => object
  /** Null while ready, else why not. */
  readonly notReady: () => string | null
  readonly isDraining: () => boolean
  readonly clientAddress: (peer: string | undefined, forwardedFor: string | undefined) => ClientAddress
  readonly newRequestId: () => string
  readonly monotonic: () => number
  readonly accessLog: (call: Incoming, answer: Answer) => void
  /** A browser's page sent this call, and the answer has been a no. */
  readonly noticeBrowser: (call: Incoming) => void
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

const methodsOf = {
  mcp: 'POST, GET, DELETE, OPTIONS',
  'mcp-all': 'POST, GET, DELETE, OPTIONS',
  token: 'POST, OPTIONS',
  'sign-in': 'GET, OPTIONS',
  me: 'GET, OPTIONS',
  metadata: 'GET, OPTIONS',
  health: 'GET, OPTIONS',
  unknown: 'GET, OPTIONS',
} as const satisfies Record<Place['kind'], string>
const dialectOf = {
  mcp: 'mcp',
  'mcp-all': 'mcp',
  token: 'oauth',
  'sign-in': 'rest',
  me: 'rest',
  metadata: 'rest',
  health: 'rest',
  unknown: 'rest',
} as const satisfies Record<Place['kind'], Dialect>

/** The front: from a path to what answers it. What holds for every answer is here, what holds for a call is in pass.ts. */
export const createFront =
  (deps: Deps): RequestListener =>
  (request, response) => {
    const { path, place } = takePlace(request)
    const answer = new Answer(
      response,
      deps.newRequestId(),
      dialectOf[place.kind],
      standingHeaders(deps, request, path),
    )
    if (place.kind === 'health') return answerHealth(deps, answer, place.isReadiness)
    const call = callOf(deps, request, answer.requestId, place)
    const refusal = refusalBefore(deps, request, path)
    if (refusal !== null) answer.refuse(refusal)
    else if (place.kind === 'unknown') answer.refuse(notFound)
    else if (place.kind === 'sign-in') answer.refuse(noSignIn)
    else if (request.method === 'OPTIONS') answerPreflight(deps, request, answer, place)
    else return void run(deps, call, answer, place)
    deps.accessLog(call, answer)
    if (refusal?.code === 'origin_not_allowed') deps.noticeBrowser(call)
  }

/** Headers that each answer has, whatever it says. */
function standingHeaders({ edge }: Deps, request: IncomingMessage, path: string): readonly string[] {
  const cors = edge.corsHeaders(request)
  return mayHoldKey(path) ? [...cors, 'referrer-policy', 'no-referrer'] : cors
}

function refusalBefore(deps: Deps, request: IncomingMessage, path: string): Problem | null {
  const edge = deps.edge.check(request, path)
  if (!edge.ok) return edge.problem
  return deps.isDraining() ? draining : null
}

async function run(deps: Deps, call: Incoming, answer: Answer, place: Place): Promise<void> {
  try {
    if (place.kind === 'mcp' && isMcpMethod(call.request.method)) await deps.pass(call, answer)
    else if (place.kind === 'mcp-all' && isMcpMethod(call.request.method)) await deps.aggregate(call, answer)
    else if (place.kind === 'me' && call.request.method === 'GET') await answerMe(deps, call, answer)
    else if (place.kind === 'token' && call.request.method === 'POST') await deps.token(call, answer)
    else if (place.kind === 'metadata' && call.request.method === 'GET')
      answerJson(answer, deps.metadata(place.document))
    else refuseMethod(answer, place)
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
  answerJson(answer, about.value)
}

const answerJson = (answer: Answer, value: unknown): void =>
  answer.send(200, ['content-type', 'application/json'], JSON.stringify(value))

function answerHealth(deps: Deps, answer: Answer, isReadiness: boolean): void {
  const reason = isReadiness ? deps.notReady() : null
  const body = JSON.stringify(reason === null ? { status: 'ok' } : { status: 'not-ready', reason })
  answer.send(reason === null ? 200 : 503, ['content-type', 'application/json'], body)
}

function answerPreflight(deps: Deps, request: IncomingMessage, answer: Answer, place: Place): void {
  const grants = deps.edge.preflight(request, methodsOf[place.kind])
  if (grants === null) {
    refuseMethod(answer, place)
    return
  }
  answer.start(204, grants, false)
  answer.finish()
}

function callOf(deps: Deps, request: IncomingMessage, requestId: string, place: Place): Incoming {
  const forwardedFor = request.headers['x-forwarded-for']
  const { address, isProxy } = deps.clientAddress(
    request.socket.remoteAddress,
    typeof forwardedFor === 'string' ? forwardedFor : forwardedFor?.join(', '),
  )
  const server = place.kind === 'mcp' ? place.server : null
  const urlKey = place.kind === 'mcp' || place.kind === 'mcp-all' ? place.urlKey : null
  const startedAt = deps.monotonic()
  return { request, requestId, address, isProxy, startedAt, server, urlKey, route: routeOf(place), facts: noFacts() }
}

const notFound = refuse('not_found').problem
const noSignIn = refuse('not_found', {
  detail: 'Nobody signs in here with a browser. Send a key as "Authorization: Bearer", or ask /oauth/token with one.',
}).problem
const draining = refuse('draining', { retryAfterSeconds: 1 }).problem
const accident = refuse('internal').problem

/** RFC 9110 §15.5.6: a 405 names the methods. */
function refuseMethod(answer: Answer, place: Place): void {
  const methods = methodsOf[place.kind]
  const { problem } = refuse('method_not_allowed', { detail: `Allowed here: ${methods}.` })
  answer.refuse(problem, ['allow', methods])
}
