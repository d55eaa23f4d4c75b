import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everythingOverStdio } from './everything.ts'
import { descendantsOf } from './processes.ts'
import { type Json, type Product, startProduct } from './product.ts'
import { eventually } from './programs.ts'
import { answersIn, sendBytes } from './raw-bytes.ts'
import { type RawCall, startRawUpstream } from './raw-upstream.ts'

/** Attacks on the product as it is started, over its real ports. */
const credential = 'canary-injected-credential-0123456789'
const variable = 'canary-environment-0123456789abcdef'
const dataDir = mkdtempSync(join(tmpdir(), 'ostiary-'))
const ends: (() => Promise<unknown>)[] = []
let product: Product
let key: string

beforeAll(async () => {
  product = await startProduct({
    store: 'sqlite',
    dataDir,
    env: { OSTIARY_LOG_LEVEL: 'debug', OSTIARY_MASTER_KEY: Buffer.alloc(32, 7).toString('base64') },
  })
  ends.push(() => product.stop())
  await product.addServer({ slug: 'child', transport: { ...everythingOverStdio, env: { CANARY_TOKEN: variable } } })
  key = (await product.createKey('attacks')).secret
})
afterAll(async () => {
  for (const end of ends.toReversed()) await end()
  await rm(dataDir, { recursive: true, force: true })
})

const children = () => product.pids().then(async ({ gateway }) => ({ gateway, below: await descendantsOf(gateway) }))
const environmentOf = (pid: number): string => readFileSync(`/proc/${pid}/environ`, 'utf8')

/** An MCP server over HTTP whose answers the test makes up. */
const mcpServer = (result: (message: Json, call: RawCall) => unknown) => (call: RawCall) => {
  const message = JSON.parse(String(call.body) || '{}')
  if (message.id === undefined) return void call.response.writeHead(202).end()
  const greeting = {
    protocolVersion: '2025-11-25',
    capabilities: { tools: {} },
    serverInfo: { name: 'x', version: '1' },
  }
  const answer =
    message.method === 'server/discover'
      ? { error: { code: -32601, message: 'unknown' } }
      : { result: message.method === 'initialize' ? greeting : result(message, call) }
  call.response.writeHead(200, { 'content-type': 'application/json' })
  call.response.end(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer }))
}

