import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestOfHeaders, hopPath } from '../src/gateway/peers/carried.ts'
import { digestOf, sealEnvelope } from '../src/gateway/peers/envelope.ts'
import { gatewayId, httpServer, newKey, organization, type TestKey } from './fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway, toolCall } from './gateway-world.ts'

/** What a gateway of one organization, gone over to somebody else, does to a gateway that serves others too. */

const theirs = 'org_0000000000000002'
const victim = '198.51.100.7'
let gateway: GatewayUnderTest
let key: TestKey

beforeAll(async () => {
  key = await newKey()
  const records = [organization(), organization({ id: theirs, isDefault: false }), key.record, httpServer('none', '')]
  gateway = await startGateway(records, [], { trustedProxies: ['127.0.0.1'] })
})
afterAll(() => gateway.stop())

const body = JSON.stringify(toolCall)
const sent = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

/** As that gateway writes it: its own organization's key, any address, any credential. */
function hop(token: string): Promise<{ status: number }> {
  const { header } = sealEnvelope(
    { from: 'gwy_000000000000000R', to: gatewayId, organization: theirs },
    { epoch: 1, key: Buffer.alloc(32, theirs) },
    randomBytes(12),
    {
      address: victim,
      isProxy: false,
      method: 'POST',
      path: '/mcp-connect/none',
      credential: [['authorization', `Bearer ${token}`]],
      via: null,
      headers: digestOfHeaders(sent),
      body: digestOf(body),
      requestId: 'req_0123456789abcdef',
      expiresAt: Date.now() + 10_000,
    },
  )
  return gateway.ask(hopPath, ['ostiary-hop', header], toolCall)
}

test('it cannot lock an address out for the keys of another organization by guessing in its name', async () => {
  const statuses = new Set<number>()
  for (let n = 0; n < 120; n++) statuses.add((await hop('ostk_wrong')).status)
  expect(statuses).toEqual(new Set([401, 429]))
  const told = await gateway.ask('/mcp-connect/unknown', [...bearer(key.token), 'x-forwarded-for', victim], toolCall)
  expect(refused(told)).toEqual([403, 'server_not_allowed'])
})

test('it cannot say from where a key of another organization is used', async () => {
  // Proved here before, so that no lock answers in its place.
  await gateway.ask('/mcp-connect/unknown', bearer(key.token), toolCall)
  expect((await hop(key.token)).status).toBe(401)
})
