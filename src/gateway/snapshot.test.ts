import { describe, expect, test } from 'vitest'
import { httpServer, newKey, organizationId } from '../../test/fake-control.ts'
import { liveRules } from '../../test/live-rules.ts'
import {
  appRecord,
  catalogRecord,
  gone as goneRecord,
  memberRecord,
  projectRecord,
  teamRecord,
} from '../../test/rights.ts'
import type { FleetRecord, OrganizationRecord } from '../fleet/schema.ts'
import { createLane } from '../keys/lane.ts'
import { createProver } from '../keys/prove.ts'
import { ServerRecord } from '../servers/schema.ts'
import { watchDepartures } from './departures.ts'
import { forgetProofs } from './forgotten-proofs.ts'
import { type Change, createSnapshot, type Snapshot } from './snapshot.ts'

const organization: OrganizationRecord = {
  kind: 'organization',
  organization: organizationId,
  id: organizationId,
  revision: 1,
  slug: 'acme',
  name: 'Acme',
  isDefault: true,
  maxStalenessSeconds: 60,
  mixedEnvironments: 'refused',
  privateNetworks: [],
  rules: liveRules(),
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
const replaceAll = (snapshot: Snapshot, records: readonly FleetRecord[]): void => {
  const replacement = snapshot.replaceAll()
  replacement.add(records)
  replacement.commit()
}
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
    replaceAll(snapshot, order)
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
  replaceAll(snapshot, [organization, serverOf('a', 1)])
  expect([snapshot.key(record.id), snapshot.servers().length]).toEqual([null, 1])
  expect(changes).toEqual([{ kind: 'all' }])
})

test('until the last part of a new snapshot is in, the old state answers, and changes still reach it', async () => {
  const snapshot = open()
  const [held, coming, changed] = [await newKey(), await newKey(), await newKey()]
  snapshot.apply([organization, held.record])
  const has = () => [held, coming, changed].map(({ record }) => snapshot.key(record.id) !== null)
  const [abandoned, replacement] = [snapshot.replaceAll(), snapshot.replaceAll()]
  abandoned.add([changed.record])
  replacement.add([organization])
  replacement.add([coming.record])
  expect(has()).toEqual([true, false, false])
  snapshot.apply([changed.record])
  expect(has()).toEqual([true, false, true])
  replacement.commit()
  expect(has()).toEqual([false, true, false])
})

test('secrets of an organization are opened once, newest session key first', () => {
  const snapshot = open()
  snapshot.apply([organization])
  const held = snapshot.defaultOrganization()
  expect(held?.sessionKeys.map(({ epoch }) => epoch)).toEqual([2, 1])
  expect(held?.proving.peppers.get('p1')).toEqual(Buffer.from('AAAA', 'base64'))
})

test('D04 a gateway that holds one organization answers for that one, default of the installation or not', () => {
  const snapshot = open()
  expect(snapshot.defaultOrganization()).toBeNull()
  const second = { ...organization, id: 'org_second0000000000', organization: 'org_second0000000000', isDefault: false }
  snapshot.apply([second])
  expect(snapshot.defaultOrganization()?.record.id).toBe(second.id)
  snapshot.apply([organization])
  expect(snapshot.defaultOrganization()?.record.id).toBe(organizationId)
})

test('proofs of keys that are no more are forgotten, one by one and after a new snapshot', async () => {
  const snapshot = open()
  const prover = createProver({ lane: createLane({ width: 1 }) })
  forgetProofs(snapshot, prover)
  const keys = await Promise.all([newKey(), newKey(), newKey()])
  const [one, two, three] = keys.map(({ record }) => record)
  if (!(one && two && three)) throw new Error('no keys')
  prover.learn(keys.map(({ proof }) => proof))
  const known = () => prover.table().map(({ key }) => key)
  replaceAll(snapshot, [one, two, three])
  expect(known()).toEqual([one.id, two.id, three.id])
  snapshot.apply([gone('key', one.id, one.revision + 1)])
  expect(known()).toEqual([two.id, three.id])
  replaceAll(snapshot, [three])
  expect(known()).toEqual([three.id])
})

