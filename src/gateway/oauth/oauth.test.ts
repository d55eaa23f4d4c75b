import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { childToken } from '../../../test/child-tokens.ts'
import { httpServer, newKey, nextRevision, organization, type TestKey } from '../../../test/fake-control.ts'
import { type GatewayUnderTest, startGateway, type Told } from '../../../test/gateway-world.ts'
import type { TokenAnswer, TokenRequest } from '../../fleet/schema.ts'
import { mint } from '../../keys/token.ts'

/** The token endpoint and the metadata of a gateway; control is played. */

let world: GatewayUnderTest
let [key, suspended, elsewhere, cold]: TestKey[] = []
const is = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('not made yet')
  return value
}
beforeAll(async () => {
  key = await newKey()
  suspended = await newKey({ state: 'suspended' })
  elsewhere = await newKey({ scope: { addresses: { mode: 'only', cidrs: ['203.0.113.0/24'] } } })
  cold = await newKey()
  const keys = [key, suspended, elsewhere, cold]
  world = await startGateway(
    [organization(), httpServer('plain', 'http://127.0.0.1:9'), ...keys.map(({ record }) => record)],
    keys.filter((each) => each !== cold).map(({ proof }) => proof),
  )
})
const asked: TokenRequest[] = []
beforeEach(() => {
  asked.length = 0
  answering({ ok: true, accessToken: 'oste_made', expiresIn: 3600, scope: 'mcp:plain', child: 'chd_1' })
})
afterAll(() => world.stop())

const answering = (result: TokenAnswer['result'] | null) =>
  world.control.answerTokens((request) => {
    asked.push(request)
    return result
  })
const form = ['content-type', 'application/x-www-form-urlencoded']
const post = (fields: Record<string, string> | string, headers: string[] = []): Promise<Told> => {
  const text = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
  const type = headers.includes('content-type') ? [] : form
  return world.ask('/oauth/token', [...type, ...headers], Buffer.from(text))
}
const credentials = (of: TestKey | undefined, more: Record<string, string> = {}) => ({
  grant_type: 'client_credentials',
  client_id: is(of).record.id,
  client_secret: is(of).token,
  ...more,
})
const exchange = (subject: string) => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
  subject_token: subject,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
})
const told = ({ status, text }: Told) => {
  const { error, code } = JSON.parse(text)
  return [status, error, code]
}

describe('a token is asked for', () => {
  test('D54 what control made is handed on, and stored nowhere on the way', async () => {
    const answer = await post(credentials(key, { scope: 'mcp:plain', ttl_seconds: '60' }))
    expect(answer.status).toBe(200)
    expect(JSON.parse(answer.text)).toEqual({
      access_token: 'oste_made',
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'mcp:plain',
    })
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', pragma: 'no-cache' })
    expect(asked).toMatchObject([
      {
        secret: is(key).token,
        scope: ['mcp:plain'],
        ttlSeconds: 60,
        address: '127.0.0.1',
        requestId: answer.headers['x-request-id'],
      },
    ])
    expect(world.lines.join('\n')).not.toContain(is(key).token.slice(22, 60))
    const line = world.lines.find((each) => each.includes(String(answer.headers['x-request-id'])))
    expect(JSON.parse(line ?? '{}')).toMatchObject({ route: '/oauth/token', status: 200, key: is(key).record.id })
  })

  test('D54 an exchange says of what type the token is, and takes a child as its subject', async () => {
    const { token } = await childToken(is(key).record, `${world.base}/acme`)
    for (const subject of [is(key).token, token]) {
      const answer = await post(exchange(subject))
      expect(JSON.parse(answer.text)).toMatchObject({
        token_type: 'Bearer',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      })
      expect(asked.at(-1)).toMatchObject({ secret: subject, scope: null, ttlSeconds: null })
    }
  })

  test('a key that this gateway has not seen before is proved first', async () => {
    expect((await post(credentials(cold))).status).toBe(200)
  })
})

