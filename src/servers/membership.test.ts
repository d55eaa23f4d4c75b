import { beforeEach, expect, test } from 'vitest'
import { codeOf, granted } from '../../test/keyring.ts'
import { actorOf, createRegistry, orgA, orgB, type Registry } from '../../test/registry.ts'
import { onEachStore } from '../../test/stores.ts'
import { leaveCatalogs } from '../catalogs/leave.ts'
import type { Database } from '../db/database.ts'
import type { Result } from '../problems.ts'
import type { ServerView } from './schema.ts'

const everyone = 'cat_000000000000000a'
const project = 'prj_000000000000000a'

onEachStore('a server and what it belongs to', (open) => {
  let database: Database
  let world: Registry
  beforeEach(async () => {
    database = await open()
    world = await createRegistry(database)
  })
  const call = (what: string, given: Parameters<Registry['call']>[2] = {}, organization = orgA) =>
    world.call(actorOf(organization), what, given) as Promise<Result<{ server: ServerView }>>
  const transport = { type: 'http', url: 'https://t.example.test/' } as const
  const post = (slug: string, more: object = {}, organization = orgA) =>
    call('POST /servers', { body: { slug, transport, ...more } }, organization)
  const create = async (slug: string, more: object = {}) => granted(await post(slug, more)).server
  const catalog = async (slug: string): Promise<string> =>
    (granted((await call('POST /catalogs', { body: { slug } })) as Result<never>) as { catalog: { id: string } })
      .catalog.id
  const held = async (id: string) => (await world.catalogRecord(id))?.servers
  const news = async () =>
    (
      await database.system.read((db) =>
        db.selectFrom('changes').select(['kind', 'subject_id']).orderBy('row_id').execute(),
      )
    ).map(({ kind, subject_id }) => `${kind} ${subject_id}`)

  test('B16 a new server joins the catalog of everyone in the same commit, and the catalog tells the gateways', async () => {
    const { id } = await create('tools')
    expect(await world.catalogRecord(everyone)).toMatchObject({ servers: [id], revision: 2 })
    expect(await news()).toEqual([`server ${id}`, `catalog ${everyone}`])
    const waited = world.waited.at(-1)
    const last = await database.system.read((db) =>
      db.selectFrom('changes').select('row_id').orderBy('row_id', 'desc').limit(1).executeTakeFirst(),
    )
    expect(waited).toEqual({ rowId: last?.row_id, waitMs: 250 })
    const event = await database.system.read((db) => db.selectFrom('audit_events').select('after').executeTakeFirst())
    expect(JSON.parse(event?.after ?? '')).toMatchObject({ slug: 'tools', catalogs: [everyone] })
  })

  test('B33 a server that is taken out of its catalog is in no record, and put back it is, whatever its key', async () => {
    const { id } = await create('tools')
    const set = async (servers: string[]) =>
      granted(await call('PATCH /catalogs/:id', { params: { id: 'everyone' }, body: { servers } }))
    await set([])
    expect(await held(everyone)).toEqual([])
    await set(['tools'])
    expect(await held(everyone)).toEqual([id])
  })

  test('it joins the catalogs that it names and no other, or none', async () => {
    const [one, two] = [await catalog('one'), await catalog('two')]
    const { id } = await create('named', { catalogs: ['two', one, 'one'] })
    expect([await held(one), await held(two), await held(everyone)]).toEqual([[id], [id], []])
    await create('alone', { catalogs: [] })
    expect(await held(everyone)).toEqual([])
  })

  test('G10 a catalog that is unknown or foreign is refused with its place, and no server is left behind', async () => {
    for (const name of ['no-such', 'cat_000000000000000b', 'a\u0000b', 'EVERYONE']) {
      const refused = await post('tools', { catalogs: ['everyone', name] })
      expect([name, refused]).toMatchObject([
        name,
        { problem: { code: 'invalid', errors: [{ pointer: '/catalogs/1' }] } },
      ])
    }
    const rows = await database.system.read(async (db) => [
      await db.selectFrom('servers').select('id').execute(),
      await db.selectFrom('audit_events').select('id').execute(),
      await db.selectFrom('changes').select('kind').execute(),
    ])
    expect(rows).toEqual([[], [], []])
    expect(await world.catalogRecord(everyone)).toMatchObject({ revision: 1 })
  })

  test('A02 it lives in exactly one project of its organization, and moves to no other', async () => {
    granted(await call('POST /projects', { body: { slug: 'payments' } }))
    const { server, refs } = granted(await post('pay', { project: 'payments' })) as unknown as {
      server: ServerView
      refs: Record<string, unknown>
    }
    expect(refs[server.project]).toEqual({ slug: 'payments', name: 'payments' })
    expect((await create('plain')).project).toBe(project)
    const foreign = ['prj_000000000000000b', 'no-such', '', 'a\u0000b', 'x'.repeat(64)]
    for (const name of foreign)
      expect([name, await post('x', { project: name })]).toMatchObject([
        name,
        { problem: { errors: [{ pointer: '/project' }] } },
      ])
    for (const body of [{ project }, { projectId: project }, { catalogs: ['everyone'] }])
      expect(codeOf(await call('PATCH /servers/:id', { params: { id: 'pay' }, body }))).toBe('invalid')
    granted(await call('POST /projects', { body: { slug: 'gone' } }))
    granted(await call('DELETE /projects/:id', { params: { id: 'gone' } }))
    expect(codeOf(await post('x', { project: 'gone' }))).toBe('invalid')
  })

  test('who made it is kept as the audit log names him', async () => {
    await create('tools')
    const bootstrap = { ...actorOf(orgA), kind: 'bootstrap' as const }
    granted(await world.call(bootstrap, 'POST /servers', { body: { slug: 'first', transport } }))
    const rows = await database.system.read((db) =>
      db.selectFrom('servers').select(['slug', 'created_by']).orderBy('slug').execute(),
    )
    expect(rows).toEqual([
      { slug: 'first', created_by: 'bootstrap' },
      { slug: 'tools', created_by: 'mem_000000000000000a' },
    ])
  })

  test('one that was removed has left its catalogs, which tell the gateways', async () => {
    const one = await catalog('one')
    await create('tools', { catalogs: ['one', 'everyone'] })
    const before = (await news()).length
    const { server } = granted(await call('DELETE /servers/:id', { params: { id: 'tools' } }))
    expect([await held(one), await held(everyone)]).toEqual([[], []])
    const left = [one, everyone].toSorted().map((id) => `catalog ${id}`)
    expect((await news()).slice(before)).toEqual([...left, `server ${server.id}`])
    const event = await database.system.read((db) =>
      db.selectFrom('audit_events').select('before').where('action', '=', 'server.deleted').executeTakeFirst(),
    )
    expect(JSON.parse(event?.before ?? '')).toMatchObject({ slug: 'tools', catalogs: [one, everyone].toSorted() })
    const rows = await database.system.read((db) => db.selectFrom('catalog_servers').selectAll().execute())
    expect(rows).toEqual([])
  })

  test('people who are no more leave every catalog', async () => {
    const member = await world.member()
    const team = await world.team('ops')
    const body = { slug: 'for', audience: { members: [member], teams: [team] } }
    const made = granted((await call('POST /catalogs', { body })) as Result<never>) as { catalog: { id: string } }
    const leave = (kind: 'member' | 'team', id: string) =>
      database.transaction(orgA, (db) => leaveCatalogs(db, orgA, { kind, id, at: 7 }))
    const left = { catalogs: [made.catalog.id], rowId: expect.any(Number) }
    expect(await leave('member', member)).toEqual(left)
    expect(await leave('team', team)).toEqual(left)
    expect(await leave('team', team)).toEqual({ catalogs: [], rowId: null })
    expect(await world.catalogRecord(made.catalog.id)).toMatchObject({
      revision: 3,
      audience: { teams: [], members: [] },
    })
  })

  test('fifty servers that come at once all join the same catalog while it is being changed', async () => {
    const slugs = Array.from({ length: 50 }, (_, n) => `s-${n}`)
    const rename = (name: string) => call('PATCH /catalogs/:id', { params: { id: 'everyone' }, body: { name } })
    const answers = await Promise.all([...slugs.map((slug) => post(slug)), rename('A'), rename('B')])
    for (const answer of answers) granted(answer)
    expect(await held(everyone)).toHaveLength(50)
    expect(await world.catalogRecord(everyone)).toMatchObject({ revision: 53 })
  })

  test('servers that come and go at once leave no refusal and no trace', async () => {
    await catalog('one')
    const both = { catalogs: ['everyone', 'one'] }
    const old = Array.from({ length: 10 }, (_, n) => `old-${n}`)
    for (const slug of old) await create(slug, both)
    const fresh = Array.from({ length: 10 }, (_, n) => `new-${n}`)
    const answers = await Promise.all([
      ...old.map((id) => call('DELETE /servers/:id', { params: { id } })),
      ...fresh.map((slug) => post(slug, both)),
      ...fresh.map(() => call('PATCH /catalogs/:id', { params: { id: 'one' }, body: { name: 'One' } })),
    ])
    for (const answer of answers) granted(answer)
    expect(await held(everyone)).toHaveLength(10)
  })

  test('G10 the catalogs of another organization hear nothing of it', async () => {
    granted(await post('theirs', {}, orgB))
    expect(await held(everyone)).toEqual([])
    expect(await news()).toEqual([expect.stringMatching(/^server /), 'catalog cat_000000000000000b'])
  })
})
