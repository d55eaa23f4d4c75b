import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Answer, type Json, type Product, startProduct } from './product.ts'

/** The shapes that others rely on, over HTTP, on the product as it is started. */

let product: Product
let server: Json
let key: Json
let secret = ''
beforeAll(async () => {
  product = await startProduct({ store: 'sqlite' })
  const transport = { type: 'http', url: 'http://127.0.0.1:9/mcp' }
  server = await product.addServer({ slug: 'everything', name: 'Everything', transport })
  const made = await product.rest('POST', '/keys', { name: 'ci', mcp: { servers: only('everything') } })
  key = made.body.key
  secret = made.body.secret
})
afterAll(() => product?.stop())

const only = (...items: string[]) => ({ mode: 'only', items })
const keyOf = (id: string) => expect.stringMatching(new RegExp(`^${id}_[0-9A-Za-z]{16}$`))
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const rest: Product['rest'] = (...call) => product.rest(...call)
const stdio = (slug: string, env: Json = {}) => ({
  slug,
  transport: { type: 'stdio', command: 'node', args: ['-v'], env },
})
const narrow = async (body: Json): Promise<{ id: string; as: Product['rest'] }> => {
  const made = await rest('POST', '/management-tokens', { name: 'narrow', ...body })
  expect(made.status).toBe(201)
  const headers = { authorization: `Bearer ${made.body.secret}` }
  return {
    id: made.body.managementToken.id,
    as: (method, path, input, more = {}) => rest(method, path, input, { ...headers, ...more }),
  }
}

