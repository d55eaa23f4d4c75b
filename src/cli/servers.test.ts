import { expect, test } from 'vitest'
import { cliRig, effect } from '../../test/cli-rig.ts'

const timeouts = { connectSeconds: 5, answerSeconds: 60, idleSeconds: 900, totalSeconds: null }
const server = {
  id: 'srv_1',
  slug: 'github',
  state: 'ready',
  transport: { type: 'http', url: 'https://x.test/' },
  tools: [{ name: 'search' }],
  credential: null,
  timeouts,
  perGateway: false,
}
const canary = 'canary-51b0c7de'

test('a server is shown with how long gateways wait for it', async () => {
  const { ostiary } = cliRig({ 'GET /servers/:id': { server, refs: {} } })
  expect((await ostiary('servers', 'get', 'github')).out).toMatch(
    /^waits +5 s to connect, 60 s to answer, 900 s in between, no end$/m,
  )
  const sse = { ...server, transport: { type: 'sse', url: 'https://x.test/sse' }, perGateway: true }
  const other = cliRig({ 'GET /servers/:id': { server: sse, refs: {} } })
  const { out } = await other.ostiary('servers', 'get', 'github')
  expect(out).toMatch(/^speaks +HTTP\+SSE \(2024-11-05\)$/m)
  expect(out).toMatch(/^runs +one for each gateway$/m)
})

test('servers add takes the old transport, times and children for each gateway', async () => {
  const { ostiary, sent } = cliRig({ 'POST /servers': { server, refs: {} } })
  const times = ['--connect-timeout', '2', '--answer-timeout', '9', '--idle-timeout', '8', '--total-timeout', 'none']
  await ostiary('servers', 'add', 'a', '--url', 'https://x.test/sse', '--sse', ...times)
  await ostiary('servers', 'add', 'a', '--per-gateway', '--', 'npx', 'x')
  expect(sent.map(({ body }) => body)).toMatchObject([
    {
      transport: { type: 'sse', url: 'https://x.test/sse' },
      timeouts: { connectSeconds: 2, answerSeconds: 9, idleSeconds: 8, totalSeconds: null },
    },
    { transport: { type: 'stdio', command: 'npx', args: ['x'] }, perGateway: true },
  ])
})

test('D23 prices of tools are given, changed one by one, and shown', async () => {
  const priced = { ...server, toolPrices: { search: '0.5', 'a=b': '1' } }
  const { ostiary, sent } = cliRig({
    'POST /servers': { server, refs: {} },
    'GET /servers/:id': { server: priced, refs: {} },
    'PATCH /servers/:id': { server: priced, effect, refs: {} },
  })
  await ostiary('servers', 'add', 'a', '--url', 'https://x.test/', '--tool-price', 'echo=0.01', '--tool-price', '*=2')
  await ostiary('servers', 'update', 'a', '--tool-price', 'search=none', 'echo=0.01')
  const bodies = sent.flatMap(({ method, body }) => (method === 'GET' ? [] : [body]))
  expect(bodies).toMatchObject([
    { toolPrices: { echo: '0.01', '*': '2' } },
    { toolPrices: { 'a=b': '1', echo: '0.01' } },
  ])
  expect((await ostiary('servers', 'get', 'a')).out).toMatch(/^prices +search 0.5 USD, a=b 1 USD$/m)
})

test.each([
  [['add', 'a', '--url', 'https://x/', '--tool-price', 'echo'], '--tool-price takes TOOL=USD'],
  [['add', 'a', '--url', 'https://x/', '--tool-price', '=1'], '--tool-price takes TOOL=USD'],
  [['update', 'a', '--tool-price', 'echo=-1'], '--tool-price takes TOOL=USD'],
  [['update', 'a', '--tool-price', 'echo=1000000'], '--tool-price takes TOOL=USD'],
  [['add', 'a', '--url', 'https://x/', '--connect-timeout', '61'], '--connect-timeout must be a whole number'],
  [['add', 'a', '--url', 'https://x/', '--total-timeout', '0'], '--total-timeout must be a whole number'],
  [['add', 'a', '--sse', '--', 'npx'], '--sse says what is at --url'],
  [['add', 'a', '--url', 'https://x/', '--per-gateway'], '--per-gateway is about commands'],
  [['update', 'a'], 'Nothing to change was given'],
  [['update', 'a', '--sse'], '--sse says what is at --url'],
  [['update', 'a', '--per-gateway', 'maybe'], '--per-gateway must be yes or no'],
  [['update', 'a', '--url', 'ftp://x'], '--url must be an address'],
  [['test', 'a', '--wait', '31'], '--wait must be a number of seconds from 0 to 30'],
  [['import', 'no-such-file'], 'must hold JSON'],
  [['import', 'doc.json', '--set-env', 'NOT_SET'], 'no variable NOT_SET is set here'],
])('servers %j is refused before anything is sent', async (args, why) => {
  const { ostiary, sent } = cliRig({}, { readFile: fileOf({ 'doc.json': '{}' }) })
  const { code, err } = await ostiary('servers', ...args)
  expect([code, sent]).toEqual([2, []])
  expect(err).toContain(why)
})

