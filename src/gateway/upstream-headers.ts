import type { IncomingHttpHeaders } from 'node:http'

/**
 * What passes, in either direction; everything else stays here. So no inbound credential, cookie or hop-by-hop header
 * reaches a server, and no Set-Cookie or challenge of a server reaches a client.
 */
const forwarded: ReadonlySet<string> = new Set(['accept', 'content-type', 'last-event-id', 'user-agent'])
const delivered: ReadonlySet<string> = new Set([
  'allow',
  'cache-control',
  'content-encoding',
  'content-language',
  'content-type',
  'date',
  'etag',
  'expires',
  'last-modified',
  'retry-after',
])
/** The protocol's own: `Mcp-Method`, `Mcp-Name`, `Mcp-Param-*` and what is still to come. */
const isProtocol = (name: string): boolean => name.startsWith('mcp-')
const sessionHeader = 'mcp-session-id'

export type Injected = { readonly name: string; readonly value: string }

/** Flat list for the server. `sessionId` is the server's own, already unwrapped. */
export function requestHeaders(
  headers: IncomingHttpHeaders,
  sessionId: string | null,
  injected: Injected | null,
): string[] {
  // Compressed, the answer could not be searched for the secret that this call injected.
  const list = ['accept-encoding', 'identity']
  for (const name in headers) {
    if (!forwarded.has(name) && !isProtocol(name)) continue
    if (name === sessionHeader || name === injected?.name) continue
    const value = headers[name]
    if (typeof value === 'string') list.push(name, value)
  }
  if (sessionId !== null) list.push(sessionHeader, sessionId)
  if (injected !== null) list.push(injected.name, injected.value)
  return list
}

/** Flat list for the client, without session id and length, which the caller adds as it delivers them. */
export function responseHeaders(headers: IncomingHttpHeaders, clean: (value: string) => string): string[] {
  const list: string[] = []
  for (const name in headers) {
    if (!delivered.has(name) && !isProtocol(name)) continue
    if (name === sessionHeader) continue
    const value = headers[name]
    if (value !== undefined) list.push(name, clean(typeof value === 'string' ? value : value.join(', ')))
  }
  return list
}

export const sessionIdOf = (headers: IncomingHttpHeaders): string | null => {
  const id = headers[sessionHeader]
  return typeof id === 'string' && id !== '' ? id : null
}

export { sessionHeader }
