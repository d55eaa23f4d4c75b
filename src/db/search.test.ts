import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, administer, onEachStore } from '../../test/stores.ts'
import type { Database, Db } from './database.ts'
import { migrations } from './migrations/all.ts'
import { following, keysNamed, searchPattern } from './search.ts'

const one = 'org_0000000000000001'
const two = 'org_0000000000000002'
const bounds = { counted: 100, collected: 50 }

const insert = (database: Database, organizationId: string, names: readonly string[], prefix = 'a') =>
  database.transaction(organizationId, async (db) => {
    const values = names.map((name, n) => ({
      organization_id: organizationId,
      id: `key_${prefix}${String(n).padStart(15, '0')}`,
      token_kind: 'k' as const,
      name,
      description: '',
      owner_type: 'member' as const,
      owner_id: 'mem_1',
      owner_name: 'Ada',
      state: 'active' as const,
      scope: '{}',
      created_at: n,
      created_by: 'mem_1',
      revision: 1,
    }))
    for (let at = 0; at < values.length; at += 500)
      await db
        .insertInto('keys')
        .values(values.slice(at, at + 500))
        .execute()
  })

onEachStore('names of keys', (open, { dialect, openAt, newPlace }) => {
  let database: Database
  const found = async (search: string, organizationId = one): Promise<string[]> => {
    const { ids } = await database.read(organizationId, (db) => keysNamed(db, organizationId, search, bounds))
    return (ids?.text ?? 'too many').split(' ').filter((id) => id !== '')
  }
  const namesFound = async (search: string): Promise<string[]> => {
    const ids = await found(search)
    const rows = await database.read(one, (db) =>
      db
        .selectFrom('keys')
        .select(['id', 'name'])
        .where('organization_id', '=', one)
        .where('id', 'in', [...ids, ''])
        .execute(),
    )
    expect(rows).toHaveLength(ids.length)
    return rows.map(({ name }) => name).toSorted()
  }
  const write = (work: (db: Db) => Promise<unknown>) => database.transaction(one, work)

  beforeAll(async () => {
    database = await open()
    await addOrganization(database, one, 'one')
    await addOrganization(database, two, 'two')
  })

  test('D15 what has a meaning to the index or to like is plain text', async () => {
    const odd = [
      'a"b"c',
      "it's 50%_off\\",
      'NEAR(x y)',
      'name : prod*',
      'x OR y AND NOT z',
      '^start -end + {all}',
      '\u{1F511}\u{1F511}\u{1F511} keys',
      'Äpfel',
      'ключ от двери',
      '---',
    ]
    await insert(database, one, odd, 'o')
    for (const name of odd) expect(await namesFound(name), name).toEqual([name])
    expect(await namesFound('"b"')).toEqual(['a"b"c'])
    expect(await namesFound('0%_')).toEqual(["it's 50%_off\\"])
    expect(await namesFound('\u{1F511}\u{1F511}\u{1F511}')).toEqual(['\u{1F511}\u{1F511}\u{1F511} keys'])
    expect(await namesFound('юч о')).toEqual(['ключ от двери'])
    for (const search of ['%%%', '___', '***', '"""', 'x OR z', '"a" OR "b"', "' or ''='", 'name:prod', 'abc*'])
      expect(await namesFound(search), search).toEqual([])
  })

  test('D15 capitals of English do not count, others do, as the stores fold them', async () => {
    await insert(database, one, ['Großer SCHLÜSSEL', 'grosser schlüssel'], 'c')
    expect(await namesFound('schl')).toEqual(['Großer SCHLÜSSEL', 'grosser schlüssel'])
    expect(await namesFound('SCHLÜ')).toEqual(['Großer SCHLÜSSEL'])
    expect(await namesFound('gro')).toEqual(['Großer SCHLÜSSEL', 'grosser schlüssel'])
  })

  test('B23 a new name is found at once and the old one no more, and a deleted key by neither', async () => {
    await insert(database, one, ['first of its name'], 'r')
    const id = 'key_r000000000000000'
    const set = (changes: { name?: string; state?: 'deleted' | 'revoked' }) =>
      write((db) =>
        db.updateTable('keys').set(changes).where('organization_id', '=', one).where('id', '=', id).execute(),
      )
    expect(await found('rst of')).toEqual([id])
    await set({ name: 'second' })
    expect([await found('rst of'), await found('SECOND'), await found('se')]).toEqual([[], [id], [id]])
    await set({ state: 'revoked' })
    expect(await found('second')).toEqual([id])
    await set({ state: 'deleted', name: 'third' })
    expect([await found('second'), await found('third'), await found('th')]).toEqual([[], [], []])
  })

  test('G10 a search sees no name of another organization, however alike', async () => {
    await insert(database, two, ['secret project', 'secret plan'], 't')
    expect(await found('secret')).toEqual([])
    expect(await found('secret', two)).toHaveLength(2)
    expect(await found('se', two)).toHaveLength(2)
    await insert(database, one, ['secret of one'], 's')
    expect(await found('secret')).toEqual(['key_s000000000000000'])
  })

  test('D15 more than are collected are counted, and more than that are so many at least', async () => {
    const many = await openAt(await newPlace())
    await addOrganization(many, one, 'one')
    // Common, and rare: on PostgreSQL the one is counted among the first, the other by the index.
    const names = Array.from({ length: 3000 }, (_, n) => (n % 250 === 0 ? `rare ${n}` : `common ${n}`))
    await insert(many, one, names)
    const asked = (search: string, most = bounds) => many.read(one, (db) => keysNamed(db, one, search, most))
    expect(await asked('rare')).toMatchObject({ ids: { count: 12 }, count: 12, isAll: true })
    expect(await asked('rare', { counted: 100, collected: 5 })).toMatchObject({ ids: null, count: 12, isAll: true })
    expect(await asked('common')).toMatchObject({ ids: null, count: expect.closeTo(101, -1) })
    expect(await asked('co')).toEqual({ ids: null, count: 101, isAll: true })
    expect(await asked('nothing')).toMatchObject({ ids: { count: 0 }, count: 0, isAll: true })
  })

  test('D15 finds what looking at every name finds', async () => {
    const any = await openAt(await newPlace())
    await addOrganization(any, one, 'one')
    const part = fc.constantFrom('a', 'B', 'ab', 'Abc', ' ', '-', '"', '%', '_', 'ä', '\u{1F511}', '\uffff', '0')
    const name = fc.array(part, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''))
    const names = fc.sample(name, { numRuns: 1500, seed: 7 })
    await insert(any, one, names)
    const folded = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    await fc.assert(
      fc.asyncProperty(name, async (search) => {
        const { ids } = await any.read(one, (db) => keysNamed(db, one, search, { counted: 5000, collected: 5000 }))
        const isShort = [...search].length < 3
        const expected = names.flatMap((each, n) => {
          const [text, wanted] = [folded(each), folded(search)]
          return (isShort ? text.startsWith(wanted) : text.includes(wanted)) ? [n] : []
        })
        // On PostgreSQL nothing is collected of what has no trigrams: those are walked to.
        if (ids === null) return
        const numbers = ids.text.split(' ').filter((id) => id !== '')
        expect(numbers.map((id) => Number(id.slice(5))).toSorted((x, y) => x - y)).toEqual(expected)
      }),
      { numRuns: 150, seed: 7 },
    )
  })

  test('names of keys that were there before the upgrade are found after it, those of deleted ones are not', async () => {
    const place = await newPlace()
    const before = await openAt(place, { migrations: migrations.slice(0, 2) })
    await addOrganization(before, one, 'one')
    const old = (id: string, name: string, state: string) =>
      before.transaction(one, (db) =>
        sql`insert into keys (organization_id, id, token_kind, name, description, owner_type, owner_id, owner_name, state,
          scope, created_at, created_by, revision) values (${one}, ${id}, 'k', ${name}, '', 'member', 'mem_1', 'Ada',
          ${state}, ${oldScope}, 1, 'mem_1', 1)`.execute(db),
      )
    await old('key_0000000000000001', 'Made Before', 'active')
    await old('key_0000000000000002', 'made before and deleted', 'deleted')
    await before.close()
    const after = await openAt(place)
    await insert(after, one, ['made after'])
    const named = await after.read(one, (db) => keysNamed(db, one, 'made', bounds))
    expect(named.ids?.text.split(' ').toSorted()).toEqual(['key_0000000000000001', 'key_a000000000000000'])
  })

  test.runIf(dialect === 'postgres')(
    'G10 what a search asks the index past the policies ends with the question',
    async () => {
      const many = await openAt(await newPlace())
      await addOrganization(many, one, 'one')
      await addOrganization(many, two, 'two')
      const names = Array.from({ length: 1200 }, (_, n) => `name ${n}`)
      await insert(many, one, [...names, 'needle of one'])
      await insert(many, two, ['needle of two'], 't')
      const seen = await many.read(one, async (db) => {
        const named = await keysNamed(db, one, 'needle', bounds)
        const who = await sql<{ role: string }>`select current_user as role`.execute(db)
        const foreign = await sql`select key_id from key_names where name like 'needle%'`.execute(db)
        return { count: named.count, role: who.rows, visible: foreign.rows }
      })
      expect(seen).toEqual({
        count: 1,
        role: [{ role: 'ostiary_app' }],
        visible: [{ key_id: 'key_a000000000001200' }],
      })
    },
  )
})

