import { Readable } from 'node:stream'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify'
import type { ClientAddress } from '../http/client-address.ts'
import { type HostCheck, isHealthPath, twoHosts } from '../http/host-check.ts'
import type { Listener } from '../http/listen.ts'
import { isOwnOrigin } from '../http/origin-check.ts'
import { isRepeated } from '../http/repeated.ts'
import { newRequestId } from '../http/request-id.ts'
import { ok, type Problem, type Result, refuse } from '../problems.ts'
import { type Answer, type ControlRoute, problemAnswer } from './call.ts'
import type { Call } from './input.ts'

export const apiPrefix = '/api/v1'

/** What is not REST: health, metrics, pages. A path may end in `*`. */
export type PlainRoute = {
  readonly path: string
  /** Asked every few seconds by machines; logged at debug level only. */
  readonly isQuiet?: boolean
  readonly answer: (call: Call) => Promise<Answer> | Answer
}
type Log = (fields: Readonly<Record<string, unknown>>, message: string) => void
type Deps = {
  readonly listener: Pick<Listener, 'server'>
  readonly publicUrl: string | null
  readonly checkHost: HostCheck
  readonly charge: (peer: string | undefined, forwardedFor: string | undefined) => ClientAddress
  readonly call: (route: ControlRoute) => (call: Call) => Promise<Answer>
  readonly routes: readonly ControlRoute[]
  readonly plain: readonly PlainRoute[]
  readonly randomBytes: (size: number) => Uint8Array
  readonly observe: (call: { method: string; route: string; status: number; ms: number }) => void
  readonly log: { readonly debug: Log; readonly info: Log; readonly error: Log }
}

const securityHeaders = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
} as const

const pathOf = (url: string): string => url.split('?', 1)[0] ?? url

/**
 * Control's HTTP surface. Fastify routes; everything about a call is done by the pipeline in call.ts, which reads the
 * body itself, so that nothing of a stranger's request is read before the stranger is refused.
 */
export const createApp = (deps: Deps): FastifyInstance => {
  const deliver = createDeliver(deps)
  const app = fastify({
    serverFactory: (handler) => deps.listener.server.on('request', handler),
    genReqId: () => newRequestId(deps.randomBytes),
    requestIdHeader: false,
    logger: false,
    routerOptions: { maxParamLength: 200 },
    // The listener answers broken bytes.
    clientErrorHandler: () => {},
    frameworkErrors: (_error, request, reply) =>
      void deliver(request, reply, problemAnswer(refuse('not_found').problem, request.id)),
  })
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', (_request, _payload, done) => done(null))
  app.addHook('onRequest', async (request, reply) => {
    const problem = refusalAtTheDoor(deps, request)
    if (problem) return deliver(request, reply, problemAnswer(problem, request.id))
  })
  // Fastify keeps a call's start only where such a hook stands; the access log reads it.
  app.addHook('onResponse', async () => {})
  for (const route of deps.routes) {
    const run = deps.call(route)
    app.route({
      method: route.method,
      url: `${apiPrefix}${route.path}`,
      handler: async (request, reply) => deliver(request, reply, await run(callOf(deps, request))),
    })
  }
  for (const { path, answer, isQuiet } of deps.plain)
    app.get(path, async (request, reply) =>
      deliver(request, reply, await answer(callOf(deps, request)), isQuiet ?? false),
    )
  app.setNotFoundHandler((request, reply) => deliver(request, reply, unrouted(deps, request)))
  app.setErrorHandler((err, request, reply) => {
    deps.log.error({ err, requestId: request.id }, 'a call failed on our side')
    return deliver(request, reply, problemAnswer(refuse('internal').problem, request.id))
  })
  return app
}

