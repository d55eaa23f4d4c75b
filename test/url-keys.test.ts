import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as HttpV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Canary, canaryOf, found, foundInFolder, foundInPostgres } from './canary.ts'
import { everythingOverStdio, startEverything } from './everything.ts'
import { ask, type Json, type Product, startProduct } from './product.ts'
import { eventually } from './programs.ts'
import { freshDatabase, stores } from './store-kinds.ts'

/** Clients that take a URL and nothing else: no header of theirs names a key. */
type Caller = { readonly ask: (name: string) => Promise<unknown>; readonly close: () => Promise<void> }
const self = { name: 'url-only', version: '1.0.0' }
const asks = (client: ClientV1 | ClientV2): Caller => ({
  ask: async (name) => {
    if (name === 'tools') return (await client.listTools()).tools
    if (name === 'prompts') return (await client.listPrompts()).prompts
    const [tool = '', text = ''] = name.split(' ')
    return (await client.callTool({ name: tool, arguments: { message: text } })).content
  },
  close: () => client.close(),
})
async function connectV1(url: string, headers: Record<string, string> = {}): Promise<Caller> {
  const client = new ClientV1(self)
  const transport = new HttpV1(new URL(url), { requestInit: { headers } })
  // The SDK's own transport does not satisfy its own interface under exactOptionalPropertyTypes.
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return asks(client)
}
async function connectV2(url: string, headers: Record<string, string> = {}): Promise<Caller> {
  const client = new ClientV2(self, { versionNegotiation: { mode: 'auto' } })
  await client.connect(new HttpV2(new URL(url), { requestInit: { headers } }))
  return asks(client)
}

