import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { httpServer, newKey, nextRevision, organization, type TestKey } from './fake-control.ts'
import { createMcpFixture } from './fixtures/mcp-fixture.ts'
import { type GatewayUnderTest, startGateway } from './gateway-world.ts'

/** Bugs that other gateways had at an address of several servers, tried on ours: peers-bugs.data.ts has the list. */
let fixture: Server
let scripted: Server
let world: GatewayUnderTest
let keys: readonly TestKey[] = []
const clients: Client[] = []
/** What the scripted server does. */
let script = { forgets: false, pages: 1, greetings: 0 }

beforeAll(async () => {
  fixture = createMcpFixture()
  scripted = createScripted()
  keys = [await newKey(), await newKey()]
  world = await startGateway(
    [
      organization(),
      httpServer('fixture', await listening(fixture)),
      httpServer('scripted', await listening(scripted)),
      ...keys.map(({ record }) => record),
    ],
    keys.map(({ proof }) => proof),
    { headersMs: 5000 },
  )
})
beforeEach(() => {
  script = { forgets: false, pages: 1, greetings: 0 }
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})
afterAll(async () => {
  await world.stop()
  for (const server of [fixture, scripted]) {
    server.closeAllConnections()
    server.close()
  }
})

async function listening(server: Server): Promise<string> {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

/** As small as a server of 2025-11-25 can be: sessions that it forgets when told to, and lists in pages. */
function createScripted(): Server {
  let sessions = new Set<string>()
  let last = 0
  return createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    if (request.method !== 'POST') return void response.writeHead(405).end()
    const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString())
    if (script.forgets) sessions = new Set()
    script.forgets = false
    if (method === 'initialize') {
      last += 1
      script.greetings += 1
      sessions.add(`s${last}`)
      response.setHeader('mcp-session-id', `s${last}`)
    } else if (!sessions.has(String(request.headers['mcp-session-id']))) {
      return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"no such session"}')
    }
    if (id === undefined) return void response.writeHead(202).end()
    const result = resultOf(method, params)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  })
}

function resultOf(method: string, params: { name?: string; cursor?: string } = {}): object {
  const page = Number(params.cursor ?? 0)
  switch (method) {
    case 'initialize':
      return { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }
    case 'tools/list':
      return {
        tools: [{ name: `tool_${page}`, inputSchema: { type: 'object' } }],
        ...(page + 1 < script.pages ? { nextCursor: String(page + 1) } : {}),
      }
    default:
      return { content: [{ type: 'text', text: params.name ?? '' }] }
  }
}

async function connect(era: 'legacy' | 'modern' = 'legacy', key = keys[0]): Promise<Client> {
  const mode = era === 'legacy' ? era : { pin: '2026-07-28' }
  const client = new Client({ name: 'x', version: '1' }, { versionNegotiation: { mode } })
  clients.push(client)
  const requestInit = { headers: { authorization: `Bearer ${key?.token}` } }
  await client.connect(new StreamableHTTPClientTransport(new URL(`${world.base}/mcp`), { requestInit }))
  return client
}
const textOf = ({ content }: Awaited<ReturnType<Client['callTool']>>): string =>
  content.map((part) => (part.type === 'text' ? part.text : '')).join('')
const call = async (client: Client, name: string, given: Record<string, unknown> = {}) =>
  textOf(await client.callTool({ name, arguments: given }))

test('agentgateway-3622 metamcp-166 metamcp-283 a server that forgot its session is greeted anew, and the call is answered', async () => {
  const client = await connect()
  expect(await call(client, 'scripted__tool_0')).toBe('tool_0')
  const { greetings } = script
  script.forgets = true
  expect(await call(client, 'scripted__tool_0')).toBe('tool_0')
  expect(script.greetings).toBe(greetings + 1)
})

test('agentgateway-3476 mcp-proxy-233 xcodemcpkit-206 every page of every server is in the one list, which has no cursor', async () => {
  script.pages = 5
  const { tools, nextCursor } = await (await connect()).listTools({ cursor: undefined })
  const names = tools.map(({ name }) => name)
  for (const page of [0, 1, 2, 3, 4]) expect(names).toContain(`scripted__tool_${page}`)
  expect(nextCursor).toBeUndefined()
})

test('agentgateway-495 a server that comes later renames nothing', async () => {
  const namesOf = async () => (await (await connect()).listTools()).tools.map(({ name }) => name)
  const before = await namesOf()
  await world.control.put(httpServer('another', httpUrlOf(scripted)))
  expect(await namesOf()).toEqual(expect.arrayContaining(before))
  await world.control.put({ ...gone('another') })
  expect(await namesOf()).toEqual(before)
})

const httpUrlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
const gone = (slug: string) => {
  const { id, organization } = httpServer(slug, 'http://127.0.0.1:1')
  return { kind: 'gone' as const, organization, id, revision: nextRevision(), of: 'server' as const }
}

test('agentgateway-1478 a resource keeps a scheme that is one, and is read by it', async () => {
  const client = await connect()
  const { resources } = await client.listResources()
  expect(resources.length).toBeGreaterThan(0)
  for (const { uri } of resources) {
    // RFC 3986 §3.1.
    expect(uri).toMatch(/^[A-Za-z][A-Za-z0-9+.-]*:/)
    expect((await client.readResource({ uri })).contents.map((one) => one.uri)).toEqual([uri])
  }
})

test('envoy-ai-gateway-2228 a resource that an answer holds can be read by its name there', async () => {
  for (const era of ['legacy', 'modern'] as const) {
    const client = await connect(era)
    const { content } = await client.callTool({ name: 'fixture__test_embedded_resource', arguments: {} })
    expect(content).toMatchObject([{ resource: { uri: 'mcp.fixture+test://embedded-resource' } }])
    const given = {
      name: 'fixture__test_prompt_with_embedded_resource',
      arguments: { resourceUri: 'test://static-text' },
    }
    const { messages } = await client.getPrompt(given)
    const uri = JSON.stringify(messages).match(/"uri":"([^"]+)"/)?.[1] ?? ''
    expect((await client.readResource({ uri })).contents).toMatchObject([{ uri }])
  }
})

test('CVE-2026-25536 clients with equal ids get their own answers', async () => {
  const all = await Promise.all(keys.flatMap((key) => (['legacy', 'modern'] as const).map((era) => connect(era, key))))
  await Promise.all(
    all.map(async (client, who) => {
      for (let at = 0; at < 20; at += 1)
        expect(await call(client, 'fixture__test_echo', { message: `${who}/${at}` })).toBe(`${who}/${at}`)
    }),
  )
})
