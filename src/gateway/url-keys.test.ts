import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  httpServer,
  newKey,
  nextRevision,
  organization,
  type TestKey,
  withCredential,
} from '../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway, type Told, toolCall } from '../../test/gateway-world.ts'
import { type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import type { Choice } from '../keys/schema.ts'
import { mint } from '../keys/token.ts'

let upstream: RawUpstream
let world: GatewayUnderTest
/** Two keys that may do the same, one of each kind, and one that reaches a single server. */
let header: TestKey
let url: TestKey
let single: TestKey
const origin = 'https://app.example.com'

const only = (...items: string[]): Choice => ({ mode: 'only', items })
const seen: { url: string | undefined; headers: string[]; body: string }[] = []

beforeAll(async () => {
  upstream = await startRawUpstream()
  upstream.answerAll(({ request, body, response }) => {
    seen.push({ url: request.url, headers: request.rawHeaders, body: String(body) })
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: {"jsonrpc":"2.0"}\n\n')
      return
    }
    const { id = null, method = '' } = body.length > 0 ? JSON.parse(String(body)) : {}
    const tools = ['read', 'write', 'echo'].map((name) => ({ name, inputSchema: { type: 'object' } }))
    const result = method === 'tools/list' ? { tools } : { said: method }
    response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'inner' })
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  })
  const [plain, shut] = [
    httpServer('plain', upstream.url, withCredential('outbound')),
    httpServer('shut', upstream.url),
  ]
  const scope = {
    mcp: {
      servers: { mode: 'except', items: [shut.id] } as Choice,
      tools: { [plain.id]: only('echo', 'read') },
    },
  }
  header = await newKey({ scope, name: 'twin', metadata: '{"a":1}' })
  url = await newKey({ scope, name: 'twin', metadata: '{"a":1}', tokenKind: 'u' })
  single = await newKey({ scope: { mcp: { servers: only(plain.id) } }, tokenKind: 'u' })
  const keys = [header, url, single]
  world = await startGateway(
    [organization(), plain, shut, httpServer('second', upstream.url), ...keys.map(({ record }) => record)],
    keys.map(({ proof }) => proof),
    { gatewayOrigins: [origin] },
  )
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
const calling = (name: string) => ({ ...toolCall, params: { name, arguments: {} } })
const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } }

type Call = readonly [what: string, server: string, headers: string[], body?: unknown, method?: string]
const calls: readonly Call[] = [
  ['opens a session', 'plain', [], initialize],
  ['calls a tool', 'plain', [], calling('echo')],
  ['calls a tool that is closed', 'plain', [], calling('write')],
  ['calls no tool', 'plain', [], { ...toolCall, params: {} }],
  ['lists tools', 'plain', [], list],
  ['lists tools of the second', 'second', [], list],
  ['calls a server that is closed', 'shut', [], list],
  ['calls a server that is not there', 'nowhere', [], list],
  ['sends a method that leads elsewhere', 'plain', [], { ...list, method: 'tasks/list' }],
  ['sends no JSON', 'plain', [], '{"jsonrpc"'],
  ['sends two in one', 'plain', [], [list, list]],
  ['says a member twice', 'plain', [], '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}'],
  ['says something else in a header', 'plain', ['mcp-method', 'tools/call'], list],
  ['compresses its body', 'plain', ['content-encoding', 'gzip'], list],
  ['names a session of nobody', 'plain', ['mcp-session-id', 'x.y'], list],
  ['opens a stream', 'plain', ['accept', 'text/event-stream'], '', 'GET'],
  ['ends a session', 'plain', ['mcp-session-id', 'x'], '', 'DELETE'],
  ['uses a method that there is not', 'plain', [], '', 'PUT'],
  ['comes from a page that may', 'plain', ['origin', origin], list],
  ['comes from a page that may not', 'plain', ['origin', 'https://evil.example'], list],
  [
    'asks as a page before it calls',
    'plain',
    ['origin', origin, 'access-control-request-method', 'POST'],
    '',
    'OPTIONS',
  ],
  ['names another host', 'plain', ['host', 'evil.example'], list],
]

/** Without what differs from call to call, and what only the path of a URL key has. */
function comparable({ status, headers, text }: Told) {
  const { date: _, 'x-request-id': id, 'referrer-policy': __, 'mcp-session-id': session, ...rest } = headers
  return { status, headers: rest, hasSession: session !== undefined, text: text.replaceAll(String(id), 'req') }
}

