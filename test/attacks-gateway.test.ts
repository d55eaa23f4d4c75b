import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseMessage } from '../src/gateway/mcp/message.ts'
import { formsOf } from '../src/gateway/mcp/scan.ts'
import { gatewayId, httpServer, newKey, organization, type TestKey, withCredential } from './fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway } from './gateway-world.ts'
import { eventually } from './programs.ts'
import { answersIn, sendBytes } from './raw-bytes.ts'
import { type RawCall, type RawUpstream, startRawUpstream } from './raw-upstream.ts'

/** Attacks on a composed gateway. */
let upstream: RawUpstream
let moved: RawUpstream
let world: GatewayUnderTest
let key: TestKey

beforeAll(async () => {
  upstream = await startRawUpstream()
  moved = await startRawUpstream()
  key = await newKey()
  world = await startGateway([organization(), httpServer('echo', upstream.url), key.record], [key.proof])
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
  await moved.stop()
})

const recorded = (): RawCall[] => {
  const calls: RawCall[] = []
  upstream.answerAll((call) => {
    calls.push(call)
    call.response.end('{}')
  })
  return calls
}

test('G6 a key that stands in a header which is passed on does not reach the server', async () => {
  const calls = recorded()
  const encoded = `=?base64?${Buffer.from(key.token).toString('base64')}?=`
  const places = ['user-agent', 'mcp-param-token', 'mcp-anything', 'last-event-id']
  for (const name of places) await world.ask('/mcp-connect/echo', [...bearer(key.token), name, key.token])
  await world.ask('/mcp-connect/echo', [...bearer(key.token), 'mcp-param-token', encoded])
  const seen = JSON.stringify(calls.map(({ request }) => request.rawHeaders))
  expect(seen).not.toContain(key.token)
  expect(seen).not.toContain(encoded)
})

test('a server that leads back to this gateway is called once, not until the sockets are used up', async () => {
  world.control.put(httpServer('loop', `${world.base}/mcp-connect/loop`, withCredential(key.token)))
  await eventually(
    async () => (await world.ask('/mcp-connect/loop', bearer(key.token), '{')).status === 400,
    'the server is known',
  )
  const before = world.lines.length
  await world.ask('/mcp-connect/loop', bearer(key.token))
  const count = () => world.lines.slice(before).filter((line) => line.includes('"message":"call"')).length
  // Unchecked it never ends: the hang-up of the first caller does not catch up with the newest call.
  const patience = performance.now() + 500
  await eventually(() => count() > 20 || (count() > 0 && performance.now() > patience), 'it loops or is quiet')
  world.control.put({ ...httpServer('loop', upstream.url) })
  expect(count()).toBeLessThan(5)
})

test('a call that has been here, or at more gateways than anybody has in a row, is refused', async () => {
  const calls = recorded()
  const chain = ['a', 'b', 'c', 'd', 'e'].map((id) => `1.1 ostiary-gwy_${id}`).join(', ')
  for (const via of [`1.1 ostiary-${gatewayId}`, `1.1 proxy, 1.1 ostiary-${gatewayId}, 1.1 proxy`, chain])
    expect(refused(await world.ask('/mcp-connect/echo', [...bearer(key.token), 'via', via]))).toEqual([
      508,
      'loop_detected',
    ])
  expect(calls).toEqual([])
  expect((await world.ask('/mcp-connect/echo', [...bearer(key.token), 'via', '1.1 proxy'])).status).toBe(200)
  expect(calls[0]?.request.headers.via).toBe(`1.1 proxy, 1.1 ostiary-${gatewayId}`)
})

