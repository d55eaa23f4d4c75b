import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { httpServer, newKey, organization, type TestKey } from './fake-control.ts'
import { bearer, type GatewayUnderTest, startGateway } from './gateway-world.ts'
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts'
import { type Answering, events, floods, ok, rubbish, says } from './rubbish.ts'

/** One sick server among several at one address: the others answer, and nothing of it grows in the gateway. */
let raw: Server
let well: RawUpstream
let world: GatewayUnderTest
let key: TestKey
const sockets = new Set<Socket>()
let answer: (socket: Socket, message: { id?: unknown; method?: string }) => void = (socket) => socket.end()
let written = 0
let asked = 0

beforeAll(async () => {
  raw = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    socket.once('data', (data: Buffer) => {
      asked += 1
      answer(socket, parsed(data.toString('latin1').split('\r\n\r\n')[1] ?? ''))
    })
  })
  await new Promise<void>((done) => raw.listen(0, '127.0.0.1', done))
  well = await startRawUpstream()
  well.answerAll(({ body, response }) => {
    const { id, method } = parsed(body.toString())
    if (id === undefined) return void response.writeHead(202).end()
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result: method === 'initialize' ? greeting : list }))
  })
  key = await newKey()
  world = await startGateway(
    [
      organization(),
      httpServer('sick', `http://127.0.0.1:${(raw.address() as AddressInfo).port}/mcp`),
      httpServer('well', well.url),
      key.record,
    ],
    [key.proof],
    { headersMs: 700 },
  )
})
beforeEach(() => {
  written = 0
  asked = 0
})
afterAll(async () => {
  await world.stop()
  await well.stop()
  for (const socket of sockets) socket.destroy()
  await new Promise((done) => raw.close(done))
})

const parsed = (text: string): { id?: unknown; method?: string } => {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}
const greeting = { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } }
const list = { tools: [{ name: 'echo', inputSchema: { type: 'object' } }] }
const json = (text: string): string =>
  `${ok}Connection: close\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`

type Era = 'legacy' | 'modern'
const inEra = (era: Era, params: object = {}) =>
  era === 'legacy'
    ? params
    : {
        ...params,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientCapabilities': {},
          'io.modelcontextprotocol/clientInfo': { name: 'x', version: '1' },
        },
      }
async function ask(era: Era, method: string, params: { name?: string } = {}) {
  const headers = bearer(key.token)
  const initialize = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } }
  if (era === 'legacy') {
    const opened = await world.ask('/mcp', headers, { jsonrpc: '2.0', id: 1, method: 'initialize', params: initialize })
    headers.push('mcp-session-id', String(opened.headers['mcp-session-id']))
  } else {
    headers.push('mcp-protocol-version', '2026-07-28', 'mcp-method', method)
    if (params.name !== undefined) headers.push('mcp-name', params.name)
  }
  const told = await world.ask('/mcp', headers, { jsonrpc: '2.0', id: 2, method, params: inEra(era, params) })
  const event = /^data: (\{.*"id":2.*|\{.*"id":2\})$/m.exec(told.text)?.[1]
  return { status: told.status, body: JSON.parse(event ?? told.text) }
}

/** Of the JSON-RPC that comes back, once the greeting was right. */
const greeted =
  (reply: (id: unknown) => string): typeof answer =>
  (socket, { id, method }) => {
    if (id === undefined)
      return void socket.end('HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    if (method === 'server/discover')
      return void socket.end(json(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } })))
    if (method === 'initialize') return void socket.end(json(JSON.stringify({ jsonrpc: '2.0', id, result: greeting })))
    if (method === undefined)
      return void socket.end('HTTP/1.1 405 No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
    socket.end(reply(id))
  }
const result = (value: string) => (id: unknown) =>
  json(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${value}}`)
const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`

