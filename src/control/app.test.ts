import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { z } from 'zod'
import { createClientAddress } from '../http/client-address.ts'
import { createHostCheck } from '../http/host-check.ts'
import { createListener, type Listener } from '../http/listen.ts'
import type { Actor } from '../people/schema.ts'
import { ok, refuse } from '../problems.ts'
import { createApp } from './app.ts'
import { type ControlRoute, createCall } from './call.ts'
import { createGuard } from './guard.ts'
import { healthRoutes } from './health.ts'
import { withOpenApi } from './openapi.ts'
import { setupPages } from './pages.ts'

const open: Listener[] = []
afterEach(() => {
  for (const listener of open.splice(0)) listener.close()
})

const admin: Actor = {
  kind: 'member',
  organizationId: 'org_1',
  memberId: 'mem_1',
  name: 'Ada',
  role: 'admin',
  scopes: ['*'],
  operator: false,
  credentialId: 'mgt_1',
}
const Thing = z.strictObject({ id: z.string(), name: z.string(), revision: z.int() })
const routes: readonly ControlRoute[] = [
  {
    method: 'POST',
    path: '/things',
    summary: 'Makes a thing',
    needs: { right: 'keys:write' },
    body: z.object({ name: z.string().min(2), parts: z.array(z.strictObject({ size: z.int() })).optional() }),
    output: z.object({ thing: Thing, secret: z.string() }),
    status: 201,
    secretFields: ['secret'],
    handle: async (_actor, input) => {
      const { name } = z.object({ name: z.string() }).parse(input.body)
      const leaked = { thing: { id: 'thg_1', name, revision: 3 }, secret: 'shown-once', phc: 'never-shown' }
      return ok(leaked)
    },
  },
  {
    method: 'GET',
    path: '/things/:id',
    summary: 'Shows a thing',
    needs: { right: 'keys:read' },
    params: z.object({ id: z.string() }),
    query: z.object({ depth: z.coerce.number().optional() }),
    output: z.object({ thing: Thing }),
    handle: async () => ok({ thing: { id: 'thg_1', name: 'a', revision: 3 } }),
  },
  {
    method: 'PATCH',
    path: '/things/:id',
    summary: 'Changes a thing',
    needs: { right: 'servers:write' },
    params: z.object({ id: z.string() }),
    output: z.object({ ifMatch: z.string().nullable() }),
    handle: async (_actor, { ifMatch }) => (ifMatch === '"old"' ? refuse('stale') : ok({ ifMatch })),
  },
  {
    method: 'GET',
    path: '/broken',
    summary: 'Fails',
    needs: { right: 'anyone' },
    output: z.object({}),
    handle: async () => {
      throw new Error('the disk is on fire')
    },
  },
  {
    method: 'DELETE',
    path: '/everything',
    summary: 'For the operator',
    needs: { right: 'operator' },
    output: z.object({}),
    handle: async () => ok({}),
  },
]

const start = async (publicUrl: string | null = null, mounted = routes) => {
  const logged: Record<string, unknown>[] = []
  const write = (fields: Readonly<Record<string, unknown>>, message: string) => void logged.push({ ...fields, message })
  const log = { debug: write, info: write, warn: write, error: write }
  const address = { host: '127.0.0.1', port: 0, publicUrl, tls: null }
  const listener = await createListener(address, null, { setting: 'OSTIARY_CONTROL', randomBytes, log })
  open.push(listener)
  let failures = 0
  const guard = createGuard({
    proveActor: async (authorization) => (authorization === 'Bearer right' ? ok(admin) : refuse('not_signed_in')),
    proveSession: async () => ok(null),
    may: (_actor, permission) => permission !== 'servers:write',
    attempts: {
      blocked: (_id, _source, isProxy) => (!isProxy && failures >= 3 ? 42 : 0),
      failed: () => {
        failures += 1
      },
    },
  })
  const once = () => Promise.reject(new Error('no store in this test'))
  const metrics = { text: async () => 'ostiary_up 1\n', contentType: 'text/plain' }
  const app = createApp({
    listener,
    publicUrl,
    checkHost: createHostCheck(address),
    charge: createClientAddress([]),
    call: createCall({ guard, once, log }),
    routes: withOpenApi(mounted, '0.0.0'),
    plain: [...healthRoutes({ waitingFor: async () => ['database'], metrics, guard }), ...(await setupPages())],
    randomBytes,
    observe: () => {},
    log,
  })
  await app.ready()
  const { url } = await listener.listen()
  return { url, port: Number(new URL(url).port), logged }
}

