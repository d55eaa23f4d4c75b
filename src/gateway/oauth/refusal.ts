import { type Problem, type ProblemCode, refuse, statusOf } from '../../problems.ts'
import { errors, type OAuthError } from './errors.data.ts'

type Bytes = { readonly status: number; readonly headers: string[]; readonly body: string }

/** The dialect of RFC 6749 §5.2, with our code beside its error, for whoever knows it. */
export function oauthRefusal(problem: Problem, requestId: string): Bytes {
  const { code, detail, data } = problem
  const error = said(data?.['error']) ?? errors[code] ?? 'invalid_request'
  const status = statusIn(error, problem)
  const headers = ['content-type', 'application/json']
  // RFC 6749 §5.2 wants it where the client came with the header; clients that did not take it for another error.
  if (error === 'invalid_client' && data?.['scheme'] === 'basic')
    headers.push('www-authenticate', 'Basic realm="ostiary"')
  const seconds = problem.retryAfterSeconds ?? (status === 429 || status === 503 ? 1 : undefined)
  if (seconds !== undefined) headers.push('retry-after', String(Math.ceil(seconds)))
  return { status, headers, body: JSON.stringify({ error, error_description: plain(detail), code, requestId }) }
}

/** A refusal of this endpoint under a name that its code does not have by itself. */
export const refuseAs = (error: OAuthError, code: ProblemCode, detail: string) =>
  refuse(code, { detail, data: { error } })

/** Of a client that came with an Authorization header. */
export const byHeader = (problem: Problem): Problem => ({ ...problem, data: { ...problem.data, scheme: 'basic' } })

/** The same problem for a token that was presented as the subject of an exchange (RFC 8693 §2.2.2). */
export const ofSubject = (problem: Problem): Problem =>
  errors[problem.code] === 'invalid_client'
    ? { ...problem, data: { ...problem.data, error: 'invalid_request' } }
    : problem

const known: ReadonlySet<unknown> = new Set(Object.values(errors))
const more: ReadonlySet<unknown> = new Set([
  'invalid_request',
  'unsupported_grant_type',
  'invalid_scope',
  'invalid_target',
])
const isError = (value: unknown): value is OAuthError => known.has(value) || more.has(value)
const said = (value: unknown): OAuthError | null => (isError(value) ? value : null)

/** Everything about the request itself is a 400 there; what is about the body or about us keeps its own. */
function statusIn(error: OAuthError, problem: Problem): number {
  if (error === 'invalid_client') return 401
  const own = statusOf(problem)
  return own === 401 || own === 403 || own === 422 || own === 409 ? 400 : own
}

/** `error_description` is ASCII without quotes and backslashes. */
const plain = (text: string): string => text.replaceAll('"', "'").replaceAll(/[^\x20-\x7e]|\\/g, '?')