const nonsense: readonly [title: string, reply: (id: unknown) => string][] = [
  ['is no JSON', () => json('{"tools":')],
  ['is a text', () => json('"tools"')],
  ['answers nobody', () => json('{"jsonrpc":"2.0","id":null,"result":{"tools":[]}}')],
  ['says neither result nor error', (id) => json(JSON.stringify({ jsonrpc: '2.0', id }))],
  ['says a result that is none', result('"tools"')],
  ['says null', result('null')],
  ['says an error that is none', (id) => json(JSON.stringify({ jsonrpc: '2.0', id, error: 'no' }))],
  ['says an error of its own', (id) => json(JSON.stringify({ jsonrpc: '2.0', id, error: { code: 7, message: 'no' } }))],
  ['says a status of its own', () => 'HTTP/1.1 418 Teapot\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'],
  ['says a text of 20 MB', result(`{"tools":[],"a":"${'a'.repeat(20 << 20)}"}`)],
  [
    'answers HTML',
    () => `HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: 6\r\n\r\n<html>`,
  ],
  ['answers events that are none', () => `${events}data: {"jsonrpc"\n\n`],
  ['ends its events without an answer', () => `${events}: nothing\n\n`],
  ['answers another call', () => json('{"jsonrpc":"2.0","id":"other","result":{"tools":[]}}')],
  ['nests to the bottom', result(`{"tools":${deep}}`)],
]

describe.each(['legacy', 'modern'] as const)('in the %s era, beside a server that', (era) => {
  const isPartial = async () => {
    const { status, body } = await ask(era, 'tools/list')
    expect(status).toBe(200)
    expect(body.result.tools.map(({ name }: { name: string }) => name)).toContain('well__echo')
    return body.result
  }

  test.each(rubbish)('%s, the others are in the list, and its own call is an error', async (_title, how) => {
    answer = how
    const { _meta } = await isPartial()
    // What came whole is JSON, and as such no list: the one row or the other.
    expect(_meta?.['ostiary/unavailable']).toEqual([{ server: 'sick', code: expect.stringMatching(/^upstream_/) }])
    const { body } = await ask(era, 'tools/call', { name: 'sick__echo' })
    expect(body.error.data.code).toMatch(/^upstream_/)
  })

  test.each(nonsense)('%s, the others are in the list, and its own call is an error', async (_title, reply) => {
    answer = greeted(reply)
    await isPartial()
    const { body } = await ask(era, 'tools/call', { name: 'sick__echo' })
    expect(body.error).toMatchObject({ code: expect.any(Number), message: expect.any(String) })
  })

  test('lists among its tools what is none, that is left out, for it would cost a client the whole list', async () => {
    const fit = { name: 'fit', inputSchema: { type: 'object' } }
    const tools = [7, null, 'b', {}, { name: 5 }, { name: ['c'], inputSchema: {} }, [fit], fit]
    answer = greeted(result(JSON.stringify({ tools })))
    const { tools: listed } = await isPartial()
    expect(listed.map(({ name }: { name: string }) => name)).toEqual(['sick__fit', 'well__echo'])
  })

  test('has pages without an end, the list ends', async () => {
    answer = greeted((id) =>
      json(JSON.stringify({ jsonrpc: '2.0', id, result: { tools: [{ name: `t${asked}` }], nextCursor: 'again' } })),
    )
    await isPartial()
    expect(asked).toBeLessThan(200)
  })

  test('floods, its bytes are not kept and the others are in the list', async () => {
    const count = (bytes: number) => {
      written += bytes
    }
    const flood = (head: string): Answering => floods(head, Buffer.from(`data: ${'a'.repeat(64 * 1024)}`), count)
    for (const head of [events, `${ok}\r\n`]) {
      written = 0
      answer = greeted(() => '')
      const calm = answer
      answer = (socket, message) => (message.method === 'tools/list' ? flood(head)(socket) : calm(socket, message))
      const before = process.memoryUsage().rss
      await isPartial()
      expect(written).toBeLessThan(128 * 1024 * 1024)
      expect(process.memoryUsage().rss - before).toBeLessThan(256 * 1024 * 1024)
    }
  })
})

test('a server that comes to its senses is in the next list', async () => {
  answer = says('')
  expect((await ask('legacy', 'tools/list')).body.result._meta['ostiary/unavailable']).toHaveLength(1)
  answer = greeted(result(JSON.stringify(list)))
  const { body } = await ask('legacy', 'tools/list')
  expect(body.result.tools.map(({ name }: { name: string }) => name)).toEqual(['sick__echo', 'well__echo'])
  expect(body.result._meta?.['ostiary/unavailable']).toBeUndefined()
})
