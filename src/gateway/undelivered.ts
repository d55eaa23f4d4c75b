import type { IncomingHttpHeaders } from 'node:http'
import { EgressRefused } from '../http/egress/lookup.ts'
import { type Problem, refuse } from '../problems.ts'
import { sessionIdOf } from './upstream-headers.ts'

/** Answers of servers that are not handed on, and those that never came. */

/** What is wrong with an answer by its head, or null. */
export function unacceptable(status: number, headers: IncomingHttpHeaders, isSecret: boolean): Problem | null {
  // Followed, a redirect would carry body and credential to a host that nobody approved.
  if (status >= 300 && status < 400) return redirected
  const encoding = headers['content-encoding']
  if (isSecret && encoding !== undefined && encoding !== 'identity') return compressed
  // RFC 9112 §6.1: a coding of this hop, which nobody asked for and which the client would not be told of.
  const transfer = headers['transfer-encoding']
  if (transfer !== undefined && !/^(?:chunked|identity)$/i.test(String(transfer).trim())) return compressed
  // Wrapped, it would not fit into the headers of the next call, and ten thousand of them are remembered.
  if ((sessionIdOf(headers)?.length ?? 0) > longestSessionId) return longSessionId
  return null
}

const redirected = refuse('upstream_unreachable', {
  detail: 'The MCP server answered with a redirect, which is never followed. Register its final address.',
}).problem
const compressed = refuse('upstream_unreachable', {
  detail: 'The MCP server compressed its answer although it was asked not to.',
}).problem

const longestSessionId = 1024
const longSessionId = refuse('upstream_unreachable', {
  detail: `The MCP server gave a session id of more than ${longestSessionId} characters.`,
}).problem

export const tooSlow = refuse('upstream_timeout', { log: { upstreamError: 'no answer in time' } }).problem

const timeoutCodes: ReadonlySet<string> = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ETIMEDOUT'])

/** The reason goes to the log only: it names addresses of the inside. */
export function problemOf(error: Error): Problem {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  const log = { upstreamError: code, ...(error instanceof EgressRefused ? { reason: error.message } : {}) }
  return timeoutCodes.has(code)
    ? refuse('upstream_timeout', { log }).problem
    : refuse('upstream_unreachable', { log }).problem
}
