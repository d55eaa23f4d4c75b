import { chmodSync, closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { type Answer, failureOf, type Request, type Rows, type Setup } from './protocol.ts'

/** A database thread: the only place that calls DatabaseSync. It answers requests one after the other. */

const setup: Setup = workerData
const preparedAtMost = 256
const none: Rows = { rows: [], changed: null }

const openDatabase = (): DatabaseSync => {
  const database = new DatabaseSync(setup.file, { readOnly: setup.readOnly, timeout: setup.busyTimeoutMs })
  if (!setup.readOnly) database.exec('pragma journal_mode = wal')
  // FULL: a commit that was answered has reached the disk, also when the power goes.
  database.exec('pragma synchronous = full; pragma foreign_keys = on; pragma trusted_schema = off')
  // A page of a long list looks at thousands of rows, each on a page of its own: mapped, they cost half of what reads do.
  if (setup.readOnly) database.exec('pragma mmap_size = 2147418112')
  return database
}

type Prepared = { readonly statement: StatementSync; readonly answersRows: boolean }
const prepared = new Map<string, Prepared>()

const prepare = (database: DatabaseSync, sql: string): Prepared => {
  const known = prepared.get(sql)
  if (known) {
    // Moved to the end: the first in the map is the one that was not used for longest.
    prepared.delete(sql)
    prepared.set(sql, known)
    return known
  }
  const statement = database.prepare(sql)
  statement.setReadBigInts(true)
  const made = { statement, answersRows: statement.columns().length > 0 }
  prepared.set(sql, made)
  if (prepared.size > preparedAtMost) {
    const [oldest] = prepared.keys()
    if (oldest !== undefined) prepared.delete(oldest)
  }
  return made
}

/** node:sqlite binds every number as REAL; integers must divide, compare and be stored as integers, as on PostgreSQL. */
const bound = (value: unknown): SQLInputValue => {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  if (typeof value === 'string' || typeof value === 'bigint' || value === null || value instanceof Uint8Array)
    return value
  throw new TypeError(`A ${typeof value} cannot be a parameter of a statement`)
}

const narrow = (row: Record<string, unknown>): unknown => {
  for (const name in row) {
    const value = row[name]
    if (typeof value === 'bigint' && Number.isSafeInteger(Number(value))) row[name] = Number(value)
  }
  return row
}

const run = (database: DatabaseSync, request: Extract<Request, { ask: 'run' }>): Rows => {
  if (request.begin) {
    if (database.isTransaction) database.exec('rollback')
    database.exec(`begin ${request.begin}`)
  }
  const { statement, answersRows } = prepare(database, request.sql)
  const values = request.parameters.map(bound)
  if (answersRows) return { rows: statement.all(...values).map(narrow), changed: null }
  return { rows: [], changed: BigInt(statement.run(...values).changes) }
}

const commit = (database: DatabaseSync): Rows => {
  try {
    database.exec('commit')
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    throw error
  }
  return none
}

/** Written under another name first: what carries the copy's name is whole, verified and on the disk. */
const copy = (database: DatabaseSync, target: string): Rows => {
  const partial = `${target}.partial`
  rmSync(partial, { force: true })
  closeSync(openSync(partial, 'w', 0o600))
  database.prepare('vacuum into ?').run(partial)
  chmodSync(partial, 0o600)
  const check = new DatabaseSync(partial, { readOnly: true })
  const said = check.prepare('pragma integrity_check').all()
  check.close()
  if (said.length !== 1 || said[0]?.['integrity_check'] !== 'ok') throw new Error(`The copy ${partial} is not whole`)
  sync(partial)
  renameSync(partial, target)
  sync(path.dirname(target))
  return none
}

const sync = (file: string): void => {
  const descriptor = openSync(file, 'r')
  fsyncSync(descriptor)
  closeSync(descriptor)
}

const perform = (database: DatabaseSync, request: Request): Rows => {
  switch (request.ask) {
    case 'run':
      return run(database, request)
    case 'commit':
      return commit(database)
    case 'rollback':
      if (database.isTransaction) database.exec('rollback')
      return none
    case 'copy':
      return copy(database, request.target)
    case 'close':
      database.close()
      return none
  }
}

const attempt = (work: () => Rows): Answer => {
  try {
    return { ok: true, value: work() }
  } catch (error) {
    return { ok: false, failure: failureOf(error) }
  }
}

const start = (): void => {
  let database: DatabaseSync | null = null
  const opened = attempt(() => {
    database = openDatabase()
    return none
  })
  parentPort?.on('message', (request: Request) => {
    parentPort?.postMessage(attempt(() => (database ? perform(database, request) : none)))
    if (request.ask === 'close') parentPort?.close()
  })
  parentPort?.postMessage(opened)
}

start()
