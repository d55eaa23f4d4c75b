import { createServer, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { connect, type Era, listening, startFixture, type Upstream } from '../../../../test/aggregate-rig.ts'
import { budgetRecord, limitRecord, type PlayedCaps, playCaps } from '../../../../test/caps-rig.ts'
import {
  httpServer,
  newKey,
  organization,
  organizationId,
  projectId,
  type TestKey,
} from '../../../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway } from '../../../../test/gateway-world.ts'

/** At the address of all servers of a key, with limits and budgets that the test plays. */

let rig: PlayedCaps
let world: GatewayUnderTest
let key: TestKey
let upstreams: Upstream[]
/** Its one tool answers when the test says so. */
let slow: Upstream & { readonly calls: (() => void)[] }
const cent = 10_000_000
const shop = () => httpServer('shop', upstreams[0]?.url ?? '', { toolPrices: { test_simple_text: '0.01' } })
const limits = {
  key: limitRecord({ type: 'key', id: '', name: null }),
  organization: limitRecord({ type: 'organization', id: organizationId, name: null }),
  project: limitRecord({ type: 'project', id: projectId, name: null }),
  server: limitRecord({ type: 'server', id: 'srv_shop000000000000', name: null }),
  tool: limitRecord({ type: 'tool', id: 'srv_shop000000000000', name: 'test_simple_text' }),
}
const eras: readonly Era[] = ['legacy', 'modern']

beforeAll(async () => {
  rig = playCaps()
  upstreams = [await startFixture(), await startFixture()]
  slow = await startSlow()
  key = await newKey()
  const target = { type: 'key', id: key.record.id, name: null } as const
  const others = [httpServer('other', upstreams[1]?.url ?? ''), httpServer('slow', slow.url)]
  const records = [{ ...limits.key, target }, limits.organization, limits.project, limits.server, limits.tool]
  world = await startGateway(
    [organization(), shop(), ...others, key.record, ...records, budgetRecord(target)],
    [key.proof],
    { caps: rig.caps, headersMs: 20_000 },
  )
})
afterAll(async () => {
  await world.stop()
  await Promise.all([...upstreams, slow].map((upstream) => upstream.stop()))
})
beforeEach(() => rig.reset())

async function startSlow() {
  const calls: (() => void)[] = []
  const results: Record<string, object> = {
    initialize: { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } },
    'tools/list': { tools: [{ name: 'wait', inputSchema: { type: 'object' } }] },
  }
  const answer = (response: ServerResponse, id: unknown, result: object) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const message = request.method === 'POST' ? JSON.parse(Buffer.concat(chunks).toString()) : {}
    if (request.headers['mcp-protocol-version'] === '2026-07-28') response.writeHead(400).end()
    else if (request.method !== 'POST') response.writeHead(405).end()
    else if (message.id === undefined) response.writeHead(202).end()
    else if (message.method === 'tools/call') calls.push(() => answer(response, message.id, { content: [] }))
    else answer(response, message.id, results[message.method] ?? {})
  })
  return { ...(await listening(server)), calls }
}

const idsOf = (names: readonly (keyof typeof limits)[]) => names.map((name) => limits[name].id).sort()
/** Without the stream that a session listens on. */
const taken = () => rig.takes.filter(({ want }) => want.requests > 0).map(({ ids }) => ids.toSorted())

