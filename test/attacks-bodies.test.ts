import { connect, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { httpServer, newKey, organization, projectId, type TestKey } from './fake-control.ts'
import { bearer, type GatewayUnderTest, startGateway } from './gateway-world.ts'
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts'

/** What a caller may say, on each route: one server, and all servers at one address. */
let upstream: RawUpstream
let world: GatewayUnderTest
let key: TestKey
let other: TestKey
let foreign: TestKey
let calls = 0

beforeAll(async () => {
  upstream = await startRawUpstream()
  const their = 'org_0000000000000002'
  key = await newKey()
  other = await newKey()
  foreign = await newKey({
    organization: their,
    owner: { type: 'member', id: 'mem_0000000000000002', name: 'Eve' },
    scope: { projects: [projectId.replace(/1$/, '2')] },
  })
  world = await startGateway(
    [
      organization(),
      organization({ id: their, organization: their, slug: 'theirs', isDefault: false }),
      httpServer('echo', upstream.url),
      httpServer('second', upstream.url),
      httpServer('echo', upstream.url, {
        organization: their,
        id: 'srv_their00000000000',
        project: projectId.replace(/1$/, '2'),
      }),
      ...[key, other, foreign].map(({ record }) => record),
    ],
    [key, other, foreign].map(({ proof }) => proof),
  )
})
beforeEach(() => {
  calls = 0
  upstream.answerAll(({ body, response }) => {
    calls += 1
    const { id = null, method } = body.length > 0 ? JSON.parse(body.toString()) : {}
    const greeting = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'echo', version: '1' } }
    response.setHeader('content-type', 'application/json')
    if (method === 'initialize') response.setHeader('mcp-session-id', 'of-the-server')
    if (id === null) return void response.writeHead(202).end()
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: method === 'initialize' ? greeting : {} }))
  })
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

