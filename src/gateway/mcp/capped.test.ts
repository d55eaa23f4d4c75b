import { once } from 'node:events'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { budgetRecord, limitRecord, type PlayedCaps, playCaps } from '../../../test/caps-rig.ts'
import {
  httpServer,
  newKey,
  nextRevision,
  organization,
  organizationId,
  type TestKey,
} from '../../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway, toolCall } from '../../../test/gateway-world.ts'
import { type RawCall, type RawUpstream, startRawUpstream } from '../../../test/raw-upstream.ts'

/** On the address of one server, with limits and budgets that the test plays. */

let rig: PlayedCaps
let world: GatewayUnderTest
let upstream: RawUpstream
let key: TestKey
/** It has neither. */
let plain: TestKey
const path = '/mcp-connect/shop'
const cent = 10_000_000
const request = (method: string, more: object = {}) => ({ jsonrpc: '2.0', id: 1, method, params: {}, ...more })
const free = { ...toolCall, params: { name: 'look', arguments: {} } }

beforeAll(async () => {
  rig = playCaps()
  upstream = await startRawUpstream()
  key = await newKey()
  plain = await newKey()
  const target = { type: 'key', id: key.record.id, name: null } as const
  const shop = httpServer('shop', upstream.url, { toolPrices: { echo: '0.01' } })
  const down = httpServer('down', 'http://127.0.0.1:1/mcp', { toolPrices: { '*': '0.01' } })
  world = await startGateway(
    [organization(), shop, down, key.record, plain.record, limitRecord(target), budgetRecord(target)],
    [key.proof, plain.proof],
    { caps: rig.caps, headersMs: 20_000 },
  )
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})
beforeEach(() => {
  rig.reset()
  upstream.answerAll(({ response }) => void response.writeHead(200, json).end('{"jsonrpc":"2.0","id":7,"result":{}}'))
})

const json = { 'content-type': 'application/json' }
const events = { 'content-type': 'text/event-stream' }
const next = (): Promise<RawCall> => {
  upstream.answerAll(null)
  return upstream.next()
}
const ask = (body: unknown = free, method = 'POST', who = key, to = path) =>
  world.ask(to, bearer(who.token), body, method)

