import { CompiledQuery, type KyselyPlugin, sql } from 'kysely'
import { expect, test } from 'vitest'
import { callRoute, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { createDice, insertKeys } from '../../../test/many-keys.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Database, Db } from '../../db/database.ts'
import { keyRoutes } from '../routes.ts'
import type { KeyView } from '../schema.ts'
import type { SortName } from './order.ts'
import { listKeys } from './store.ts'

type List = { items: KeyView[]; nextCursor: string | null; total: number; totalIsAtLeast?: true }

/** Copies of the newest key, each a millisecond older than the one before; ids as random as they come. */
async function copies(
  database: Database,
  organizationId: string,
  count: number,
  name: string,
  from = 0,
): Promise<void> {
  for (let at = from; at < from + count; at += 1000) {
    const last = Math.min(at + 1000, from + count) - 1
    await database.transaction(organizationId, (db) =>
      sql`with recursive counted (n) as (select ${sql.lit(at)} union all select n + 1 from counted where n < ${sql.lit(last)}),
        newest as (select * from keys where organization_id = ${organizationId} order by created_at desc limit 1)
        insert into keys (organization_id, id, token_kind, name, description, owner_type, owner_id, owner_name, state,
          scope, created_at, created_by, revision)
        select newest.organization_id, 'key_' || cast(1000000 + (n * 7919) % 1000003 as text) || 'ABCDEFGHI',
          newest.token_kind, ${name}, '', newest.owner_type, newest.owner_id, newest.owner_name, newest.state,
          newest.scope, newest.created_at - n - 1, newest.created_by, 1 from counted, newest`.execute(db),
    )
  }
}

const dayMs = 86_400_000

onEachStore('long lists of keys', (open) => {
  const start = async () => {
    const database = await open()
    const ring = await createKeyring(database)
    const call = callRoute(keyRoutes(ring.keyDeps))
    const list = async (query: object, actor = ring.owner) => granted(await call(actor, 'GET /keys', { query })) as List
    return { database, ring, call, list }
  }

  test('totals are exact up to 10,000 and say "at least" beyond', async () => {
    const { database, ring, call, list } = await start()
    const { organizationId } = ring.owner
    granted(await call(ring.owner, 'POST /keys', { body: { name: 'the newest' } }))
    const total = async (query: object = {}) => {
      const page = await list(query)
      return [page.total, page.totalIsAtLeast]
    }
    await copies(database, organizationId, 4999, 'even')
    await copies(database, organizationId, 5000, 'uneven', 5000)
    expect(await total()).toEqual([10_000, undefined])
    expect(await total({ search: 'uneven' })).toEqual([5000, undefined])
    expect(await total({ search: 'un', status: 'active' })).toEqual([expect.any(Number), true])
    await copies(database, organizationId, 1, 'one more', 20_000)
    expect(await total()).toEqual([10_000, true])
    expect(await total({ status: 'active' })).toEqual([10_000, true])
    expect(await total({ status: 'revoked' })).toEqual([0, undefined])
    const ada = await ring.addMember('member')
    await call(ada, 'POST /keys', { body: { name: 'hers alone' } })
    const hers = await list({ search: 'hers', sort: '-name' }, ada)
    expect(hers).toMatchObject({ items: [{ name: 'hers alone' }], total: 1, nextCursor: null })
  }, 120_000)

  test('a page looks no further than it may, and the next goes on from there', async () => {
    const { database, ring, call, list } = await start()
    const { organizationId } = ring.owner
    granted(await call(ring.owner, 'POST /keys', { body: { name: 'the newest' } }))
    await copies(database, organizationId, 15_000, 'common')
    await copies(database, organizationId, 4000, 'looked for', 30_000)
    const first = await list({ search: 'looked' })
    expect(first).toMatchObject({ items: [], nextCursor: expect.any(String) })
    const second = await list({ search: 'looked', cursor: first.nextCursor })
    expect(second.items.map(({ name }) => name)).toEqual(new Array(50).fill('looked for'))
    expect((await list({ search: 'looked', sort: 'createdAt' })).items).toHaveLength(50)
  }, 120_000)

  test('every sort reads its page from an index, the first and the next, without sorting', async () => {
    const { database, ring } = await start()
    const { organizationId } = ring.owner
    const places: Record<SortName, readonly (string | number)[]> = {
      name: ['a', 'key_'],
      owner: ['a', 'key_'],
      status: ['active', 1, 'key_'],
      createdAt: [1, 'key_'],
      expiresAt: [1, 'key_'],
      lastUsedAt: [1, 'key_'],
      requests: [1, 'key_'],
    }
    for (const [sort, place] of Object.entries(places) as [SortName, (typeof places)[SortName]][])
      for (const after of [null, place])
        for (const descending of [false, true]) {
          const page = { sort, descending, after, limit: 50 }
          const plan = await planOf(database, (db) => listKeys(db, organizationId, { ownerIds: null }, page, 1))
          expect([sort, plan]).toEqual([sort, expect.stringMatching(indexes)])
          expect([sort, plan]).toEqual([sort, expect.not.stringMatching(/temp b-tree|\bsort\b/i)])
          // It begins at its place, however far that is.
          if (after) expect([sort, plan]).toEqual([sort, expect.stringMatching(/,\s?id\) ?[<>]/)])
        }
  })

  test('D16 D17 filters and sorts of thousands give what looking at every key gives', async () => {
    const { list, ring, database } = await start()
    const world = await manyKeys(ring, database, 5000)
    const every = await allPages(list, {})
    expect(every.length).toBeGreaterThan(4000)
    for (const [query, isMeant] of questions(world, ring.clock.now())) {
      const { sort, ...filter } = query
      const expected = inOrder(every.filter(isMeant), sort)
      const found = await allPages(list, { ...filter, sort })
      expect(
        found.map(({ id }) => id),
        JSON.stringify(query),
      ).toEqual(expected.map(({ id }) => id))
      const { total, totalIsAtLeast } = await list(query)
      if (totalIsAtLeast) expect(total).toBeLessThanOrEqual(expected.length)
      else expect([query, total]).toEqual([query, expected.length])
    }
  }, 240_000)
})