test('a content type names its charset in one way: RFC 2231 spellings of UTF-7 are refused like the plain one', async () => {
  const calls = recorded()
  for (const charset of ["charset*=utf-7''utf-7", 'charset*0="utf-"; charset*1=7']) {
    const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
    const told = await sendBytes(
      world.base,
      `POST /mcp-connect/echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key.token}\r\nContent-Type: application/json; ${charset}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    )
    expect(answersIn(told)[0]?.status).toBe(415)
  }
  expect(calls).toEqual([])
})

test('G6 a secret comes back in no writing that JSON encoders choose by themselves (Go, .NET, Rails)', () => {
  const secret = 'ab+cd&ef<gh>ij"kl'
  const upper = (text: string, set: RegExp) =>
    text.replace(set, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0').toUpperCase()}`)
  const forms = formsOf(secret).map(String)
  expect(forms).toContain(upper(JSON.stringify(secret).slice(1, -1), /[&<>]/g).toLowerCase())
  expect(forms).toContain(upper(secret, /[&<>+'"]/g))
})

test('one session has one spelling: junk between its characters makes it no session', async () => {
  upstream.answerAll(({ response }) => response.writeHead(200, { 'mcp-session-id': 'up-1' }).end('{}'))
  const id = String((await world.ask('/mcp-connect/echo', bearer(key.token))).headers['mcp-session-id'])
  for (const spelled of [`${id}${'!'.repeat(8000)}`, `${id.slice(0, -3)}~${id.slice(-3)}`]) {
    const told = await world.ask('/mcp-connect/echo', [...bearer(key.token), 'mcp-session-id', spelled])
    expect(told.status).toBe(404)
  }
})

test('a session id of more than a kilobyte is not handed out', async () => {
  const answering = (length: number) =>
    upstream.answerAll(({ response }) => response.writeHead(200, { 'mcp-session-id': 'x'.repeat(length) }).end('{}'))
  answering(1024)
  const told = await world.ask('/mcp-connect/echo', bearer(key.token))
  expect(String(told.headers['mcp-session-id']).length).toBeGreaterThan(1024)
  answering(1025)
  const refusal = await world.ask('/mcp-connect/echo', bearer(key.token))
  expect(refused(refusal)).toEqual([502, 'upstream_unreachable'])
  expect(refusal.headers['mcp-session-id']).toBeUndefined()
})

test('G2 a server that moved to another address keeps no stream at the old one, and the old session is not told to the new', async () => {
  const record = httpServer('moving', upstream.url)
  world.control.put(record)
  upstream.answerAll(({ request, response }) => {
    response.writeHead(200, {
      'content-type': request.method === 'GET' ? 'text/event-stream' : 'application/json',
      'mcp-session-id': 'old-session',
    })
    if (request.method === 'GET') response.write(': open\n\n')
    else response.end('{}')
  })
  const sessionId = await eventually(async () => {
    const told = await world.ask('/mcp-connect/moving', bearer(key.token))
    return told.status === 200 && String(told.headers['mcp-session-id'])
  }, 'the server is known')
  const stream = await world.open('/mcp-connect/moving', bearer(key.token), null, 'GET')
  const seen: unknown[] = []
  moved.answerAll(({ request, response }) => {
    seen.push(request.headers['mcp-session-id'])
    response.end('{"moved":1}')
  })
  world.control.put({ ...httpServer('moving', moved.url), id: record.id })
  await eventually(
    async () => (await world.ask('/mcp-connect/moving', bearer(key.token))).text.includes('moved'),
    'it moved',
  )
  const again = await world.ask('/mcp-connect/moving', [...bearer(key.token), 'mcp-session-id', sessionId])
  const ended = await Promise.race([stream.done.then(() => true), new Promise((go) => setTimeout(go, 5000, false))])
  stream.hangUp()
  expect({ ended, status: again.status, told: seen.includes('old-session') }).toEqual({
    ended: true,
    status: 404,
    told: false,
  })
})

test('a body within the limit that would stop the loop for long is refused before it is parsed', () => {
  const size = 4 * 1024 * 1024
  const bodies = {
    'nested to the bottom': `{"method":"x","a":${'['.repeat(size / 2 - 20)}${']'.repeat(size / 2 - 20)}}`,
    'many members': `{ "method":"x","a":{${Array.from({ length: 330_000 }, (_, i) => `"k${i}":1`).join(',')}}}`,
    'many objects': `{ "method":"x","a":[${'{},'.repeat(size / 3 - 20)}1]}`,
  }
  for (const [name, text] of Object.entries(bodies)) {
    const read = parseMessage(Buffer.from(text), {})
    const code = read.ok ? 'read' : read.problem.code
    expect(code, name).toBe(name === 'nested to the bottom' ? 'message_ambiguous' : 'too_large')
  }
})

test('what is garbage behind a call does not take the answer of that call', async () => {
  const calls = recorded()
  const body = '{"jsonrpc":"2.0","id":1,"method":"ping"}'
  const told = await sendBytes(
    world.base,
    `POST /mcp-connect/echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${key.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}GARBAGE\r\n\r\n`,
  )
  expect([calls.length, answersIn(told)[0]?.status]).toEqual([1, 200])
})

test('each refusal of node itself carries a request id as well', async () => {
  const expectation = `POST /mcp-connect/echo HTTP/1.1\r\nHost: localhost\r\nExpect: 200-ok\r\nContent-Length: 0\r\n\r\n`
  const hostless = 'GET /api/me HTTP/1.1\r\n\r\n'
  for (const bytes of [expectation, hostless])
    expect(answersIn(await sendBytes(world.base, bytes))[0]?.hasId).toBe(true)
})

test('an answer to one key is stored by no shared cache, whatever the server says of it', async () => {
  upstream.answerAll(({ response }) =>
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'public, max-age=600' }).end('{}'),
  )
  const told = await world.ask('/mcp-connect/echo', ['x-api-key', key.token], null, 'GET')
  expect(told.headers['cache-control']).toMatch(/private|no-store/)
})
