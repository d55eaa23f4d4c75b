import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { get } from 'node:https'
import { networkInterfaces, tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterEach, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { onEachStore, type Stores } from '../../test/stores.ts'
import type { Config } from '../config.ts'
import { loadConfig } from '../config.ts'
import { certificates } from '../http/certificates.test.data.ts'
import { createLog } from '../observe/log.ts'
import { createRedact } from '../observe/redact.ts'
import { Secret } from '../secret.ts'
import { type Control, composeControl } from './compose.ts'

const running: Control[] = []
const folders: string[] = []
afterEach(async () => {
  for (const control of running.splice(0)) await control.drain(0)
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true })
})

// biome-ignore lint/suspicious/noExplicitAny: a test reads the answers; a wrong guess fails the assertion
type Json = any
type Answer = { readonly status: number; readonly headers: Headers; readonly text: string; readonly body: Json }
type Started = {
  readonly control: Control
  readonly url: string
  readonly lines: string[]
  readonly call: (method: string, path: string, more?: Call) => Promise<Answer>
}
type Call = { readonly token?: string | null; readonly body?: unknown; readonly headers?: Record<string, string> }

const gatewayToken = new Secret('g'.repeat(43), 'gateway token')

const configOf = (dataDir: string, databaseUrl: string | null, more: Record<string, string>): Config => {
  const env = { ...(databaseUrl === null ? {} : { OSTIARY_DATABASE_URL: databaseUrl }), ...more }
  const loaded = loadConfig({ flags: {}, env: { OSTIARY_DATA_DIR: dataDir, ...env }, readFile: () => '' })
  if (!loaded.ok) throw new Error(loaded.message)
  return { ...loaded.value, control: { ...loaded.value.control, port: 0 } }
}

const start = async (config: Config): Promise<Started> => {
  const lines: string[] = []
  const log = createLog({
    level: 'debug',
    write: (line) => void lines.push(line),
    redact: createRedact([config.bootstrapToken, config.databaseUrl]),
  })
  const control = await composeControl({
    config,
    now: Date.now,
    monotonic: () => performance.now(),
    randomBytes,
    log,
    embeddedGateways: [{ name: 'embedded', token: gatewayToken }],
  })
  running.push(control)
  const { url } = await control.listen()
  return { control, url, lines, call: caller(url) }
}

