import { crc32 } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { httpServer, newKey, organization, type TestKey } from './fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway, toolCall } from './gateway-world.ts'
import { type RawCall, type RawUpstream, startRawUpstream } from './raw-upstream.ts'

/** Bugs that other gateways had, tried on ours. Which of them are tried elsewhere: peers-bugs.data.ts. */
let upstream: RawUpstream
let stateless: RawUpstream
let world: GatewayUnderTest
let keys: readonly [TestKey, TestKey]

beforeAll(async () => {
  upstream = await startRawUpstream()
  stateless = await startRawUpstream()
  keys = [await newKey(), await newKey()]
  world = await startGateway(
    [
      organization(),
      httpServer('tools', upstream.url),
      httpServer('stateless', stateless.url),
      ...keys.map(({ record }) => record),
    ],
    keys.map(({ proof }) => proof),
  )
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
  await stateless.stop()
})
beforeEach(() => upstream.answerAll(null))

const call = (id: number | string, text: string) => ({
  ...toolCall,
  id,
  params: { name: 'echo', arguments: { text } },
})
const idOf = ({ body }: RawCall): { id: unknown; text: string } => {
  const { id, params } = JSON.parse(body.toString())
  return { id, text: params?.arguments?.text }
}

describe('whose answer', () => {
  test('CVE-2026-25536 two clients with the same ids never get each other’s answers', async () => {
    const rounds = Array.from({ length: 20 }, (_, id) => id)
    const sent = rounds.flatMap((id) =>
      keys.map(async ({ token }, client) => {
        const told = await world.ask('/mcp-connect/tools', bearer(token), call(id, `${client}/${id}`))
        return [`${client}/${id}`, JSON.parse(told.text).result.text] as const
      }),
    )
    const calls = await Promise.all(sent.map(() => upstream.next()))
    // In another order than they came, so that a gateway which takes them by turns mixes them up.
    for (const one of calls.toReversed()) {
      const { id, text } = idOf(one)
      one.response.end(JSON.stringify({ jsonrpc: '2.0', id, result: { text } }))
    }
    for (const [asked, answered] of await Promise.all(sent)) expect(answered).toBe(asked)
  })

  test('context-forge-5484 one server with sessions and one without are served side by side', async () => {
    const seen: unknown[] = []
    upstream.answerAll(({ response, request }) => {
      seen.push(request.headers['mcp-session-id'])
      response.writeHead(200, { 'mcp-session-id': 'of-the-server' }).end('{}')
    })
    stateless.answerAll(({ response, request }) => {
      seen.push(request.headers['mcp-session-id'])
      response.end('{}')
    })
    const headers = bearer(keys[0].token)
    const opened = await world.ask('/mcp-connect/tools', headers)
    const plain = await world.ask('/mcp-connect/stateless', headers)
    expect(plain.headers['mcp-session-id']).toBeUndefined()
    const session = String(opened.headers['mcp-session-id'])
    await world.ask('/mcp-connect/tools', [...headers, 'mcp-session-id', session])
    expect((await world.ask('/mcp-connect/stateless', headers)).status).toBe(200)
    expect(seen).toEqual([undefined, undefined, 'of-the-server', undefined])
  })
})

describe('who is it', () => {
  const none = async (headers: string[], path = '/mcp-connect/tools', method = 'POST') => {
    let calls = 0
    upstream.answerAll(({ response }) => {
      calls += 1
      response.end('{}')
    })
    const told = await world.ask(path, headers, toolCall, method)
    return [told.status, /"code":"(\w+)"/.exec(told.text)?.[1], calls]
  }

  test.each([
    "' OR '1'='1",
    "x'; DROP TABLE keys; --",
    "ostk_0000000000000000_' UNION SELECT * FROM key_secrets --",
    'ostk_%_%',
    "1) OR SLEEP(5)='",
    '"; SELECT pg_sleep(5); --',
  ])('CVE-2026-42208 a Bearer value of SQL is a wrong key: %s', async (value) => {
    expect(await none(['authorization', `Bearer ${value}`])).toEqual([401, 'key_invalid', 0])
    expect(await none(['x-api-key', value])).toEqual([401, 'key_invalid', 0])
  })

  test('CVE-2026-35030 two tokens that begin alike, down to the last character of the secret, are two tokens', async () => {
    const [{ token }] = keys
    upstream.answerAll(({ response }) => response.end('{}'))
    expect((await world.ask('/mcp-connect/tools', bearer(token))).status).toBe(200)
    for (const at of [22, 41, 63, 64]) {
      const body = `${token.slice(0, at)}${token[at] === 'a' ? 'b' : 'a'}${token.slice(at + 1, 65)}`
      expect(await none(bearer(body + checksumOf(body)))).toEqual([401, 'key_invalid', 0])
    }
    expect((await world.ask('/mcp-connect/tools', bearer(token))).status).toBe(200)
  })

  test('GHSA-69x8-hrgq-fjj8 what is stored of a secret opens nothing', async () => {
    const [{ record }] = keys
    const [version] = record.versions
    for (const stored of Object.values(version ?? {}).filter((value) => typeof value === 'string'))
      expect(await none(['authorization', `Bearer ${stored}`])).toEqual([401, 'key_invalid', 0])
  })

  const paths = ['/mcp-connect/tools', '/mcp-connect/nowhere', '/mcp', '/api/me']
  test.each(paths)('CVE-2026-12773 context-forge-3812 without a right key %s is nobody’s', async (path) => {
    const method = path === '/api/me' ? 'GET' : 'POST'
    expect(await none([], path, method)).toEqual([401, 'key_missing', 0])
    expect(await none(['authorization', 'Bearer sk-default'], path, method)).toEqual([401, 'key_invalid', 0])
    expect(await none(['authorization', 'Basic YWRtaW46YWRtaW4='], path, method)).toEqual([401, 'key_missing', 0])
    expect(await none(['x-litellm-user', 'admin', 'x-user-id', 'admin'], path, method)).toEqual([401, 'key_missing', 0])
  })

  test('klai-1198 two hundred strangers who open sessions leave none behind, and reach no server', async () => {
    let calls = 0
    upstream.answerAll(({ response }) => {
      calls += 1
      response.end('{}')
    })
    const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } }
    for (let n = 0; n < 100; n += 1)
      for (const path of ['/mcp-connect/tools', '/mcp']) {
        const told = await world.ask(path, [], initialize)
        expect([told.status, told.headers['mcp-session-id']]).toEqual([401, undefined])
      }
    expect(calls).toBe(0)
  })

  test('jentic-one-1257 GETs side by side without a key are all told the same, and none is sent to a sign-in', async () => {
    const told = await Promise.all(
      Array.from({ length: 10 }, () => world.ask('/mcp-connect/tools', ['accept', 'text/event-stream'], '', 'GET')),
    )
    const heard = told.map(({ status, headers }) => `${status} ${headers['www-authenticate']}`)
    expect(new Set(heard)).toEqual(new Set(['401 Bearer']))
  })
})

