import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { connect, listening, type Rig, startFixture, startRig, type Upstream } from '../../../../test/aggregate-rig.ts'
import { everythingOverStdio } from '../../../../test/everything.ts'
import { gatewayId, httpServer, newKey, nextRevision, type TestKey } from '../../../../test/fake-control.ts'
import { bearer } from '../../../../test/gateway-world.ts'
import { ownerAmong } from '../../peers/owner.ts'

type Slow = Upstream & { readonly events: string[] }

/** Answers everything but calls, which it never answers; of both eras, by what it is asked. */
async function startSlow(era: 'legacy' | 'modern'): Promise<Slow> {
  const events: string[] = []
  const capabilities = { tools: {} }
  const results: Record<string, object> = {
    initialize: { protocolVersion: '2025-11-25', capabilities, serverInfo: { name: 'slow', version: '1' } },
    'server/discover': {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities,
      ttlMs: 0,
      cacheScope: 'private',
    },
  }
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const message =
      request.method === 'POST' ? JSON.parse(Buffer.concat(chunks).toString()) : { method: request.method }
    events.push(message.method)
    const isOther = (message.method === 'initialize') === (era === 'modern') || message.method === 'GET'
    if (message.method === 'tools/call') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
      response.on('close', () => void events.push('hung up'))
    } else if (
      isOther &&
      (message.method === 'initialize' || message.method === 'server/discover' || message.method === 'GET')
    )
      response.writeHead(message.method === 'GET' ? 405 : 400).end()
    else if (message.id === undefined) response.writeHead(202).end()
    else {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, result: results[message.method] ?? {} }))
    }
  })
  return { ...(await listening(server)), events }
}

let rig: Rig
let slow: Record<'older' | 'newer', Slow>
let doomed: TestKey

beforeAll(async () => {
  doomed = await newKey()
  slow = { older: await startSlow('legacy'), newer: await startSlow('modern') }
  const kid = {
    ...httpServer('kid', ''),
    transport: { ...everythingOverStdio, args: [...everythingOverStdio.args], env: null },
  }
  rig = await startRig({ ...slow, alpha: await startFixture() }, { records: [kid], keys: [doomed] })
})
afterAll(() => rig.stop())

const cases = (['older', 'newer'] as const).flatMap((to) =>
  (['legacy', 'modern'] as const).map((era) => [era, to] as const),
)

describe.each(cases)('a client of the %s era and a server that is %s', (era, to) => {
  const isCancelled = () => slow[to].events.some((event) => event === 'notifications/cancelled' || event === 'hung up')

  test('D14 cancels its call, and the server hears of it in its own way', async () => {
    await using client = await connect(rig, rig.key, era)
    slow[to].events.length = 0
    const stop = new AbortController()
    const call = client.callTool({ name: `${to}__any`, arguments: {} }, { signal: stop.signal })
    const refused = expect(call).rejects.toThrow()
    await vi.waitFor(() => expect(slow[to].events).toContain('tools/call'))
    expect(isCancelled()).toBe(false)
    stop.abort()
    await refused
    await vi.waitFor(() => expect(isCancelled()).toBe(true))
  })

  test('G2 has its call cancelled when its key ends', async () => {
    const key = await newKey()
    await rig.world.control.put(key.record)
    rig.world.control.tell({ type: 'proofs', items: [key.proof], complete: false })
    await using client = await connect(rig, key, era)
    slow[to].events.length = 0
    const call = client.callTool({ name: `${to}__any`, arguments: {} })
    const refused = expect(call).rejects.toThrow(/revoked|closed|terminated/i)
    await vi.waitFor(() => expect(slow[to].events).toContain('tools/call'))
    await rig.world.control.put({ ...key.record, state: 'revoked', revision: nextRevision() })
    await refused
    await vi.waitFor(() => expect(isCancelled()).toBe(true))
  })
})

describe.each(['legacy', 'modern'] as const)('a client of the %s era', (era) => {
  test('R9 lists and calls a server that runs as a child', async () => {
    await using client = await connect(rig, rig.key, era)
    await vi.waitFor(
      async () => {
        const names = (await client.listTools()).tools.map(({ name }) => name)
        expect(names).toContain('kid__echo')
      },
      { timeout: 20_000, interval: 200 },
    )
    const result = await client.callTool({ name: 'kid__echo', arguments: { message: 'hi' } })
    expect(JSON.stringify(result.content)).toContain('hi')
  }, 40_000)
})

test('a client that hangs up in the older era is not taken for one that cancels', async () => {
  const initialize = {
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
  }
  const told = await rig.world.ask('/mcp', bearer(doomed.token), initialize)
  const own = [...bearer(doomed.token), 'mcp-session-id', String(told.headers['mcp-session-id'])]
  slow.older.events.length = 0
  const params = { name: 'older__any', arguments: {} }
  const call = await rig.world.open('/mcp', own, { jsonrpc: '2.0', id: 2, method: 'tools/call', params })
  await vi.waitFor(() => expect(slow.older.events).toContain('tools/call'))
  call.hangUp()
  await rig.world.ask('/mcp', own, { jsonrpc: '2.0', id: 3, method: 'ping' })
  expect(slow.older.events.filter((event) => event !== 'GET')).not.toContain('hung up')
  // But when its key ends nobody may go on with it.
  await rig.world.control.put({ ...doomed.record, state: 'revoked', revision: nextRevision() })
  await vi.waitFor(() => expect(slow.older.events.join()).toMatch(/hung up|cancelled/))
})

test('D14 a client of 2026-07-28 cancels by hanging up, also where the gateway of its processes could not be reached', async () => {
  const dead = 'gwy_00000000000000DD'
  const ids = Array.from({ length: 50 }, (_, n) => `mem_${String(n).padStart(16, '0')}`)
  const id = ids.find((one) => ownerAmong([gatewayId, dead], one) === dead) ?? ''
  const key = await newKey({ owner: { type: 'member', id, name: 'Far' } })
  rig.world.control.tell({ type: 'proofs', items: [key.proof], complete: false })
  const items = [{ gateway: dead, url: 'http://127.0.0.1:1', organizations: null }]
  rig.world.control.tell({ type: 'peers', isPartial: false, items })
  await rig.world.control.put(key.record)
  slow.newer.events.length = 0
  const name = 'newer__any'
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const headers = {
    authorization: `Bearer ${key.token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': name,
  }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name, arguments: {}, _meta } })
  const leave = new AbortController()
  const call = fetch(`${rig.world.base}/mcp`, { method: 'POST', headers, body, signal: leave.signal })
  const left = expect(call).rejects.toThrow()
  await vi.waitFor(() => expect(slow.newer.events).toContain('tools/call'))
  expect(rig.world.lines.join('\n')).toContain('another gateway was not reached')
  leave.abort()
  await left
  await vi.waitFor(() => expect(slow.newer.events).toContain('hung up'))
})
