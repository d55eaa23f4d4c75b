import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { everythingOverStdio, startEverything } from '../../../test/everything.ts'
import { beginStream, startSseServer } from '../../../test/sse-server.ts'
import { sseRecord, startUpstreams, stdioRecord } from '../../../test/stdio-front.ts'
import type { ServerReport } from '../../fleet/schema.ts'
import { Secret } from '../../secret.ts'
import type { ServerRecord } from '../../servers/schema.ts'
import { createHealth, type HealthDeps } from './health.ts'
import type { Probe } from './stdio/bridge.ts'

const undo: (() => unknown)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step()
})

const canary = 'canary-51b0c7de'
const quiet = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => quiet,
  lines: () => null,
}
const watch = (servers: ServerRecord[], more: Partial<HealthDeps> = {}) => {
  const reports: ServerReport[] = []
  const health = createHealth({
    servers: () => servers,
    openCredential: () => null,
    openEnv: () => ({}),
    stdio: { probe: () => Promise.reject(new Error('no child here')), onCrash: () => () => {} },
    report: (items) => reports.push(...items),
    fetchFor: () => fetch,
    redact: (text) => text,
    gatewayId: () => 'gwy_1',
    random: () => 0.5,
    setTimer: (ms, run) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    software: '0.0.0',
    log: quiet,
    limits: { everyMs: 50, firstRetryMs: 20, timeoutMs: 3000 },
    ...more,
  })
  undo.push(health.stop)
  health.changed()
  return { health, reports, last: () => reports.at(-1) }
}
const httpRecord = (url: string): ServerRecord => ({
  ...stdioRecord({ command: '', args: [] }, 'srv_0000000000000002'),
  transport: { type: 'http', url },
})
const listen = async (listener: RequestListener, port = 0): Promise<string> => {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  undo.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
}

describe('an HTTP server', () => {
  test('the real server is ready, with its tools, and no session of ours is left behind', async () => {
    const everything = await startEverything()
    undo.push(everything.stop)
    const ended: string[] = []
    const { reports, last } = watch([httpRecord(everything.url)], {
      fetchFor: () => (url, init) => {
        if (init?.method === 'DELETE') ended.push(String(url))
        return fetch(url, init)
      },
    })
    await vi.waitFor(() => expect(last()?.state).toBe('ready'), { timeout: 10_000 })
    expect(reports[0]?.state).toBe('starting')
    expect(last()?.tools?.map((tool) => tool.name)).toContain('echo')
    await vi.waitFor(() => expect(ended.length).toBeGreaterThan(0))
  })

  test('gets its credential in its header, and what it says about it is not repeated', async () => {
    const seen: (string | undefined)[] = []
    const url = await listen((request: IncomingMessage, response) => {
      seen.push(request.headers['x-token'] as string | undefined)
      response.writeHead(500).end(`no entry for ${request.headers['x-token']}`)
    })
    const injection = { credential: 'crd_1', version: 1, sealedValue: '' }
    const slot = { slot: 'header', name: 'X-Token', template: 'Key {value}' } as const
    const { last } = watch([{ ...httpRecord(url), injection: { ...injection, slot } }], {
      openCredential: () => new Secret(canary),
    })
    await vi.waitFor(() => expect(last()?.state).toBe('unreachable'))
    expect(seen[0]).toBe(`Key ${canary}`)
    expect(last()?.lastError).not.toContain(canary)
  })

  test('G6 its credential in names, descriptions and errors of its own is not repeated, in no usual writing', async () => {
    const credential = 'canary+51b0&c7de'
    const url = await listen((request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const { id, method } = JSON.parse(Buffer.concat(chunks).toString() || '{}')
        if (id === undefined) return void response.writeHead(202).end()
        const result =
          method === 'initialize'
            ? { protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: { name: 'x', version: '1' } }
            : { tools: [{ name: credential, description: btoa(`:${credential}`), inputSchema: { type: 'object' } }] }
        const answer = method === 'server/discover' ? { error: { code: -32601, message: 'no' } } : { result }
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ jsonrpc: '2.0', id, ...answer }))
      })
    })
    const slot = { slot: 'header', name: 'X-Token', template: '{value}' } as const
    const injection = { credential: 'crd_1', version: 1, sealedValue: '', slot }
    const { last } = watch([{ ...httpRecord(url), injection }], { openCredential: () => new Secret(credential) })
    await vi.waitFor(() => expect(last()?.state).toBe('ready'))
    expect(last()?.tools?.map(({ name, description }) => [name, description?.includes('[redacted]')])).toEqual([
      ['[redacted]', true],
    ])
  })

  test('says that it is this gateway that looks, so that an address of our own is noticed', async () => {
    const seen: unknown[] = []
    const url = await listen((request, response) => {
      seen.push(request.headers.via)
      response.writeHead(500).end()
    })
    watch([httpRecord(url)])
    await vi.waitFor(() => expect(seen).toContain('1.1 ostiary-gwy_1'))
  })

  test('a credential does not follow a redirect', async () => {
    const seen: unknown[] = []
    const other = await listen((request, response) => {
      seen.push(request.headers)
      response.end()
    })
    const url = await listen((_request, response) => response.writeHead(307, { location: other }).end())
    const { last } = watch([httpRecord(url)])
    await vi.waitFor(() => expect(last()?.state).toBe('unreachable'))
    expect(seen).toEqual([])
  })

  test('one that is down says why, and is ready again without anybody asking', async () => {
    let everything = await startEverything()
    const { url } = everything
    await everything.stop()
    let target = url
    const { last } = watch([httpRecord(url)], { fetchFor: () => (_url, init) => fetch(target, init) })
    await vi.waitFor(() => expect(last()?.lastError).toContain('ECONNREFUSED'))
    everything = await startEverything()
    target = everything.url
    undo.push(everything.stop)
    await vi.waitFor(() => expect(last()?.state).toBe('ready'), { timeout: 10_000 })
  })
})

