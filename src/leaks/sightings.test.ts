import { beforeAll, expect, test } from 'vitest'
import { createFoundSecrets, type FoundSecrets } from '../../test/found-secrets.ts'
import { createKeyring, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { AttachedGateway } from '../fleet/roster.ts'
import type { Sighting } from '../fleet/schema.ts'
import { createRecently } from './recently.ts'
import { takeSightings } from './sightings.ts'

onEachStore('sightings', (open) => {
  let database: Database
  let ring: Keyring
  let found: FoundSecrets
  let gateway: AttachedGateway
  let take: (...items: Partial<Sighting>[]) => Promise<void>
  let takeFrom: (from: AttachedGateway, ...items: Partial<Sighting>[]) => Promise<void>

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    found = createFoundSecrets(database, ring)
    gateway = { id: 'gwy_AAAABBBBCCCCDDDD', name: 'edge', organizationId: ring.first.organizationId }
    const { now } = ring.clock
    const newId = ring.keyDeps.newId
    const toldRecently = createRecently({ now, forMs: 60_000 })
    const taking = takeSightings({ transaction: database.transaction, newId, now, toldRecently })
    const whole = (item: Partial<Sighting>): Sighting => ({
      organization: ring.first.organizationId,
      key: 'key_0000000000000000',
      kind: 'honey',
      address: '198.51.100.7',
      client: 'curl/8',
      what: '',
      at: now(),
      ...item,
    })
    takeFrom = (from, ...items) => taking(from, items.map(whole))
    take = (...items) => takeFrom(gateway, ...items)
  })

  test('M8 the use of a decoy raises an alarm that names where it came from', async () => {
    const { id } = await found.key({ honey: 1 })
    await take({ key: id, kind: 'honey' })
    expect(await found.events(id)).toEqual([
      {
        action: 'key.honey-used',
        by: 'system gateway gwy_AAAABBBBCCCCDDDD',
        address: '198.51.100.7',
        before: null,
        after: { address: '198.51.100.7', client: 'curl/8' },
      },
    ])
    expect((await found.keyRow(id)).revision).toBe(1)
  })

  test('M8 a flood with one decoy is one alarm a minute for each address', async () => {
    const { id } = await found.key({ honey: 1 })
    const flood = Array.from({ length: 50 }, () => ({ key: id }))
    await take(...flood, { key: id, address: '198.51.100.8' })
    expect(await found.events(id)).toHaveLength(2)
    ring.clock.forward(60_000)
    await take(...flood)
    expect(await found.events(id)).toHaveLength(3)
  })

  test('M8 whoever has a whole IPv6 /64 raises one alarm a minute, not one for each of its addresses', async () => {
    const { id } = await found.key({ honey: 1 })
    await take(...Array.from({ length: 50 }, (_, n) => ({ key: id, address: `2001:db8:0:7::${n.toString(16)}` })))
    expect(await found.events(id)).toHaveLength(1)
    await take({ key: id, address: '2001:db8:0:8::1' })
    expect(await found.events(id)).toHaveLength(2)
  })

  test('a key that is no decoy raises no such alarm', async () => {
    const { id } = await found.key()
    await take({ key: id, kind: 'honey' })
    expect(await found.events(id)).toEqual([])
  })

  test('A33 B43 a call out of a browser is noted on the key, with its origin, once an hour', async () => {
    const { id } = await found.key()
    const item = { key: id, kind: 'browser', what: 'https://shop.example' } as const
    await take(item, item)
    expect(await found.keyRow(id)).toMatchObject({ seen_in_browser_at: ring.clock.now(), revision: 1 })
    expect(await found.events(id)).toMatchObject([
      { action: 'key.seen-in-browser', after: { origin: 'https://shop.example', client: 'curl/8' } },
    ])
    ring.clock.forward(3_600_000)
    await take(item)
    expect((await found.keyRow(id)).seen_in_browser_at).toBe(ring.clock.now())
    expect(await found.events(id)).toHaveLength(2)
    expect(await found.announced(id)).toBe(0)
  })

  test('the first network that uses a URL key with a pin is the only one; another stops the key', async () => {
    const { id } = await found.key({ token_kind: 'u', pin_network: 1 })
    const from = (what: string) => ({ key: id, kind: 'network', what }) as const
    await take(from('198.51.100.0/24'))
    expect(await found.keyRow(id)).toMatchObject({ pinned_network: '198.51.100.0/24', revision: 2, state: 'active' })
    await take(from('198.51.100.0/24'))
    expect((await found.keyRow(id)).revision).toBe(2)
    await take(from('203.0.113.0/24'), from('203.0.113.0/24'))
    expect(await found.keyRow(id)).toMatchObject({
      pinned_network: '198.51.100.0/24',
      revision: 3,
      state: 'suspended',
      state_reason: 'used from a second network',
    })
    const events = await found.events(id)
    expect(events.map(({ action }) => action)).toEqual(['key.network-pinned', 'key.network-changed'])
    expect(events[1]).toMatchObject({
      before: { state: 'active', network: '198.51.100.0/24' },
      after: { state: 'suspended', network: '203.0.113.0/24' },
    })
    expect(await found.announced(id)).toBe(2)
  })

  test('two gateways that see the first call at the same time pin one network', async () => {
    const { id } = await found.key({ token_kind: 'u', pin_network: 1 })
    const network = (what: string) => take({ key: id, kind: 'network', what })
    await Promise.all([network('198.51.100.0/24'), network('203.0.113.0/24')])
    const row = await found.keyRow(id)
    expect(['198.51.100.0/24', '203.0.113.0/24']).toContain(row.pinned_network)
    expect(row).toMatchObject({ state: 'suspended', revision: 3 })
  })

  test('a key without a pin, or revoked, has no network', async () => {
    const keys = [await found.key({ token_kind: 'u' }), await found.key({ pin_network: 1, state: 'revoked' })]
    for (const { id } of keys) {
      await take({ key: id, kind: 'network', what: '198.51.100.0/24' })
      expect(await found.keyRow(id)).toMatchObject({ pinned_network: null, revision: 1 })
      expect(await found.events(id)).toEqual([])
    }
  })

  test('G10 a gateway is believed about the organizations that it serves, and about no other', async () => {
    const { id } = await found.key({ honey: 1 })
    await takeFrom({ ...gateway, organizationId: 'org_9999999999999999' }, { key: id })
    await take({ key: id, organization: 'org_9999999999999999' })
    expect(await found.events(id)).toEqual([])
    await takeFrom({ ...gateway, organizationId: 'org_9999999999999999', serves: 'all' }, { key: id })
    expect(await found.events(id)).toHaveLength(1)
  })

  test('what no id can be, NUL and half characters spoil nothing', async () => {
    const { id } = await found.key({ honey: 1 })
    await take(
      { key: "x' or 1=1 --" },
      { key: id, organization: '\0' },
      { key: 'key_9999999999999999' },
      { key: id, client: 'a\0b\ud800', address: '2001:db8::1' },
    )
    expect(await found.events(id)).toMatchObject([{ after: { client: 'ab\ufffd' } }])
  })
})
