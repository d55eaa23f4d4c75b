import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  gatewayId,
  httpServer,
  newKey,
  nextRevision,
  organization,
  organizationId,
  scopeOf,
  type TestKey,
  withCredential,
} from '../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway, toolCall } from '../../test/gateway-world.ts'
import { type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import { silent } from '../../test/stores.ts'
import type { KeyRecord } from '../keys/schema.ts'
import { mint } from '../keys/token.ts'
import { realDisk } from './spool/disk.ts'
import { openSpool } from './spool/spool.ts'
import { createNoting } from './usage/note.ts'

const canary = `cnry/${randomBytes(16).toString('base64')}`
const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } }
const sse = { 'content-type': 'text/event-stream' }

let upstream: RawUpstream
let world: GatewayUnderTest
let key: TestKey
let other: TestKey
let unreachablePort: number
const servers = () => ({
  plain: httpServer('plain', upstream.url),
  twin: httpServer('twin', upstream.url),
  guarded: httpServer('guarded', upstream.url, withCredential(canary)),
  down: httpServer('down', `http://127.0.0.1:${unreachablePort}/mcp`),
})
let held: ReturnType<typeof servers>

beforeAll(async () => {
  upstream = await startRawUpstream()
  unreachablePort = await freePort()
  key = await newKey()
  other = await newKey()
  held = servers()
  world = await startGateway(
    [organization(), ...Object.values(held), key.record, other.record],
    [key.proof, other.proof],
  )
})

afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

/** A port on which nobody listens any more. */
const freePort = () =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const bound = server.address()
      server.close(() => resolve(typeof bound === 'object' && bound !== null ? bound.port : 0))
    })
  })

const mine = () => bearer(key.token)
const ask: GatewayUnderTest['ask'] = (...what) => world.ask(...what)
const next = () => {
  upstream.answerAll(null)
  return upstream.next()
}
const put = (test: TestKey, change: Partial<KeyRecord>) =>
  world.control.put({ ...test.record, ...change, revision: nextRevision() })
/** Opens an event stream and hands out both ends. */
const openStream = async (path: string, headers = mine(), method = 'POST') => {
  const [call, opened] = await Promise.all([
    next().then((got) => {
      got.response.writeHead(200, sse)
      got.response.write(event(0))
      return got
    }),
    world.open(path, headers, toolCall, method),
  ])
  await vi.waitFor(() => expect(opened.chunks.length).toBe(1))
  return { call, opened }
}
const rawText = () => {
  const body = JSON.stringify(toolCall)
  const head = ['POST /mcp-connect/plain HTTP/1.1', 'host: localhost', `x-api-key: ${key.token}`]
  return [...head, 'content-type: application/json', `content-length: ${body.length}`, '', body].join('\r\n')
}
/** A call on a connection in the test's own hand; `said` is everything that came back until it was closed. */
const rawCall = (base: string) => {
  const { hostname, port } = new URL(base)
  const socket = connect(Number(port), hostname)
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => {})
  socket.write(rawText())
  return { socket, said: new Promise<string>((resolve) => socket.on('close', () => resolve(text))) }
}
const event = (n: number) => `event: message\nid: ${n}\ndata: {"n":${n}}\n\n`

