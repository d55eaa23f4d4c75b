import { SdkHttpError } from '@modelcontextprotocol/client'
import { ProtocolError } from '@modelcontextprotocol/server'
import { type Problem, problems, refuse } from '../../../problems.ts'
import { membersOf } from '../stdio/message.ts'
import type { UpstreamClient } from './client.ts'
import { because, problemBehind } from './undelivered.ts'

/** The error of a call as its client hears it: the server's own where it said one, else why it did not answer. */
export function failureOf(error: unknown): Error {
  const said = saidBy(error)
  return said ?? problemError(problemOf(error))
}

/** In the words of the catalogue; for the answer of one call among others, where no HTTP status can say it. */
export function problemError(problem: Problem): ProtocolError {
  const entry = problems[problem.code]
  const code = 'rpc' in entry ? entry.rpc : internal
  return because(problem, new ProtocolError(code, problem.detail, { ...problem.data, code: problem.code }))
}

/** Why a server did not answer. */
export const problemOf = (error: unknown): Problem => problemBehind(error) ?? unreachable

const unreachable = refuse('upstream_unreachable').problem
const internal = -32603

/** An error that the server itself answered with. */
export function saidBy(error: unknown): Error | null {
  if (problemBehind(error) !== null || !(error instanceof Error)) return null
  if (error instanceof SdkHttpError) return errorIn(error.data['text'])
  return 'code' in error && typeof error.code === 'number' ? error : null
}

/** Of an HTTP answer: 2026-07-28 says an unknown method with 404 and an error in the body. */
function errorIn(text: unknown): Error | null {
  const { code, message, data } = membersOf(membersOf(parsed(text))['error'])
  if (typeof code !== 'number' || typeof message !== 'string') return null
  return new ProtocolError(code, message, data)
}

function parsed(text: unknown): unknown {
  try {
    return typeof text === 'string' ? JSON.parse(text) : null
  } catch {
    return null
  }
}

/** What was known of the server's era is over: it does not take our messages as they are. */
export function isStaleEra(client: UpstreamClient, error: unknown): boolean {
  if (client.era === 'legacy') return false
  const said = saidBy(error)
  const code = said !== null && 'code' in said ? said.code : null
  if (!(error instanceof SdkHttpError)) return code === unsupportedVersion
  // Older servers miss their session, each in its own words. Only an unknown method has this status in the newer era.
  return [400, 404, 405].includes(error.status) && code !== methodUnknown
}

const methodUnknown = -32601
const unsupportedVersion = -32022

export const isMethodUnknown = (error: unknown): boolean => {
  const said = saidBy(error)
  return said !== null && 'code' in said && said.code === methodUnknown
}
