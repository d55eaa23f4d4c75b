import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Refs } from '../../http/lists.ts'
import type { Actor } from '../../people/schema.ts'
import { rotationRoutes } from '../rotation/routes.ts'
import { keyRoutes } from '../routes.ts'
import type { KeyView } from '../schema.ts'

type List = { items: KeyView[]; refs: Refs; total: number }
type Made = { key: KeyView; secret: string }

onEachStore('columns of the list', (open) => {
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const make = async (name: string, more: object = {}, actor = ring.owner) =>
    granted(await call(actor, 'POST /keys', { body: { name, ...more } })) as Made
  const list = async (query: object = {}, actor: Actor = ring.owner) =>
    granted(await call(actor, 'GET /keys', { query: { limit: '200', ...query } })) as List
  const row = async (id: string, actor?: Actor) => {
    const found = (await list({}, actor)).items.find((item) => item.id === id)
    if (!found) throw new Error(`${id} is not listed`)
    return found
  }
  /** As reports of gateways are written. */
  const used = (key: KeyView, requests: number) =>
    ring.keyDeps.database.transaction(ring.owner.organizationId, async (db) => {
      const of = { organization_id: ring.owner.organizationId }
      await db
        .updateTable('keys')
        .set({ requests, last_used_at: ring.clock.now() })
        .where('organization_id', '=', of.organization_id)
        .where('id', '=', key.id)
        .execute()
      await db
        .insertInto('owner_requests')
        .values({ ...of, owner_id: key.owner.id, requests })
        .onConflict((is) =>
          is
            .columns(['organization_id', 'owner_id'])
            .doUpdateSet((eb) => ({ requests: eb('owner_requests.requests', '+', requests) })),
        )
        .execute()
    })

  beforeAll(async () => {
    ring = await createKeyring(await open())
    call = callRoute([...keyRoutes(ring.keyDeps), ...rotationRoutes(ring.keyDeps)])
  })

  test('A08 A11 A12 B23 B24 D05 D07 D08 a row has the name, what it is for, and an id that is all there is to copy', async () => {
    const described = await make('billing', { description: 'nightly export' })
    const plain = await make('plain')
    for (const { key, secret } of [described, plain]) {
      const shown = await row(key.id)
      expect(shown).toMatchObject({ id: key.id, name: key.name, preview: `ostk_${key.id.slice(4)}` })
      expect(secret.startsWith(`${shown.preview}_`)).toBe(true)
      expect(JSON.stringify(await list())).not.toContain(secret.slice('ostk_'.length + 17))
    }
    expect([(await row(described.key.id)).description, (await row(plain.key.id)).description]).toEqual([
      'nightly export',
      '',
    ])
    const { id } = described.key
    granted(await call(ring.owner, 'PATCH /keys/:id', { params: { id }, body: { name: 'invoices' } }))
    granted(await call(ring.owner, 'POST /keys/:id/rotate', { params: { id }, body: {} }))
    expect(await row(id)).toMatchObject({ name: 'invoices', preview: described.key.preview })
    expect((await list({ search: described.key.preview })).items.map((item) => item.id)).toEqual([id])
  })

  test('A13 A15 new needs a name alone, and from its row a key is renewed whether it is on or off', async () => {
    expect(codeOf(await call(ring.owner, 'POST /keys', { body: {} }))).toBe('invalid')
    ring.clock.forward(1)
    const { key } = await make('new')
    expect((await list({ limit: '1' })).items.map(({ id }) => id)).toEqual([key.id])
    for (const active of [true, false]) {
      granted(await call(ring.owner, 'PATCH /keys/:id', { params: { id: key.id }, body: { active } }))
      const { id, status } = await row(key.id)
      expect(status).toBe(active ? 'active' : 'inactive')
      expect(granted(await call(ring.owner, 'POST /keys/:id/rotate', { params: { id }, body: {} }))).toMatchObject({
        secret: expect.stringContaining(key.preview),
      })
      expect(await row(key.id)).toMatchObject({ id, status })
    }
  })

  test('A14 B25 projects are counted as they are, and all servers is a word and not a number', async () => {
    const [one, two] = [await ring.rows.project('one'), await ring.rows.project('two')]
    const servers = [await ring.rows.server('first', one), await ring.rows.server('second', two)]
    const { key } = await make('everywhere', { projects: [one, two], mcp: { servers: { mode: 'all' } } })
    const { items, refs } = await list({ search: 'everywhere' })
    expect(items[0]?.projects).toHaveLength(2)
    expect(items[0]?.mcp.servers).toEqual({ mode: 'all' })
    // How many that is now: each that is open has its entry, by name.
    expect(Object.keys(items[0]?.mcp.tools ?? {}).toSorted()).toEqual(servers.toSorted())
    expect(servers.map((id) => refs[id]?.slug)).toEqual(['first', 'second'])
    expect((await row(key.id)).mixedEnvironments).toBeNull()
  })

  test('B26 B27 B28 D10 D11 D12 times are instants, and what never was or will be is nothing', async () => {
    const now = ring.clock.now()
    const { key } = await make('dated', { expiresIn: '30d' })
    const { key: endless } = await make('endless')
    expect(await row(key.id)).toMatchObject({
      createdAt: new Date(now).toISOString(),
      expiresAt: new Date(now + 30 * 86_400_000).toISOString(),
      lastUsedAt: null,
      requests: 0,
    })
    expect((await row(endless.id)).expiresAt).toBeNull()
    ring.clock.forward(5)
    await used(key, 3)
    granted(await call(ring.owner, 'POST /keys/:id/rotate', { params: { id: key.id }, body: {} }))
    expect(await row(key.id)).toMatchObject({
      createdAt: new Date(now).toISOString(),
      lastUsedAt: new Date(now + 5).toISOString(),
      requests: 3,
    })
  })

  test('D13 D14 D17 requests sort as numbers, and their shares add up to a hundred of what one may see', async () => {
    const ada = await ring.addMember('member')
    const made: KeyView[] = []
    for (const requests of [9, 10, 100]) {
      const { key } = await make(`used ${requests}`, {}, ada)
      await used(key, requests)
      made.push(key)
    }
    const [nine, ten, hundred] = made.map(({ id }) => id)
    const order = async (sort: string) => (await list({ sort }, ada)).items.map(({ id }) => id)
    expect(await order('requests')).toEqual([nine, ten, hundred])
    expect(await order('-share')).toEqual([hundred, ten, nine])
    for (const actor of [ada, ring.owner]) {
      const { items } = await list({}, actor)
      const sum = items.reduce((all, { share }) => all + share, 0)
      expect(Math.abs(sum - 100)).toBeLessThan(0.001 * items.length)
    }
    expect((await row(hundred ?? '', ada)).share).toBe(84.034)
    expect((await row(hundred ?? '')).share).toBeLessThan(84.034)
  })

  test('D06 an owner who is gone is named, and sorts as before', async () => {
    const team = await ring.rows.team('ghosts', [ring.owner.memberId])
    const { key } = await make('of the ghosts', { owner: { type: 'team', id: team } })
    const place = (await list({ sort: 'owner' })).items.findIndex(({ id }) => id === key.id)
    await ring.keyDeps.database.transaction(ring.owner.organizationId, (db) =>
      db
        .updateTable('teams')
        .set({ state: 'deleted' })
        .where('organization_id', '=', ring.owner.organizationId)
        .where('id', '=', team)
        .execute(),
    )
    expect((await row(key.id)).owner).toEqual({ type: 'team', id: team, name: 'GHOSTS', removed: true })
    expect((await list({ sort: 'owner' })).items.findIndex(({ id }) => id === key.id)).toBe(place)
  })

  test('A09 D09 D16 D17 every status has a word of its own, and sorts by it', async () => {
    const { key } = await make('turned')
    const params = { id: key.id }
    const seen = [(await row(key.id)).status]
    granted(await call(ring.owner, 'PATCH /keys/:id', { params, body: { active: false } }))
    seen.push((await row(key.id)).status)
    const expiresAt = new Date(ring.clock.now() + 1).toISOString()
    granted(await call(ring.owner, 'PATCH /keys/:id', { params, body: { active: true, expiresAt } }))
    ring.clock.forward(1)
    seen.push((await row(key.id)).status)
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params }))
    seen.push((await row(key.id)).status)
    expect(seen).toEqual(['active', 'inactive', 'expired', 'revoked'])
    const statuses = (await list({ sort: 'status' })).items.map(({ status }) => status)
    const runs = statuses.filter((status, at) => status !== statuses[at - 1])
    expect(runs.length).toBe(new Set(statuses).size)
    expect((await list({ sort: '-status' })).items.map(({ status }) => status)).toEqual(statuses.toReversed())
  })
})