describe('what goes upstream', () => {
  test('G6 no inbound credential, cookie or hop-by-hop header reaches a server; the rest does as it was', async () => {
    const sent = [
      ...['cookie', 'a=b', 'x-forwarded-for', '1.2.3.4', 'forwarded', 'for=1.2.3.4', 'te', 'trailers', 'x-own', '1'],
      ...['mcp-method', 'tools/call', 'mcp-name', 'echo', 'mcp-param-city', 'Graz', 'last-event-id', '9'],
      ...[
        'mcp-protocol-version',
        '2025-11-25',
        'user-agent',
        'probe/1',
        'x-api-key',
        key.token,
        'proxy-authorization',
        'x',
      ],
    ]
    const text = '{ "jsonrpc":"2.0", "id":1.0, "method":"tools/call", "params":{"name":"echo"} }'
    const [call, told] = await Promise.all([
      next().then((got) => {
        got.response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
        return got
      }),
      ask('/mcp-connect/plain?x=1', [...mine(), ...sent], text),
    ])
    expect(told.status).toBe(200)
    expect(call.body.toString()).toBe(text)
    expect(call.request.url).toBe('/mcp')
    const { host, connection, ...headers } = call.request.headers
    expect([host, connection]).toEqual([new URL(upstream.url).host, 'keep-alive'])
    expect(headers).toEqual({
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'content-length': String(text.length),
      accept: 'application/json, text/event-stream',
      'user-agent': 'probe/1',
      'last-event-id': '9',
      'mcp-method': 'tools/call',
      'mcp-name': 'echo',
      'mcp-param-city': 'Graz',
      'mcp-protocol-version': '2025-11-25',
      via: '1.1 ostiary-gwy_0000000000000001',
    })
    expect(JSON.stringify(call.request.rawHeaders)).not.toContain(key.token)
  })

  test('G6 the credential of the server arrives in its slot, and no form of it comes back', async () => {
    const forms = [canary, Buffer.from(canary).toString('base64'), encodeURIComponent(canary)]
    upstream.answerAll(({ request, response }) => {
      expect(request.headers.authorization).toBe(`Bearer ${canary}`)
      const text = JSON.stringify({ seen: request.headers.authorization, forms })
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-note': canary, etag: canary })
      response.write(text.slice(0, 30))
      setImmediate(() => response.end(text.slice(30)))
    })
    const told = await ask('/mcp-connect/guarded', mine())
    expect(JSON.parse(told.text).seen).toBe('Bearer [redacted]')
    const everything = JSON.stringify(told.headers) + told.text
    for (const form of forms) expect(everything).not.toContain(form)
    expect(told.headers['content-length']).toBeUndefined()
    expect(world.lines.join('')).not.toContain(canary)
  })

  test('a compressed answer to a call with a credential is not delivered: it could not be searched', async () => {
    upstream.answerAll(({ response }) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'))
    expect(refused(await ask('/mcp-connect/guarded', mine()))).toEqual([502, 'upstream_unreachable'])
  })
})

describe('what comes back', () => {
  test('G11 answers arrive byte for byte, with their status', async () => {
    const chunks = [randomBytes(1), randomBytes(5000), Buffer.from('\n\n'), randomBytes(300)]
    for (const path of ['/mcp-connect/plain', '/mcp-connect/guarded']) {
      for (const status of [200, 202, 400, 401, 404, 500]) {
        const [, opened] = await Promise.all([
          next().then(async ({ response }) => {
            response.writeHead(status, { 'content-type': 'application/octet-stream' })
            for (const chunk of chunks)
              await new Promise<void>((sent) => response.write(chunk, () => setImmediate(sent)))
            response.end()
          }),
          world.open(path, mine()),
        ])
        const told = await opened.done
        expect(told.status).toBe(status)
        expect(Buffer.concat(told.chunks).equals(Buffer.concat(chunks))).toBe(true)
      }
    }
  })

  test('G11 events of a stream arrive chunk for chunk, unbuffered, also from a server with a credential', async () => {
    for (const path of ['/mcp-connect/plain', '/mcp-connect/guarded']) {
      const { call, opened } = await openStream(path)
      expect(opened.headers['x-accel-buffering']).toBe('no')
      for (const n of [1, 2, 3]) {
        call.response.write(event(n))
        await vi.waitFor(() => expect(opened.chunks.length).toBe(n + 1), { interval: 1 })
      }
      call.response.end()
      expect((await opened.done).chunks.map(String)).toEqual([0, 1, 2, 3].map(event))
    }
  })

  test('cookies and challenges of a server stay with us, every answer has a request id', async () => {
    upstream.answerAll(({ response }) =>
      response
        .writeHead(401, {
          'set-cookie': 'a=b',
          'www-authenticate': 'Bearer resource_metadata="https://evil.example"',
          'x-request-id': 'theirs',
          'mcp-foo': 'kept',
        })
        .end('no'),
    )
    const told = await ask('/mcp-connect/plain', mine())
    expect([told.status, told.text]).toEqual([401, 'no'])
    expect(told.headers['set-cookie']).toBeUndefined()
    expect(told.headers['www-authenticate']).toBeUndefined()
    expect(told.headers['x-request-id']).toMatch(/^req_[0-9A-Za-z]{16}$/)
    expect(told.headers['mcp-foo']).toBe('kept')
  })

  test('redirects are never followed', async () => {
    let calls = 0
    upstream.answerAll(({ response }) => {
      calls += 1
      response.writeHead(307, { location: '/elsewhere' }).end()
    })
    const told = await ask('/mcp-connect/guarded', mine())
    expect([refused(told), told.headers['location'], calls]).toEqual([[502, 'upstream_unreachable'], undefined, 1])
  })

  test('a server that is down is 502, one that does not begin to answer is 504, with the id of the request', async () => {
    const down = await ask('/mcp-connect/down', mine())
    expect([refused(down), down.json().id]).toEqual([[502, 'upstream_unreachable'], 7])
    upstream.answerAll(() => {})
    const slow = await ask('/mcp-connect/plain', mine())
    expect([refused(slow), slow.json().id]).toEqual([[504, 'upstream_timeout'], 7])
    expect(down.text + slow.text).not.toContain('127.0.0.1')
  })

  test('an answer that breaks off upstream does not look complete', async () => {
    upstream.answerAll(({ response }) => {
      response.writeHead(200, { 'content-length': '100' }).write('half')
      setTimeout(() => response.destroy(), 20)
    })
    await expect(world.open('/mcp-connect/plain', mine()).then(({ done }) => done)).rejects.toThrow()
  })

  test('a caller who hangs up stops the upstream', async () => {
    const { call, opened } = await openStream('/mcp-connect/plain')
    opened.hangUp()
    await call.hungUp
  })

  test('a caller who hangs up before the answer begins stops the upstream too', async () => {
    const pending = next()
    const { socket } = rawCall(world.base)
    const call = await pending
    socket.destroy()
    await call.hungUp
  })

  test('a slow reader slows the server down instead of filling our memory', async () => {
    for (const path of ['/mcp-connect/plain', '/mcp-connect/guarded']) {
      const { call, opened } = await openStream(path)
      opened.pause()
      let written = 0
      const piece = Buffer.alloc(64 * 1024, 0x2e)
      const pump = () => {
        while (written < 512 * 1024 * 1024) {
          written += piece.length
          if (!call.response.write(piece)) return
        }
      }
      call.response.on('drain', pump)
      pump()
      let before = -1
      await vi.waitFor(
        () => {
          const [last, now] = [before, written]
          before = now
          expect(now).toBe(last)
        },
        { interval: 100, timeout: 5000 },
      )
      expect(written).toBeLessThan(64 * 1024 * 1024)
      opened.hangUp()
      await call.hungUp
    }
  })
})

describe('what is cut', () => {
  const goodbye = async (opened: Awaited<ReturnType<typeof openStream>>['opened']) =>
    (await opened.done).chunks.map(String)

  test('G2 revoking, suspending or narrowing a key ends its open streams and nobody else’s', async () => {
    const changes: Partial<KeyRecord>[] = [
      { state: 'revoked' },
      { state: 'suspended' },
      { versions: [] },
      { scope: scopeOf({ mcp: { enabled: false, servers: { mode: 'none' } } }) },
      { scope: scopeOf({ addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] } }) },
    ]
    for (const change of changes) {
      const neighbour = await openStream('/mcp-connect/plain', bearer(other.token), 'GET')
      const { call, opened } = await openStream('/mcp-connect/plain', mine(), 'GET')
      put(key, change)
      expect(await goodbye(opened)).toEqual([event(0)])
      await call.hungUp
      neighbour.call.response.write(event(1))
      await vi.waitFor(() => expect(neighbour.opened.chunks.length).toBe(2))
      neighbour.call.response.end()
      await neighbour.opened.done
      put(key, {})
    }
  })

  test('G2 a change is looked at when it arrives, not when a timer comes round', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout'] })
    try {
      // Twice: for the first a timer may still be running that was set before.
      for (const state of ['suspended', 'revoked'] as const) {
        const { opened } = await openStream('/mcp-connect/plain', mine(), 'GET')
        put(key, { state })
        expect(await goodbye(opened)).toEqual([event(0)])
        put(key, {})
      }
    } finally {
      // The gateway may have set its sweep with the clock of this test: it must come round, or it never would again.
      vi.advanceTimersByTime(5000)
      vi.useRealTimers()
    }
  })

  test('A28 a server that is gone ends the streams to it', async () => {
    const { opened } = await openStream('/mcp-connect/twin', mine(), 'GET')
    const { twin } = held
    world.control.put({
      kind: 'gone',
      of: 'server',
      organization: organizationId,
      id: twin.id,
      revision: nextRevision(),
    })
    expect(await goodbye(opened)).toEqual([event(0)])
    expect(refused(await ask('/mcp-connect/twin', mine()))).toEqual([403, 'server_not_allowed'])
    world.control.put({ ...twin, revision: nextRevision() })
  })

  test('B16 a renamed server keeps its open streams', async () => {
    const { call, opened } = await openStream('/mcp-connect/twin', mine(), 'GET')
    world.control.put({ ...held.twin, slug: 'renamed', revision: nextRevision() })
    await vi.waitFor(async () => expect((await ask('/mcp-connect/twin', mine())).status).toBe(403))
    call.response.end(event(1))
    expect(await goodbye(opened)).toEqual([event(0), event(1)])
    world.control.put({ ...held.twin, revision: nextRevision() })
  })

  test('G2 a call whose answer has not begun is refused with the reason when its key is revoked', async () => {
    const pending = next()
    const told = ask('/mcp-connect/plain', mine())
    const call = await pending
    put(key, { state: 'revoked' })
    expect(refused(await told)).toEqual([401, 'key_revoked'])
    await call.hungUp
    put(key, {})
  })

  test('B14 a stream ends when its key expires', async () => {
    const { opened } = await openStream('/mcp-connect/plain', mine(), 'GET')
    put(key, { expiresAt: Date.now() + 300 })
    expect(await goodbye(opened)).toEqual([event(0)])
  })
  // Also when the test above fails: the others need the key.
  afterEach(() => void put(key, {}))
})

