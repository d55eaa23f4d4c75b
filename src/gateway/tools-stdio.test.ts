import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { httpServer, newKey, nextRevision, organization, scopeOf, type TestKey } from '../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway } from '../../test/gateway-world.ts'
import { Secret } from '../secret.ts'

const secret = 'cnry-77aa10bb42-token'
/** A server of both eras that writes its list by hand: a member twice, and the secret that it was given, in escapes too. */
const script = `
  const tools = '[{"name":"write","name":"read","title":"' + process.env.API_TOKEN + ' \\\\u0063' + process.env.API_TOKEN.slice(1) + '"},{"name":"write"}]'
  const results = {
    initialize: '{"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"hand","version":"1"}}',
    'server/discover': '{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}',
    'tools/list': '{"tools":' + tools + ',"cacheScope":"public","nextCursor":"c"}',
    'tools/call': '{"content":[]}',
  }
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    const isBroken = params && params.cursor === 'broken'
    const result = isBroken ? '{"tools":"' + 'x'.repeat(5 << 20) + '"}' : results[method]
    if (id !== undefined) console.log('{"jsonrpc":"2.0","id":' + id + ',"result":' + result + '}')
  })`
const path = '/mcp-connect/hand'
const list = { jsonrpc: '2.0', id: 5, method: 'tools/list', params: {} }
const shown = '{"tools":[{"name":"read","title":"[redacted] [redacted]"}],"cacheScope":"private","nextCursor":"c"}'
const modern = {
  _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'io.modelcontextprotocol/clientCapabilities': {} },
}

let world: GatewayUnderTest
let reader: TestKey
let free: TestKey

beforeAll(async () => {
  reader = await newKey({ scope: { mcp: { toolsDefault: { mode: 'only', items: ['read'] } } } })
  free = await newKey()
  const env = new Secret(JSON.stringify({ API_TOKEN: secret }))
  const transport = { type: 'stdio' as const, command: process.execPath, args: ['-e', script], env }
  const records = [organization(), { ...httpServer('hand', ''), transport }, reader.record, free.record]
  world = await startGateway(records, [reader.proof, free.proof])
})
afterAll(() => world.stop())

const sessionOf = async (key: TestKey): Promise<string[]> => {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
  const greeted = await world.ask(path, bearer(key.token), { jsonrpc: '2.0', id: 1, method: 'initialize', params })
  return [...bearer(key.token), 'mcp-session-id', String(greeted.headers['mcp-session-id'])]
}
const call = (name: string, params: object = {}) => ({
  ...{ jsonrpc: '2.0', id: 7, method: 'tools/call' },
  params: { name, ...params },
})

/** Of a client that takes no events. */
const askJson = async (headers: readonly string[], body: object) => {
  const [name = '', value = '', session = '', id = ''] = headers
  const told = await fetch(world.base + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', [name]: value, [session]: id },
    body: JSON.stringify(body),
  })
  return { status: told.status, headers: Object.fromEntries(told.headers), text: await told.text() }
}

test('D40 a stdio server lists admitted tools only, as JSON and as an event', async () => {
  const used = await sessionOf(reader)
  const json = await askJson(used, list)
  expect(json.text).toBe(`{"jsonrpc":"2.0","id":5,"result":${shown}}`)
  expect(json.headers).toMatchObject({ 'content-type': 'application/json', 'content-length': String(json.text.length) })
  const stream = await world.ask(path, used, list)
  expect(stream.text).toBe(`event: message\ndata: ${json.text}\n\n`)
})

test('D40 a stdio server of 2026-07-28 lists admitted tools only, and a list for one key is private', async () => {
  const told = await world.ask(path, bearer(reader.token), { ...list, params: modern })
  expect(told.text).toBe(`{"jsonrpc":"2.0","id":5,"result":${shown}}`)
})

test('D40 a tool that a stdio server has not shown is refused in both eras, and the other is called', async () => {
  const used = await sessionOf(reader)
  expect(refused(await world.ask(path, used, call('write')))).toEqual([200, 'tool_not_allowed'])
  expect(refused(await world.ask(path, bearer(reader.token), call('write', modern)))).toEqual([200, 'tool_not_allowed'])
  expect((await world.ask(path, used, call('read'))).text).toContain('"result":{"content":[]}')
  expect((await world.ask(path, bearer(reader.token), call('read', modern))).text).toContain('"result":{"content":[]}')
})

test('G11 a key that may call every tool gets the line of a stdio server as it is', async () => {
  const told = await askJson(await sessionOf(free), list)
  expect(told.text).toContain('[{"name":"write","name":"read","title":"[redacted] \\u0063nry')
  expect(told.text).toContain('"cacheScope":"public"')
})

test('D40 a list that is too large to be looked through is refused, and the session goes on', async () => {
  const used = await sessionOf(reader)
  const broken = { ...list, params: { cursor: 'broken' } }
  const told = await askJson(used, broken)
  expect([told.status, JSON.parse(told.text)]).toMatchObject([
    502,
    { id: 5, error: { data: { code: 'upstream_unreachable' } } },
  ])
  expect((await world.ask(path, used, list)).text).toContain(shown)
})

test('D40 the GET stream of a stdio server ends when rights shrink that it was opened with', async () => {
  const used = await sessionOf(free)
  const stream = await world.open(path, used, '', 'GET')
  await vi.waitFor(() => expect(String(stream.chunks[0])).toBe(': open\n\n'))
  const scope = scopeOf({ mcp: { toolsDefault: { mode: 'none' } } })
  world.control.put({ ...free.record, revision: nextRevision(), scope })
  const { text } = await stream.done
  expect(text).toBe(': open\n\nevent: message\ndata: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n')
  const again = await world.open(path, used, '', 'GET')
  await vi.waitFor(() => expect(String(again.chunks[0])).toBe(': open\n\n'))
  expect((await askJson(used, list)).text).toContain('"tools":[]')
  again.hangUp()
})
