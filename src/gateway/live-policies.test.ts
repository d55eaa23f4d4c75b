import { afterAll, beforeAll, expect, test } from 'vitest'
import { httpServer, newKey, organization, projectId, type TestKey } from '../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway } from '../../test/gateway-world.ts'
import { liveRules } from '../../test/live-rules.ts'
import { type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import { projectRecord } from '../../test/rights.ts'
import type { KeyPolicies } from '../people/policies/schema.ts'

/** Policies that hold at once: control tells them, and the next call of a key that is there is judged by them. */

const production = projectRecord('live', { tier: 'production' })
const elsewhere = { mode: 'only' as const, cidrs: ['192.0.2.0/24'] }
const here = { mode: 'only' as const, cidrs: ['127.0.0.0/8', '::1/128'] }

let upstream: RawUpstream
let world: GatewayUnderTest
/** In development, in production, in both, and in no project. */
let inDevelopment: TestKey
let inProduction: TestKey
let inBoth: TestKey

beforeAll(async () => {
  upstream = await startRawUpstream()
  upstream.answerAll(({ response }) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  inDevelopment = await newKey()
  inProduction = await newKey({ scope: { projects: [production.id] } })
  inBoth = await newKey({ scope: { projects: [projectId, production.id], mixedEnvironments: 'a move' } })
  const keys = [inDevelopment, inProduction, inBoth]
  world = await startGateway(
    [
      organization({ mixedEnvironments: 'with-reason' }),
      projectRecord('first', { id: projectId }),
      production,
      httpServer('plain', upstream.url),
      httpServer('live', upstream.url, { project: production.id }),
      ...keys.map(({ record }) => record),
    ],
    keys.map(({ proof }) => proof),
  )
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})
const say = (said: Partial<KeyPolicies>) =>
  world.control.put(organization({ mixedEnvironments: 'with-reason', rules: liveRules(said) }))
const told = async (key: TestKey, server: string): Promise<unknown[]> => {
  const answer = await world.ask(`/mcp-connect/${server}`, bearer(key.token))
  return answer.status === 200 ? [200] : refused(answer)
}
const all = async () => [
  await told(inDevelopment, 'plain'),
  await told(inProduction, 'live'),
  await told(inBoth, 'plain'),
]
const open = [200]
const shut = [403, 'address_not_allowed']

test('addresses that the organization forces reach keys that are there with the next call, and leave with it', async () => {
  expect(await all()).toEqual([open, open, open])
  await say({ addresses: elsewhere })
  expect(await all()).toEqual([shut, shut, shut])
  await say({ addresses: here })
  expect(await all()).toEqual([open, open, open])
})

test('those of a tier reach its keys alone, and a key that mixes tiers as well', async () => {
  await say({ tiers: { production: { addresses: elsewhere } } })
  expect(await all()).toEqual([open, shut, shut])
  await say({ addresses: elsewhere, tiers: { production: { addresses: here } } })
  expect(await all()).toEqual([shut, open, shut])
  await say({})
  expect(await all()).toEqual([open, open, open])
})

test('without contact keys of a tier that wants it fresher are refused sooner, and the others later', async () => {
  await say({ tiers: { production: { maxStalenessSeconds: 5 } } })
  expect(await all()).toEqual([open, open, open])
  world.control.fallSilent()
  world.shiftClocks(6_000)
  const stale = [503, 'gateway_stale']
  expect(await all()).toEqual([open, stale, stale])
  world.shiftClocks(60_000)
  expect(await all()).toEqual([stale, stale, stale])
})
