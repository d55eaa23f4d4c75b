import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client, type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { httpServer, newKey, organization, type TestKey } from '../fake-control.ts'
import { createMcpFixture } from '../fixtures/mcp-fixture.ts'
import { type GatewayUnderTest, startGateway } from '../gateway-world.ts'
import { type Era, type Row, rows } from './cells.data.ts'
import { deeds, type Place } from './deeds.ts'

/** At the address of all servers a client of one era uses servers that speak the other one only. */
const fixtures = new Map<Era, Server>()
let world: GatewayUnderTest
let key: TestKey
const clients: Client[] = []

beforeAll(async () => {
  key = await newKey()
  const servers = []
  for (const era of ['legacy', 'modern'] as const) {
    const fixture = createMcpFixture(era)
    fixtures.set(era, fixture)
    await new Promise<void>((done) => fixture.listen(0, '127.0.0.1', done))
    servers.push(httpServer(era, `http://127.0.0.1:${(fixture.address() as AddressInfo).port}/mcp`))
  }
  world = await startGateway([organization(), ...servers, key.record], [key.proof], { headersMs: 10_000 })
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})
afterAll(async () => {
  await world.stop()
  for (const fixture of fixtures.values()) {
    fixture.closeAllConnections()
    fixture.close()
  }
})

const placeOf = (era: Era, serverEra: Era): Place => ({
  era,
  serverEra,
  tool: (own) => `${serverEra}__${own}`,
  uri: (own) => `mcp.${serverEra}+${own}`,
  connect: async (options: ClientOptions = {}) => {
    const mode = era === 'legacy' ? era : { pin: '2026-07-28' }
    const client = new Client({ name: 'matrix', version: '1.0.0' }, { ...options, versionNegotiation: { mode } })
    clients.push(client)
    const requestInit = { headers: { authorization: `Bearer ${key.token}` } }
    await client.connect(new StreamableHTTPClientTransport(new URL(`${world.base}/mcp`), { requestInit }))
    return client
  },
})

describe.each([
  ['legacy', 'modern'],
  ['modern', 'legacy'],
] as const)('a client of the %s era uses a server of the %s one', (era, serverEra) => {
  const works = rows.filter((row: Row) => row[era].aggregated === 'works').map(({ feature }) => ({ feature }))
  test.each(works)('B20 $feature', async ({ feature }) => {
    await deeds[feature](placeOf(era, serverEra))
    expect(clients.length).toBeGreaterThan(0)
  })
})