describe('nobody gets a token who would not be let in', () => {
  test('a call with another key in x-api-key is refused: whose token is meant, nobody could say', async () => {
    const other = await post(credentials(key), ['x-api-key', is(cold).token])
    expect(told(other)).toEqual([400, 'invalid_request', 'credential_ambiguous'])
    expect(asked).toEqual([])
    expect((await post(credentials(key), ['x-api-key', is(key).token])).status).toBe(200)
  })

  test('G5 a wrong key, an unknown one and one that is no key read alike, and control is not asked', async () => {
    const { record } = is(key)
    const wrong = mint('k', randomBytes, record.id.slice(4)).secret.reveal()
    const unknown = mint('k', randomBytes)
    const bodies = new Set<string>()
    for (const [client_id, client_secret] of [
      [record.id, wrong],
      [unknown.id16, unknown.secret.reveal()],
    ] as const) {
      const answer = await post({ grant_type: 'client_credentials', client_id, client_secret })
      expect(told(answer)).toEqual([401, 'invalid_client', 'key_invalid'])
      expect(answer.headers['www-authenticate']).toBe(undefined)
      const basic = `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}`
      const byHeader = await post({ grant_type: 'client_credentials' }, ['authorization', basic])
      expect(told(byHeader)).toEqual([401, 'invalid_client', 'key_invalid'])
      expect(byHeader.headers['www-authenticate']).toBe('Basic realm="ostiary"')
      bodies.add(answer.text.replace(/req_\w+/, ''))
    }
    expect(bodies.size).toBe(1)
    expect(told(await post(exchange(wrong)))).toEqual([400, 'invalid_request', 'key_invalid'])
    expect(told(await post(exchange('oste_a.b.c')))).toEqual([400, 'invalid_request', 'key_invalid'])
    expect(asked).toEqual([])
  })

  test('a key that is switched off or not for this address is refused here, with its reason', async () => {
    expect(told(await post(credentials(suspended)))).toEqual([401, 'invalid_client', 'key_inactive'])
    expect(told(await post(credentials(elsewhere)))).toEqual([400, 'unauthorized_client', 'address_not_allowed'])
    expect(asked).toEqual([])
  })

  test('tokens of other kinds have no tokens', async () => {
    for (const kind of ['a', 'g', 'u'] as const) {
      const { id16, secret } = mint(kind, randomBytes)
      const body = { grant_type: 'client_credentials', client_id: id16, client_secret: secret.reveal() }
      expect(told(await post(body))).toEqual([401, 'invalid_client', 'key_kind'])
    }
  })

  test('whoever guesses is held back by the same count as with calls', async () => {
    const target = await newKey()
    await world.control.put(target.record)
    const wrong = mint('k', randomBytes, target.record.id.slice(4)).secret.reveal()
    const codes = new Set<string>()
    for (let n = 0; n < 15; n += 1) {
      const answer = await post({ grant_type: 'client_credentials', client_id: target.record.id, client_secret: wrong })
      codes.add(told(answer).join(' '))
    }
    expect([...codes]).toEqual(['401 invalid_client key_invalid', '429 temporarily_unavailable too_many_attempts'])
  })

  test('a key that asks all the time is told to use what it has', async () => {
    const busy = await newKey()
    await world.control.put(busy.record)
    const codes: unknown[] = []
    for (let n = 0; n < 65; n += 1) codes.push((await post(credentials(busy))).status)
    expect(codes.filter((status) => status === 200).length).toBeGreaterThanOrEqual(60)
    const answer = await post(credentials(busy))
    expect(told(answer)).toEqual([429, 'temporarily_unavailable', 'rate_limited'])
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
  })
})

describe('what control says', () => {
  const cases: [TokenAnswer['result'] & { ok: false }, unknown[]][] = [
    [{ ok: false, code: 'invalid_scope', detail: 'no', retryAfterSeconds: null }, [400, 'invalid_scope', 'invalid']],
    [{ ok: false, code: 'key_revoked', detail: 'no', retryAfterSeconds: null }, [401, 'invalid_client', 'key_revoked']],
    [
      { ok: false, code: 'policy_refused', detail: 'no', retryAfterSeconds: null },
      [400, 'invalid_request', 'policy_refused'],
    ],
    [
      { ok: false, code: 'child_too_large', detail: 'no', retryAfterSeconds: null },
      [400, 'invalid_request', 'child_too_large'],
    ],
    [
      { ok: false, code: 'rate_limited', detail: 'no', retryAfterSeconds: 7 },
      [429, 'temporarily_unavailable', 'rate_limited'],
    ],
    [{ ok: false, code: 'busy', detail: 'no', retryAfterSeconds: 1 }, [503, 'temporarily_unavailable', 'busy']],
    [
      { ok: false, code: 'of_a_newer_release', detail: 'x', retryAfterSeconds: null },
      [500, 'server_error', 'internal'],
    ],
    [{ ok: false, code: 'toString', detail: 'x', retryAfterSeconds: null }, [500, 'server_error', 'internal']],
  ]
  test.each(cases)('$code is told in the words of RFC 6749', async (result, expected) => {
    answering(result)
    const answer = await post(credentials(cold))
    expect(told(answer)).toEqual(expected)
    if (result.retryAfterSeconds) expect(answer.headers['retry-after']).toBe(String(result.retryAfterSeconds))
  })

  test('its words stay ASCII without quotes, as the RFC wants them', async () => {
    answering({ ok: false, code: 'invalid', detail: 'not "so" – \\ é\n', retryAfterSeconds: null })
    expect(JSON.parse((await post(credentials(cold))).text).error_description).toBe("not 'so' ? ? ??")
  })
})

