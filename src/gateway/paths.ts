import type { IncomingMessage } from 'node:http'
import { parseToken } from '../keys/token.ts'
import { Secret } from '../secret.ts'
import { type LlmPlace, llmPlaceOf, llmRouteOf } from './llm/place.ts'
import type { Document } from './oauth/metadata.ts'

/** What a path leads to. */
export type Place =
  /** One server. `server`: as the caller wrote it. `urlKey`: the token that stood in the path. */
  | { readonly kind: 'mcp'; readonly server: string; readonly urlKey: Secret | null }
  /** All servers of the key at one address. */
  | { readonly kind: 'mcp-all'; readonly urlKey: Secret | null }
  | LlmPlace
  | { readonly kind: 'me' }
  | { readonly kind: 'token' }
  | { readonly kind: 'sign-in' }
  | { readonly kind: 'metadata'; readonly document: Document }
  | { readonly kind: 'health'; readonly isReadiness: boolean }
  | { readonly kind: 'unknown' }

const connectPrefix = '/mcp-connect/'
/** Below it the next segment is a secret, or somebody took something for one. */
const keyPrefix = '/mcp/'

/** The name of the route: what logs say instead of the path, whose segments may be anything. */
export function routeOf(place: Place): string {
  switch (place.kind) {
    case 'mcp':
      return place.urlKey === null ? '/mcp-connect/{server}' : '/mcp/{urlKey}/{server}'
    case 'mcp-all':
      return place.urlKey === null ? '/mcp' : '/mcp/{urlKey}'
    case 'llm':
      return llmRouteOf(place)
    case 'me':
      return '/api/me'
    case 'token':
      return '/oauth/token'
    case 'sign-in':
      return '/oauth/authorize'
    case 'metadata':
      return '/.well-known'
    case 'health':
      return '/healthz'
    case 'unknown':
      return 'unknown'
  }
}

/** Where browsers must not tell the next site where they were. */
export const mayHoldKey = (path: string): boolean => path.startsWith(keyPrefix)

/**
 * Path and place of a call. What stands behind `/mcp/` is taken out of the request, so that nothing which reads its
 * address later, a log above all, can tell it.
 */
export function takePlace(request: IncomingMessage): { readonly path: string; readonly place: Place } {
  const url = request.url ?? ''
  const query = url.indexOf('?')
  const path = query === -1 ? url : url.slice(0, query)
  if (!mayHoldKey(path)) return { path, place: placeOf(path) }
  const place = placeOfKey(path.slice(keyPrefix.length))
  request.url = keyPrefix + (query === -1 ? '' : url.slice(query))
  return { path: keyPrefix, place }
}

function placeOf(path: string): Place {
  if (path.startsWith(connectPrefix)) {
    const server = path.slice(connectPrefix.length)
    return isSegment(server) ? { kind: 'mcp', server, urlKey: null } : unknown
  }
  if (path.startsWith(resourcePrefix)) return placeOfResource(path.slice(resourcePrefix.length))
  switch (path) {
    case '/mcp':
      return { kind: 'mcp-all', urlKey: null }
    case '/api/me':
      return { kind: 'me' }
    case '/oauth/token':
      return { kind: 'token' }
    case '/oauth/authorize':
      return { kind: 'sign-in' }
    case '/.well-known/oauth-authorization-server':
      return { kind: 'metadata', document: { kind: 'server' } }
    case '/healthz':
      return { kind: 'health', isReadiness: false }
    case '/readyz':
      return { kind: 'health', isReadiness: true }
    default:
      return llmPlaceOf(path) ?? unknown
  }
}

const resourcePrefix = '/.well-known/oauth-protected-resource'

/**
 * RFC 9728 §3.1: the path of a resource behind it. Any that is well-formed, whether anything is there or not; where a key
 * stands in the path, there is nothing to be signed in to, and nothing of it is said back.
 */
function placeOfResource(of: string): Place {
  const isWellFormed = /^(?:\/[A-Za-z0-9._~-]{1,128}){0,8}$/.test(of) && !/ost[kuage]_/.test(of)
  return isWellFormed ? { kind: 'metadata', document: { kind: 'resource', of } } : unknown
}

/** No token by grammar, so no route: percent signs and other spellings of one are none. */
function placeOfKey(rest: string): Place {
  const slash = rest.indexOf('/')
  const segment = slash === -1 ? rest : rest.slice(0, slash)
  if (parseToken(segment) === null && !childToken.test(segment)) return unknown
  const urlKey = new Secret(segment, '{urlKey}')
  if (slash === -1) return { kind: 'mcp-all', urlKey }
  const server = rest.slice(slash + 1)
  return isSegment(server) ? { kind: 'mcp', server, urlKey } : unknown
}

/** Refused here like a header key, and by its own name. */
const childToken = /^oste_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/

const isSegment = (text: string): boolean => text !== '' && !text.includes('/')
const unknown: Place = { kind: 'unknown' }
