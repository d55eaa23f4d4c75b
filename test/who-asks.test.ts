import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createWhoServer, whoIs } from './fixtures/mcp-who.ts'
import { startGatewayApart } from './gateway-apart.ts'
import { all, only, type Peopled, startPeopled } from './peopled.ts'
import { ask } from './product.ts'
import { eventually } from './programs.ts'

/**
 * Two members with a server each, which sees a credential of each, and one that both may use; gateways in processes of
 * their own. Whatever the route, the era and the gateway, nobody meets anything of the other.
 */
let of: Peopled
let who: Server
let gateways: readonly string[] = []
const people = ['ada', 'bob'] as const
type Name = (typeof people)[number]
const keys = new Map<Name, string>()
const clients: Client[] = []
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  who = createWhoServer()
  await new Promise<void>((done) => who.listen(0, '127.0.0.1', done))
  const url = `http://127.0.0.1:${(who.address() as AddressInfo).port}/mcp`
  // Two that share a port, so that what lives in a process is called by way of the other as well.
  of = await startPeopled('sqlite', process.platform === 'linux' ? { OSTIARY_GATEWAYS: '2' } : {})
  cleanUp.push(of.stop)
  for (const name of people) {
    const { id, token } = await of.person(name)
    const credential = { slot: 'header', name: 'Authorization', template: 'Bearer {value}', value: secretOf(name) }
    const server = await of.server(name, { transport: { type: 'http', url }, credential })
    await of.make('/catalogs', { slug: name, name, servers: [server.id], providers: [], audience: { members: [id] } })
    keys.set(name, (await of.key({ name, mcp: { servers: all } }, token)).secret)
  }
  const credential = { slot: 'header', name: 'Authorization', template: 'Bearer {value}', value: secretOf('both') }
  await of.server('both', { transport: { type: 'http', url }, credential, catalogs: ['everyone'] })
  const apart = await startGatewayApart(of, 'second')
  cleanUp.push(apart.stop)
  gateways = [of.product.gatewayUrl, apart.url]
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
  who.closeAllConnections()
  who.close()
})

const secretOf = (name: string) => `credential-of-${name}-0123456789`
const digestOf = (name: string) => whoIs(`Bearer ${secretOf(name)}`)
const otherThan = (name: Name): Name => (name === 'ada' ? 'bob' : 'ada')

type Route = 'single' | 'aggregated'
type Era = 'legacy' | 'modern'
type Here = {
  readonly client: Client
  readonly call: (tool: string, given?: Record<string, unknown>) => Promise<string>
  readonly tools: () => Promise<string[]>
  readonly resources: () => Promise<string[]>
  readonly uri: (own: string) => string
}

/** One member at one server, by one route. Lists are those of the whole address. */
async function connect(gateway: string, route: Route, era: Era, name: Name, server: string = name): Promise<Here> {
  const mode = era === 'legacy' ? era : { pin: '2026-07-28' }
  const client = new Client({ name, version: '1.0.0' }, { versionNegotiation: { mode } })
  clients.push(client)
  const path = route === 'single' ? `/mcp-connect/${server}` : '/mcp'
  const headers = { authorization: `Bearer ${keys.get(name)}` }
  await client.connect(new StreamableHTTPClientTransport(new URL(gateway + path), { requestInit: { headers } }))
  const fresh = { cacheMode: 'bypass' } as const
  return {
    client,
    call: async (tool, given = {}) => {
      const own = route === 'single' ? tool : `${server}__${tool}`
      const { content } = await client.callTool({ name: own, arguments: given })
      return content.map((part) => (part.type === 'text' ? part.text : '')).join('')
    },
    tools: async () => (await client.listTools(undefined, fresh)).tools.map((tool) => tool.name),
    resources: async () => (await client.listResources(undefined, fresh)).resources.map(({ uri }) => uri),
    uri: (own) => (route === 'single' ? own : `mcp.${server}+${own}`),
  }
}

