import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everythingOverStdio, filesystemOverStdio, startEverything } from './everything.ts'
import { connectV1, connectV2, type Era, inspect, type McpClient } from './mcp-clients.ts'
import { type Product, startProduct } from './product.ts'
import { eventually, startNode } from './programs.ts'

let product: Product
let folder: string
let secret: string
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ostiary-files-'))
  cleanUp.push(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'hello.txt'), 'read through the gateway')
  const everything = await startEverything()
  cleanUp.push(everything.stop)
  const fixture = startNode(['test/fixtures/mcp-fixture.ts'])
  cleanUp.push(() => fixture.stop())
  const [fixtureUrl] = await fixture.says(/http:\S+/)
  product = await startProduct({ store: 'sqlite' })
  cleanUp.push(() => product.stop())
  await product.addServer({ slug: 'everything', transport: { type: 'http', url: everything.url } })
  await product.addServer({ slug: 'everything-stdio', transport: everythingOverStdio })
  await product.addServer({ slug: 'files', transport: filesystemOverStdio(folder) })
  await product.addServer({ slug: 'fixture', transport: { type: 'http', url: fixtureUrl } })
  secret = (await product.createKey('clients')).secret
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

const urlOf = (slug: string) => `${product.gatewayUrl}/mcp-connect/${slug}`

type Way = { readonly client: string; readonly connect: (slug: string) => Promise<McpClient> }
const v2 = (era: Era): Way => ({ client: `v2 (${era})`, connect: (slug) => connectV2(urlOf(slug), secret, era) })
const ways: Way[] = [{ client: 'v1', connect: (slug) => connectV1(urlOf(slug), secret) }, v2('legacy'), v2('auto')]

describe.each(ways)('the official client $client', ({ connect }) => {
  test.each(['everything', 'everything-stdio'])('A04 B20 calls a tool of %s through the gateway', async (slug) => {
    const client = await connect(slug)
    try {
      expect(await client.tools()).toContain('echo')
      expect(await client.callText('echo', { message: 'hello' })).toBe('Echo: hello')
    } finally {
      await client.close()
    }
  })

  test('A04 B20 reads a file through server-filesystem over stdio', async () => {
    const client = await connect('files')
    try {
      const text = await client.callText('read_text_file', { path: join(folder, 'hello.txt') })
      expect(text).toBe('read through the gateway')
    } finally {
      await client.close()
    }
  })
})

test('B20 a client pinned to 2026-07-28 calls a server of that era through the gateway', async () => {
  const client = await connectV2(urlOf('fixture'), secret, 'pinned')
  expect(await client.callText('test_echo', { message: 'modern' })).toBe('modern')
  await client.close()
})

test('B20 a client pinned to 2026-07-28 is told that an older server does not speak it, as without the gateway', async () => {
  await expect(connectV2(urlOf('everything'), secret, 'pinned')).rejects.toThrow(/2026-07-28/)
})

test('B20 two clients of one stdio server have sessions of their own', async () => {
  const [one, two] = await Promise.all([
    connectV1(urlOf('everything-stdio'), secret),
    connectV2(urlOf('everything-stdio'), secret, 'legacy'),
  ])
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, n) => (n % 2 ? one : two).callText('echo', { message: String(n) })),
  )
  expect(answers).toEqual(Array.from({ length: 10 }, (_, n) => `Echo: ${n}`))
  await Promise.all([one.close(), two.close()])
})

describe('the Inspector on the command line', () => {
  test('A04 B20 lists the tools of a server behind the gateway', async () => {
    const run = await inspect(urlOf('everything'), secret, '--method', 'tools/list')
    expect(run).toMatchObject({ code: 0 })
    expect(JSON.parse(run.stdout).result.tools.map((tool: { name: string }) => tool.name)).toContain('echo')
  })

  test('A04 B20 calls a tool of a server behind the gateway', async () => {
    const call = ['--method', 'tools/call', '--tool-name', 'echo', '--tool-arg', 'message=hi']
    const run = await inspect(urlOf('everything-stdio'), secret, ...call)
    expect(run).toMatchObject({ code: 0 })
    expect(JSON.parse(run.stdout).result.content).toEqual([{ type: 'text', text: 'Echo: hi' }])
  })

  test('A04 says that it is not signed in when the key is wrong, and starts no sign-in of its own', async () => {
    const wrong = `${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`
    const run = await inspect(urlOf('everything'), wrong, '--method', 'tools/list', '--stored-auth-only')
    expect(run.code).toBe(3)
    expect(run.stdout + run.stderr).not.toContain(wrong)
  })
})

test('registered servers report their health and their tools', async () => {
  const server = await eventually(async () => {
    const { body } = await product.rest('GET', '/servers/files')
    return body.server.state === 'ready' && body.server
  }, 'the gateway has looked at the server')
  expect(server.tools.map((tool: { name: string }) => tool.name)).toContain('read_text_file')
})
