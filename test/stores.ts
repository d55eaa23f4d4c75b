import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, describe, inject } from 'vitest'
import type { Database } from '../src/db/database.ts'
import { migrations } from '../src/db/migrations/all.ts'
import { requestMigrations } from '../src/db/migrations/requests/all.ts'
import { type DatabaseOptions, openDatabase } from '../src/db/open.ts'

/** A place for one database: opening it twice is what two controls do (PostgreSQL) or a restart (SQLite, closed before). */
export type Place = DatabaseOptions
type More = Partial<Omit<Extract<DatabaseOptions, { kind: 'sqlite' }>, 'kind' | 'file'>>

export type Stores = {
  readonly dialect: 'sqlite' | 'postgres'
  readonly newPlace: () => Promise<Place>
  /** Closed by itself at the end. A write that awaits something other than its db is refused here. */
  readonly openAt: (place: Place, more?: More) => Promise<Database>
}

export const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

/** One file holds both stores here, as one database does on PostgreSQL. */
const together = [...migrations, ...requestMigrations]

/**
 * Describes the same promises on both stores. Each `open()` gives a fresh, empty, migrated database of its own; all are
 * closed and removed at the end of the block.
 */
export const onEachStore = (title: string, promises: (open: () => Promise<Database>, stores: Stores) => void): void => {
  describe.each(['sqlite', 'postgres'] as const)(`${title} (%s)`, (dialect) => {
    const opened: (() => Promise<unknown>)[] = []
    const undo: (() => Promise<unknown>)[] = []
    const newPlace = (): Promise<Place> => (dialect === 'sqlite' ? newFile(undo) : newPostgresDatabase(undo))
    const openAt: Stores['openAt'] = async (place, more = {}) => {
      const tables = place.kind === 'sqlite' ? { migrations: together } : {}
      const database = await openDatabase({ onForeignAwait: 'refuse', ...tables, ...more, ...place }, silent)
      opened.push(database.close)
      return database
    }
    afterAll(async () => {
      await Promise.all(opened.map((close) => close()))
      await Promise.all(undo.map((remove) => remove()))
    })
    promises(async () => openAt(await newPlace()), { dialect, newPlace, openAt })
  })
}

const newFile = async (undo: (() => Promise<unknown>)[]): Promise<Place> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ostiary-store-'))
  undo.push(() => rm(folder, { recursive: true, force: true }))
  return { kind: 'sqlite', file: path.join(folder, 'ostiary.db') }
}

const newPostgresDatabase = async (undo: (() => Promise<unknown>)[]): Promise<Place> => {
  const server = inject('postgresUrl')
  const name = `ostiary_test_${randomBytes(8).toString('hex')}`
  await administer(server, `create database ${name}`)
  undo.push(() => administer(server, `drop database ${name} with (force)`))
  const url = new URL(server)
  url.pathname = `/${name}`
  return { kind: 'postgres', url: url.href }
}

export const administer = async (url: string, statement: string): Promise<pg.QueryResult> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(statement)
  } finally {
    await client.end()
  }
}

/** An organization's row, so that others have something to belong to. */
export const addOrganization = (database: Database, id: string, slug: string): Promise<unknown> =>
  database.system.transaction((db) =>
    db
      .insertInto('organizations')
      .values({ id, slug, name: slug, is_default: 0, max_staleness_seconds: 60, revision: 1, created_at: 1 })
      .execute(),
  )
