import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEverything } from './everything.ts'
import { type GatewayApart, startGatewayApart } from './gateway-apart.ts'
import { all, type Peopled, startPeopled } from './peopled.ts'
import type { Json } from './product.ts'

/** The whole product: `serve`, and a gateway that runs apart on the same machine. */

let of: Peopled
let apart: GatewayApart
let everything: Awaited<ReturnType<typeof startEverything>>
const cleanUp: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  everything = await startEverything()
  cleanUp.push(async () => everything.stop())
  of = await startPeopled('sqlite')
  cleanUp.push(of.stop)
  apart = await startGatewayApart(of, 'apart')
  cleanUp.push(apart.stop)
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

const tested = async (slug: string): Promise<Record<string, Json>> => {
  const answer = await of.product.rest('POST', `/servers/${slug}/test`, { waitMs: 10_000 })
  expect([answer.status, answer.text]).toEqual([200, answer.text])
  return Object.fromEntries(
    answer.body.results.map((one: Json) => [one.gateway === apart.id ? 'apart' : 'embedded', one]),
  )
}

test('a configuration of a client becomes servers, and each gateway says how it sees them', async () => {
  const document = { mcpServers: { 'The Everything Server': { type: 'http', url: everything.url } } }
  const imported = await of.product.rest('POST', '/servers/import', { document })
  expect(imported.body.results).toMatchObject([{ ok: true, server: { slug: 'the-everything-server', type: 'http' } }])
  const seen = await tested('the-everything-server')
  expect(seen).toMatchObject({ apart: { state: 'ready' }, embedded: { state: 'ready' } })
  expect(seen['apart']?.tools.map(({ name }: Json) => name)).toContain('echo')
})

test('taken off the list, this machine is closed to the gateway apart and open to the one of `serve`, and the reason is told to who runs it', async () => {
  const { server } = await of.make('/servers', { slug: 'here', transport: { type: 'http', url: everything.url } })
  const { secret } = await of.key({ mcp: { servers: all } })
  const before = await tested(server.slug)
  expect([before['apart']?.state, before['embedded']?.state]).toEqual(['ready', 'ready'])
  await of.change('PATCH', '/policies', { privateNetworks: null })
  const after = await tested(server.slug)
  expect([after['apart']?.state, after['embedded']?.state]).toEqual(['unreachable', 'ready'])
  expect(after['apart']?.lastError).toContain('127.0.0.1 is this machine itself: add its network')
  const called = await fetch(`${apart.url}/mcp-connect/here`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      authorization: `Bearer ${secret}`,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
  })
  const text = await called.text()
  expect([called.status, text]).toEqual([502, expect.stringContaining('upstream_unreachable')])
  expect(text).not.toContain('127.0.0.1')
})

test('control refuses an address that no gateway would call, with the way out, and takes it once it is listed', async () => {
  const inside = { slug: 'inside', transport: { type: 'sse', url: 'http://10.200.1.2/sse' } }
  const refused = await of.product.rest('POST', '/servers', inside)
  expect([refused.status, refused.body.errors[0].pointer]).toEqual([422, '/transport/url'])
  expect(refused.body.detail).toContain('ostiary policies set --private-networks')
  const provider = { slug: 'inside', dialect: 'openai', baseUrl: 'http://[fd12::1]/v1' }
  expect((await of.product.rest('POST', '/providers', provider)).body.errors[0].pointer).toBe('/baseUrl')
  await of.change('PATCH', '/policies', { privateNetworks: ['10.200.0.0/16', 'fd12::/16', '169.254.0.0/16'] })
  expect((await of.product.rest('POST', '/servers', inside)).status).toBe(201)
  expect((await of.product.rest('POST', '/providers', provider)).status).toBe(201)
  // It may stay and be renamed when the network is taken off; it may not move to another such place.
  await of.change('PATCH', '/policies', { privateNetworks: null })
  expect((await of.product.rest('PATCH', '/servers/inside', { name: 'Inside' })).status).toBe(200)
  const moved = { transport: { type: 'http', url: 'http://10.200.1.3/' } }
  expect((await of.product.rest('PATCH', '/servers/inside', moved)).status).toBe(422)
  for (const url of ['http://169.254.169.254/', 'http://[::ffff:169.254.169.254]/', 'http://0/']) {
    const never = await of.product.rest('POST', '/servers', { slug: 'never', transport: { type: 'http', url } })
    expect([url, never.status]).toEqual([url, 422])
  }
})

test('what is looked at is the saved server: a test takes neither an address nor a command', async () => {
  for (const more of [
    { url: 'http://127.0.0.1:9/' },
    { command: 'id' },
    { transport: { type: 'stdio', command: 'id' } },
  ])
    expect((await of.product.rest('POST', '/servers/inside/test', more)).status).toBe(422)
  expect((await of.product.rest('POST', '/servers/nowhere/test', {})).status).toBe(404)
})
