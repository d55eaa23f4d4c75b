import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Front, startFront, stdioRecord } from '../../../../test/stdio-front.ts'
import { defaultTimeouts, type ServerRecord } from '../../../servers/schema.ts'
import type { StdioDeps } from './bridge.ts'

/** Each of these was a bug of another bridge or gateway; its name and number stand in the title. */

const fronts: Front[] = []
afterEach(async () => {
  await Promise.all(fronts.splice(0).map((front) => front.close()))
})

/** Both eras where `argv[1]` says so; tells its pid, announces, makes progress, dies or stays silent when told to. */
const script = `
  const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
  const listening = []
  const listen = (id) => {
    if (!listening.includes(id)) listening.push(id)
    const _meta = { 'io.modelcontextprotocol/subscriptionId': id }
    say({ method: 'notifications/tools/list_changed', params: { _meta } })
  }
  const isModern = process.argv[1] === 'modern'
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method, params } = JSON.parse(line)
    if (method === 'initialize') {
      return say({ id, result: { protocolVersion: '2025-06-18', capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } } })
    }
    if (method === 'server/discover') {
      if (!isModern) return process.exit(3)
      return say({ id, result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: {} }, serverInfo: { name: 's', version: '1' } } })
    }
    if (method === 'die') return process.exit(9)
    if (method === 'hang') return
    if (method === 'progress') return say({ method: 'notifications/progress', params: { progressToken: params._meta.progressToken, progress: 1 } })
    if (method === 'subscriptions/listen') return listen(id)
    if (method === 'announce') listening.forEach(listen)
    if (method === 'announce') say({ method: 'notifications/tools/list_changed' })
    if (id !== undefined) say({ id, result: { pid: process.pid, tools: [] } })
  })`