describe('D21 requests of a key', () => {
  test('take one of each limit, and the answer says how the tightest stands', async () => {
    const told = await ask()
    expect(told.status).toBe(200)
    expect(rig.takes.map(({ want }) => want)).toEqual([{ requests: 1, tokens: 0, seat: 'call' }])
    expect(told.headers).toMatchObject({ 'ratelimit-policy': '"key";q=1000;w=60', ratelimit: '"key";r=999;t=41' })
    expect(rig.records).toMatchObject([{ method: 'tools/call', server: 'shop', tool: 'look', status: 200, cost: 0 }])
  })

  test('over the limit are refused with 429, Retry-After and the code, and the server hears nothing', async () => {
    rig.left.requests = 3
    const told = []
    for (let n = 0; n < 4; n += 1) told.push(await ask())
    expect(told.map(({ status }) => status)).toEqual([200, 200, 200, 429])
    expect(told[3]?.headers['retry-after']).toBe('17')
    expect(told[3]?.json()).toMatchObject({
      id: 7,
      error: { code: -32009, data: { code: 'rate_limited', retryAfter: 17 } },
    })
    expect(rig.records.length).toBe(3)
  })

  test('stay open to what does not count: greeting, ping, notices, answers and the end of a session', async () => {
    rig.left.requests = 0
    for (const body of [
      request('initialize', { params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: {} } }),
      request('server/discover'),
      request('ping'),
      { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } },
      { jsonrpc: '2.0', id: 1, result: {} },
    ])
      expect((await ask(body)).status).toBe(200)
    expect((await ask('', 'DELETE')).status).toBe(200)
    expect(rig.takes).toEqual([])
    expect(rig.records.length).toBe(6)
    expect(refused(await ask({ ...free, id: 1.5 }))).toEqual([429, 'rate_limited'])
  })

  test('are written down without any limit, too', async () => {
    expect((await ask(free, 'POST', plain)).status).toBe(200)
    expect([rig.takes.length, rig.records.length]).toEqual([0, 1])
    expect((await ask(free, 'POST', plain)).headers['ratelimit']).toBeUndefined()
  })

  test('hold their place while they run, and leave it when the caller leaves', async () => {
    const coming = next()
    const opened = world.open(path, bearer(key.token), free)
    const call = await coming
    expect(rig.open.calls).toBe(1)
    call.response.writeHead(200, events).write(': on\n\n')
    ;(await opened).hangUp()
    await call.hungUp
    await vi.waitFor(() => expect(rig.open.calls).toBe(0))
    expect(rig.records).toMatchObject([{ status: 499 }])
  })

  test('that fail in whatever way leave their place', async () => {
    upstream.answerAll(({ response }) => void response.destroy())
    expect((await ask()).status).toBe(502)
    upstream.answerAll(({ response }) => {
      response.writeHead(200, { ...json, 'content-length': '100' }).write('{')
      setImmediate(() => response.destroy())
    })
    await ask().catch(() => {})
    await vi.waitFor(() => expect(rig.records.length).toBe(2))
    expect(rig.open.calls).toBe(0)
  })

  test('whose key goes while its limits are asked are refused, and take nothing', async () => {
    const other = await newKey()
    const target = { type: 'key', id: other.record.id, name: null } as const
    await world.control.put(other.record, limitRecord(target))
    world.control.tell({ type: 'proofs', items: [other.proof], complete: false })
    await vi.waitFor(async () => expect((await ask(free, 'POST', other)).status).toBe(200))
    rig.reset()
    const asked = Promise.withResolvers<void>()
    let calls = 0
    upstream.answerAll(({ response }) => {
      calls += 1
      response.writeHead(200).end()
    })
    const waiting = Promise.withResolvers<void>()
    const { take } = rig.caps.limits
    const held = vi.spyOn(rig.caps.limits, 'take').mockImplementation(async (...what) => {
      asked.resolve()
      await waiting.promise
      return take(...what)
    })
    const told = ask(free, 'POST', other)
    await asked.promise
    await world.control.put({ ...other.record, revision: nextRevision(), state: 'revoked' })
    waiting.resolve()
    held.mockRestore()
    expect(refused(await told)).toEqual([401, 'key_revoked'])
    await vi.waitFor(() => expect([rig.open.calls, rig.left.requests]).toEqual([0, 1000]))
    expect(calls).toBe(0)
  })
})

describe('D23 calls of a tool that has a price', () => {
  test('are paid by the budgets when they are answered; a tool without a price is free', async () => {
    expect((await ask(toolCall)).status).toBe(200)
    expect((await ask()).status).toBe(200)
    expect([rig.charged, rig.opened.length]).toEqual([[cent], 1])
    expect(rig.records).toMatchObject([
      { cost: cent, charges: [{ nano: cent }] },
      { cost: 0, charges: [] },
    ])
  })

  test('are exactly as many as the budget pays for, fifty at a time', async () => {
    rig.left.nano = 10 * cent + 1
    rig.isSlow = true
    const told = await Promise.all(Array.from({ length: 50 }, () => ask(toolCall)))
    expect(told.filter(({ status }) => status === 200).length).toBe(10)
    for (const one of told.filter(({ status }) => status !== 200))
      expect(refused(one)).toEqual([429, 'budget_exceeded'])
    expect([rig.left.nano, rig.open.calls, rig.left.requests]).toEqual([1, 0, 990])
  })

  test('cost nothing where the server did not answer, or said no', async () => {
    upstream.answerAll(({ response }) => void response.writeHead(500, json).end('{}'))
    expect((await ask(toolCall)).status).toBe(500)
    expect((await ask(toolCall, 'POST', key, '/mcp-connect/down')).status).toBe(502)
    expect(rig.charged).toEqual([0, 0])
    expect(rig.open.nano).toBe(0)
  })

  test('attack: who hangs up behind the answer and before its end has paid for it', async () => {
    const coming = next()
    const opened = world.open(path, bearer(key.token), toolCall)
    const call = await coming
    call.response.writeHead(200, events).write('data: {"jsonrpc":"2.0","id":7,"result":{}}\n\n')
    ;(await opened).hangUp()
    await vi.waitFor(() => expect(rig.charged).toEqual([cent]))
    expect(rig.records).toMatchObject([{ status: 499, cost: cent }])
  })

  test('attack: fifty who hang up at once hold nothing afterwards', async () => {
    rig.isSlow = true
    upstream.answerAll(null)
    const opened = Array.from({ length: 50 }, () => {
      const socket = world.open(path, bearer(key.token), toolCall)
      socket.catch(() => {})
      return socket
    })
    const calls = await Promise.all(opened.map(() => upstream.next()))
    for (const { response } of calls) response.destroy()
    await Promise.allSettled(opened.map(async (one) => (await one).done))
    await vi.waitFor(() => expect(rig.records.length).toBe(50))
    expect(rig.open).toEqual({ calls: 0, streams: 0, nano: 0 })
  })
})

