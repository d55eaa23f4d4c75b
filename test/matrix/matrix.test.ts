import { readFileSync } from 'node:fs'
import { Client, type ClientOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Product, startProduct } from '../product.ts'
import { root, startNode } from '../programs.ts'
import { type Era, type Route, type Row, rows } from './cells.data.ts'
import { deeds, type Place } from './deeds.ts'
import { matrixSection, withSection } from './table.ts'

/** Every cell of the matrix that says yes is done, by official clients through a whole product. */
let product: Product
let key = ''
const clients: Client[] = []
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const fixture = startNode(['test/fixtures/mcp-fixture.ts'])
  cleanUp.push(() => fixture.stop())
  const [url] = await fixture.says(/http:\S+/)
  product = await startProduct({ store: 'sqlite' })
  cleanUp.push(() => product.stop())
  await product.addServer({ slug: 'fixture', transport: { type: 'http', url } })
  key = (await product.createKey('matrix', 'fixture')).secret
})
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()))
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

const placeOf = (era: Era, route: Route): Place => ({
  era,
  serverEra: era,
  tool: route === 'single' ? (own) => own : (own) => `fixture__${own}`,
  uri: route === 'single' ? (own) => own : (own) => `mcp.fixture+${own}`,
  connect: async (options: ClientOptions = {}) => {
    const mode = era === 'legacy' ? era : { pin: '2026-07-28' }
    const client = new Client({ name: 'matrix', version: '1.0.0' }, { ...options, versionNegotiation: { mode } })
    clients.push(client)
    const address = `${product.gatewayUrl}${route === 'single' ? '/mcp-connect/fixture' : '/mcp'}`
    await client.connect(
      new StreamableHTTPClientTransport(new URL(address), {
        requestInit: { headers: { authorization: `Bearer ${key}` } },
      }),
    )
    expect(client.getProtocolEra()).toBe(era)
    return client
  },
})

const columns = (['single', 'aggregated'] as const).flatMap((route) =>
  (['legacy', 'modern'] as const).map((era) => [era, route] as const),
)
describe.each(columns)('a client of the %s era on the %s route', (era, route) => {
  const cells = rows.map((row) => ({ feature: row.feature, cell: (row satisfies Row)[era][route] }))
  test.each(cells.filter(({ cell }) => cell === 'works'))('B20 $feature', async ({ feature }) => {
    await deeds[feature](placeOf(era, route))
  })
  test.each(cells.filter(({ cell }) => cell !== 'works'))('B20 $feature is not to be had', async ({ feature }) => {
    await expect(deeds[feature](placeOf(era, route))).rejects.toThrow()
  })
})

test('the table in the documentation is the one that is tried here', () => {
  const page = readFileSync(`${root}docs/mcp.md`, 'utf8')
  expect(page).toBe(withSection(page))
  expect(page).toContain(matrixSection())
})
