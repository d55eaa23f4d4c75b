import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { etagOf } from '../http/etag.ts'
import type { Actor } from '../people/schema.ts'
import type { Result } from '../problems.ts'
import { keysMixedBy, keysOfProject, liveKeysOfOwner } from './projects/store.ts'
import { keyRecord } from './records/store.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'
import { parseToken } from './token.ts'

type Made = { key: KeyView; secret: string; refs: Record<string, { slug: string | null; name: string }> }
type List = { items: KeyView[]; nextCursor: string | null; total: number }

onEachStore('changing keys', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let organizationId: string
  let projects: Record<'home' | 'dev' | 'test' | 'prod', string>
  const make = async (body: object = {}, actor: Actor = ring.owner) =>
    granted(await call(actor, 'POST /keys', { body: { name: 'ci', ...body } })) as Made
  const patch = (id: string, body: object, more: object = {}, actor: Actor = ring.owner) =>
    call(actor, 'PATCH /keys/:id', { params: { id }, body, ...more })
  const changed = async (id: string, body: object) => (granted(await patch(id, body)) as Made).key
  const get = async (id: string) => granted(await call(ring.owner, 'GET /keys/:id', { params: { id } })) as Made
  const list = async (query: object) => granted(await call(ring.owner, 'GET /keys', { query })) as List
  const record = (id: string) => database.read(organizationId, (db) => keyRecord(db, organizationId, id))
  const rowsOf = async (id: string) => {
    const query = (db: Parameters<Parameters<Database['system']['read']>[0]>[0]) =>
      db.selectFrom('key_projects').select('project_id').where('key_id', '=', id).orderBy('project_id').execute()
    return (await database.system.read(query)).map(({ project_id }) => project_id)
  }
  const events = (id: string) =>
    database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().where('subject_id', '=', id).orderBy('row_id').execute(),
    )
  const policy = (mixed_environments: 'refused' | 'with-reason') =>
    database.system.transaction((db) => db.updateTable('organizations').set({ mixed_environments }).execute())
  const pointersOf = (answer: Result<unknown>) =>
    answer.ok ? [] : answer.problem.errors?.map(({ pointer }) => pointer)

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    organizationId = ring.owner.organizationId
    call = callRoute(keyRoutes(ring.keyDeps))
    const [dev, test, prod] = [
      await ring.rows.project('dev'),
      await ring.rows.project('test'),
      await ring.rows.project('prod', 'production'),
    ]
    projects = { home: (await make()).key.projects[0] ?? '', dev, test, prod }
  })

  test('A26 D52 a changed key keeps its secret, and its record is what gateways decide by next', async () => {
    const { key, secret } = await make()
    const after = await changed(key.id, { name: 'renamed', projects: ['dev'], description: 'new' })
    expect(after).toMatchObject({ name: 'renamed', description: 'new', projects: [projects.dev], revision: 2 })
    expect((await get(key.id)).key).toEqual(after)
    const live = await record(key.id)
    expect(live).toMatchObject({ name: 'renamed', revision: 2, scope: { projects: [projects.dev] } })
    const token = parseToken(secret)
    if (!live || !token) throw new Error('no record')
    expect(granted(await ring.prover.prove(token, live, ring.secrets))).toBe(1)
  })

  test('A02 A06 A14 A20 A22 several projects, one less, none at all: what is shown, stored and searched stays the same', async () => {
    const { key, refs } = await make({ projects: ['test', projects.dev, 'test'] })
    expect(key.projects).toEqual([projects.test, projects.dev])
    expect(refs[projects.test]).toEqual({ slug: 'test', name: 'test' })
    expect(await rowsOf(key.id)).toEqual([projects.test, projects.dev].toSorted())
    expect((await changed(key.id, { projects: ['dev'] })).projects).toEqual([projects.dev])
    expect(await rowsOf(key.id)).toEqual([projects.dev])
    expect((await changed(key.id, { projects: [] })).projects).toEqual([])
    expect(await rowsOf(key.id)).toEqual([])
    expect((await changed(key.id, { projects: null })).projects).toEqual([projects.home])
    expect(await rowsOf(key.id)).toEqual([projects.home])
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id: key.id } }))
    expect(await rowsOf(key.id)).toEqual([])
  })

  test('a list can be of one project, by id or slug, and of an unknown one holds nothing', async () => {
    const some = [await make({ name: 'of prod', projects: ['prod'] }), await make({ name: 'two', projects: ['prod'] })]
    for (const project of ['prod', projects.prod]) {
      const found = await list({ project, sort: 'name' })
      expect(found.items.map(({ id }) => id)).toEqual(some.map(({ key }) => key.id))
      expect(found.total).toBe(2)
    }
    const first = await list({ project: 'prod', sort: 'name', limit: '1' })
    expect(first.items).toHaveLength(1)
    const next = { sort: 'name', limit: '1', cursor: first.nextCursor ?? '' }
    expect((await list({ project: 'prod', ...next })).items.map(({ name }) => name)).toEqual(['two'])
    expect(codeOf(await call(ring.owner, 'GET /keys', { query: { project: 'dev', ...next } }))).toBe('bad_cursor')
    expect((await list({ project: 'prod', search: 'two' })).items).toHaveLength(1)
    expect((await list({ project: 'prod', owner: 'me' })).total).toBe(2)
    expect(await list({ project: 'nobody' })).toMatchObject({ items: [], total: 0 })
    expect(codeOf(await call(ring.owner, 'GET /keys', { query: { project: 'a\0' } }))).toBe('invalid')
  })

  test('a project that was deleted vanishes from what is shown and keeps no key from other changes', async () => {
    const gone = await ring.rows.project('gone', 'production')
    const { key } = await make({ projects: ['gone'] })
    await database.system.transaction((db) =>
      db.updateTable('projects').set({ state: 'deleted', slug: gone }).where('id', '=', gone).execute(),
    )
    expect(
      (await changed(key.id, { name: 'still', addresses: null, mcp: { servers: { mode: 'all' } } })).projects,
    ).toEqual([])
    const shown = await get(key.id)
    expect([shown.key.projects, gone in shown.refs]).toEqual([[], false])
    expect(pointersOf(await patch(key.id, { projects: [gone, 'dev'] }))).toEqual(['/projects/0'])
    expect((await changed(key.id, { projects: ['dev'], mixedEnvironments: null })).projects).toEqual([projects.dev])
  })

  test('what was answered can be sent back, also when a server that it names has been removed meanwhile', async () => {
    const server = await ring.rows.server('leaving', projects.home)
    const { key } = await make({
      mcp: { servers: { mode: 'all' }, tools: { leaving: { mode: 'only', items: ['a'] } } },
    })
    const other = await make({ mcp: { servers: { mode: 'only', items: ['leaving'] } } })
    await database.system.transaction((db) =>
      db.updateTable('servers').set({ state: 'deleted' }).where('id', '=', server).execute(),
    )
    const toolsDefault = { mode: 'none' } as const
    expect((await changed(key.id, { mcp: { ...key.mcp, toolsDefault } })).mcp).toEqual({ ...key.mcp, toolsDefault })
    expect((await changed(other.key.id, { mcp: other.key.mcp })).mcp).toEqual(other.key.mcp)
    expect(pointersOf(await call(ring.owner, 'POST /keys', { body: { name: 'new', mcp: other.key.mcp } }))).toContain(
      '/mcp/servers/items/0',
    )
  })

  test('E26 projects of two tiers need the policy and a reason, at creation and later', async () => {
    const mixed = ['dev', 'prod']
    const body = { name: 'a', projects: mixed, mixedEnvironments: 'copies releases' }
    expect(codeOf(await call(ring.owner, 'POST /keys', { body }))).toBe('environment_mixed')
    const { key } = await make({ projects: ['dev'] })
    expect(codeOf(await patch(key.id, { projects: mixed }))).toBe('environment_mixed')
    await policy('with-reason')
    expect(codeOf(await patch(key.id, { projects: mixed }))).toBe('environment_mixed')
    expect(await changed(key.id, body)).toMatchObject({
      mixedEnvironments: 'copies releases',
      projects: [projects.dev, projects.prod],
    })
    expect(codeOf(await patch(key.id, { mixedEnvironments: null }))).toBe('environment_mixed')
    await policy('refused')
    // What was allowed is not argued about again until somebody touches it; gateways ask the policy with every call.
    expect((await changed(key.id, { name: 'other' })).projects).toHaveLength(2)
    expect(codeOf(await patch(key.id, { mixedEnvironments: 'again' }))).toBe('environment_mixed')
    expect((await changed(key.id, { projects: ['prod'], mixedEnvironments: null })).mixedEnvironments).toBeNull()
  })

  test('G7 an update, its audit event with what has changed, and its news are written together', async () => {
    const { key } = await make()
    await changed(key.id, { name: 'new', mcp: { servers: { mode: 'all' } }, maxStalenessSeconds: 5 })
    const event = (await events(key.id)).at(-1)
    expect(event).toMatchObject({ action: 'key.updated', subject_name: 'new', actor_id: ring.owner.memberId })
    const [before, after]: unknown[] = [event?.before, event?.after].map((text) => JSON.parse(text ?? 'null'))
    expect(before).toEqual({ name: 'ci', maxStalenessSeconds: null, mcp: key.mcp })
    expect(after).toMatchObject({ name: 'new', maxStalenessSeconds: 5, mcp: { enabled: true } })
    const broken = callRoute(keyRoutes({ ...ring.keyDeps, newId: () => Reflect.get({}, 'x') }))
    const call = broken(ring.owner, 'PATCH /keys/:id', { params: { id: key.id }, body: { name: 'half', projects: [] } })
    await expect(call).rejects.toThrow()
    expect((await get(key.id)).key).toMatchObject({ name: 'new', revision: 2, projects: [projects.home] })
    expect(await rowsOf(key.id)).toEqual([projects.home])
  })

  test('G2 the effect counts with how long gateways were allowed to decide before the change', async () => {
    const { key } = await make({ maxStalenessSeconds: 3600 })
    expect(granted(await patch(key.id, { maxStalenessSeconds: 5 }, { query: { waitMs: '77' } }))).toMatchObject({
      key: { maxStalenessSeconds: 5 },
      effect: { pending: [] },
    })
    expect(ring.effects.at(-1)).toMatchObject({ waitMs: 77, maxStalenessSeconds: 3600 })
    granted(await patch(key.id, { maxStalenessSeconds: null }))
    expect(ring.effects.at(-1)).toMatchObject({ maxStalenessSeconds: 5 })
    // Null: the organization's.
    granted(await patch(key.id, { maxStalenessSeconds: 7 }))
    expect(ring.effects.at(-1)).toMatchObject({ maxStalenessSeconds: null })
  })

  test('a stale If-Match changes nothing; of two who name the same state one is late', async () => {
    const { key } = await make()
    expect(codeOf(await patch(key.id, { name: 'x' }, { ifMatch: etagOf({ id: key.id, revision: 9 }) }))).toBe('stale')
    await Promise.all([get(key.id), get(key.id)])
    const ifMatch = etagOf(key)
    const both = [patch(key.id, { name: 'one' }, { ifMatch }), patch(key.id, { name: 'two' }, { ifMatch })]
    expect((await Promise.all(both)).map(codeOf).toSorted()).toEqual([null, 'stale'].toSorted())
    expect((await get(key.id)).key.revision).toBe(2)
  })

  test('who changes different fields at the same time loses nothing', async () => {
    const { key } = await make()
    await Promise.all([get(key.id), get(key.id), get(key.id)])
    const parts = [{ name: 'a' }, { description: 'b' }, { projects: ['dev'] }, { maxStalenessSeconds: 7 }]
    for (const answer of await Promise.all(parts.map((body) => patch(key.id, body)))) expect(codeOf(answer)).toBeNull()
    const shown = (await get(key.id)).key
    expect(shown).toMatchObject({ name: 'a', description: 'b', maxStalenessSeconds: 7, revision: 5 })
    expect([shown.projects, await rowsOf(key.id)]).toEqual([[projects.dev], [projects.dev]])
  })

  test('a change and a deletion that meet leave a tombstone without projects, whoever is first', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = (await make()).key
      const remove = call(ring.owner, 'DELETE /keys/:id', { params: { id } })
      const answers = await Promise.all([patch(id, { projects: ['dev', 'test'] }), remove])
      expect([null, 'not_found']).toContain(codeOf(answers[0]))
      expect(codeOf(answers[1])).toBeNull()
      expect((await record(id))?.state).toBe('deleted')
      expect(await rowsOf(id)).toEqual([])
    }
  })

  test('C19 a revoked key is not changed any more, a deleted or unknown one is not found', async () => {
    const { id } = (await make()).key
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params: { id } }))
    for (const body of [{ name: 'x' }, { expiresIn: 'never' }, { projects: [] }]) {
      expect(codeOf(await patch(id, body))).toBe('key_is_revoked')
    }
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id } }))
    for (const unknown of [id, 'key_0000000000000000', 'nonsense', '\0'])
      expect(codeOf(await patch(unknown, { name: 'x' }))).toBe('not_found')
  })

  test('what a patch may not hold is refused: state, secrets, owner, kind, and text that is no field', async () => {
    const { id } = (await make()).key
    for (const body of [
      { active: 'yes' },
      { state: 'active' },
      { secrets: [] },
      { owner: { type: 'member', id: 'mem_1' } },
      { kind: 'key' },
      { revision: 7 },
      { name: null },
      { mcp: { servers: { mode: 'all' }, extra: 1 } },
      { mcp: {} },
      { llm: {} },
      { mixedEnvironments: '' },
      { expiresAt: null, expiresIn: 'never' },
      { expiresAt: '2020-01-01T00:00:00Z' },
      { addresses: { mode: 'only', cidrs: ['home'] } },
    ])
      expect([body, codeOf(await patch(id, body))]).toEqual([body, 'invalid'])
    expect((await get(id)).key.revision).toBe(1)
  })

  test('B14 an expiry is moved, taken away and, where it is over, given again', async () => {
    const { id } = (await make({ expiresIn: '30d' })).key
    ring.clock.forward(31 * 86_400_000)
    expect((await get(id)).key.status).toBe('expired')
    expect(await changed(id, { expiresIn: '30d' })).toMatchObject({ status: 'active' })
    expect(await changed(id, { expiresAt: null })).toMatchObject({ status: 'active', expiresAt: null })
    expect((await changed(id, { name: 'kept' })).expiresAt).toBeNull()
  })
})

