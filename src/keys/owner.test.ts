import { beforeAll, expect, test } from 'vitest'
import { actorOf, callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { createNamedRows } from '../../test/named-rows.ts'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { endKeyOf } from './revoke.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'

type Made = { key: KeyView; secret: string; refs: Record<string, { slug: string | null; name: string }> }
type List = { items: KeyView[]; total: number }

onEachStore('owners of keys', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let people: Record<'ada' | 'bob' | 'admin', Actor>
  let team: string
  let app: string
  const post = (actor: Actor, body: object = {}) => call(actor, 'POST /keys', { body: { name: 'ci', ...body } })
  const make = async (actor: Actor, body: object = {}) => granted(await post(actor, body)) as Made
  const list = async (actor: Actor, query: object = {}) => granted(await call(actor, 'GET /keys', { query })) as List
  const at = (actor: Actor, route: string, id: string, body: object = {}) =>
    call(actor, route, { params: { id }, body })
  const oneRoutes = ['GET /keys/:id', 'PATCH /keys/:id', 'POST /keys/:id/revoke', 'DELETE /keys/:id']
  const events = (id: string) =>
    database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().where('subject_id', '=', id).orderBy('row_id').execute(),
    )

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(keyRoutes(ring.keyDeps))
    people = {
      ada: await ring.addMember('member'),
      bob: await ring.addMember('member'),
      admin: await ring.addMember('admin'),
    }
    const project = await ring.rows.project('apps')
    team = await ring.rows.team('ops', [people.ada.memberId])
    app = await ring.rows.app('bot', project, { type: 'team', id: team })
  })

  test('B03 a key belongs to a person, a team or an app, and says so with the name', async () => {
    const { ada } = people
    const own = await make(ada)
    expect(own.key.owner).toEqual({ type: 'member', id: ada.memberId, name: 'member' })
    expect(own.refs[ada.memberId]).toEqual({ slug: null, name: 'member' })
    const ofTeam = await make(ada, { owner: { type: 'team', id: 'ops' } })
    expect(ofTeam.key.owner).toEqual({ type: 'team', id: team, name: 'OPS' })
    expect(ofTeam.refs[team]).toEqual({ slug: 'ops', name: 'OPS' })
    expect((await make(ada, { owner: { type: 'member', id: ada.memberId } })).key.owner.id).toBe(ada.memberId)
  })

  test('a member makes no key for another person, whoever that is; for nobody it is refused with the place', async () => {
    const { ada, bob, admin } = people
    for (const id of [ada.memberId, admin.memberId, 'mem_0000000000000000', 'a\0'])
      expect(await post(bob, { owner: { type: 'member', id } })).toMatchObject({
        problem: { code: 'not_permitted', detail: expect.stringContaining('made by an owner or admin') },
      })
    for (const owner of [
      { type: 'member', id: 'mem_0000000000000000' },
      { type: 'team', id: 'nobody' },
      { type: 'app', id: 'nobody' },
      { type: 'team', id: ada.memberId },
      { type: 'member', id: team },
      { type: 'team', id: 'a\0' },
    ])
      expect(await post(admin, { owner })).toMatchObject({
        problem: { code: 'invalid', errors: [{ pointer: '/owner/id', detail: `there is no such ${owner.type}` }] },
      })
  })

  test('a team or app that a member does not belong to is, to him, not there: the refusal is that of an unknown one', async () => {
    const { bob, admin } = people
    for (const [type, names] of [
      ['team', [team, 'ops', 'unknown']],
      ['app', [app, 'bot', 'unknown']],
    ] as const) {
      const answers = []
      for (const id of names) answers.push(await post(bob, { owner: { type, id } }))
      expect(codeOf(answers[0] ?? { ok: true, value: null })).toBe('invalid')
      expect(answers[1]).toEqual(answers[0])
      expect(answers[2]).toEqual(answers[0])
    }
    expect((await make(admin, { owner: { type: 'team', id: team } })).key.owner.id).toBe(team)
  })

  test('who is gone when the secret is hashed gets no key', async () => {
    const gone = await ring.rows.team('gone', [people.ada.memberId])
    const meanwhile = callRoute(
      keyRoutes({
        ...ring.keyDeps,
        hash: async (...given) => {
          await database.system.transaction((db) =>
            db.updateTable('teams').set({ state: 'deleted', slug: gone }).where('id', '=', gone).execute(),
          )
          return ring.keyDeps.hash(...given)
        },
      }),
    )
    const body = { name: 'late', owner: { type: 'team', id: gone } }
    expect(await meanwhile(people.ada, 'POST /keys', { body })).toMatchObject({
      problem: { code: 'invalid', errors: [{ pointer: '/owner/id' }] },
    })
    expect((await list(ring.owner, { search: 'late' })).items).toEqual([])
  })

  test('whose name changes when the secret is hashed has a key with his new name', async () => {
    const { ada } = people
    const rename = (name: string) =>
      database.system.transaction((db) =>
        db.updateTable('members').set({ name }).where('id', '=', ada.memberId).execute(),
      )
    const hash: typeof ring.keyDeps.hash = async (...given) => {
      await rename('Ada')
      return ring.keyDeps.hash(...given)
    }
    const meanwhile = callRoute(keyRoutes({ ...ring.keyDeps, hash }))
    const { key } = granted(await meanwhile(ada, 'POST /keys', { body: { name: 'renamed' } })) as Made
    await rename('member')
    const row = await database.system.read((db) =>
      db.selectFrom('keys').select(['owner_name', 'revision']).where('id', '=', key.id).executeTakeFirst(),
    )
    expect(row).toEqual({ owner_name: 'Ada', revision: 1 })
  })

  test('B22 a member meets his own keys, his teams’ and those of their apps; all others are not found', async () => {
    const { ada, bob } = people
    const hers = [
      await make(ada, { name: 'b22' }),
      await make(ada, { name: 'b22', owner: { type: 'team', id: team } }),
      await make(ada, { name: 'b22', owner: { type: 'app', id: app } }),
    ].map(({ key }) => key.id)
    const his = await make(bob, { name: 'b22' })
    expect((await list(ada, { search: 'b22' })).items.map(({ id }) => id).toSorted()).toEqual(hers.toSorted())
    expect((await list(bob, { search: 'b22' })).items.map(({ id }) => id)).toEqual([his.key.id])
    expect((await list(bob, { owner: team })).items).toEqual([])
    expect((await list(ada, { owner: team, search: 'b22' })).items.map(({ id }) => id)).toEqual([hers[1]])
    for (const id of hers)
      for (const route of oneRoutes) {
        expect([route, codeOf(await at(bob, route, id))]).toEqual([route, 'not_found'])
        expect([route, codeOf(await at(ada, route, his.key.id))]).toEqual([route, 'not_found'])
      }
    for (const id of hers)
      for (const route of oneRoutes) expect([route, codeOf(await at(ada, route, id))]).toEqual([route, null])
  })

  test('B09 B34 B35 an admin sees every key with its owner, and finds his own apart', async () => {
    const { ada, admin } = people
    const hers = await make(ada, { name: 'hers' })
    const own = await make(admin, { name: 'own' })
    for (const actor of [admin, ring.owner, await ring.addMember('auditor')]) {
      const { items } = await list(actor, { limit: '200' })
      expect(items.find(({ id }) => id === hers.key.id)).toEqual(hers.key)
      expect(items.every(({ owner }) => owner.name !== '')).toBe(true)
    }
    expect((await list(admin, { owner: 'me' })).items.map(({ id }) => id)).toEqual([own.key.id])
    const mine = (await list(ada, { owner: 'me' })).items
    expect(new Set(mine.map(({ owner }) => owner.id))).toEqual(new Set([ada.memberId]))
    expect((await list(ada, { owner: admin.memberId })).items).toEqual([])
  })

  test('keys are found by the slug of their owner, and those of both where a team and an app share it', async () => {
    const { ada, bob, admin } = people
    const ofTeam = await make(ada, { name: 'slugs', owner: { type: 'team', id: 'ops' } })
    const found = async (actor: Actor, owner: string) =>
      (await list(actor, { owner, search: 'slugs' })).items.map(({ id }) => id).toSorted()
    for (const actor of [ada, admin]) expect(await found(actor, 'ops')).toEqual([ofTeam.key.id])
    const twin = await ring.rows.app('ops', await ring.rows.project('twin'), { type: 'team', id: team })
    const ofApp = await make(ada, { name: 'slugs', owner: { type: 'app', id: twin } })
    for (const actor of [ada, admin])
      expect(await found(actor, 'ops')).toEqual([ofTeam.key.id, ofApp.key.id].toSorted())
    for (const [actor, owner] of [
      [bob, 'ops'],
      [admin, 'nobody'],
    ] as const)
      expect(await found(actor, owner)).toEqual([])
  })

  test('B36 who ends another one’s key stands in the audit event, and whose it was', async () => {
    const { ada, admin } = people
    const { key } = await make(ada)
    granted(await at(admin, 'DELETE /keys/:id', key.id))
    const [, event] = await events(key.id)
    expect(event).toMatchObject({ action: 'key.deleted', actor_id: admin.memberId, actor_name: 'admin' })
    const before: unknown = JSON.parse(event?.before ?? 'null')
    expect(before).toMatchObject({ state: 'active', owner: { type: 'member', id: ada.memberId, name: 'member' } })
  })

  test('a name outlives its owner: the key of a removed member still says whose it was, and that he is gone', async () => {
    const eve = await ring.addMember('member')
    const { key } = await make(eve)
    await database.system.transaction((db) =>
      db.updateTable('members').set({ state: 'removed' }).where('id', '=', eve.memberId).execute(),
    )
    const shown = granted(await at(people.admin, 'GET /keys/:id', key.id)) as Made
    expect(shown.key.owner).toEqual({ type: 'member', id: eve.memberId, name: 'member', removed: true })
    expect(shown.refs[eve.memberId]).toEqual({ slug: null, name: 'member' })
    expect(codeOf(await post(eve))).toBe('invalid')
  })
})