describe('sessions', () => {
  const greet = async (path: string, token = key.token) => {
    upstream.answerAll(({ response }) =>
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'inner-1' }).end('{}'),
    )
    const told = await ask(path, bearer(token), initialize)
    return String(told.headers['mcp-session-id'])
  }

  test('a session id is bound to key and server on every method, and the server sees its own', async () => {
    const session = await greet('/mcp-connect/plain')
    expect(session).toMatch(new RegExp(`^${gatewayId}\\.[\\x21-\\x7e]+$`))
    expect(session).not.toContain('inner-1')
    const seen: unknown[] = []
    upstream.answerAll(({ request, response }) => {
      seen.push(request.headers['mcp-session-id'])
      response.writeHead(200, { 'mcp-session-id': 'inner-1' }).end('{}')
    })
    for (const method of ['POST', 'GET', 'DELETE']) {
      const used = ['mcp-session-id', session]
      const told = await ask('/mcp-connect/plain', [...mine(), ...used], toolCall, method)
      expect([told.status, told.headers['mcp-session-id']]).toEqual([200, session])
      const foreign = await ask('/mcp-connect/plain', [...bearer(other.token), ...used], toolCall, method)
      expect(refused(foreign)).toEqual([404, 'session_unknown'])
      const elsewhere = await ask('/mcp-connect/twin', [...mine(), ...used], toolCall, method)
      expect(refused(elsewhere)).toEqual([404, 'session_unknown'])
    }
    expect(seen).toEqual(['inner-1', 'inner-1', 'inner-1'])
    for (const forged of ['inner-1', `${session.slice(0, -2)}xx`, `gwy_x.${session.split('.')[1]}`]) {
      expect(refused(await ask('/mcp-connect/plain', [...mine(), 'mcp-session-id', forged]))).toEqual([
        404,
        'session_unknown',
      ])
    }
  })
})