onEachStore('what others ask about keys', (open) => {
  test('the keys of a project and of an owner, and those that another tier would mix, ended ones not counted', async () => {
    const database = await open()
    const ring = await createKeyring(database)
    const { organizationId, memberId } = ring.owner
    const call = callRoute(keyRoutes(ring.keyDeps))
    const [a, b] = [await ring.rows.project('a'), await ring.rows.project('b')]
    await database.system.transaction((db) =>
      db.updateTable('organizations').set({ mixed_environments: 'with-reason' }).execute(),
    )
    const make = async (name: string, body: object) =>
      (granted(await call(ring.owner, 'POST /keys', { body: { name, ...body } })) as Made).key
    const alone = await make('alone', { projects: ['a'] })
    const both = await make('both', { projects: ['a', 'b'] })
    const reasoned = await make('reasoned', { projects: ['a', 'b'], mixedEnvironments: 'why not' })
    const ended = await make('ended', { projects: ['a', 'b'] })
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params: { id: ended.id } }))
    const ask = database.read
    const uses = (limit: number) => ask(organizationId, (db) => keysOfProject(db, organizationId, a, limit))
    const shown = ({ id, name }: KeyView) => ({ id, slug: null, name })
    const live = [alone, both, reasoned].map(shown).toSorted((one, other) => (one.id < other.id ? -1 : 1))
    expect(await uses(100)).toEqual({ items: live, total: 3 })
    expect(await uses(1)).toEqual({ items: live.slice(0, 1), total: 3 })
    const mixed = (tier: 'development' | 'production') =>
      ask(organizationId, (db) => keysMixedBy(db, organizationId, a, tier))
    expect(await mixed('production')).toEqual({ items: [shown(both)], total: 1 })
    expect(await mixed('development')).toEqual({ items: [], total: 0 })
    await database.system.transaction((db) =>
      db.updateTable('organizations').set({ mixed_environments: 'refused' }).execute(),
    )
    expect((await mixed('production')).items.map(({ name }) => name).toSorted()).toEqual(['both', 'reasoned'])
    await database.system.transaction((db) =>
      db.updateTable('projects').set({ state: 'deleted' }).where('id', '=', b).execute(),
    )
    expect((await mixed('production')).total).toBe(0)
    expect(await ask(organizationId, (db) => liveKeysOfOwner(db, organizationId, memberId))).toBe(3)
    expect(await ask(organizationId, (db) => liveKeysOfOwner(db, organizationId, 'mem_2'))).toBe(0)
  })
})
