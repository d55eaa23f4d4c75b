import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everythingOverStdio, startEverything } from './everything.ts'
import { connectV1, connectV2, type Era, type Fetch, type McpClient } from './mcp-clients.ts'
import { type Product, startProduct } from './product.ts'
import { eventually, startNode } from './programs.ts'

/** Which tools a key sees and may call, as the official clients and real servers see it. */

let product: Product
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const everything = await startEverything()
  cleanUp.push(everything.stop)
  const fixture = startNode(['test/fixtures/mcp-fixture.ts'])
  cleanUp.push(() => fixture.stop())
  const [fixtureUrl] = await fixture.says(/http:\S+/)
  product = await startProduct({ store: 'sqlite' })
  cleanUp.push(() => product.stop())
  await product.addServer({ slug: 'everything', transport: { type: 'http', url: everything.url } })
  await product.addServer({ slug: 'everything-stdio', transport: everythingOverStdio })
  await product.addServer({ slug: 'fixture', transport: { type: 'http', url: fixtureUrl } })
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

const urlOf = (slug: string) => `${product.gatewayUrl}/mcp-connect/${slug}`
const only = (...items: string[]) => ({ mode: 'only', items })
const refusal = { code: -32602, data: { code: 'tool_not_allowed' } }

async function keyWith(mcp: object): Promise<{ id: string; secret: string }> {
  const { status, text, body } = await product.rest('POST', '/keys', { name: 'tools', mcp })
  if (status !== 201) throw new Error(text)
  return { id: body.key.id, secret: body.secret }
}
async function appWith(name: string, tools: object): Promise<string> {
  const { status, text, body } = await product.rest('POST', '/apps', { name, tools })
  if (status !== 201) throw new Error(text)
  return body.secret
}

type Connect = (slug: string, secret: string, send?: Fetch) => Promise<McpClient>
const v2 =
  (era: Era): Connect =>
  (slug, secret, send) =>
    connectV2(urlOf(slug), secret, era, send)
const ways: { client: string; connect: Connect }[] = [
  { client: 'v1', connect: (slug, secret, send) => connectV1(urlOf(slug), secret, send) },
  { client: 'v2 (legacy)', connect: v2('legacy') },
  { client: 'v2 (auto)', connect: v2('auto') },
]
const sum = { a: 2, b: 3 }

describe.each(ways)('the official client $client', ({ connect }) => {
  test.each(['everything', 'everything-stdio'])('D40 sees and calls ticked tools of %s only', async (slug) => {
    const { secret } = await keyWith({ servers: { mode: 'all' }, tools: { [slug]: only('echo', 'no-such-tool') } })
    const client = await connect(slug, secret)
    try {
      expect(await client.tools()).toEqual(['echo'])
      expect(await client.callText('echo', { message: 'hello' })).toBe('Echo: hello')
      await expect(client.callText('get-sum', sum)).rejects.toMatchObject(refusal)
      // Whether it exists is not to be told apart.
      await expect(client.callText('unheard-of', {})).rejects.toMatchObject(refusal)
    } finally {
      await client.close()
    }
  })

  test('D40 an unticked tool is missing and refused, all others are there', async () => {
    const tools = { everything: { mode: 'except', items: ['get-sum'] } }
    const { secret } = await keyWith({ servers: { mode: 'all' }, tools })
    const [restricted, free] = [
      await connect('everything', secret),
      await connect('everything', (await keyWith({ servers: { mode: 'all' } })).secret),
    ]
    const all = await free.tools()
    expect(all).toContain('get-sum')
    expect(await restricted.tools()).toEqual(all.filter((name) => name !== 'get-sum'))
    await expect(restricted.callText('get-sum', sum)).rejects.toMatchObject(refusal)
    expect(await free.callText('get-sum', sum)).toContain('5')
    await Promise.all([restricted.close(), free.close()])
  })

  test('D40 understands the refusal although it takes events only', async () => {
    const { secret } = await keyWith({ servers: { mode: 'all' }, toolsDefault: { mode: 'none' } })
    let isStreamOnly = false
    const client = await connect('everything', secret, (url, init) => {
      const headers = new Headers(init?.headers)
      if (isStreamOnly) headers.set('accept', 'text/event-stream')
      return fetch(url, { ...init, headers })
    })
    expect(await client.tools()).toEqual([])
    isStreamOnly = true
    await expect(client.callText('echo', { message: 'x' })).rejects.toMatchObject(refusal)
    isStreamOnly = false
    await client.close()
  })
})

test.each(['pinned', 'auto', 'legacy'] as const)(
  'D40 a client of a server of both eras (%s) sees and calls ticked tools only',
  async (era) => {
    const { secret } = await keyWith({ servers: { mode: 'all' }, tools: { fixture: only('test_echo') } })
    const client = await connectV2(urlOf('fixture'), secret, era)
    expect(await client.tools()).toEqual(['test_echo'])
    expect(await client.callText('test_echo', { message: 'modern' })).toBe('modern')
    await expect(client.callText('test_simple_text', {})).rejects.toMatchObject(refusal)
    await client.close()
  },
)

describe.each(ways)('two apps with the client $client', ({ client: name, connect }) => {
  test('C02 C22 see different tools at one address, and each is refused those of the other', async () => {
    const [echo, add] = await Promise.all([
      appWith(`echo by ${name}`, { everything: only('echo') }),
      appWith(`sum by ${name}`, { everything: only('get-sum') }),
    ])
    const [one, two] = [await connect('everything', echo), await connect('everything', add)]
    expect([await one.tools(), await two.tools()]).toEqual([['echo'], ['get-sum']])
    expect(await one.callText('echo', { message: 'mine' })).toBe('Echo: mine')
    expect(await two.callText('get-sum', sum)).toContain('5')
    await expect(one.callText('get-sum', sum)).rejects.toMatchObject(refusal)
    await expect(two.callText('echo', { message: 'not mine' })).rejects.toMatchObject(refusal)
    await Promise.all([one.close(), two.close()])
  })
})

test('C22 a server that an app has no tools of is closed to its key', async () => {
  const secret = await appWith('one server', { everything: { mode: 'all' } })
  const told = await product.call('everything-stdio', secret, { jsonrpc: '2.0', id: 1, method: 'tools/list' })
  expect([told.status, told.body.error.data.code]).toEqual([403, 'server_not_allowed'])
})

test('D40 a tool that is unticked while a session is open is gone from the next list and call of that session', async () => {
  const { id, secret } = await keyWith({ servers: { mode: 'all' } })
  const client = await connectV1(urlOf('everything-stdio'), secret)
  expect(await client.tools()).toContain('get-sum')
  const { status } = await product.rest('PATCH', `/keys/${id}`, {
    mcp: { servers: { mode: 'all' }, tools: { 'everything-stdio': only('echo') } },
  })
  expect(status).toBe(200)
  await eventually(async () => (await client.tools()).join() === 'echo', 'the list shows what is ticked now')
  await expect(client.callText('get-sum', sum)).rejects.toMatchObject(refusal)
  expect(await client.callText('echo', { message: 'still here' })).toBe('Echo: still here')
  await client.close()
})
