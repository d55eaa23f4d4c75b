import type { IncomingMessage, RequestListener } from 'node:http'
import type { ClientAddress } from '../http/client-address.ts'
import { type Problem, type Result, refuse } from '../problems.ts'
import { Answer, type Dialect } from './answer.ts'
import type { Edge } from './edge.ts'
import { type Incoming, noFacts } from './incoming.ts'
import type { LlmPlace } from './llm/place.ts'
import type { Document } from './oauth/metadata.ts'
import { mayHoldKey, type Place, routeOf, takePlace } from './paths.ts'
import type { Arrive, Hop } from './peers/arrival.ts'
import { hopHeader } from './peers/carried.ts'
import type { Noting } from './usage/note.ts'
import type { WhoGrants } from './who-grants.ts'

type Handler = (call: Incoming, answer: Answer) => Promise<void>

type Deps = {
  readonly edge: Edge
  /** Looks at a call first: another gateway may have handed it on. */
  readonly arrive: Arrive
  /** Calls to one server, and to all servers of a key at once. */
  readonly pass: Handler
  readonly llm: (call: Incoming, answer: Answer, place: LlmPlace) => Promise<void>
  readonly aggregate: Handler
  readonly me: (call: Incoming) => Promise<Result<unknown>>
  readonly token: Handler
  readonly metadata: (document: Document) => object
  /** Null while ready, else why not. */
  readonly notReady: () => string | null
  readonly isDraining: () => boolean
  readonly clientAddress: (peer: string | undefined, forwardedFor: string | undefined) => ClientAddress
  readonly newRequestId: () => string
  readonly whoGrants: (organizationId: string | null) => WhoGrants | null
  readonly monotonic: () => number
  readonly accessLog: (call: Incoming, answer: Answer) => void
  readonly noting: Pick<Noting, 'refused'>
  /** A browser's page sent this call, and the answer has been a no. */
  readonly noticeBrowser: (call: Incoming) => void
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

const methodsOf = {
  mcp: 'POST, GET, DELETE, OPTIONS',
  'mcp-all': 'POST, GET, DELETE, OPTIONS',
  token: 'POST, OPTIONS',
  'sign-in': 'GET, OPTIONS',
  llm: 'GET, POST, OPTIONS',
  me: 'GET, OPTIONS',
  metadata: 'GET, OPTIONS',
  health: 'GET, OPTIONS',
  unknown: 'GET, OPTIONS',
} as const satisfies Record<Place['kind'], string>
const dialectOf = {
  mcp: 'mcp',
  'mcp-all': 'mcp',
  token: 'oauth',
  llm: 'openai',
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
    const arrival = deps.arrive(request)
    const hop = arrival?.ok ? arrival.value : null
    const { path, place } = takePlace(request)
    const answer = new Answer(
      response,
      // One id in the logs of both.
      hop?.requestId ?? deps.newRequestId(),
      dialectFor(place, path),
      hop === null ? standingHeaders(deps, request, path) : [hopHeader, hop.proof],
    )
    if (place.kind === 'health' && arrival === null) return answerHealth(deps, answer, place.isReadiness)
    const call = callOf(deps, request, answer.requestId, place, hop)
    const refusal = arrival?.ok === false ? arrival.problem : refusalBefore(deps, request, path, hop)
    if (refusal !== null) answer.refuse(refusal)
    else if (place.kind === 'unknown' || (hop !== null && !isMcp(place))) answer.refuse(notFound)
    else if (place.kind === 'sign-in') answer.refuse(noSignIn)
    else if (request.method === 'OPTIONS') answerPreflight(deps, request, answer, place)
    else return void run(deps, call, answer, place)
    deps.accessLog(call, answer)
    if (refusal?.code === 'origin_not_allowed') deps.noticeBrowser(call)
  }

/** Clients of models read refusals in their own dialect, whether there is a route or not. */
function dialectFor(place: Place, path: string): Dialect {
  if (place.kind === 'llm') return place.dialect
  if (place.kind !== 'unknown') return dialectOf[place.kind]
  if (path.startsWith('/v1/')) return 'openai'
  return path.startsWith('/anthropic/') ? 'anthropic' : 'rest'
}

/** Headers that each answer has, whatever it says. */
function standingHeaders({ edge }: Deps, request: IncomingMessage, path: string): readonly string[] {
  const cors = edge.corsHeaders(request)
  return mayHoldKey(path) ? [...cors, 'referrer-policy', 'no-referrer'] : cors
}

function refusalBefore(deps: Deps, request: IncomingMessage, path: string, hop: Hop | null): Problem | null {
  // What a browser may send is for the gateway to say that it speaks with; no page can send what a gateway has sealed.
  const edge = hop === null ? deps.edge.check(request, path) : null
  if (edge?.ok === false) return edge.problem
  return deps.isDraining() ? draining : null
}

async function run(deps: Deps, call: Incoming, answer: Answer, place: Place): Promise<void> {
  // The organization stands there once a key was proved, and not before.
  answer.whoGrants = () => deps.whoGrants(call.facts.organization)
  try {
    if (place.kind === 'mcp' && isMcpMethod(call.request.method)) await deps.pass(call, answer)
    else if (place.kind === 'mcp-all' && isMcpMethod(call.request.method)) await deps.aggregate(call, answer)
    else if (place.kind === 'llm') await deps.llm(call, answer, place)
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
  deps.noting.refused(call, answer)
}

const isMcp = ({ kind }: Place): boolean => kind === 'mcp' || kind === 'mcp-all'

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

function callOf(deps: Deps, request: IncomingMessage, requestId: string, place: Place, hop: Hop | null): Incoming {
  const { address, isProxy } = hop ?? addressOf(deps, request)
  const server = place.kind === 'mcp' ? place.server : null
  const urlKey = place.kind === 'mcp' || place.kind === 'mcp-all' ? place.urlKey : null
  const startedAt = deps.monotonic()
  const route = routeOf(place)
  return { request, requestId, address, isProxy, startedAt, server, urlKey, route, facts: noFacts(), hop }
}

function addressOf(deps: Deps, request: IncomingMessage): ClientAddress {
  const forwardedFor = request.headers['x-forwarded-for']
  return deps.clientAddress(
    request.socket.remoteAddress,
    typeof forwardedFor === 'string' ? forwardedFor : forwardedFor?.join(', '),
  )
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
