import { randomBytes } from 'node:crypto'
import { request as httpRequest } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mint } from '../src/keys/token.ts'
import { ask, type Json, type Product, startProduct } from './product.ts'

/** What the gateway says to URL keys, child tokens and keys in other states, on the product as it is started. */

let product: Product
const message = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'read', arguments: {} } }
const all = { mode: 'all' }
const only = (...items: string[]) => ({ mode: 'only', items })
/** Admitted: the server behind it is not there. */
const open = [502, 'upstream_unreachable']

type Held = { readonly id: string; readonly secret: string; readonly url: string }
const held = {} as Record<'key' | 'other' | 'url' | 'otherUrl', Held>
const child = {} as Record<'token' | 'id', string>

const post = async (path: string, body: Json): Promise<Json> => {
  const answer = await product.rest('POST', path, body)
  if (answer.status >= 300) throw new Error(`${path}: ${answer.text}`)
  return answer.body
}
const newKey = async (more: Json = {}): Promise<Held> => {
  const { key, secret, url } = await post('/keys', { name: 'asked', mcp: { servers: all }, ...more })
  return { id: key.id, secret, url }
}
const change = (method: string, path: string, body: Json = {}) =>
  product.rest(method, `${path}?waitMs=5000`, method === 'DELETE' ? undefined : body)

