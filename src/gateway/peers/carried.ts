import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { Incoming } from '../incoming.ts'
import { digestOf, type Envelope } from './envelope.ts'

/** Of a call that is handed on: the sealed word of one gateway to the other; of its answer: the proof that it was read. */
export const hopHeader = 'ostiary-hop'
/** All that a hop says in the clear. Where it really leads may hold a key. */
export const hopPath = '/peer'

const secret: ReadonlySet<string> = new Set(['authorization', 'x-api-key'])
/** `origin` stays: browsers are the business of the gateway that they speak with. */
const carried: ReadonlySet<string> = new Set(['accept', 'content-type', 'last-event-id', 'user-agent'])
const isCarried = (name: string): boolean => carried.has(name) || name.startsWith('mcp-')

/** What of a caller's headers travels as it is, as a flat list in the order of the names. */
export function carriedHeaders(headers: IncomingHttpHeaders): string[] {
  const list: string[] = []
  for (const name of Object.keys(headers).filter(isCarried).toSorted()) {
    const value = headers[name]
    if (value !== undefined) list.push(name, typeof value === 'string' ? value : value.join(', '))
  }
  return list
}

export const digestOfHeaders = (headers: IncomingHttpHeaders): string =>
  digestOf(JSON.stringify(carriedHeaders(headers)))

/** As they were written: node keeps the first of two in silence, and the other gateway must refuse what this one would. */
export function credentialOf({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): Envelope['credential'] {
  const found: Envelope['credential'] = []
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase()
    if (name === 'authorization' || name === 'x-api-key') found.push([name, rawHeaders[at + 1] ?? ''])
  }
  return found
}

/** The address that was called, from which `takePlace` has taken the key. */
export function pathOf({ request, urlKey, server }: Pick<Incoming, 'request' | 'urlKey' | 'server'>): string {
  const url = request.url ?? '/'
  if (urlKey === null) return url
  const query = url.indexOf('?')
  return `/mcp/${urlKey.reveal()}${server === null ? '' : `/${server}`}${query === -1 ? '' : url.slice(query)}`
}

/** The call as its caller made it, where it was handed on to. False: it holds what no hop holds. */
export function restore(request: IncomingMessage, { path, credential, via }: Envelope): boolean {
  const { headers } = request
  if (Object.keys(headers).some((name) => secret.has(name))) return false
  request.url = path
  if (via === null) delete headers.via
  else headers.via = via
  for (const [name, value] of credential) {
    headers[name] ??= value
    request.rawHeaders.push(name, value)
  }
  return true
}

/** Nobody behind the door sees it, whoever has sent it. */
export function takeHopHeader(request: IncomingMessage): string | null {
  const value = request.headers[hopHeader]
  if (value === undefined) return null
  delete request.headers[hopHeader]
  const raw = request.rawHeaders
  for (let at = raw.length - 2; at >= 0; at -= 2) if (raw[at]?.toLowerCase() === hopHeader) raw.splice(at, 2)
  return String(value)
}

/** About one connection (RFC 9110 §7.6.1), or said by the gateway that the client speaks with. */
const own: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'vary',
  'x-request-id',
  hopHeader,
])

/** Of the other gateway's answer, as a flat list. */
export function deliveredHeaders(headers: IncomingHttpHeaders): string[] {
  const list: string[] = []
  for (const name in headers) {
    const value = headers[name]
    if (value === undefined || own.has(name) || name.startsWith('access-control-')) continue
    list.push(name, typeof value === 'string' ? value : value.join(', '))
  }
  return list
}
