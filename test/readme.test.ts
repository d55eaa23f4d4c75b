import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startMockProvider } from './llm/mock-provider.ts'
import { blocksOf, pasted } from './pasted.ts'
import { descendantsOf, isAlive } from './processes.ts'
import { ask } from './product.ts'
import { freePorts, type Program, root, startNode } from './programs.ts'

/** Below the repository, because `npx` finds the packages of this project only from inside of it. */
const parent = path.join(root, 'data')
const isParentOurs = !existsSync(parent)

let dataDir: string
let ports: readonly [gateway: number, control: number]
let serve: Program
/** Of the first owner, once the README has made it. */
let token = ''

beforeAll(async () => {
  await mkdir(parent, { recursive: true })
  dataDir = await mkdtemp(path.join(parent, 'readme-'))
  const [gateway = 0, control = 0] = await freePorts(2)
  ports = [gateway, control]
  // What `npm start` ends in, on other ports: installing is for a fresh clone, where every test begins with it.
  serve = startNode(['src/main.ts', 'serve', '--data-dir', dataDir], {
    OSTIARY_GATEWAY_PORT: String(gateway),
    OSTIARY_CONTROL_PORT: String(control),
  })
})
afterAll(async () => {
  const family = await descendantsOf(serve.pid)
  await serve.stop(15_000)
  for (const pid of family) if (isAlive(pid)) process.kill(pid, 'SIGKILL')
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  if (isParentOurs) await rmdir(parent).catch(() => {})
})

test('the commands of the README, copied and pasted, end in a tool result and in a revoked key', async () => {
  const [start, ...rest] = await blocksOf('README.md')
  expect(start?.trim()).toBe('npm start')
  expect(rest.length).toBeGreaterThan(1)
  const [link] = await serve.says(/http:\S+\/setup#\S+/)
  const [gateway, control] = ports
  const commands = rest
    .join('\n')
    .replaceAll('LINK', link)
    .replaceAll('127.0.0.1:8420', `127.0.0.1:${gateway}`)
    .replaceAll('127.0.0.1:8421', `127.0.0.1:${control}`)
  // What is secret goes past the output of the commands, on a channel that nobody prints.
  const { code, output, aside } = await pasted(`${commands}\nprintf '%s %s' "$KEY" "$OSTIARY_TOKEN" >&3\n`, {
    OSTIARY_URL: `http://127.0.0.1:${control}`,
  })
  const [key = '', held = ''] = aside.split(' ')
  token = held
  expect(code, output).toBe(0)
  expect(output).toContain('Echo: hello')
  expect(output).toMatch(/My first key.*is revoked/)
  const later = await ask(`http://127.0.0.1:${gateway}/mcp-connect/everything`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
  })
  expect([later.status, later.body?.error?.data?.code]).toEqual([401, 'key_revoked'])
}, 60_000)

test('the commands of docs/access.md, pasted after them, show what a key may do and why not', async () => {
  expect(token).not.toBe('')
  const [gateway, control] = ports
  const commands = (await blocksOf('docs/access.md')).join('\n').replaceAll('127.0.0.1:8420', `127.0.0.1:${gateway}`)
  const { code, output } = await pasted(commands, {
    OSTIARY_URL: `http://127.0.0.1:${control}`,
    OSTIARY_TOKEN: token,
  })
  expect(code, output).toBe(0)
  for (const said of ['2 tiers', 'its owner is not in finance', 'not one of its tools', 'not in its projects'])
    expect(output).toContain(said)
  expect(output).toMatch(/allowed\s+yes/)
  expect(output).toContain('Echo: acme')
}, 120_000)

test('the commands of docs/keys.md, pasted after them, lead a key from its first day to its last', async () => {
  expect(token).not.toBe('')
  const [gateway, control] = ports
  const commands = (await blocksOf('docs/keys.md')).join('\n').replaceAll('127.0.0.1:8420', `127.0.0.1:${gateway}`)
  const { code, output } = await pasted(commands, {
    OSTIARY_URL: `http://127.0.0.1:${control}`,
    OSTIARY_TOKEN: token,
  })
  expect(code, output).toBe(0)
  for (const said of [
    'is inactive',
    'draining',
    'Echo: child',
    '"access_token":"oste_',
    'Echo: address',
    'Nothing was changed',
  ])
    expect(output).toContain(said)
}, 120_000)