const scripted = (more: Partial<ServerRecord> = {}, era = 'legacy'): ServerRecord => ({
  ...stdioRecord({ command: process.execPath, args: ['-e', script, era] }),
  ...more,
})
const start = async (limits: StdioDeps['limits'] = {}, record = scripted()) => {
  let now = 1_000_000
  const front = await startFront(record, { now: () => now, limits: { sweepMs: 1e8, ...limits } })
  fronts.push(front)
  return {
    front,
    later: (ms: number) => {
      now += ms
      front.upstreams.sweep()
    },
  }
}
const post = async (front: Front, body: object, headers: Record<string, string> = {}, signal?: AbortSignal) => {
  const answer = await fetch(front.url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', ...body }),
    ...(signal === undefined ? {} : { signal }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: text.startsWith('{') ? JSON.parse(text) : null }
}
const initialize = { id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {} } }
const openSession = async (front: Front, headers: Record<string, string> = {}) => {
  const opened = await post(front, initialize, headers)
  return { ...headers, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
}
const pidOf = async (front: Front, session: Record<string, string>): Promise<number> =>
  (await post(front, { id: 'p', method: 'pid' }, session)).json.result.pid
const openStream = (front: Front, session: Record<string, string>) =>
  fetch(front.url, { headers: { accept: 'text/event-stream', ...session } })
const modern = (method: string, more: object = {}) => ({
  id: method,
  method,
  params: { _meta: { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', ...more } },
})
const times = (more: Partial<ServerRecord['timeouts']>) => ({ timeouts: { ...defaultTimeouts, ...more } })

describe('the bugs of others, not ours', () => {
  test('supergateway 103, 108, 111, 148, 151: calls without a session share one child, which is ended when nobody calls', async () => {
    const { front, later } = await start({ idleMs: 10_000 }, scripted({}, 'modern'))
    const pids = await Promise.all(
      Array.from({ length: 20 }, async () => (await post(front, modern('pid'))).json.result.pid),
    )
    expect(new Set(pids).size).toBe(1)
    later(1)
    later(11_000)
    await vi.waitFor(() => expect(front.upstreams.counts().children).toBe(0), { timeout: 5000 })
    const legacy = await start()
    for (let n = 0; n < 3; n += 1) expect((await post(legacy.front, modern('pid'))).json.error.code).toBe(-32022)
    await vi.waitFor(() => expect(legacy.front.upstreams.counts().children).toBe(0), { timeout: 5000 })
    expect((await post(legacy.front, { id: 1, method: 'pid' })).status).toBe(400)
    expect(legacy.front.upstreams.counts().children).toBe(0)
  })

  test('rmcp: a server that ends itself over a revision that it does not know does so beside those that work with it', async () => {
    const { front } = await start()
    const crashes: string[] = []
    front.upstreams.onCrash((_serverId, why) => void crashes.push(why))
    const session = await openSession(front)
    const pid = await pidOf(front, session)
    expect((await post(front, modern('pid'))).json.error.code).toBe(-32022)
    expect(await pidOf(front, session)).toBe(pid)
    expect(crashes).toEqual([])
  })

  test('supergateway 141, 160: an open stream keeps a session from being idle, and ends with its child all the same', async () => {
    const { front, later } = await start({ absoluteMs: 100_000, sessionIdleMs: 10_000, idleMs: 10_000 })
    const session = await openSession(front)
    const first = await pidOf(front, session)
    const stream = await openStream(front, session)
    later(50_000)
    expect(await pidOf(front, session)).toBe(first)
    later(51_000)
    expect(await stream.text()).toBe(': open\n\n')
    expect((await post(front, { id: 1, method: 'pid' }, session)).status).toBe(404)
    await vi.waitFor(() => expect(front.upstreams.counts()).toMatchObject({ children: 0, sessions: 0 }), {
      timeout: 5000,
    })
  })

  test('supergateway 116: a client that leaves, by goodbye or by hanging up, takes nobody’s child along', async () => {
    const { front } = await start()
    const [one, two, three] = [await openSession(front), await openSession(front), await openSession(front)]
    const pid = await pidOf(front, three)
    await fetch(front.url, { method: 'DELETE', headers: one })
    const leaving = new AbortController()
    const stream = await openStream(front, two)
    const hung = post(front, { id: 'h', method: 'hang' }, two, leaving.signal)
    expect(await pidOf(front, two)).toBe(pid)
    leaving.abort()
    await expect(hung).rejects.toThrow()
    await stream.body?.cancel()
    expect(await pidOf(front, three)).toBe(pid)
  })

  test('metamcp 324, docker mcp-gateway 318, 65: however often we look, it is one child, and no session stays', async () => {
    const { front } = await start()
    for (let n = 0; n < 5; n += 1) expect(await front.upstreams.probe(scripted(), {})).toMatchObject({ state: 'ready' })
    expect(front.upstreams.counts()).toEqual({ children: 1, connections: 0, sessions: 0 })
    const pid = await pidOf(front, await openSession(front))
    await front.upstreams.probe(scripted(), {})
    expect(await pidOf(front, await openSession(front))).toBe(pid)
  })

  test('metamcp PR 273: first calls, looks and sessions at the same time start one child', async () => {
    const { front } = await start()
    const looks = Array.from({ length: 5 }, () => front.upstreams.probe(scripted(), {}))
    const sessions = await Promise.all(Array.from({ length: 10 }, () => openSession(front)))
    await Promise.all(looks)
    expect(new Set(await Promise.all(sessions.map((session) => pidOf(front, session)))).size).toBe(1)
    expect(front.upstreams.counts().children).toBe(1)
  })

  test('metamcp 162, 318: over the cap of a server or of a key a call is told `busy`, and when to come back', async () => {
    const { front, later } = await start({
      children: { total: 10, perServer: 2, perKey: 1 },
      idleMs: 10_000,
      sessionIdleMs: 1e7,
    })
    const one = { 'x-subject': 'mem_1', 'x-key': 'key_1' }
    await openSession(front, one)
    const asking = { ...initialize, params: { ...initialize.params, capabilities: { sampling: {} } } }
    const second = await post(front, asking, one)
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '5'])
    expect(second.json).toMatchObject({ id: 1, error: { data: { code: 'busy' } } })
    // The same key still uses what runs already, and what runs for another key of its member.
    expect((await post(front, initialize, one)).status).toBe(200)
    await openSession(front, { 'x-subject': 'mem_2', 'x-key': 'key_2' })
    const third = { 'x-subject': 'mem_3', 'x-key': 'key_3' }
    expect((await post(front, initialize, third)).json).toMatchObject({ error: { data: { code: 'busy' } } })
    later(11_000)
    later(11_000)
    expect((await post(front, initialize, third)).status).toBe(200)
  })

  test('a child that is called again and again is in use, although each call is short', async () => {
    const limits = { children: { total: 1, perServer: 8, perKey: 8 }, idleMs: 10_000, sessionIdleMs: 1e7 }
    const { front, later } = await start(limits)
    const session = await openSession(front)
    for (let n = 0; n < 4; n += 1) {
      await pidOf(front, session)
      later(6000)
    }
    expect((await post(front, initialize, { 'x-subject': 'mem_2' })).status).toBe(503)
    expect((await post(front, { id: 1, method: 'pid' }, session)).status).toBe(200)
  })

  test('docker mcp-gateway 412, desktop-linux 302: list_changed reaches every session that listens', async () => {
    const { front } = await start()
    const sessions = [await openSession(front, { 'x-key': 'key_a' }), await openSession(front, { 'x-key': 'key_b' })]
    const streams = await Promise.all(sessions.map((session) => openStream(front, session)))
    await post(front, { id: 1, method: 'announce' }, sessions[0])
    for (const session of sessions) await fetch(front.url, { method: 'DELETE', headers: session })
    for (const stream of streams) expect(await stream.text()).toContain('notifications/tools/list_changed')
  })

  test('metamcp 166, agentgateway 3622: a crash ends its sessions, and the next session works', async () => {
    const { front } = await start()
    const session = await openSession(front)
    const pid = await pidOf(front, session)
    expect((await post(front, { id: 'd', method: 'die' }, session)).json).toMatchObject({
      id: 'd',
      error: { code: -32011 },
    })
    expect((await post(front, { id: 1, method: 'pid' }, session)).status).toBe(404)
    expect(await pidOf(front, await openSession(front))).not.toBe(pid)
  })
})

describe('how long a child is waited for', () => {
  test('an answer that does not begin in time is 504 without a byte sent, else an error in the stream; the child is told', async () => {
    const { front } = await start({}, scripted(times({ answerSeconds: 0.2 }), 'modern'))
    const session = await openSession(front)
    const late = await post(front, { id: 3, method: 'hang' }, session)
    expect(late).toMatchObject({
      status: 504,
      json: { id: 3, error: { code: -32012, data: { code: 'upstream_timeout' } } },
    })
    const streamed = await post(front, { id: 4, method: 'hang' }, { ...session, accept: 'text/event-stream' })
    expect([streamed.status, streamed.text]).toEqual([200, expect.stringContaining('upstream_timeout')])
    expect(await post(front, modern('hang'))).toMatchObject({
      status: 504,
      json: { id: 'hang', error: { code: -32012 } },
    })
    expect(await pidOf(front, session)).toBeGreaterThan(0)
  })

  test('after progress the idle time counts; a stream that listens is not hurried', async () => {
    const limits = times({ answerSeconds: 5, idleSeconds: 0.2, totalSeconds: 0.5 })
    const { front } = await start({}, scripted(limits, 'modern'))
    const told = await post(front, modern('progress', { progressToken: 7 }), { accept: 'text/event-stream' })
    expect(told.text).toContain('"progressToken":7')
    expect(told.text).toContain('upstream_timeout')
    const body = JSON.stringify({ jsonrpc: '2.0', ...modern('subscriptions/listen') })
    const headers = { accept: 'text/event-stream', 'content-type': 'application/json' }
    const listening = await fetch(front.url, { method: 'POST', headers, body })
    // Begun later, and over its total time: so is the stream, by what would hold for a call.
    for (let n = 0; n < 2; n += 1) expect((await post(front, modern('hang'))).status).toBe(504)
    await post(front, modern('announce'))
    const reader = listening.body?.getReader()
    // Two events, in however many pieces.
    let heard = ''
    while (heard.split('list_changed').length < 3) heard += Buffer.from((await reader?.read())?.value ?? []).toString()
    expect(heard).not.toContain('error')
    await reader?.cancel()
  })
})