type Ask = { method?: string; body?: string | Buffer; headers?: Record<string, string>; token?: string | null }
const ask = (url: string, { method = 'GET', body, headers = {}, token = 'right' }: Ask = {}) =>
  new Promise<{ status: number; headers: Record<string, unknown>; text: string; json: () => Record<string, unknown> }>(
    (resolve, reject) => {
      const signed = token === null ? {} : { authorization: `Bearer ${token}` }
      const typed =
        body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
      request(url, { method, headers: { ...signed, ...typed, ...headers } }, async (answer) => {
        const content = await text(answer)
        resolve({
          status: answer.statusCode ?? 0,
          headers: answer.headers,
          text: content,
          json: () => JSON.parse(content),
        })
      })
        .on('error', reject)
        .end(body)
    },
  )

test('A10 every route that is not public answers a stranger with 401, before anything of the call is read', async () => {
  const { url } = await start()
  for (const route of routes) {
    const answer = await ask(`${url}/api/v1${route.path.replace(':id', 'x')}`, {
      method: route.method,
      token: null,
      ...(route.method === 'GET' ? {} : { body: 'not even JSON' }),
    })
    expect([route.path, answer.status, answer.json()['code']]).toEqual([route.path, 401, 'not_signed_in'])
    expect(answer.headers['www-authenticate']).toBe('Bearer')
  }
})

test('an answer shows what its route declares, with ETag, request id and no-store', async () => {
  const { url, logged } = await start()
  const made = await ask(`${url}/api/v1/things`, { method: 'POST', body: '{"name":"lamp"}' })
  expect(made.status).toBe(201)
  expect(made.json()).toEqual({ thing: { id: 'thg_1', name: 'lamp', revision: 3 }, secret: 'shown-once' })
  expect(made.headers).toMatchObject({
    etag: '"thg_1-3"',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': expect.stringMatching(/^req_[0-9A-Za-z]{16}$/),
  })
  expect(logged.at(-1)).toMatchObject({
    method: 'POST',
    route: '/api/v1/things',
    status: 201,
    ms: expect.toSatisfy((ms: number) => ms > 0 && ms < 10_000),
    actor: 'mgt_1',
    requestId: made.headers['x-request-id'],
  })
  expect(JSON.stringify(logged)).not.toContain('shown-once')
})

test.each([
  ['unknown field', { body: '{"name":"lamp","colour":"red"}' }, '/colour'],
  ['unknown nested field', { body: '{"name":"lamp","parts":[{"size":1},{"size":2,"a/b":3}]}' }, '/parts/1/a~1b'],
  ['wrong value', { body: '{"name":"lamp","parts":[{"size":"big"}]}' }, '/parts/0/size'],
  ['missing field', {}, '/name'],
  ['unknown query parameter', { body: '{"name":"lamp"}', query: '?colour=red' }, '?colour'],
])(
  'an %s is refused with 422 and a pointer to it',
  async (_, { query = '', ...more }: Ask & { query?: string }, pointer) => {
    const { url } = await start()
    const answer = await ask(`${url}/api/v1/things${query}`, { method: 'POST', ...more })
    expect(answer.status).toBe(422)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.json()).toMatchObject({ code: 'invalid', type: 'urn:ostiary:error:invalid', status: 422 })
    expect(answer.json()['errors']).toEqual([{ pointer, detail: expect.any(String) }])
  },
)