beforeAll(async () => {
  product = await startProduct({ store: 'sqlite' })
  for (const slug of ['files', 'mail'])
    await product.addServer({ slug, transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' } })
  for (const [name, kind] of [
    ['key', 'key'],
    ['other', 'key'],
    ['url', 'url'],
    ['otherUrl', 'url'],
  ] as const)
    held[name] = await newKey({ kind })
  const made = await post(`/keys/${held.key.id}/children`, { narrow: { mcp: { servers: only('files') } } })
  child.token = made.access_token
  child.id = made.child.id
})
afterAll(() => product?.stop())

/** Through `http.request`, which sends two headers of one name. */
const send = (path: string, headers: Record<string, string | string[]> = {}): Promise<{ status: number; body: Json }> =>
  new Promise((resolve, reject) => {
    const type = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }
    httpRequest(`${product.gatewayUrl}${path}`, { method: 'POST', headers: { ...type, ...headers } }, (answer) => {
      json(answer).then((body) => resolve({ status: answer.statusCode ?? 0, body }), reject)
    })
      .on('error', reject)
      .end(JSON.stringify(message))
  })
const said = async (path: string, headers: Record<string, string | string[]> = {}) => {
  const { status, body } = await send(path, headers)
  const shown = JSON.stringify(body)
  for (const { secret } of Object.values(held)) expect(shown).not.toContain(secret.slice(22))
  expect(shown).not.toContain('oste_')
  return [status, body.error?.data?.code ?? body.code]
}
const bearer = (secret: string) => ({ authorization: `Bearer ${secret}` })
const inPath = ({ secret }: Held, server = '/files') => `/mcp/${secret}${server}`
const connect = '/mcp-connect/files'
const flipped = (secret: string) => `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`

type Row = readonly [what: string, status: number, code: string, ask: () => Promise<unknown[]>]
const rows: readonly Row[] = [
  ['C12 a URL key in its path', 502, 'upstream_unreachable', () => said(inPath(held.url))],
  ['C12 a URL key in a header', 401, 'key_kind', () => said(connect, bearer(held.url.secret))],
  ['C12 a URL key in x-api-key', 401, 'key_kind', () => said(connect, { 'x-api-key': held.url.secret })],
  ['C12 a header key in a path', 401, 'key_kind', () => said(inPath(held.key))],
  ['a management token in a path', 401, 'key_kind', () => said(`/mcp/${mint('a', randomBytes).secret.reveal()}/files`)],
  ['a gateway token in a path', 401, 'key_kind', () => said(`/mcp/${mint('g', randomBytes).secret.reveal()}/files`)],
  ['a child token in a path', 401, 'key_kind', () => said(`/mcp/${child.token}/files`)],
  ['what is no token by its grammar in a path', 404, 'not_found', () => said('/mcp/files')],
  [
    'a wrong checksum in a path',
    404,
    'not_found',
    () => said(inPath({ ...held.url, secret: flipped(held.url.secret) })),
  ],
  ['an unknown key in a path', 401, 'key_invalid', () => said(`/mcp/${mint('u', randomBytes).secret.reveal()}/files`)],
  [
    'a wrong secret of a known URL key',
    401,
    'key_invalid',
    () => said(`/mcp/${mint('u', randomBytes, held.url.id.slice(4)).secret.reveal()}/files`),
  ],
  ['an unknown server behind a URL key', 403, 'server_not_allowed', () => said(inPath(held.url, '/nowhere'))],
  ['a URL key and a header key', 400, 'credential_ambiguous', () => said(inPath(held.url), bearer(held.key.secret))],
  [
    'a URL key and another one in x-api-key',
    400,
    'credential_ambiguous',
    () => said(inPath(held.url), { 'x-api-key': held.otherUrl.secret }),
  ],
  ['a URL key twice', 401, 'key_kind', () => said(inPath(held.url), bearer(held.url.secret))],
  [
    'a key and a child of it',
    400,
    'credential_ambiguous',
    () => said(connect, { ...bearer(child.token), 'x-api-key': held.key.secret }),
  ],
  [
    'two Authorization headers of one key',
    400,
    'credential_ambiguous',
    () => said(connect, { authorization: [`Bearer ${held.key.secret}`, `Bearer ${held.key.secret}`] }),
  ],
  ['a key in the query', 400, 'key_in_query', () => said(`${connect}?key=${held.key.secret}`)],
  ['a URL key in the query', 400, 'key_in_query', () => said(`${connect}?key=${held.url.secret}`)],
  ['a child in the query', 400, 'key_in_query', () => said(`${connect}?access_token=${child.token}`)],
  ['a key in the query of a URL key', 400, 'key_in_query', () => said(`${inPath(held.url)}?key=${held.key.secret}`)],
  ['a child where it may', 502, 'upstream_unreachable', () => said(connect, bearer(child.token))],
  ['a child in x-api-key', 502, 'upstream_unreachable', () => said(connect, { 'x-api-key': child.token })],
  ['a child beyond its narrowing', 403, 'server_not_allowed', () => said('/mcp-connect/mail', bearer(child.token))],
  [
    'a child that somebody has changed',
    401,
    'key_invalid',
    () => said(connect, bearer(`${child.token.slice(0, -4)}AAAA`)),
  ],
  ['half a child', 401, 'key_invalid', () => said(connect, bearer(child.token.slice(0, 80)))],
]

describe('the rows of the contract', () => {
  test.each(rows)('G12 %s is answered %i %s', async (_, status, code, answer) => {
    expect(await answer()).toEqual([status, code])
  })

  test('a URL key speaks MCP and nothing else, and nobody may hand its address on', async () => {
    const answer = await ask(`${product.gatewayUrl}/mcp/${held.url.secret}`, { method: 'POST', body: '{}' })
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    expect((await ask(`${product.gatewayUrl}/api/me`, { headers: bearer(held.url.secret) })).body.code).toBe('key_kind')
  })
})

/** Each secret in each place that takes it. */
const places = async () => {
  const [plain, url] = [await newKey(), await newKey({ kind: 'url' })]
  const made = await post(`/keys/${plain.id}/children`, {})
  return { plain, url, made, ask: [() => said(connect, bearer(plain.secret)), () => said(inPath(url))] }
}

describe('whoever has proved a secret is told why it is refused', () => {
  test.each([
    ['suspended', 'key_inactive', (id: string) => change('POST', `/keys/${id}/suspend`)],
    ['switched off', 'key_inactive', (id: string) => change('PATCH', `/keys/${id}`, { active: false })],
    ['revoked', 'key_revoked', (id: string) => change('POST', `/keys/${id}/revoke`)],
    ['deleted', 'key_revoked', (id: string) => change('DELETE', `/keys/${id}`)],
    ['rotated', 'key_revoked', (id: string) => change('POST', `/keys/${id}/rotate`)],
    ['compromised', 'key_revoked', (id: string) => change('POST', `/keys/${id}/compromise`)],
  ])('%s: 401 %s, as header, in a path and as a child', async (_, code, end) => {
    const { plain, url, made, ask: each } = await places()
    const answers = [...each, () => said(connect, bearer(made.access_token))]
    for (const answer of answers) expect(await answer()).toEqual(open)
    for (const { id } of [plain, url]) expect((await end(id)).status).toBe(200)
    for (const answer of answers) expect(await answer()).toEqual([401, code])
  })

  test('a child that was revoked: 401 key_revoked, and its key goes on', async () => {
    const {
      plain,
      made,
      ask: [byHeader],
    } = await places()
    expect((await change('DELETE', `/keys/${plain.id}/children/${made.child.id}`)).status).toBe(200)
    expect(await said(connect, bearer(made.access_token))).toEqual([401, 'key_revoked'])
    expect(await byHeader?.()).toEqual(open)
  })

  test('with grace both secrets of a key are taken, and after the end of it only the new one', async () => {
    const { id, secret } = await newKey()
    const turned = await change('POST', `/keys/${id}/rotate`, { mode: 'grace' })
    for (const each of [secret, turned.body.secret]) expect(await said(connect, bearer(each))).toEqual(open)
    expect((await change('POST', `/keys/${id}/rotation/finish`)).status).toBe(200)
    expect(await said(connect, bearer(secret))).toEqual([401, 'key_revoked'])
    expect(await said(connect, bearer(turned.body.secret))).toEqual(open)
  })

  test('a decoy is answered like a key that was revoked', async () => {
    const { secret } = await newKey({ honey: true })
    expect(await said(connect, bearer(secret))).toEqual([401, 'key_revoked'])
  })
})

describe('/oauth/token', () => {
  const token = (form: Record<string, string>, headers: Record<string, string> = {}) =>
    ask(`${product.gatewayUrl}/oauth/token`, { method: 'POST', body: new URLSearchParams(form), headers })
  const basic = ({ id, secret }: Held) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` })

  test('gives a child for a key, in the words of RFC 6749, which no cache may keep', async () => {
    const { status, body, headers } = await token({ grant_type: 'client_credentials' }, basic(held.key))
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 3600 })
    expect(await said(connect, bearer(body.access_token))).toEqual(open)
    const exchanged = await token({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: body.access_token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      scope: 'mcp:files',
    })
    expect([exchanged.status, exchanged.body.scope]).toEqual([200, 'mcp:files'])
    expect(await said('/mcp-connect/mail', bearer(exchanged.body.access_token))).toEqual([403, 'server_not_allowed'])
  })

  test('refuses a wrong client and an unknown grant', async () => {
    const wrong = await token({ grant_type: 'client_credentials' }, basic({ ...held.key, secret: held.other.secret }))
    expect([wrong.status, wrong.body.error]).toEqual([401, 'invalid_client'])
    const grant = await token({ grant_type: 'password' }, basic(held.key))
    expect([grant.status, grant.body.error]).toEqual([400, 'unsupported_grant_type'])
    const url = await token({ grant_type: 'client_credentials' }, basic(held.url))
    expect([url.status, url.body.code]).toEqual([401, 'key_kind'])
  })

  test('is found alike from every well-formed path', async () => {
    const documents = await Promise.all(
      ['', '/mcp-connect/files', '/mcp-connect/nowhere'].map((path) =>
        ask(`${product.gatewayUrl}/.well-known/oauth-protected-resource${path}`),
      ),
    )
    for (const { status, body } of documents)
      expect([status, body.authorization_servers]).toEqual([200, [product.gatewayUrl]])
  })
})

test('/api/me says who is asking: key or child', async () => {
  const me = async (secret: string) => (await ask(`${product.gatewayUrl}/api/me`, { headers: bearer(secret) })).body
  const byKey = await me(held.key.secret)
  expect(byKey).toMatchObject({
    key: { id: held.key.id, name: 'asked', status: 'active', expiresAt: null },
    owner: { type: 'member' },
    organization: { slug: 'default' },
  })
  expect(byKey.child).toBeNull()
  const { key, child: own } = await me(child.token)
  expect([key.id, own.id]).toEqual([held.key.id, child.id])
})
