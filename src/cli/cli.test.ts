import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { settingNames, settings } from '../config-settings.ts'
import { addCommands } from './commands.ts'
import { runProgram } from './run-program.ts'
import type { Terminal } from './terminal.ts'

type Request = { method: string; url: string; headers: IncomingMessage['headers']; body: unknown }
type Reply = { status: number; body: unknown; headers?: Record<string, string> }

let server: Server
let url: string
let requests: Request[]
let reply: (request: Request) => Reply

const token = `osta_${'A'.repeat(16)}_${'x'.repeat(49)}`
const problem = (status: number, code: string) => ({
  status,
  body: { type: `https://x/errors/${code}`, title: code, status, detail: `It is ${code}.`, code, requestId: 'req_1' },
})
const key = {
  id: 'key_AAAAAAAAAAAAAAAA',
  name: 'ci',
  kind: 'key',
  preview: 'ostk_AAAAAAAAAAAAAAAA',
  status: 'active',
  mcp: { enabled: true, servers: { mode: 'only', items: ['srv_1'] } },
  expiresAt: null,
  createdAt: '2026-11-20T00:00:00.000Z',
  fieldOfALaterVersion: 1,
}
const secret = `ostk_${'A'.repeat(16)}_${'s'.repeat(49)}`
const mcpServer = {
  id: 'srv_AAAAAAAAAAAAAAAA',
  slug: 'github',
  state: 'ready',
  transport: { type: 'http', url: 'https://mcp.example.com/' },
  tools: [{ name: 'a' }, { name: 'b\u001b[2J' }],
  credential: { name: 'Authorization' },
}