describe('C12 M11 a header key and a URL key of the same scope', () => {
  test.each(calls.map((call) => ({ call, what: call[0] })))('get the same answer where it $what', async ({ call }) => {
    const [, server, headers, body, method] = call
    const withHeader = await world.ask(`/mcp-connect/${server}`, [...bearer(header.token), ...headers], body, method)
    const withUrl = await world.ask(`/mcp/${url.token}/${server}`, headers, body, method)
    // The revision that a refusal names is the key's own.
    const same = (told: Told) =>
      JSON.parse(JSON.stringify(comparable(told)).replace(/\\"revision\\":\d+/, '\\"revision\\":0'))
    expect(same(withUrl)).toEqual(same(withHeader))
    expect([withHeader.headers['referrer-policy'], withUrl.headers['referrer-policy']]).toEqual([
      undefined,
      'no-referrer',
    ])
  })

  test('have sessions of their own, and neither may use the other’s', async () => {
    const opened = await world.ask(`/mcp/${url.token}/plain`, [], initialize)
    const session = ['mcp-session-id', String(opened.headers['mcp-session-id'])]
    expect((await world.ask(`/mcp/${url.token}/plain`, session, list)).status).toBe(200)
    expect(refused(await world.ask('/mcp-connect/plain', [...bearer(header.token), ...session], list))).toEqual([
      404,
      'session_unknown',
    ])
    expect(refused(await world.ask(`/mcp/${url.token}/second`, session, list))).toEqual([404, 'session_unknown'])
  })
})

describe('C13 without the slug of a server', () => {
  const greeting = {
    ...initialize,
    params: { ...initialize.params, capabilities: {}, clientInfo: { name: 'c', version: '1' } },
  }

  test('the URL leads to all servers that its key reaches', async () => {
    for (const { token, record } of [single, url]) {
      const opened = await world.ask(`/mcp/${token}`, [], greeting)
      expect([opened.status, opened.headers['mcp-session-id']]).toEqual([200, expect.stringMatching(/^gwy_\w+\.\S+$/)])
      const said = JSON.parse(world.lines.findLast((line) => line.includes('"/mcp/{urlKey}"')) ?? '{}')
      expect(said).toMatchObject({ route: '/mcp/{urlKey}', server: null, key: record.id, status: 200 })
    }
  })

  test('R9 a key that reaches none is told so, and not shown an empty server', async () => {
    const none = await newKey({ tokenKind: 'u', scope: { mcp: { servers: { mode: 'none' } } } })
    await world.control.put(none.record)
    expect(refused(await world.ask(`/mcp/${none.token}`, [], greeting))).toEqual([403, 'server_not_allowed'])
  })

  test('what its key is refused for anyway comes first', async () => {
    const off = await newKey({ tokenKind: 'u', scope: { mcp: { enabled: false } } })
    const far = await newKey({ tokenKind: 'u', scope: { addresses: { mode: 'only', cidrs: ['203.0.113.0/24'] } } })
    await world.control.put(off.record)
    await world.control.put(far.record)
    expect(refused(await world.ask(`/mcp/${off.token}`, [], list))).toEqual([403, 'mcp_disabled'])
    expect(refused(await world.ask(`/mcp/${far.token}`, [], list))).toEqual([403, 'address_not_allowed'])
  })
})

