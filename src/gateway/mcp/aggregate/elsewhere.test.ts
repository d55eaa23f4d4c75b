import { afterAll, beforeAll, expect, test } from 'vitest'
import { startFixture, type Upstream } from '../../../../test/aggregate-rig.ts'
import { httpServer, newKey, organization, type TestKey } from '../../../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway } from '../../../../test/gateway-world.ts'

/** Two gateways, which know of each other what a control would tell them. */
const [idA, idB] = ['gwy_000000000000000A', 'gwy_000000000000000B']
let [a, b]: GatewayUnderTest[] = []
let old: Upstream
let key: TestKey
let other: TestKey

beforeAll(async () => {
  ;[old, key, other] = await Promise.all([startFixture('legacy'), newKey(), newKey()])
  const records = [organization(), httpServer('old', old.url), key.record, other.record]
  const start = (gatewayId: string) =>
    startGateway(records, [key.proof, other.proof], { gatewayId, headersMs: 10_000, trustedProxies: ['127.0.0.1'] })
  ;[a, b] = await Promise.all([start(idA), start(idB)])
  await tell(a, { gateway: idB, url: b.base })
  await tell(b, { gateway: idA, url: a.base })
})
afterAll(async () => {
  await Promise.all([a?.stop(), b?.stop()])
  await old.stop()
})

const tell = (to: GatewayUnderTest, ...items: { gateway: string; url: string }[]) => {
  to.control.tell({ type: 'peers', isPartial: false, items: items.map((item) => ({ ...item, organizations: null })) })
  return to.control.put(organization())
}
const both = (): readonly [GatewayUnderTest, GatewayUnderTest] => {
  if (!a || !b) throw new Error('not started')
  return [a, b]
}
const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
}
const echo = {
  jsonrpc: '2.0',
  id: 2,
  method: 'tools/call',
  params: { name: 'old__test_echo', arguments: { message: 'from afar' } },
}

test('D30 R9 a session goes on through the other gateway, and is another key’s there as little as here', async () => {
  const [first, second] = both()
  const told = await first.ask('/mcp', bearer(key.token), initialize)
  const session = ['mcp-session-id', String(told.headers['mcp-session-id'])]
  const there = await second.ask('/mcp', [...bearer(key.token), ...session], echo)
  expect([there.status, there.text]).toEqual([200, expect.stringContaining('from afar')])
  const foreign = await second.ask('/mcp', [...bearer(other.token), ...session], echo)
  expect(refused(foreign)).toEqual([404, 'session_unknown'])
})

test('R9 a call that waits for answers is answered through the other gateway', async () => {
  const [first, second] = both()
  const name = 'old__test_elicitation'
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
  }
  const headers = ['mcp-protocol-version', '2026-07-28', 'mcp-method', 'tools/call', 'mcp-name', name]
  const call = (more: object) => ({
    jsonrpc: '2.0',
    id: 3,
    method: 'tools/call',
    params: { name, arguments: { message: 'who?' }, ...more, _meta: meta },
  })
  const asked = JSON.parse((await first.ask('/mcp', [...bearer(key.token), ...headers], call({}))).text)
  const [question = ''] = Object.keys(asked.result.inputRequests)
  const content = { username: 'eve', email: 'eve@example.com' }
  const answers = {
    requestState: asked.result.requestState,
    inputResponses: { [question]: { action: 'accept', content } },
  }
  const told = await second.ask('/mcp', [...bearer(key.token), ...headers], call(answers))
  expect(told.text).toContain('eve@example.com')
})

test('D30 a session of a gateway that is not there is no session', async () => {
  const [first, second] = both()
  const told = await first.ask('/mcp', bearer(key.token), initialize)
  const session = ['mcp-session-id', String(told.headers['mcp-session-id'])]
  await tell(second)
  expect(refused(await second.ask('/mcp', [...bearer(key.token), ...session], echo))).toEqual([404, 'session_unknown'])
})
