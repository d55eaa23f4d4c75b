import { expect, test } from 'vitest'
import { httpServer, newKey, organizationId } from '../../test/fake-control.ts'
import type { FleetRecord, OrganizationRecord } from '../fleet/schema.ts'
import { ServerRecord } from '../servers/schema.ts'
import { watchDepartures } from './departures.ts'
import { type Change, createSnapshot } from './snapshot.ts'

const organization: OrganizationRecord = {
  kind: 'organization',
  organization: organizationId,
  id: organizationId,
  revision: 1,
  slug: 'acme',
  name: 'Acme',
  isDefault: true,
  maxStalenessSeconds: 60,
  sealedSecrets: 'sealed',
}
const errors: string[] = []
const open = (now = () => 0) =>
  createSnapshot({
    now,
    openSecrets: ({ sealedSecrets }) => {
      if (sealedSecrets !== 'sealed') throw new Error('not sealed to us')
      return {
        peppers: { p1: 'AAAA' },
        proofKey: 'BBBB',
        sessionKeys: [
          { epoch: 1, key: 'AA' },
          { epoch: 2, key: 'BB' },
        ],
      }
    },
    log: { error: (_, message) => void errors.push(message) },
  })
const serverOf = (slug: string, revision: number, id = 'srv_000000000000000a', org = organizationId): ServerRecord => ({
  ...httpServer(slug, 'http://127.0.0.1/mcp'),
  transport: { type: 'http', url: 'http://127.0.0.1/mcp' },
  injection: null,
  id,
  revision,
  organization: org,
})
const gone = (of: 'key' | 'server', id: string, revision: number): FleetRecord => ({
  kind: 'gone',
  of,
  organization: organizationId,
  id,
  revision,
})

test('only what is newer is applied, whatever order it comes in', async () => {
  const snapshot = open()
  const { record } = await newKey({ revision: 5 })
  snapshot.apply([record, { ...record, revision: 4, name: 'old' }, { ...record, revision: 5, name: 'same' }])
  expect(snapshot.key(record.id)?.name).toBe('test key')
  snapshot.apply([{ ...record, revision: 6, name: 'new' }])
  expect(snapshot.keyByToken(record.id.slice(4))?.name).toBe('new')
})

test('what is gone stays gone for older records and comes back with a newer one', async () => {
  const snapshot = open()
  const { record } = await newKey({ revision: 5 })
  snapshot.apply([record, gone('key', record.id, 7), { ...record, revision: 6 }])
  expect(snapshot.key(record.id)).toBeNull()
  snapshot.apply([{ ...record, revision: 8 }])
  expect(snapshot.key(record.id)?.revision).toBe(8)
  snapshot.apply([gone('key', record.id, 7)])
  expect(snapshot.key(record.id)?.revision).toBe(8)
})

test('G10 a server is found by slug and by id, in its own organization only', () => {
  const snapshot = open()
  snapshot.apply([serverOf('a', 1), serverOf('b', 1, 'srv_000000000000000b', 'org_other')])
  expect(snapshot.serverBySlug(organizationId, 'a')?.id).toBe('srv_000000000000000a')
  expect(snapshot.serverBySlug(organizationId, 'srv_000000000000000a')?.slug).toBe('a')
  for (const name of ['b', 'srv_000000000000000b', '', '__proto__']) {
    expect(snapshot.serverBySlug(organizationId, name)).toBeNull()
  }
})

test('a slug that moves from one server to another leads to the new one, in either order', () => {
  const before = [serverOf('x', 1), serverOf('z', 1, 'srv_000000000000000b')]
  const changes = [serverOf('y', 2), serverOf('x', 2, 'srv_000000000000000b')]
  for (const order of [changes, [...changes].reverse()]) {
    const snapshot = open()
    snapshot.apply(before)
    snapshot.apply(order)
    expect(snapshot.serverBySlug(organizationId, 'x')?.id).toBe('srv_000000000000000b')
    expect(snapshot.serverBySlug(organizationId, 'y')?.id).toBe('srv_000000000000000a')
    expect(snapshot.serverBySlug(organizationId, 'z')).toBeNull()
  }
})

