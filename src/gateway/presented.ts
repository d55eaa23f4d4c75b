import type { IncomingMessage } from 'node:http'
import { ok, type Result, refuse } from '../problems.ts'
import type { Secret } from '../secret.ts'

/**
 * The one credential that a call carries, or null. Two that differ are refused: which of them counts is nobody's guess.
 * `urlKey`: the one that stood in its path.
 */
export function presented(
  request: Pick<IncomingMessage, 'rawHeaders' | 'url'>,
  urlKey: Secret | null = null,
): Result<string | null> {
  if (keyInQuery(request.url ?? '')) return inQuery
  // node keeps the first of two Authorization headers and drops the other in silence; only the raw list shows both.
  const raw = request.rawHeaders
  let authorization: string | null = null
  let apiKey: string | null = null
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (name.length === 13 && name.toLowerCase() === 'authorization') {
      if (authorization !== null) return ambiguous
      authorization = raw[i + 1] ?? ''
    } else if (name.length === 9 && name.toLowerCase() === 'x-api-key') {
      if (apiKey !== null) return ambiguous
      apiKey = (raw[i + 1] ?? '').trim()
    }
  }
  if (urlKey !== null) return inUrl(urlKey.reveal(), authorization, apiKey)
  if (authorization === null) return apiKey ? ok(apiKey) : none
  const bearer = bearerOf(authorization)
  if (apiKey !== null && apiKey !== bearer) return ambiguous
  return bearer === null || bearer === '' ? none : ok(bearer)
}

/** A key in the path stands alone. The same one in a header is a URL key where none belongs. */
function inUrl(urlKey: string, authorization: string | null, apiKey: string | null): Result<string> {
  if (!authorization && !apiKey) return ok(urlKey)
  if (authorization && bearerOf(authorization) !== urlKey) return ambiguous
  return apiKey && apiKey !== urlKey ? ambiguous : urlKeyInHeader
}

/** RFC 9110 §11.1: the scheme's case does not matter. Null: another scheme, which is no key. */
function bearerOf(header: string): string | null {
  if (header.length < 6 || header.slice(0, 6).toLowerCase() !== 'bearer') return null
  if (header.length === 6) return ''
  const gap = header.charCodeAt(6)
  return gap === 0x20 || gap === 0x09 ? header.slice(7).trim() : null
}

/** Wider than the grammar: half a key, or one with a typing error, is a leak in an access log just the same. */
const tokenLike = /(?:^|[^0-9A-Za-z])ost[kuage]_[0-9A-Za-z]{8}/

export function keyInQuery(url: string): boolean {
  const at = url.indexOf('?')
  if (at === -1) return false
  const query = url.slice(at + 1)
  if (!query.includes('ost') && !query.includes('%')) return false
  for (const [name, value] of new URLSearchParams(query)) if (tokenLike.test(name) || tokenLike.test(value)) return true
  return false
}

const none: Result<string | null> = ok(null)
const ambiguous = refuse('credential_ambiguous', {
  detail: 'Send the key once: in one Authorization header, in x-api-key, or, if it is a URL key, in the URL.',
})
/** 403 on control; here the call is simply not authenticated. */
const urlKeyInHeader = refuse('key_kind', { status: 401, detail: 'A URL key belongs into the URL and into no header.' })
const inQuery = refuse('key_in_query', {
  detail:
    'Query strings end up in logs. Send the key as "Authorization: Bearer" and rotate the one that was in the query.',
})
