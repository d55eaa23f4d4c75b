import { afterEach, describe, expect, test, vi } from 'vitest'
import type { StdioDeps } from '../src/gateway/mcp/stdio/bridge.ts'
import { type Front, startFront, stdioRecord } from './stdio-front.ts'

/** Bugs that other gateways had with servers as child processes, tried on ours: peers-bugs.data.ts has the list. */
const fronts: Front[] = []
afterEach(async () => {
  await Promise.all(fronts.splice(0).map((front) => front.close()))
})

/** Counts for each session of its own that nothing is lost, and ends at whatever it does not know as a first word. */
const script = `
  let count = 0
  let isGreeted = false
  const say = (message) => process.stdout.write(JSON.stringify({ jsonrpc: '2.0', ...message }) + '\\n')
  require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { id, method } = JSON.parse(line)
    if (method === 'initialize') {
      isGreeted = true
      return say({ id, result: { protocolVersion: '2025-11-25', capabilities: { tools: { listChanged: true } }, serverInfo: { name: 's', version: '1' } } })
    }
    if (!isGreeted) process.exit(1)
    if (method === 'change') say({ method: 'notifications/tools/list_changed' })
    if (method === 'bump') count += 1
    if (id !== undefined) say({ id, result: { count, pid: process.pid } })
  })`

const start = async (limits: StdioDeps['limits'] = {}) => {
  let now = 1_000_000
  const record = stdioRecord({ command: process.execPath, args: ['-e', script] })
  const front = await startFront(record, { now: () => now, limits: { sweepMs: 1e8, ...limits } })
  fronts.push(front)
  const later = (ms: number) => {
    now += ms
    front.upstreams.sweep()
  }
  return { front, later }
}

type Session = Readonly<Record<string, string>>
const post = async (front: Front, body: object, headers: Session = {}) => {
  const answer = await fetch(front.url, {
    method: 'POST',
    headers: { accept: 'application/json, text/event-stream', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', ...body }),
  })
  return { status: answer.status, headers: answer.headers, text: await answer.text() }
}
const initialize = { id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {} } }
const open = async (front: Front, key = 'key_a'): Promise<Session> => {
  const opened = await post(front, initialize, { 'x-key': key })
  expect(opened.status).toBe(200)
  return { 'x-key': key, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
}
const said = ({ text }: { text: string }): { count: number; pid: number } => ({
  count: Number(/"count":(\d+)/.exec(text)?.[1]),
  pid: Number(/"pid":(\d+)/.exec(text)?.[1]),
})

describe('the child of a server', () => {
  test('supergateway-116 goes on for everybody else when one client leaves', async () => {
    const { front } = await start()
    const [one, two] = [await open(front, 'key_a'), await open(front, 'key_b')]
    const { pid } = said(await post(front, { id: 2, method: 'bump' }, two))
    await fetch(front.url, { method: 'DELETE', headers: one })
    expect(said(await post(front, { id: 3, method: 'bump' }, two))).toEqual({ count: 2, pid })
  })

  test('docker-mcp-gateway-65 keeps its state from one call to the next', async () => {
    const { front } = await start()
    const session = await open(front)
    for (const count of [1, 2, 3])
      expect(said(await post(front, { id: count, method: 'bump' }, session)).count).toBe(count)
    expect(front.upstreams.counts()).toMatchObject({ children: 1, sessions: 1 })
  })

  test('docker-mcp-gateway-412 metamcp-324 a hundred sessions that come and go are one child, and none is left', async () => {
    const { front } = await start()
    const pids = new Set<number>()
    for (let n = 0; n < 100; n += 1) {
      const session = await open(front)
      pids.add(said(await post(front, { id: 2, method: 'tools/list' }, session)).pid)
      await fetch(front.url, { method: 'DELETE', headers: session })
    }
    expect([pids.size, front.upstreams.counts()]).toMatchObject([1, { children: 1, sessions: 0 }])
  })

  test('rmcp ends at an unknown first word, so it never hears one: its greeting comes first', async () => {
    const { front } = await start()
    const session = await open(front)
    expect(said(await post(front, { id: 2, method: 'bump' }, session)).count).toBe(1)
    expect(front.log.filter((line) => line.includes('ended by itself'))).toEqual([])
  })

  test('supergateway-141 supergateway-160 is ended in time, although a client holds a stream open', async () => {
    const { front, later } = await start({ absoluteMs: 100_000, sessionIdleMs: 1e7, idleMs: 1e7 })
    const session = await open(front)
    const stream = await fetch(front.url, { headers: { accept: 'text/event-stream', ...session } })
    const ended = stream.text()
    later(100_001)
    await ended
    await vi.waitFor(() => expect(front.upstreams.counts()).toMatchObject({ children: 0, sessions: 0 }), {
      timeout: 5000,
    })
  })

  test('docker-mcp-gateway-desktop-302 a changed list of tools is told to each session that listens', async () => {
    const { front } = await start()
    const sessions = [await open(front, 'key_a'), await open(front, 'key_b')]
    const [caller] = sessions
    const streams = await Promise.all(
      sessions.map((session) => fetch(front.url, { headers: { accept: 'text/event-stream', ...session } })),
    )
    const heard = streams.map(async ({ body }) => {
      let text = ''
      for await (const chunk of body ?? []) {
        text += Buffer.from(chunk).toString()
        if (text.includes('notifications/tools/list_changed')) return true
      }
      return text
    })
    await post(front, { id: 2, method: 'change' }, caller)
    expect(await Promise.all(heard)).toEqual([true, true])
  })
})
