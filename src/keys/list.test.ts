import { CompiledQuery, type KyselyPlugin, sql } from 'kysely'
import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database, Db } from '../db/database.ts'
import { encodeCursor } from '../http/cursor.ts'
import { defaultKeyPolicies } from '../people/schema.ts'
import { listKeys } from './list/store.ts'
import { planKey } from './plan.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'
import type { Facts } from './scope.ts'
import { insertKey } from './store.ts'

type List = { items: KeyView[]; nextCursor: string | null; total: number; totalIsAtLeast?: true }

onEachStore('lists of keys', (open) => {
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const list = async (query: object = {}) => granted(await call(ring.owner, 'GET /keys', { query })) as List
  const names = async (query: object) => (await list(query)).items.map(({ name }) => name)
  const ids: Record<string, string> = {}

  beforeAll(async () => {
    const database = await open()
    ring = await createKeyring(database)
    call = callRoute(keyRoutes(ring.keyDeps))
    const day = 86_400_000
    const at = (days: number) => ({ expiresAt: new Date(ring.clock.now() + days * day).toISOString() })
    const rows = [
      ['Build server', {}],
      ['builder', at(1)],
      ['50%_off\\', at(30)],
      ['Äpfel', { active: false }],
      ['rebuild', at(10)],
      ['Zed', {}],
    ] as const
    for (const [name, more] of rows) {
      ring.clock.forward(1)
      const made = granted(await call(ring.owner, 'POST /keys', { body: { name, ...more } })) as { key: KeyView }
      ids[name] = made.key.id
    }
    await call(ring.owner, 'POST /keys/:id/revoke', { params: { id: ids['Zed'] } })
    ring.clock.forward(2 * day)
  })

  test('B26 B28 newest first by default, and by every other word in both directions', async () => {
    const created = ['Build server', 'builder', '50%_off\\', 'Äpfel', 'rebuild', 'Zed']
    expect(await names({})).toEqual(created.toReversed())
    expect(await names({ sort: 'createdAt' })).toEqual(created)
    const byName = ['50%_off\\', 'Build server', 'Zed', 'builder', 'rebuild', 'Äpfel']
    expect(await names({ sort: 'name' })).toEqual(byName)
    expect(await names({ sort: '-name' })).toEqual(byName.toReversed())
    expect((await names({ sort: 'expiresAt' })).slice(0, 3)).toEqual(['builder', 'rebuild', '50%_off\\'])
    const statuses = (await list({ sort: 'status' })).items.map(({ status }) => status)
    expect(statuses).toEqual(['expired', 'active', 'active', 'active', 'revoked', 'inactive'])
    expect((await names({ sort: 'owner' })).toSorted()).toEqual(created.toSorted())
  })

  test('pages of any size hold every key once, in every order', async () => {
    for (const sort of [
      'name',
      '-name',
      'owner',
      '-status',
      'status',
      '-createdAt',
      'createdAt',
      'expiresAt',
      '-expiresAt',
    ]) {
      const whole = await names({ sort })
      for (const limit of ['1', '2', '4']) {
        const seen: string[] = []
        for (let query: object | null = { sort, limit }; query; ) {
          const page: List = await list(query)
          expect(page.total).toBe(6)
          seen.push(...page.items.map(({ name }) => name))
          query = page.nextCursor === null ? null : { sort, limit, cursor: page.nextCursor }
        }
        expect(seen, `${sort} by ${limit}`).toEqual(whole)
      }
    }
  })

  test('A09 the status filter derives expiry from the clock', async () => {
    expect(await names({ status: 'expired' })).toEqual(['builder'])
    expect(await names({ status: 'inactive' })).toEqual(['Äpfel'])
    expect(await names({ status: 'revoked' })).toEqual(['Zed'])
    expect((await names({ status: 'active' })).toSorted()).toEqual(['50%_off\\', 'Build server', 'rebuild'])
    expect(await list({ status: 'expired' })).toMatchObject({ total: 1, nextCursor: null })
  })

  test('B23 three letters are looked for anywhere in the name, one or two at its start', async () => {
    expect((await names({ search: 'UIL' })).toSorted()).toEqual(['Build server', 'builder', 'rebuild'])
    expect((await names({ search: 'bu' })).toSorted()).toEqual(['Build server', 'builder'])
    expect(await names({ search: 'pfel' })).toEqual(['Äpfel'])
    expect(await names({ search: 'Äp' })).toEqual(['Äpfel'])
    expect(await names({ search: 'nothing' })).toEqual([])
  })

  test('what means something to the database means itself in a search', async () => {
    expect(await names({ search: '%' })).toEqual([])
    expect(await names({ search: '0%_' })).toEqual(['50%_off\\'])
    expect(await names({ search: 'off\\' })).toEqual(['50%_off\\'])
    expect(await names({ search: "' or ''='" })).toEqual([])
  })

  test('a search finds a key by the start of its preview, exactly', async () => {
    const preview = `ostk_${ids['rebuild']?.slice(4)}`
    expect(await names({ search: preview })).toEqual(['rebuild'])
    expect(await names({ search: preview.slice(0, 12) })).toEqual(['rebuild'])
    expect(await names({ search: preview.slice(1) })).toEqual([])
    expect(await names({ search: 'os' })).toHaveLength(6)
  })

  test('a cursor that is not ours, or of another order, is refused and never reaches the database', async () => {
    const { nextCursor } = await list({ sort: 'name', limit: '2' })
    const bad = [
      'nonsense',
      '',
      nextCursor ?? '',
      encodeCursor(['-createdAt', 'text', 'key_1']),
      encodeCursor(['-createdAt', 1.5, 'key_1']),
      encodeCursor(['-createdAt', 1, 'a\0']),
      encodeCursor(['-createdAt', 1]),
    ]
    for (const cursor of bad)
      expect(codeOf(await call(ring.owner, 'GET /keys', { query: { cursor } }))).toBe('bad_cursor')
    const first = await list({ status: 'active', limit: '1' })
    const next = { limit: '1', cursor: first.nextCursor ?? '' }
    expect((await list({ status: 'active', ...next })).items).toHaveLength(1)
    for (const other of [{}, { status: 'revoked' }, { search: 'a' }, { status: 'active', owner: 'mem_1' }])
      expect(codeOf(await call(ring.owner, 'GET /keys', { query: { ...other, ...next } }))).toBe('bad_cursor')
  })

  test('limits beyond 200, unknown words and unknown parameters are refused', async () => {
    for (const query of [
      { limit: '0' },
      { limit: '201' },
      { limit: 'x' },
      { sort: 'secret' },
      { status: 'deleted' },
      { q: 'a' },
      { search: '\0' },
    ]) {
      expect(codeOf(await call(ring.owner, 'GET /keys', { query }))).toBe('invalid')
    }
  })
})

