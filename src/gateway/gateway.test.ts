import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { httpServer, newKey, organization, organizationId, type TestKey } from '../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway, toolCall } from '../../test/gateway-world.ts'
import { type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import { mint } from '../keys/token.ts'

let upstream: RawUpstream
let world: GatewayUnderTest
let key: TestKey
const keys: Record<string, TestKey> = {}

beforeAll(async () => {
  upstream = await startRawUpstream()
  key = await newKey()
  keys['other'] = await newKey({ scope: { mcp: { servers: { mode: 'only', items: [] } } } })
  keys['off'] = await newKey({ scope: { mcp: { enabled: false, servers: { mode: 'none' } } } })
  keys['elsewhere'] = await newKey({
    scope: { addresses: { mode: 'only', cidrs: ['203.0.113.0/24'] } },
  })
  keys['suspended'] = await newKey({ state: 'suspended' })
  keys['revoked'] = await newKey({ state: 'revoked' })
  keys['expired'] = await newKey({ expiresAt: 1 })
  keys['cold'] = await newKey()
  const all = [key, ...Object.values(keys)]
  world = await startGateway(
    [organization(), httpServer('plain', upstream.url), ...all.map(({ record }) => record)],
    all.filter((item) => item !== keys['cold']).map(({ proof }) => proof),
    { gatewayOrigins: ['https://app.example.com'] },
  )
})

afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

const ask: GatewayUnderTest['ask'] = (...what) => world.ask(...what)
const answerOk = () =>
  upstream.answerAll(({ response }) => response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":1}'))

describe('who calls', () => {
  test('A03 B08 a call with its key reaches the server, in either header and with the scheme in any case', async () => {
    answerOk()
    const token = key.token
    for (const headers of [bearer(token), ['authorization', `bEARER ${token}`], ['x-api-key', token]]) {
      const told = await ask('/mcp-connect/plain', headers)
      expect([told.status, told.text]).toEqual([200, '{"ok":1}'])
    }
    expect((await ask('/mcp-connect/plain', [...bearer(token), 'x-api-key', token])).status).toBe(200)
  })

  test('a key that no table of proofs knows is proved by Argon2 once and told to control', async () => {
    answerOk()
    const { token = '', record } = keys['cold'] ?? {}
    expect((await ask('/mcp-connect/plain', bearer(token))).status).toBe(200)
    await vi.waitFor(() => {
      const told = world.control.received.flatMap((frame) => (frame.type === 'proofs' ? frame.items : []))
      expect(told.map((proof) => proof.key)).toContain(record?.id)
    })
  })

  test('D01 no key, a wrong one, an unknown one and a mistyped one: 401, with WWW-Authenticate and no sign-in', async () => {
    const none = await ask('/mcp-connect/plain', [])
    expect(refused(none)).toEqual([401, 'key_missing'])
    expect(none.headers['www-authenticate']).toBe('Bearer')
    const stranger = mint('k', randomBytes).secret.reveal()
    const sameId = mint('k', randomBytes, key.record.id.slice(4)).secret.reveal()
    const mistyped = `${key.token.slice(0, -1)}${key.token.endsWith('0') ? '1' : '0'}`
    const bodies = new Set<string>()
    for (const wrong of [stranger, sameId, mistyped, 'x', 'sk-1234']) {
      const told = await ask('/mcp-connect/plain', bearer(wrong))
      expect(refused(told)).toEqual([401, 'key_invalid'])
      bodies.add(told.text.replace(/req_\w+/, ''))
    }
    expect(bodies.size).toBe(1)
  })

  test('B06 tokens of other kinds are refused as such', async () => {
    for (const kind of ['a', 'g', 'u'] as const) {
      const told = await ask('/mcp-connect/plain', bearer(mint(kind, randomBytes).secret.reveal()))
      expect(refused(told)).toEqual([401, 'key_kind'])
    }
  })

  test('A10 B14 who proves the secret learns why it is refused, nobody else does', async () => {
    const codes = { suspended: 'key_inactive', expired: 'key_expired', revoked: 'key_revoked' }
    for (const [name, code] of Object.entries(codes)) {
      const { token = '', record } = keys[name] ?? {}
      expect(refused(await ask('/mcp-connect/plain', bearer(token)))).toEqual([401, code])
      const guess = mint('k', randomBytes, record?.id.slice(4)).secret.reveal()
      expect(refused(await ask('/mcp-connect/plain', bearer(guess)))).toEqual([401, 'key_invalid'])
    }
  })

  test('two credentials are refused, and so is one in the query string', async () => {
    const { token } = key
    const other = mint('k', randomBytes).secret.reveal()
    expect(refused(await ask('/mcp-connect/plain', [...bearer(token), ...bearer(token)]))).toEqual([
      400,
      'credential_ambiguous',
    ])
    expect(refused(await ask('/mcp-connect/plain', [...bearer(token), 'x-api-key', other]))).toEqual([
      400,
      'credential_ambiguous',
    ])
    for (const query of [`key=${token}`, `a=b&anything=${encodeURIComponent(` ${token}`)}`]) {
      expect(refused(await ask(`/mcp-connect/plain?${query}`, bearer(token)))).toEqual([400, 'key_in_query'])
    }
  })

  test('guessing at one key is slowed down, and neither the key nor its neighbour is locked', async () => {
    const victim = keys['other']?.record.id.slice(4)
    const codes: unknown[] = []
    for (let i = 0; i < 12; i += 1) {
      const told = await ask('/mcp-connect/plain', bearer(mint('k', randomBytes, victim).secret.reveal()))
      codes.push(told.json().error.data['code'])
      if (told.status === 429) expect(Number(told.headers['retry-after'])).toBeGreaterThan(0)
    }
    expect(codes.slice(0, 10)).toEqual(Array(10).fill('key_invalid'))
    expect(codes[11]).toBe('too_many_attempts')
    expect(refused(await ask('/mcp-connect/plain', bearer(keys['other']?.token ?? '')))[1]).toBe('server_not_allowed')
    answerOk()
    expect((await ask('/mcp-connect/plain', bearer(key.token))).status).toBe(200)
  })

  test('B21 /api/me tells who the key is and never the secret', async () => {
    const told = await ask('/api/me', bearer(key.token), '', 'GET')
    expect(told.status).toBe(200)
    expect(JSON.parse(told.text)).toMatchObject({
      key: { id: key.record.id, name: 'test key', status: 'active', expiresAt: null, scopes: key.record.scope },
      owner: { type: 'member', name: 'Ada' },
      organization: { id: organizationId, slug: 'acme', name: 'Acme' },
      limits: [],
      budgets: [],
    })
    expect(told.text).not.toContain(key.token)
    const without = await ask('/api/me', [], '', 'GET')
    expect(without.status).toBe(401)
    expect(without.headers['content-type']).toBe('application/problem+json')
    expect(JSON.parse(without.text).code).toBe('key_missing')
  })
})

describe('what is called', () => {
  test('B17 a server the key does not name is refused like an unknown one', async () => {
    const other = bearer(keys['other']?.token ?? '')
    const [foreign, unknown] = [await ask('/mcp-connect/plain', other), await ask('/mcp-connect/nowhere', other)]
    expect(refused(foreign)).toEqual([403, 'server_not_allowed'])
    expect(foreign.text.replace(/req_\w+/, '')).toBe(unknown.text.replace(/req_\w+/, ''))
    expect(foreign.json().id).toBe(7)
    expect(refused(await ask('/mcp-connect/nowhere', bearer(key.token)))).toEqual([403, 'server_not_allowed'])
  })

  test('D34 a key without MCP reaches no server', async () => {
    const told = await ask('/mcp-connect/plain', bearer(keys['off']?.token ?? ''))
    expect(refused(told)).toEqual([403, 'mcp_disabled'])
  })

  test('D32 R11 a forged X-Forwarded-For changes nothing', async () => {
    const elsewhere = bearer(keys['elsewhere']?.token ?? '')
    for (const headers of [elsewhere, [...elsewhere, 'x-forwarded-for', '203.0.113.9']]) {
      expect(refused(await ask('/mcp-connect/plain', headers))).toEqual([403, 'address_not_allowed'])
    }
    expect((await ask('/api/me', elsewhere, '', 'GET')).status).toBe(403)
  })

  test('unknown paths are 404 for everybody, and a key in a path is never logged', async () => {
    const { token } = key
    for (const path of ['/', '/mcp/', `/mcp/x${token}`, '/v2/models', '/mcp-connect/', '/mcp-connect/a/b']) {
      const told = await ask(path, bearer(token))
      expect([told.status, JSON.parse(told.text).code]).toEqual([404, 'not_found'])
      expect(told.text).not.toContain(token)
    }
    expect(refused(await ask(`/mcp-connect/${token}`, bearer(token)))).toEqual([403, 'server_not_allowed'])
    expect(world.lines.join('')).not.toContain(token)
    expect(world.lines.join('')).not.toContain(token.slice(0, 21))
  })

  test('methods that a path does not answer are named', async () => {
    const put = await ask('/mcp-connect/plain', bearer(key.token), '', 'PUT')
    expect(refused(put)).toEqual([405, 'method_not_allowed'])
    expect(put.headers['allow']).toContain('POST')
  })
})

describe('where the call comes from', () => {
  test('a foreign Origin and a foreign Host are refused, our own page is not', async () => {
    answerOk()
    const mine = bearer(key.token)
    expect(refused(await ask('/mcp-connect/plain', [...mine, 'origin', 'https://evil.example']))).toEqual([
      403,
      'origin_not_allowed',
    ])
    expect(refused(await ask('/mcp-connect/plain', [...mine, 'host', 'evil.example']))).toEqual([
      421,
      'host_not_allowed',
    ])
    const { host } = new URL(world.base)
    const two = await ask('/mcp-connect/plain', [...mine, 'host', host, 'host', 'evil.example'])
    expect(two.status).toBeGreaterThanOrEqual(400)
    expect((await ask('/mcp-connect/plain', [...mine, 'origin', world.base])).status).toBe(200)
    expect((await ask('/healthz', ['host', 'probe.internal'], '', 'GET')).status).toBe(200)
    expect((await ask('/readyz', ['host', 'probe.internal'], '', 'GET')).status).toBe(200)
  })

  test('a configured origin gets CORS without a key, refusals included; no other does', async () => {
    answerOk()
    const origin = ['origin', 'https://app.example.com']
    const asks = ['access-control-request-method', 'POST']
    const names = ['access-control-request-headers', 'Authorization, mcp-session-id, x-evil']
    const preflight = await ask('/mcp-connect/plain', [...origin, ...asks, ...names], '', 'OPTIONS')
    expect(preflight.status).toBe(204)
    expect(preflight.headers['access-control-allow-origin']).toBe('https://app.example.com')
    expect(preflight.headers['access-control-allow-headers']).toBe('authorization, mcp-session-id')
    expect(preflight.headers['access-control-allow-credentials']).toBeUndefined()
    const granted = await ask('/mcp-connect/plain', [...origin, ...bearer(key.token)])
    expect(granted.headers['access-control-expose-headers']).toContain('mcp-session-id')
    const denied = await ask('/mcp-connect/plain', origin)
    expect([denied.status, denied.headers['access-control-allow-origin']]).toEqual([401, 'https://app.example.com'])
    expect((await ask('/mcp-connect/plain', [], '', 'OPTIONS')).status).toBe(405)
    const foreign = await ask('/mcp-connect/plain', ['origin', 'https://evil.example', ...asks], '', 'OPTIONS')
    expect([foreign.status, foreign.headers['access-control-allow-origin']]).toEqual([403, undefined])
  })
})

describe('what the body says', () => {
  const said = async (body: string | Buffer, headers: string[] = []) => {
    const told = await ask('/mcp-connect/plain', [...bearer(key.token), ...headers], body)
    return [told.status, told.json().error.code, told.json().error.data['code']]
  }

  test('broken, doubled, batched, encoded, lying and oversized bodies are refused', async () => {
    const text = JSON.stringify(toolCall)
    expect(await said('{"jsonrpc":')).toEqual([400, -32700, 'malformed_json'])
    expect(await said(`[${text}]`)).toEqual([400, -32600, 'batch_not_allowed'])
    expect(await said('{"method":"tools/list","method":"tools/call"}')).toEqual([400, -32600, 'message_ambiguous'])
    expect(await said(text, ['content-encoding', 'gzip'])).toEqual([415, -32600, 'unsupported_media_type'])
    expect(await said(text, ['mcp-method', 'tools/list'])).toEqual([400, -32020, 'header_mismatch'])
    const large = `{"jsonrpc":"2.0","id":1,"method":"x","params":{"a":"${'a'.repeat(4 * 1024 * 1024)}"}}`
    expect(await said(large)).toEqual([413, -32600, 'too_large'])
  })

  test('4 MiB exactly pass, with every byte as it was', async () => {
    const head = '{"jsonrpc":"2.0","id":12345678901234567890,"method":"x","params":{"n":1.0,"a":"'
    const body = `${head}${'a'.repeat(4 * 1024 * 1024 - head.length - 3)}"}}`
    let seen = ''
    upstream.answerAll(({ body: got, response }) => {
      seen = got.toString('utf8')
      response.writeHead(202).end()
    })
    const told = await ask('/mcp-connect/plain', bearer(key.token), body)
    expect([told.status, told.text]).toEqual([202, ''])
    expect(seen === body).toBe(true)
  })
})