onEachStore('what the index of names is made of', (_, { dialect, newPlace, openAt }) => {
  test.runIf(dialect === 'sqlite')(
    'a copy made by VACUUM finds what the file finds, and goes on from there',
    async () => {
      const place = await newPlace()
      const file = place.kind === 'sqlite' ? place.file : ''
      const database = await openAt(place)
      await addOrganization(database, two, 'two')
      await addOrganization(database, one, 'one')
      await insert(database, two, ['another needle'], 't')
      const names = Array.from({ length: 300 }, (_, n) => (n % 3 === 0 ? `needle ${n}` : `hay ${n}`))
      await insert(database, one, names)
      await database.transaction(one, (db) =>
        db
          .updateTable('keys')
          .set({ state: 'deleted' })
          .where('organization_id', '=', one)
          .where('created_at', '<', 100)
          .execute(),
      )
      await database.close()
      const original = new DatabaseSync(file)
      original.prepare('vacuum into ?').run(`${file}.copy`)
      original.close()
      const copy = await openAt({ kind: 'sqlite', file: `${file}.copy` })
      await insert(copy, one, ['needle of the copy'], 'n')
      const found = await copy.read(one, (db) => keysNamed(db, one, 'needle', { counted: 1000, collected: 1000 }))
      const kept = Array.from({ length: 200 }, (_, n) => n + 100).filter((n) => n % 3 === 0)
      expect(found.ids?.text.split(' ').toSorted()).toEqual(
        [...kept.map((n) => `key_a${String(n).padStart(15, '0')}`), 'key_n000000000000000'].toSorted(),
      )
    },
  )

  test.runIf(dialect === 'postgres')(
    'a login that may not create it is told what is missing, and goes on once it is there',
    async () => {
      const place = await newPlace()
      const url = place.kind === 'postgres' ? place.url : ''
      // Another database of the server, so that its roles are there.
      await (await openAt(await newPlace())).close()
      const login = `${new URL(url).pathname.slice(1)}_login`
      await administer(url, `create role ${login} login password 'p'; grant create on schema public to ${login}`)
      for (const role of ['ostiary_app', 'ostiary_system'])
        await administer(url, `grant ${role} to ${login} with inherit false, set true`)
      const own = new URL(url)
      own.username = login
      own.password = 'p'
      const start = () => openAt({ kind: 'postgres', url: own.href })
      await expect(start()).rejects.toThrow(
        /extensions pg_trgm and btree_gin.*let somebody who may run "create extension/,
      )
      await administer(url, 'create extension pg_trgm; create extension btree_gin')
      const database = await start()
      await addOrganization(database, one, 'one')
      await insert(database, one, ['found'])
      expect((await database.read(one, (db) => keysNamed(db, one, 'oun', bounds))).count).toBe(1)
      await database.close()
      await administer(url, `reassign owned by ${login} to current_user; drop owned by ${login}; drop role ${login}`)
    },
  )
})

const choice = { mode: 'all' }
const oldScope = JSON.stringify({
  mcp: { enabled: true, servers: choice, tools: {}, toolsDefault: choice },
  projects: [],
})

describe('searching', () => {
  test('the end of a range of beginnings is the next text in the order of code points', () => {
    expect(following('ab')).toBe('ac')
    expect(following('a\u{10FFFF}')).toBe('b')
    expect(following('\uD7FF')).toBe('\uE000')
    expect(following('\u{10FFFF}')).toBeNull()
    expect(following('')).toBeNull()
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), fc.string({ unit: 'binary' }), (start, rest) => {
        const [end, text] = [following(start), Buffer.from(start + rest)]
        expect(end === null || Buffer.compare(text, Buffer.from(end)) < 0).toBe(true)
      }),
    )
  })

  test('a pattern escapes what like takes for more than itself', () => {
    expect(searchPattern('A%')).toBe('a\\%%')
    expect(searchPattern('a_\\')).toBe('%a\\_\\\\%')
  })
})
