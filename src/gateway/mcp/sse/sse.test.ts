import { afterEach, describe, expect, test, vi } from 'vitest'
import { beginStream, defaultOpen, greeting, type SseServer, startSseServer } from '../../../../test/sse-server.ts'
import { type Front, sseRecord, startFront } from '../../../../test/stdio-front.ts'
import { Secret } from '../../../secret.ts'
import { defaultTimeouts, type ServerRecord } from '../../../servers/schema.ts'
import type { StdioDeps } from '../stdio/bridge.ts'

const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

type Behaviour = Parameters<typeof startSseServer>[0]
const serve = async (behaviour?: Behaviour): Promise<SseServer> => {
  const server = await startSseServer(behaviour)
  undo.push(server.stop)
  return server
}
const start = async (
  behaviour?: Behaviour,
  more: Partial<ServerRecord> = {},
  options: { limits?: StdioDeps['limits']; credential?: Secret } = {},
) => {
  const server = await serve(behaviour)
  let now = 1_000_000
  const { limits = {}, ...rest } = options
  const front = await startFront(sseRecord(server.url, more), {
    now: () => now,
    limits: { sweepMs: 1e8, ...limits },
    ...rest,
  })
  undo.push(front.close)
  const later = (ms: number) => {
    now += ms
    front.upstreams.sweep()
  }
  return { server, front, later }
}
const post = async (front: Front, body: object, headers: Record<string, string> = {}) => {
  const answer = await fetch(front.url, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ jsonrpc: '2.0', ...body }),
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: text.startsWith('{') ? JSON.parse(text) : null }
}
const capabilities = { roots: { listChanged: true }, sampling: {}, experimental: { x: {} } }
const params = { protocolVersion: '2025-03-26', capabilities, clientInfo: { name: 'their client', version: '9' } }
const initialize = { id: 'i', method: 'initialize', params }
const openSession = async (front: Front, headers: Record<string, string> = {}) => {
  const opened = await post(front, initialize, headers)
  return { ...headers, 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
}
/** What a stream says until it has said `words` or ends. */
const until = async (stream: Response | undefined, words: string): Promise<string> => {
  const reader = stream?.body?.getReader()
  let heard = ''
  for (;;) {
    const piece = await reader?.read()
    heard += Buffer.from(piece?.value ?? []).toString()
    if (piece?.done !== false || heard.includes(words)) return heard
  }
}
const slot = { slot: 'header', name: 'X-Token', template: 'Key {value}' } as const
const injection = { credential: 'crd_1', version: 1, sealedValue: '', slot }
const times = (more: Partial<ServerRecord['timeouts']>) => ({ timeouts: { ...defaultTimeouts, ...more } })
const gone = { status: 502, json: { error: { code: -32011, data: { code: 'upstream_unreachable' } } } }

describe('a session with a server over HTTP+SSE', () => {
  test('has a connection of its own, which its client initialises, and which ends with it', async () => {
    const { server, front } = await start()
    const opened = await post(front, initialize)
    expect(opened.json).toEqual({ jsonrpc: '2.0', id: 'i', result: greeting })
    expect(server.posts[0]?.message.params).toEqual(params)
    const one = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
    const two = await openSession(front)
    expect((await post(front, { id: 1, method: 'x' }, one)).json).toEqual({ jsonrpc: '2.0', id: 1, result: { n: 1 } })
    expect((await post(front, { id: 1, method: 'x' }, two)).json).toEqual({ jsonrpc: '2.0', id: 1, result: { n: 2 } })
    expect((await fetch(front.url, { method: 'DELETE', headers: one })).status).toBe(204)
    await server.connections[0]?.closed
    expect((await post(front, { id: 1, method: 'x' }, one)).status).toBe(404)
    expect((await post(front, { id: 1, method: 'x' }, two)).status).toBe(200)
    expect(front.upstreams.counts()).toEqual({ children: 0, connections: 1, sessions: 1 })
  })

  test('hears what its server says and asks, and no other session does: roots, too, which are its client’s', async () => {
    const { server, front } = await start()
    const [one, two] = [await openSession(front), await openSession(front, { 'x-key': 'key_b' })]
    const streams = await Promise.all(
      [one, two].map((headers) => fetch(front.url, { headers: { accept: 'text/event-stream', ...headers } })),
    )
    server.connections[1]?.say({ method: 'notifications/tools/list_changed' })
    server.connections[1]?.say({ id: 5, method: 'roots/list' })
    const heard = await until(streams[1], 'roots/list')
    expect(heard).toContain('list_changed')
    const id = /"id":(\d+)/.exec(heard)?.[1]
    const result = { roots: [{ uri: 'file:///home' }] }
    expect((await post(front, { id: Number(id), result }, one)).status).toBe(202)
    expect((await post(front, { id: Number(id), result }, { ...two })).status).toBe(202)
    await vi.waitFor(() => expect(server.posts.at(-1)?.message).toEqual({ jsonrpc: '2.0', id: 5, result }))
    expect(server.posts.filter(({ message }) => 'result' in message).length).toBe(1)
    for (const headers of [one, two]) await fetch(front.url, { method: 'DELETE', headers })
    expect(await streams[0]?.text()).toBe(': open\n\n')
  })

  test('is sent what follows a notification only when the server has taken that', async () => {
    const order: unknown[] = []
    const { front } = await start({
      posted: ({ message, response, connection }) => {
        const take = () => {
          order.push(message.method)
          response.writeHead(202).end()
          if (message.id !== undefined) connection?.say({ id: message.id, result: {} })
        }
        if (message.method === 'notifications/initialized') setTimeout(take, 100)
        else take()
      },
    })
    const session = await openSession(front)
    await post(front, { method: 'notifications/initialized' }, session)
    await post(front, { id: 1, method: 'tools/list' }, session)
    expect(order).toEqual(['notifications/initialized', 'tools/list'])
  })

  test('a server that answers a POST only with its result holds up nobody', async () => {
    const waiting: (() => void)[] = []
    const { front } = await start({
      posted: ({ message, response, connection }) => {
        const answer = () => {
          connection?.say({ id: message.id, result: {} })
          response.writeHead(200, { 'content-type': 'text/plain' }).end('x'.repeat(1 << 20))
        }
        if (message.method === 'slow') waiting.push(answer)
        else answer()
      },
    })
    const session = await openSession(front)
    const slow = post(front, { id: 1, method: 'slow' }, session)
    await vi.waitFor(() => expect(waiting.length).toBe(1))
    expect((await post(front, { id: 2, method: 'quick' }, session)).json).toMatchObject({ id: 2, result: {} })
    waiting[0]?.()
    expect((await slow).json).toMatchObject({ id: 1, result: {} })
  })

  test('a broken connection ends its calls and its session, and the next initialize opens another', async () => {
    const { server, front } = await start({
      posted: ({ response, connection }) => {
        response.writeHead(202).end()
        connection?.response.destroy()
      },
    })
    const session = await openSession(front)
    const broken = await post(front, { id: 7, method: 'x' }, session)
    expect(broken.json).toMatchObject({ id: 7, error: { code: -32011, data: { code: 'upstream_unreachable' } } })
    expect((await post(front, { id: 8, method: 'x' }, session)).status).toBe(404)
    expect((await openSession(front))['mcp-session-id']).not.toBe('')
    expect(server.connections.length).toBe(2)
  })

  test('a message that the server does not take is an error of that call alone, and no redirect is followed', async () => {
    const other = await serve()
    const { front } = await start({
      posted: ({ message, response, connection }) => {
        if (message.method === 'refused') return void response.writeHead(500).end('no')
        if (message.method === 'moved') return void response.writeHead(307, { location: `${other.origin}/m` }).end()
        if (message.method === 'reset') return void response.destroy()
        response.writeHead(202).end()
        connection?.say({ id: message.id, result: {} })
      },
    })
    const session = await openSession(front)
    for (const method of ['refused', 'moved', 'reset']) {
      const { json } = await post(front, { id: method, method }, session)
      expect(json).toMatchObject({ id: method, error: { code: -32011, data: { code: 'upstream_unreachable' } } })
      expect((await post(front, { id: 1, method: 'fine' }, session)).json).toMatchObject({ id: 1, result: {} })
    }
    expect(other.posts.length).toBe(0)
  })

  test('a client of 2026-07-28 is told which revisions there are, as by a legacy stdio server', async () => {
    const { server, front } = await start()
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' }
    const told = await post(front, { id: 1, method: 'server/discover', params: { _meta: meta } })
    expect(told).toMatchObject({
      status: 400,
      json: { id: 1, error: { code: -32022, data: { supported: ['2025-11-25'] } } },
    })
    expect(server.connections.length).toBe(0)
  })

  test('a client that is refused, or leaves before it is greeted, leaves no connection', async () => {
    const { server, front } = await start({ open: defaultOpen })
    server.posts.length = 0
    const silent = await start({
      open: (connection) => {
        beginStream(connection.response)
        connection.write('event: endpoint\ndata: /elsewhere\n\n')
      },
    })
    const leaving = new AbortController()
    const left = fetch(silent.front.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', ...initialize }),
      signal: leaving.signal,
    })
    await vi.waitFor(() => expect(silent.server.posts.length).toBe(1))
    leaving.abort()
    await expect(left).rejects.toThrow()
    await silent.server.connections[0]?.closed
    expect(silent.front.upstreams.counts()).toEqual({ children: 0, connections: 0, sessions: 0 })
    expect(await front.upstreams.probe(sseRecord(server.url), {})).toMatchObject({ state: 'ready' })
    await vi.waitFor(() => expect(server.open()).toBe(0))
    expect(front.upstreams.counts()).toEqual({ children: 0, connections: 0, sessions: 0 })
  })
})