describe('M11 C13 what does not belong into a path', () => {
  const child = `oste_${'a'.repeat(20)}.${'b'.repeat(40)}.${'c'.repeat(86)}`
  const other = (kind: 'a' | 'g' | 'k') => mint(kind, randomBytes).secret.reveal()

  test('a key, a management token, a gateway token or a child token in it is no URL key', async () => {
    for (const token of [header.token, other('a'), other('g'), child]) {
      expect(refused(await world.ask(`/mcp/${token}/plain`, [], list))).toEqual([401, 'key_kind'])
      expect(refused(await world.ask(`/mcp/${token}`, [], list))).toEqual([401, 'key_kind'])
    }
  })

  test('a URL key in a header is refused, whatever the path is', async () => {
    for (const path of ['/mcp-connect/plain', `/mcp/${url.token}/plain`])
      for (const headers of [
        bearer(url.token),
        ['x-api-key', url.token],
        [...bearer(url.token), 'x-api-key', url.token],
      ])
        expect(refused(await world.ask(path, headers, list))).toEqual([401, 'key_kind'])
    const me = await world.ask('/api/me', bearer(url.token), '', 'GET')
    expect([me.status, JSON.parse(me.text).code]).toEqual([401, 'key_kind'])
  })

  test('a URL key beside another credential is refused: which of them counts is nobody’s guess', async () => {
    for (const headers of [
      bearer(header.token),
      bearer(single.token),
      ['x-api-key', header.token],
      ['authorization', 'Basic eDp5'],
      ['authorization', 'Bearer'],
      [...bearer(url.token), 'x-api-key', header.token],
      [...bearer(header.token), ...bearer(header.token)],
    ])
      expect(refused(await world.ask(`/mcp/${url.token}/plain`, headers, list))).toEqual([400, 'credential_ambiguous'])
    const twice = await world.ask(`/mcp/${url.token}/plain?key=${url.token}`, [], list)
    expect(refused(twice)).toEqual([400, 'key_in_query'])
  })

  test('what is no token by grammar leads nowhere, and a guess is a wrong key', async () => {
    const { token } = url
    const mistyped = `${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`
    for (const segment of [
      'plain',
      mistyped,
      token.slice(0, -1),
      `${token}0`,
      token.replace('ostu', 'OSTU'),
      token.replace('_', '%5F'),
      [...token].map((char) => `%${char.charCodeAt(0).toString(16)}`).join(''),
      encodeURIComponent(` ${token}`),
      `.${token}`,
      'oste_a.b.c',
    ]) {
      for (const path of [`/mcp/${segment}`, `/mcp/${segment}/plain`]) {
        const told = await world.ask(path, [], list)
        expect([told.status, JSON.parse(told.text).code], path).toEqual([404, 'not_found'])
        expect(told.headers['referrer-policy']).toBe('no-referrer')
      }
    }
    for (const path of [
      `/mcp/${token}/`,
      `/mcp/${token}/plain/`,
      `/mcp/${token}/a/b`,
      `//mcp/${token}`,
      `/MCP/${token}`,
    ])
      expect((await world.ask(path, [], list)).status, path).toBe(404)
    const guess = mint('u', randomBytes, url.record.id.slice(4)).secret.reveal()
    const stranger = mint('u', randomBytes).secret.reveal()
    for (const wrong of [guess, stranger])
      expect(refused(await world.ask(`/mcp/${wrong}/plain`, [], list))).toEqual([401, 'key_invalid'])
  })

  test('a revoked URL key is refused at once', async () => {
    const gone = await newKey({ tokenKind: 'u' })
    await world.control.put(gone.record)
    expect((await world.ask(`/mcp/${gone.token}/plain`, [], list)).status).toBe(200)
    await world.control.put({ ...gone.record, state: 'revoked', revision: nextRevision() })
    expect(refused(await world.ask(`/mcp/${gone.token}/plain`, [], list))).toEqual([401, 'key_revoked'])
  })
})

test('R10 M11 C13 the key of a URL is in no line of the log, no answer, no frame and no call to a server', async () => {
  const { token } = url
  const inUse = await world.open(`/mcp/${token}/plain`, ['accept', 'text/event-stream'], '', 'GET')
  const answers = [await inUse.done]
  const referer = ['referer', `${world.base}/mcp/${token}/plain`]
  for (const [, server, headers, body, method] of calls)
    answers.push(await world.ask(`/mcp/${token}/${server}`, [...referer, ...headers], body, method))
  answers.push(
    await world.ask(`/mcp/${token}/plain`, ['user-agent', token, 'mcp-param-x', token, 'x-request-id', token], list),
    await world.ask(`/mcp/${token}/plain`, [], calling(token)),
    await world.ask(`/mcp/${token}/plain`, ['mcp-session-id', token], list),
    await world.ask(`/mcp/${token}/${token}`, [], list),
    await world.ask(`/mcp/${token}?x=${token}`, [], list),
    await world.ask(`${world.base}/mcp/${token}/plain`, [], list),
  )
  const secret = token.slice(22, 62)
  expect(answers.filter(({ text, headers }) => `${JSON.stringify(headers)}${text}`.includes(secret))).toEqual([])
  expect(world.lines.filter((line) => line.includes(secret))).toEqual([])
  expect(world.control.received.filter((frame) => JSON.stringify(frame).includes(secret))).toEqual([])
  // What a caller writes into its own message stays its own.
  expect(seen.filter(({ url: path, headers }) => `${path} ${headers}`.includes(secret))).toEqual([])
  expect(seen.flatMap(({ headers }) => headers).map((name) => name.toLowerCase())).not.toContain('referer')
  const routes = new Set(world.lines.flatMap((line) => JSON.parse(line).route ?? []))
  expect(
    [...routes].filter(
      (route) => !/^(unknown|\/mcp-connect\/\{server\}|\/mcp\/\{urlKey\}(\/\{server\})?|\/api\/me)$/.test(route),
    ),
  ).toEqual([])
})