const ways = (['single', 'aggregated'] as const).flatMap((route) =>
  (['legacy', 'modern'] as const).map((era) => ({ route, era })),
)
describe.each(ways)('on the $route route, in the $era era', ({ route, era }) => {
  const each = async (body: (gateway: string, name: Name) => Promise<void>) => {
    for (const gateway of gateways) for (const name of people) await body(gateway, name)
  }

  test('G10 each sees the tools and resources that the server has for his own credential, on both gateways', async () => {
    await each(async (gateway, name) => {
      const here = await connect(gateway, route, era, name)
      expect(await here.call('whoami')).toBe(digestOf(name))
      const seen = [...(await here.tools()), ...(await here.resources())].join()
      expect(seen).toContain(`of_${digestOf(name)}`)
      expect(seen).toContain(here.uri(`who://${digestOf(name)}`))
      for (const word of [digestOf(otherThan(name)), `${otherThan(name)}__`, `mcp.${otherThan(name)}+`])
        expect(seen).not.toContain(word)
    })
  })

  test('G10 neither calls or reads what is the other’s, by whatever name', async () => {
    await each(async (gateway, name) => {
      const other = otherThan(name)
      if (route === 'single') return void (await expect(connect(gateway, route, era, name, other)).rejects.toThrow())
      const here = await connect(gateway, route, era, name)
      const tool = `${other}__whoami`
      await expect(here.client.callTool({ name: tool, arguments: {} })).rejects.toThrow()
      const uri = `mcp.${other}+who://${digestOf(other)}`
      await expect(here.client.readResource({ uri })).rejects.toThrow()
    })
  })

  test('G10 notifications of one reach nobody else', async () => {
    for (const gateway of gateways) {
      const heard = new Map<Name, string[]>()
      const all = await Promise.all(
        people.map(async (name) => {
          const here = await connect(gateway, route, era, name)
          const uris: string[] = []
          heard.set(name, uris)
          here.client.setNotificationHandler(
            'notifications/resources/updated',
            ({ params }) => void uris.push(params.uri),
          )
          const both = people.map((one) => here.uri(`who://touched-by-${one}`))
          if (era === 'modern') await here.client.listen({ resourceSubscriptions: both })
          else for (const uri of both) await here.client.subscribeResource({ uri })
          return { name, here }
        }),
      )
      // Each in turn until he has heard his own: by then the other would have heard it as well.
      for (const { name, here } of all)
        await eventually(async () => {
          await here.call('touch', { uri: `who://touched-by-${name}` })
          return heard.get(name)?.length
        }, 'his own is heard')
      for (const { name, here } of all)
        expect(new Set(heard.get(name))).toEqual(new Set([here.uri(`who://touched-by-${name}`)]))
    }
  })
})

describe.each(['single', 'aggregated'] as const)('at a server that both may use, on the %s route', (route) => {
  test('G10 what one said in his session is in no list, answer or resource of the other', async () => {
    for (const [at, gateway] of gateways.entries()) {
      const [ada, bob] = [
        await connect(gateway, route, 'legacy', 'ada', 'both'),
        await connect(gateway, route, 'legacy', 'bob', 'both'),
      ]
      const word = `secret-of-ada-${at}`
      await ada.call('remember', { word })
      const own = [...(await ada.tools()), ...(await ada.resources()), await ada.call('whoami')].join()
      expect(own.split(word)).toHaveLength(4)
      expect([...(await bob.tools()), ...(await bob.resources()), await bob.call('whoami')].join()).not.toContain(word)
      await expect(bob.client.readResource({ uri: bob.uri(`who://note-${word}`) })).rejects.toThrow()
    }
  })

  test('G10 the session of one is none for the other, at either gateway', async () => {
    const path = route === 'single' ? '/mcp-connect/both' : '/mcp'
    const initialize = {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
    }
    const send = (gateway: string, name: Name, method: string, message: object | null, session?: string) =>
      ask(gateway + path, {
        method,
        headers: {
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
          authorization: `Bearer ${keys.get(name)}`,
          ...(session === undefined ? {} : { 'mcp-session-id': session }),
        },
        ...(message === null ? {} : { body: JSON.stringify(message) }),
      })
    for (const gateway of gateways) {
      const session = (await send(gateway, 'ada', 'POST', initialize)).headers.get('mcp-session-id') ?? ''
      expect(session).not.toBe('')
      for (const place of gateways)
        for (const method of ['POST', 'GET', 'DELETE']) {
          const message = method === 'POST' ? { jsonrpc: '2.0', id: 2, method: 'tools/list' } : null
          const told = await send(place, 'bob', method, message, session)
          expect([method, told.status, told.body?.error?.data?.code]).toEqual([method, 404, 'session_unknown'])
        }
      const still = await send(gateway, 'ada', 'POST', { jsonrpc: '2.0', id: 3, method: 'tools/list' }, session)
      expect(still.status).toBe(200)
    }
  })
})

test('G10 a key for one server sees that one alone at the address of all', async () => {
  const narrow = await of.key({ mcp: { servers: only('both') } })
  keys.set('ada', narrow.secret)
  const here = await connect(gateways[0] ?? '', 'aggregated', 'legacy', 'ada', 'both')
  expect((await here.tools()).every((name) => name.startsWith('both__'))).toBe(true)
})