describe.each(stores)('URL keys on %s', (store) => {
  let product: Product
  let databaseUrl: string | null
  const canaries: Canary[] = []
  const cleanUp: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const everything = await startEverything()
    cleanUp.push(everything.stop)
    databaseUrl = store === 'postgres' ? await freshDatabase() : null
    product = await startProduct({
      store,
      env: { OSTIARY_LOG_LEVEL: 'debug', OSTIARY_TRUSTED_PROXIES: '127.0.0.1' },
      ...(databaseUrl ? { databaseUrl } : {}),
    })
    cleanUp.push(() => product.stop())
    await product.addServer({ slug: 'everything', transport: { type: 'http', url: everything.url } })
    await product.addServer({ slug: 'child', transport: everythingOverStdio })
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  const made = async (body: Json): Promise<{ id: string; secret: string; url?: string }> => {
    const answer = await product.rest('POST', '/keys', { name: 'for a client', ...body })
    if (answer.status !== 201) throw new Error(answer.text)
    canaries.push(canaryOf(answer.body.key.id, answer.body.secret))
    return { ...answer.body, id: answer.body.key.id }
  }
  const only = (...servers: string[]) => ({ mcp: { servers: { mode: 'only', items: servers } } })

  test('C13 a client that takes only a URL is connected with the one of the answer', { timeout: 60_000 }, async () => {
    const { url = '', secret } = await made({ kind: 'url', ...only('everything') })
    expect(url).toBe(`${product.gatewayUrl}/mcp/${secret}`)
    for (const connect of [connectV1, connectV2]) {
      // Without a server's name it is the address of all that the key reaches.
      for (const [address, tool] of [
        [url, 'everything__echo'],
        [`${url}/everything`, 'echo'],
      ] as const) {
        const client = await connect(address)
        expect(await client.ask(`${tool} hello`)).toEqual([{ type: 'text', text: 'Echo: hello' }])
        await client.close()
      }
    }
    await expect(connectV1(`${url}/child`)).rejects.toThrow()
  })

  test('C12 M11 it gets what one with the same rights and a header gets, call by call', {
    timeout: 60_000,
  }, async () => {
    const rights = {
      mcp: { servers: { mode: 'all' }, tools: { everything: { mode: 'only', items: ['echo', 'get-sum'] } } },
    }
    const byUrl = await made({ kind: 'url', ...rights })
    const byHeader = await made(rights)
    const authorization = { authorization: `Bearer ${byHeader.secret}` }
    for (const connect of [connectV1, connectV2]) {
      for (const server of ['everything', 'child']) {
        const [one, other] = await Promise.all([
          connect(`${byUrl.url}/${server}`),
          connect(`${product.gatewayUrl}/mcp-connect/${server}`, authorization),
        ])
        for (const what of ['tools', 'prompts', 'echo hi', 'get-env x', 'no-such-tool x']) {
          const said = async (client: Caller) => client.ask(what).catch((error: Error) => error.message)
          expect(withoutIds(await said(one)), `${server}: ${what}`).toEqual(withoutIds(await said(other)))
        }
        await Promise.all([one.close(), other.close()])
      }
    }
  })

  test('M11 used from a second network it is refused, suspended and told of', { timeout: 60_000 }, async () => {
    const { id, secret } = await made({ kind: 'url', pinNetwork: true, ...only('everything') })
    const from = (address: string) =>
      ask(`${product.gatewayUrl}/mcp/${secret}`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          'x-forwarded-for': address,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' }),
      })
    const key = async () => (await product.rest('GET', `/keys/${id}`)).body.key
    const codeOf = ({ status, body }: { status: number; body: Json }) => [status, body?.error?.data?.code]
    expect((await from('198.51.100.7')).status).not.toBe(403)
    await eventually(async () => (await key()).pinnedNetwork === '198.51.100.0/24', 'control has pinned the key')
    expect((await from('198.51.100.250')).status).not.toBe(403)
    expect((await key()).status).toBe('active')
    expect(codeOf(await from('203.0.113.7'))).toEqual([403, 'address_not_allowed'])
    await eventually(async () => (await key()).status === 'inactive', 'control has suspended the key')
    await eventually(async () => codeOf(await from('198.51.100.7'))[1] === 'key_inactive', 'the gateway knows')
    const { items } = (await product.rest('GET', `/audit-events?subject=${id}`)).body
    expect(items.map(({ action }: Json) => action)).toEqual(
      expect.arrayContaining(['key.network-pinned', 'key.network-changed']),
    )
  })

  test('R10 M11 G1 the key of a URL is found in no log, file or table', { timeout: 60_000 }, async () => {
    const { secret, url = '' } = await made({ kind: 'url', ...only('everything') })
    const message = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' })
    const odd: [string, RequestInit][] = [
      [url, { method: 'POST', body: message, headers: { 'content-type': 'application/json', referer: url } }],
      [`${url}/`, {}],
      [`${url}/nowhere`, { method: 'POST', body: message }],
      [`${url}?key=${secret}`, { method: 'POST', body: message }],
      [url.replace('/mcp/', '/mcp//'), {}],
      [url.replace('/mcp/', '/mcp-connect/'), {}],
      [url.replace('/mcp/', '/v1/'), {}],
      [url, { method: 'PUT', body: message }],
      [url, { headers: { origin: 'https://evil.example' } }],
      [`${product.controlUrl}/mcp/${secret}`, {}],
      [
        `${product.controlUrl}/api/v1/keys/${secret}`,
        { headers: { authorization: `Bearer ${product.bootstrapToken}` } },
      ],
      [`${product.controlUrl}/api/v1/me`, { headers: { authorization: `Bearer ${secret}` } }],
    ]
    for (const [address, init] of odd) {
      const answer = await fetch(address, init)
      expect(found(canaries, `${JSON.stringify([...answer.headers])}${await answer.text()}`), address).toEqual([])
    }
    expect(found(canaries, product.logs())).toEqual([])
    expect(await foundInFolder(canaries, product.dataDir)).toEqual([])
    if (databaseUrl) expect(await foundInPostgres(canaries, databaseUrl)).toEqual([])
    await product.serve.stop()
    expect(found(canaries, product.logs())).toEqual([])
    expect(await foundInFolder(canaries, product.dataDir)).toEqual([])
  })
})

/** Ids of requests and revisions of keys differ from call to call and from key to key. */
const withoutIds = (said: unknown): unknown =>
  JSON.parse(
    JSON.stringify(said)
      .replaceAll(/req_\w+/g, 'req')
      .replaceAll(/\\?"revision\\?":\d+/g, ''),
  )
