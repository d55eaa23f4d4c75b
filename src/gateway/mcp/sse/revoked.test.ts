import { createServer, type ServerResponse } from 'node:http'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { listening, type Upstream } from '../../../../test/aggregate-rig.ts'
import { httpServer, newKey, nextRevision, organization } from '../../../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, startGateway } from '../../../../test/gateway-world.ts'

/** A server over HTTP+SSE that greets and never answers a call. */
const open = new Set<ServerResponse>()
let server: Upstream
let world: GatewayUnderTest

const greeting = { protocolVersion: '2024-11-05', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } }
const posted: string[] = []
const old = createServer(async (request, response) => {
  if (request.method === 'GET') {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('event: endpoint\ndata: /messages\n\n')
    open.add(response)
    response.on('close', () => open.delete(response))
    return
  }
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  response.writeHead(202).end()
  const { id, method } = JSON.parse(Buffer.concat(chunks).toString())
  posted.push(method)
  const result = method === 'initialize' ? greeting : { tools: [] }
  const answer = JSON.stringify({ jsonrpc: '2.0', id, result })
  if (id !== undefined && method !== 'tools/call')
    for (const stream of open) stream.write(`event: message\ndata: ${answer}\n\n`)
})

beforeAll(async () => {
  server = await listening(old)
  const record = { ...httpServer('old', ''), transport: { type: 'sse' as const, url: server.url } }
  world = await startGateway([organization(), record], [], { headersMs: 10_000 })
})
afterAll(async () => {
  await world.stop()
  await server.stop()
})

test.each(['revoked', 'suspended'] as const)(
  'G2 a key that is %s keeps no connection, and no call of a client that has left goes on for it',
  async (state) => {
    const key = await newKey()
    await world.control.put(key.record)
    world.control.tell({ type: 'proofs', items: [key.proof], complete: false })
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } }
    const path = '/mcp-connect/old'
    const told = await world.ask(path, bearer(key.token), { jsonrpc: '2.0', id: 1, method: 'initialize', params })
    const own = [...bearer(key.token), 'mcp-session-id', String(told.headers['mcp-session-id'])]
    const call = { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'any' } }
    posted.length = 0
    const left = await world.open(path, own, call)
    await vi.waitFor(() => expect(posted).toContain('tools/call'))
    left.hangUp()
    // Beside the gateway's own look at it, which is short.
    await vi.waitFor(() => expect(open.size).toBe(1))
    await world.control.put({ ...key.record, state, revision: nextRevision() })
    await vi.waitFor(() => expect(open.size).toBe(0))
  },
)