describe('what is written down', () => {
  test('G12 one line per call, with key, server, tool and code, and never a secret', async () => {
    upstream.answerAll(({ response }) => response.writeHead(200).end('{}'))
    const told = await ask('/mcp-connect/plain', mine())
    const id = told.headers['x-request-id']
    await vi.waitFor(() => expect(world.lines.filter((line) => line.includes(String(id))).length).toBe(1))
    const line = JSON.parse(world.lines.find((text) => text.includes(String(id))) ?? '{}')
    expect(line).toMatchObject({
      message: 'call',
      route: '/mcp-connect/{server}',
      key: key.record.id,
      keyName: 'test key',
      organization: organizationId,
      server: 'plain',
      method: 'tools/call',
      tool: 'echo',
      status: 200,
      code: null,
      address: '127.0.0.1',
      gateway: gatewayId,
    })
    expect(line.ms).toBeGreaterThan(0)
    for (const { token } of [key, other]) expect(world.lines.join('')).not.toContain(token)
  })
})

// Last: it leaves the gateway without control.
describe('without contact', () => {
  test('G2 at the end of freshness calls are refused and open streams are ended', async () => {
    const { opened } = await openStream('/mcp-connect/plain', mine(), 'GET')
    world.control.fallSilent()
    world.shiftClocks(61_000)
    expect((await opened.done).chunks.map(String)).toEqual([event(0)])
    const told = await ask('/mcp-connect/plain', mine())
    expect(refused(told)).toEqual([503, 'gateway_stale'])
    expect(Number(told.headers['retry-after'])).toBeGreaterThan(0)
    // It cannot know of keys that were made meanwhile, so a stranger is not told that his key is wrong.
    const unknown = mint('k', randomBytes).secret.reveal()
    expect(refused(await ask('/mcp-connect/plain', bearer(unknown)))).toEqual([503, 'gateway_stale'])
    expect((await ask('/api/me', mine(), '', 'GET')).status).toBe(503)
    expect((await ask('/readyz', [], '', 'GET')).status).toBe(503)
    expect((await ask('/healthz', [], '', 'GET')).status).toBe(200)
  })
})

