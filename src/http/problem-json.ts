import { type Problem, problems, statusOf } from '../problems.ts'

export type ProblemAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** RFC 9457. `type` is a name and not an address: it must stay true without a web site. */
export const problemJson = (problem: Problem, requestId: string): ProblemAnswer => {
  const status = statusOf(problem)
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (problem.retryAfterSeconds !== undefined) headers['retry-after'] = String(Math.ceil(problem.retryAfterSeconds))
  // RFC 9110 §15.5.2: a 401 names the scheme that would be accepted.
  if (status === 401) headers['www-authenticate'] = 'Bearer'
  const body = JSON.stringify({
    ...problem.data,
    type: `urn:ostiary:error:${problem.code}`,
    title: problems[problem.code].title,
    status,
    detail: problem.detail,
    code: problem.code,
    requestId,
    ...(problem.errors === undefined ? {} : { errors: problem.errors }),
  })
  return { status, headers, body }
}