describe('an organization whose secrets do not open', () => {
  const unopened = { ...organization, revision: 2, sealedSecrets: 'of another gateway' }

  test('G2 keeps those it had, and its policy is the new one at once', () => {
    const snapshot = open()
    snapshot.apply([{ ...organization, mixedEnvironments: 'with-reason' }])
    const before = snapshot.organization(organizationId)
    expect(snapshot.recordsOf(organizationId)?.mixedEnvironments).toBe('with-reason')
    const told: Change[] = []
    snapshot.onChange((change) => told.push(change))
    snapshot.apply([{ ...unopened, maxStalenessSeconds: 10 }])
    const after = snapshot.organization(organizationId)
    expect(after?.record).toMatchObject({ revision: 2, maxStalenessSeconds: 10 })
    expect([after?.proving, after?.sessionKeys]).toEqual([before?.proving, before?.sessionKeys])
    expect(snapshot.recordsOf(organizationId)?.mixedEnvironments).toBe('refused')
    expect(told).toEqual([{ kind: 'organization', organization: organizationId, id: organizationId }])
    expect(errors.length).toBe(1)
  })

  test('is not there when it had none', () => {
    const snapshot = open()
    snapshot.apply([unopened])
    expect(snapshot.organization(organizationId)).toBeNull()
  })
})

test('servers that are no more are told, one by one and after a new snapshot', () => {
  const snapshot = open()
  const departed: string[] = []
  watchDepartures(snapshot, (id) => departed.push(id))
  snapshot.apply([serverOf('a', 1), serverOf('b', 1, 'srv_000000000000000b'), serverOf('c', 1, 'srv_000000000000000c')])
  snapshot.apply([serverOf('a2', 2)])
  expect(departed).toEqual([])
  snapshot.apply([gone('server', 'srv_000000000000000b', 2)])
  replaceAll(snapshot, [serverOf('a', 3)])
  expect(departed).toEqual(['srv_000000000000000b', 'srv_000000000000000c'])
})

describe('what stands behind keys', () => {
  const other = 'org_0000000000000002'
  const held = () => {
    const snapshot = open()
    replaceAll(snapshot, [organization, { ...organization, id: other, organization: other, isDefault: false }])
    return snapshot
  }

  test('G10 the records of an organization name nothing of another one', () => {
    const snapshot = held()
    const theirs = [
      memberRecord('eve', { organization: other }),
      teamRecord('blue', [memberRecord('eve').id], { organization: other }),
      projectRecord('first', { organization: other }),
      { ...catalogRecord('all', [], { everyone: true }), organization: other },
      appRecord('robot', null, { organization: other }),
    ] as const
    const [member, team, project, , app] = theirs
    snapshot.apply(theirs)
    const lookedUp = (organizationIdOf: string) => {
      const records = snapshot.recordsOf(organizationIdOf)
      const found = [records?.member(member.id), records?.team(team.id), records?.project(project.id)]
      return [...found, records?.app(app.id), ...(records?.teamsOf(member.id) ?? []), ...(records?.catalogs() ?? [])]
    }
    expect(lookedUp(other).filter(Boolean).length).toBe(6)
    expect(lookedUp(organizationId).filter(Boolean)).toEqual([])
    expect(snapshot.recordsOf('org_nobody')).toBeNull()
    // Not even one that says to end it.
    snapshot.apply([goneRecord('member', member.id)])
    expect(snapshot.recordsOf(other)?.member(member.id)).not.toBeNull()
  })

  test('each change answers other records, of that organization only, and is told once a range', () => {
    const snapshot = held()
    const told: Change[] = []
    snapshot.onChange((change) => told.push(change))
    const [before, elsewhere] = [snapshot.recordsOf(organizationId), snapshot.recordsOf(other)]
    expect(snapshot.recordsOf(organizationId)).toBe(before)
    snapshot.apply([memberRecord('ada'), memberRecord('ben'), teamRecord('red', [])])
    expect(told).toEqual([{ kind: 'rights', organization: organizationId }])
    expect(snapshot.recordsOf(organizationId)).not.toBe(before)
    expect(snapshot.recordsOf(other)).toBe(elsewhere)
    snapshot.apply([{ ...organization, revision: 2, mixedEnvironments: 'with-reason' }])
    expect(snapshot.recordsOf(organizationId)?.mixedEnvironments).toBe('with-reason')
  })

  test('an older record neither replaces a newer one nor brings back what is gone', () => {
    const snapshot = held()
    const [old, late] = [teamRecord('red', ['mem_a']), teamRecord('red', ['mem_b'])]
    const now = teamRecord('red', [])
    const members = () => snapshot.recordsOf(organizationId)?.team(now.id)?.members
    snapshot.apply([old, now])
    snapshot.apply([late, old])
    expect(members()).toEqual([])
    snapshot.apply([goneRecord('team', now.id), now])
    expect(members()).toBeUndefined()
    snapshot.apply([teamRecord('red', ['mem_c'])])
    expect(members()).toEqual(['mem_c'])
  })
})
