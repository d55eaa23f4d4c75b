import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'
import { keyRoutes } from '../routes.ts'
import { type KeyView, NewKey } from '../schema.ts'
import { copyName } from './input.ts'

type Made = { key: KeyView; secret: string; claim?: object }

onEachStore('copies of keys', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let ada: Actor
  const make = async (body: object = {}, actor: Actor = ring.owner) =>
    granted(await call(actor, 'POST /keys', { body: { name: 'ci', ...body } })) as Made
  const verb = (name: string, id: string, body: object = {}, actor: Actor = ring.owner) =>
    call(actor, `POST /keys/:id/${name}`, { params: { id }, body })
  const copied = async (name: string, id: string, body: object = {}, actor: Actor = ring.owner) =>
    granted(await verb(name, id, body, actor)) as Made
  const createdEvent = async (id: string) => {
    const found = await database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().where('subject_id', '=', id).execute(),
    )
    expect(found.map(({ action }) => action)).toEqual(['key.created'])
    return JSON.parse(found[0]?.after ?? 'null')
  }
  const settings = ({ key }: Made) => {
    const { description, owner, kind, projects, mixedEnvironments, mcp, llm, addresses, gateways } = key
    const { maxStalenessSeconds, expiresAt, metadata, tags, honey, pinNetwork, rotation } = key
    const rest = { maxStalenessSeconds, expiresAt, metadata, tags, honey, pinNetwork, rotation }
    return { description, owner, kind, projects, mixedEnvironments, mcp, llm, addresses, gateways, ...rest }
  }
  const policies = (text: string) =>
    database.system.transaction((db) => db.updateTable('organizations').set({ policies: text }).execute())

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(keyRoutes(ring.keyDeps))
    const project = await ring.rows.project('dev')
    await ring.rows.server('github', project)
    await ring.rows.gateway('edge')
    ada = await ring.addMember('member')
  })

  const full = {
    description: 'of the night',
    projects: ['dev'],
    mcp: { servers: { mode: 'only', items: ['github'] }, tools: { github: { mode: 'only', items: ['search'] } } },
    addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
    gateways: { mode: 'only', items: ['edge'] },
    maxStalenessSeconds: 5,
    expiresAt: '2027-01-01T00:00:00.000Z',
    metadata: { team: 'tools' },
    tags: ['ci'],
    rotation: { everyDays: 30 },
  }

  test('a duplicate has every setting, a name that says so, an id and a secret of its own, and names its origin', async () => {
    const one = await make({ ...full, active: false })
    const two = await copied('duplicate', one.key.id)
    expect(settings(two)).toEqual(settings(one))
    expect(two.key).toMatchObject({ name: 'Copy of ci', status: 'active', revision: 1, requests: 0, lastUsedAt: null })
    expect(two.key.id).not.toBe(one.key.id)
    expect(two.secret).not.toBe(one.secret)
    expect(await createdEvent(two.key.id)).toMatchObject({ copiedFrom: one.key.id, name: 'Copy of ci' })
    const three = await copied('duplicate', one.key.id, { name: 'night 2', expiresIn: '30d' })
    expect(three.key).toMatchObject({ name: 'night 2', tags: ['ci'] })
    expect(three.key.expiresAt).toBe(new Date(ring.clock.now() + 30 * 86_400_000).toISOString())
  })

  test('D56 a revoked key is replaced by one with its settings and its name, under a new id; it stays revoked', async () => {
    const one = await make(full)
    expect(codeOf(await verb('replacement', one.key.id))).toBe('in_use')
    granted(await verb('revoke', one.key.id))
    const two = await copied('replacement', one.key.id)
    expect(settings(two)).toEqual(settings(one))
    expect(two.key).toMatchObject({ name: 'ci', status: 'active' })
    expect(two.key.id).not.toBe(one.key.id)
    expect(await createdEvent(two.key.id)).toMatchObject({ copiedFrom: one.key.id })
    const old = granted(await call(ring.owner, 'GET /keys/:id', { params: { id: one.key.id } })) as Made
    expect(old.key.status).toBe('revoked')
  })

  test('A27 of a deleted key, of somebody else’s and of an unknown one there is no copy', async () => {
    const one = await make()
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id: one.key.id } }))
    const others = await make()
    for (const name of ['duplicate', 'replacement']) {
      for (const id of [one.key.id, 'key_0000000000000000', 'a\0'])
        expect(codeOf(await verb(name, id))).toBe('not_found')
      expect(codeOf(await verb(name, others.key.id, {}, ada))).toBe('not_found')
    }
  })

  test('of another member’s key the copy is his, and its secret too', async () => {
    const hers = await make({}, ada)
    const copy = await copied('duplicate', hers.key.id)
    expect(copy).toMatchObject({
      key: { owner: { id: ada.memberId }, secrets: [] },
      claim: { url: expect.any(String) },
    })
    expect(copy.secret).toBeUndefined()
    expect(await copied('duplicate', hers.key.id, {}, ada)).toMatchObject({ secret: expect.stringMatching(/^ostk_/) })
  })

  test('whose owner is gone is not copied, and says why', async () => {
    const eve = await ring.addMember('member')
    const hers = await make({}, eve)
    await database.system.transaction((db) =>
      db.updateTable('members').set({ state: 'removed' }).where('id', '=', eve.memberId).execute(),
    )
    expect(await verb('duplicate', hers.key.id)).toMatchObject({
      problem: { code: 'invalid', detail: expect.stringContaining('owner of this key is gone') },
    })
  })

  test('C21 the replacement of an app’s key is the app’s one key, and a duplicate of it is refused', async () => {
    const app = await ring.rows.app('bot', await ring.rows.project('apps'), { type: 'member', id: ring.owner.memberId })
    const one = await make({ owner: { type: 'app', id: app } })
    expect(codeOf(await verb('duplicate', one.key.id))).toBe('app_has_key')
    granted(await verb('revoke', one.key.id))
    const two = await copied('replacement', one.key.id)
    expect(two.key.owner.id).toBe(app)
    expect(codeOf(await verb('replacement', one.key.id))).toBe('app_has_key')
  })

  test('policies of now bind a copy, and its name and end can be said for it', async () => {
    const one = await make({ expiresIn: 'never' })
    await policies(JSON.stringify({ nameTemplate: 'ci-*', maxExpiresIn: '90d' }))
    expect(await verb('duplicate', one.key.id)).toMatchObject({
      problem: { code: 'policy_refused', errors: [{ pointer: '/name' }, { pointer: '/expiresAt' }] },
    })
    expect((await copied('duplicate', one.key.id, { name: 'ci-2', expiresIn: '90d' })).key.name).toBe('ci-2')
    await policies('{}')
    const url = await make({ kind: 'url', mcp: { servers: { mode: 'all' } } })
    await policies(JSON.stringify({ urlKeys: 'off' }))
    expect(codeOf(await verb('duplicate', url.key.id))).toBe('policy_refused')
    await policies('{}')
  })

  test('a copy of an expired key has as much time as that one had, and one of a pinned key waits for its own network', async () => {
    const one = await make({ expiresIn: '30d' })
    const url = await make({ kind: 'url', pinNetwork: true })
    await database.system.transaction((db) =>
      db.updateTable('keys').set({ pinned_network: '192.0.2.0/24' }).where('id', '=', url.key.id).execute(),
    )
    ring.clock.forward(31 * 86_400_000)
    const two = await copied('duplicate', one.key.id)
    expect(two.key.expiresAt).toBe(new Date(ring.clock.now() + 30 * 86_400_000).toISOString())
    const bound = (granted(await call(ring.owner, 'GET /keys/:id', { params: { id: url.key.id } })) as Made).key
    expect(bound.pinnedNetwork).toBe('192.0.2.0/24')
    expect((await copied('duplicate', url.key.id)).key).toMatchObject({
      kind: 'url',
      pinNetwork: true,
      pinnedNetwork: null,
    })
  })

  test('what the key names and is gone meanwhile keeps it from being copied no more than from being changed', async () => {
    const one = await make(full)
    await database.system.transaction((db) =>
      db.updateTable('servers').set({ state: 'deleted', slug: 'gone' }).where('slug', '=', 'github').execute(),
    )
    const two = await copied('duplicate', one.key.id)
    expect(two.key.mcp.servers).toEqual(one.key.mcp.servers)
    await database.system.transaction((db) =>
      db.updateTable('servers').set({ state: 'active', slug: 'github' }).where('slug', '=', 'gone').execute(),
    )
  })

  test('D28 an ephemeral key is one token: nothing of it is copied, and it is given no more time', async () => {
    const made = (await make({ ephemeral: { ttlSeconds: 60 } })) as Made & { access_token: string; expires_in: number }
    expect([made.secret, made.access_token.slice(0, 5), made.expires_in]).toEqual([undefined, 'oste_', 60])
    expect(made.key).toMatchObject({ ephemeral: true, secrets: [] })
    expect(codeOf(await verb('duplicate', made.key.id))).toBe('invalid')
    granted(await verb('revoke', made.key.id))
    expect(codeOf(await verb('replacement', made.key.id))).toBe('invalid')
    const other = (await make({ ephemeral: {} })).key.id
    const longer = await call(ring.owner, 'PATCH /keys/:id', { params: { id: other }, body: { expiresIn: 'never' } })
    expect(longer).toMatchObject({ problem: { code: 'invalid', errors: [{ pointer: '/expiresAt' }] } })
  })

  test('templates are bodies that any organization takes', async () => {
    const { items } = granted(await call(ada, 'GET /key-templates')) as { items: { id: string; key: object }[] }
    expect(items.map(({ id }) => id)).toEqual(['ci', 'claude-code', 'cursor', 'agent'])
    for (const { key } of items) {
      expect(NewKey.parse(key)).toEqual(key)
      expect((await make(key, ada)).key.status).toBe('active')
    }
  })
})

test('the name of a copy of a copy of a long name is still a name', () => {
  let name = `${'\u{1F511}'.repeat(59)}ab`
  for (let n = 0; n < 5; n += 1) {
    name = copyName(name)
    expect(NewKey.parse({ name }).name).toBe(name)
    expect(name.startsWith('Copy of ')).toBe(true)
  }
})
