import type { IncomingHttpHeaders } from 'node:http'
import { tokenPattern } from '../keys/token.ts'
import { viaOf } from './via.ts'

/**
 * What passes, in either direction; everything else stays here. So no inbound credential, cookie or hop-by-hop header
 * reaches a server, and no Set-Cookie or challenge of a server reaches a client.
 */
const forwarded: ReadonlySet<string> = new Set(['accept', 'content-type', 'last-event-id', 'user-agent'])
const delivered: ReadonlySet<string> = new Set([
  'allow',
  'content-encoding',
  'content-language',
  'content-type',
  'date',
  'etag',
  'last-modified',
  'retry-after',
])
/** The protocol's own: `Mcp-Method`, `Mcp-Name`, `Mcp-Param-*` and what is still to come. */
const isProtocol = (name: string): boolean => name.startsWith('mcp-')
const sessionHeader = 'mcp-session-id'

/** Which headers pass: to the server, and back to the client. */
export type Passing = {
  readonly there: (name: string) => boolean
  readonly back: (name: string) => boolean
}
const ofMcp: Passing = {
  there: (name) => forwarded.has(name) || isProtocol(name),
  back: (name) => delivered.has(name) || isProtocol(name),
}

export type Injected = { readonly name: string; readonly value: string }

/** Flat list for the server. `sessionId` is the server's own, already unwrapped. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  sessionId: string | null,
  injected: Injected | null,
  gatewayId: string,
  { there }: Passing = ofMcp,
): string[] {
  const { via } = headers
  const cleanVia = via === undefined || holdsToken(via) ? undefined : via
  // Compressed, the answer could not be searched for the secret that this call injected.
  const list = ['accept-encoding', 'identity', 'via', viaOf(cleanVia, gatewayId)]
  for (const name in headers) {
    if (!there(name)) continue
    if (name === sessionHeader || name === injected?.name) continue
    const value = headers[name]
    if (typeof value === 'string' && !holdsToken(value)) list.push(name, value)
  }
  if (sessionId !== null) list.push(sessionHeader, sessionId)
  if (injected !== null) list.push(injected.name, injected.value)
  return list
}

/** A key belongs into two headers only, and neither is passed on. Wherever else a client writes one, it stays here. */
function holdsToken(value: string): boolean {
  if (value.includes('ost') && value.includes('_') && value.search(tokenPattern) !== -1) return true
  if (!value.includes('=?')) return false
  for (const [, inside = ''] of value.matchAll(encodedPart))
    if (Buffer.from(inside, 'base64').toString('latin1').search(tokenPattern) !== -1) return true
  return false
}

/** How the protocol writes values that are no plain ASCII (MCP 2026-07-28), read more widely than it is defined. */
const encodedPart = /=\?base64\?([^?]*)/gi

/** Flat list for the client, without session id and length, which the caller adds as it delivers them. */
export function responseHeaders(
  headers: IncomingHttpHeaders,
  clean: (value: string) => string,
  { back }: Passing = ofMcp,
): string[] {
  const list = ['cache-control', clean(cachingOf(headers['cache-control']))]
  for (const name in headers) {
    if (!back(name)) continue
    if (name === sessionHeader) continue
    const value = headers[name]
    if (value !== undefined) list.push(name, clean(typeof value === 'string' ? value : value.join(', ')))
  }
  return list
}

/**
 * An answer to one key is for that key alone. A shared cache in front of us could otherwise give it to others, because
 * it knows that `Authorization` makes a call somebody's own, and does not know the same of `x-api-key`.
 */
function cachingOf(said: string | readonly string[] | undefined): string {
  const text = String(said ?? '')
  // A list in quotes could hide a directive from us or from a cache, and nobody is wrong who caches less.
  if (text === '' || text.includes('"')) return 'private'
  const kept = text.split(',').flatMap((part) => (isForSharedCaches.test(part) ? [] : part.trim() || []))
  if (!kept.some((part) => /^(?:private|no-store)$/i.test(part))) kept.push('private')
  return kept.join(', ')
}

const isForSharedCaches = /^\s*(?:public|s-maxage|proxy-revalidate)\s*(?:=|$)/i

export const sessionIdOf = (headers: IncomingHttpHeaders): string | null => {
  const id = headers[sessionHeader]
  return typeof id === 'string' && id !== '' ? id : null
}

export { sessionHeader }