/** Bytes that fetch would not send. */
const raw = (method: string, path: string, body?: string | Buffer, headers: Record<string, string> = {}) =>
  new Promise<Answer>((resolve, reject) => {
    const signed = { authorization: `Bearer ${product.bootstrapToken}`, 'content-type': 'application/json' }
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    request(
      `${product.controlUrl}/api/v1${path}`,
      { method, headers: { ...signed, ...length, ...headers } },
      async (answer) => {
        const content = await text(answer)
        const given = new Headers(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
        resolve({
          status: answer.statusCode ?? 0,
          headers: given,
          text: content,
          body: content === '' ? null : JSON.parse(content),
        })
      },
    )
      .on('error', reject)
      .end(body)
  })

const effect = { acked: expect.any(Array), pending: expect.any(Array), effectiveEverywhereBy: time }
const serverShape = () => ({
  id: server.id,
  slug: 'everything',
  name: 'Everything',
  project: keyOf('prj'),
  transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
  credential: null,
  state: expect.stringMatching(/^(ready|unreachable|starting)$/),
  createdAt: time,
  revision: 1,
})
const keyShape = () => ({
  id: key.id,
  name: 'ci',
  kind: 'key',
  description: '',
  owner: { type: 'member', id: keyOf('mem'), name: 'First owner' },
  projects: [server.project],
  mixedEnvironments: null,
  preview: `ostk_${key.id.slice(4)}`,
  status: 'active',
  mcp: {
    enabled: true,
    servers: only(server.id),
    tools: { [server.id]: { mode: 'all' } },
    toolsDefault: { mode: 'all' },
  },
  llm: { enabled: false, providers: { mode: 'none' }, models: { mode: 'all' } },
  gateways: { mode: 'all' },
  addresses: { mode: 'any' },
  maxStalenessSeconds: 60,
  expiresAt: null,
  createdAt: time,
  secrets: [{ version: 1, createdAt: time, validUntil: null }],
  revision: 1,
})

describe('reading', () => {
  test('one server is found by id and by slug, with what it names beside it', async () => {
    for (const name of [server.id, 'everything']) {
      const { status, body, headers } = await rest('GET', `/servers/${name}`)
      expect(status).toBe(200)
      expect(body.server).toMatchObject(serverShape())
      expect(body.refs).toEqual({ [server.project]: { slug: 'default', name: 'Default project' } })
      expect(headers.get('etag')).toBe(`"${server.id}-1"`)
      expect(headers.get('x-request-id')).toMatch(/^req_[0-9A-Za-z]{16}$/)
    }
  })

  test('one key is complete, with ids, refs and an ETag, and without a secret', async () => {
    const { status, body, headers, text: answer } = await rest('GET', `/keys/${key.id}`)
    expect(status).toBe(200)
    expect(body.key).toMatchObject(keyShape())
    expect(body.refs).toEqual({
      [server.id]: { slug: 'everything', name: 'Everything' },
      [server.project]: { slug: 'default', name: 'Default project' },
      [key.owner.id]: { slug: null, name: 'First owner' },
    })
    expect(headers.get('etag')).toBe(`"${key.id}-1"`)
    expect(answer).not.toContain(secret.slice(22))
  })

  const lists = ['organizations', 'members', 'teams', 'projects', 'catalogs', 'providers', 'apps', 'me/catalog']
  test.each(['/keys', '/servers', '/gateways', '/management-tokens', ...lists.map((name) => `/${name}`)])(
    'GET %s is a list with a total',
    async (path) => {
      const { status, body } = await rest('GET', path)
      expect(status).toBe(200)
      expect(body).toMatchObject({ items: expect.any(Array), nextCursor: null, total: body.items.length })
    },
  )

  test('audit events are a list without a total, each linked to the one before', async () => {
    const { body } = await rest('GET', '/audit-events')
    expect(Object.keys(body).toSorted()).toEqual(['items', 'nextCursor'])
    expect(body.items.map(({ action }: Json) => action)).toEqual([
      'key.created',
      'server.created',
      'installation.created',
    ])
    for (const item of body.items)
      expect(item).toMatchObject({
        id: keyOf('evt'),
        seq: expect.any(Number),
        at: time,
        actor: { kind: expect.any(String), id: expect.any(String), name: expect.any(String) },
        subject: { kind: expect.any(String), id: expect.any(String), name: expect.any(String) },
        requestId: keyOf('req'),
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      })
    const [first] = (await rest('GET', `/audit-events?subject=${key.id}&action=key.created`)).body.items
    expect(first).toMatchObject({ actor: { kind: 'bootstrap', id: 'bootstrap' }, subject: { kind: 'key', id: key.id } })
  })

  test('the gateway of serve is listed and online', async () => {
    const { items } = (await rest('GET', '/gateways')).body
    expect(items).toMatchObject([
      {
        id: keyOf('gwy'),
        name: expect.any(String),
        online: true,
        version: expect.any(String),
        seq: expect.any(Number),
        lagMs: expect.any(Number),
        lastSeenAt: time,
      },
    ])
  })

  test('the description of the surface is OpenAPI 3.1 and open to all', async () => {
    const answer = await fetch(`${product.controlUrl}/api/v1/openapi.json`)
    expect([answer.status, ((await answer.json()) as Json).openapi]).toEqual([200, '3.1.0'])
  })
})

describe('writing', () => {
  test('a new key answers 201 with its secret, which no cache may keep', async () => {
    const { status, body, headers } = await rest('POST', '/keys', { name: 'second', mcp: { servers: only(server.id) } })
    expect([status, headers.get('cache-control')]).toEqual([201, 'no-store'])
    expect(body).toMatchObject({
      key: { id: keyOf('key') },
      secret: expect.stringMatching(/^ostk_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/),
    })
    expect(body.key.mcp.servers).toEqual(only(server.id))
  })

  test('a management token and a gateway are answered with what is shown once', async () => {
    const token = await rest('POST', '/management-tokens', { name: 'ci', scopes: ['keys:read'] })
    expect(token.status).toBe(201)
    expect(token.body).toEqual({
      managementToken: expect.objectContaining({ id: keyOf('mgt'), scopes: ['keys:read'], expiresAt: null }),
      secret: expect.stringMatching(/^osta_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/),
      refs: {
        [token.body.managementToken.member]: { slug: null, name: 'First owner' },
        [token.body.managementToken.organization]: { slug: 'default', name: 'Default organization' },
      },
    })
    const gateway = await rest('POST', '/gateways', { name: 'edge' })
    expect(gateway.status).toBe(201)
    expect(gateway.body).toEqual({
      gateway: expect.objectContaining({ id: keyOf('gwy'), name: 'edge', online: false, lastSeenAt: null }),
      enrolmentToken: expect.stringMatching(/^ostg_/),
    })
    expect((await rest('DELETE', `/gateways/${gateway.body.gateway.id}?waitMs=0`)).body).toMatchObject({ effect })
  })

  test('a change of a server replaces what is given, answers its effect, and is refused on an old state', async () => {
    expect((await rest('POST', '/servers', stdio('changing', { TOKEN: 'canary-value' }))).status).toBe(201)
    const renamed = await rest('PATCH', '/servers/changing?waitMs=0', { name: 'Renamed' }, { 'if-match': '*' })
    expect(renamed.body).toMatchObject({ server: { name: 'Renamed', slug: 'changing', revision: 2 }, effect })
    const old = { 'if-match': `"${renamed.body.server.id}-1"` }
    for (const method of ['PATCH', 'DELETE']) {
      const stale = await rest(method, '/servers/changing', method === 'PATCH' ? { name: 'Late' } : undefined, old)
      expect([stale.status, stale.body.code]).toEqual([412, 'stale'])
    }
    expect((await rest('PATCH', '/servers/changing?waitMs=0', { name: null })).body.server.name).toBe('changing')
    const gone = await rest('DELETE', '/servers/changing?waitMs=0')
    expect([gone.status, gone.body]).toEqual([200, expect.objectContaining({ server: expect.anything(), effect })])
    expect(renamed.text + gone.text).not.toContain('canary-value')
    expect((await rest('GET', '/servers/changing')).status).toBe(404)
  })

  test.each([
    ['in the query', '?waitMs=2000', {}],
    ['in the body', '', { waitMs: 2000, reason: 'lost' }],
  ])(
    'a key is revoked for good, with the wait %s, and the answer names the gateway that knows',
    async (_, query, body) => {
      const { id } = await product.createKey('to revoke')
      const first = await rest('POST', `/keys/${id}/revoke${query}`, body)
      expect(first.status).toBe(200)
      expect(first.body).toMatchObject({ key: { status: 'revoked', revision: 2 }, effect })
      expect(first.body.effect).toMatchObject({
        acked: [{ gateway: expect.any(String), afterMs: expect.any(Number) }],
        pending: [],
      })
      expect(first.headers.get('etag')).toBe(`"${id}-2"`)
      const again = await rest('POST', `/keys/${id}/revoke${query}`, body)
      expect(again.body.key).toEqual(first.body.key)
      expect((await rest('DELETE', `/keys/${id}`)).status).toBe(200)
      expect((await rest('GET', `/keys/${id}`)).status).toBe(404)
    },
  )

  test('an Idempotency-Key makes a call happen once, for everybody on his own', async () => {
    const headers = { 'idempotency-key': 'once-1' }
    const input = { name: 'once' }
    const first = await rest('POST', '/keys', input, headers)
    const again = await rest('POST', '/keys', input, headers)
    expect([again.status, again.headers.get('idempotent-replay'), again.body.key.id]).toEqual([
      201,
      'true',
      first.body.key.id,
    ])
    expect(again.body.secret).toBeUndefined()
    expect(first.headers.get('idempotent-replay')).toBeNull()
    const other = await rest('POST', '/keys', { name: 'other' }, headers)
    expect([other.status, other.body.code]).toEqual([422, 'idempotency_mismatch'])
    const { as } = await narrow({ scopes: ['keys:write'] })
    expect((await as('POST', '/keys', input, headers)).body.key.id).not.toBe(first.body.key.id)
    for (const bad of ['x'.repeat(129), 'a b'])
      expect((await rest('POST', '/keys', input, { 'idempotency-key': bad })).status).toBe(422)
    const many = await Promise.all(
      Array.from({ length: 5 }, () => rest('POST', '/keys', input, { 'idempotency-key': 'race' })),
    )
    const ids = new Set(many.flatMap(({ body }) => body.key?.id ?? []))
    expect(ids.size).toBe(1)
    for (const { status } of many) expect([201, 409]).toContain(status)
  })

  test('two who take one slug at once get one server and one slug_taken', async () => {
    const both = await Promise.all([rest('POST', '/servers', stdio('twin')), rest('POST', '/servers', stdio('twin'))])
    expect(both.map(({ status }) => status).toSorted()).toEqual([201, 409])
    expect(both.find(({ status }) => status === 409)?.body.code).toBe('slug_taken')
  })
})

describe('lists', () => {
  test('a cursor belongs to its question: every page once, and nothing else may use it', async () => {
    for (const name of ['page a', 'page b', 'page c']) await rest('POST', '/keys', { name })
    const seen: string[] = []
    let path = '/keys?search=page&limit=2&sort=name'
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await rest('GET', cursor === '' ? path : `${path}&cursor=${cursor}`)
      expect(page.body.total).toBe(3)
      seen.push(...page.body.items.map(({ name }: Json) => name))
      cursor = page.body.nextCursor
      if (cursor) path = path.replace(/&cursor=.*/, '')
    }
    expect(seen).toEqual(['page a', 'page b', 'page c'])
    const { nextCursor } = (await rest('GET', path)).body
    for (const other of [
      '',
      '?sort=-name',
      '?search=page&limit=2',
      '?search=pag&sort=name',
      '?search=page&sort=name&status=active',
    ]) {
      const { status, body } = await rest('GET', `/keys${other}${other ? '&' : '?'}cursor=${nextCursor}`)
      expect([other, status, body.code]).toEqual([other, 400, 'bad_cursor'])
    }
  })

  const lists = 'keys servers gateways management-tokens audit-events organizations members teams projects catalogs'
  test.each([...lists.split(' '), 'providers', 'apps', 'me/catalog'].map((name) => `/${name}`))(
    '%s takes no odd page',
    async (path) => {
      for (const query of [
        'limit=0',
        'limit=-1',
        'limit=201',
        'limit=1e999',
        'limit=two',
        'limit=1&limit=2',
        'colour=red',
        '__proto__=1',
        'limit=',
      ]) {
        const { status, body } = await rest('GET', `${path}?${query}`)
        expect([query, status, body.code]).toEqual([query, 422, 'invalid'])
        expect(body.errors[0].pointer).toMatch(/^\?(limit|colour|__proto__)/)
      }
      const nul = Buffer.from(JSON.stringify(['-createdAt', 'a\0', 'a\0'])).toString('base64url')
      for (const cursor of [
        'x',
        'bm9uc2Vuc2U',
        nul,
        Buffer.from('["","\\u0000"]').toString('base64url'),
        Buffer.from('["\\u0000"]').toString('base64url'),
      ])
        expect([cursor, (await rest('GET', `${path}?cursor=${cursor}`)).body.code]).toEqual([cursor, 'bad_cursor'])
    },
  )

  test.each(['name', 'owner', 'status', 'createdAt', 'expiresAt'])('keys sort by %s both ways', async (sort) => {
    const [up, down] = [await rest('GET', `/keys?sort=${sort}`), await rest('GET', `/keys?sort=-${sort}`)]
    const ids = ({ body }: Answer) => body.items.map(({ id }: Json) => id)
    expect(ids(up)).toEqual(ids(down).toReversed())
  })
})