describe('the life of connections', () => {
  test('a hundred sessions that come and go leave no socket, nor do those whose client never says goodbye', async () => {
    const { server, front, later } = await start(undefined, {}, { limits: { sessionIdleMs: 50_000 } })
    for (let round = 0; round < 10; round += 1) {
      const sessions = await Promise.all(Array.from({ length: 10 }, () => openSession(front)))
      const calls = sessions.map((session) => post(front, { id: 1, method: 'x' }, session))
      expect(new Set((await Promise.all(calls)).map(({ json }) => json.result.n)).size).toBe(10)
      if (round % 2 === 1) continue
      await Promise.all(sessions.map((headers) => fetch(front.url, { method: 'DELETE', headers })))
    }
    later(51_000)
    expect(front.upstreams.counts()).toEqual({ children: 0, connections: 0, sessions: 0 })
    await vi.waitFor(async () => expect(await server.sockets()).toBe(0))
  })

  test('idle sessions and old connections end, also while a stream is open', async () => {
    const { server, front, later } = await start(undefined, {}, { limits: { sessionIdleMs: 50_000, absoluteMs: 1e5 } })
    const [idle, watching] = [await openSession(front), await openSession(front)]
    const stream = await fetch(front.url, { headers: { accept: 'text/event-stream', ...watching } })
    later(51_000)
    await server.connections[0]?.closed
    expect((await post(front, { id: 1, method: 'x' }, idle)).status).toBe(404)
    expect((await post(front, { id: 1, method: 'x' }, watching)).status).toBe(200)
    later(50_000)
    await server.connections[1]?.closed
    expect(await stream.text()).toBe(': open\n\n')
    expect(front.upstreams.counts()).toEqual({ children: 0, connections: 0, sessions: 0 })
  })

  test('over the cap of a server or a key the next is told to come back, and idle ones make room', async () => {
    const limits = { connections: { total: 10, perServer: 2, perKey: 1 }, idleMs: 10_000, sessionIdleMs: 1e7 }
    const { server, front, later } = await start(undefined, {}, { limits })
    await openSession(front, { 'x-key': 'key_a' })
    const again = await post(front, initialize, { 'x-key': 'key_a' })
    expect([again.status, again.headers.get('retry-after')]).toEqual([503, '5'])
    await openSession(front, { 'x-key': 'key_b' })
    expect(await front.upstreams.probe(sseRecord(server.url), {})).toMatchObject({ state: 'ready' })
    expect((await post(front, initialize, { 'x-key': 'key_c' })).json).toMatchObject({
      error: { data: { code: 'busy' } },
    })
    later(11_000)
    later(11_000)
    expect((await post(front, initialize, { 'x-key': 'key_c' })).status).toBe(200)
  })

  test('another address or credential ends what was opened before; a server that is gone does, too', async () => {
    const { server, front } = await start(undefined, { injection }, { credential: new Secret('first-secret') })
    const session = await openSession(front)
    const renewed = sseRecord(server.url, { injection: { ...injection, version: 2 } })
    await front.upstreams.probe(renewed, {}, new Secret('other-secret'))
    await server.connections[0]?.closed
    expect((await post(front, { id: 1, method: 'x' }, session)).status).toBe(404)
    await openSession(front)
    front.upstreams.drop(renewed.id)
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })
})

