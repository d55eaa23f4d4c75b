import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { everythingOverStdio, startEverything } from '../everything.ts'
import { type Product, startProduct } from '../product.ts'
import { eventually, freePorts, root, startNode } from '../programs.ts'

/** The reference server over each transport that a server may have: through the gateway it says what it says directly. */
const transports = ['http', 'sse', 'stdio'] as const
let product: Product
let key = ''
let direct = ''
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const everything = await startEverything()
  cleanUp.push(everything.stop)
  direct = everything.url
  const [port = 0] = await freePorts(1)
  const program = `${root}node_modules/@modelcontextprotocol/server-everything/dist/index.js`
  const overSse = startNode([program, 'sse'], { PORT: String(port) })
  cleanUp.push(() => overSse.stop(2000))
  await overSse.says(/running|listening/i)
  product = await startProduct({ store: 'sqlite' })
  cleanUp.push(() => product.stop())
  await product.addServer({ slug: 'http', transport: { type: 'http', url: direct } })
  await product.addServer({ slug: 'sse', transport: { type: 'sse', url: `http://127.0.0.1:${port}/sse` } })
  await product.addServer({ slug: 'stdio', transport: everythingOverStdio })
  key = (await product.createKey('smoke', ...transports)).secret
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

async function connect(url: string): Promise<Client> {
  const client = new Client({ name: 'smoke', version: '1.0.0' })
  const transport = new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers: { authorization: `Bearer ${key}` } },
  })
  await client.connect(transport as Parameters<typeof client.connect>[0])
  return client
}

/** What it says twice in the same words: no times of day, no random numbers. */
async function spoken(client: Client): Promise<Record<string, unknown>> {
  const call = (name: string, given: object) => client.callTool({ name, arguments: { ...given } })
  const { resources } = await client.listResources()
  const first = resources[0]?.uri ?? ''
  return {
    server: client.getServerVersion(),
    instructions: client.getInstructions(),
    tools: (await client.listTools()).tools,
    prompts: (await client.listPrompts()).prompts,
    resources,
    templates: (await client.listResourceTemplates()).resourceTemplates,
    echo: await call('echo', { message: 'Grüße, 世界 \u2028' }),
    sum: await call('get-sum', { a: 2, b: 40 }),
    image: await call('get-tiny-image', {}),
    annotated: await call('get-annotated-message', { messageType: 'error', includeImage: true }),
    structured: await call('get-structured-content', { location: 'New York' }),
    links: await call('get-resource-links', { count: 2 }),
    wrong: await call('get-sum', { a: 'two' }),
    read:
      first === ''
        ? null
        : (await client.readResource({ uri: first })).contents.map(({ uri, mimeType }) => [uri, mimeType]),
    prompt: await client.getPrompt({ name: 'simple-prompt' }),
    unknown: await client.getPrompt({ name: 'no-such-prompt' }).catch((error: { code: number }) => error.code),
  }
}

test.each(transports)('B20 server-everything over %s says through the gateway what it says directly', async (slug) => {
  await eventually(
    async () => (await product.rest('GET', `/servers/${slug}`)).body.server.state === 'ready',
    `${slug} is ready`,
  )
  const [own, through] = [await connect(direct), await connect(`${product.gatewayUrl}/mcp-connect/${slug}`)]
  expect(await spoken(through)).toEqual(await spoken(own))
  await Promise.all([own.close(), through.close()])
})
