import { expect, test } from 'vitest'
import { actorOf, codeOf } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { createTwoTenants } from '../../test/tenants/two.ts'
import type { OnlineGateway } from '../fleet/feed.ts'
import { clientLinks } from './client-links.ts'

const line = 'GET /clients/:client/snippet'

onEachStore('snippets of two organizations', (open) => {
  test('B22 G10 what belongs to another organization is not there, by id or by slug', async () => {
    const { call, ours, theirs } = await createTwoTenants(await open())
    const ask = async (query: object) => call(ours.owner, line, { params: { client: 'curl' }, query })
    for (const query of [{ server: theirs.ids.server }, { server: theirs.slugs.server }, { key: theirs.ids.key }])
      expect([query, codeOf(await ask(query))]).toEqual([query, 'not_found'])
    for (const query of [{ server: ours.slugs.server }, { key: ours.ids.key }])
      expect([query, codeOf(await ask(query))]).toEqual([query, null])
  })
})

const gateway = (id: string, organizationId: string, more: Partial<OnlineGateway> = {}): OnlineGateway => ({
  ...{ id, name: id, organizationId, software: '', publicUrl: `https://${id}.example`, seq: null, lagMs: 0 },
  lastSeenAt: 0,
  ...more,
})
const nothing = () => {
  throw new Error('nobody asks for that')
}
const links = clientLinks({
  gatewaysOnline: () => [
    gateway('ours', 'org_a'),
    gateway('theirs', 'org_b'),
    gateway('shared', 'org_b', { serves: 'all' }),
  ],
  read: nothing,
  directory: { ownersOf: nothing },
  gatewayUrl: () => 'https://gw.example',
  now: () => 0,
})

test('G10 a gateway is named by who may see gateways, and only one that serves the organization', () => {
  const admin = actorOf('org_a', 'mem_1', 'admin')
  expect(links.gatewayFor(admin, undefined)).toBe('https://gw.example')
  expect(links.gatewayFor(admin, 'ours')).toBe('https://ours.example')
  expect(links.gatewayFor(admin, 'shared')).toBe('https://shared.example')
  expect(links.gatewayFor(admin, 'theirs')).toBeNull()
  expect(links.gatewayFor(admin, 'nobody')).toBeNull()
  const member = actorOf('org_a', 'mem_2', 'member')
  expect(links.gatewayFor(member, undefined)).toBe('https://gw.example')
  expect(links.gatewayFor(member, 'ours')).toBeNull()
})