const callOf = (deps: Deps, request: FastifyRequest): Call => {
  const forwardedFor = request.headers['x-forwarded-for']
  const peer = request.raw.socket.remoteAddress
  const at = request.url.indexOf('?')
  return {
    stream: request.raw,
    requestId: request.id,
    ...deps.charge(peer, Array.isArray(forwardedFor) ? forwardedFor.join(',') : forwardedFor),
    authorization: request.headers.authorization ?? null,
    path: pathOf(request.url),
    rawQuery: at < 0 ? '' : request.url.slice(at + 1),
    params: request.params,
    query: request.query,
  }
}

/** Gateway keys are told so on every path, because the usual cause is a client pointed at the wrong port. */
const gatewayKey = /^(?:bearer\s+)?ost[kueg]_/i

const credentials = ['authorization', 'x-api-key']
const ambiguous = refuse('credential_ambiguous', { detail: 'Send one Authorization header.' })

const refusalAtTheDoor = (deps: Deps, request: FastifyRequest): Problem | null => {
  const path = pathOf(request.url)
  const { host, origin, authorization } = request.headers
  const { rawHeaders } = request.raw
  const checks: (() => Result<null>)[] = [
    () => (isRepeated(rawHeaders, 'host') ? twoHosts : ok(null)),
    () => deps.checkHost({ host, path, localAddress: request.raw.socket.localAddress }),
    () => isOwnOrigin(origin, host, deps.publicUrl),
    () => (credentials.some((name) => isRepeated(rawHeaders, name)) ? ambiguous : ok(null)),
    () => {
      const presented = authorization ?? String(request.headers['x-api-key'] ?? '')
      const detail = 'Keys for the gateway are not accepted here: this listener takes management tokens (osta_…).'
      return gatewayKey.test(presented) ? refuse('key_kind', { detail }) : ok(null)
    },
  ]
  if (isHealthPath(path)) return null
  for (const check of checks) {
    const result = check()
    if (!result.ok) return result.problem
  }
  return null
}

const unrouted = (deps: Deps, request: FastifyRequest): Answer => {
  const path = pathOf(request.url)
  const known = [
    ...deps.routes.map((route) => ({ method: route.method, path: `${apiPrefix}${route.path}` })),
    ...deps.plain.map((route) => ({ method: 'GET', path: route.path })),
  ]
  const methods = known.filter((route) => fits(route.path, path)).map(({ method }) => method)
  if (methods.length === 0) return problemAnswer(refuse('not_found').problem, request.id)
  const answer = problemAnswer(refuse('method_not_allowed').problem, request.id)
  return { ...answer, headers: { ...answer.headers, allow: [...new Set(methods)].join(', ') } }
}

const fits = (pattern: string, path: string): boolean => {
  if (pattern.endsWith('*')) return path.startsWith(pattern.slice(0, -1))
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  return wanted.length === given.length && wanted.every((part, at) => part.startsWith(':') || part === given[at])
}

const sendable = (body: Answer['body']): Uint8Array | Readable => {
  if (typeof body === 'string') return Buffer.from(body)
  return body instanceof Uint8Array ? body : Readable.from(body)
}

const createDeliver = (deps: Deps) => {
  const isSecure = deps.publicUrl?.startsWith('https:') ?? false
  const fixed = isSecure ? { ...securityHeaders, 'strict-transport-security': 'max-age=31536000' } : securityHeaders
  return (request: FastifyRequest, reply: FastifyReply, answer: Answer, isQuiet = false): FastifyReply => {
    // The pattern, never the path or the query: whatever a caller put there stays out of log and metrics.
    const route = request.routeOptions.url ?? 'unmatched'
    const call = { method: request.method, route, status: answer.status, ms: Math.round(reply.elapsedTime * 10) / 10 }
    deps.observe(call)
    const fields = { ...call, requestId: request.id, actor: answer.actor }
    if (isQuiet && answer.status < 400) deps.log.debug(fields, 'call')
    else deps.log.info(fields, 'call')
    return reply
      .code(answer.status)
      .headers({ ...fixed, ...answer.headers, 'x-request-id': request.id })
      .send(sendable(answer.body))
  }
}