describe('patience', () => {
  const silent: Behaviour = { posted: ({ response }) => void response.writeHead(202).end() }
  test('an answer that does not begin in time is 504, or an error in the stream that has begun', async () => {
    const { server, front } = await start(silent, times({ answerSeconds: 0.2 }))
    const session = await openSession(front)
    const late = await post(front, { id: 3, method: 'x' }, session)
    expect(late).toMatchObject({
      status: 504,
      json: { id: 3, error: { code: -32012, data: { code: 'upstream_timeout' } } },
    })
    const streamed = await post(front, { id: 4, method: 'x' }, { ...session, accept: 'text/event-stream' })
    expect([streamed.status, streamed.text]).toEqual([200, expect.stringContaining('upstream_timeout')])
    await vi.waitFor(() => expect(server.posts.at(-1)?.message.method).toBe('notifications/cancelled'))
  })

  test('progress is a sign of life; after it the idle time counts, and the total time in any case', async () => {
    const behaviour: Behaviour = {
      posted: ({ message, response, connection }) => {
        response.writeHead(202).end()
        const progressToken = (message.params?.['_meta'] as { progressToken: number } | undefined)?.progressToken
        const tell = () => connection?.say({ method: 'notifications/progress', params: { progressToken, progress: 1 } })
        if (message.method === 'once') tell()
        if (message.method !== 'steady') return
        const timer = setInterval(tell, 50)
        void connection?.closed.then(() => clearInterval(timer))
        setTimeout(() => connection?.say({ id: message.id, result: {} }), 900)
      },
    }
    const ask = (id: string) => ({ id, method: id, params: { _meta: { progressToken: 1 } } })
    const streamed = { accept: 'text/event-stream' }
    const patient = await start(behaviour, times({ answerSeconds: 0.3, idleSeconds: 0.5 }))
    const session = { ...(await openSession(patient.front)), ...streamed }
    const [steady, once] = await Promise.all(['steady', 'once'].map((id) => post(patient.front, ask(id), session)))
    expect(steady?.text).toContain('"result"')
    expect(once?.text).toContain('upstream_timeout')
    const hurried = await start(behaviour, times({ totalSeconds: 0.3 }))
    const short = { ...(await openSession(hurried.front)), ...streamed }
    expect((await post(hurried.front, ask('steady'), short)).text).toContain('upstream_timeout')
  })
})

