import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { httpServer, memberId, newKey, nextRevision, organization, type TestKey } from '../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway, toolCall } from '../../test/gateway-world.ts'
import { type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import { catalogRecord, memberRecord } from '../../test/rights.ts'
import type { Grant } from '../people/grants/schema.ts'

/** What was approved for a time holds on a gateway as long as that, and nobody has to tell it that it is over. */

let upstream: RawUpstream
let world: GatewayUnderTest
let key: TestKey
let all: TestKey
let shifted = 0
const wiki = () => httpServer('wiki', upstream.url)
const now = () => Date.now() + shifted
const shift = (ms: number) => {
  shifted += ms
  world.shiftClocks(ms)
}
/** Shorter than what a gateway may decide without contact. */
const whileMs = 20_000

beforeAll(async () => {
  upstream = await startRawUpstream()
  key = await newKey({ scope: { mcp: { servers: { mode: 'none' } } } })
  all = await newKey()
  // No catalog brings the server to anybody.
  const records = [
    organization(),
    catalogRecord('everything', [], { everyone: true }),
    memberRecord('ada', { id: memberId }),
  ]
  world = await startGateway([...records, wiki(), key.record, all.record], [key.proof, all.proof])
})
beforeEach(async () => {
  upstream.answerAll(({ request, body, response }) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      return void response.write(': open\n\n')
    }
    const { id, method } = JSON.parse(String(body))
    const result = method === 'tools/list' ? { tools: [{ name: 'echo' }, { name: 'drop' }].map(asTool) } : {}
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  })
  await world.control.put(
    catalogRecord('everything', [], { everyone: true }),
    memberRecord('ada', { id: memberId }),
    { ...key.record, revision: nextRevision() },
    { ...all.record, revision: nextRevision() },
    wiki(),
  )
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

const asTool = ({ name }: { name: string }) => ({ name, inputSchema: { type: 'object' } })
const grant = (more: Partial<Grant> = {}): Grant => ({
  ...{ request: 'arq_0000000000000001', target: wiki().id, parts: null, until: null },
  ...more,
})
const give = (...grants: Grant[]) => world.control.put({ ...key.record, revision: nextRevision(), grants })
const call = async (of: TestKey, tool = 'echo'): Promise<unknown[]> => {
  const body = { ...toolCall, params: { name: tool } }
  const answer = await world.ask('/mcp-connect/wiki', bearer(of.token), body)
  return 'error' in answer.json() ? refused(answer) : [answer.status]
}
const listed = async (of: TestKey): Promise<string[]> => {
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/list' }
  const answer = await world.ask('/mcp-connect/wiki', bearer(of.token), body)
  return JSON.parse(answer.text).result.tools.map(({ name }: { name: string }) => name)
}
const closed = [403, 'server_not_allowed']

test('a grant of the key opens the server until its instant, with no word from control', async () => {
  expect(await call(key)).toEqual(closed)
  await give(grant({ until: now() + whileMs }))
  expect(await call(key)).toEqual([200])
  expect(await call(all)).toEqual(closed)
  shift(whileMs)
  expect(await call(key)).toEqual(closed)
})

test('R7 a list shows the tools that the grant names, and no other is called', async () => {
  await give(grant({ parts: ['echo'] }))
  expect(await listed(key)).toEqual(['echo'])
  expect(await call(key, 'echo')).toEqual([200])
  expect(await call(key, 'drop')).toEqual([200, 'tool_not_allowed'])
})

test('an open stream ends with the grant that had opened it, and one that needs none goes on', async () => {
  await give(grant({ until: now() + whileMs }))
  const open = await world.open('/mcp-connect/wiki', bearer(key.token), null, 'GET')
  expect(open.status).toBe(200)
  shift(whileMs)
  await open.done
  await give(grant({ until: now() + whileMs }), grant())
  const other = await world.open('/mcp-connect/wiki', bearer(key.token), null, 'GET')
  await vi.waitFor(() => expect(other.chunks.length).toBe(1))
  shift(whileMs)
  expect(await call(key)).toEqual([200])
  await give()
  await other.done
})

test('a grant of the member opens what his keys choose', async () => {
  await world.control.put({ ...memberRecord('ada', { id: memberId }), grants: [grant({ until: now() + whileMs })] })
  expect(await call(all)).toEqual([200])
  expect(await call(key)).toEqual(closed)
  shift(whileMs)
  expect(await call(all)).toEqual(closed)
})

test('G12 a refusal names who can grant and where to ask, once the key was proved, and says nothing else', async () => {
  const answer = await world.ask('/mcp-connect/wiki', bearer(key.token))
  const { data } = answer.json().error
  expect(data).toMatchObject({
    code: 'server_not_allowed',
    grantedBy: expect.stringMatching(/^an owner or admin of /),
    ask: expect.stringMatching(/\/api\/v1\/access-requests$/),
  })
  const unknown = await world.ask('/mcp-connect/nowhere', bearer(key.token))
  const plain = (told: typeof answer) => told.text.replaceAll(String(told.headers['x-request-id']), '')
  expect(plain(unknown)).toBe(plain(answer))
  const wrong = await world.ask('/mcp-connect/wiki', bearer(`${key.token.slice(0, -7)}AAAAAAA`))
  expect(wrong.text).not.toContain('grantedBy')
  const allServers = await world.ask('/mcp', bearer(key.token), { ...toolCall, method: 'tools/list', params: {} })
  expect(allServers.json().error.data).toMatchObject({ grantedBy: expect.any(String), ask: expect.any(String) })
  const llm = await world.ask('/v1/chat/completions', bearer(key.token), { model: 'big', messages: [] })
  expect(JSON.parse(llm.text).error).toMatchObject({ grantedBy: expect.any(String), ask: expect.any(String) })
})