test('G6 a stdio server cannot show a client a secret of its environment, which its name says it is', async () => {
  const initialize = {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
  }
  const opened = await product.call('child', key, initialize)
  const answer = await product.call(
    'child',
    key,
    { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get-env', arguments: {} } },
    { headers: { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' } },
  )
  expect(answer.status).toBe(200)
  expect(answer.text).not.toContain(variable)
})

test('G6 an injected credential that a server writes into its tools is neither stored nor shown', async () => {
  const upstream = await startRawUpstream()
  ends.push(upstream.stop)
  upstream.answerAll(
    mcpServer((_message, { request }) => ({
      tools: [{ name: 'x', description: `you sent ${request.headers['x-cred']}`, inputSchema: { type: 'object' } }],
    })),
  )
  const slot = { slot: 'header', name: 'x-cred', value: credential }
  await product.addServer({ slug: 'teller', transport: { type: 'http', url: upstream.url }, credential: slot })
  const shown = await eventually(async () => {
    const answer = await product.rest('GET', '/servers/teller')
    return answer.body.server.state === 'ready' && answer
  }, 'the server is ready')
  expect(shown.text).not.toContain(credential)
})

test('what only programs on this machine may read is not read for a key by way of the gateway', async () => {
  await product.addServer({ slug: 'inside', transport: { type: 'http', url: `${product.controlUrl}/metrics` } })
  const answer = await eventually(async () => {
    const told = await fetch(`${product.gatewayUrl}/mcp-connect/inside`, { headers: { 'x-api-key': key } })
    return told.status !== 403 && told
  }, 'the server is known')
  expect(await answer.text()).not.toContain('# HELP')
})

test('a server with very many tools does not cut the gateway off from control', { timeout: 60_000 }, async () => {
  const upstream = await startRawUpstream()
  ends.push(upstream.stop)
  upstream.answerAll(
    mcpServer((message) => ({
      tools: [
        {
          name: message.params?.cursor ?? 'one',
          description: 'x'.repeat(9 * 1024 * 1024),
          inputSchema: { type: 'object' },
        },
      ],
      ...(message.params?.cursor ? {} : { nextCursor: 'two' }),
    })),
  )
  const attached = () => product.logs().split('"message":"attached to control"').length - 1
  const before = attached()
  const { id } = await product.addServer({ slug: 'huge', transport: { type: 'http', url: upstream.url } })
  await eventually(
    async () =>
      attached() > before + 2 || (await product.rest('GET', '/servers/huge')).body.server.state !== 'starting',
    'its report arrives or the feed breaks',
  )
  await product.rest('DELETE', `/servers/${id}`)
  expect(attached()).toBe(before)
})

describe.runIf(process.platform === 'linux')('processes and files', () => {
  test('the gateway’s environment, which its children can read, holds no root and no bootstrap token', async () => {
    const { gateway } = await children()
    expect(environmentOf(gateway)).not.toContain('OSTIARY_MASTER_KEY')
    expect(environmentOf(gateway)).not.toContain(product.bootstrapToken)
  })

  test('a stdio child’s environment holds nothing of ours, and no command line holds a secret', async () => {
    const { below } = await children()
    expect(below.length).toBeGreaterThan(0)
    for (const pid of below) {
      expect(environmentOf(pid)).not.toMatch(/OSTIARY_|NODE_CHANNEL_FD/)
      expect(environmentOf(pid)).not.toContain(product.bootstrapToken)
    }
    for (const pid of await descendantsOf(product.serve.pid))
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).not.toContain(product.bootstrapToken)
  })

  test('CVE-2026-30623 arguments of a stdio server are never read by a shell', async () => {
    const flag = join(dataDir, 'pwned')
    const args = ['-e', 'setInterval(() => {}, 1e6)', '--', `$(touch ${flag})`, `; touch ${flag}`, `\`touch ${flag}\``]
    const transport = { type: 'stdio', command: process.execPath, args, env: { IFS: '/', PS4: `$(touch ${flag})` } }
    await product.addServer({ slug: 'shell', transport })
    await eventually(async () => {
      const { below } = await children()
      return below.some((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`\0; touch ${flag}\0`))
    }, 'the child runs')
    expect(readdirSync(dataDir)).not.toContain('pwned')
  })

  test('database, WAL, lock and folders are this user’s alone', () => {
    const modes = Object.fromEntries(
      readdirSync(dataDir).map((name) => [name, (statSync(join(dataDir, name)).mode & 0o077).toString(8)]),
    )
    expect(Object.keys(modes)).toContain('ostiary.db-wal')
    expect(new Set(Object.values(modes))).toEqual(new Set(['0']))
  })
})

describe('control’s door', () => {
  const socket =
    'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
  const answer = async (head: string) => {
    const [told] = answersIn(await sendBytes(product.controlUrl, `${head}\r\n`))
    return told?.code ?? told?.status
  }
  const own = () => `Host: ${new URL(product.controlUrl).host}\r\n`
  const boot = () => `Authorization: Bearer ${product.bootstrapToken}\r\n`

  test('the feed lets nobody in without a gateway’s token, no page, no proxy, by no other path', async () => {
    const feed = 'GET /fleet/v1/feed HTTP/1.1\r\n'
    expect(await answer(feed + own() + socket)).toBe('not_signed_in')
    expect(await answer(feed + own() + boot() + socket)).toBe('not_signed_in')
    expect(await answer(`${feed + own()}Authorization: Bearer ${key}\r\n${socket}`)).toMatch(/not_signed_in|key_kind/)
    expect(await answer(`${feed + own()}Origin: ${product.controlUrl}\r\n${socket}`)).toBe('not_found')
    expect(await answer(`${feed + own()}X-Forwarded-For: 192.0.2.1\r\n${socket}`)).toBe('not_found')
    for (const path of ['//fleet/v1/feed', '/fleet/v1/feed?x', '/fleet/v1/feed/', '/%66leet/v1/feed', '/api/v1/keys'])
      expect(await answer(`GET ${path} HTTP/1.1\r\n${own()}${boot()}${socket}`), path).toBe('not_found')
  })

  test('setup pages are three files and nothing beside them, and no other origin redeems a code', async () => {
    for (const path of [
      '/setup/../compose.ts',
      '/setup/..%2fcompose.ts',
      '/setup/page.js/../page.test.ts',
      '//setup',
      '/setup/',
      '/setup/page.ts',
    ])
      expect(await answer(`GET ${path} HTTP/1.1\r\n${own()}`), path).toBe('not_found')
    const redeem = `POST /api/v1/setup HTTP/1.1\r\n${own()}Content-Length: 0\r\n`
    expect(await answer(`${redeem}Origin: https://evil.example\r\n`)).toBe('origin_not_allowed')
    expect(await answer(`${redeem}Origin: null\r\n`)).toBe('origin_not_allowed')
  })

  test('only the two health paths as they are written take any Host', async () => {
    const evil = `Host: evil.example\r\n${boot()}`
    expect(await answer(`GET /healthz HTTP/1.1\r\n${evil}`)).toBe(200)
    for (const path of [
      '/healthz;/../api/v1/keys',
      '/healthz#',
      '/%68ealthz',
      'http://x/healthz',
      '/setup',
      '/api/v1/keys',
    ])
      expect(await answer(`GET ${path} HTTP/1.1\r\n${evil}`), path).toBe('host_not_allowed')
  })

  test('two Host or two Authorization headers are refused here as on the gateway', async () => {
    const list = 'GET /api/v1/keys HTTP/1.1\r\n'
    expect(await answer(`${list}${own()}Host: evil.example\r\n${boot()}`)).toBe('host_not_allowed')
    expect(await answer(`${list}${own()}${boot()}Authorization: Bearer other\r\n`)).not.toBe(200)
  })
})
