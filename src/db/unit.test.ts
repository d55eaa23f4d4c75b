import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import { ok, type Result, refuse } from '../problems.ts'
import { announce, logId } from './changes.ts'
import { storeNow } from './clock.ts'
import type { Database, Db } from './database.ts'
import { isForeignKeyViolation, isUniqueViolation } from './violation.ts'

const one = 'org_0000000000000001'
const two = 'org_0000000000000002'

const projectRow = (organizationId: string, id: string, slug: string, at = 1) => ({
  organization_id: organizationId,
  id,
  slug,
  name: slug,
  tier: 'development' as const,
  is_default: 0 as const,
  created_at: at,
})
const addProject = (db: Db, organizationId: string, id: string, slug = id) =>
  db
    .insertInto('projects')
    .values(projectRow(organizationId, id, slug))
    .execute()
const slugs = async (db: Db) =>
  (await db.selectFrom('projects').select('slug').orderBy('slug').execute()).map((r) => r.slug)

const rejectionOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  )

onEachStore('a unit of work', (open, { dialect, newPlace, openAt }) => {
  const seeded = async (): Promise<Database> => {
    const database = await open()
    await addOrganization(database, one, 'one')
    await addOrganization(database, two, 'two')
    return database
  }

  test('G10 sees the rows of its organization; on PostgreSQL also when the query forgets to say so', async () => {
    const database = await seeded()
    await database.transaction(one, (db) => addProject(db, one, 'prj_1'))
    await database.transaction(two, (db) => addProject(db, two, 'prj_2'))
    const careful = (db: Db) => db.selectFrom('projects').select('id').where('organization_id', '=', one).execute()
    expect(await database.read(one, careful)).toEqual([{ id: 'prj_1' }])
    expect(await database.read(two, careful)).toHaveLength(dialect === 'postgres' ? 0 : 1)
    expect(await database.read(two, slugs)).toEqual(dialect === 'postgres' ? ['prj_2'] : ['prj_1', 'prj_2'])
    expect(await database.transaction(two, slugs)).toEqual(dialect === 'postgres' ? ['prj_2'] : ['prj_1', 'prj_2'])
    expect(await database.system.read(slugs)).toEqual(['prj_1', 'prj_2'])
  })

  test.runIf(dialect === 'postgres')('G10 cannot write, move or delete a row of another organization', async () => {
    const database = await seeded()
    await database.transaction(one, (db) => addProject(db, one, 'prj_1'))
    await expect(database.transaction(two, (db) => addProject(db, one, 'prj_3'))).rejects.toThrow(/row-level security/)
    const renamed = await database.transaction(two, (db) =>
      db.updateTable('projects').set({ name: 'mine now' }).where('id', '=', 'prj_1').executeTakeFirst(),
    )
    const deleted = await database.transaction(two, (db) =>
      db.deleteFrom('projects').where('id', '=', 'prj_1').executeTakeFirst(),
    )
    expect([renamed.numUpdatedRows, deleted.numDeletedRows]).toEqual([0n, 0n])
    expect(await database.read(one, slugs)).toEqual(['prj_1'])
  })

  test('G10 takes no organization that is not an id by grammar', async () => {
    const database = await open()
    for (const id of ['', 'org_1', "org_000000000000000'", `${one}'; reset role; --`, 'one'])
      await expect(database.read(id, slugs)).rejects.toThrow('not an id')
  })

  test('a second unit of work inside one is refused at once', async () => {
    const database = await seeded()
    for (const inner of [() => database.read(one, slugs), () => database.system.transaction(slugs)]) {
      await expect(database.transaction(one, inner)).rejects.toThrow('open here already')
      await expect(database.read(one, inner)).rejects.toThrow('open here already')
    }
    expect(await database.read(one, slugs)).toEqual([])
  })

  test('what was started inside a unit of work may open its own when that one is over', async () => {
    const database = await seeded()
    const over = Promise.withResolvers<void>()
    let later: Promise<string[]> | null = null
    await database.read(one, async (db) => {
      // Started in here, so it carries the mark of this unit; what it does comes when the unit is over.
      later = over.promise.then(() => database.read(one, slugs))
      return slugs(db)
    })
    over.resolve()
    expect(await later).toEqual([])
  })

  test('rolls everything back when its work throws, and its db is of no use afterwards', async () => {
    const database = await seeded()
    let kept: Db | null = null
    const failing = database.transaction(one, async (db) => {
      kept = db
      await addProject(db, one, 'prj_1')
      throw new Error('changed my mind')
    })
    await expect(failing).rejects.toThrow('changed my mind')
    expect(await database.read(one, slugs)).toEqual([])
    await expect(slugs(kept ?? expect.fail('no db'))).rejects.toThrow('is over')
  })

  test('a refusal takes back what was written before it, and is answered as it is', async () => {
    const database = await seeded()
    const refused = refuse('slug_taken')
    const answer = await database.transaction(one, async (db): Promise<Result<string>> => {
      await addProject(db, one, 'prj_1')
      return refused
    })
    expect(answer).toBe(refused)
    expect(await database.read(one, slugs)).toEqual([])
    const granted = await database.transaction(one, async (db): Promise<Result<string>> => {
      await addProject(db, one, 'prj_2')
      return ok('done')
    })
    expect(granted).toEqual(ok('done'))
    expect(await database.read(one, slugs)).toEqual(['prj_2'])
  })

  test('a failed statement that the work swallows still rolls everything back', async () => {
    const database = await seeded()
    const swallowing = database.transaction(one, async (db) => {
      await addProject(db, one, 'prj_1')
      await addProject(db, one, 'prj_2', 'prj_1').catch(() => {})
      return 'looks well'
    })
    const error = await rejectionOf(swallowing)
    expect(isUniqueViolation(error)).toBe(true)
    expect(isForeignKeyViolation(error)).toBe(false)
    expect(await database.read(one, slugs)).toEqual([])
  })

  test('a reference to another organization’s row is refused by the store itself', async () => {
    const database = await seeded()
    await database.transaction(two, (db) => addProject(db, two, 'prj_2'))
    const error = await rejectionOf(
      database.system.transaction((db) =>
        db
          .insertInto('credentials')
          .values({ organization_id: one, id: 'crd_1', project_id: 'prj_2', slug: 'c', kind: 'static', created_at: 1 })
          .execute(),
      ),
    )
    expect(isForeignKeyViolation(error)).toBe(true)
  })

  test('a write that stays open too long is rolled back, and its db throws from then on', async () => {
    const place = await newPlace()
    const first = await openAt(place)
    await addOrganization(first, one, 'one')
    await first.close()
    const database = await openAt(place, { transactionLimitMs: 60, onForeignAwait: 'warn' })
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const { promise: after, resolve: tell } = Promise.withResolvers<unknown>()
    const slow = database.transaction(one, async (db) => {
      await addProject(db, one, 'prj_1')
      await over
      tell(await rejectionOf(addProject(db, one, 'prj_2')))
    })
    await expect(slow).rejects.toThrow('more than 60 ms')
    resolve()
    expect(await after).toMatchObject({ message: expect.stringContaining('is over') })
    expect(await database.read(one, slugs)).toEqual([])
    await database.close()
    expect(await (await openAt(place)).transaction(one, slugs)).toEqual([])
  })

  test('a write that awaits something other than its db is refused before it holds up others', async () => {
    const database = await seeded()
    const waiting = database.transaction(one, async (db) => {
      await addProject(db, one, 'prj_1')
      await new Promise(() => {})
    })
    await expect(waiting).rejects.toThrow('other than its db')
    await expect(database.transaction(one, () => new Promise(() => {}))).rejects.toThrow('other than its db')
    expect(await database.transaction(one, slugs)).toEqual([])
  })

  test('the installation’s row is written by the system and read by all', async () => {
    const database = await seeded()
    await database.system.transaction((db) =>
      db
        .insertInto('installation')
        .values({ id: 1, log_id: 'log_1', root_id: 'r', root_check: 'c', created_at: 1 })
        .execute(),
    )
    expect(await database.read(one, logId)).toBe('log_1')
    expect(await database.system.read(logId)).toBe('log_1')
    expect(await database.system.read((db) => storeNow(db, dialect))).toBeGreaterThan(Date.UTC(2024))
  })

  test('several statements at once are answered each with its own', async () => {
    const database = await seeded()
    const numbers = await database.transaction(one, (db) =>
      Promise.all([1, 2, 3, 4, 5].map((n) => sql<{ n: number }>`select cast(${n} as bigint) as n`.execute(db))),
    )
    expect(numbers.map(({ rows }) => rows[0]?.n)).toEqual([1, 2, 3, 4, 5])
  })

  test('a read keeps its snapshot while others write', async () => {
    const database = await seeded()
    await database.read(one, async (db) => {
      expect(await slugs(db)).toEqual([])
      const writer = await openAtSame(database)
      await writer()
      expect(await slugs(db)).toEqual([])
    })
    expect(await database.read(one, slugs)).toEqual(['prj_1'])

    /** Outside the read's own context, as another call would come in. */
    async function openAtSame(other: Database): Promise<() => Promise<unknown>> {
      return () => outside(() => other.transaction(one, (db) => addProject(db, one, 'prj_1')))
    }
  })

  test('a read cannot write', async () => {
    const database = await seeded()
    await expect(database.read(one, (db) => addProject(db, one, 'prj_1'))).rejects.toThrow(/read.?only/i)
  })

  test('only committed writes are told to listeners', async () => {
    const database = await seeded()
    let told = 0
    const stop = database.onCommit(() => {
      told += 1
    })
    await database.read(one, slugs)
    await rejectionOf(database.transaction(one, () => Promise.reject(new Error('no'))))
    expect(told).toBe(0)
    await database.transaction(one, (db) => announce(db, one, { kind: 'key', id: 'key_1', at: 1 }))
    expect(told).toBe(1)
    stop()
    await database.system.transaction(slugs)
    expect(told).toBe(1)
  })

  test('integers come back as numbers, and exact where a number cannot hold them', async () => {
    const database = await open()
    const { rows } = await database.system.read((db) =>
      sql`select cast(9007199254740991 as bigint) as safe, cast(9007199254740993 as bigint) as large,
        cast(${7} as bigint) / cast(${2} as bigint) as half`.execute(db),
    )
    expect(rows).toEqual([{ safe: 9007199254740991, large: 9007199254740993n, half: 3 }])
  })

  test('text sorts by its bytes on both stores', async () => {
    const database = await seeded()
    await database.transaction(one, async (db) => {
      for (const slug of ['b', 'B', 'a', 'Z', 'ä', '_', '10', '9']) await addProject(db, one, `prj_${slug}`, slug)
    })
    expect(await database.read(one, slugs)).toEqual(['10', '9', 'B', 'Z', '_', 'a', 'b', 'ä'])
  })

  test('a closed database refuses work, and lets the open work end first', async () => {
    const database = await seeded()
    const last = database.transaction(one, (db) => addProject(db, one, 'prj_1').then(() => 'done'))
    const closing = database.close()
    expect(await last).toBe('done')
    await closing
    await expect(database.read(one, slugs)).rejects.toThrow('closed')
  })
})

/** Runs where no unit of work is open: a callback made before any was. */
const queue: (() => void)[] = []
const pump = setInterval(() => queue.shift()?.(), 1)
pump.unref()
const outside = <T>(work: () => Promise<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    queue.push(() => void work().then(resolve, reject))
  })