describe('a server that is hostile or broken', () => {
  test('G6 its credential goes into its header only, and what it says of it reaches no client, in no usual writing', async () => {
    const credential = 'canary+51b0/c7de&x'
    const said = () => ({
      plain: `it is ${credential}.`,
      base64: Buffer.from(`user:${credential}`).toString('base64'),
      url: `https://x/?k=${encodeURIComponent(credential)}`,
      nested: JSON.stringify({ token: credential }),
    })
    const { server, front } = await start(
      {
        open: (connection) => {
          beginStream(connection.response, { 'set-cookie': 'a=b' })
          connection.write(`event: endpoint\ndata: /message?n=1&k=${encodeURIComponent(credential)}\n\n`)
        },
        posted: ({ message, response, connection }) => {
          response.writeHead(202, { 'set-cookie': 'c=d' }).end()
          connection?.say({ method: 'notifications/message', params: { level: 'info', data: said() } })
          if (message.id !== undefined) connection?.say({ id: message.id, result: said() })
        },
      },
      { injection },
      { credential: new Secret(credential) },
    )
    const session = await openSession(front)
    const told = await post(front, { id: 1, method: 'x' }, { ...session, accept: 'text/event-stream' })
    expect(told.text).toContain('it is [redacted].')
    for (const form of Object.values(said())) expect(told.text).not.toContain(form)
    expect(told.text).not.toContain('canary')
    const [opened] = server.connections
    expect(opened?.request.headers).toMatchObject({ 'x-token': `Key ${credential}`, accept: 'text/event-stream' })
    for (const { request } of server.posts) {
      expect(request.headers).toMatchObject({ 'x-token': `Key ${credential}`, 'content-type': 'application/json' })
      expect(request.headers.cookie).toBeUndefined()
      expect(request.headers.via).toContain('ostiary-gwy_')
    }
  })

  test('sends its clients nowhere else: an endpoint off its origin ends the connection, and nothing is posted', async () => {
    const other = await serve()
    for (const endpoint of [
      `${other.origin}/message`,
      `//${new URL(other.origin).host}/message`,
      'javascript:fetch("/")',
      'file:///etc/passwd',
    ]) {
      const { server, front } = await start(
        {
          open: ({ response, write }) => {
            beginStream(response)
            write(`event: endpoint\ndata: ${endpoint}\n\n`)
          },
        },
        { injection },
        { credential: new Secret('canary-canary') },
      )
      expect(await post(front, initialize)).toMatchObject(gone)
      const seen = await front.upstreams.probe(sseRecord(server.url), {})
      expect(seen).toMatchObject({ state: 'unreachable', lastError: expect.stringContaining('its endpoint event') })
      expect(front.upstreams.counts().connections).toBe(0)
      expect(server.posts.length).toBe(0)
    }
    expect([other.posts.length, other.connections.length]).toEqual([0, 0])
  })

  test('an endpoint with a user name is refused, and a second endpoint moves nothing', async () => {
    const named = await start({
      open: ({ response, write, request }) => {
        beginStream(response)
        write(`event: endpoint\ndata: http://a:b@${request.headers.host}/message\n\n`)
      },
    })
    expect(await post(named.front, initialize)).toMatchObject(gone)
    const moving = await start({
      open: (connection) => {
        defaultOpen(connection)
        connection.write('event: endpoint\ndata: http://127.0.0.1:9/message\n\n')
      },
    })
    const session = await openSession(moving.front)
    expect((await post(moving.front, { id: 1, method: 'x' }, session)).json).toMatchObject({ result: { n: 1 } })
  })

  test.each<[string, NonNullable<Behaviour>['open'], string]>([
    ['is another status', ({ response }) => void response.writeHead(401).end(), 'status 401'],
    ['is a redirect', ({ response }) => void response.writeHead(302, { location: '/b' }).end(), 'redirect'],
    [
      'is no stream',
      ({ response }) => void response.writeHead(200, { 'content-type': 'text/html' }).end('x'),
      'no event stream',
    ],
    ['is compressed', ({ response }) => beginStream(response, { 'content-encoding': 'gzip' }), 'compressed'],
    [
      'ends',
      ({ response }) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
      'ended the connection',
    ],
    ['breaks', ({ response }) => void response.destroy(), 'the connection failed'],
    [
      'has a line without end',
      ({ response, write }) => {
        beginStream(response)
        write(`data: ${'x'.repeat(70_000)}`)
      },
      'over 65536 bytes',
    ],
  ])('an answer that %s says why, and leaves nothing open', async (_what, open, why) => {
    const { server, front } = await start(open === undefined ? {} : { open }, {}, { limits: { lineBytes: 65_536 } })
    expect(await post(front, initialize)).toMatchObject(gone)
    const seen = await front.upstreams.probe(sseRecord(server.url), {})
    expect(seen).toMatchObject({ state: 'unreachable', lastError: expect.stringContaining(why) })
    expect(front.upstreams.counts()).toEqual({ children: 0, connections: 0, sessions: 0 })
    await vi.waitFor(() => expect(server.open()).toBe(0))
  })

  test('one that never says where messages go, or never answers the connection, is a time-out', async () => {
    for (const open of [
      ({ response }: { response: Parameters<typeof beginStream>[0] }) => beginStream(response),
      () => {},
    ]) {
      const { server, front } = await start({ open }, times({ connectSeconds: 0.2 }))
      expect(await post(front, initialize)).toMatchObject({ status: 504, json: { id: 'i', error: { code: -32012 } } })
      await server.connections[0]?.closed
    }
  })

  test('what comes before the endpoint, rubbish, and answers to nothing disturb nobody', async () => {
    const { front } = await start({
      open: (connection) => {
        beginStream(connection.response)
        connection.write('data: {"jsonrpc":"2.0","id":1,"result":{"early":true}}\n\n: hello\n\nevent: odd\ndata: 1\n\n')
        connection.write(`event: endpoint\ndata: /message?n=${connection.number}\n\n`)
      },
      posted: ({ message, response, connection }) => {
        response.writeHead(202).end()
        connection?.write(
          'data: {"jsonrpc":\n\ndata: null\n\ndata: []\n\ndata: {"id":99,"jsonrpc":"2.0","result":{}}\n\n',
        )
        connection?.write('event: message\r\ndata: {"jsonrpc":"2.0",\r\ndata: "id":')
        connection?.write(`${message.id},"result":{"ok":true}}\r\n\r\n`)
      },
    })
    const session = await openSession(front)
    expect((await post(front, { id: 'a', method: 'x' }, session)).json).toEqual({
      jsonrpc: '2.0',
      id: 'a',
      result: { ok: true },
    })
  })
})