const indexes = /using (covering )?(index )?keys_(created|name|standing|expiry|owner_name|last_used|requests)\b/i

/** How the store means to answer the first query that the work asks. */
async function planOf(database: Database, work: (db: Db) => Promise<unknown>): Promise<string> {
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
    const [first] = asked
    if (!first) throw new Error('nothing was asked')
    const isSqlite = database.dialect === 'sqlite'
    // A small table is read whole, whatever indexes there are, unless that is made to look dear.
    if (!isSqlite)
      await sql`select set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)`.execute(
        db,
      )
    const { rows } = await db.executeQuery(
      CompiledQuery.raw(`explain ${isSqlite ? 'query plan ' : ''}${first.sql}`, [...first.parameters]),
    )
    return rows.map((row) => Object.values(Object(row)).join(' ')).join('\n')
  })
}

type World = {
  readonly servers: readonly { readonly id: string; readonly project: string }[]
  readonly owners: readonly string[]
}

async function manyKeys(ring: Keyring, database: Database, count: number): Promise<World> {
  const projects = [await ring.rows.project('north'), await ring.rows.project('south')]
  const servers: { id: string; project: string }[] = []
  for (const [n, project] of [...projects, ...projects].entries())
    servers.push({ id: await ring.rows.server(`server-${n}`, project), project })
  const owners: { type: 'team'; id: string; name: string }[] = []
  for (const slug of ['ada', 'bo', 'cy'])
    owners.push({ type: 'team', id: await ring.rows.team(slug, []), name: slug.toUpperCase() })
  const { organizationId } = ring.owner
  await insertKeys(database, { organizationId, owners, servers, now: ring.clock.now() }, count, () => {})
  return { servers, owners: owners.map(({ id }) => id) }
}

async function allPages(list: (query: object) => Promise<List>, query: object): Promise<KeyView[]> {
  const seen: KeyView[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page = await list({ ...query, limit: '200', ...(cursor && { cursor }) })
    seen.push(...page.items)
    cursor = page.nextCursor
  }
  return seen
}

type Question = readonly [query: { readonly sort: string } & object, isMeant: (key: KeyView) => boolean]