onEachStore('the key of an app', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let project: string
  const newApp = async (slug: string) => ring.rows.app(slug, project, { type: 'member', id: ring.owner.memberId })
  const post = (app: string, body: object = {}) =>
    call(ring.owner, 'POST /keys', { body: { name: 'ci', owner: { type: 'app', id: app }, ...body } })
  const make = async (app: string) => (granted(await post(app)) as Made).key
  const count = () => database.system.read(async (db) => (await db.selectFrom('keys').select('id').execute()).length)
  const toldOfApp = async (key: string) => {
    const event = await database.system.read((db) =>
      db
        .selectFrom('audit_events')
        .select('after')
        .where('subject_id', '=', key)
        .where('action', '=', 'key.created')
        .executeTakeFirst(),
    )
    return JSON.parse(event?.after ?? '{}').app
  }

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(keyRoutes(ring.keyDeps))
    project = await ring.rows.project('apps')
    await ring.rows.project('other')
  })

  test('C21 an app has one key: a second one is refused and leaves nothing, until the first has ended', async () => {
    const app = await newApp('one')
    const first = await make(app)
    expect(first).toMatchObject({ owner: { type: 'app', id: app, name: 'ONE' }, projects: [project] })
    const before = await count()
    expect(codeOf(await post(app))).toBe('app_has_key')
    expect(await count()).toBe(before)
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params: { id: first.id } }))
    const second = await make(app)
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id: second.id } }))
    expect((granted(await post(app, { expiresIn: '30d' })) as Made).key.status).toBe('active')
    ring.clock.forward(31 * 86_400_000)
    expect((await make(app)).status).toBe('active')
    expect(await toldOfApp(second.id)).toEqual({ id: app, formerKey: first.id })
  })

  test('C21 of two who make the key of an app at once one is refused', async () => {
    const app = await newApp('race')
    await Promise.all([count(), count()])
    const codes = (await Promise.all([post(app), post(app), post(app)])).map(codeOf)
    expect(codes.toSorted()).toEqual(['app_has_key', 'app_has_key', null])
  })

  test('C21 it is for the project of its app, at its making and later', async () => {
    const app = await newApp('bound')
    for (const projects of [[], ['other'], ['apps', 'other']])
      expect(await post(app, { projects })).toMatchObject({
        problem: { code: 'invalid', errors: [{ pointer: '/projects' }] },
      })
    const { id } = (granted(await post(app, { projects: ['apps'] })) as Made).key
    const patch = (body: object) => call(ring.owner, 'PATCH /keys/:id', { params: { id }, body })
    for (const projects of [[], ['other'], ['apps', 'other']])
      expect(await patch({ projects })).toMatchObject({
        problem: { code: 'invalid', errors: [{ pointer: '/projects' }] },
      })
    for (const body of [{ projects: ['apps'] }, { projects: null }, { name: 'other' }])
      expect(granted(await patch(body))).toMatchObject({ key: { projects: [project] } })
  })

  test('C21 no key is moved to another owner', async () => {
    const { id } = await make(await newApp('fixed'))
    const body = { owner: { type: 'member', id: ring.owner.memberId } }
    expect(codeOf(await call(ring.owner, 'PATCH /keys/:id', { params: { id }, body }))).toBe('invalid')
  })

  test('it ends with what is deleted, in the same unit of work, once', async () => {
    const { id } = await make(await newApp('ended'))
    const end = () =>
      database.transaction(ring.owner.organizationId, (db) =>
        endKeyOf(ring.keyDeps)(db, ring.owner, id, { reason: 'its app was deleted', requestId: 'req_1' }),
      )
    expect(await end()).toEqual(expect.any(Number))
    expect(await end()).toBeNull()
    expect(granted(await call(ring.owner, 'GET /keys/:id', { params: { id } }))).toMatchObject({
      key: { status: 'revoked' },
    })
  })
})

