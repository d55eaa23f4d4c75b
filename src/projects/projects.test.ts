import { beforeEach, expect, test } from 'vitest'
import { codeOf, granted } from '../../test/keyring.ts'
import { actorOf, createRegistry, orgA, orgB, type Registry } from '../../test/registry.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { Role } from '../people/schema.ts'
import type { Result } from '../problems.ts'
import type { ProjectUses, ProjectView } from './schema.ts'
import { findProject, findProjects, projectRecord, projectRecords, projectsNamed } from './store.ts'

onEachStore('projects', (open) => {
  let database: Database
  let world: Registry
  beforeEach(async () => {
    database = await open()
    world = await createRegistry(database)
  })
  const call = (what: string, given: Parameters<Registry['call']>[2] = {}, organization = orgA, role: Role = 'owner') =>
    world.call(actorOf(organization, role), what, given) as Promise<Result<{ project: ProjectView }>>
  const create = async (slug: string, more: object = {}, organization = orgA) =>
    granted(await call('POST /projects', { body: { slug, ...more } }, organization)).project
  const show = async (id: string) => granted(await call('GET /projects/:id', { params: { id } })).project
  const patch = (id: string, body: object, ifMatch: string | null = null) =>
    call('PATCH /projects/:id', { params: { id }, body, ifMatch })
  const remove = (id: string, ifMatch: string | null = null) =>
    call('DELETE /projects/:id', { params: { id }, ifMatch })
  const list = async (query: object = {}) =>
    granted((await call('GET /projects', { query })) as Result<never>) as {
      items: ProjectView[]
      nextCursor: string | null
      total: number
    }
  const defaults = async () => (await list({ limit: 200 })).items.filter((one) => one.default).map(({ slug }) => slug)
  const record = (id: string) => database.system.read((db) => projectRecord(db, orgA, id))
  const events = () =>
    database.system.read((db) =>
      db.selectFrom('audit_events').select(['action', 'subject_id']).orderBy('row_id').execute(),
    )
  const news = () =>
    database.system.read((db) => db.selectFrom('changes').select(['kind', 'subject_id']).orderBy('row_id').execute())

  test('G7 a project is made, changed and deleted, each time with its audit event and its news', async () => {
    const made = await create('payments')
    expect(made).toMatchObject({ slug: 'payments', name: 'payments', tier: 'development', default: false, revision: 1 })
    expect(await record(made.id)).toEqual({
      kind: 'project',
      organization: orgA,
      id: made.id,
      revision: 1,
      slug: 'payments',
      tier: 'development',
    })
    const changed = granted(await patch('payments', { name: 'Payments', slug: 'pay', tier: 'production' }))
    expect(changed).toMatchObject({ project: { slug: 'pay', name: 'Payments', tier: 'production', revision: 2 } })
    expect(changed).toHaveProperty('effect')
    expect(granted(await patch('pay', { name: null })).project.name).toBe('pay')
    expect(granted(await remove('pay'))).toHaveProperty('effect')
    expect(await record(made.id)).toBeNull()
    const happened = ['created', 'updated', 'updated', 'deleted'].map((verb) => `project.${verb}`)
    expect(await events()).toEqual(happened.map((action) => ({ action, subject_id: made.id })))
    expect(await news()).toEqual(happened.map(() => ({ kind: 'project', subject_id: made.id })))
    expect(world.waited.map(({ waitMs }) => waitMs)).toEqual([250, 1000, 1000, 1000])
  })

  test('a deleted project is gone for everybody, its name is still known and its slug is free', async () => {
    const made = await create('old')
    granted(await remove('old'))
    for (const again of [
      remove(made.id),
      patch(made.id, { name: 'x' }),
      call('GET /projects/:id', { params: { id: made.id } }),
    ])
      expect(codeOf(await again)).toBe('not_found')
    await database.read(orgA, async (db) => {
      expect(await findProject(db, orgA, made.id)).toBeNull()
      expect((await projectsNamed(db, orgA, [made.id, 'old'])).size).toBe(0)
      expect(await findProjects(db, orgA, [made.id])).toMatchObject([{ name: 'old' }])
    })
    expect((await create('old')).id).not.toBe(made.id)
  })

  test('the default project cannot be deleted, another one can be made the default, and then it can', async () => {
    await create('other')
    expect(await remove('default')).toMatchObject({
      problem: { code: 'in_use', detail: expect.stringMatching(/default/) },
    })
    expect(granted(await patch('other', { default: true })).project).toMatchObject({ default: true, revision: 2 })
    expect(await defaults()).toEqual(['other'])
    expect(await show('default')).toMatchObject({ default: false, revision: 2 })
    expect((await events()).slice(1).map(({ action }) => action)).toEqual(['project.updated', 'project.updated'])
    granted(await patch('other', { default: true }))
    expect(await defaults()).toEqual(['other'])
    granted(await remove('default'))
    expect(codeOf(await patch('other', { default: false }))).toBe('invalid')
  })

  test('of many who set the default at once each is done, and exactly one is the default in the end', async () => {
    const slugs = ['p1', 'p2', 'p3', 'p4', 'p5', 'p6']
    for (const slug of slugs) await create(slug)
    for (const answer of await Promise.all(slugs.map((slug) => patch(slug, { default: true })))) granted(answer)
    expect(await defaults()).toHaveLength(1)
    const mixed = slugs.flatMap((slug) => [patch(slug, { default: true }), remove(slug)])
    for (const answer of await Promise.all(mixed)) expect(codeOf(answer)).toBeOneOf([null, 'not_found', 'in_use'])
    expect(await defaults()).toHaveLength(1)
  })

  test('of two who change it at once none is refused, unless he said which state he had in mind', async () => {
    const made = await create('busy')
    for (const answer of await Promise.all(['A', 'B', 'C', 'D'].map((name) => patch('busy', { name })))) granted(answer)
    expect(await show('busy')).toMatchObject({ revision: 5 })
    const stale = `"${made.id}-1"`
    expect(codeOf(await patch('busy', { name: 'E' }, stale))).toBe('stale')
    expect(codeOf(await remove('busy', stale))).toBe('stale')
    const both = await Promise.all([1, 2].map(() => patch('busy', { name: 'F' }, `"${made.id}-5"`)))
    expect(both.map(codeOf).toSorted()).toEqual(['stale', null].toSorted())
    const ends = await Promise.all([remove('busy'), remove(made.id)])
    expect(ends.map(codeOf).toSorted()).toEqual(['not_found', null].toSorted())
  })

  test('a slug is taken in its own organization only, also when two ask at once', async () => {
    const both = await Promise.all([1, 2].map(() => call('POST /projects', { body: { slug: 'twin' } })))
    expect(both.map(codeOf).toSorted()).toEqual(['slug_taken', null].toSorted())
    expect(both.find((one) => !one.ok)).toMatchObject({ problem: { errors: [{ pointer: '/slug' }] } })
    await create('twin', {}, orgB)
    await create('third')
    expect(codeOf(await patch('third', { slug: 'twin' }))).toBe('slug_taken')
    expect(granted(await patch('third', { slug: 'third' })).project.slug).toBe('third')
  })

  test('slugs and names that could pass for others are refused, and so are unknown fields and words', async () => {
    const slugs = ['', 'A', 'a__b', 'a_b', '-a', 'ä', 'раy', 'a b', 'a\u0000', 'a\u200b', 'x'.repeat(32)]
    const names = ['', ' ', 'a\u0000b', 'a\u200bb', 'a\u202eb', '\ud800', 'x'.repeat(121)]
    const bodies = [
      ...slugs.map((slug) => ({ slug })),
      ...names.map((name) => ({ slug: 'ok', name })),
      { slug: 'ok', id: 'prj_0000000000000001' },
      { slug: 'ok', default: true },
      { slug: 'ok', tier: 'prod' },
      {},
    ]
    for (const body of bodies) expect([body, codeOf(await call('POST /projects', { body }))]).toEqual([body, 'invalid'])
    for (const body of [{ organization: orgB }, { default: false }, { slug: null }, { confirm: 'yes' }])
      expect([body, codeOf(await patch('default', body))]).toEqual([body, 'invalid'])
    expect((await create('nfc', { name: 'Cafe\u0301' })).name).toBe('Caf\u00e9')
    expect((await list()).total).toBe(2)
  })

  test('G10 another organization finds nothing of it, whatever it asks', async () => {
    const foreign = await create('theirs', {}, orgB)
    const odd = ['', 'a\u0000b', '%', "' or 1=1", foreign.id, 'theirs', `prj_000000000000000b`, 'x'.repeat(200)]
    for (const id of odd) {
      for (const what of ['GET /projects/:id', 'GET /projects/:id/uses', 'PATCH /projects/:id', 'DELETE /projects/:id'])
        expect([id, what, codeOf(await call(what, { params: { id }, body: {} }))]).toEqual([id, what, 'not_found'])
    }
    expect((await list()).items.map(({ slug }) => slug)).toEqual(['default'])
    expect(await record(foreign.id)).toBeNull()
    const all = await database.system.read(async (db) => {
      const first = await projectRecords(db, null, null, 2)
      const rest = await projectRecords(db, null, first.at(-1) ?? null, 2)
      return [...first, ...rest].map(({ organization }) => organization)
    })
    expect(all).toEqual([orgA, orgB, orgB])
    expect(await database.read(orgA, (db) => projectRecords(db, orgA, null, 9))).toHaveLength(1)
  })

  test('lists go by name in pages, with a total and a search', async () => {
    for (const [slug, name] of [
      ['zz', 'Alpha'],
      ['yy', 'Alpha'],
      ['xx', '50% off'],
    ] as const)
      await create(slug, { name })
    const first = await list({ limit: 2 })
    const second = await list({ limit: 2, cursor: first.nextCursor })
    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(['50% off', 'Alpha', 'Alpha', 'Default'])
    expect([first.total, second.nextCursor]).toEqual([4, null])
    for (const [search, count] of [
      ['ALP', 2],
      ['lph', 2],
      ['lp', 0],
      ['0%_', 0],
      ['50%', 1],
      ['z', 1],
    ] as const)
      expect([search, (await list({ search })).items.length]).toEqual([search, count])
    const moved = await call('GET /projects', { query: { search: 'alp', cursor: first.nextCursor } })
    expect(codeOf(moved)).toBe('bad_cursor')
  })

  test('what hangs on a project is listed for whoever may read all of it, and keeps the project from being deleted', async () => {
    const { id } = await create('used')
    const server = { slug: 'tools', project: 'used', transport: { type: 'http', url: 'https://t.example.test/' } }
    granted(await call('POST /servers', { body: server }))
    const [provider, app] = [await world.provider('llm', id), await world.app('bot', id)]
    const key = await world.key('CI', [id])
    const asked = { params: { id: 'used' } }
    const { uses, refs } = granted((await call('GET /projects/:id/uses', asked)) as Result<never>) as {
      uses: ProjectUses
      refs: object
    }
    expect(uses).toEqual({ servers: [expect.any(String)], providers: [provider], apps: [app], keys: [key], total: 4 })
    expect(refs).toMatchObject({ [key]: { slug: null, name: 'CI' }, [app]: { slug: 'bot', name: 'bot' } })
    const refused = await remove('used')
    expect(refused).toMatchObject({ problem: { code: 'in_use', data: { total: 4 } } })
    expect(JSON.stringify(refused)).toContain(`key ${key} (CI)`)
    expect(codeOf(await call('GET /projects/:id/uses', asked, orgA, 'member'))).toBe('not_permitted')
    expect(codeOf(await call('GET /projects/:id/uses', asked, orgA, 'auditor'))).toBeNull()
    const narrow = actorOf(orgA, 'owner', ['projects:read', 'projects:write', 'servers:read'])
    expect(codeOf(await world.call(narrow, 'GET /projects/:id/uses', asked))).toBe('not_permitted')
    const seen = JSON.stringify(await world.call(narrow, 'DELETE /projects/:id', asked))
    expect(seen).toContain('tools')
    for (const hidden of ['CI', 'bot', 'llm', key]) expect(seen).not.toContain(hidden)
    granted(await call('DELETE /servers/:id', { params: { id: 'tools' } }))
    await database.system.transaction(async (db) => {
      await db.updateTable('providers').set({ state: 'deleted' }).execute()
      await db.updateTable('apps').set({ state: 'deleted' }).execute()
      await db.updateTable('keys').set({ state: 'revoked' }).execute()
    })
    granted(await remove('used'))
  })

  test('of a server that comes and a project that goes at the same moment only one happens', async () => {
    for (let round = 0; round < 8; round += 1) {
      const slug = `race-${round}`
      const { id } = await create(slug)
      const transport = { type: 'http', url: 'https://t.example.test/' }
      const [made, gone] = await Promise.all([
        call('POST /servers', { body: { slug, project: id, transport } }),
        remove(slug),
      ])
      const outcome = [codeOf(made), codeOf(gone)]
      expect([
        [null, 'in_use'],
        ['invalid', null],
      ]).toContainEqual(outcome)
    }
  })
})
