import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Front, startFront, startUpstreams, stdioRecord } from '../../../../test/stdio-front.ts'
import type { StdioDeps } from './bridge.ts'

const fronts: Front[] = []
afterEach(async () => {
  await Promise.all(fronts.splice(0).map((front) => front.close()))
})

/** A server of a few lines: answers `initialize`, says its pid, and dies, hangs or writes oddly when told to. */
const script = `
  const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (method === 'initialize') {
      const greeting = { protocolVersion: '2025-06-18', capabilities: { tools: {}, tasks: {} }, serverInfo: { name: 's', version: '1' } }
      return say({ id, result: greeting })
    }
    if (method === 'die') return process.exit(9)
    if (method === 'hang') return
    if (method === 'raw') return process.stdout.write('{"result": {"big":12345678901234567890,"one":1.0},  "id":' + id + ',"jsonrpc":"2.0"}\\n')
    if (method === 'seen') return say({ id, result: { line } })
    if (method === 'noise') { process.stdout.write('hello there\\n'); return say({ id, result: {} }) }
    if (id !== undefined) say({ id, result: { pid: process.pid } })
  })`
const scripted = (code = script) => stdioRecord({ command: process.execPath, args: ['-e', code] })

const startScripted = async (limits: StdioDeps['limits'] = {}, code = script) => {
  let now = 1_000_000
  const front = await startFront(scripted(code), { now: () => now, limits: { sweepMs: 1e8, ...limits } })
  fronts.push(front)
  return {
    front,
    later: (ms: number) => {
      now += ms
      front.upstreams.sweep()
    },
  }
}

