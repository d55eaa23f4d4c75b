import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { httpServer, newKey, nextRevision, organization, type TestKey } from '../../test/fake-control.ts'
import {
  bearer,
  type GatewayUnderTest,
  type Opened,
  refused,
  startGateway,
  toolCall,
} from '../../test/gateway-world.ts'
import { type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import type { McpRights } from '../keys/schema.ts'
import { defaultTimeouts } from '../servers/schema.ts'
import { streamsPerKey } from './streams.ts'

/** Calls that take long: how long a server is waited for, how many streams there may be, and what they are told. */

let upstream: RawUpstream
let world: GatewayUnderTest
let key: TestKey
let other: TestKey

const server = (seconds: Partial<typeof defaultTimeouts> = {}) =>
  httpServer('slow', upstream.url, { timeouts: { ...defaultTimeouts, ...seconds } })
const path = '/mcp-connect/slow'
const listen = {
  jsonrpc: '2.0',
  id: 'sub-1',
  method: 'subscriptions/listen',
  params: { notifications: { toolsListChanged: true } },
}

beforeAll(async () => {
  upstream = await startRawUpstream()
  key = await newKey()
  other = await newKey()
  world = await startGateway([organization(), server(), key.record, other.record], [key.proof, other.proof], {
    headersMs: 60_000,
  })
})
beforeEach(() => upstream.answerAll(null))
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

const putServer = (seconds: Partial<typeof defaultTimeouts>) =>
  world.control.put({ ...server(seconds), revision: nextRevision() })
const call = () => world.open(path, bearer(key.token))

describe('how long a server is waited for', () => {
  test('a server that says nothing in its time is a 504, and its connection is closed', async () => {
    await putServer({ answerSeconds: 1 })
    const asked = world.ask(path, bearer(key.token))
    const { hungUp } = await upstream.next()
    expect(refused(await asked)).toEqual([504, 'upstream_timeout'])
    await hungUp
  })

  test('one that falls silent in the middle of its events ends with an error for the call that waits', async () => {
    await putServer({ idleSeconds: 1 })
    const opened = call()
    const { response, hungUp } = await upstream.next()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write('data: {"jsonrpc":"2.0","method":"notifications/progress"}\n\n')
    const { text } = await (await opened).done
    await hungUp
    const [, last = ''] = text.split('\n\n')
    const said = JSON.parse(last.replace(/^event: message\ndata: /, ''))
    expect(said).toMatchObject({ id: toolCall.id, error: { data: { code: 'upstream_timeout' } } })
  })

  test('in the middle of an event, or of a body, the answer is broken off and never looks complete', async () => {
    for (const [type, piece] of [
      ['text/event-stream', 'data: {"jsonrpc"'],
      ['application/json', '{"jsonrpc"'],
    ] as const) {
      const opened = call()
      const { response } = await upstream.next()
      response.writeHead(200, { 'content-type': type })
      response.write(piece)
      await expect((await opened).done).rejects.toThrow('aborted')
    }
  })

  test('pieces keep a call alive beyond the time between two, and not beyond the time for all', async () => {
    await putServer({ idleSeconds: 1, totalSeconds: 2 })
    const opened = call()
    const { response, hungUp } = await upstream.next()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const begun = performance.now()
    const drip = setInterval(() => response.write(': still here\n\n'), 200)
    const { text } = await (await opened).done
    clearInterval(drip)
    await hungUp
    expect(performance.now() - begun).toBeGreaterThan(1500)
    expect(text).toContain('upstream_timeout')
  })

  test('a stream of the protocol may be silent for longer than a call', async () => {
    await putServer({ idleSeconds: 1, totalSeconds: 1 })
    const streams = [world.open(path, bearer(key.token), null, 'GET'), world.open(path, bearer(key.token), listen)]
    const ends: Promise<unknown>[] = []
    for (const stream of streams) {
      const { response } = await upstream.next()
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(': open\n\n')
      ends.push((await stream).done)
    }
    const silent = call()
    const { response } = await upstream.next()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    // It begins after the streams and is over first: what ends it does not end them.
    await (await silent).done
    const isOver = await Promise.race([Promise.any(ends).then(() => true), Promise.resolve(false)])
    expect(isOver).toBe(false)
    for (const stream of streams) (await stream).hangUp()
  })
})

describe('what open streams are told', () => {
  const only = (...items: string[]): Partial<McpRights> => ({ toolsDefault: { mode: 'only', items } })
  const putKey = async (mcp: Partial<McpRights>) => {
    const { scope } = key.record
    await world.control.put({
      ...key.record,
      scope: { ...scope, mcp: { ...scope.mcp, ...mcp } },
      revision: nextRevision(),
    })
  }
  const open = async (
    body: unknown,
    method: string,
    first = ': open\n\n',
  ): Promise<[Opened, (text: string) => void]> => {
    const opened = world.open(path, bearer(key.token), body, method)
    const { response } = await upstream.next()
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(first)
    const stream = await opened
    await vi.waitFor(() => expect(textOf(stream)).toBe(first))
    return [stream, (text) => void response.write(text)]
  }
  const textOf = ({ chunks }: Opened): string => Buffer.concat(chunks).toString('utf8')
  const news = 'event: message\ndata: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n'

  beforeEach(async () => {
    await putServer({})
    await putKey(only('echo'))
  })

  test('D40 a client whose key may call other tools now hears that its list has changed, once', async () => {
    const [stream] = await open(null, 'GET')
    await putKey(only('echo', 'add'))
    await putKey(only('echo', 'add'))
    await vi.waitFor(() => expect(textOf(stream)).toBe(`: open\n\n${news}`))
    stream.hangUp()
  })

  test('D40 on a stream of 2026-07-28 it carries the subscription, and who left tools out hears nothing', async () => {
    const [stream] = await open(listen, 'POST')
    const [deaf, write] = await open({ ...listen, params: { notifications: { promptsListChanged: true } } }, 'POST')
    await putKey(only('add'))
    await vi.waitFor(() => expect(textOf(stream)).toContain('"io.modelcontextprotocol/subscriptionId":"sub-1"'))
    write(': later\n\n')
    await vi.waitFor(() => expect(textOf(deaf)).toBe(': open\n\n: later\n\n'))
    stream.hangUp()
    deaf.hangUp()
  })

  test('G11 it waits until the event of the server that is on its way is whole', async () => {
    const half = 'id: 1\n'
    const [stream, write] = await open(null, 'GET', half)
    await putKey(only('add'))
    write('data: {}\n')
    write('\n')
    await vi.waitFor(() => expect(textOf(stream)).toBe(`${half}data: {}\n\n${news}`))
    stream.hangUp()
  })

  test('G11 where nothing changed for the key, not one byte comes from us', async () => {
    const [stream, write] = await open(null, 'GET')
    await world.control.put({
      ...key.record,
      ...{ scope: key.record.scope },
      name: 'renamed',
      revision: nextRevision(),
    })
    await putKey(only('echo'))
    write(': later\n\n')
    await vi.waitFor(() => expect(textOf(stream)).toContain('later'))
    expect(textOf(stream).replace(news, '').replace(news, '')).toBe(': open\n\n: later\n\n')
    stream.hangUp()
  })

  test('D40 G2 one whose lists passed unread hears of it before it is cut', async () => {
    await putKey({ toolsDefault: { mode: 'all' } })
    const [stream] = await open(null, 'GET')
    await putKey(only('echo'))
    expect((await stream.done).text).toBe(`: open\n\n${news}`)
  })
})

test(`a key has ${streamsPerKey} streams here and no more, calls and other keys go on`, async () => {
  await putServer({})
  upstream.answerAll(({ request, response }) => {
    if (request.method === 'POST') return void response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(': open\n\n')
  })
  const get = (of: TestKey) => world.open(path, bearer(of.token), null, 'GET')
  const streams: Opened[] = []
  for (let n = 0; n < streamsPerKey; n += 1) streams.push(await get(key))
  const beyond = await (await get(key)).done
  expect([refused(beyond), beyond.headers['retry-after']]).toEqual([[429, 'rate_limited'], '10'])
  expect((await world.ask(path, bearer(key.token))).status).toBe(200)
  const elsewhere = await get(other)
  expect(elsewhere.status).toBe(200)
  streams.pop()?.hangUp()
  await vi.waitFor(async () => {
    const again = await get(key)
    streams.push(again)
    expect(again.status).toBe(200)
  })
  for (const stream of [...streams, elsewhere]) stream.hangUp()
}, 20_000)