describe('what is called', () => {
  test.each([
    ['toolhive-5745', (text: string) => `[${text}]`],
    ['lobu-1328', (text: string) => `[${text},${text.replace('echo', 'delete')}]`],
    ['deploy-gate-59', (text: string) => ` \n\t[ ${text} ] `],
    ['pipelock-335', (text: string) => `[[${text}]]`],
    ['an empty one', () => '[]'],
  ])('%s a batch is refused whole, however it is written', async (_id, batch) => {
    let calls = 0
    upstream.answerAll(() => {
      calls += 1
    })
    const told = await world.ask('/mcp-connect/tools', bearer(keys[0].token), batch(JSON.stringify(toolCall)))
    expect([...refused(told), calls]).toEqual([400, 'batch_not_allowed', 0])
  })

  test.each([
    ['mcp-go-928', 'list_files', 'delete_files'],
    ['mcp-go-928', '=?base64?bGlzdF9maWxlcw==?=', 'delete_files'],
    ['mcp-go-928', 'delete_files', 'list_files'],
  ])('%s a header that names %s over a body that calls %s is refused', async (_id, header, name) => {
    let calls = 0
    upstream.answerAll(() => {
      calls += 1
    })
    const body = { ...toolCall, params: { name, arguments: {} } }
    const headers = [...bearer(keys[0].token), 'mcp-method', 'tools/call', 'mcp-name', header]
    expect([...refused(await world.ask('/mcp-connect/tools', headers, body)), calls]).toEqual([
      400,
      'header_mismatch',
      0,
    ])
  })
})

describe('what a header may do', () => {
  test('GHSA-g53w-w6mj-hrpp no header of a caller leads the call elsewhere, and none of ours reaches the server', async () => {
    const seen: string[][] = []
    upstream.answerAll(({ request, response }) => {
      seen.push(Object.keys(request.headers))
      expect(request.headers.host).toBe(new URL(upstream.url).host)
      response.end('{}')
    })
    const names = [
      'x-forwarded-host',
      'x-original-url',
      'x-rewrite-url',
      'x-mcp-authorized',
      'mcp-init-host',
      'x-ostiary-server',
      'ostiary-organization',
      'forwarded',
      'router-key',
    ]
    const forged = names.flatMap((name) => [name, 'evil.example'])
    expect((await world.ask('/mcp-connect/tools', [...bearer(keys[0].token), ...forged])).status).toBe(200)
    expect(seen).toHaveLength(1)
    for (const name of names.filter((one) => !one.startsWith('mcp-'))) expect(seen[0]).not.toContain(name)
  })

  test('CVE-2026-29791 what stands behind a server’s name in the address becomes no part of another address', async () => {
    let calls = 0
    upstream.answerAll(({ response }) => {
      calls += 1
      response.end('{}')
    })
    for (const slug of ['tools%3fx=1', 'tools%2f..%2fadmin', 'tools%0d%0aX:1', 'tools%23', 'tools@evil.example']) {
      const told = await world.ask(`/mcp-connect/${slug}`, bearer(keys[0].token))
      expect([slug, ...refused(told)]).toEqual([slug, 403, 'server_not_allowed'])
    }
    expect(calls).toBe(0)
  })
})

/** As the grammar of tokens has it: CRC-32 in six digits of base62. */
function checksumOf(body: string): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  let [rest, text] = [crc32(body), '']
  for (let at = 0; at < 6; at += 1) {
    text = (digits[rest % 62] ?? '') + text
    rest = Math.floor(rest / 62)
  }
  return text
}