describe('streams of the protocol', () => {
  test('D21 are written down when they begin, and hold a place of their own until they end', async () => {
    const coming = next()
    const opened = world.open(path, bearer(key.token), '', 'GET')
    const call = await coming
    expect(rig.takes.map(({ want }) => want)).toEqual([{ requests: 0, tokens: 0, seat: 'stream' }])
    expect(rig.records).toEqual([])
    call.response.writeHead(200, events).flushHeaders()
    const stream = await opened
    expect(rig.records).toMatchObject([{ method: 'GET', status: 200 }])
    expect(rig.open.streams).toBe(1)
    stream.hangUp()
    await once(call.response, 'close')
    await vi.waitFor(() => expect(rig.open.streams).toBe(0))
    expect(rig.records.length).toBe(1)
  })

  test('that the server does not offer are written down with its answer', async () => {
    upstream.answerAll(({ response }) => void response.writeHead(405).end())
    expect((await ask('', 'GET')).status).toBe(405)
    expect(rig.records).toMatchObject([{ method: 'GET', status: 405 }])
  })
})

test('D21 D23 /api/me says how the limits and budgets over the key stand, and nothing of what others have of money', async () => {
  const about = { type: 'organization', id: organizationId, name: null } as const
  const records = [limitRecord(about, { requestsPerMinute: 5 }), budgetRecord(about)]
  await world.control.put(...records)
  rig.left.nano = 12_500_000_000
  const me = JSON.parse((await world.ask('/api/me', bearer(key.token), '', 'GET')).text)
  expect(me.limits).toMatchObject([{ target: 'key', measure: 'requests', limit: 1000, left: 1000, resetMs: 40_001 }])
  expect(me.budgets).toEqual([
    { target: 'key', period: 'total', isSpent: false, leftUsd: '12.50' },
    { target: 'organization', period: 'total', isSpent: false, leftUsd: null },
  ])
  for (const { kind, id } of records)
    if (kind === 'limit' || kind === 'budget')
      await world.control.put({ kind: 'gone', of: kind, organization: organizationId, id, revision: nextRevision() })
})

test('a limit that comes stands over the next call, and one that goes does not', async () => {
  const about = { type: 'organization', id: organizationId, name: null } as const
  const record = limitRecord(about, { requestsPerMinute: 5 })
  await world.control.put(record)
  await ask(free, 'POST', plain)
  expect(rig.takes).toMatchObject([{ ids: [record.id] }])
  await world.control.put({
    kind: 'gone',
    of: 'limit',
    organization: organizationId,
    id: record.id,
    revision: nextRevision(),
  })
  await ask(free, 'POST', plain)
  expect(rig.takes.length).toBe(1)
})