const none = new Map<string, never>()
const nothingNamed: Facts = {
  servers: none,
  providers: none,
  gateways: none,
  projects: none,
  home: null,
  isBound: false,
  open: [],
  policies: { ...defaultKeyPolicies, mixedEnvironments: 'refused' },
  webhook: null,
}

const numeric = new Set(['status', 'createdAt', 'expiresAt'])

/** How the store means to answer the first query that the work asks. */
async function planOf(database: Database, work: (db: Db) => Promise<unknown>, organizationId: string): Promise<string> {
  const asked: CompiledQuery[] = []
  return database.system.read(async (db) => {
    const listening: KyselyPlugin = {
      transformQuery: ({ node, queryId }) => {
        asked.push(db.getExecutor().compileQuery(node, queryId))
        return node
      },
      transformResult: async ({ result }) => result,
    }
    await work(db.withPlugin(listening))
    const [{ sql: text, parameters } = raise(organizationId)] = asked
    const isSqlite = database.dialect === 'sqlite'
    // A small table is read whole, whatever indexes there are, unless that is made to look dear.
    if (!isSqlite)
      await sql`select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`.execute(
        db,
      )
    const { rows } = await db.executeQuery(
      CompiledQuery.raw(`explain ${isSqlite ? 'query plan ' : ''}${text}`, [...parameters]),
    )
    return rows.map((row) => Object.values(Object(row)).join(' ')).join('\n')
  })
}
const raise = (name: string): never => {
  throw new Error(`nothing was asked of ${name}`)
}

