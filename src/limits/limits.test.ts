import { beforeAll, describe, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore, silent } from '../../test/stores.ts'
import { dropCaps, dropLimitsOf, peopleLinks } from '../control/domain-links.ts'
import { limitLinks } from '../control/limit-links.ts'
import type { Database } from '../db/database.ts'
import type { SeenHolder } from '../fleet/slices/schema.ts'
import { keyRoutes } from '../keys/routes.ts'
import type { KeyView } from '../keys/schema.ts'
import { peopleRoutes } from '../people/routes.ts'
import type { Problem, Result } from '../problems.ts'
import { createLimitGrants } from './grant.ts'
import { mergedLimits, raisedIn } from './of-key/merge.ts'
import { dropKeyLimits, limitsOfKeys, setKeyLimits, setManyKeyLimits } from './of-key/of-key.ts'
import { limitRecord, limitRecords } from './records/store.ts'
import { limitRoutes } from './routes.ts'
import { defaultKeyLimits, type LimitView } from './schema.ts'

type One = { limit: LimitView; refs: Record<string, { name: string }> }

onEachStore('limits', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let organization: string
  const create = async (body: object) => (granted(await call(ring.owner, 'POST /limits', { body })) as One).limit
  const refused = (answer: Result<unknown>): Problem => {
    if (answer.ok) throw new Error('was not refused')
    return answer.problem
  }
  const show = async (id: string, actor = ring.owner) => call(actor, 'GET /limits/:id', { params: { id } })
  const change = (id: string, body: object, ifMatch: string | null = null) =>
    call(ring.owner, 'PATCH /limits/:id', { params: { id }, body, ifMatch })
  const remove = (id: string) => call(ring.owner, 'DELETE /limits/:id', { params: { id } })
  const newKey = async (actor = ring.owner) =>
    (granted(await call(actor, 'POST /keys', { body: { name: 'A key' } })) as { key: KeyView }).key
  const read = <T>(work: Parameters<typeof database.read<T>>[1]) => database.read(organization, work)
  const write = <T>(work: Parameters<typeof database.transaction<T>>[1]) => database.transaction(organization, work)
  const eventsOf = (id: string) =>
    read((db) =>
      db.selectFrom('audit_events').select('action').where('subject_id', '=', id).orderBy('row_id').execute(),
    )
  const newsOf = (id: string) =>
    read((db) => db.selectFrom('changes').select('kind').where('subject_id', '=', id).execute())

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    organization = ring.owner.organizationId
    const links = limitLinks(ring.keyDeps.directory, database, ring.clock.now)
    call = callRoute([
      ...limitRoutes({ ...ring.keyDeps, ...links, storeTime: () => Promise.resolve(ring.clock.now()) }),
      ...keyRoutes(ring.keyDeps),
      ...peopleRoutes({ ...ring.peopleDeps, ...peopleLinks }),
    ])
  })

  test('D21 D22 a limit is made, shown, changed and deleted, each time with its audit event and its news', async () => {
    const project = await ring.rows.project('first')
    const limit = await create({
      target: { type: 'project', id: 'first' },
      requestsPerMinute: 60,
      tokensPerMinute: 9000,
    })
    expect(limit).toMatchObject({
      target: { type: 'project', id: project, name: null },
      requestsPerMinute: 60,
      tokensPerMinute: 9000,
      concurrent: null,
      streams: null,
      detached: 'share',
      now: { requests: { used: 0, limit: 60 }, tokens: { used: 0, limit: 9000 }, concurrent: null, streams: null },
      revision: 1,
    })
    expect(granted(await show(limit.id))).toMatchObject({ refs: { [project]: { slug: 'first' } } })
    const changed = granted(await change(limit.id, { requestsPerMinute: null, concurrent: 4, detached: 'closed' }))
    expect(changed).toMatchObject({
      limit: { requestsPerMinute: null, tokensPerMinute: 9000, concurrent: 4, detached: 'closed', revision: 2 },
    })
    expect(changed).toHaveProperty('effect')
    expect(codeOf(await change(limit.id, { streams: 3 }, '"lim_0-1"'))).toBe('stale')
    expect(await read((db) => limitRecord(db, organization, limit.id))).toMatchObject({ kind: 'limit', concurrent: 4 })
    granted(await remove(limit.id))
    expect(codeOf(await show(limit.id))).toBe('not_found')
    expect(codeOf(await change(limit.id, { concurrent: 1 }))).toBe('not_found')
    expect(await read((db) => limitRecord(db, organization, limit.id))).toMatchObject({
      kind: 'gone',
      of: 'limit',
      revision: 3,
    })
    expect((await eventsOf(limit.id)).map(({ action }) => action)).toEqual([
      'limit.created',
      'limit.updated',
      'limit.deleted',
    ])
    expect(await newsOf(limit.id)).toHaveLength(3)
  })

  test('there is one limit of each target, also when two make it at the same time', async () => {
    await ring.rows.project('twice')
    const body = { target: { type: 'project', id: 'twice' }, requestsPerMinute: 1 }
    const answers = await Promise.all([1, 2, 3].map(() => call(ring.owner, 'POST /limits', { body })))
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1)
    expect(answers.map(codeOf).filter((code) => code === 'cap_exists')).toHaveLength(2)
  })

  describe('what cannot be a limit', () => {
    test.each([
      ['/target/id', { target: { type: 'server' }, requestsPerMinute: 1 }],
      ['/target/id', { target: { type: 'server', id: 'nobody' }, requestsPerMinute: 1 }],
      ['/target/id', { target: { type: 'key', id: '../etc' }, requestsPerMinute: 1 }],
      ['/target/id', { target: { type: 'organization', id: 'org_other' }, requestsPerMinute: 1 }],
      ['/target/name', { target: { type: 'tool', id: 'tools' }, requestsPerMinute: 1 }],
      ['/target/name', { target: { type: 'organization', name: 'x' }, requestsPerMinute: 1 }],
      ['/requestsPerMinute', { target: { type: 'organization' } }],
    ])('is refused at %s', async (pointer, body) => {
      expect(refused(await call(ring.owner, 'POST /limits', { body })).errors?.[0]?.pointer).toBe(pointer)
    })

    test.each([
      { requestsPerMinute: 0 },
      { requestsPerMinute: -1 },
      { tokensPerMinute: 1.5 },
      { concurrent: 1_000_000_001 },
      { streams: '7' },
      { detached: 'open' },
      { perHour: 7 },
    ])('%j is no limit', async (said) => {
      const body = { target: { type: 'organization' }, requestsPerMinute: 1, ...said }
      const [name = ''] = Object.keys(said)
      const problem = refused(await call(ring.owner, 'POST /limits', { body }))
      expect(problem.code).toBe('invalid')
      expect(JSON.stringify(problem.errors)).toContain(name)
    })

    test('a change that leaves nothing of it says to delete it', async () => {
      await ring.rows.project('empty')
      const limit = await create({ target: { type: 'project', id: 'empty' }, streams: 1 })
      expect(refused(await change(limit.id, { streams: null })).detail).toContain('delete it')
    })
  })

  test('tools and models are limited by name, and lists are narrowed by what they are about', async () => {
    const project = await ring.rows.project('named')
    const server = await ring.rows.server('github', project, [])
    await create({ target: { type: 'tool', id: 'github', name: 'search' }, requestsPerMinute: 5 })
    await create({ target: { type: 'tool', id: server, name: 'write' }, requestsPerMinute: 1 })
    await create({ target: { type: 'server', id: server }, requestsPerMinute: 9 })
    const list = async (query: object) =>
      granted(await call(ring.owner, 'GET /limits', { query })) as {
        items: LimitView[]
        total: number
        nextCursor: string
      }
    expect(await list({ type: 'tool' })).toMatchObject({ total: 2 })
    const all = await list({ target: server, limit: 2 })
    expect(all.items).toHaveLength(2)
    expect((await list({ target: server, limit: 2, cursor: all.nextCursor })).items).toHaveLength(1)
    await write((db) => dropLimitsOf('server')(db, organization, server, 5))
    expect(await list({ target: server })).toMatchObject({ total: 0, items: [] })
  })

  test('a member sees the limits of what is his own, and makes none', async () => {
    const mia = await ring.addMember('member')
    const [hers, ours] = [await newKey(mia), await newKey()]
    const own = await create({ target: { type: 'key', id: hers.id }, requestsPerMinute: 10 })
    const other = await create({ target: { type: 'key', id: ours.id }, requestsPerMinute: 10 })
    expect(own.streams).toBe(100)
    const { items } = granted(await call(mia, 'GET /limits')) as { items: LimitView[] }
    expect(items.map(({ id }) => id)).toEqual([own.id])
    expect(codeOf(await show(other.id, mia))).toBe('not_found')
    await write((db) => dropCaps('member')(db, organization, mia.memberId, 5))
  })

  test('how much of the running minute is given away stands in the answer', async () => {
    await ring.rows.project('busy')
    const limit = await create({ target: { type: 'project', id: 'busy' }, requestsPerMinute: 80, streams: 8 })
    const grants = createLimitGrants({
      system: database.system,
      storeTime: () => Promise.resolve(ring.clock.now()),
      monotonic: ring.clock.now,
      log: silent,
    })
    const holder: SeenHolder = { gateway: 'gw', boot: 'b', organization, serves: 'own', isInTouch: true }
    const ask = (measure: string) => ({
      organization,
      pool: `${limit.id}:${measure}`,
      ahead: false,
      wanted: 10,
      need: 1,
    })
    await grants.grant(holder, [ask('requests'), ask('streams')])
    expect(granted(await show(limit.id))).toMatchObject({
      limit: { now: { requests: { used: 10, limit: 80 }, tokens: null, streams: { used: 1, limit: 8 } } },
    })
  })

  describe('the limits of keys, for the domain of keys', () => {
    const set = (keyId: string, limits: object, at = 1) =>
      write(async (db) => {
        const before = (await limitsOfKeys(db, organization, [keyId])).get(keyId) ?? defaultKeyLimits
        const next = mergedLimits(before, limits)
        return setKeyLimits(db, organization, { keyId, limits: next, at, by: 'mem_1', newId: ring.keyDeps.newId })
      })

    test('are the default until they are set, change in place, and go with the key', async () => {
      const key = await newKey()
      const limits = async () => (await read((db) => limitsOfKeys(db, organization, [key.id]))).get(key.id)
      expect(await limits()).toEqual(defaultKeyLimits)
      expect(granted(await set(key.id, {}))).toBeNull()
      expect(granted(await set(key.id, { requestsPerMinute: 7 }))).toBeGreaterThan(0)
      expect(await limits()).toMatchObject({ requestsPerMinute: 7, streams: 100 })
      const [record] = (await read((db) => limitRecords(db, organization, null, 1000))).filter(
        ({ target }) => target.id === key.id,
      )
      // The same limit goes on: what of its minute is taken stays taken.
      expect(granted(await set(key.id, { requestsPerMinute: null }))).toBeGreaterThan(0)
      expect(await read((db) => limitRecord(db, organization, record?.id ?? ''))).toMatchObject({ revision: 2 })
      expect(await write((db) => dropKeyLimits(db, organization, [key.id], 3))).toHaveLength(1)
      expect(await limits()).toEqual(defaultKeyLimits)
    })

    test('are written for many keys at once', async () => {
      const keys = [await newKey(), await newKey(), await newKey()]
      const rows = await write((db) =>
        setManyKeyLimits(
          db,
          organization,
          keys.map(({ id }) => ({
            keyId: id,
            limits: { ...defaultKeyLimits, concurrent: 2 },
            at: 1,
            by: 'mem_1',
            newId: ring.keyDeps.newId,
          })),
        ),
      )
      expect(granted(rows)).toHaveLength(3)
    })

    test('that a member may set himself are not higher than before', () => {
      const before = { ...defaultKeyLimits, requestsPerMinute: 60, detached: 'closed' } as const
      expect(raisedIn(before, { ...before, requestsPerMinute: 10, tokensPerMinute: 5, streams: 1 })).toBeNull()
      expect(raisedIn(before, { ...before, requestsPerMinute: 61 })).toBe('/requestsPerMinute')
      expect(raisedIn(before, { ...before, streams: null })).toBe('/streams')
      expect(raisedIn(before, { ...before, detached: 'share' })).toBe('/detached')
    })
  })
})