/** Some that few keys answer and some that most do, alone and together, each in an order drawn by lot. */
function questions({ servers, owners }: World, now: number): Question[] {
  const dice = createDice(5)
  const [server = { id: '', project: '' }] = servers
  const [owner = '', other = ''] = owners
  const time = (text: string | null) => (text === null ? null : Date.parse(text))
  const expiresWithin = (days: number) => (key: KeyView) => {
    const at = time(key.expiresAt)
    return at !== null && at > now && at <= now + days * dayMs && (key.status === 'active' || key.status === 'inactive')
  }
  const unusedFor = (days: number) => (key: KeyView) =>
    (time(key.lastUsedAt) ?? time(key.createdAt) ?? 0) < now - days * dayMs
  const admits = ({ mcp, projects }: KeyView) =>
    projects.includes(server.project) &&
    (mcp.servers.mode === 'all' ||
      ('items' in mcp.servers && mcp.servers.items.includes(server.id) === (mcp.servers.mode === 'only')))
  const parts: (readonly [object, (key: KeyView) => boolean])[] = [
    [{ status: 'active' }, (key) => key.status === 'active'],
    [{ status: 'expired' }, (key) => key.status === 'expired'],
    [{ search: 'production' }, (key) => key.name.includes('production')],
    [{ search: '123' }, (key) => key.name.includes('123')],
    [{ search: 'st' }, (key) => key.name.startsWith('st')],
    [{ tag: 'tag-0' }, (key) => key.tags.includes('tag-0')],
    [{ tag: 'tag-40' }, (key) => key.tags.includes('tag-40')],
    [{ project: 'north' }, (key) => key.projects.includes(server.project)],
    [{ server: 'server-0' }, admits],
    [{ owner }, (key) => key.owner.id === owner],
    [{ owner: other }, (key) => key.owner.id === other],
    [{ expiring: '300' }, expiresWithin(300)],
    [{ expiring: '9' }, expiresWithin(9)],
    [{ unused: '1' }, unusedFor(1)],
    [{ unused: '365' }, unusedFor(365)],
  ]
  const sort = () =>
    dice.one([
      'name',
      'owner',
      'status',
      'createdAt',
      'expiresAt',
      'lastUsedAt',
      'requests',
      '-name',
      '-createdAt',
      '-expiresAt',
      '-share',
    ])
  const alone = parts.map(([query, isMeant]): Question => [{ ...query, sort: sort() }, isMeant])
  const together = Array.from({ length: 12 }, (): Question => {
    const [one = parts[0], two = parts[1]] = [parts[dice.below(parts.length)], parts[dice.below(parts.length)]]
    // Of two that say the same in other words the second counts.
    const isBoth = (key: KeyView) =>
      (two?.[1](key) ?? false) &&
      (Object.keys(one?.[0] ?? {})[0] === Object.keys(two?.[0] ?? {})[0] || (one?.[1](key) ?? false))
    return [{ ...one?.[0], ...two?.[0], sort: sort() }, isBoth]
  })
  return [...alone, ...together]
}

const stateOf = { active: 'active', expired: 'active', inactive: 'suspended', revoked: 'revoked' } as const
const valuesOf: Record<string, (key: KeyView) => readonly (string | number)[]> = {
  name: ({ name }) => [name],
  owner: ({ owner }) => [owner.name],
  status: (key) => [stateOf[key.status], Date.parse(key.expiresAt ?? '9999-12-31')],
  createdAt: ({ createdAt }) => [Date.parse(createdAt)],
  expiresAt: ({ expiresAt }) => [Date.parse(expiresAt ?? '9999-12-31')],
  lastUsedAt: ({ lastUsedAt }) => [Date.parse(lastUsedAt ?? '1970-01-01')],
  requests: ({ requests }) => [requests],
  share: ({ requests }) => [requests],
}

function inOrder(keys: readonly KeyView[], sort: string): KeyView[] {
  const [way, of] = sort.startsWith('-') ? [-1, valuesOf[sort.slice(1)]] : [1, valuesOf[sort]]
  const place = (key: KeyView) => [...(of?.(key) ?? []), key.id]
  return keys.toSorted((one, other) => {
    const [left, right] = [place(one), place(other)]
    for (const [at, value] of left.entries()) {
      const against = right[at] ?? ''
      if (value !== against) return value < against ? -way : way
    }
    return 0
  })
}