describe('refusals', () => {
  const problem = (status: number, code: string) => ({
    type: `urn:ostiary:error:${code}`,
    title: expect.any(String),
    status,
    detail: expect.any(String),
    code,
    requestId: keyOf('req'),
  })
  const big = JSON.stringify({ name: 'x'.repeat(1_100_000) })
  const named = (name: unknown) => JSON.stringify({ name })
  test.each<[string, number, string, string, string, (string | Buffer | undefined)?, Record<string, string>?]>([
    ['broken JSON', 400, 'malformed_json', 'POST', '/keys', '{"name":'],
    ['no UTF-8', 400, 'malformed_json', 'POST', '/keys', Buffer.from([0x22, 0xff, 0x22])],
    ['no token', 401, 'not_signed_in', 'POST', '/keys', 'not even JSON', { authorization: '' }],
    ['a wrong token', 401, 'not_signed_in', 'GET', '/keys', undefined, { authorization: 'Bearer osta_wrong' }],
    ['an unknown path', 404, 'not_found', 'GET', '/cars'],
    ['an unknown key', 404, 'not_found', 'GET', '/keys/key_AAAAAAAAAAAAAAAA'],
    ['an id that cannot be one', 404, 'not_found', 'GET', '/keys/%00'],
    ['a slug that cannot be one', 404, 'not_found', 'GET', '/servers/%00'],
    ['a long slug', 404, 'not_found', 'GET', `/servers/${'s'.repeat(150)}`],
    ['a look-alike of a slug', 404, 'not_found', 'GET', `/servers/${encodeURIComponent('еverything')}`],
    ['an id with a NUL to delete', 404, 'not_found', 'DELETE', '/gateways/gwy_%00'],
    ['a method that is not there', 405, 'method_not_allowed', 'PUT', '/keys', '{}'],
    ['a taken slug', 409, 'slug_taken', 'POST', '/servers', JSON.stringify(stdio('everything'))],
    ['a body that is too large', 413, 'too_large', 'POST', '/keys', big],
    [
      'another content type',
      415,
      'unsupported_media_type',
      'POST',
      '/keys',
      'name=x',
      { 'content-type': 'text/plain' },
    ],
    ['an encoded body', 415, 'unsupported_media_type', 'POST', '/keys', '{}', { 'content-encoding': 'gzip' }],
    ['another Host', 421, 'host_not_allowed', 'GET', '/keys', undefined, { host: 'evil.example' }],
    ['another Origin', 403, 'origin_not_allowed', 'GET', '/keys', undefined, { origin: 'https://evil.example' }],
    ['a name that is missing', 422, 'invalid', 'POST', '/keys', '{}'],
    ['a NUL in a name', 422, 'invalid', 'POST', '/keys', named('a\0b')],
    ['half a surrogate pair', 422, 'invalid', 'POST', '/keys', '{"name":"a\\ud800b"}'],
    ['a turned name', 422, 'invalid', 'POST', '/keys', named('a\u202eb')],
    [
      'a turned name of a server',
      422,
      'invalid',
      'POST',
      '/servers',
      JSON.stringify({ ...stdio('ok'), name: 'a\u202eb' }),
    ],
    ['a turned name of a gateway', 422, 'invalid', 'POST', '/gateways', named('a\u202eb')],
    ['a project with a NUL', 422, 'invalid', 'POST', '/servers', JSON.stringify({ ...stdio('ok'), project: '\0' })],
    ['a variable with a NUL', 422, 'invalid', 'POST', '/servers', JSON.stringify(stdio('ok', { A: 'a\0' }))],
    [
      'a variable called __proto__',
      422,
      'invalid',
      'POST',
      '/servers',
      JSON.stringify(stdio('ok')).replace('"env":{}', '"env":{"__proto__":"x"}'),
    ],
    ['a member called __proto__', 422, 'invalid', 'POST', '/keys', '{"name":"a","__proto__":{"active":false}}'],
    ['an event of nobody', 422, 'invalid', 'GET', '/audit-events?subject=%00'],
    ['a number beyond numbers', 422, 'invalid', 'POST', '/keys', '{"name":"a","maxStalenessSeconds":1e999}'],
    [
      'a body of half a million parts',
      422,
      'invalid',
      'POST',
      '/keys',
      `{"name":"a","mcp":[${'0,'.repeat(400_000)}0]}`,
    ],
    [
      'a body a hundred thousand deep',
      422,
      'invalid',
      'POST',
      '/keys',
      `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    ],
    ['a slug with capitals', 422, 'invalid', 'POST', '/servers', JSON.stringify(stdio('Files'))],
    ['a slug that looks like another', 422, 'invalid', 'POST', '/servers', JSON.stringify(stdio('еverything2'))],
    ['a slug with two underscores', 422, 'invalid', 'POST', '/servers', JSON.stringify(stdio('a__b'))],
    [
      'a local time',
      422,
      'invalid',
      'POST',
      '/keys',
      JSON.stringify({ name: 'a', expiresAt: '2090-01-01T00:00:00+02:00' }),
    ],
    ['the past', 422, 'invalid', 'POST', '/keys', JSON.stringify({ name: 'a', expiresAt: '2020-01-01T00:00:00Z' })],
    ['a wait beyond 30 s', 422, 'invalid', 'POST', '/keys/key_AAAAAAAAAAAAAAAA/revoke?waitMs=30001', '{}'],
    [
      'a key at the door of control',
      403,
      'key_kind',
      'GET',
      '/keys',
      undefined,
      { authorization: `Bearer ostk_${'A'.repeat(66)}` },
    ],
  ])('%s is %i %s', async (_, status, code, method, path, body, headers) => {
    const answer = await raw(method, path, body, headers)
    expect([answer.status, answer.body]).toEqual([status, expect.objectContaining(problem(status, code))])
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'))
    if (status === 401) expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    if (status === 405) expect(answer.headers.get('allow')).toBe('POST, GET')
    if (code === 'invalid')
      expect(answer.body.errors).toEqual([{ pointer: expect.any(String), detail: expect.any(String) }])
  })

  test('an expiry in the year 9999 is kept as it was said', async () => {
    const { body } = await rest('POST', '/keys', { name: 'far', expiresAt: '9999-12-31T23:59:59Z' })
    expect(body.key).toMatchObject({ expiresAt: '9999-12-31T23:59:59.000Z', status: 'active' })
  })

  const hidden = 'canary-3fd1b7a290'
  test.each<[string, string, Json]>([
    [
      'a credential that is too long',
      '/servers',
      {
        slug: 'a',
        transport: { type: 'http', url: 'https://x.test/' },
        credential: { slot: 'header', name: 'x-key', value: hidden.repeat(600) },
      },
    ],
    [
      'a credential that is no header value',
      '/servers',
      {
        slug: 'a',
        transport: { type: 'http', url: 'https://x.test/' },
        credential: { slot: 'header', name: 'x-key', value: `${hidden}\n` },
      },
    ],
    [
      'a credential of the wrong kind',
      '/servers',
      {
        slug: 'a',
        transport: { type: 'http', url: 'https://x.test/' },
        credential: { slot: hidden, name: 'x-key', value: [hidden] },
      },
    ],
    ['a variable that is too long', '/servers', stdio('a', { TOKEN: hidden.repeat(3000) })],
    ['a variable that is no text', '/servers', stdio('a', { TOKEN: { value: hidden } })],
    [
      'a URL with a password',
      '/servers',
      { slug: 'a', transport: { type: 'http', url: `https://me:${hidden}@x.test/` } },
    ],
    ['a URL that is none', '/servers', { slug: 'a', transport: { type: 'http', url: `nonsense ${hidden}` } }],
    ['a setup code', '/setup', { code: hidden }],
    ['a setup code that is too long', '/setup', { code: hidden.repeat(20) }],
    ['a secret where a scope belongs', '/management-tokens', { name: 'a', scopes: [hidden] }],
    ['a secret where an owner belongs', '/keys', { name: 'a', owner: hidden }],
  ])('%s is not quoted in its refusal, nor logged', async (_, path, body) => {
    const answer = await rest('POST', path, body)
    expect([404, 422]).toContain(answer.status)
    expect(answer.text).not.toContain(hidden)
    expect(product.logs()).not.toContain(hidden)
  })
})

describe('rights', () => {
  test('a token that ends makes no token that does not, and hands on no more than it has', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const { as } = await narrow({ scopes: ['management-tokens:write', 'keys:read'], expiresAt })
    const child = await as('POST', '/management-tokens', { name: 'child', scopes: ['keys:read'] })
    expect(child.body.managementToken.expiresAt).toBe(expiresAt)
    const wide = await as('POST', '/management-tokens', { name: 'child', scopes: ['*'] })
    expect([wide.status, wide.body.code]).toEqual([403, 'not_permitted'])
    const abroad = await as('POST', '/management-tokens', { name: 'x', scopes: ['keys:read'], organization: 'other' })
    expect(abroad.status).toBe(403)
  })
})