describe('a stdio server', () => {
  test('is looked at through the child that its clients use', async () => {
    const { upstreams } = startUpstreams()
    undo.push(upstreams.stop)
    const record = stdioRecord(everythingOverStdio)
    const { last } = watch([record], { stdio: upstreams })
    await vi.waitFor(() => expect(last()?.state).toBe('ready'), { timeout: 10_000 })
    expect(last()?.tools?.map((tool) => tool.name)).toContain('echo')
    expect(upstreams.counts().children).toBe(1)
  })

  test('one that does not start says its last words, without the values it was given', async () => {
    const { upstreams } = startUpstreams()
    undo.push(upstreams.stop)
    const script = 'console.error("bad token " + process.env.TOKEN); process.exit(3)'
    const record = stdioRecord({ command: process.execPath, args: ['-e', script] })
    const { last } = watch([record], { stdio: upstreams, openEnv: () => ({ TOKEN: canary }) })
    await vi.waitFor(() => expect(last()?.state).toBe('unreachable'), { timeout: 10_000 })
    expect(last()?.lastError).toContain('code 3: bad token [redacted]')
  })

  test('a command that is not there is said to be so', async () => {
    const { upstreams } = startUpstreams()
    undo.push(upstreams.stop)
    const { last } = watch([stdioRecord({ command: 'no-such-program-here', args: [] })], { stdio: upstreams })
    await vi.waitFor(() => expect(last()?.lastError).toContain('not found'), { timeout: 10_000 })
  })

  test('a record that changed is looked at again, one that is gone no more', async () => {
    const record = stdioRecord(everythingOverStdio)
    const servers = [record]
    const { upstreams } = startUpstreams()
    undo.push(upstreams.stop)
    const { health, reports, last } = watch(servers, { stdio: upstreams })
    await vi.waitFor(() => expect(last()?.state).toBe('ready'), { timeout: 10_000 })
    servers[0] = { ...record, revision: 2 }
    health.changed()
    await vi.waitFor(() => expect(last()).toMatchObject({ state: 'ready', revision: 2 }))
    servers.length = 0
    const before = reports.length
    health.changed()
    expect(reports.length).toBe(before)
  })
})

describe('a server over HTTP+SSE', () => {
  test('is looked at again and again, through a connection that does not stay', async () => {
    const server = await startSseServer()
    undo.push(server.stop)
    const { upstreams } = startUpstreams()
    undo.push(upstreams.stop)
    const { reports, last } = watch([sseRecord(server.url)], { stdio: upstreams })
    await vi.waitFor(() => expect(reports.filter(({ state }) => state === 'ready').length).toBeGreaterThan(2))
    expect(last()?.tools).toEqual([])
    await vi.waitFor(() => expect(server.connections.length).toBeGreaterThan(2))
    await vi.waitFor(() => expect(server.open()).toBeLessThan(2))
  })

  test('G6 one that is not well says why, without the credential that it was sent', async () => {
    const server = await startSseServer({
      open: ({ request, response, write }) => {
        beginStream(response)
        write(`event: endpoint\ndata: http://${request.headers['x-token']}.example/m\n\n`)
      },
    })
    undo.push(server.stop)
    const { upstreams } = startUpstreams()
    undo.push(upstreams.stop)
    const slot = { slot: 'header', name: 'X-Token', template: '{value}' } as const
    const record = sseRecord(server.url, { injection: { credential: 'crd_1', version: 1, sealedValue: '', slot } })
    const { last } = watch([record], { stdio: upstreams, openCredential: () => new Secret(canary) })
    await vi.waitFor(() => expect(last()?.lastError).toContain('another origin (http://[redacted].example)'))
  })
})

describe('a look', () => {
  const looking = () => {
    const ends: (() => void)[] = []
    const probe = () => new Promise<Probe>((resolve) => ends.push(() => resolve({ state: 'ready', tools: [] })))
    const record = stdioRecord(everythingOverStdio)
    const { health, reports } = watch([record], { stdio: { probe, onCrash: () => () => {} } })
    const told = () => reports.filter(({ state }) => state === 'ready').length
    return { look: () => health.look(record.id), ends, told }
  }

  test('while another runs is followed by one more, and only what that one has seen is told', async () => {
    const { look, ends, told } = looking()
    await vi.waitFor(() => expect(ends.length).toBe(1))
    look()
    look()
    look()
    expect(ends.length).toBe(1)
    ends[0]?.()
    await vi.waitFor(() => expect(ends.length).toBe(2))
    ends[1]?.()
    await vi.waitFor(() => expect(told()).toBe(1))
    expect(ends.length).toBe(2)
  })

  test('and another, and another: something is told all the same', async () => {
    const { look, ends, told } = looking()
    for (let n = 1; n <= 6; n += 1) {
      await vi.waitFor(() => expect(ends.length).toBe(n))
      look()
      ends[n - 1]?.()
    }
    await vi.waitFor(() => expect(told()).toBe(3))
  })

  test('always ends in a report, also when nothing has changed', async () => {
    const { look, ends, told } = looking()
    for (let n = 1; n < 4; n += 1) {
      await vi.waitFor(() => expect(ends.length).toBe(n))
      ends[n - 1]?.()
      await vi.waitFor(() => expect(told()).toBe(n))
      look()
    }
  })
})