test('servers update changes what is named and keeps the other times', async () => {
  const before = { ...server, timeouts: { ...timeouts, idleSeconds: 7 } }
  const { ostiary, sent } = cliRig(
    { 'GET /servers/:id': { server: before, refs: {} }, 'PATCH /servers/:id': { server, refs: {}, effect } },
    { env: { OSTIARY_URL: 'http://control.test', OSTIARY_TOKEN: token, KEY: canary } },
  )
  await ostiary('servers', 'update', 'github', '--answer-timeout', '30')
  await ostiary('servers', 'update', 'github', '--url', 'https://y.test/', '--credential-env', 'KEY', '--slug', 'gh')
  await ostiary('servers', 'update', 'github', '--no-credential', '--per-gateway', 'no')
  const credential = { slot: 'header', name: 'Authorization', template: 'Bearer {value}', value: canary }
  expect(sent.filter(({ method }) => method === 'PATCH').map(({ body }) => body)).toEqual([
    { timeouts: { ...timeouts, idleSeconds: 7, answerSeconds: 30 } },
    { slug: 'gh', transport: { type: 'http', url: 'https://y.test/' }, credential },
    { credential: null, perGateway: false },
  ])
})

const token = `osta_${'A'.repeat(16)}_${'x'.repeat(49)}`
const fileOf =
  (files: Readonly<Record<string, string>>) =>
  (path: string): string => {
    const text = files[path]
    if (text === undefined) throw new Error('no such file')
    return text
  }

test('servers test says what each gateway sees, and fails unless all see it ready', async () => {
  const results = [
    { gateway: 'gwy_1', state: 'ready', tools: [{ name: 'search' }] },
    { gateway: 'gwy_2', state: 'unreachable', lastError: 'connect ECONNREFUSED' },
  ]
  const { ostiary, sent } = cliRig({ 'POST /servers/:id/test': { server, refs: {}, results } })
  const { code, out } = await ostiary('servers', 'test', 'github', '--wait', '3')
  expect([code, sent[0]?.path, sent[0]?.body]).toEqual([1, '/servers/github/test', { waitMs: 3000 }])
  expect(out).toMatch(/gwy_1 +ready +1 +-\ngwy_2 +unreachable +- +connect ECONNREFUSED/)
})

test('servers import sends the document with values from the environment and a file, and names what is missing', async () => {
  const document = { mcpServers: { a: { url: 'https://x.test/' } } }
  const results = [
    { name: 'a', ok: true, server: { id: 'srv_1', slug: 'a', type: 'http', target: 'https://x.test/' } },
    { name: 'b', ok: false, code: 'invalid', detail: 'b: no value for KEY.', missing: [{ name: 'KEY', secret: true }] },
  ]
  const { ostiary, sent } = cliRig(
    { 'POST /servers/import': { results } },
    {
      env: { OSTIARY_URL: 'http://control.test', OSTIARY_TOKEN: token, TENANT: 'eu', MINE: canary },
      readFile: fileOf({ 'mcp.json': JSON.stringify(document), 'values.json': '{"region":"us"}' }),
    },
  )
  const values = ['--variables-file', 'values.json', '--set-env', 'TENANT', 'key=MINE']
  const { code, out, err } = await ostiary(
    'servers',
    'import',
    'mcp.json',
    '--dry-run',
    '--catalogs',
    'none',
    ...values,
  )
  const variables = { region: 'us', TENANT: 'eu', key: canary }
  expect(sent[0]?.body).toEqual({ document, dryRun: true, catalogs: [], variables })
  expect(code).toBe(1)
  expect(out).toMatch(/a +a +https:\/\/x.test\/\nb +- +missing KEY \(secret\)/)
  expect(err).toContain('1 of 2 servers could be made.')
  expect(out + err).not.toContain(canary)
})

test('policies set takes the networks that servers may be in, or none', async () => {
  const policies = { id: 'org_1', privateNetworks: ['10.0.0.0/8', 'fd00::/8'] }
  const { ostiary, changes } = cliRig({ 'PATCH /policies': { policies, refs: {}, effect } })
  const { out } = await ostiary('policies', 'set', '--private-networks', '10.0.0.0/8,fd00::/8', '--yes')
  await ostiary('policies', 'set', '--private-networks', 'none', '--yes')
  expect(changes().map(({ body }) => body)).toEqual([
    { privateNetworks: ['10.0.0.0/8', 'fd00::/8'] },
    { privateNetworks: null },
  ])
  expect(out).toMatch(/^private networks +\["10\.0\.0\.0\/8","fd00::\/8"\]$/m)
  for (const wrong of ['10.0.0.0', '10.0.0.0/33', 'example.com/8', '']) {
    const { code, err } = await ostiary('policies', 'set', '--private-networks', wrong)
    expect([code, err]).toEqual([2, expect.stringContaining('--private-networks must be networks like')])
  }
  expect(changes()).toHaveLength(2)
})
