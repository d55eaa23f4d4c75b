import { createRequire } from 'node:module'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { gatewayId, httpServer, newKey, nextRevision, organization, type TestKey } from '../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway } from '../../test/gateway-world.ts'
import { Secret } from '../secret.ts'

const everything = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/dist/index.js')
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}
const initialized = { jsonrpc: '2.0', method: 'notifications/initialized' }
const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' }
const path = '/mcp-connect/everything'

let world: GatewayUnderTest
let key: TestKey
let other: TestKey

beforeAll(async () => {
  key = await newKey()
  other = await newKey()
  const server = {
    ...httpServer('everything', ''),
    transport: {
      type: 'stdio' as const,
      command: process.execPath,
      args: [everything, 'stdio'],
      env: new Secret(JSON.stringify({ TEST_MARK: 'marked' })),
    },
  }
  world = await startGateway([organization(), server, key.record, other.record], [key.proof, other.proof])
})
afterAll(() => world.stop())

test('A04 a stdio server answers behind the same path, in sessions bound to the key', async () => {
  const greeted = await world.ask(path, bearer(key.token), initialize)
  expect(greeted.status).toBe(200)
  expect(greeted.text).toContain('"protocolVersion"')
  const session = String(greeted.headers['mcp-session-id'])
  expect(session.startsWith(`${gatewayId}.`)).toBe(true)
  const used = ['mcp-session-id', session, 'mcp-protocol-version', '2025-11-25']
  expect((await world.ask(path, [...bearer(key.token), ...used], initialized)).status).toBe(202)
  const tools = await world.ask(path, [...bearer(key.token), ...used], list)
  expect(tools.text).toContain('"echo"')
  expect(refused(await world.ask(path, [...bearer(other.token), ...used], list))).toEqual([404, 'session_unknown'])

  const stream = await world.open(path, [...bearer(key.token), ...used], '', 'GET')
  expect([stream.status, stream.headers['content-type']]).toEqual([200, 'text/event-stream'])
  world.control.put({ ...key.record, state: 'revoked', revision: nextRevision() })
  await stream.done
  await vi.waitFor(async () => {
    expect(refused(await world.ask(path, [...bearer(key.token), ...used], list))).toEqual([401, 'key_revoked'])
  })
})
