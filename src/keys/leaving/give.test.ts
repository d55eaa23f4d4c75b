import { beforeAll, expect, test } from 'vitest'
import { codeOf } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createWholeSurface } from '../../../test/whole-surface.ts'
import type { Database } from '../../db/database.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers as clients do; a wrong guess fails the assertion
type Json = any

onEachStore('a key that is handed on', (open) => {
  let database: Database
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  beforeAll(async () => {
    database = await open()
    world = await createWholeSurface(database)
  })

  test('M15 goes no more to the place that was chosen for its former owner: the heir says where his secrets go', async () => {
    const [ada, adam] = [await world.addMember('member', 'ada'), await world.addMember('admin', 'adam')]
    const { webhook } = await world.as(adam)('POST /webhooks', {
      body: { url: 'https://hooks.example.com/x', events: ['key.created'] } as never,
    })
    const rotation = { everyDays: 30, deliverTo: webhook.id }
    const { key } = await world.as(adam)('POST /keys', {
      body: { name: 'ci', owner: { type: 'member', id: ada.memberId }, rotation } as never,
    })
    // He may not have what an owner's key is given.
    const own = await world.ask('POST /keys', { body: { name: 'own' } })
    const patched = await world.call(adam, 'PATCH /keys/:id', {
      params: { id: own.key.id },
      body: { rotation } as never,
    })
    expect(codeOf(patched)).toBe('not_permitted')
    await world.as(adam)('POST /members/:id/deactivate', { params: { id: ada.memberId }, body: {} })
    await world.as(adam)('POST /members/:id/transfer', {
      params: { id: ada.memberId },
      body: { to: { type: 'member', id: world.owner.memberId } } as never,
    })
    const { key: held }: Json = await world.ask('GET /keys/:id', { params: { id: key.id } })
    expect(held.owner.id).toBe(world.owner.memberId)
    expect(held.rotation).toMatchObject({ everyDays: 30, deliverTo: null })
    const rows = await database.system.read((db) =>
      db.selectFrom('audit_events').select(['action', 'before', 'after']).where('subject_id', '=', key.id).execute(),
    )
    const told = rows.find(({ action }) => action === 'key.transferred')
    expect([told?.before, told?.after]).toEqual([
      expect.stringContaining(webhook.id),
      expect.stringContaining('"deliverTo":null'),
    ])
  })

  test('M11 M15 belongs to the network of its next first call, not to that of whoever left', async () => {
    const lin = await world.addMember('member', 'lin')
    const { key } = await world.ask('POST /keys', {
      body: { name: 'at home', kind: 'url', owner: { type: 'member', id: lin.memberId } } as never,
    })
    const pinned = () =>
      database.system.transaction((db) =>
        db.updateTable('keys').set({ pinned_network: '192.0.2.0/24' }).where('id', '=', key.id).execute(),
      )
    await pinned()
    await world.ask('POST /members/:id/deactivate', { params: { id: lin.memberId }, body: {} })
    await world.ask('POST /members/:id/transfer', {
      params: { id: lin.memberId },
      body: { to: { type: 'member', id: world.owner.memberId } } as never,
    })
    const row = await database.system.read((db) =>
      db.selectFrom('keys').select('pinned_network').where('id', '=', key.id).executeTakeFirstOrThrow(),
    )
    expect(row.pinned_network).toBeNull()
  })
})