describe('the body', () => {
  test('is a form of at most 64 KiB, and nothing else', async () => {
    const body = JSON.stringify(credentials(key))
    const json = await post(body, ['content-type', 'application/json'])
    expect(told(json)).toEqual([415, 'invalid_request', 'unsupported_media_type'])
    const encoded = await post('', [...form, 'content-encoding', 'gzip'])
    expect(encoded.status).toBe(415)
    const long = await post(credentials(key, { padding: 'x'.repeat(70_000) }))
    expect(told(long)).toEqual([413, 'invalid_request', 'too_large'])
    const query = await world.ask(`/oauth/token?client_secret=${is(key).token}`, form, Buffer.from(''))
    expect(told(query)).toEqual([400, 'invalid_request', 'key_in_query'])
    expect(asked).toEqual([])
  })

  test('two Authorization headers are refused', async () => {
    const one = `Basic ${Buffer.from(`${is(key).record.id}:${is(key).token}`).toString('base64')}`
    const answer = await post({ grant_type: 'client_credentials' }, ['authorization', one, 'authorization', one])
    expect(told(answer)).toEqual([400, 'invalid_request', 'credential_ambiguous'])
  })

  test('other methods are refused by name', async () => {
    for (const method of ['GET', 'DELETE']) {
      const answer = await world.ask('/oauth/token', [], null, method)
      expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST, OPTIONS'])
    }
  })
})

describe('metadata', () => {
  const get = async (path: string) => {
    const { status, text } = await world.ask(path, [], null, 'GET')
    return { status, body: status === 200 ? JSON.parse(text) : null }
  }
  const prefix = '/.well-known/oauth-protected-resource'

  test('RFC 9728 every well-formed path is answered alike, whether a server is there or not', async () => {
    const known = await get(`${prefix}/mcp-connect/plain`)
    const unknown = await get(`${prefix}/mcp-connect/nowhere`)
    expect(known).toEqual({
      status: 200,
      body: {
        resource: `${world.base}/mcp-connect/plain`,
        authorization_servers: [world.base],
        scopes_supported: ['mcp:plain'],
        bearer_methods_supported: ['header'],
      },
    })
    expect(JSON.stringify(unknown).replaceAll('nowhere', 'plain')).toBe(JSON.stringify(known))
    expect((await get(prefix)).body.resource).toBe(world.base)
    expect((await get(`${prefix}/any/thing`)).body).toEqual({
      resource: `${world.base}/any/thing`,
      authorization_servers: [world.base],
      bearer_methods_supported: ['header'],
    })
  })

  test('G1 what is not well-formed, and a path with a key in it, is not said back', async () => {
    const { token } = is(key)
    for (const path of [
      '/a//b',
      '/..%2f',
      '/<script>',
      '/ü',
      `/${'a'.repeat(200)}`,
      'x',
      `/mcp/${token}`,
      '/mcp/ostu_A',
    ])
      expect((await get(prefix + encodeURI(path))).status, path).toBe(404)
    expect(world.lines.join('\n')).not.toContain(token.slice(22, 60))
  })

  test('RFC 8414 the gateway says where tokens are and how they are asked for', async () => {
    const { body } = await get('/.well-known/oauth-authorization-server')
    expect(body).toMatchObject({
      issuer: world.base,
      token_endpoint: `${world.base}/oauth/token`,
      grant_types_supported: ['client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
      response_types_supported: [],
    })
    expect(body).not.toHaveProperty('registration_endpoint')
  })

  test('it is read, and nothing else', async () => {
    const answer = await world.ask(prefix, form, Buffer.from(''))
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET, OPTIONS'])
  })
})

describe('control is away', () => {
  test('D54 no token is made: 503 with a time to come again, and what was made goes on', async () => {
    const { token } = await childToken(is(key).record, `${world.base}/acme`)
    await world.control.put({ ...is(key).record, revision: nextRevision() })
    await world.control.hangUp()
    const answer = await post(credentials(key))
    if (answer.status !== 200) expect(told(answer)).toEqual([503, 'temporarily_unavailable', 'mint_unavailable'])
    const me = await world.ask('/api/me', ['authorization', `Bearer ${token}`], null, 'GET')
    expect(me.status).toBe(200)
  })
})