describe('a gateway that ends', () => {
  test('draining refuses new calls, ends streams at once and waits for calls', async () => {
    const own = await startGateway([organization(), httpServer('plain', upstream.url), key.record], [key.proof])
    const streamed = next()
    const streaming = own.open('/mcp-connect/plain', mine(), toolCall, 'GET')
    ;(await streamed).response.writeHead(200, sse).write(event(0))
    const stream = await streaming
    const called = next()
    const { socket, said } = rawCall(own.base)
    const call = await called
    let later = 0
    upstream.answerAll(() => {
      later += 1
    })
    const drained = own.gateway.drain(5)
    expect((await stream.done).chunks.map(String)).toEqual([event(0)])
    expect(own.gateway.ready()).toBe(false)
    // On a connection that is still open for the call before it.
    socket.write(rawText())
    await expect(own.ask('/healthz', [], '', 'GET')).rejects.toThrow('ECONNREFUSED')
    call.response.end('{"ok":1}')
    const answer = await said
    expect(answer.match(/HTTP\/1\.1 \d+/g)?.[0]).toBe('HTTP/1.1 200')
    expect(answer).toMatch(/connection: close/i)
    expect(later).toBe(0)
    await drained
    expect(own.control.received.at(-1)?.type).toBe('goodbye')
    await own.control.stop()
  })

  test.each([
    ['hangs', () => new Promise<never>(() => {})],
    ['is broken', () => Promise.reject(new Error('EIO'))],
  ])('says goodbye to control also when the disk of its spool %s', async (_how, sync) => {
    const setTimer = (ms: number, run: () => void) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    }
    const spool = await openSpool({
      directory: path.join(await mkdtemp(path.join(tmpdir(), 'ostiary-goodbye-')), 'spool'),
      boot: randomBytes(8).toString('hex'),
      now: Date.now,
      setTimer,
      log: silent,
      disk: { ...realDisk, sync },
    })
    const caps = { spool, noting: createNoting({ spool, now: Date.now, monotonic: () => performance.now() }) }
    const own = await startGateway([organization(), httpServer('plain', upstream.url), key.record], [key.proof], {
      caps,
    })
    const called = next()
    const asked = own.ask('/mcp-connect/plain', mine())
    ;(await called).response.end('{"ok":1}')
    expect((await asked).status).toBe(200)
    await own.gateway.drain(5)
    expect(own.control.received.at(-1)?.type).toBe('goodbye')
    await own.control.stop()
  })

  test('a call that has no answer at the deadline is told that the gateway is ending', async () => {
    const own = await startGateway([organization(), httpServer('plain', upstream.url), key.record], [key.proof])
    const called = next()
    const asked = own.ask('/mcp-connect/plain', mine(), toolCall)
    await called
    await own.gateway.drain(0.05)
    const told = await asked
    expect(refused(told)).toEqual([503, 'draining'])
    expect(told.headers['retry-after']).toBe('1')
    await own.control.stop()
  })
})
