import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { mint } from '../src/keys/token.ts'
import { type Answer, ask, type Issued, type Product, startProduct } from './product.ts'
import { freePorts } from './programs.ts'
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts'

let product: Product
let upstream: RawUpstream
let key: Issued
let other: Issued
let arrived = 0
const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'echo', arguments: {} } }

beforeAll(async () => {
  upstream = await startRawUpstream()
  upstream.answerAll(({ request, response }) => {
    if (request.headers['mcp-test'] === 'refusals') arrived += 1
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"jsonrpc":"2.0","id":7,"result":{}}')
  })
  product = await startProduct({ store: 'sqlite' })
  await product.addServer({ slug: 'echo', transport: { type: 'http', url: upstream.url } })
  const [port] = await freePorts(1)
  await product.addServer({ slug: 'down', transport: { type: 'http', url: `http://127.0.0.1:${port}/mcp` } })
  key = await product.createKey('refusals')
  other = await product.createKey('other server', 'down')
})
afterAll(async () => {
  await product?.stop()
  await upstream?.stop()
})

const send = (
  headers: Record<string, string>,
  more: { path?: string; body?: string; method?: string } = {},
): Promise<Answer> =>
  ask(`${product.gatewayUrl}${more.path ?? '/mcp-connect/echo'}`, {
    method: more.method ?? 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-test': 'refusals',
      ...headers,
    },
    ...(more.method === 'GET' ? {} : { body: more.body ?? JSON.stringify(message) }),
  })
/** Through `http.request`, which sets what fetch forbids: Host, two headers of one name. */
const sendRaw = (
  headers: Record<string, string | string[]>,
  path = '/mcp-connect/echo',
): Promise<Pick<Answer, 'status' | 'body'>> =>
  new Promise((resolve, reject) => {
    const body = JSON.stringify(message)
    const request = httpRequest(
      `${product.gatewayUrl}${path}`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream', ...headers },
      },
      async (answer) => {
        const chunks: Buffer[] = []
        for await (const chunk of answer) chunks.push(chunk)
        resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) })
      },
    )
    request.on('error', reject)
    request.end(body)
  })

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const flipLast = (token: string) => `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`

type Case = readonly [
  what: string,
  status: number,
  code: string,
  answer: () => Promise<Pick<Answer, 'status' | 'body'>>,
]
const cases: Case[] = [
  ['A03 D01 no key', 401, 'key_missing', () => send({})],
  ['no token at all', 401, 'key_invalid', () => send(bearer('hello'))],
  ['a wrong checksum', 401, 'key_invalid', () => send(bearer(flipLast(key.secret)))],
  ['an unknown id', 401, 'key_invalid', () => send(bearer(mint('k', randomBytes).secret.reveal()))],
  [
    'a wrong secret for a known id',
    401,
    'key_invalid',
    () => send(bearer(mint('k', randomBytes, key.id.slice(4)).secret.reveal())),
  ],
  ['B06 a management token', 401, 'key_kind', () => send(bearer(mint('a', randomBytes).secret.reveal()))],
  ['a URL key in a header', 401, 'key_kind', () => send(bearer(mint('u', randomBytes).secret.reveal()))],
  ['the bootstrap token', 401, 'key_invalid', () => send(bearer(product.bootstrapToken))],
  ['a key in the query', 400, 'key_in_query', () => send({}, { path: `/mcp-connect/echo?key=${key.secret}` })],
  [
    'a key as a path segment',
    404,
    'not_found',
    () => send(bearer(key.secret), { path: `/mcp-connect/echo/${key.secret}` }),
  ],
  [
    'two Authorization headers',
    400,
    'credential_ambiguous',
    () => sendRaw({ authorization: [`Bearer ${key.secret}`, `Bearer ${other.secret}`] }),
  ],
  [
    'Authorization and x-api-key that differ',
    400,
    'credential_ambiguous',
    () => send({ ...bearer(key.secret), 'x-api-key': other.secret }),
  ],
  ['a server that the key does not name', 403, 'server_not_allowed', () => send(bearer(other.secret))],
  ['an unknown server', 403, 'server_not_allowed', () => send(bearer(key.secret), { path: '/mcp-connect/nowhere' })],
  [
    'a foreign Origin',
    403,
    'origin_not_allowed',
    () => send({ ...bearer(key.secret), origin: 'https://evil.example' }),
  ],
  ['a foreign Host', 421, 'host_not_allowed', () => sendRaw({ ...bearer(key.secret), host: 'evil.example' })],
  ['an unknown path', 404, 'not_found', () => send(bearer(key.secret), { path: '/nothing/here' })],
  ['another session', 404, 'session_unknown', () => send({ ...bearer(key.secret), 'mcp-session-id': 'stolen' })],
  ['broken JSON', 400, 'malformed_json', () => send(bearer(key.secret), { body: '{"jsonrpc":' })],
  ['a batch', 400, 'batch_not_allowed', () => send(bearer(key.secret), { body: JSON.stringify([message]) })],
  [
    'a member twice',
    400,
    'message_ambiguous',
    () => send(bearer(key.secret), { body: '{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call"}' }),
  ],
  [
    'a compressed body',
    415,
    'unsupported_media_type',
    () => send({ ...bearer(key.secret), 'content-encoding': 'gzip' }),
  ],
  [
    'a header that disagrees',
    400,
    'header_mismatch',
    () => send({ ...bearer(key.secret), 'mcp-method': 'tools/list', 'mcp-protocol-version': '2026-07-28' }),
  ],
  [
    '5 MiB',
    413,
    'too_large',
    () => send(bearer(key.secret), { body: JSON.stringify({ ...message, params: 'x'.repeat(5 << 20) }) }),
  ],
  [
    'a server that is down',
    502,
    'upstream_unreachable',
    () => send(bearer(other.secret), { path: '/mcp-connect/down' }),
  ],
]