test.each([
  [400, 'malformed_json', { body: '{"name": "lamp", "password": "hunter2' }],
  [400, 'malformed_json', { body: Buffer.from([0x22, 0xff, 0x22]) }],
  [413, 'too_large', { body: JSON.stringify({ name: 'x'.repeat(1_100_000) }) }],
  [415, 'unsupported_media_type', { body: 'name=lamp', headers: { 'content-type': 'text/plain' } }],
  [415, 'unsupported_media_type', { body: '{}', headers: { 'content-encoding': 'gzip' } }],
  [405, 'method_not_allowed', { method: 'PATCH', body: '{}' }],
  [421, 'host_not_allowed', { body: '{}', headers: { host: 'evil.example' } }],
  [403, 'origin_not_allowed', { body: '{}', headers: { origin: 'https://evil.example' } }],
  [403, 'key_kind', { body: '{}', token: `ostk_${'A'.repeat(65)}` }],
  [403, 'key_kind', { body: '{}', token: null, headers: { 'x-api-key': `ostu_${'A'.repeat(65)}` } }],
] as const)('%i %s is answered as a problem that quotes nothing', async (status, code, { ...more }) => {
  const { url, logged } = await start()
  const answer = await ask(`${url}/api/v1/things`, { method: 'POST', ...more })
  expect([answer.status, answer.json()['code']]).toEqual([status, code])
  expect(answer.json()['requestId']).toBe(answer.headers['x-request-id'])
  expect(answer.text + JSON.stringify(logged)).not.toMatch(/hunter2|AAAA/)
})

test('an unknown path is not found, and 405 names the methods that the path has', async () => {
  const { url, logged } = await start()
  const missing = await ask(`${url}/api/v1/nothing/ostk_here?token=hush`)
  expect([missing.status, missing.json()['code']]).toEqual([404, 'not_found'])
  expect(JSON.stringify(logged)).not.toMatch(/ostk_here|hush/)
  expect((await ask(`${url}/api/v1/things/%E0%A4%A`)).status).toBe(404)
  const wrong = await ask(`${url}/api/v1/things/1`, { method: 'POST', body: '{}' })
  expect([wrong.status, wrong.headers['allow']]).toEqual([405, 'GET, PATCH'])
})

test('a role without the right, and everybody but the operator, is refused with 403', async () => {
  const { url } = await start()
  const patch = await ask(`${url}/api/v1/things/1`, { method: 'PATCH', body: '{}' })
  expect([patch.status, patch.json()['code']]).toEqual([403, 'not_permitted'])
  expect((await ask(`${url}/api/v1/everything`, { method: 'DELETE' })).status).toBe(403)
})

test('If-Match reaches the handler, and a stale one is 412', async () => {
  const mine = routes.map((route) =>
    route.method === 'PATCH' ? { ...route, needs: { right: 'anyone' } as const } : route,
  )
  const { url } = await start(null, mine)
  const send = (headers: Record<string, string>) =>
    ask(`${url}/api/v1/things/1`, { method: 'PATCH', body: '{}', headers })
  expect((await send({ 'if-match': '"new"' })).json()).toEqual({ ifMatch: '"new"' })
  expect((await send({})).json()).toEqual({ ifMatch: null })
  expect((await send({ 'if-match': '"old"' })).status).toBe(412)
})

test('an accident is 500 with an id that finds its reason in the log, and says nothing more', async () => {
  const { url, logged } = await start()
  const answer = await ask(`${url}/api/v1/broken`)
  expect([answer.status, answer.json()['code']]).toEqual([500, 'internal'])
  expect(answer.text).not.toContain('fire')
  const line = logged.find((fields) => fields['message'] === 'a call failed on our side')
  expect(line).toMatchObject({ requestId: answer.headers['x-request-id'], route: '/broken', actor: 'mgt_1' })
})

test('wrong tokens from one address end in 429, while the right token still gets in', async () => {
  const { url } = await start()
  const status = async (token: string) => (await ask(`${url}/api/v1/things/1`, { token })).status
  expect([await status('a'), await status('b'), await status('c'), await status('d')]).toEqual([401, 401, 401, 429])
  expect((await ask(`${url}/api/v1/things/1`, { token: 'e' })).headers['retry-after']).toBe('42')
  expect(await status('right')).toBe(200)
})