/** 20,002 newer keys stand before those that are looked for. */
async function searchLooksNoFurther(
  database: Database,
  organizationId: string,
  list: (query: object) => Promise<unknown>,
): Promise<void> {
  for (const letter of ['a', 'b'])
    await database.transaction(organizationId, (db) =>
      sql`insert into keys (organization_id, id, token_kind, name, description, owner_type, owner_id, owner_name, state,
        scope, max_staleness_seconds, expires_at, created_at, created_by, revoked_at, revision)
        select organization_id, 'key_' || ${sql.lit(letter)} || substr(id, 6), token_kind, 'copy', description,
        owner_type, owner_id, owner_name, state, scope, max_staleness_seconds, expires_at, created_at + 100000, created_by,
        revoked_at, revision from keys where created_at < 100000 and organization_id = ${organizationId}`.execute(db),
    )
  const first = (await list({ search: 'uneven' })) as List
  expect(first).toMatchObject({ items: [], nextCursor: expect.any(String), total: 5000, totalIsAtLeast: true })
  const second = (await list({ search: 'uneven', cursor: first.nextCursor })) as List
  expect(second.items.map(({ name }) => name)).toEqual(new Array(50).fill('uneven'))
}

onEachStore('long lists of keys', (open) => {
  test('totals are exact up to 10,000 and say "at least" beyond', async () => {
    const database = await open()
    const ring = await createKeyring(database)
    const call = callRoute(keyRoutes(ring.keyDeps))
    const total = async (query: object = {}) => {
      const page = granted(await call(ring.owner, 'GET /keys', { query })) as List
      return [page.total, page.totalIsAtLeast]
    }
    const { organizationId } = ring.owner
    const { memberId: createdBy, name } = ring.owner
    const owner = { type: 'member', id: createdBy, name, project: null } as const
    const making = { organizationId, owner, createdBy, facts: nothingNamed }
    const add = (from: number, to: number) =>
      database.transaction(organizationId, async (db) => {
        for (let i = from; i < to; i += 1) {
          const id = `key_${String(i).padStart(16, '0')}`
          const input = { name: i % 2 === 0 ? 'even' : 'uneven' }
          await insertKey(db, organizationId, granted(planKey(input, { ...making, id, now: i })))
        }
      })
    for (let i = 0; i < 10_000; i += 500) await add(i, i + 500)
    expect(await total()).toEqual([10_000, undefined])
    expect(await total({ search: 'uneven' })).toEqual([5000, undefined])
    await add(10_000, 10_001)
    expect(await total()).toEqual([10_000, true])
    const ada = await ring.addMember('member')
    await call(ada, 'POST /keys', { body: { name: 'hers alone' } })
    await searchLooksNoFurther(database, organizationId, async (query) =>
      granted(await call(ring.owner, 'GET /keys', { query })),
    )
    const hers = granted(await call(ada, 'GET /keys', { query: { search: 'hers', sort: '-name' } }))
    expect(hers).toMatchObject({ items: [{ name: 'hers alone' }], total: 1, nextCursor: null })
  }, 120_000)

  test('every sort reads its page from an index, the first and the next, without sorting', async () => {
    const database = await open()
    const ring = await createKeyring(database)
    const { organizationId } = ring.owner
    for (const sort of ['name', 'owner', 'status', 'createdAt', 'expiresAt'] as const)
      for (const after of [
        null,
        [...(sort === 'status' ? ['active'] : []), ...(numeric.has(sort) ? [1] : ['a']), 'key_'],
      ])
        for (const descending of [false, true]) {
          const page = { sort, descending, after, limit: 50 }
          const plan = await planOf(
            database,
            (db) => listKeys(db, organizationId, { ownerIds: null }, page, 1),
            organizationId,
          )
          expect([sort, plan]).toEqual([
            sort,
            expect.stringMatching(/using (covering )?(index )?keys_(created|name|standing|expiry|owner_name)\b/i),
          ])
          expect([sort, plan]).toEqual([sort, expect.not.stringMatching(/temp b-tree|\bsort\b/i)])
        }
  })
})
