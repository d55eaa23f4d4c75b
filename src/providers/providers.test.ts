import { createSecretKey, randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { actorOf, callRoute, codeOf, granted, nothingPending } from '../../test/keyring.ts'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import { createVault } from '../credentials/vault.ts'
import type { Database, Db } from '../db/database.ts'
import { newId } from '../keys/token.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { insertProject } from '../projects/store.ts'
import type { ProviderDeps } from './deps.ts'
import { createPriceList } from './prices/list.ts'
import { packageSource } from './prices/package.ts'
import { providerRoutes } from './routes.ts'
import type { NewProvider, ProviderPatch, ProviderView } from './schema.ts'
import { findProviders, providersByModel, providersOfProject } from './store.ts'

const orgA = 'org_000000000000000a'
const orgB = 'org_000000000000000b'
const ada = actorOf(orgA, 'mem_0000000000000001', 'admin')
const bob = actorOf(orgB, 'mem_0000000000000002', 'owner')
const canary = 'canary-1d5f08aa'
const vault = createVault({ root: { id: 'root', key: createSecretKey(randomBytes(32)) }, randomBytes, now: () => 1 })
const priceList = createPriceList(packageSource)
const plain: NewProvider = { slug: 'open', dialect: 'openai', baseUrl: 'https://llm.example.test/v1' }
const withSecret: NewProvider = { ...plain, credential: { value: canary } }
const models = [{ id: 'big-1', aliases: ['big', 'best'] }, { id: 'small-1' }]

type Answer = { provider: ProviderView; refs: Record<string, { slug: string; name: string }>; effect?: unknown }

onEachStore('providers', (open) => {
  let database: Database
  let joins: unknown[]
  let effects: number[]
  beforeEach(async () => {
    database = await open()
    joins = []
    effects = []
    for (const [id, slug] of [
      [orgA, 'a'],
      [orgB, 'b'],
    ] as const) {
      await addOrganization(database, id, slug)
      await database.transaction(id, async (db) => {
        const project = { name: slug, tier: 'production', createdAt: 1 } as const
        await insertProject(db, id, { ...project, id: `prj_${slug}`, slug: 'default', isDefault: true })
        await insertProject(db, id, { ...project, id: `prj_${slug}2`, slug: `second-${slug}`, isDefault: false })
      })
    }
  })
  const deps = (): ProviderDeps => ({
    read: database.read,
    transaction: database.transaction,
    vault,
    priceList,
    get: async () => ({ error: 'nobody looks here' }),
    newId: (prefix) => newId(prefix, randomBytes),
    now: () => Date.parse('2026-01-01T00:00:00Z'),
    effectOf: async (_organization, rowId) => {
      effects.push(rowId)
      return nothingPending
    },
    reachOf: async () => ({ networks: [], loopback: false }),
    joinCatalogs: async (_db, _organization, { at: _at, ...joining }) => {
      joins.push(joining)
      const { catalogs = ['cat_default'] } = joining
      return catalogs.includes('nowhere') ? refuse('invalid') : ok({ catalogs })
    },
    leaveCatalogs: async (_db, _organization, { id }) => {
      joins.push({ leaves: id })
      return { catalogs: ['cat_left'] }
    },
  })
  const call = async (route: string, given: object = {}, actor = ada, over: Partial<ProviderDeps> = {}) =>
    (await callRoute(providerRoutes({ ...deps(), ...over }))(actor, route, given)) as Result<Answer>
  const create = (body: unknown, actor = ada) => call('POST /providers', { body }, actor)
  const patch = (id: string, body: ProviderPatch, ifMatch: string | null = null) =>
    call('PATCH /providers/:id', { params: { id }, body, ifMatch })
  const get = (id: string, actor = ada) => call('GET /providers/:id', { params: { id } }, actor)
  const remove = (id: string, actor = ada) => call('DELETE /providers/:id', { params: { id } }, actor)
  const read = <T>(work: (db: Db) => Promise<T>) => database.system.read(work)
  const stored = () =>
    read(async (db) => ({
      providers: await db.selectFrom('providers').selectAll().execute(),
      credentials: await db.selectFrom('credentials').selectAll().execute(),
      versions: await db.selectFrom('credential_versions').selectAll().execute(),
      events: await db.selectFrom('audit_events').selectAll().execute(),
      changes: await db.selectFrom('changes').selectAll().execute(),
    }))
  const pointersOf = (result: Result<unknown>) => (result.ok ? [] : (result.problem.errors ?? []).map((e) => e.pointer))

  test('G7 a new provider commits with its credential and its audit event, and shows no secret', async () => {
    const { provider, refs } = granted(await create(withSecret))
    expect(provider).toMatchObject({ slug: 'open', name: 'open', project: 'prj_a', dialect: 'openai', revision: 1 })
    expect(provider.credential?.id).toMatch(/^crd_/)
    expect(refs).toMatchObject({ prj_a: { slug: 'default' } })
    expect(joins).toEqual([{ kind: 'provider', id: provider.id, catalogs: undefined }])
    const rows = await stored()
    expect(rows.events).toMatchObject([{ action: 'provider.created', subject_id: provider.id }])
    expect(JSON.parse(rows.events[0]?.after ?? '{}').catalogs).toEqual(['cat_default'])
    expect(JSON.stringify([rows, provider, await get('open')])).not.toContain(canary)
    const value = await read((db) => vault.openVersion(db, orgA, provider.credential?.id ?? '', 1))
    expect(value.reveal()).toBe(canary)
  })

  test('G7 nothing stays of a provider whose event cannot be written, or whose catalog is not there', async () => {
    const newIds = (prefix: string): string => {
      if (prefix === 'evt') throw new Error('no more ids')
      return newId(prefix, randomBytes)
    }
    await expect(call('POST /providers', { body: withSecret }, ada, { newId: newIds })).rejects.toThrow()
    expect(codeOf(await create({ ...withSecret, catalogs: ['nowhere'] }))).toBe('invalid')
    const nothing = { providers: [], credentials: [], versions: [], events: [], changes: [] }
    expect(await stored()).toEqual(nothing)
    granted(await create(withSecret))
    const before = await stored()
    const broken = { newId: newIds }
    await expect(call('DELETE /providers/:id', { params: { id: 'open' } }, ada, broken)).rejects.toThrow()
    const body = { name: 'Other', credential: null }
    await expect(call('PATCH /providers/:id', { params: { id: 'open' }, body }, ada, broken)).rejects.toThrow()
    expect(await stored()).toEqual(before)
  })

  test('G10 the projects and providers of another organization are not there', async () => {
    const { provider } = granted(await create(withSecret))
    for (const id of [provider.id, 'open']) {
      expect(codeOf(await get(id, bob))).toBe('not_found')
      expect(codeOf(await remove(id, bob))).toBe('not_found')
      expect(codeOf(await call('PATCH /providers/:id', { params: { id }, body: {} }, bob))).toBe('not_found')
    }
    expect(granted(await call('GET /providers', {}, bob))).toMatchObject({ items: [], total: 0 })
    for (const project of ['prj_b', 'second-b', 'nowhere', 'a\0b', ''])
      expect(pointersOf(await create({ ...plain, slug: 'more', project }))).toEqual(['/project'])
    expect(granted(await create({ ...plain, slug: 'more', project: 'second-a' })).provider.project).toBe('prj_a2')
  })

  test('an address that hides a password, a fragment or another protocol is refused, and never a value shown', async () => {
    for (const baseUrl of [
      'https://user:pass@llm.example.test/',
      'https://llm.example.test/#x',
      'https://llm.example.test/#',
      'ftp://llm.example.test/',
      'javascript:alert(1)',
      'llm.example.test',
      'https://llm.example.test/v1?key=x',
      'https://llm.example.test/v1?',
    ]) {
      expect(pointersOf(await create({ ...plain, baseUrl }))).toEqual(['/baseUrl'])
    }
    const refused = await create({ ...plain, credential: { value: `${canary}\r\nx: y` } })
    expect(pointersOf(refused)).toEqual(['/credential/value'])
    expect(JSON.stringify(refused)).not.toContain(canary)
    expect(codeOf(await create({ ...plain, credential: { value: 'x', credential: 'y' } }))).toBe('invalid')
    expect(codeOf(await create({ ...plain, state: 'active' }))).toBe('invalid')
    expect((await stored()).providers).toEqual([])
  })

  test('a name leads to one model: ids and aliases of a provider are all different', async () => {
    const twice = await create({ ...plain, models: [{ id: 'a' }, { id: 'a' }, { id: 'b', aliases: ['a', 'c', 'c'] }] })
    expect(pointersOf(twice)).toEqual(['/models/1/id', '/models/2/aliases/0', '/models/2/aliases/2'])
    const { provider } = granted(await create({ ...plain, models }))
    expect(provider.models).toEqual(models)
    granted(await create({ ...plain, slug: 'other', models: [{ id: 'big' }, { id: 'percent%_"\\' }] }))
    const slugs = (model: string, organization = orgA) =>
      read(async (db) => (await providersByModel(db, organization, model)).map(({ slug }) => slug))
    expect(await slugs('big')).toEqual(['open', 'other'])
    expect(await slugs('small-1')).toEqual(['open'])
    expect(await slugs('percent%_"\\')).toEqual(['other'])
    expect(await slugs('aliases')).toEqual([])
    expect(await slugs('big', orgB)).toEqual([])
    expect(pointersOf(await patch('open', { models: [{ id: 'x', aliases: ['x'] }] }))).toEqual(['/models/0/aliases/0'])
    expect(granted(await patch('open', { models: null })).provider.models).toEqual([])
  })

  test('a new address needs the credential again, or none: nobody can have a secret sent elsewhere', async () => {
    granted(await create(withSecret))
    const baseUrl = 'https://evil.example.test/v1'
    expect(pointersOf(await patch('open', { baseUrl }))).toEqual(['/credential'])
    expect(
      granted(await patch('open', { baseUrl: plain.baseUrl, name: 'Same place' })).provider.credential,
    ).not.toBeNull()
    const moved = granted(await patch('open', { baseUrl, credential: { value: 'another' } }))
    expect(moved).toMatchObject({ effect: nothingPending, provider: { baseUrl, revision: 3 } })
    expect(await stored()).toMatchObject({ credentials: [{ id: moved.provider.credential?.id }], versions: [{}] })
    expect(granted(await patch('open', { credential: null, name: null })).provider).toMatchObject({
      credential: null,
      name: 'open',
    })
    expect(await stored()).toMatchObject({ credentials: [], versions: [] })
    expect(granted(await patch('open', { baseUrl: plain.baseUrl })).provider.baseUrl).toBe(plain.baseUrl)
  })

  test('a change says where it bites, by the number of the row it wrote', async () => {
    const { provider } = granted(await create(plain))
    granted(await patch('open', { name: 'Open' }))
    granted(await remove('open'))
    const { changes } = await stored()
    const { id } = provider
    const news = { kind: 'provider', subject_id: id }
    expect(changes).toMatchObject([news, news, news])
    expect(effects).toEqual(changes.map(({ row_id }) => row_id))
  })

  test('a stale If-Match is refused; without one, two changes at the same time are both made', async () => {
    const { provider } = granted(await create(withSecret))
    const tag = `"${provider.id}-1"`
    granted(await patch('open', { name: 'One' }, tag))
    expect(codeOf(await patch('open', { name: 'Two' }, tag))).toBe('stale')
    const values = ['a', 'b', 'c', 'd']
    for (const done of await Promise.all(values.map((value) => patch('open', { credential: { value } })))) granted(done)
    expect(granted(await get('open')).provider.revision).toBe(6)
    const { credentials } = await stored()
    expect(credentials).toHaveLength(1)
  })

  test('a slug is taken until its provider is gone, also when two ask for it at once', async () => {
    const both = await Promise.all([create(plain), create(plain)])
    expect(both.map(codeOf).sort()).toEqual([null, 'slug_taken'].sort())
    granted(await create({ ...plain, slug: 'second' }))
    expect(codeOf(await patch('second', { slug: 'open' }))).toBe('slug_taken')
    granted(await remove('open'))
    expect(granted(await patch('second', { slug: 'open' })).provider.slug).toBe('open')
  })

  test('a removed provider is gone with its secret and its catalogs, and its id is never another one', async () => {
    const { provider } = granted(await create({ ...withSecret, models, catalogs: [] }))
    const gone = granted(await remove('open'))
    expect(gone).toMatchObject({ provider: { id: provider.id, slug: 'open' }, effect: nothingPending })
    expect(joins.at(-1)).toEqual({ leaves: provider.id })
    expect(codeOf(await get(provider.id))).toBe('not_found')
    expect(codeOf(await remove(provider.id))).toBe('not_found')
    const rows = await stored()
    expect(rows).toMatchObject({ credentials: [], versions: [], providers: [{ slug: provider.id, state: 'deleted' }] })
    expect(rows.events.at(-1)).toMatchObject({ action: 'provider.deleted', subject_name: 'open' })
    expect(JSON.parse(rows.events.at(-1)?.before ?? '{}')).toMatchObject({ slug: 'open', catalogs: ['cat_left'] })
    expect(await read((db) => providersByModel(db, orgA, 'big-1'))).toEqual([])
    expect(await read((db) => providersOfProject(db, orgA, 'prj_a', 9))).toEqual({ items: [], total: 0 })
  })

  test('providers are listed by slug in pages and found by their name', async () => {
    for (const [slug, name] of [
      ['c', 'Gamma'],
      ['a', 'Alpha'],
      ['b', 'Beta 100%'],
    ])
      granted(await create({ ...plain, slug, name, models }))
    const list = async (query: object) => {
      const answer = granted((await call('GET /providers', { query })) as Result<unknown>) as {
        items: ProviderView[]
        nextCursor: string | null
        total: number
      }
      return { ...answer, slugs: answer.items.map(({ slug }) => slug) }
    }
    const first = await list({ limit: 2 })
    expect(first).toMatchObject({ slugs: ['a', 'b'], total: 3, refs: { prj_a: { slug: 'default' } } })
    expect(await list({ limit: 2, cursor: first.nextCursor })).toMatchObject({ slugs: ['c'], nextCursor: null })
    expect(await list({ search: 'AMM' })).toMatchObject({ slugs: ['c'], total: 1 })
    expect((await list({ search: 'am' })).slugs).toEqual([])
    expect((await list({ search: 'ga' })).slugs).toEqual(['c'])
    expect((await list({ search: '%' })).slugs).toEqual([])
    expect((await list({ search: '00%' })).slugs).toEqual(['b'])
    const foreign = await call('GET /providers', { query: { search: 'x', cursor: first.nextCursor } })
    expect(codeOf(foreign)).toBe('bad_cursor')
    const found = await read(async (db) => ({
      some: [...(await findProviders(db, orgA, ['a', 'nowhere'])).keys()],
      foreign: (await findProviders(db, orgB, ['a'])).size,
      project: await providersOfProject(db, orgA, 'prj_a', 2),
    }))
    expect(found).toMatchObject({
      some: ['a'],
      foreign: 0,
      project: { items: [{ slug: 'a', name: 'Alpha' }, { slug: 'b' }], total: 3 },
    })
  })
})
