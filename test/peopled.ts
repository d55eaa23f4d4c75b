import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import { type Answer, ask, type Json, type Product, type ProductOptions, startProduct } from './product.ts'
import { startRawUpstream } from './raw-upstream.ts'
import { freshDatabase } from './store-kinds.ts'

export type Person = { readonly id: string; readonly token: string }
export type Stream = { readonly ended: Promise<void>; readonly isOpen: () => boolean; readonly close: () => void }

/** A product with people in it, and behind it servers that say where they were called and with what. */
export type Peopled = {
  readonly product: Product
  /** 201, or the test fails. As the owner, unless a management token says who asks. */
  readonly make: (path: string, body: Json, token?: string) => Promise<Json>
  /** 200, and every gateway has it; what they have acknowledged is true for the next call. */
  readonly change: (method: string, path: string, body?: Json, token?: string) => Promise<Json>
  readonly see: (path: string, token?: string) => Promise<Json>
  readonly person: (name: string) => Promise<Person>
  /** Registered at a path of its own; in no catalog, unless it is said. */
  readonly server: (slug: string, more?: object) => Promise<Json>
  readonly key: (body: object, token?: string) => Promise<{ readonly id: string; readonly secret: string; key: Json }>
  readonly call: (server: string, secret: string, tool?: string) => Promise<Answer>
  /** Status and code of a call. */
  readonly verdict: (server: string, secret: string, tool?: string) => Promise<[number, string | null]>
  readonly stream: (server: string, secret: string) => Promise<Stream>
  readonly stop: () => Promise<void>
}

export const open: [number, null] = [200, null]
export const closed: [number, string] = [403, 'server_not_allowed']
export const all = { mode: 'all' } as const
export const none = { mode: 'none' } as const
export const only = (...items: string[]) => ({ mode: 'only', items })
export const except = (...items: string[]) => ({ mode: 'except', items })

export async function startPeopled(store: ProductOptions['store'], env: Record<string, string> = {}): Promise<Peopled> {
  const databaseUrl = store === 'postgres' ? await freshDatabase() : null
  const upstream = await startRawUpstream()
  upstream.answerAll(({ request, body, response }) => {
    const { id, params } = JSON.parse(String(body) || '{}')
    if (params?.name === 'stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      return
    }
    const result = { path: request.url, credential: digestOf(String(request.headers['x-upstream'])) }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  })
  const product = await startProduct({ store, env, ...(databaseUrl ? { databaseUrl } : {}) })
  const rest = (token?: string) => (method: string, path: string, body?: Json) =>
    product.rest(method, path, body, token === undefined ? {} : { authorization: `Bearer ${token}` })
  const expectStatus = (status: number, path: string, answer: Answer): Json => {
    if (answer.status === status) return answer.body
    const requestId = answer.body?.requestId
    const lines = product.logs().split('\n')
    const log = lines.filter((line) => requestId && line.includes(requestId)).join('\n')
    throw new Error(`${path} answered ${answer.status}: ${answer.text}\n${log}`)
  }
  const change: Peopled['change'] = async (method, path, body, token) => {
    const done = expectStatus(200, path, await rest(token)(method, `${path}?waitMs=10000`, body))
    let { effect } = done
    // What comes after it in the log comes after it on gateways: a change of nothing waits for both.
    for (let again = 0; again < 10 && !isEverywhere(effect); again += 1)
      ({ effect } = expectStatus(200, path, await rest()('PATCH', '/projects/default?waitMs=10000', {})))
    expect([effect.pending, effect.acked.length > 0], path).toEqual([[], true])
    return { ...done, effect }
  }
  const make: Peopled['make'] = async (path, body, token) => {
    const made = expectStatus(201, path, await rest(token)('POST', path, body))
    // Answered a quarter of a second later at the latest, gateways or not; what comes after it in the log comes after it there.
    if (/^.(keys|servers|apps|catalogs)/.test(path)) await change('PATCH', '/projects/default', {})
    return made
  }
  const call: Peopled['call'] = (server, secret, tool = 'any') => product.call(server, secret, calling(tool))
  return {
    product,
    make,
    change,
    see: async (path, token) => expectStatus(200, path, await rest(token)('GET', path)),
    person: async (name) => {
      const { member } = await make('/members', { email: `${name}@example.com`, name })
      const { secret } = await make('/management-tokens', { name, scopes: ['*'], member: member.id })
      return { id: member.id, token: secret }
    },
    server: async (slug, more = {}) => {
      const transport = { type: 'http', url: new URL(`/${slug}`, upstream.url).href }
      return (await make('/servers', { slug, transport, catalogs: [], ...more })).server
    },
    key: async (body, token) => {
      const { key, secret } = await make('/keys', { name: 'a key', ...body }, token)
      return { id: key.id, secret, key }
    },
    call,
    verdict: async (server, secret, tool) => verdictOf(await call(server, secret, tool)),
    stream: (server, secret) => openStream(`${product.gatewayUrl}/mcp-connect/${server}`, secret),
    stop: async () => {
      await product.stop()
      await upstream.stop()
    },
  }
}

/** What a server says back of its credential is redacted on the way; what it was shows in this all the same. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

export const calling = (tool: string) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: tool, arguments: {} },
})

export const verdictOf = ({ status, body }: Answer): [number, string | null] => [
  status,
  body?.error?.data?.code ?? body?.code ?? null,
]

/** The call of a tool that answers with events and never ends by itself. */
export async function openStream(url: string, secret: string): Promise<Stream> {
  const closing = new AbortController()
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${secret}`,
    },
    body: JSON.stringify(calling('stream')),
    signal: closing.signal,
  })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  let isOpen = true
  const end = () => {
    isOpen = false
  }
  return { ended: answer.text().then(end, end), isOpen: () => isOpen, close: () => closing.abort() }
}

/** The line of the gateway about one call, by the request id that the answer carried. */
export function lineOf(product: Product, requestId: string | null): Json {
  const lines = product.logs().split('\n')
  const line = lines.find((text) => text.includes(`"requestId":"${requestId}"`) && text.includes('"route"'))
  return line === undefined ? null : JSON.parse(line)
}

/** `GET /api/me` with a key. */
export const whoAmI = (gatewayUrl: string, secret: string): Promise<Answer> =>
  ask(`${gatewayUrl}/api/me`, { headers: { authorization: `Bearer ${secret}` } })

const isEverywhere = ({ pending, acked }: Json): boolean => pending.length === 0 && acked.length > 0
