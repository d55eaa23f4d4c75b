import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { Result } from '../problems.ts'
import { keyRecord } from './records/store.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'

type Made = { key: KeyView; secret: string }

onEachStore('every field of a key', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let organizationId: string
  let ids: Record<'github' | 'files' | 'openai' | 'edge' | 'prod', string>
  const post = (body: object) => call(ring.owner, 'POST /keys', { body: { name: 'ci', ...body } })
  const make = async (body: object = {}) => granted(await post(body)) as Made
  const patch = (id: string, body: object, more: object = {}) =>
    call(ring.owner, 'PATCH /keys/:id', { params: { id }, body, ...more })
  const changed = async (id: string, body: object) => (granted(await patch(id, body)) as Made).key
  const get = async (id: string) => (granted(await call(ring.owner, 'GET /keys/:id', { params: { id } })) as Made).key
  const record = (id: string) => database.read(organizationId, (db) => keyRecord(db, organizationId, id))
  const lastEvent = async (id: string) => {
    const found = await database.system.read((db) =>
      db
        .selectFrom('audit_events')
        .select(['action', 'before', 'after'])
        .where('subject_id', '=', id)
        .orderBy('row_id', 'desc')
        .executeTakeFirstOrThrow(),
    )
    return {
      action: found.action,
      before: JSON.parse(found.before ?? 'null'),
      after: JSON.parse(found.after ?? 'null'),
    }
  }
  /** What lists filter by. */
  const facets = (id: string) =>
    database.system.read(async (db) => {
      const of = <T extends 'key_tags' | 'key_servers'>(table: T) => db.selectFrom(table as 'key_tags').selectAll()
      const tags = await of('key_tags').where('key_id', '=', id).execute()
      const servers = await db.selectFrom('key_servers').selectAll().where('key_id', '=', id).execute()
      const mode = await db.selectFrom('keys').select('mcp_servers').where('id', '=', id).executeTakeFirst()
      return [
        tags.map(({ tag }) => tag).toSorted(),
        servers.map(({ server_id }) => server_id).toSorted(),
        mode?.mcp_servers,
      ]
    })
  const pointersOf = (answer: Result<unknown>) =>
    answer.ok ? [] : answer.problem.errors?.map(({ pointer }) => pointer)

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    organizationId = ring.owner.organizationId
    call = callRoute(keyRoutes(ring.keyDeps))
    const project = await ring.rows.project('dev')
    ids = {
      github: await ring.rows.server('github', project),
      files: await ring.rows.server('files', project),
      openai: await ring.rows.provider('openai', project),
      edge: await ring.rows.gateway('edge'),
      prod: await ring.rows.project('prod', 'production'),
    }
  })

  const everything = () => ({
    description: 'for the night run',
    projects: ['prod'],
    mcp: { servers: { mode: 'only', items: ['github'] }, tools: { github: { mode: 'only', items: ['search'] } } },
    llm: { providers: { mode: 'only', items: ['openai'] }, models: { mode: 'only', items: ['gpt'] } },
    addresses: { mode: 'only', cidrs: ['10.0.0.0/8'] },
    gateways: { mode: 'only', items: ['edge'] },
    maxStalenessSeconds: 5,
    expiresAt: '2027-01-01T00:00:00.000Z',
    metadata: { team: 'tools', cost: { center: 7 }, list: [1, null, true] },
    tags: ['ci', 'team:tools'],
  })

  test('A26 D52 every field is given at creation, or changed one by one, and shown, recorded and audited the same', async () => {
    const born = await make(everything())
    const grown = await make()
    for (const [field, value] of Object.entries(everything())) {
      const before = await get(grown.key.id)
      const after = await changed(grown.key.id, { [field]: value })
      expect(after.revision, field).toBe(before.revision + 1)
      const event = await lastEvent(grown.key.id)
      expect([event.action, Object.keys(event.after)], field).toEqual(['key.updated', [field]])
      expect(Object.keys(event.before), field).toEqual([field])
    }
    const rights = ['projects', 'mcp', 'llm', 'addresses', 'gateways'] as const
    const fields = [...rights, 'description', 'maxStalenessSeconds', 'expiresAt', 'metadata', 'tags'] as const
    const now = await get(grown.key.id)
    for (const field of fields) expect([field, now[field]]).toEqual([field, born.key[field]])
    expect(born.key).toMatchObject({
      tags: ['ci', 'team:tools'],
      metadata: everything().metadata,
      mcp: { servers: { mode: 'only', items: [ids.github] } },
      gateways: { mode: 'only', items: [ids.edge] },
    })
    const [one, other] = [await record(born.key.id), await record(grown.key.id)]
    expect(other?.scope).toEqual(one?.scope)
    expect(JSON.parse(other?.metadata ?? '')).toEqual(everything().metadata)
    expect(await facets(grown.key.id)).toEqual(await facets(born.key.id))
  })

  test('null sets each field back to what a key has that does not say it', async () => {
    const plain = (await make()).key
    const { key } = await make(everything())
    const back = Object.fromEntries(Object.keys(everything()).map((field) => [field, null]))
    const after = await changed(key.id, back)
    for (const field of [
      'description',
      'projects',
      'mcp',
      'llm',
      'addresses',
      'gateways',
      'maxStalenessSeconds',
      'expiresAt',
      'metadata',
      'tags',
    ] as const)
      expect([field, after[field]]).toEqual([field, plain[field]])
    expect(await facets(key.id)).toEqual([[], [], 'off'])
  })

  test('tags and servers can be searched as long as the key is there, each once', async () => {
    const { key } = await make({
      tags: ['b', 'a', 'b'],
      mcp: { servers: { mode: 'except', items: ['files', ids.files] } },
    })
    expect(key.tags).toEqual(['b', 'a'])
    expect(await facets(key.id)).toEqual([['a', 'b'], [ids.files], 'except'])
    await changed(key.id, { tags: ['c'], name: 'other' })
    expect(await facets(key.id)).toEqual([['c'], [ids.files], 'except'])
    await changed(key.id, { mcp: { servers: { mode: 'only', items: ['github', 'files'] } } })
    expect(await facets(key.id)).toEqual([['c'], [ids.github, ids.files].toSorted(), 'only'])
    await changed(key.id, { mcp: { enabled: false, servers: { mode: 'all' } } })
    expect(await facets(key.id)).toEqual([['c'], [], 'off'])
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params: { id: key.id } }))
    expect(await facets(key.id)).toEqual([['c'], [], 'off'])
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id: key.id } }))
    expect(await facets(key.id)).toEqual([[], [], 'off'])
  })

  test('metadata that is too large, too deep, named as JavaScript is, or a secret is refused and never repeated', async () => {
    const { key, secret } = await make()
    const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) })
    const attempts: [metadata: unknown, pointer: string][] = [
      [{ a: 'x'.repeat(1_048_576) }, '/metadata'],
      [deep(100), '/metadata'],
      [deep(6), '/metadata'],
      [JSON.parse('{"__proto__": {"isAdmin": true}}'), '/metadata/__proto__'],
      [{ a: { constructor: 1 } }, '/metadata/a/constructor'],
      [{ a: secret }, '/metadata/a'],
      [{ 'in\u200bvisible': 1 }, '/metadata'],
      [{ a: 'turned\u202e' }, '/metadata/a'],
      [{ a: 'nul\0' }, '/metadata/a'],
      [[], '/metadata'],
      ['text', '/metadata'],
      [7, '/metadata'],
    ]
    for (const [metadata, pointer] of attempts)
      for (const answer of [await post({ metadata }), await patch(key.id, { metadata })]) {
        expect([codeOf(answer), pointersOf(answer)]).toEqual(['invalid', [pointer]])
        expect(JSON.stringify(answer)).not.toContain(secret.slice(22))
      }
    expect((await get(key.id)).revision).toBe(1)
    expect((await make({ metadata: deep(5) as object })).key.metadata).toEqual(deep(5))
  })

  test('metadata that is nested a million times deep is refused like any other that is too deep', async () => {
    const metadata = JSON.parse(`${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`)
    expect(pointersOf(await post({ metadata }))).toEqual(['/metadata'])
  })

  test('tags and descriptions hold nothing that cannot be seen', async () => {
    for (const body of [
      { tags: ['in\u200bvisible'] },
      { tags: ['turned\u202e'] },
      { tags: ['a b'] },
      { tags: ['\u00e9'] },
      { tags: [''] },
      { tags: ['a'.repeat(64)] },
      { tags: Array.from({ length: 33 }, (_, n) => `t${n}`) },
      { description: 'turned\u202e' },
      { description: 'nul\0' },
    ])
      expect([body, codeOf(await post(body))]).toEqual([body, 'invalid'])
  })

  test('C25 a schedule counts from the secret, names a webhook that is there, and is the business of who may list those', async () => {
    const insert = { ...ring.keyDeps, now: ring.clock.now }
    const webhook = { organization_id: organizationId, name: 'vault', url: 'https://vault.example', events: '[]' }
    const kept = { secret_blob: '', created_at: 1, created_by: 'mem_1', revision: 1, failing_since: null }
    await database.system.transaction((db) =>
      db
        .insertInto('webhooks')
        .values([
          { ...webhook, ...kept, id: 'whk_1111111111111111', state: 'active' },
          { ...webhook, ...kept, id: 'whk_2222222222222222', state: 'deleted' },
        ])
        .execute(),
    )
    const rotation = (deliverTo: string | null) => ({ rotation: { everyDays: 30, deliverTo } })
    const { key } = await make(rotation('whk_1111111111111111'))
    expect(key.rotation).toEqual({ everyDays: 30, deliverTo: 'whk_1111111111111111', graceSeconds: 86_400 })
    const due = Date.parse(key.rotationDueAt ?? '') - insert.now()
    expect(Math.abs(due - 30 * 86_400_000)).toBeLessThanOrEqual(1.5 * 86_400_000)
    for (const unknown of ['whk_2222222222222222', 'whk_3333333333333333', 'a\0'])
      for (const answer of [await post(rotation(unknown)), await patch(key.id, rotation(unknown))])
        expect(pointersOf(answer)).toEqual(['/rotation/deliverTo'])
    const member = await ring.addMember('member')
    const ofMember = await call(member, 'POST /keys', { body: { name: 'x', ...rotation('whk_1111111111111111') } })
    expect(pointersOf(ofMember)).toEqual(['/rotation/deliverTo'])
    expect((await changed(key.id, rotation(null))).rotation).toMatchObject({ deliverTo: null })
    const byPolicy = new Date(Date.parse(key.createdAt) + 90 * 86_400_000).toISOString()
    expect(await changed(key.id, { rotation: null })).toMatchObject({ rotation: null, rotationDueAt: byPolicy })
  })

  test('B13 what the policies of the organization refuse is refused at creation and in a change of that field', async () => {
    const { key } = await make({ name: 'web' })
    const policies = JSON.stringify({ nameTemplate: 'ci-*', maxExpiresIn: '90d', urlKeys: 'off' })
    const set = (text: string) =>
      database.system.transaction((db) => db.updateTable('organizations').set({ policies: text }).execute())
    await set(policies)
    for (const [answer, pointer] of [
      [await post({ name: 'web' }), '/name'],
      [await post({ name: 'ci-web', expiresIn: '1y' }), '/expiresIn'],
      [await post({ name: 'ci-web', kind: 'url' }), '/kind'],
      [await patch(key.id, { name: 'web 2' }), '/name'],
      [await patch(key.id, { expiresIn: 'never' }), '/expiresIn'],
    ] as const)
      expect([codeOf(answer), pointersOf(answer)]).toEqual(['policy_refused', [pointer]])
    expect((await changed(key.id, { tags: ['kept'] })).name).toBe('web')
    const ci = (await make({ name: 'ci-web' })).key
    expect(ci.expiresAt).toBe(new Date(ring.clock.now() + 90 * 86_400_000).toISOString())
    await set('{}')
  })
})
