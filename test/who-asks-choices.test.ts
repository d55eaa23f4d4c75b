import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Choice } from '../src/keys/schema.ts'
import { httpServer, newKey, nextRevision, organization, scopeOf, type TestKey } from './fake-control.ts'
import { bearer, type GatewayUnderTest, startGateway, type Told } from './gateway-world.ts'
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts'

/** A list shows exactly the tools whose calls are admitted: over random choices of servers and tools, on both routes. */
const slugs = ['one', 'two', 'three'] as const
/** Names that have to be written in another way at the address of all servers are among them. */
const tools = ['read', 'write', 'with.dots', `long-${'x'.repeat(80)}`, 'größe'] as const
let upstream: RawUpstream
let world: GatewayUnderTest
let key: TestKey
let everything: TestKey

beforeAll(async () => {
  upstream = await startRawUpstream()
  upstream.answerAll(({ request, body, response }) => {
    const { id, method, params } = JSON.parse(String(body) || '{}')
    if (id === undefined) return void response.writeHead(202).end()
    const greeting = {
      protocolVersion: '2025-11-25',
      capabilities: { tools: {} },
      serverInfo: { name: 'x', version: '1' },
    }
    const result =
      method === 'initialize'
        ? greeting
        : method === 'tools/list'
          ? { tools: tools.map((name) => ({ name, inputSchema: { type: 'object' } })) }
          : { content: [{ type: 'text', text: `${request.url} ${params?.name}` }] }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  })
  key = await newKey()
  everything = await newKey()
  world = await startGateway(
    [
      organization(),
      ...slugs.map((slug) => httpServer(slug, new URL(`/${slug}`, upstream.url).href)),
      key.record,
      everything.record,
    ],
    [key.proof, everything.proof],
    { headersMs: 10_000 },
  )
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

const choiceOf = (items: readonly string[]): fc.Arbitrary<Choice> =>
  fc.oneof(
    fc.constant({ mode: 'all' } as const),
    fc.constant({ mode: 'none' } as const),
    fc.subarray([...items]).map((some) => ({ mode: 'only', items: some }) as const),
    fc.subarray([...items]).map((some) => ({ mode: 'except', items: some }) as const),
  )
const ids = slugs.map((slug) => httpServer(slug, 'http://127.0.0.1:1').id)
const rights = fc.record({
  servers: choiceOf(ids),
  toolsDefault: choiceOf(tools),
  tools: fc.dictionary(fc.constantFrom(...ids), choiceOf(tools), { maxKeys: 3 }),
})

/** JSON, or the one event that it came in. */
const said = ({ text }: Told) => JSON.parse(/^data: (\{.*)$/m.exec(text)?.[1] ?? text)
async function ask(path: string, { token }: TestKey, method: string, params: object = {}) {
  const message = { jsonrpc: '2.0', id: 2, method, params }
  const told = await world.ask(path, [...bearer(token), ...(await sessionAt(path, token))], message)
  if (told.status !== 404) return said(told)
  // A key that lost all that a session had lost the session as well.
  sessions.delete(path + token)
  return said(await world.ask(path, [...bearer(token), ...(await sessionAt(path, token))], message))
}
/** All servers at one address want a session in this era; one server takes what the server behind it takes. */
const sessions = new Map<string, string[]>()
async function sessionAt(path: string, token: string): Promise<string[]> {
  const known = sessions.get(path + token)
  if (known !== undefined) return known
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } }
  const opened = await world.ask(path, bearer(token), { jsonrpc: '2.0', id: 1, method: 'initialize', params })
  const id = opened.headers['mcp-session-id']
  const fresh = typeof id === 'string' ? ['mcp-session-id', id] : []
  if (opened.status === 200) sessions.set(path + token, fresh)
  return fresh
}
const listed = async (path: string, of: TestKey): Promise<string[]> =>
  ((await ask(path, of, 'tools/list')).result?.tools ?? []).map(({ name }: { name: string }) => name)
const admitted = async (path: string, name: string): Promise<boolean> =>
  (await ask(path, key, 'tools/call', { name, arguments: {} })).result !== undefined

test('R7 D40 on both routes a list shows exactly the tools whose calls are admitted, whatever was chosen', async () => {
  const names = await listed('/mcp', everything)
  expect(names).toHaveLength(slugs.length * tools.length)
  expect(new Set(names).size).toBe(names.length)
  await fc.assert(
    fc.asyncProperty(rights, async (mcp) => {
      const scope = scopeOf({ mcp })
      await world.control.put({ ...key.record, revision: nextRevision(), scope })
      const seen: string[] = []
      for (const slug of slugs) {
        const path = `/mcp-connect/${slug}`
        const shown = await listed(path, key)
        for (const name of tools)
          expect([slug, name, await admitted(path, name)]).toEqual([slug, name, shown.includes(name)])
        seen.push(...shown.map((name) => `${slug} ${name}`))
      }
      const together = await listed('/mcp', key)
      for (const name of names) expect([name, await admitted('/mcp', name)]).toEqual([name, together.includes(name)])
      expect(together).toHaveLength(seen.length)
    }),
    { numRuns: 15 },
  )
}, 60_000)
