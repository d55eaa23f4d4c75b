import { type Problem, problems, statusOf } from '../../problems.ts'
import type { RpcId } from './message.ts'

export type RefusalBytes = { readonly status: number; readonly headers: readonly string[]; readonly body: string }

/** -32603 is JSON-RPC's "internal error": for the few problems that have no code of their own on MCP paths. */
const internal = -32603

/**
 * A refusal before the JSON-RPC layer: HTTP status for what stands between, a JSON-RPC error for the client. The code
 * that programs act on is in `data`, since every implementation numbers its errors as it likes.
 */
export function rpcRefusal(problem: Problem, requestId: string, id: RpcId): RefusalBytes {
  const { status, headers, error } = preparedFor(problem)
  // Ids of requests are plain by grammar (http/request-id.ts).
  return {
    status,
    headers,
    body: `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"error":${error},"requestId":"${requestId}"}}}`,
  }
}

/** `error` is open at its end: the request's id is missing, and two braces. */
type Prepared = { readonly status: number; readonly headers: readonly string[]; readonly error: string }

/** Most refusals are constants, and a stranger's must be cheap: written once, not per call (with a larger heap beside it, 31 µs a refusal became 27). */
const prepared = new WeakMap<Problem, Prepared>()

function preparedFor(problem: Problem): Prepared {
  const held = prepared.get(problem)
  if (held) return held
  const entry = problems[problem.code]
  const status = statusOf(problem)
  const error = JSON.stringify({
    code: 'rpc' in entry ? entry.rpc : internal,
    message: problem.detail,
    data: { ...problem.data, ...waitingFor(problem), code: problem.code },
  }).slice(0, -2)
  const fresh = { status, headers: ['content-type', 'application/json', ...refusalHeaders(problem, status)], error }
  prepared.set(problem, fresh)
  return fresh
}

/** Seconds, as in the header, which clients of MCP do not hand on. */
const waitingFor = ({ retryAfterSeconds: seconds }: Problem) =>
  seconds === undefined ? {} : { retryAfter: Math.ceil(seconds) }

function refusalHeaders(problem: Problem, status: number): string[] {
  const headers: string[] = []
  // No `resource_metadata`: it would send clients into a sign-in that does not exist (B01).
  if (status === 401) headers.push('www-authenticate', 'Bearer')
  const seconds = problem.retryAfterSeconds ?? (status === 429 || status === 503 ? 1 : undefined)
  if (seconds !== undefined) headers.push('retry-after', String(Math.ceil(seconds)))
  return headers
}
