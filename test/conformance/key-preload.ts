import http from 'node:http'
import { createRequire, syncBuiltinESMExports } from 'node:module'

/**
 * Loaded into the conformance suite by `NODE_OPTIONS=--import`: the suite has no flag for headers, so the key is added
 * here, to calls of the gateway's origin only. The suite calls by three ways (its own SDK by fetch, undici's
 * `request` where it forges Host, `http.request`), so all three are covered.
 */
const origin = process.env['CONFORMANCE_ORIGIN'] ?? ''
const authorization = `Bearer ${process.env['CONFORMANCE_KEY'] ?? ''}`

const isOurs = (url: string | URL): boolean => URL.canParse(String(url)) && new URL(url).origin === origin

const fetchWithoutKey = globalThis.fetch
globalThis.fetch = (input, init) => {
  const url = input instanceof Request ? input.url : input
  if (!isOurs(url)) return fetchWithoutKey(input, init)
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined))
  if (!headers.has('authorization')) headers.set('authorization', authorization)
  return fetchWithoutKey(input, { ...init, headers })
}

type UndiciModule = { request: (url: string | URL, options?: { headers?: Record<string, string> }) => unknown }
const undici: UndiciModule = createRequire(
  new URL('../../node_modules/@modelcontextprotocol/conformance/dist/index.js', import.meta.url),
)('undici')
const requestWithoutKey = undici.request
undici.request = (url, options) =>
  requestWithoutKey(url, isOurs(url) ? { ...options, headers: { ...options?.headers, authorization } } : options)

const httpRequestWithoutKey = http.request
http.request = ((...args: Parameters<typeof http.request>) => {
  const request = httpRequestWithoutKey(...args)
  const url = `${request.protocol}//${request.getHeader('host') ?? ''}`
  if (isOurs(url) && !request.hasHeader('authorization')) request.setHeader('authorization', authorization)
  return request
}) as typeof http.request
syncBuiltinESMExports()