onEachStore('owners of keys in two organizations', (open) => {
  test('G10 B34 neither an owner nor an admin sees, names or ends what is of another organization', async () => {
    const database = await open()
    const ring = await createKeyring(database)
    const call = callRoute(keyRoutes(ring.keyDeps))
    const second = 'org_2222222222222222'
    await addOrganization(database, second, 'second')
    const theirRows = createNamedRows(database, second)
    const project = await theirRows.project('theirs', 'development', true)
    const them = await ring.addMember('owner', second)
    const things = {
      server: await theirRows.server('tools', project),
      provider: await theirRows.provider('llm', project),
      gateway: await theirRows.gateway('edge'),
      team: await theirRows.team('ops', [them.memberId]),
      app: await theirRows.app('bot', project, { type: 'member', id: them.memberId }),
    }
    const { key } = granted(await call(them, 'POST /keys', { body: { name: 'theirs' } })) as Made
    expect(key.projects).toEqual([project])
    const only = (items: string[]) => ({ mode: 'only', items })
    const all = { mode: 'all' }
    const attempts: [string, object][] = [
      ['/projects/0', { projects: [project] }],
      ['/projects/0', { projects: ['theirs'] }],
      ['/mcp/servers/items/0', { mcp: { servers: only([things.server]) } }],
      ['/mcp/servers/items/0', { mcp: { servers: only(['tools']) } }],
      [`/mcp/tools/${things.server}`, { mcp: { servers: all, tools: { [things.server]: all } } }],
      ['/llm/providers/items/0', { llm: { providers: only([things.provider]) } }],
      ['/gateways/items/0', { gateways: only([things.gateway]) }],
      ['/gateways/items/0', { gateways: only(['edge']) }],
      ['/owner/id', { owner: { type: 'member', id: them.memberId } }],
      ['/owner/id', { owner: { type: 'team', id: things.team } }],
      ['/owner/id', { owner: { type: 'app', id: things.app } }],
    ]
    const own = granted(await call(ring.owner, 'POST /keys', { body: { name: 'ours' } })) as Made
    const admin = await ring.addMember('admin')
    for (const actor of [ring.owner, admin]) {
      for (const [pointer, body] of attempts) {
        const refused = { problem: { code: 'invalid', errors: [{ pointer }] } }
        expect(await call(actor, 'POST /keys', { body: { name: 'a', ...body } })).toMatchObject(refused)
        if ('owner' in body) continue
        const params = { id: own.key.id }
        expect(await call(actor, 'PATCH /keys/:id', { params, body })).toMatchObject(refused)
      }
      for (const route of ['GET /keys/:id', 'PATCH /keys/:id', 'POST /keys/:id/revoke', 'DELETE /keys/:id'])
        expect(codeOf(await call(actor, route, { params: { id: key.id } }))).toBe('not_found')
      for (const query of [{ owner: them.memberId }, { project }, { project: 'theirs' }])
        expect(granted(await call(actor, 'GET /keys', { query }))).toMatchObject({ items: [], total: 0 })
    }
    const stranger = actorOf(second, them.memberId, 'owner')
    expect(granted(await call(stranger, 'GET /keys'))).toMatchObject({ items: [{ id: key.id }], total: 1 })
  })
})
