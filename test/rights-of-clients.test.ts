import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEverything } from './everything.ts'
import { connectV1, connectV2, type Era, type McpClient } from './mcp-clients.ts'
import { all, only, type Peopled, type Person, startPeopled } from './peopled.ts'
import { stores } from './store-kinds.ts'

/** Rights as the official clients meet them, in front of a real server. */

/** The status, of a client that asks for the version before it says anything. */
const refused = /may not call this server|HTTP 403/

type Connect = (url: string, secret: string) => Promise<McpClient>
const v2 =
  (era: Era): Connect =>
  (url, secret) =>
    connectV2(url, secret, era)
const clients: { client: string; connect: Connect }[] = [
  { client: 'v1', connect: connectV1 },
  { client: 'v2 (legacy)', connect: v2('legacy') },
  { client: 'v2 (auto)', connect: v2('auto') },
]

describe.each(stores)('on %s', (store) => {
  let of: Peopled
  let ada: Person
  const cleanUp: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    const everything = await startEverything()
    cleanUp.push(everything.stop)
    of = await startPeopled(store)
    cleanUp.push(of.stop)
    await of.make('/projects', { slug: 'tools' })
    const server = { project: 'tools', transport: { type: 'http', url: everything.url } }
    await of.server('everything', server)
    await of.server('too', server)
    ada = await of.person('ada')
    await of.make('/teams', { slug: 'ops', members: [ada.id] })
    await of.make('/catalogs', { slug: 'tools', servers: ['everything', 'too'], audience: { teams: ['ops'] } })
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })
  const urlOf = (slug: string) => `${of.product.gatewayUrl}/mcp-connect/${slug}`
  const echo = (client: McpClient) => client.callText('echo', { message: 'hello' })

  describe.each(clients)('the official client $client', ({ connect }) => {
    test('A02 A03 A04 B17 calls tools with a key of the project, not without one and not on a server beyond it', async () => {
      const { secret } = await of.key({ projects: ['tools'], mcp: { servers: only('everything') } }, ada.token)
      const client = await connect(urlOf('everything'), secret)
      expect(await echo(client)).toBe('Echo: hello')
      await client.close()
      await expect(connect(urlOf('too'), secret)).rejects.toThrow(refused)
      await expect(connect(urlOf('everything'), '')).rejects.toThrow(/Send a key|401/)
      const elsewhere = await of.key({ mcp: { servers: all } }, ada.token)
      await expect(connect(urlOf('everything'), elsewhere.secret)).rejects.toThrow(refused)
    })

    test('B31 is refused in the middle of its session when the owner leaves the team, and goes on when he is back', async () => {
      const { secret } = await of.key({ projects: ['tools'], mcp: { servers: all } }, ada.token)
      const client = await connect(urlOf('everything'), secret)
      expect(await echo(client)).toBe('Echo: hello')
      await of.change('PATCH', '/teams/ops', { members: [] })
      await expect(echo(client)).rejects.toThrow(refused)
      await of.change('PATCH', '/teams/ops', { members: [ada.id] })
      expect(await echo(client)).toBe('Echo: hello')
      await client.close()
    })
  })
})