const post = async (front: Front, body: unknown, headers: Record<string, string> = {}) => {
  const text = typeof body === 'string' ? body : JSON.stringify({ jsonrpc: '2.0', ...(body as object) })
  const answer = await fetch(front.url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: text,
  })
  const said = await answer.text()
  return { status: answer.status, headers: answer.headers, text: said, json: said === '' ? null : JSON.parse(said) }
}
const initialize = { id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {} } }
const openSession = async (front: Front, headers: Record<string, string> = {}) => {
  const opened = await post(front, initialize, headers)
  return { ...headers, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
}
const pidOf = async (front: Front, session: Record<string, string>): Promise<number> =>
  (await post(front, { id: 'p', method: 'pid' }, session)).json.result.pid

describe('the life of a child', () => {
  test('a child that dies answers everyone who waits, ends its sessions, and is there again for the next', async () => {
    const { front } = await startScripted()
    const one = await openSession(front, { 'x-key': 'key_a' })
    const two = await openSession(front, { 'x-key': 'key_b' })
    const first = await pidOf(front, one)
    const waiting = post(front, { id: 'w', method: 'hang' }, two)
    const dying = await post(front, { id: 'd', method: 'die' }, one)
    for (const [answer, id] of [
      [dying, 'd'],
      [await waiting, 'w'],
    ] as const) {
      expect(answer.json).toMatchObject({ id, error: { code: -32011, data: { code: 'upstream_unreachable' } } })
    }
    expect((await post(front, { id: 1, method: 'pid' }, one)).status).toBe(404)
    expect((await post(front, { id: 1, method: 'pid' }, two)).status).toBe(404)
    expect(await pidOf(front, await openSession(front))).not.toBe(first)
  })

  test('one child serves all keys of a subject, another subject has its own', async () => {
    const { front } = await startScripted()
    const sessions = [
      await openSession(front, { 'x-key': 'key_a', 'x-subject': 'mem_1' }),
      await openSession(front, { 'x-key': 'key_b', 'x-subject': 'mem_1' }),
      await openSession(front, { 'x-key': 'key_c', 'x-subject': 'mem_2' }),
    ]
    const [one, two, three] = await Promise.all(sessions.map((session) => pidOf(front, session)))
    expect(one).toBe(two)
    expect(three).not.toBe(one)
    expect((await post(front, { id: 1, method: 'pid' }, { ...sessions[0], 'x-subject': 'mem_2' })).status).toBe(404)
  })

  test('a burst of first calls starts one child', async () => {
    const { front } = await startScripted()
    const sessions = await Promise.all(Array.from({ length: 20 }, () => openSession(front)))
    const pids = await Promise.all(sessions.map((session) => pidOf(front, session)))
    expect(new Set(pids).size).toBe(1)
  })

  test('the child that the health probe started is taken over by the first who calls', async () => {
    const { front } = await startScripted()
    expect(await front.upstreams.probe(scripted(), {})).toMatchObject({ state: 'ready' })
    await openSession(front)
    expect(front.upstreams.counts().children).toBe(1)
  })

  test('an idle child is ended once no session is left, and a new session starts it again', async () => {
    const { front, later } = await startScripted({ idleMs: 10_000, sessionIdleMs: 60_000 })
    const session = await openSession(front)
    later(30_000)
    expect((await post(front, { id: 1, method: 'pid' }, session)).status).toBe(200)
    later(61_000)
    later(11_000)
    expect((await post(front, { id: 1, method: 'pid' }, session)).status).toBe(404)
    await vi.waitFor(() => expect(front.upstreams.counts()).toMatchObject({ children: 0, sessions: 0 }), {
      timeout: 5000,
    })
    expect(await pidOf(front, await openSession(front))).toBeGreaterThan(0)
  })

  test('no child outlives the absolute limit, however busy its sessions', async () => {
    const { front, later } = await startScripted({ absoluteMs: 100_000, sessionIdleMs: 90_000 })
    const session = await openSession(front)
    const first = await pidOf(front, session)
    later(60_000)
    await pidOf(front, session)
    later(41_000)
    expect((await post(front, { id: 1, method: 'pid' }, session)).status).toBe(404)
    expect(await pidOf(front, await openSession(front))).not.toBe(first)
  })

  test('over the cap of children the next is told to come back, and idle ones make room', async () => {
    const { front, later } = await startScripted({
      children: { total: 1, perServer: 8, perKey: 8 },
      idleMs: 10_000,
      sessionIdleMs: 1e7,
    })
    await openSession(front, { 'x-subject': 'mem_1' })
    const refused = await post(front, initialize, { 'x-subject': 'mem_2' })
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('5')
    expect(refused.json).toMatchObject({ error: { data: { code: 'busy' } } })
    later(11_000)
    expect((await post(front, initialize, { 'x-subject': 'mem_2' })).status).toBe(200)
  })

  test('a key has a limited number of sessions; the one unused for longest makes room', async () => {
    const { front, later } = await startScripted({ sessionsPerKey: 2 })
    const one = await openSession(front)
    later(1)
    const two = await openSession(front)
    later(1)
    await pidOf(front, one)
    await openSession(front)
    expect((await post(front, { id: 1, method: 'pid' }, one)).status).toBe(200)
    expect((await post(front, { id: 1, method: 'pid' }, two)).status).toBe(404)
    expect(front.upstreams.counts().sessions).toBe(2)
  })

  test('a child that does not greet in time is a time-out, one that ends at once is unreachable', async () => {
    const { front: silent } = await startScripted({ startMs: 300 }, 'setInterval(() => {}, 1000)')
    expect(await post(silent, initialize)).toMatchObject({ status: 504, json: { error: { code: -32012 } } })
    const { front: broken } = await startScripted({}, 'console.error("/secret/path"); process.exit(1)')
    const answer = await post(broken, initialize)
    expect(answer).toMatchObject({ status: 502, json: { id: 1, error: { data: { code: 'upstream_unreachable' } } } })
    expect(answer.text).not.toContain('/secret/path')
  })

  test('a server that fails to start is not started again by every call', async () => {
    const { front, later } = await startScripted({ retryAfterMs: 1000 }, 'process.exit(1)')
    await post(front, initialize)
    await vi.waitFor(() => expect(front.upstreams.counts().children).toBe(0), { timeout: 5000 })
    const starts = front.log.filter((line) => line.includes('ended by itself')).length
    for (let n = 0; n < 5; n++) expect((await post(front, initialize)).status).toBe(502)
    expect(front.log.filter((line) => line.includes('ended by itself')).length).toBe(starts)
    later(1001)
    await post(front, initialize)
    expect(front.log.filter((line) => line.includes('ended by itself')).length).toBe(starts + 1)
  })

  test('another environment means another child, another name does not', async () => {
    const { upstreams } = startUpstreams()
    expect((await upstreams.probe(scripted(), { A: '1' })).state).toBe('ready')
    expect((await upstreams.probe({ ...scripted(), name: 'Renamed', revision: 2 }, { A: '1' })).state).toBe('ready')
    expect(upstreams.counts().children).toBe(1)
    expect((await upstreams.probe(scripted(), { A: '2' })).state).toBe('ready')
    await vi.waitFor(() => expect(upstreams.counts().children).toBe(1), { timeout: 5000 })
    await upstreams.stop()
    expect(upstreams.counts().children).toBe(0)
  })

  test('a session ends when its server is configured anew: no call reaches the old command', async () => {
    const env = { A: '1' }
    const front = await startFront(scripted(), { env })
    fronts.push(front)
    const session = await openSession(front)
    const first = await pidOf(front, session)
    await front.upstreams.probe({ ...scripted(), name: 'Renamed', revision: 2 }, env)
    expect(await pidOf(front, session)).toBe(first)
    await front.upstreams.probe({ ...scripted(), revision: 3 }, { A: '2' })
    expect((await post(front, { id: 1, method: 'pid' }, session)).status).toBe(404)
  })

  test('a session that is ended takes its running calls along', async () => {
    const { front } = await startScripted()
    const session = await openSession(front)
    const waiting = post(front, { id: 'w', method: 'hang' }, session)
    await pidOf(front, session)
    await fetch(front.url, { method: 'DELETE', headers: session })
    expect((await waiting).json).toMatchObject({ id: 'w', error: { message: 'The call was cancelled' } })
  })

  test('a server that is no more takes its child and its sessions along', async () => {
    const { front } = await startScripted()
    const session = await openSession(front)
    const stream = await fetch(front.url, { headers: { accept: 'text/event-stream', ...session } })
    front.upstreams.drop(scripted().id)
    expect(await stream.text()).toBe(': open\n\n')
    expect((await post(front, { id: 1, method: 'pid' }, session)).status).toBe(404)
  })
})

describe('what passes through the bridge', () => {
  test('numbers too large for JavaScript, spaces and order survive in both directions', async () => {
    const { front } = await startScripted()
    const session = await openSession(front)
    const raw = await post(front, { id: 'r', method: 'raw' }, session)
    expect(raw.text).toBe('{"result": {"big":12345678901234567890,"one":1.0},  "id":"r","jsonrpc":"2.0"}')
    const sent = '{"jsonrpc":"2.0",\n "method":"seen", "params":{"n":12345678901234567890,"id":7}, "id": 3}'
    const seen = await post(front, sent, session)
    expect(seen.json.id).toBe(3)
    expect(seen.json.result.line).toMatch(
      /^\{"jsonrpc":"2.0", {2}"method":"seen", "params":\{"n":12345678901234567890,"id":7\}, "id": \d+\}$/,
    )
  })

  test('what a server prints beside the protocol disturbs nobody', async () => {
    const { front } = await startScripted()
    const session = await openSession(front)
    expect((await post(front, { id: 1, method: 'noise' }, session)).json).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  })

  test('tasks, which all clients of a child would share, are not offered', async () => {
    const { front } = await startScripted()
    const opened = await post(front, initialize)
    expect(opened.json.result.capabilities).toEqual({ tools: {} })
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
    expect((await post(front, { id: 1, method: 'tasks/list' }, session)).json.error.code).toBe(-32601)
  })

  test('notifications and answers to questions that nobody asked are taken and go nowhere', async () => {
    const { front } = await startScripted()
    const session = await openSession(front)
    for (const body of [
      { method: 'notifications/initialized' },
      { method: 'notifications/cancelled', params: { requestId: 1 } },
      { id: 1, result: {} },
    ]) {
      expect(await post(front, body, session)).toMatchObject({ status: 202, text: '' })
    }
  })
})