const tool = (path: string): string => (path === '/mcp' ? 'echo__say' : 'say')
const callOf = (name: string, more: object = {}) => ({
  jsonrpc: '2.0',
  id: 7,
  method: 'tools/call',
  params: { name, arguments: {}, ...more },
})
const b64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`
const modern = {
  _meta: {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
  },
}
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}

describe.each(['/mcp-connect/echo', '/mcp'])('on %s', (path) => {
  const said = async (body: unknown, headers: string[] = [], caller = key, method = 'POST') => {
    const told = await world.ask(path, [...bearer(caller.token), ...headers], body, method)
    return [told.status, /"code":"(\w+)"/.exec(told.text)?.[1], calls]
  }
  const name = tool(path)
  const text = JSON.stringify(callOf(name))
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`

  test.each([
    ['one call in a list', `[${text}]`, 400, 'batch_not_allowed'],
    ['two calls in a list', `[${text},${text}]`, 400, 'batch_not_allowed'],
    ['an empty list', '[]', 400, 'batch_not_allowed'],
    ['a list behind spaces', ` \n[${text}]`, 400, 'batch_not_allowed'],
    ['no JSON', '{"jsonrpc":', 400, 'malformed_json'],
    ['nothing', '', 400, 'malformed_json'],
    ['a text', '"tools/call"', 400, 'message_ambiguous'],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, 'malformed_json'],
    ['a method twice', text.replace('"method"', '"method":"tools/list","method"'), 400, 'message_ambiguous'],
    ['a method twice, once in escapes', text.replace('{', '{"m\\u0065thod":"tools/list",'), 400, 'message_ambiguous'],
    ['a method in another case', text.replace('{', '{"Method":"tools/list",'), 400, 'message_ambiguous'],
    ['a tool twice', text.replace('"name"', '"name":"other","name"'), 400, 'message_ambiguous'],
    ['a tool in another case', text.replace('"name"', '"NAME":"other","name"'), 400, 'message_ambiguous'],
    ['parameters twice', text.replace('"params"', '"params":{"name":"x"},"params"'), 400, 'message_ambiguous'],
    ['parameters by prototype', text.replace('{', '{"__proto__":{"method":"tools/list"},'), 400, 'message_ambiguous'],
    ['a method in another spelling', text.replace('tools/call', 'Tools/Call'), 400, 'message_ambiguous'],
    ['a deep argument', text.replace('"arguments":{}', `"arguments":${deep}`), 400, 'message_ambiguous'],
    ['more than 4 MiB', text.replace('{}', `{"a":"${'a'.repeat(4 << 20)}"}`), 413, 'too_large'],
    ['a million crumbs', text.replace('{}', `[${'{},'.repeat(1_000_000)}1]`), 413, 'too_large'],
  ])('%s reaches no server', async (_title, body, status, code) => {
    expect(await said(body)).toEqual([status, code, 0])
  })

  test.each([
    ['gzip', gzipSync(text)],
    ['deflate', text],
    ['br', text],
    ['gzip, gzip', gzipSync(gzipSync(text))],
  ])('a body in the coding %s reaches no server', async (coding, body) => {
    expect(await said(body, ['content-encoding', coding])).toEqual([415, 'unsupported_media_type', 0])
  })

  test('a body in a charset that some server may read otherwise reaches no server', async () => {
    expect((await said(text, ['content-type', 'application/json; charset=utf-7'])).slice(1)).toEqual([
      'unsupported_media_type',
      0,
    ])
  })

  test.each([
    ['mcp-method', 'tools/list'],
    ['mcp-method', 'tools/call, tools/list'],
    ['mcp-name', 'other'],
    ['mcp-name', b64('other')],
    ['mcp-name', '=?base64?***?='],
    ['mcp-protocol-version', '2025-11-25'],
  ])('a header %s: %s that the body does not bear out reaches no server', async (header, value) => {
    const body = callOf(name, modern)
    const usual = ['mcp-protocol-version', '2026-07-28', 'mcp-method', 'tools/call', 'mcp-name', name]
    const headers = usual.flatMap((word, at) =>
      at % 2 === 0 ? [word, word === header ? value : (usual[at + 1] ?? '')] : [],
    )
    expect(await said(body, headers)).toEqual([400, 'header_mismatch', 0])
  })

  describe('a session', () => {
    const open = async (): Promise<string> => {
      const told = await world.ask(path, bearer(key.token), initialize)
      expect(told.status).toBe(200)
      const id = String(told.headers['mcp-session-id'])
      await world.ask(path, [...bearer(key.token), 'mcp-session-id', id], {
        jsonrpc: '2.0',
        method: 'notifications/initialized',
      })
      calls = 0
      return id
    }
    const unknown = [404, 'session_unknown', 0]
    const within = (id: string) => ['mcp-session-id', id]

    test.each(['POST', 'GET', 'DELETE'])('of another key or organization is none, by %s', async (method) => {
      const id = await open()
      const body = method === 'POST' ? text : ''
      expect(await said(body, within(id), other, method)).toEqual(unknown)
      expect(await said(body, within(id), foreign, method)).toEqual(unknown)
    })

    test('of this route is none on others, and theirs is none here', async () => {
      const id = await open()
      for (const elsewhere of ['/mcp-connect/echo', '/mcp-connect/second', '/mcp'].filter((one) => one !== path)) {
        const body = callOf(tool(elsewhere))
        const told = await world.ask(elsewhere, [...bearer(key.token), ...within(id)], body)
        expect([elsewhere, told.status]).toEqual([elsewhere, 404])
        const theirs = await world.ask(elsewhere, bearer(key.token), initialize)
        calls = 0
        expect(await said(text, within(String(theirs.headers['mcp-session-id'])))).toEqual(unknown)
      }
    })

    test('that was altered, cut, doubled, made up or given to another gateway is none', async () => {
      const id = await open()
      const [gateway = '', sealed = ''] = id.split('.')
      const forged = [
        `${id.slice(0, -4)}${id.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`,
        id.slice(0, -4),
        `gwy_0000000000000009.${sealed}`,
        `${gateway}.`,
        sealed,
        `${gateway}.${'A'.repeat(10_000)}`,
        `${id}, ${id}`,
        'of-the-server',
        '00000000-0000-0000-0000-000000000000',
      ]
      for (const wrong of forged)
        expect([wrong.slice(0, 60), ...(await said(text, within(wrong)))]).toEqual([wrong.slice(0, 60), ...unknown])
    })
  })

  test.each(['https://evil.example', 'null', 'http://localhost.evil.example', 'file://'])(
    'the Origin %s reaches no server',
    async (origin) => {
      expect(await said(text, ['origin', origin])).toEqual([403, 'origin_not_allowed', 0])
    },
  )

  test.each(['evil.example', '169.254.169.254', 'localhost.evil.example'])(
    'the Host %s reaches no server',
    async (host) => {
      expect(await said(text, ['host', host])).toEqual([421, 'host_not_allowed', 0])
    },
  )

  test('hundreds who begin a body and do not go on keep nobody from calling', async () => {
    const { hostname, port } = new URL(world.base)
    const head = `POST ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${key.token}\r\nContent-Type: application/json\r\nContent-Length: ${4 << 20}\r\n\r\n{"jsonrpc":`
    const slow = await Promise.all(
      Array.from(
        { length: 300 },
        () =>
          new Promise<Socket>((begun) => {
            const socket = connect(Number(port), hostname)
            socket.on('error', () => {})
            socket.write(head, () => begun(socket))
          }),
      ),
    )
    expect((await said(JSON.stringify(initialize))).slice(0, 1)).toEqual([200])
    for (const socket of slow) socket.destroy()
  })
})