test('a former slug leads to its server until its time is over, and never past a live slug', () => {
  let now = 1000
  const snapshot = open(() => now)
  const twin = 'srv_000000000000000b'
  const led = (name: string) => snapshot.serverBySlug(organizationId, name)?.slug
  snapshot.apply([{ ...serverOf('b', 2), formerSlugs: [{ slug: 'a', until: 2000 }] }, serverOf('other', 1, twin)])
  expect([led('a'), led('b'), snapshot.serverBySlug('org_other', 'a')]).toEqual(['b', 'b', null])
  now = 1999
  expect(led('a')).toBe('b')
  now = 2000
  expect([led('a'), led('b')]).toEqual([undefined, 'b'])
  now = 1000
  snapshot.apply([serverOf('a', 2, twin)])
  expect(led('a')).toBe('a')
  snapshot.apply([gone('server', twin, 3)])
  expect(led('a')).toBe('b')
  snapshot.apply([serverOf('b', 3)])
  expect(led('a')).toBeUndefined()
})

test('a server from a control that knows no former slugs is found by the one that it has', () => {
  const snapshot = open()
  const { formerSlugs: _, ...older } = serverOf('a', 1)
  snapshot.apply([ServerRecord.parse(older)])
  expect(snapshot.serverBySlug(organizationId, 'a')?.formerSlugs).toEqual([])
})

test('a slug that two servers had in turn leads to the later one, in either order, and goes with it', () => {
  const twin = 'srv_000000000000000b'
  const earlier = { ...serverOf('x', 1), formerSlugs: [{ slug: 'a', until: 2000 }] }
  const later = { ...serverOf('y', 1, twin), formerSlugs: [{ slug: 'a', until: 3000 }] }
  for (const order of [
    [earlier, later],
    [later, earlier],
  ]) {
    const snapshot = open(() => 1000)
    snapshot.replaceAll(order)
    expect(snapshot.serverBySlug(organizationId, 'a')?.slug).toBe('y')
    snapshot.apply([serverOf('z', 2)])
    expect(snapshot.serverBySlug(organizationId, 'a')?.slug).toBe('y')
    snapshot.apply([gone('server', twin, 2)])
    expect(snapshot.serverBySlug(organizationId, 'a')).toBeNull()
  }
})

test('a new snapshot replaces everything, older revisions included, and says so once', async () => {
  const snapshot = open()
  const { record } = await newKey({ revision: 9 })
  snapshot.apply([record])
  const changes: Change[] = []
  snapshot.onChange((change) => changes.push(change))
  snapshot.replaceAll([organization, serverOf('a', 1)])
  expect([snapshot.key(record.id), snapshot.servers().length]).toEqual([null, 1])
  expect(changes).toEqual([{ kind: 'all' }])
})

test('secrets of an organization are opened once, newest session key first', () => {
  const snapshot = open()
  snapshot.apply([organization])
  const held = snapshot.defaultOrganization()
  expect(held?.sessionKeys.map(({ epoch }) => epoch)).toEqual([2, 1])
  expect(held?.proving.peppers.get('p1')).toEqual(Buffer.from('AAAA', 'base64'))
})

test('an organization whose secrets do not open keeps what it had, and the others go on', () => {
  const snapshot = open()
  snapshot.apply([organization, { ...organization, revision: 2, sealedSecrets: 'of another gateway' }])
  expect(snapshot.organization(organizationId)?.record.revision).toBe(1)
  expect(errors.length).toBe(1)
})

test('servers that are no more are told, one by one and after a new snapshot', () => {
  const snapshot = open()
  const departed: string[] = []
  watchDepartures(snapshot, (id) => departed.push(id))
  snapshot.apply([serverOf('a', 1), serverOf('b', 1, 'srv_000000000000000b'), serverOf('c', 1, 'srv_000000000000000c')])
  snapshot.apply([serverOf('a2', 2)])
  expect(departed).toEqual([])
  snapshot.apply([gone('server', 'srv_000000000000000b', 2)])
  snapshot.replaceAll([serverOf('a', 3)])
  expect(departed).toEqual(['srv_000000000000000b', 'srv_000000000000000c'])
})