describe.each(eras)('a client of the %s era at /mcp', (era) => {
  test('D21 takes the limits of its key and of all once for a list, however many servers are asked', async () => {
    await using client = await connect({ world }, key, era)
    rig.reset()
    await client.listTools()
    expect(taken()).toEqual([idsOf(['key', 'organization'])])
    expect(rig.records.filter(({ method }) => method !== 'GET')).toMatchObject([
      { method: 'tools/list', server: null, status: 200, isAdmitted: true },
    ])
  })

  test('D21 takes those of the server and of the tool as well for a call, once', async () => {
    await using client = await connect({ world }, key, era)
    rig.reset()
    await client.callTool({ name: 'other__test_simple_text', arguments: {} })
    await client.callTool({ name: 'shop__test_simple_text', arguments: {} })
    await client.getPrompt({ name: 'shop__test_simple_prompt' })
    expect(taken().filter((ids) => ids.length > 2)).toEqual([
      idsOf(['key', 'organization', 'project']),
      idsOf(['key', 'organization', 'project', 'server', 'tool']),
      idsOf(['key', 'organization', 'project', 'server']),
    ])
    await vi.waitFor(() => expect(rig.open.calls).toBe(0))
    expect(rig.records.filter(({ server }) => server === 'shop')).toMatchObject([
      { method: 'tools/call', tool: 'test_simple_text' },
      { method: 'prompts/get', tool: null },
    ])
  })

  test('D21 hears over a limit what it is and when to come again, and greets all the same', async () => {
    rig.left.requests = 0
    await using client = await connect({ world }, key, era)
    await expect(client.callTool({ name: 'shop__test_simple_text', arguments: {} })).rejects.toThrow()
    expect(rig.records.every(({ method }) => method !== 'tools/call')).toBe(true)
    expect(rig.open).toEqual({ calls: 0, streams: 0, nano: 0 })
  })

  test('D23 pays for a tool that has a price when it was answered', async () => {
    await using client = await connect({ world }, key, era)
    rig.reset()
    await client.callTool({ name: 'shop__test_simple_text', arguments: {} })
    await client.callTool({ name: 'other__test_simple_text', arguments: {} })
    expect([rig.charged, rig.opened.length]).toEqual([[cent], 1])
    rig.left.nano = cent - 1
    await expect(client.callTool({ name: 'shop__test_simple_text', arguments: {} })).rejects.toThrow()
    expect(rig.charged).toEqual([cent])
  })

  test('D21 holds its place while the server works, and leaves it afterwards', async () => {
    await using client = await connect({ world }, key, era)
    rig.reset()
    const result = client.callTool({ name: 'slow__wait', arguments: {} })
    await vi.waitFor(() => expect(slow.calls.length).toBe(1))
    expect(rig.open.calls).toBe(1)
    slow.calls.shift()?.()
    await result
    await vi.waitFor(() => expect(rig.open.calls).toBe(0))
  })
})

const json = ['content-type', 'application/json']
const greeting = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}
const wait = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'slow__wait', arguments: {} } }

async function openSession(): Promise<string[]> {
  const { headers } = await world.ask('/mcp', [...bearer(key.token), ...json], greeting)
  const session = [...bearer(key.token), ...json, 'mcp-session-id', String(headers['mcp-session-id'])]
  await world.ask('/mcp', session, { jsonrpc: '2.0', method: 'notifications/initialized' })
  return session
}

test('D21 over a limit the answer is 429 with Retry-After, and an error with its code and the seconds', async () => {
  const session = await openSession()
  rig.left.requests = 0
  const told = await world.ask('/mcp', session, wait)
  expect(refused(told)).toEqual([429, 'rate_limited'])
  expect([told.headers['retry-after'], told.json().error.data['retryAfter'], told.json().id]).toEqual(['17', 17, 2])
})

test('attack: a session whose client hangs up holds the place of its call until the server has answered', async () => {
  const session = await openSession()
  const opened = await world.open('/mcp', session, wait)
  await vi.waitFor(() => expect(slow.calls.length).toBe(1))
  rig.records.length = 0
  opened.hangUp()
  await vi.waitFor(() => expect(world.lines.at(-1)).toContain('slow'))
  expect([rig.open.calls, rig.records.length]).toEqual([1, 0])
  slow.calls.shift()?.()
  await vi.waitFor(() => expect(rig.open.calls).toBe(0))
  expect(rig.records).toMatchObject([{ status: 499, server: 'slow', tool: 'wait' }])
})

test('D21 a stream of a session is written down when it begins, and holds a place of its own', async () => {
  const session = await openSession()
  rig.reset()
  const opened = await world.open('/mcp', session, '', 'GET')
  expect(rig.takes.map(({ want }) => want.seat)).toEqual(['stream'])
  expect(rig.records).toMatchObject([{ method: 'GET', status: 200 }])
  expect(rig.open.streams).toBe(1)
  opened.hangUp()
  await vi.waitFor(() => expect(rig.open.streams).toBe(0))
  expect(rig.records.length).toBe(1)
})
