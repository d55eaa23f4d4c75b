import { type Problem, type ProblemCode, statusOf } from '../../problems.ts'
import type { RefusalBytes } from '../mcp/answer.ts'

/** Refusals as clients of OpenAI and Anthropic read them. The code that programs act on is `code`, in both. */

/** https://platform.openai.com/docs/guides/error-codes */
export function openaiRefusal(problem: Problem, requestId: string): RefusalBytes {
  const status = statusOf(problem)
  const { param = null, ...data } = problem.data ?? {}
  const error = { ...data, message: problem.detail, type: openaiType(problem.code, status), param, code: problem.code }
  return { status, headers: headersOf(problem, status), body: JSON.stringify({ error, request_id: requestId }) }
}

/** https://platform.claude.com/docs/en/api/errors */
export function anthropicRefusal(problem: Problem, requestId: string): RefusalBytes {
  const status = statusOf(problem)
  const { code, detail, data } = problem
  const error = { ...data, type: anthropicType(code, status), message: detail, code }
  const body = JSON.stringify({ type: 'error', error, request_id: requestId })
  return { status, headers: headersOf(problem, status), body }
}

/** The same in the middle of a stream. */
export const openaiEvent = (problem: Problem, requestId: string): string =>
  `data: ${openaiRefusal(problem, requestId).body}\n\n`
export const anthropicEvent = (problem: Problem, requestId: string): string =>
  `event: error\ndata: ${anthropicRefusal(problem, requestId).body}\n\n`

function openaiType(code: ProblemCode, status: number): string {
  if (code === 'budget_exceeded') return 'insufficient_quota'
  if (status === 401) return 'authentication_error'
  if (status === 403) return 'permission_error'
  if (status === 429) return 'rate_limit_exceeded'
  return status < 500 ? 'invalid_request_error' : 'server_error'
}

function anthropicType(code: ProblemCode, status: number): string {
  switch (status) {
    case 401:
      return 'authentication_error'
    case 403:
      return 'permission_error'
    case 404:
      return 'not_found_error'
    case 413:
      return 'request_too_large'
    case 429:
      return code === 'budget_exceeded' ? 'billing_error' : 'rate_limit_error'
    case 503:
      return 'overloaded_error'
    case 504:
      return 'timeout_error'
    default:
      return status < 500 ? 'invalid_request_error' : 'api_error'
  }
}

/** SDKs ask again by themselves, twice after any 429 or 5xx. Where that cannot help, they are told so. */
const final: ReadonlySet<ProblemCode> = new Set(['budget_exceeded', 'provider_credential_refused', 'loop_detected'])

function headersOf({ code, retryAfterSeconds }: Problem, status: number): string[] {
  const headers = ['content-type', 'application/json']
  if (status === 401) headers.push('www-authenticate', 'Bearer')
  if (final.has(code)) headers.push('x-should-retry', 'false')
  // A budget is no matter of seconds: where nobody says when it begins anew, nothing is said.
  const isSoon = (status === 429 || status === 503) && code !== 'budget_exceeded'
  const seconds = retryAfterSeconds ?? (isSoon ? 1 : undefined)
  if (seconds !== undefined) headers.push('retry-after', String(Math.ceil(seconds)))
  return headers
}
