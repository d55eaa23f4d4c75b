import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  httpServer,
  newKey,
  nextRevision,
  organization,
  organizationId,
  type TestKey,
  withCredential,
} from './fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway } from './gateway-world.ts'
import { type SseServer, startSseServer } from './sse-server.ts'

/** A server over HTTP+SSE behind a whole gateway: what is promised for every server holds for it, too. */

const secret = 'cnry-4b1d77c0aa-token'
const path = '/mcp-connect/sse'
const tools = [
  { name: 'read', title: `${secret} ${Buffer.from(`x:${secret}`).toString('base64')}` },
  { name: 'write', title: encodeURIComponent(secret) },
]
let server: SseServer
let world: GatewayUnderTest
let free: TestKey
let reader: TestKey

const record = () => ({
  ...httpServer('sse', '', withCredential(secret)),
  transport: { type: 'sse' as const, url: server.url },
})

beforeAll(async () => {
  server = await startSseServer({
    posted: ({ message, response, connection, request }) => {
      response.writeHead(202).end()
      if (message.id === undefined) return
      const text = `sent ${String(request.headers.authorization)}`
      const result = message.method === 'tools/list' ? { tools } : { content: [{ type: 'text', text }] }
      connection?.say({ id: message.id, result })
    },
  })
  reader = await newKey({ scope: { mcp: { toolsDefault: { mode: 'only', items: ['read'] } } } })
  free = await newKey()
  const metadata = {
    ...httpServer('metadata', ''),
    transport: { type: 'sse' as const, url: 'http://169.254.169.254/sse' },
  }
  world = await startGateway(
    [organization(), record(), metadata, reader.record, free.record],
    [reader.proof, free.proof],
  )
})
afterAll(async () => {
  await world.stop()
  await server.stop()
})

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}
const list = { jsonrpc: '2.0', id: 5, method: 'tools/list', params: {} }
const call = (name: string) => ({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name, arguments: {} } })
const sessionOf = async (key: TestKey): Promise<string[]> => {
  const greeted = await world.ask(path, bearer(key.token), initialize)
  return [...bearer(key.token), 'mcp-session-id', String(greeted.headers['mcp-session-id'])]
}

test('G6 the credential goes to the server, the key does not, and neither comes back', async () => {
  const headers = await sessionOf(free)
  expect((await world.ask(path, headers, call('read'))).text).toContain('sent Bearer [redacted]')
  const listed = await world.ask(path, headers, list)
  expect(listed.text).toContain('[redacted]')
  expect(listed.text).not.toContain('cnry')
  const seen = [...server.connections, ...server.posts].map(({ request }) => request)
  expect(seen.every(({ headers: got }) => got.authorization === `Bearer ${secret}`)).toBe(true)
  expect(JSON.stringify(seen.map(({ headers: got, url }) => [got, url]))).not.toContain(free.token)
  expect(world.lines.join('')).not.toContain('cnry')
})

test('D34 a key sees and calls the tools that it may, and its list is clean, too', async () => {
  const headers = await sessionOf(reader)
  const listed = (await world.ask(path, headers, list)).text
  expect(listed).toContain('"read"')
  expect(listed).not.toContain('"write"')
  expect(listed).not.toContain('cnry')
  expect((await world.ask(path, headers, call('write'))).text).toContain('-32602')
  expect((await world.ask(path, headers, call('read'))).text).toContain('sent Bearer')
})

test('B17 a session is of its key, and is issued by this gateway', async () => {
  const [, , ...session] = await sessionOf(free)
  expect(refused(await world.ask(path, [...bearer(reader.token), ...session], list))).toEqual([404, 'session_unknown'])
})

test('a server where no server may be is not connected to', async () => {
  const told = await world.ask('/mcp-connect/metadata', bearer(free.token), initialize)
  expect(refused(told)).toEqual([502, 'upstream_unreachable'])
  expect(told.text).not.toContain('169.254')
})

test('a look is answered each time, by what the server is now', async () => {
  const reports = () =>
    world.control.received
      .flatMap((frame) => (frame.type === 'servers' ? frame.items : []))
      .filter((item) => item.server === record().id && item.state === 'ready')
  await vi.waitFor(() => expect(reports().length).toBeGreaterThan(0), { timeout: 5000 })
  const before = reports().length
  world.control.tell({ type: 'look', organization: organizationId, server: record().id })
  await vi.waitFor(() => expect(reports().length).toBeGreaterThan(before), { timeout: 5000 })
  expect(
    reports()
      .at(-1)
      ?.tools?.map(({ name }) => name),
  ).toEqual(['read', 'write'])
  expect(JSON.stringify(reports())).not.toContain('cnry')
})

test('G1 a key that is revoked loses its stream, and a server that moves its sessions', async () => {
  const headers = await sessionOf(free)
  const stream = await world.open(path, headers, '', 'GET')
  const kept = await sessionOf(reader)
  await world.control.put({ ...free.record, state: 'revoked', revision: nextRevision() })
  await stream.done
  expect(refused(await world.ask(path, headers, list))).toEqual([401, 'key_revoked'])
  await world.control.put({
    ...record(),
    revision: nextRevision(),
    transport: { type: 'sse', url: `${server.origin}/other` },
  })
  expect(refused(await world.ask(path, kept, list))).toEqual([404, 'session_unknown'])
})
