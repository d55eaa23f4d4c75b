import { beforeEach, expect, test } from 'vitest'
import { codeOf, granted } from '../../test/keyring.ts'
import { actorOf, createRegistry, orgA, orgB, type Registry } from '../../test/registry.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { Result } from '../problems.ts'
import { catalogRecords } from './records.ts'
import type { CatalogView } from './schema.ts'

const everyoneB = 'cat_000000000000000b'
const project = 'prj_000000000000000a'

onEachStore('catalogs', (open) => {
  let database: Database
  let world: Registry
  beforeEach(async () => {
    database = await open()
    world = await createRegistry(database)
  })
  const call = (what: string, given: Parameters<Registry['call']>[2] = {}, organization = orgA) =>
    world.call(actorOf(organization), what, given) as Promise<Result<{ catalog: CatalogView; refs: object }>>
  const create = async (slug: string, more: object = {}, organization = orgA) =>
    granted(await call('POST /catalogs', { body: { slug, ...more } }, organization)).catalog
  const show = async (id: string) => granted(await call('GET /catalogs/:id', { params: { id } }))
  const patch = (id: string, body: object, ifMatch: string | null = null) =>
    call('PATCH /catalogs/:id', { params: { id }, body, ifMatch })
  const remove = (id: string, ifMatch: string | null = null) =>
    call('DELETE /catalogs/:id', { params: { id }, ifMatch })
  const server = async (slug: string, more: object = {}, organization = orgA): Promise<string> => {
    const body = { slug, transport: { type: 'http', url: 'https://t.example.test/' }, ...more }
    const made = (await world.call(actorOf(organization), 'POST /servers', { body })) as Result<never>
    return (granted(made) as { server: { id: string } }).server.id
  }

  test('G7 a catalog is made, changed and deleted, each time with its audit event and its news', async () => {
    const id = await server('tools', { catalogs: [] })
    const team = await world.team('ops')
    const made = await create('ops-tools', { name: 'Ops tools', servers: ['tools'], audience: { teams: ['ops'] } })
    expect(made).toMatchObject({
      slug: 'ops-tools',
      name: 'Ops tools',
      servers: [id],
      providers: [],
      audience: { everyone: false, teams: [team], members: [] },
      joinedByNew: false,
      revision: 1,
    })
    const changed = granted(await patch('ops-tools', { slug: 'ops', name: null }))
    expect(changed).toMatchObject({ catalog: { slug: 'ops', name: 'ops', servers: [id], revision: 2 } })
    expect(changed).toHaveProperty('effect')
    expect(changed.refs).toEqual({ [id]: { slug: 'tools', name: 'tools' }, [team]: { slug: 'ops', name: 'ops' } })
    expect(granted(await remove('ops'))).toHaveProperty('effect')
    expect(await world.catalogRecord(made.id)).toBeNull()
    const rows = await database.system.read(async (db) => ({
      events: await db
        .selectFrom('audit_events')
        .select('action')
        .where('subject_id', '=', made.id)
        .orderBy('row_id')
        .execute(),
      news: await db.selectFrom('changes').select('kind').where('subject_id', '=', made.id).execute(),
      left: await db.selectFrom('catalog_servers').selectAll().where('catalog_id', '=', made.id).execute(),
    }))
    expect(rows.events.map(({ action }) => action)).toEqual(['catalog.created', 'catalog.updated', 'catalog.deleted'])
    expect([rows.news.length, rows.left]).toEqual([3, []])
    expect((await call('GET /servers/:id', { params: { id } })).ok).toBe(true)
  })

  test('an audience that is absent or empty reaches nobody, and a list that is given is the whole list', async () => {
    const [a, b] = [await server('a'), await server('b')]
    const [ada, bob] = [await world.member(), await world.member()]
    const nobody = { everyone: false, teams: [], members: [] }
    expect((await create('none')).audience).toEqual(nobody)
    expect((await create('empty', { audience: {} })).audience).toEqual(nobody)
    expect((await create('lists', { audience: { teams: [], members: [] } })).audience).toEqual(nobody)
    const full = { servers: ['a', b, 'b'], audience: { everyone: true, members: [ada, bob] } }
    expect(await create('full', full)).toMatchObject({
      servers: [a, b].toSorted(),
      audience: { everyone: true, teams: [], members: [ada, bob].toSorted() },
    })
    expect(granted(await patch('full', { audience: { members: [ada] } })).catalog).toMatchObject({
      servers: [a, b].toSorted(),
      audience: { everyone: false, members: [ada] },
    })
    expect(granted(await patch('full', { servers: ['b'] })).catalog.servers).toEqual([b])
    expect(granted(await patch('full', { servers: null, audience: null })).catalog).toMatchObject({
      servers: [],
      audience: nobody,
    })
    expect(await world.catalogRecord(granted(await patch('full', { servers: ['a'] })).catalog.id)).toMatchObject({
      servers: [a],
      audience: nobody,
      revision: 5,
    })
  })

  test('G10 names that are unknown, foreign or no names at all are refused alike, each with its place', async () => {
    await server('ours')
    const foreign = {
      server: await server('theirs', {}, orgB),
      provider: await world.provider('theirs', 'prj_000000000000000b', orgB),
      team: await world.team('theirs', [], orgB),
      member: await world.member(orgB),
    }
    const refused = await call('POST /catalogs', {
      body: {
        slug: 'x',
        servers: ['ours', foreign.server, 'theirs', 'a\u0000b', 'no-such'],
        providers: [foreign.provider],
        audience: { teams: ['theirs', foreign.team], members: [foreign.member, 'Grace'] },
      },
    })
    if (refused.ok) throw new Error('was granted')
    expect(refused.problem.code).toBe('invalid')
    expect(refused.problem.errors?.map(({ pointer }) => pointer)).toEqual([
      ...[1, 2, 3, 4].map((n) => `/servers/${n}`),
      '/providers/0',
      '/audience/teams/0',
      '/audience/teams/1',
      '/audience/members/0',
      '/audience/members/1',
    ])
    expect(codeOf(await patch('everyone', { servers: [foreign.server] }))).toBe('invalid')
    expect(await show('everyone')).toMatchObject({ catalog: { revision: 2 } })
    const theirs = await create('theirs', {}, orgB)
    for (const id of [theirs.id, 'theirs', everyoneB, '', 'a\u0000b', '%']) {
      for (const what of ['GET', 'PATCH', 'DELETE'])
        expect([id, codeOf(await call(`${what} /catalogs/:id`, { params: { id }, body: {} }))]).toEqual([
          id,
          'not_found',
        ])
    }
  })

  test('what was deleted is in no catalog, for nobody', async () => {
    const [id, member] = [await server('tools'), await world.member()]
    const team = await world.team('ops', [member])
    const provider = await world.provider('llm', project)
    const made = await create('all', {
      servers: [id],
      providers: ['llm'],
      audience: { teams: [team], members: [member] },
    })
    await database.system.transaction(async (db) => {
      await db.updateTable('servers').set({ state: 'deleted' }).where('id', '=', id).execute()
      await db.updateTable('providers').set({ state: 'deleted' }).where('id', '=', provider).execute()
      await db.updateTable('teams').set({ state: 'deleted' }).where('id', '=', team).execute()
      await db.updateTable('members').set({ state: 'removed' }).where('id', '=', member).execute()
    })
    const nothing = { servers: [], providers: [], audience: { everyone: false, teams: [], members: [] } }
    expect(await world.catalogRecord(made.id)).toMatchObject(nothing)
    expect(await show('all')).toEqual({ catalog: { ...made, ...nothing }, refs: {} })
    for (const body of [
      { servers: [id] },
      { providers: [provider] },
      { audience: { teams: [team] } },
      { audience: { members: [member] } },
    ])
      expect([body, codeOf(await patch('all', body))]).toEqual([body, 'invalid'])
  })

  test('the catalog that new servers join cannot be deleted, and says why; whom it is for can be changed', async () => {
    const refused = await remove('everyone')
    expect(refused).toMatchObject({ problem: { code: 'in_use', detail: expect.stringContaining('New servers') } })
    expect(granted(await patch('everyone', { audience: { everyone: false } })).catalog).toMatchObject({
      joinedByNew: true,
      audience: { everyone: false },
    })
  })

  test('a change on an older state is stale; of many without one none is refused', async () => {
    const made = await create('busy')
    for (const answer of await Promise.all(['A', 'B', 'C', 'D'].map((name) => patch('busy', { name })))) granted(answer)
    expect((await show('busy')).catalog.revision).toBe(5)
    expect(codeOf(await patch('busy', { name: 'E' }, `"${made.id}-1"`))).toBe('stale')
    expect(codeOf(await remove('busy', `"${made.id}-4"`))).toBe('stale')
    const ends = await Promise.all([remove('busy'), remove(made.id), patch('busy', { name: 'F' })])
    expect(ends.slice(0, 2).map(codeOf).toSorted()).toEqual(['not_found', null].toSorted())
    expect(codeOf(ends[2])).toBeOneOf([null, 'not_found'])
  })

  test('slugs and fields are checked as everywhere, and a slug is taken in its own organization only', async () => {
    const both = await Promise.all([1, 2].map(() => call('POST /catalogs', { body: { slug: 'twin' } })))
    expect(both.map(codeOf).toSorted()).toEqual(['slug_taken', null].toSorted())
    expect((await create('twin', {}, orgB)).slug).toBe('twin')
    expect(codeOf(await patch('twin', { slug: 'everyone' }))).toBe('slug_taken')
    for (const body of [
      { slug: 'a__b' },
      { slug: 'раy' },
      { slug: 'ok', name: 'a\u200bb' },
      { slug: 'ok', joinedByNew: true },
      { slug: 'ok', everyone: true },
      { slug: 'ok', audience: { everyone: true, roles: ['owner'] } },
      { slug: 'ok', servers: 'all' },
      { slug: 'ok', servers: Array.from({ length: 5001 }, () => 'x') },
    ])
      expect([body, codeOf(await call('POST /catalogs', { body }))]).toEqual([body, 'invalid'])
    expect(codeOf(await patch('twin', { joinedByNew: true }))).toBe('invalid')
  })

  test('lists go by name in pages, and a page of very full catalogs ends early', async () => {
    for (const slug of ['c', 'a', 'b']) await create(slug)
    const list = async (query: object) =>
      granted((await call('GET /catalogs', { query })) as Result<never>) as {
        items: CatalogView[]
        nextCursor: string | null
        total: number
      }
    const first = await list({ limit: 2 })
    const rest = await list({ limit: 9, cursor: first.nextCursor })
    // By the bytes of the names, as everywhere: capitals first.
    expect([...first.items, ...rest.items].map(({ name }) => name)).toEqual(['Everyone', 'a', 'b', 'c'])
    expect([first.total, rest.nextCursor]).toEqual([4, null])
    expect((await list({ search: 'EVERY' })).items.map(({ slug }) => slug)).toEqual(['everyone'])
    const members = await manyMembers(database, 11_000)
    for (const slug of ['a', 'b']) await fill(database, (await show(slug)).catalog.id, members)
    const full = await list({ limit: 9 })
    expect(full.items.map(({ slug }) => slug)).toEqual(['everyone', 'a'])
    expect((await list({ limit: 9, cursor: full.nextCursor })).items.map(({ slug }) => slug)).toEqual(['b', 'c'])
  })

  test('records come in pages over all organizations, or of one', async () => {
    await create('more')
    const all = await database.system.read(async (db) => {
      const first = await catalogRecords(db, null, null, 2)
      return [...first, ...(await catalogRecords(db, null, first.at(-1) ?? null, 2))]
    })
    expect(all.map(({ organization }) => organization)).toEqual([orgA, orgA, orgB])
    expect(await database.read(orgB, (db) => catalogRecords(db, orgB, null, 9))).toMatchObject([
      { id: everyoneB, audience: { everyone: true } },
    ])
  })
})

const perStatement = 1000

const manyMembers = async (database: Database, count: number): Promise<string[]> => {
  const ids = Array.from({ length: count }, (_, n) => `mem_${String(n).padStart(16, '0')}`)
  const row = { organization_id: orgA, name: 'M', role: 'member', is_operator: 0, created_at: 1 } as const
  for (let at = 0; at < count; at += perStatement) {
    const rows = ids.slice(at, at + perStatement).map((id) => ({ ...row, id, email: `${id}@x.test` }))
    await database.system.transaction((db) => db.insertInto('members').values(rows).execute())
  }
  return ids
}

const fill = async (database: Database, catalog: string, members: readonly string[]): Promise<void> => {
  const row = { organization_id: orgA, catalog_id: catalog }
  for (let at = 0; at < members.length; at += perStatement) {
    const rows = members.slice(at, at + perStatement).map((member_id) => ({ ...row, member_id }))
    await database.system.transaction((db) => db.insertInto('catalog_members').values(rows).execute())
  }
}