describe('on the gateway', () => {
  test.each(cases)('G12 %s is refused with %i %s', async (_, status, code, answer) => {
    const before = arrived
    const got = await answer()
    const { data, message } = got.body.error ?? {}
    const found = data?.code ?? got.body.code
    expect([got.status, found]).toEqual([status, code])
    expect(data?.requestId ?? got.body.requestId ?? '').toMatch(/^(req_\w{16})?$/)
    expect(arrived, 'nothing may reach the server').toBe(before)
    for (const secret of [key.secret, other.secret, product.bootstrapToken])
      expect(JSON.stringify([got.body, message])).not.toContain(secret)
  })

  test('G12 every refusal carries the request id that the log has, and no secret gets there', async () => {
    const refused = await send(bearer(flipLast(key.secret)))
    expect(refused.headers.get('x-request-id')).toMatch(/^req_[0-9A-Za-z]{16}$/)
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/)
    // The line travels through a pipe: it may come after the answer.
    await vi.waitFor(() => expect(product.logs()).toContain(refused.headers.get('x-request-id')))
    expect(product.logs()).not.toContain(key.secret.slice(0, 60))
  })

  test('a forged X-Forwarded-For does not change who is asking: failed attempts are counted all the same', async () => {
    const target = await product.createKey('guessed at', 'echo')
    const guess = (n: number) =>
      send({
        ...bearer(mint('k', randomBytes, target.id.slice(4)).secret.reveal()),
        'x-forwarded-for': `198.51.100.${n}`,
      })
    const statuses: number[] = []
    for (let n = 0; n < 12; n += 1) statuses.push((await guess(n)).status)
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401))
    expect(statuses.slice(10)).toEqual([429, 429])
  })

  test('a key in use is served on while a stranger guesses at its address', async () => {
    expect((await send(bearer(key.secret))).status).toBe(200)
    for (let n = 0; n < 120; n += 1) await send(bearer(`ostk_${'0'.repeat(65)}`))
    expect((await send(bearer('hello'))).status).toBe(429)
    expect((await send(bearer(key.secret))).status).toBe(200)
  })
})

test('a connection that says no HTTP at all is ended, and the gateway goes on', async () => {
  const { port, hostname } = new URL(product.gatewayUrl)
  const socket = connect(Number(port), hostname)
  socket.end('this is not HTTP\r\n\r\n')
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 /)
  expect((await send(bearer(key.secret))).status).toBe(200)
})

describe('on control', () => {
  test.each([
    ['no token', 401, 'not_signed_in', {}],
    ['a wrong token', 401, 'not_signed_in', bearer('x'.repeat(40))],
    ['B06 a gateway key', 403, 'key_kind', null],
  ])('%s is refused with %i %s', async (_, status, code, headers) => {
    const answer = await ask(`${product.controlUrl}/api/v1/keys`, { headers: headers ?? bearer(key.secret) })
    expect([answer.status, answer.body.code, answer.headers.get('content-type')]).toEqual([
      status,
      code,
      'application/problem+json',
    ])
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'))
  })

  test.each([
    ['POST', '/keys', { name: '' }, 422, 'invalid'],
    ['POST', '/keys', { name: 'x', unknown: 1 }, 422, 'invalid'],
    ['GET', '/keys/key_0000000000000000', undefined, 404, 'not_found'],
    ['GET', '/keys?cursor=nonsense', undefined, 400, 'bad_cursor'],
    ['GET', '/nothing', undefined, 404, 'not_found'],
    ['POST', '/servers', { slug: 'echo', transport: { type: 'http', url: 'http://127.0.0.1/' } }, 409, 'slug_taken'],
  ])('%s %s of %j is refused with %i %s', async (method, path, body, status, code) => {
    const answer = await product.rest(method, path, body)
    expect([answer.status, answer.body.code]).toEqual([status, code])
  })

  test('the same Idempotency-Key gives the same key once, and its secret only the first time', async () => {
    const headers = { 'idempotency-key': 'once' }
    const body = { name: 'once', mcp: { servers: { mode: 'all' } } }
    const first = await product.rest('POST', '/keys', body, headers)
    const again = await product.rest('POST', '/keys', body, headers)
    expect([first.status, again.status]).toEqual([201, 201])
    expect(again.body.key.id).toBe(first.body.key.id)
    expect([first.body.secret?.length, again.body.secret]).toEqual([71, undefined])
    expect(again.headers.get('idempotent-replay')).toBe('true')
    const mismatch = await product.rest('POST', '/keys', { ...body, name: 'other' }, headers)
    expect([mismatch.status, mismatch.body.code]).toEqual([422, 'idempotency_mismatch'])
  })
})