test('the commands of docs/leaks.md, pasted after them, find a key, keep it out of a commit and have it stopped', async () => {
  expect(token).not.toBe('')
  const [gateway, control] = ports
  const commands = (await blocksOf('docs/leaks.md'))
    .join('\n')
    .replaceAll('127.0.0.1:8420', `127.0.0.1:${gateway}`)
    .replaceAll('127.0.0.1:8421', `127.0.0.1:${control}`)
  const { code, output } = await pasted(commands, {
    OSTIARY_URL: `http://127.0.0.1:${control}`,
    OSTIARY_TOKEN: token,
  })
  expect(code, output).toBe(0)
  for (const said of ['found, as it should be', 'the hook has found it', 'key.exposed', 'inactive', 'key.honey-used'])
    expect(output).toContain(said)
  expect(output).toMatch(/^\.env:1:5 {2}ostk_\w{16} {2}a key$/m)
  expect(output.match(/^401$/gm)).toHaveLength(2)
}, 120_000)

test('the commands of docs/webhooks.md, pasted after them, bring signed events to a receiver', async () => {
  expect(token).not.toBe('')
  const commands = (await blocksOf('docs/webhooks.md')).join('\n')
  const { code, output } = await pasted(commands, { OSTIARY_URL: `http://127.0.0.1:${ports[1]}`, OSTIARY_TOKEN: token })
  expect(code, output).toBe(0)
  for (const said of [/^delivered$/m, /^webhook\.test/m, /^key\.created for the receiver$/m, /key\.created.*delivered/])
    expect(output).toMatch(said)
}, 120_000)

test('the commands of docs/incidents.md, pasted after them, show a key and cut it', async () => {
  expect(token).not.toBe('')
  const commands = (await blocksOf('docs/incidents.md')).join('\n')
  const { code, output } = await pasted(commands, { OSTIARY_URL: `http://127.0.0.1:${ports[1]}`, OSTIARY_TOKEN: token })
  expect(code, output).toBe(0)
  for (const said of ['would be revoked', 'Nothing was changed', 'is revoked', '/claim#'])
    expect(output).toContain(said)
}, 120_000)

test('the commands of docs/servers.md, pasted after them, register servers, look at them and import others', async () => {
  expect(token).not.toBe('')
  const commands = (await blocksOf('docs/servers.md')).join('\n')
  const { code, output } = await pasted(commands, { OSTIARY_URL: `http://127.0.0.1:${ports[1]}`, OSTIARY_TOKEN: token })
  expect(code, output).toBe(0)
  for (const said of ['read_graph', 'one of them wants ISSUES_TOKEN', '10.20.0.0/16', 'thinking'])
    expect(output).toContain(said)
}, 120_000)

test('the commands of the pages on limits, budgets, requests and notifications, pasted after them, do as they say', async () => {
  expect(token).not.toBe('')
  const pages = ['limits', 'budgets', 'requests', 'notifications']
  const blocks = await Promise.all(pages.map((page) => blocksOf(`docs/${page}.md`)))
  const { code, output } = await pasted(blocks.flat().join('\n'), {
    OSTIARY_URL: `http://127.0.0.1:${ports[1]}`,
    OSTIARY_TOKEN: token,
  })
  expect(code, output).toBe(0)
  for (const said of [/organization.*6000/, /key Research agent.*month.*25/, /mail: daily/, /marked as read/])
    expect(output).toMatch(said)
}, 120_000)

test('the first call of docs/llm.md, pasted with a provider of one’s own, is answered and paid', async () => {
  expect(token).not.toBe('')
  const provider = await startMockProvider()
  const [gateway, control] = ports
  const commands = (await blocksOf('docs/llm.md'))
    .join('\n')
    .replaceAll('127.0.0.1:8420', `127.0.0.1:${gateway}`)
    .replaceAll('https://models.example.com/v1', provider.openAiUrl)
    .replaceAll('small-model', 'mock-plain')
  const { code, output } = await pasted(commands, { OSTIARY_URL: `http://127.0.0.1:${control}`, OSTIARY_TOKEN: token })
  await provider.stop()
  expect(code, output).toBe(0)
  expect(output).toContain('chat.completion')
  expect(output).toMatch(/mock-plain\s+0\.15\s+0\.6/)
}, 120_000)

test('what a ready product prints is what the README says', async () => {
  await serve.says(/Ctrl-C stops it\./)
  const [gateway] = ports
  const printed = serve.output().replaceAll(`127.0.0.1:${gateway}`, '127.0.0.1:8420')
  const [, first = ''] = await blocksOf('README.md')
  const plain = (text: string) => text.replaceAll(/\\\n/g, '').replaceAll(/\s+/g, ' ')
  for (const command of plain(first.replaceAll(/^.*LINK.*\n/gm, '')).split(/ (?=npx @|npm run|export )/))
    expect(plain(printed)).toContain(command.trim())
})
