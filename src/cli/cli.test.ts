import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { settingNames, settings } from '../config-settings.ts'
import { addCommands } from './commands.ts'
import { createProgress } from './progress.ts'
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
  progress = []
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
/** Lines that were shown to who waits. */
let progress: (string | null)[]

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
    createFile: () => {
      throw new Error('no file')
    },
    gatewayAudit: async () => null,
    recover: async () => ({ is: 'absent', why: 'There is no database.' }),
    stdin: async () => '',
    out: (chunk) => (printed.out += chunk),
    err: (chunk) => (printed.err += chunk),
    progress: (line) => progress.push(line),
    ask: null,
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

  const create = ['keys', 'create', 'x']
  const add = ['servers', 'add', 'github', '--url', 'https://x.test/']
  test.each([
    [[...create, '--servers', ''], '--servers must be all, none, or a list of slugs by comma (all|none|list).'],
    [[...create, '--servers', ' , '], '--servers must be all, none, or a list of slugs by comma (all|none|list).'],
    [['keys', 'create', ''], 'The <name> must be 1 to 120 visible characters.'],
    [['keys', 'create'], "Missing required argument 'name'."],
    [['keys', 'creat'], "Unknown command 'creat'. Did you mean create?"],
    [
      [...create, '--expires', 'tomorrow'],
      '--expires must be never, 30d, 60d, 90d, 180d, 1y or a time in UTC like 2027-01-31T00:00:00Z, not "tomorrow".',
    ],
    [[...create, '--max-staleness', ''], '--max-staleness must be a whole number of seconds from 5 to 86400.'],
    [[...create, '--description', 'x'.repeat(2001)], '--description must be 2000 visible characters at most.'],
    [
      [...create, '--addresses', ''],
      '--addresses must be addresses or CIDRs by comma, 1000 at most; leave it out for any address.',
    ],
    [['keys', 'revoke', 'key_1', '--wait', 'soon'], '--wait must be a number of seconds from 0 to 30, not "soon".'],
    [['keys', 'revoke', 'key_1', '--wait', ''], '--wait must be a number of seconds from 0 to 30, not "".'],
    [['keys', 'revoke', ''], 'The <id> is empty.'],
    [['keys', 'get', '..'], 'The <id> is empty.'],
    [['keys', 'list', '--limit', '0'], '--limit must be a whole number from 1 to 200, not "0".'],
    [['keys', 'list', '--search', ''], '--search must be 1 to 120 characters.'],
    [['keys', 'list', '--status', 'gone'], '--status must be one of active, inactive, expired, revoked, not "gone".'],
    [[...add, '--wait', 'abc'], '--wait must be a number of seconds from 0 to 600, not "abc".'],
    [[...add, '--wait', '601'], '--wait must be a number of seconds from 0 to 600, not "601".'],
    [[...add, '--display-name', ''], '--display-name must be 1 to 120 visible characters.'],
    [
      ['servers', 'add', 'github', '--url', 'ftp://x'],
      '--url must be an address that begins with http:// or https://, not "ftp://x".',
    ],
    [
      ['servers', 'add', 'github', '--url', 'ftp://me:hunter2@x'],
      '--url must be an address that begins with http:// or https://.',
    ],
    [['servers', 'add', 'github', '--', ''], 'The command behind -- is empty or too long: 256 arguments at most.'],
    [['servers', 'list', '--cursor', ''], '--cursor is empty; leave it out for the first page.'],
    [['tokens', 'create', 'ci'], "Required option '--scopes <list>' not specified."],
    [
      ['tokens', 'create', 'ci', '--scopes', '*', '--expires', '2027-02-31T00:00:00Z'],
      expect.stringMatching(/^--expires must be never, .*not "2027-02-31T00:00:00Z"\.$/),
    ],
    [
      ['tokens', 'create', 'ci', '--scopes', ''],
      expect.stringMatching(/^--scopes must be \* .*keys:read, .*by comma\.$/),
    ],
    [
      ['audit', 'list', '--from', 'yesterday'],
      '--from must be a time in UTC like 2026-01-31T00:00:00Z, not "yesterday".',
    ],
    [
      ['audit', 'list', '--action', 'x'],
      expect.stringMatching(/^--action must be one of .*key\.revoked.*, not "x"\.$/),
    ],
  ])('2 and one sentence for wrong values: %j', async (args, sentence) => {
    const ran = await ostiary(args)
    const [, said] = /^ostiary: (.*) \(usage\)\n$/.exec(ran.err) ?? []
    expect([ran.code, ran.out, said ?? ran.err]).toEqual([2, '', sentence])
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

test('B35 keys are listed with their owners as a table, as ids, or as the REST object', async () => {
  const page = {
    items: [
      { ...key, owner: { type: 'member', id: 'mem_1', name: 'Ada', removed: true } },
      { ...key, name: 'evil\u001b[2J\nname', mcp: { enabled: false, servers: { mode: 'none' } } },
    ],
    nextCursor: 'c2',
    total: 9,
  }
  reply = () => ({ status: 200, body: page })
  const ran = await ostiary(['keys', 'list', '--search', 'c', '--limit', '2'])
  expect(requests[0]?.url).toBe('/api/v1/keys?search=c&limit=2')
  const [head, first, second] = ran.out.split('\n')
  expect(head).toMatch(/^ID +NAME +OWNER +STATUS +SERVERS +LAST USED +REQUESTS +EXPIRES$/)
  expect(first).toMatch(/^key_A+ +ci +Ada \(removed\) +active +only srv_1 +never +0 +never$/)
  // Names of others must not steer the terminal or forge a row.
  expect(second).toContain('evil [2J name')
  expect(ran.err).toBe('More: --cursor c2\n')
  expect((await ostiary(['keys', 'list', '-q'])).out).toBe(`${key.id}\n${key.id}\n`)
  expect(JSON.parse((await ostiary(['keys', 'list', '--json'])).out)).toEqual(page)
})

test('a key shows its servers by slug; one that is gone keeps its id', async () => {
  const servers = { mode: 'only', items: ['srv_1', 'srv_2'] }
  const named = { ...key, mcp: { enabled: true, servers } }
  const refs = { srv_1: { slug: 'github', name: 'GitHub' } }
  reply = ({ url }) => ({
    status: 200,
    body: url.includes('/keys/') ? { key: named, refs } : { items: [named], nextCursor: null, refs },
  })
  expect((await ostiary(['keys', 'list'])).out).toMatch(
    /^key_A+ +ci +\S+ +active +only github,srv_2 +never +0 +never$/m,
  )
  expect((await ostiary(['keys', 'get', key.id])).out).toMatch(/^servers +only github,srv_2$/m)
})

const final = 'This is final. ostiary keys replace makes a key with the same settings and a new secret.\n'

test('a revocation says which gateways refuse the key already and which have not answered', async () => {
  const effect = {
    acked: [{ gateway: 'gwy_1', afterMs: 12 }],
    pending: [{ gateway: 'gwy_2', until: '2026-11-20T00:01:00.000Z' }],
    effectiveEverywhereBy: '2026-11-20T00:01:00.000Z',
  }
  const gateways = {
    status: 200,
    body: {
      items: [{ id: 'gwy_1', name: 'embedded', online: true, version: null, lagMs: null, lastSeenAt: null }],
    },
  }
  let named = gateways as Reply
  reply = ({ method }) =>
    method === 'GET' ? named : { status: 200, body: { key: { ...key, status: 'revoked' }, effect } }
  const args = ['keys', 'revoke', 'key/../x', '--reason', 'leaked', '--wait', '0.05']
  const ran = await ostiary(args)
  expect(requests[0]).toMatchObject({ url: '/api/v1/keys/key%2F..%2Fx/revoke', body: { reason: 'leaked', waitMs: 50 } })
  const said = (gateway: string) =>
    `  refused on ${gateway} after 12 ms\n` +
    '  not yet on gwy_2, at the latest at 2026-11-20T00:01:00.000Z\n' +
    '  refused everywhere by 2026-11-20T00:01:00.000Z\n' +
    final
  expect(ran).toEqual({ code: 0, out: `${key.id} (ci) is revoked\n`, err: said('embedded') })
  // A token that may revoke but not read gateways has revoked all the same.
  named = problem(403, 'not_permitted')
  expect(await ostiary(args)).toMatchObject({ code: 0, err: said('gwy_1') })
  expect(await ostiary([...args, '--quiet'])).toEqual({ code: 0, out: `${key.id}\n`, err: '' })
})

test('a revocation that every gateway has applied says since when', async () => {
  const effect = {
    acked: [{ gateway: 'gwy_1', afterMs: 6 }],
    pending: [],
    effectiveEverywhereBy: '2026-11-20T00:00:00.006Z',
  }
  reply = () => ({ status: 200, body: { key: { ...key, status: 'revoked' }, effect } })
  const { err } = await ostiary(['keys', 'revoke', 'key_1'])
  expect(err).toBe(`  refused on gwy_1 after 6 ms\n  refused everywhere since 2026-11-20T00:00:00.006Z\n${final}`)
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
  expect(slow.err).toBe(
    'github is registered, but it has not answered yet.\nLook again with: ostiary servers get github\n',
  )
  expect(requests).toHaveLength(4 + 1 + 5)
  expect(progress.at(-2)).toBe('Waiting for github: starting, 0 of 1 s')
  expect(progress.at(-1)).toBeNull()
  const before = requests.length
  for (const flags of [['--wait', '0'], ['--json'], ['--quiet']])
    expect((await ostiary([...args, ...flags])).code).toBe(0)
  expect(requests).toHaveLength(before + 3)
})

test('a server that cannot be reached is registered all the same, unless ready was asked for', async () => {
  const down = { ...mcpServer, state: 'unreachable', lastError: 'connect ECONNREFUSED 127.0.0.1:1.' }
  reply = () => ({ status: 200, body: { server: down } })
  const args = ['servers', 'add', 'github', '--url', 'https://mcp.example.com/']
  const said =
    'github is registered, but it is unreachable: connect ECONNREFUSED 127.0.0.1:1.\n' +
    'Look again with: ostiary servers get github\n'
  expect(await ostiary(args)).toMatchObject({ code: 0, err: said })
  expect(requests).toHaveLength(1)
  const asked = await ostiary([...args, '--require-ready', '--wait', '1', '--json'])
  expect([asked.code, asked.err, JSON.parse(asked.out)]).toEqual([1, said, { server: down }])
  expect(requests).toHaveLength(1 + 1 + 5)
  // In a clone the next command is named as it works there.
  const env = { OSTIARY_URL: url, OSTIARY_TOKEN: token, npm_lifecycle_event: 'ostiary' }
  expect((await ostiary(args, { env })).err).toContain('with: npm run -s ostiary -- servers get github\n')
  // It may come up while we wait.
  reply = ({ method }) => ({ status: 200, body: { server: method === 'POST' ? down : mcpServer } })
  const ready = await ostiary([...args, '--require-ready', '--json'])
  expect([ready.code, ready.err, JSON.parse(ready.out)]).toEqual([0, '', { server: mcpServer }])
})

test('gateways are listed with what each is', async () => {
  const gateway = { id: 'gwy_1', name: 'edge', online: false, version: '0.1.0', lagMs: null, lastSeenAt: null }
  const reached = { ...gateway, id: 'gwy_2', publicUrl: 'https://edge.example' }
  reply = () => ({ status: 200, body: { items: [gateway, reached], nextCursor: null, total: 2 } })
  const { out } = await ostiary(['gateways', 'list', '--limit', '5'])
  expect(out).toMatch(/^gwy_1 +edge +offline +0\.1\.0 +- +never +-$/m)
  expect(out).toMatch(/^gwy_2 +edge +offline +0\.1\.0 +- +never +https:\/\/edge\.example$/m)
  expect(requests[0]?.url).toBe('/api/v1/gateways?limit=5')
})

test('a management token is made with rights that are always said, listed and revoked', async () => {
  const managementToken = {
    id: 'mgt_1',
    name: 'ci',
    preview: 'osta_1',
    scopes: ['keys:read', 'servers:write'],
    member: 'mem_1',
    createdAt: '2026-11-20T00:00:00.000Z',
    expiresAt: '1970-01-31T00:00:00.000Z',
    revokedAt: null,
  }
  reply = ({ method }) => ({
    status: 200,
    body:
      method === 'GET'
        ? { items: [managementToken], nextCursor: null }
        : { managementToken, ...(method === 'POST' ? { secret: token } : {}) },
  })
  const create = ['tokens', 'create', 'ci', '--scopes', 'keys:read, servers:write', '--expires', '30d']
  const made = await ostiary(create)
  expect(requests[0]).toMatchObject({
    url: '/api/v1/management-tokens',
    body: { name: 'ci', scopes: ['keys:read', 'servers:write'], expiresAt: '1970-01-31T00:00:00.000Z' },
  })
  expect(made.out.match(new RegExp(token, 'g'))).toHaveLength(1)
  expect((await ostiary([...create, '--quiet'])).out).toBe(`${token}\n`)
  expect((await ostiary(['tokens', 'list'])).out).toMatch(/^mgt_1 +ci +active +keys:read,servers:write +1970/m)
  expect((await ostiary(['tokens', 'list'], { now: () => Date.UTC(2026, 1) })).out).toMatch(/^mgt_1 +ci +expired /m)
  expect((await ostiary(['tokens', 'revoke', 'mgt_1'])).out).toBe('mgt_1 (ci) is revoked\n')
  expect(requests.at(-1)).toMatchObject({ method: 'DELETE', url: '/api/v1/management-tokens/mgt_1' })
})

test('--help says what it reads, how it ends and how one begins', async () => {
  const { code, out } = await ostiary(['--help'])
  expect(code).toBe(0)
  for (const word of ['OSTIARY_URL', 'OSTIARY_TOKEN ', 'OSTIARY_TOKEN_FILE', 'Exit codes', 'Examples', 'keys revoke'])
    expect(out).toContain(word)
  for (const number of [0, 1, 2, 3, 4, 5, 6]) expect(out).toMatch(new RegExp(`^  ${number}  \\w`, 'm'))
})

test('progress is for a terminal, on one line that is taken back', () => {
  const written: string[] = []
  const write = (text: string) => void written.push(text)
  createProgress({}, write)('waiting')
  expect(written).toEqual([])
  const show = createProgress({ isTTY: true, columns: 8 }, write)
  for (const line of ['waiting long', 'waiting long', null, null]) show(line)
  expect(written).toEqual(['\r\u001b[Kwaiting', '\r\u001b[K'])
})

test('servers are listed, shown and removed', async () => {
  reply = ({ url }) => ({
    status: 200,
    body: url.includes('/servers/') ? { server: mcpServer } : { items: [mcpServer], nextCursor: null },
  })
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