const caller =
  (url: string): Started['call'] =>
  async (method, where, { token = null, body, headers = {} } = {}) => {
    const answer = await fetch(`${url}${where}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const isJson = answer.headers.get('content-type')?.includes('json') ?? false
    return { status: answer.status, headers: answer.headers, text, body: isJson ? JSON.parse(text) : null }
  }

const newHome = async (stores: Stores) => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'ostiary-control-'))
  folders.push(dataDir)
  const place = await stores.newPlace()
  const databaseUrl = place.kind === 'postgres' ? place.url : null
  return { dataDir, databaseUrl, config: (more = {}) => configOf(dataDir, databaseUrl, more) }
}

const redeem = async ({ control, call }: Started): Promise<{ token: string; code: string }> => {
  const link = (await control.setupLink()) ?? ''
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/setup#[0-9A-Za-z]{43}$/)
  const code = new URL(link).hash.slice(1)
  const { status, body } = await call('POST', '/api/v1/setup', { body: { code } })
  expect(status).toBe(201)
  return { token: body.secret, code }
}

const server = {
  slug: 'tickets',
  transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
  credential: { slot: 'header', name: 'Authorization', template: 'Bearer {value}', value: 'upstream-canary-7f3a91' },
}
const stdio = {
  slug: 'files',
  transport: { type: 'stdio', command: 'node', args: ['x.js'], env: { TOKEN: 'env-canary-5512ab' } },
}

/** Everything that the store holds, as bytes: files with their WAL, or every row of every table. */
const everythingStored = async (dataDir: string, databaseUrl: string | null): Promise<string> => {
  const files = readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  const bytes = files.map((file) => readFileSync(path.join(file.parentPath, file.name), 'latin1'))
  if (databaseUrl === null) return bytes.join('\n')
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  const tables = await client.query("select tablename from pg_tables where schemaname = 'public'")
  for (const { tablename } of tables.rows) {
    const rows = await client.query(`select t::text as row from "${tablename}" t`)
    bytes.push(...rows.rows.map(({ row }) => String(row)))
  }
  await client.end()
  return bytes.join('\n')
}

onEachStore('control as it is composed', (_open, stores) => {
  test('C09 A34 from the setup link to a revoked key over REST, and no secret stays behind', async () => {
    const home = await newHome(stores)
    const started = await start(home.config())
    const { control, call, lines } = started
    await expect.poll(async () => (await call('GET', '/readyz')).status).toBe(200)
    expect(control.ready()).toBe(true)

    const { token, code } = await redeem(started)
    expect((await call('POST', '/api/v1/setup', { body: { code } })).status).toBe(404)
    expect(await control.setupLink()).toBeNull()

    const made = await call('POST', '/api/v1/servers', { token, body: server })
    expect([made.status, made.body.server.slug]).toEqual([201, 'tickets'])
    expect((await call('POST', '/api/v1/servers', { token, body: stdio })).status).toBe(201)
    expect((await call('POST', '/api/v1/servers', { token, body: server })).body.code).toBe('slug_taken')

    const body = { name: 'CI', mcp: { servers: { mode: 'only', items: ['tickets'] } } }
    const headers = { 'idempotency-key': 'create-ci-1' }
    const created = await call('POST', '/api/v1/keys', { token, body, headers })
    expect(created.status).toBe(201)
    const { key, secret } = created.body
    expect(secret).toMatch(/^ostk_/)
    expect(key.mcp.servers.items).toEqual([made.body.server.id])
    expect(created.headers.get('etag')).toBe(`"${key.id}-${key.revision}"`)

    const replay = await call('POST', '/api/v1/keys', { token, body, headers })
    expect([replay.status, replay.headers.get('idempotent-replay')]).toEqual([201, 'true'])
    expect(replay.body.key.id).toBe(key.id)
    expect(replay.text).not.toContain('ostk_'.concat(key.id.slice(4), '_'))
    const mismatch = await call('POST', '/api/v1/keys', { token, body: { ...body, name: 'Other' }, headers })
    expect([mismatch.status, mismatch.body.code]).toEqual([422, 'idempotency_mismatch'])

    const listed = await call('GET', '/api/v1/keys?search=CI', { token })
    expect(listed.body).toMatchObject({ total: 1, items: [{ id: key.id, status: 'active' }] })
    const asKey = await call('GET', '/api/v1/keys', { token: secret })
    expect([asKey.status, asKey.body.code]).toEqual([403, 'key_kind'])

    const revoked = await call('POST', `/api/v1/keys/${key.id}/revoke`, { token, body: { waitMs: 0 } })
    expect(revoked.body).toMatchObject({ key: { status: 'revoked' }, effect: { acked: [] } })

    const actions = async () =>
      (await call('GET', '/api/v1/audit-events', { token })).body.items.map(({ action }: Json) => action)
    await expect.poll(actions).toEqual(expect.arrayContaining(['setup.completed', 'key.created', 'key.revoked']))

    await control.drain(5)
    const kept = await everythingStored(home.dataDir, home.databaseUrl)
    expect(kept).toContain(key.id)
    for (const canary of [secret, token, code, server.credential.value, 'env-canary-5512ab'])
      for (const form of [canary, canary.slice(-40), Buffer.from(canary).toString('base64').slice(0, 24)])
        expect([canary.slice(0, 8), kept.includes(form), lines.join('').includes(form)]).toEqual([
          canary.slice(0, 8),
          false,
          false,
        ])
  })

  test('A10 every route of the description that is not public answers a stranger with 401', async () => {
    const home = await newHome(stores)
    const { call } = await start(home.config())
    const { paths } = (await call('GET', '/api/v1/openapi.json')).body
    const operations = Object.entries<Json>(paths).flatMap(([where, methods]) =>
      Object.entries<Json>(methods).map(([method, { security }]) => ({
        where,
        method,
        isPublic: security?.length === 0,
      })),
    )
    expect(operations.length).toBeGreaterThan(15)
    // References of a nested schema would point at the document's root.
    expect(JSON.stringify(paths)).not.toContain('$defs')
    for (const { where, method, isPublic } of operations) {
      const path = where.replaceAll(/\{\w+\}/g, 'key_AAAAAAAAAAAAAAAA')
      const { status } = await call(method.toUpperCase(), path, method === 'get' ? {} : { body: {} })
      // 404: GitHub's alerts are not switched on.
      const fine = where.endsWith('/leaks/github') ? [404] : [200, 202, 422]
      if (isPublic) expect([where, fine.includes(status)]).toEqual([where, true])
      else expect([where, method, status]).toEqual([where, method, 401])
    }
  })

  test('B27 when a management token was used is kept through the end of control, and not its secret', async () => {
    const home = await newHome(stores)
    const started = await start(home.config())
    const { token } = await redeem(started)
    const mine = async ({ call }: Started) =>
      (await call('GET', '/api/v1/management-tokens', { token })).body.items[0].lastUsedAt
    const before = new Date().toISOString()
    expect(await mine(started)).toBeNull()
    await started.control.drain(5)
    const used = await mine(await start(home.config()))
    expect(used >= before && used <= new Date().toISOString()).toBe(true)
  })

  test('B22 the bootstrap token is the first owner, is stored nowhere, and leaves no setup link', async () => {
    const home = await newHome(stores)
    const bootstrap = randomBytes(24).toString('hex')
    const { control, call, lines } = await start(home.config({ OSTIARY_BOOTSTRAP_TOKEN: bootstrap }))
    expect(await control.setupLink()).toBeNull()
    const me = await call('GET', '/api/v1/me', { token: bootstrap })
    expect(me.body).toMatchObject({ kind: 'bootstrap', operator: true })
    expect((await call('GET', '/api/v1/me', { token: `${bootstrap}x` })).status).toBe(401)
    const minted = await call('POST', '/api/v1/management-tokens', {
      token: bootstrap,
      body: { name: 'CI', scopes: ['keys:read'] },
    })
    const narrow = minted.body.secret
    expect((await call('GET', '/api/v1/keys', { token: narrow })).status).toBe(200)
    const refused = await call('POST', '/api/v1/keys', { token: narrow, body: { name: 'x' } })
    expect([refused.status, refused.body.code]).toEqual([403, 'not_permitted'])
    const forwarded = { 'x-forwarded-for': '203.0.113.9' }
    expect((await call('GET', '/metrics', { token: narrow, headers: forwarded })).status).toBe(403)
    const metrics = await call('GET', '/metrics', { token: bootstrap, headers: forwarded })
    expect(metrics.text).toContain('ostiary_rest_call_seconds_bucket')
    await control.drain(1)
    expect(await everythingStored(home.dataDir, home.databaseUrl)).not.toContain(bootstrap)
    expect(lines.join('')).not.toContain(bootstrap)
  })

  test('a second start finds everything again, and a wrong master key refuses to start', async () => {
    const home = await newHome(stores)
    const first = await start(home.config())
    const { token } = await redeem(first)
    const { key } = (await first.call('POST', '/api/v1/keys', { token, body: { name: 'kept' } })).body
    await first.control.drain(1)
    const second = await start(home.config())
    expect(await second.control.setupLink()).toBeNull()
    expect((await second.call('GET', `/api/v1/keys/${key.id}`, { token })).status).toBe(200)
    await second.control.drain(1)
    const other = home.config({ OSTIARY_MASTER_KEY: randomBytes(32).toString('base64') })
    await expect(start(other)).rejects.toThrow(/master key is not the one/i)
  })

  test('the feed lets in gateways that prove themselves, from this machine, and says goodbye when draining', async () => {
    const home = await newHome(stores)
    const { control, url } = await start(home.config())
    const feed = url.replace('http', 'ws').concat('/fleet/v1/feed')
    const attach = (where: string, headers: Record<string, string>) =>
      new Promise<number | WebSocket>((resolve) => {
        const socket = new WebSocket(where, { headers })
        socket.on('open', () => resolve(socket))
        socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode ?? 0))
        socket.on('error', () => {})
      })
    const signed = { authorization: `Bearer ${gatewayToken.reveal()}` }
    expect(await attach(feed, {})).toBe(401)
    expect(await attach(feed, { authorization: `Bearer ${'x'.repeat(43)}` })).toBe(401)
    expect(await attach(feed, { ...signed, 'x-forwarded-for': '203.0.113.9' })).toBe(404)
    expect(await attach(feed, { ...signed, origin: url })).toBe(404)
    expect(await attach(`${feed}?x=1`, signed)).toBe(404)
    const socket = await attach(feed, signed)
    if (!(socket instanceof WebSocket)) throw new Error(`refused with ${socket}`)
    const closed = new Promise<number>((resolve) => socket.on('close', resolve))
    await control.drain(2)
    expect(await closed).toBe(1001)
    expect(control.ready()).toBe(false)
  })

  test('once it has ended nothing of it looks at the store any more', async () => {
    const home = await newHome(stores)
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    try {
      const { control, lines } = await start(home.config())
      expect(vi.getTimerCount()).toBeGreaterThan(0)
      await control.drain(0)
      expect(vi.getTimerCount()).toBe(0)
      expect(lines.filter((line) => line.includes('"error"'))).toEqual([])
    } finally {
      vi.useRealTimers()
    }
  })

  test('draining lets a running call finish and takes no new one', async () => {
    const home = await newHome(stores)
    const started = await start(home.config())
    const { token } = await redeem(started)
    const { key } = (await started.call('POST', '/api/v1/keys', { token, body: { name: 'slow' } })).body
    const slow = started.call('POST', `/api/v1/keys/${key.id}/revoke`, { token, body: { waitMs: 300 } })
    await expect
      .poll(async () => (await started.call('GET', `/api/v1/keys/${key.id}`, { token })).body.key.status)
      .toBe('revoked')
    const drained = started.control.drain(5)
    await expect(started.call('GET', '/healthz')).rejects.toThrow()
    expect((await slow).status).toBe(200)
    await drained
  })
})

const [ownAddress = null] = Object.values(networkInterfaces())
  .flatMap((each) => each ?? [])
  .filter(({ internal, family }) => !internal && family === 'IPv4')
  .map(({ address }) => address)

test('the feed lets in a gateway that reaches this machine under its own address, unless somebody passed it on', async (context) => {
  if (ownAddress === null) return context.skip('this machine has no address beyond loopback')
  const dataDir = await mkdtemp(path.join(tmpdir(), 'ostiary-control-'))
  folders.push(dataDir)
  const config = configOf(dataDir, null, {})
  const { url } = await start({ ...config, control: { ...config.control, host: ownAddress } })
  const dial = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const signed = { authorization: `Bearer ${gatewayToken.reveal()}`, ...headers }
      const socket = new WebSocket(`${url.replace('http', 'ws')}/fleet/v1/feed`, { headers: signed })
      socket.on('open', () => resolve(101))
      socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode ?? 0))
      socket.on('error', reject)
    })
  expect(new URL(url).hostname).toBe(ownAddress)
  expect(await dial({})).toBe(101)
  expect(await dial({ 'x-forwarded-for': ownAddress })).toBe(404)
  expect(await dial({ forwarded: 'for=192.0.2.1' })).toBe(404)
})

test('with a listener of its own the feed takes gateways there over TLS, from anywhere, and nothing else', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'ostiary-control-'))
  folders.push(dataDir)
  const tls = { cert: path.join(dataDir, 'feed.crt'), key: path.join(dataDir, 'feed.key') }
  await writeFile(tls.cert, certificates.first.cert)
  await writeFile(tls.key, certificates.first.key)
  const config = configOf(dataDir, null, {})
  const { lines } = await start({ ...config, fleet: { host: '127.0.0.1', port: 0, publicUrl: null, tls } })
  const { url } = JSON.parse(lines.find((line) => line.includes('the feed listens')) ?? '{}')
  const dial = (headers: Record<string, string>) =>
    new Promise<number>((resolve, reject) => {
      const options = { headers, rejectUnauthorized: false }
      const socket = new WebSocket(`${url.replace('http', 'ws')}/fleet/v1/feed`, options)
      socket.on('open', () => resolve(101))
      socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode ?? 0))
      socket.on('error', reject)
    })
  const forwarded = { 'x-forwarded-for': '203.0.113.9' }
  expect(await dial({ ...forwarded, authorization: `Bearer ${gatewayToken.reveal()}` })).toBe(101)
  expect(await dial({ ...forwarded, authorization: 'Bearer wrong' })).toBe(401)
  const status = await new Promise((resolve) => {
    get(`${url}/api/v1/keys`, { rejectUnauthorized: false }, (answer) => resolve(answer.resume().statusCode))
  })
  expect(status).toBe(404)
})

test('a port in use refuses with one sentence', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'ostiary-control-'))
  folders.push(dataDir)
  const first = await start(configOf(dataDir, null, {}))
  const second = await mkdtemp(path.join(tmpdir(), 'ostiary-control-'))
  folders.push(second)
  const config = configOf(second, null, {})
  const port = Number(new URL(first.url).port)
  await expect(start({ ...config, control: { ...config.control, port } })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is in use by another program. Stop it, or set OSTIARY_CONTROL_PORT to a free port.`,
  )
})
