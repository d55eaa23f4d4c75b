import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { addOrganization, silent } from '../../../test/stores.ts'
import type { Database } from '../database.ts'
import { openDatabase } from '../open.ts'

const one = 'org_0000000000000001'
const undo: (() => Promise<unknown>)[] = []
afterAll(async () => {
  for (const step of undo.reverse()) await step()
})

const newFile = async (): Promise<string> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ostiary-sqlite-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  return path.join(folder, 'ostiary.db')
}
const openNew = async (): Promise<{ database: Database; file: string }> => {
  const file = await newFile()
  const database = await openDatabase({ kind: 'sqlite', file }, silent)
  undo.push(database.close)
  return { database, file }
}
const countTo = (n: number) =>
  sql<{
    n: number
  }>`with recursive c(n) as (select 1 union all select n + 1 from c where n < ${n}) select count(*) as n from c`

test('a slow query leaves the event loop, the writer and the other reader free', async () => {
  const { database } = await openNew()
  await addOrganization(database, one, 'one')
  let running = true
  let ticks = 0
  let reads = 0
  const slow = database.system
    .read((db) => countTo(3_000_000).execute(db))
    .finally(() => {
      running = false
    })
  while (running) {
    await new Promise((resolve) => setImmediate(resolve))
    ticks += 1
    if (ticks % 50 === 0) {
      await database.read(one, (db) => db.selectFrom('organizations').select('id').execute())
      reads += 1
    }
  }
  expect((await slow).rows).toEqual([{ n: 3_000_000 }])
  expect(ticks).toBeGreaterThan(100)
  expect(reads).toBeGreaterThan(1)
})

test('many more units of work than threads are served, in the order they came for the writer', async () => {
  const { database } = await openNew()
  await addOrganization(database, one, 'one')
  const order: number[] = []
  const writes = Array.from({ length: 40 }, (_, n) =>
    database.transaction(one, async (db) => {
      await db.updateTable('organizations').set({ revision: n }).where('id', '=', one).execute()
      order.push(n)
    }),
  )
  const reads = Array.from({ length: 40 }, () =>
    database.read(one, (db) => db.selectFrom('organizations').select('id').execute()),
  )
  await Promise.all([...writes, ...reads])
  expect(order).toEqual(Array.from({ length: 40 }, (_, n) => n))
})

test('G9 every connection syncs each commit fully, in WAL mode, with foreign keys on', async () => {
  const { database } = await openNew()
  const settings = async (name: string) => {
    const ask = sql.raw(`pragma ${name}`)
    const [written, read] = [
      await database.system.transaction((db) => ask.execute(db)),
      await database.system.read((db) => ask.execute(db)),
    ]
    return [written.rows, read.rows]
  }
  expect(await settings('journal_mode')).toEqual([[{ journal_mode: 'wal' }], [{ journal_mode: 'wal' }]])
  expect(await settings('synchronous')).toEqual([[{ synchronous: 2 }], [{ synchronous: 2 }]])
  expect(await settings('foreign_keys')).toEqual([[{ foreign_keys: 1 }], [{ foreign_keys: 1 }]])
})

test('a failed statement says which constraint, and the next unit of work is none the worse', async () => {
  const { database } = await openNew()
  await addOrganization(database, one, 'one')
  await expect(addOrganization(database, one, 'two')).rejects.toMatchObject({
    message: expect.stringContaining('organizations.id'),
    code: 'ERR_SQLITE_ERROR',
    errcode: 1555,
  })
  await addOrganization(database, 'org_0000000000000002', 'two')
})

test('a value that the other store would not take is refused here too', async () => {
  const { database } = await openNew()
  const asking = (value: unknown) => database.system.read((db) => sql`select ${value} as v`.execute(db))
  for (const value of [true, new Date(0), { a: 1 }])
    await expect(asking(value)).rejects.toThrow('cannot be a parameter')
  await expect(
    database.system.transaction((db) =>
      sql`insert into organizations (id, slug, name, is_default, max_staleness_seconds, revision, created_at)
        values (${one}, 'one', 'one', 'no', 60, 1, 1)`.execute(db),
    ),
  ).rejects.toThrow(/cannot store TEXT/)
})

test('a file that is no database is refused with SQLite’s own words', async () => {
  const { file } = await openNew()
  await expect(openDatabase({ kind: 'sqlite', file: path.dirname(file) }, silent)).rejects.toThrow('EISDIR')
  const other = new DatabaseSync(`${file}.other`)
  other.close()
  await expect(openDatabase({ kind: 'sqlite', file: import.meta.filename }, silent)).rejects.toThrow(/not a database/)
})
