import { request as plain } from 'node:http'
import { type RequestOptions, request as secure } from 'node:https'
import { canonicalAddress } from '../../http/client-address.ts'
import { kindOf } from '../../http/egress/address.ts'
import { judgedLookup, type LookUp } from '../../http/egress/lookup.ts'
import { hostOf, isLocalName, problemOfAddress, problemOfHost, type Reach } from '../../http/egress/reach.ts'

export type AskDeps = {
  readonly lookUp: LookUp
  readonly timeoutMs?: number
}
/** As much of it as openid-client uses. */
export type Asking = {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly signal?: AbortSignal | undefined
}
export type Ask = (url: string, asking: Asking) => Promise<Response>

/** A discovery document, some keys, an ID token with the groups of somebody who is in hundreds: no more is read. */
const readAtMost = 512 * 1024
const timeoutMs = 10_000

/**
 * One call to an identity provider. Where it leads stands in a document that the provider wrote, so each address is
 * judged when it is connected to, like those of servers: nobody reads the inside of this network by configuring a
 * provider. Redirects are not followed, the whole takes ten seconds at most, and no connection is kept.
 */
export const createAsk =
  (deps: AskDeps) =>
  (reach: Reach): Ask =>
  async (text, { method, headers, body, signal }) => {
    const url = new URL(text)
    const problem = problemOfEndpoint(text, reach)
    if (problem !== null) throw new Error(`${url.origin} ${problem}`)
    const limit = AbortSignal.timeout(deps.timeoutMs ?? timeoutMs)
    const options: RequestOptions = {
      method,
      agent: false,
      headers: { ...headers, 'accept-encoding': 'identity', connection: 'close' },
      lookup: judgedLookup(deps.lookUp, (address) => problemOfPlace(url, address, reach)),
      signal: signal ? AbortSignal.any([limit, signal]) : limit,
    }
    return send(url, options, bytesOf(body))
  }

/** What is wrong with an address that a provider names, as the end of a sentence; null: nothing that its text tells. */
export function problemOfEndpoint(text: string, reach: Reach): string | null {
  const url = URL.parse(text)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'must be a URL of https'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  const host = hostOf(url)
  const isHere = canonicalAddress(host) === null ? isLocalName(host) : kindOf(host) === 'loopback'
  if (url.protocol === 'http:' && !isHere) return needsHttps
  return problemOfHost(url, reach)
}

const needsHttps = 'must begin with https://; plain http is for this machine itself (127.0.0.1, [::1], localhost)'

/** A name that says it is this machine and is not must not carry secrets over a network in the clear. */
const problemOfPlace = (url: URL, address: string, reach: Reach): string | null =>
  url.protocol === 'http:' && kindOf(address) !== 'loopback' ? needsHttps : problemOfAddress(address, reach)

const bytesOf = (body: unknown): Buffer | null => {
  if (body === undefined || body === null) return null
  if (typeof body === 'string' || body instanceof URLSearchParams) return Buffer.from(String(body))
  throw new Error('A form is all that is sent to an identity provider.')
}

/** RFC 9110: answers without content. */
const empty = new Set([204, 205, 304])

const send = (url: URL, options: RequestOptions, body: Buffer | null): Promise<Response> => {
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  const call = (url.protocol === 'https:' ? secure : plain)(url, options)
  call.on('error', reject)
  call.on('response', (answer) => {
    const status = answer.statusCode ?? 0
    const read: Buffer[] = []
    let size = 0
    answer.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= readAtMost) read.push(chunk)
      else answer.destroy(new Error(`Its answer is larger than ${readAtMost} bytes.`))
    })
    answer.on('error', reject)
    answer.on('end', () => {
      const headers = { 'content-type': answer.headers['content-type'] ?? '' }
      if (status < 200 || status > 599) reject(new Error('Its answer has no status.'))
      else resolve(new Response(empty.has(status) ? null : Buffer.concat(read), { status, headers }))
    })
  })
  if (body) call.setHeader('content-length', body.length)
  call.end(body ?? undefined)
  return promise
}