test('health takes any Host, says no names, and readiness is 503 while something is missing', async () => {
  const { url } = await start()
  const headers = { host: 'probe.internal' }
  expect((await ask(`${url}/healthz`, { token: null, headers })).json()).toEqual({ status: 'ok' })
  const ready = await ask(`${url}/readyz`, { token: null, headers })
  expect([ready.status, ready.json()['waitingFor']]).toEqual([503, ['database']])
  expect((await ask(`${url}/healthz`, { token: null, method: 'HEAD' })).status).toBe(200)
})

test('metrics are for this machine and the operator; a call that a proxy passed on is neither', async () => {
  const { url } = await start()
  expect((await ask(`${url}/metrics`, { token: null })).text).toBe('ostiary_up 1\n')
  const forwarded = { 'x-forwarded-for': '203.0.113.9' }
  expect((await ask(`${url}/metrics`, { token: null, headers: forwarded })).status).toBe(401)
  expect((await ask(`${url}/metrics`, { headers: forwarded })).status).toBe(403)
})

test('the setup page runs only its own files, may not be framed, and holds no script of its own', async () => {
  const { url } = await start()
  const page = await ask(`${url}/setup`, { token: null })
  expect(page.status).toBe(200)
  expect(page.headers['content-security-policy']).toMatch(/script-src 'self';.*frame-ancestors 'none'/)
  expect(page.headers['referrer-policy']).toBe('no-referrer')
  expect(page.text).not.toMatch(/ on[a-z]+=|<script(?![^>]+src=)|style=/)
  for (const [, file = ''] of page.text.matchAll(/<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"/g))
    expect([file, (await ask(`${url}${file}`, { token: null })).status]).toEqual([file, 200])
})

test('a page of this listener itself may call, under its bound and its public name', async () => {
  const { url, port } = await start('https://keys.example.com')
  const from = async (origin: string) => (await ask(`${url}/api/v1/things/1`, { headers: { origin } })).status
  expect(await from(`http://127.0.0.1:${port}`)).toBe(200)
  expect(await from('https://keys.example.com')).toBe(200)
  expect(await from('null')).toBe(403)
  const answer = await ask(`${url}/api/v1/things/1`)
  expect(answer.headers['strict-transport-security']).toBe('max-age=31536000')
})

test('the description of the surface is OpenAPI 3.1, made of the schemas that parse', async () => {
  const { url } = await start()
  const document = (await ask(`${url}/api/v1/openapi.json`, { token: null })).json()
  expect(document['openapi']).toBe('3.1.0')
  expect(document['paths']).toMatchObject({
    '/api/v1/things': {
      post: {
        requestBody: { content: { 'application/json': { schema: { required: ['name'] } } } },
        responses: { '201': {} },
      },
    },
    '/api/v1/things/{id}': {
      get: {
        parameters: [
          { name: 'id', in: 'path' },
          { name: 'depth', required: false },
        ],
      },
    },
    '/api/v1/openapi.json': { get: { security: [], 'x-needs': 'public' } },
  })
})

test('a second Host or Authorization header, or no Host at all, does not slip past the door', async () => {
  const { port } = await start()
  const send = async (head: string) => {
    const socket = connect(port, '127.0.0.1')
    socket.end(`GET /api/v1/things/1 HTTP/1.1\r\n${head}authorization: Bearer right\r\nconnection: close\r\n\r\n`)
    return (await text(socket)).split('\r\n')[0]
  }
  expect(await send('')).toMatch(/421/)
  expect(await send('Host: localhost\r\n')).toMatch(/200/)
  for (const [first, second] of [
    ['evil.example', 'localhost'],
    ['localhost', 'evil.example'],
  ])
    expect(await send(`Host: ${first}\r\nHost: ${second}\r\n`)).toMatch(/421/)
  expect(await send('Host: localhost\r\nAuthorization: Bearer right\r\n')).toMatch(/400/)
})