beforeEach(async () => {
  requests = []
  reply = () => ({ status: 200, body: {} })
  server = createServer(async (request, response) => {
    const sent = await text(request)
    const seen = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: sent === '' ? undefined : JSON.parse(sent),
    }
    requests.push(seen)
    const { status, body, headers } = reply(seen)
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterEach(() => new Promise<void>((resolve) => server.close(() => resolve())))

type Ran = { code: number; out: string; err: string }

async function ostiary(args: string[], more: Partial<Terminal> = {}): Promise<Ran> {
  const printed = { out: '', err: '' }
  let code = 0
  let now = 0
  const program = new Command('ostiary').exitOverride().configureOutput({
    writeOut: (chunk) => (printed.out += chunk),
    writeErr: (chunk) => (printed.err += chunk),
  })
  const terminal: Terminal = {
    env: { OSTIARY_URL: url, OSTIARY_TOKEN: token },
    readFile: () => {
      throw new Error('no file')
    },
    stdin: async () => '',
    out: (chunk) => (printed.out += chunk),
    err: (chunk) => (printed.err += chunk),
    fetch,
    pause: async (ms) => {
      now += ms
    },
    now: () => now,
    ...more,
  }
  addCommands(program, terminal, '1.2.3', (result) => {
    code = result
  })
  const result = await runProgram(program, ['node', 'ostiary', ...args], () => code)
  return { code: result, ...printed }
}

describe('exit codes say what happened', () => {
  test.each([
    [422, 'invalid', 1],
    [429, 'too_many_attempts', 1],
    [500, 'internal', 1],
    [401, 'not_signed_in', 3],
    [403, 'not_permitted', 3],
    [404, 'not_found', 4],
    [409, 'slug_taken', 5],
    [412, 'stale', 5],
  ])('%d %s ends with %d', async (status, code, expected) => {
    reply = () => problem(status, code)
    const ran = await ostiary(['keys', 'get', 'key_1'])
    expect(ran).toEqual({ code: expected, out: '', err: `ostiary: It is ${code}. (${code})\n  request req_1\n` })
    const asJson = await ostiary(['keys', 'get', 'key_1', '--json'])
    expect(asJson.code).toBe(expected)
    expect(asJson.out).toBe('')
    expect(JSON.parse(asJson.err)).toMatchObject({ code, status, requestId: 'req_1' })
  })

  test('0 when it is done', async () => {
    reply = () => ({ status: 200, body: { key } })
    expect((await ostiary(['keys', 'get', 'key_1'])).code).toBe(0)
    expect(await ostiary(['version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' })
    expect((await ostiary(['keys', '--help'])).code).toBe(0)
  })

  test.each([
    [['keys', 'nonsense']],
    [['keys', 'create']],
    [['keys', 'list', '--no-such-flag']],
    [['keys', 'create', 'x', '--expires', 'soon']],
    [['keys', 'create', 'x', '--max-staleness', '1']],
    [['servers', 'add', 'github']],
    [['servers', 'add', 'github', '--url', 'https://x/', '--', 'npx', 'x']],
    [['servers', 'add', 'Not A Slug', '--url', 'https://x/']],
    [['servers', 'add', 'github', '--url', 'https://x/', '--header', 'X-Key']],
    [['servers', 'add', 'github', '--url', 'https://x/', '--credential-env', 'NOT_SET']],
    [['servers', 'add', 'github', '--env', 'NOT_SET', '--', 'npx', 'x']],
    [['servers', 'add', 'github', '--env', 'NAME=value', '--', 'npx', 'x']],
    [['setup', 'http://127.0.0.1:1/setup']],
  ])('2 for wrong usage: %j, without a call', async (args) => {
    const ran = await ostiary(args)
    expect(ran.code).toBe(2)
    expect(ran.out).toBe('')
    expect(ran.err).not.toBe('')
    expect(requests).toEqual([])
  })

  test('3 without a token, with the way out, without a call', async () => {
    const ran = await ostiary(['keys', 'list', '--json'], { env: { OSTIARY_URL: url } })
    expect(ran.code).toBe(3)
    expect(JSON.parse(ran.err)).toMatchObject({
      code: 'not_signed_in',
      status: 401,
      detail: expect.stringContaining('OSTIARY_TOKEN'),
    })
    expect(requests).toEqual([])
  })

  test('6 when control does not answer', async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()))
    const ran = await ostiary(['keys', 'list'])
    expect(ran.code).toBe(6)
    expect(ran.err).toMatch(/^ostiary: http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED .*\(unreachable\)\n$/)
  })

  test('1 when something else answers', async () => {
    reply = () => ({ status: 200, body: '<html>' })
    expect((await ostiary(['keys', 'list'])).code).toBe(1)
  })
})

test('B10 A01 a key is created over the same REST call as everywhere, and its secret is printed once', async () => {
  reply = () => ({ status: 201, body: { key, secret } })
  const args = ['keys', 'create', 'ci', '--servers', 'github, files', '--expires', '90d', '--addresses', '10.0.0.0/8']
  const ran = await ostiary(args)
  expect(ran.code).toBe(0)
  expect(ran.out.match(new RegExp(secret, 'g'))).toHaveLength(1)
  expect(ran.err).not.toContain(secret)
  expect(requests[0]).toMatchObject({
    method: 'POST',
    url: '/api/v1/keys',
    headers: { authorization: `Bearer ${token}` },
    body: {
      name: 'ci',
      mcp: { servers: { mode: 'only', items: ['github', 'files'] } },
      expiresIn: '90d',
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
    },
  })
  expect((await ostiary([...args, '--quiet'])).out).toBe(`${secret}\n`)
  expect(JSON.parse((await ostiary([...args, '--json'])).out)).toEqual({ key, secret })
})

test.each([
  [['--servers', 'all'], { mcp: { servers: { mode: 'all' } } }],
  [['--servers', 'none'], { mcp: { servers: { mode: 'none' } } }],
  [['--expires', '2027-01-01T00:00:00Z'], { expiresAt: '2027-01-01T00:00:00Z' }],
  [['--max-staleness', '5', '--inactive'], { maxStalenessSeconds: 5, active: false }],
])('keys create %j sends %j', async (flags, body) => {
  reply = () => ({ status: 201, body: { key, secret } })
  await ostiary(['keys', 'create', 'ci', ...flags])
  expect(requests[0]?.body).toEqual({ name: 'ci', ...body })
})

test('a key that may call nothing is created with a word about it', async () => {
  reply = () => ({ status: 201, body: { key, secret } })
  expect((await ostiary(['keys', 'create', 'ci'])).err).toContain('The key may call no MCP server')
})

test('keys are listed as a table, as ids, or as the REST object', async () => {
  const page = {
    items: [key, { ...key, name: 'evil\u001b[2J\nname', mcp: { enabled: false, servers: { mode: 'none' } } }],
    nextCursor: 'c2',
    total: 9,
  }
  reply = () => ({ status: 200, body: page })
  const ran = await ostiary(['keys', 'list', '--search', 'c', '--limit', '2'])
  expect(requests[0]?.url).toBe('/api/v1/keys?search=c&limit=2')
  const [head, first, second] = ran.out.split('\n')
  expect(head).toMatch(/^ID +NAME +STATUS +SERVERS +EXPIRES$/)
  expect(first).toMatch(/^key_A+ +ci +active +only srv_1 +never$/)
  // Names of others must not steer the terminal or forge a row.
  expect(second).toContain('evil [2J name')
  expect(ran.err).toBe('More: --cursor c2\n')
  expect((await ostiary(['keys', 'list', '-q'])).out).toBe(`${key.id}\n${key.id}\n`)
  expect(JSON.parse((await ostiary(['keys', 'list', '--json'])).out)).toEqual(page)
})

test('a revocation says which gateways refuse the key already and which have not answered', async () => {
  const effect = {
    acked: [{ gateway: 'gwy_1', afterMs: 12 }],
    pending: [{ gateway: 'gwy_2', until: '2026-11-20T00:01:00.000Z' }],
    effectiveEverywhereBy: '2026-11-20T00:01:00.000Z',
  }
  reply = () => ({ status: 200, body: { key: { ...key, status: 'revoked' }, effect } })
  const ran = await ostiary(['keys', 'revoke', 'key/../x', '--reason', 'leaked', '--wait', '50'])
  expect(requests[0]).toMatchObject({ url: '/api/v1/keys/key%2F..%2Fx/revoke', body: { reason: 'leaked', waitMs: 50 } })
  expect(ran).toEqual({
    code: 0,
    out: `${key.id} (ci) is revoked\n`,
    err: '  gwy_1 refuses it since 12 ms\n  gwy_2 has not answered; it stops by itself at 2026-11-20T00:01:00.000Z\n',
  })
})

test('an HTTP server is added with a credential from a variable, a file or stdin, never from an argument', async () => {
  reply = () => ({ status: 201, body: { server: mcpServer } })
  const base = ['servers', 'add', 'github', '--url', 'https://mcp.example.com/']
  const env = { OSTIARY_URL: url, OSTIARY_TOKEN: token, GH: 'gh-secret' }
  const ran = await ostiary([...base, '--credential-env', 'GH'], { env })
  await ostiary([...base, '--header', 'X-Key', '--credential-file', '-'], { stdin: async () => 'from-stdin\n' })
  await ostiary([...base, '--credential-file', '/run/s'], { readFile: () => 'from-file\n' })
  const credentials = requests.map(({ body }) => (body as { credential: unknown }).credential)
  expect(credentials).toEqual([
    { slot: 'header', name: 'Authorization', template: 'Bearer {value}', value: 'gh-secret' },
    { slot: 'header', name: 'X-Key', template: '{value}', value: 'from-stdin' },
    { slot: 'header', name: 'Authorization', template: 'Bearer {value}', value: 'from-file' },
  ])
  expect(ran.out).toMatch(/^state +ready$/m)
  expect(`${ran.out}${ran.err}`).not.toContain('gh-secret')
  expect(ran.out).not.toContain('\u001b')
})

test('a stdio server is added with its command behind -- and variables by name or file', async () => {
  reply = () => ({ status: 201, body: { server: mcpServer } })
  const env = { OSTIARY_URL: url, OSTIARY_TOKEN: token, GH: 'gh-secret' }
  const readFile = () => 'A=1\nB="two words"\n'
  await ostiary(['servers', 'add', 'fs', '--env', 'GH', '--env-file', '.env', '--', 'npx', '-y', 'server', '--flag'], {
    env,
    readFile,
  })
  expect(requests[0]?.body).toEqual({
    slug: 'fs',
    transport: {
      type: 'stdio',
      command: 'npx',
      args: ['-y', 'server', '--flag'],
      env: { A: '1', B: 'two words', GH: 'gh-secret' },
    },
  })
})

test('adding a server waits until it has answered, and no longer than it was told to', async () => {
  reply = ({ method }) => ({
    status: 200,
    body: { server: { ...mcpServer, state: method === 'POST' || requests.length < 4 ? 'starting' : 'ready' } },
  })
  const args = ['servers', 'add', 'github', '--url', 'https://mcp.example.com/']
  const ran = await ostiary(args)
  expect(ran.out).toMatch(/^state +ready$/m)
  expect(requests).toHaveLength(4)
  reply = () => ({ status: 200, body: { server: { ...mcpServer, state: 'starting' } } })
  const slow = await ostiary([...args, '--wait', '1'])
  expect(slow.code).toBe(0)
  expect(slow.err).toBe('The server is registered, but it is starting.\n')
  expect(requests).toHaveLength(4 + 1 + 5)
})

test('servers are listed, shown and removed', async () => {
  reply = ({ method, url }) =>
    method === 'DELETE'
      ? { status: 200, body: {} }
      : {
          status: 200,
          body: url.includes('/servers/') ? { server: mcpServer } : { items: [mcpServer], nextCursor: null },
        }
  expect((await ostiary(['servers', 'list'])).out).toMatch(/^github +ready +2 +https:\/\/mcp\.example\.com\/$/m)
  expect((await ostiary(['servers', 'get', 'github'])).out).toMatch(/^tools +a, b/m)
  expect(await ostiary(['servers', 'remove', 'github'])).toEqual({ code: 0, out: 'github is removed\n', err: '' })
  expect(requests.at(-1)).toMatchObject({ method: 'DELETE', url: '/api/v1/servers/github' })
})

test('a setup link is redeemed at its own address, without the token of the environment', async () => {
  reply = () => ({ status: 201, body: { managementToken: {}, secret: token } })
  const ran = await ostiary(['setup', `${url}/setup#the-code`], { env: { OSTIARY_TOKEN: token } })
  expect(ran.out).toBe(`${token}\n`)
  expect(requests[0]).toMatchObject({ url: '/api/v1/setup', body: { code: 'the-code' } })
  expect(requests[0]?.headers.authorization).toBeUndefined()
})

test('G6 a redirect is not followed, so the token goes nowhere else', async () => {
  reply = ({ url }) => ({ status: 307, body: '', headers: { location: `${url}/elsewhere` } })
  expect((await ostiary(['keys', 'list'])).code).toBe(1)
  expect(requests).toHaveLength(1)
})

describe('config print', () => {
  test('shows each value with its origin', async () => {
    const env = { OSTIARY_GATEWAY_PORT: '9000', OSTIARY_TRUSTED_PROXIES: '10.0.0.0/8, ::1' }
    const ran = await ostiary(['config', 'print', '--drain-seconds', '5'], { env })
    expect(ran.code).toBe(0)
    expect(ran.out).toMatch(/^OSTIARY_GATEWAY_PORT +9000 +environment$/m)
    expect(ran.out).toMatch(/^OSTIARY_DRAIN_SECONDS +5 +flag$/m)
    expect(ran.out).toMatch(/^OSTIARY_TRUSTED_PROXIES +10\.0\.0\.0\/8,::1 +environment$/m)
    expect(ran.out).toMatch(/^OSTIARY_CONTROL_PORT +8421 +default$/m)
    const { settings: lines } = JSON.parse((await ostiary(['config', 'print', '--json'], { env })).out)
    expect(lines).toContainEqual({
      name: 'gateway-port',
      env: 'OSTIARY_GATEWAY_PORT',
      value: 9000,
      origin: 'environment',
    })
    expect(lines).toHaveLength(settingNames.length)
  })

  test('says when the settings are too unsafe to start with', async () => {
    const ran = await ostiary(['config', 'print'], { env: { OSTIARY_GATEWAY_HOST: '0.0.0.0' } })
    expect([ran.code, ran.err]).toEqual([
      1,
      expect.stringContaining('it does not start: OSTIARY_GATEWAY_HOST is 0.0.0.0'),
    ])
    expect((await ostiary(['config', 'print'], { env: { OSTIARY_GATEWAY_PORT: 'x' } })).code).toBe(2)
  })

  test('G1 prints no secret value, whatever it is', async () => {
    const secrets = settingNames.filter((name) => 'secret' in settings[name])
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 32, maxLength: 32 }), async (bytes) => {
        const canary = Buffer.from(bytes).toString('hex')
        const values: Record<string, string> = {
          databaseUrl: `postgres://u:${canary}@h/d`,
          smtpUrl: `smtp://u:${canary}@h`,
          masterKey: Buffer.from(bytes).toString('base64'),
          enrolmentToken: `ostg_${canary.slice(0, 16)}_${canary.slice(0, 49)}`,
        }
        const env: Record<string, string> = { OSTIARY_MAIL_FROM: 'a@b.example' }
        for (const name of secrets) env[settings[name].env] = values[name] ?? canary
        for (const args of [
          ['config', 'print'],
          ['config', 'print', '--json'],
        ]) {
          const { out, err } = await ostiary(args, { env })
          for (const name of secrets) expect(`${out}${err}`).not.toContain((values[name] ?? canary).slice(10, 40))
          expect(out.match(/\[set\]/g)).toHaveLength(secrets.length)
        }
      }),
      { numRuns: 30 },
    )
  })
})
