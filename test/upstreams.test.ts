import { randomUUID } from 'node:crypto'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '../src/secret.ts'
import { startEverything } from './everything.ts'
import { httpServer, newKey, organization, type TestKey, withCredential } from './fake-control.ts'
import { bearer, type GatewayUnderTest, startGateway } from './gateway-world.ts'
import { connectV1, connectV2 } from './mcp-clients.ts'
import { processes } from './processes.ts'
import { eventually } from './programs.ts'
import { overStdio, type Running, startEverythingOverSse, startFastmcp } from './real-servers.ts'

/** Real servers of others behind a whole gateway, over each transport. */

const token = 'fast-token-5f1c9a'
const mark = randomUUID()
let world: GatewayUnderTest
let key: TestKey
let folder: string
const running: { readonly stop: () => Promise<unknown> }[] = []
let sse: Running

beforeAll(async () => {
  key = await newKey()
  folder = await realpath(await mkdtemp(join(tmpdir(), 'upstreams-')))
  await writeFile(join(folder, 'hello.txt'), 'hello from a file')
  const [everything, fast] = await Promise.all([startEverything(), startFastmcp(token)])
  sse = await startEverythingOverSse()
  running.push(everything, fast, sse)
  const memory = new Secret(JSON.stringify({ MEMORY_FILE_PATH: join(folder, 'memory.jsonl') }))
  const child = (slug: string, transport: ReturnType<typeof overStdio>, env: Secret | null = null) => ({
    ...httpServer(slug, ''),
    transport: { ...transport, env },
  })
  const servers = [
    httpServer('everything-http', everything.url),
    httpServer('fast', fast.url, withCredential(token)),
    { ...httpServer('everything-sse', ''), transport: { type: 'sse' as const, url: sse.url } },
    child('everything-stdio', overStdio('everything', ['stdio'], mark)),
    child('files', overStdio('filesystem', [], folder)),
    child('memory', overStdio('memory', [], mark), memory),
    child('thinking', overStdio('sequential-thinking', [], mark)),
  ]
  world = await startGateway([organization(), key.record, ...servers], [key.proof], { headersMs: 20_000 })
})
afterAll(async () => {
  await world.stop()
  for (const one of running) await one.stop()
  await rm(folder, { recursive: true, force: true })
})

const pathOf = (slug: string) => `/mcp-connect/${slug}`
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}

type Case = readonly [slug: string, tool: string, input: () => Record<string, unknown>, says: RegExp]
const thought = { thought: 'x', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 }
let persons = 0
const entities = () => [{ name: `Ada ${++persons}`, entityType: 'person', observations: ['counts'] }]
const cases: readonly Case[] = [
  ['everything-http', 'echo', () => ({ message: 'hi' }), /Echo: hi/],
  ['everything-sse', 'echo', () => ({ message: 'hi' }), /Echo: hi/],
  ['everything-stdio', 'echo', () => ({ message: 'hi' }), /Echo: hi/],
  ['files', 'read_text_file', () => ({ path: join(folder, 'hello.txt') }), /hello from a file/],
  ['memory', 'create_entities', () => ({ entities: entities() }), /Ada/],
  ['thinking', 'sequentialthinking', () => thought, /thoughtNumber/],
  ['fast', 'whoami', () => ({}), /^ada with \[redacted\]$/],
]

describe('A04 a real server', () => {
  test.each(cases)('%s lists its tools and answers a call, for both SDKs', async (slug, tool, input, says) => {
    const url = world.base + pathOf(slug)
    for (const client of [await connectV1(url, key.token), await connectV2(url, key.token, 'auto')]) {
      expect(await client.tools()).toContain(tool)
      expect(await client.callText(tool, input())).toMatch(says)
      await client.close()
    }
  })

  test.each(cases)('%s knows a session until it is ended', async (slug) => {
    const path = pathOf(slug)
    const opened = await world.ask(path, bearer(key.token), initialize)
    expect(opened.status).toBe(200)
    const session = ['mcp-session-id', String(opened.headers['mcp-session-id']), 'mcp-protocol-version', '2025-06-18']
    const headers = [...bearer(key.token), ...session]
    await world.ask(path, headers, { jsonrpc: '2.0', method: 'notifications/initialized' })
    const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
    expect((await world.ask(path, headers, list)).text).toContain('"tools"')
    expect((await world.ask(path, headers, '', 'DELETE')).status).toBeLessThan(300)
    // Everything answers 400 for a session that it has ended.
    expect([400, 404]).toContain((await world.ask(path, headers, list)).status)
  })

  test('over HTTP+SSE asks for sampling, and the one client that called answers', async () => {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js')
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js')
    const { CreateMessageRequestSchema } = await import('@modelcontextprotocol/sdk/types.js')
    const client = new Client({ name: 't', version: '1' }, { capabilities: { sampling: {} } })
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: 'm',
      role: 'assistant' as const,
      content: { type: 'text' as const, text: 'sampled here' },
    }))
    const headers = { authorization: `Bearer ${key.token}` }
    const url = new URL(world.base + pathOf('everything-sse'))
    const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers } })
    await client.connect(transport as Parameters<typeof client.connect>[0])
    const said = await client.callTool({ name: 'trigger-sampling-request', arguments: { prompt: 'x' } })
    expect(JSON.stringify(said)).toContain('sampled here')
    await transport.terminateSession()
    await client.close()
  })
})

test('a server over HTTP+SSE that is restarted ends its sessions, and the next one works', async () => {
  const path = pathOf('everything-sse')
  const opened = await world.ask(path, bearer(key.token), initialize)
  const headers = [...bearer(key.token), 'mcp-session-id', String(opened.headers['mcp-session-id'])]
  const { port } = new URL(sse.url)
  await sse.stop()
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
  await eventually(async () => (await world.ask(path, headers, list)).status === 404, 'the session is over')
  expect((await world.ask(path, bearer(key.token), initialize)).status).toBe(502)
  sse = await startEverythingOverSse(Number(port))
  running.push(sse)
  expect((await world.ask(path, bearer(key.token), initialize)).status).toBe(200)
})

test('G9 a gateway that stops leaves none of its processes', async () => {
  const left = async () =>
    (await processes()).filter(({ command }) => command.includes(mark) || command.includes(folder))
  expect((await left()).length).toBeGreaterThan(0)
  await world.gateway.drain(0)
  await eventually(async () => (await left()).length === 0, 'all children are gone')
})
