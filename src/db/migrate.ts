import { createHash } from 'node:crypto'
import { CompiledQuery, sql } from 'kysely'
import { storeClock } from './clock.ts'
import type { Db } from './database.ts'
import { type DialectName, type Migration, tableIn } from './migrations/dialect.ts'
import type { Opening, StoreLog } from './session.ts'
import type { Units } from './unit.ts'

type Deps = {
  readonly dialect: DialectName
  readonly run: Units['run']
  /** Of this program: a database that needs a newer one is refused. */
  readonly program: string
  readonly migrations: readonly Migration[]
  /** The database's file, and how to copy it; null on PostgreSQL, whose owner has backups. */
  readonly file: { readonly path: string; readonly copyTo: (target: string) => Promise<void> } | null
  readonly log: StoreLog
}
type Applied = { readonly name: string; readonly checksum: string; readonly min_program: string }

const asOwner: Opening = { access: 'write', as: 'owner', limitMs: null }

/** Brings the tables up to date, or refuses with a sentence that says what to do. Several controls may call it at once. */
export const migrate = async (deps: Deps): Promise<void> => {
  const applied = await deps.run(asOwner, (db) => appliedIn(db, deps.dialect))
  const refusal = newerThan(deps, applied) ?? editedSince(deps, applied)
  if (refusal) throw new Error(refusal)
  const known = new Set(applied.map(({ name }) => name))
  const pending = deps.migrations.filter(({ name }) => !known.has(name))
  const [first] = pending
  if (!first) return
  if (applied.length > 0 && deps.file) {
    const target = copyName(deps.file.path, first.name)
    await deps.file.copyTo(target)
    deps.log.info({ copy: target }, 'the database was copied before its tables change')
  }
  for (const migration of pending) await deps.run(asOwner, (db) => apply(deps, db, migration)).catch(explain)
}

export const checksumOf = ({ statements }: Migration): string => {
  const text = (dialect: DialectName) => statements(dialect).map((each) => each.replaceAll(/\s+/g, ' ').trim())
  return createHash('sha256')
    .update(JSON.stringify([text('sqlite'), text('postgres')]))
    .digest('hex')
}

/** Any two numbers: they name this lock among the advisory locks of the database. */
const lockForMigrations = sql`select pg_advisory_xact_lock(0x6f737469, 1)`

const appliedIn = async (db: Db, dialect: DialectName): Promise<readonly Applied[]> => {
  if (dialect === 'postgres') await lockForMigrations.execute(db)
  const table = `create table if not exists migrations (
    name text not null primary key,
    checksum text not null,
    min_program text not null,
    applied_at bigint not null
  )`
  await db.executeQuery(CompiledQuery.raw(tableIn(dialect, table)))
  return db.selectFrom('migrations').select(['name', 'checksum', 'min_program']).orderBy('name').execute()
}

const apply = async (deps: Deps, db: Db, migration: Migration): Promise<void> => {
  const before = await appliedIn(db, deps.dialect)
  // Another control was faster while this one waited for the lock.
  if (before.some(({ name }) => name === migration.name)) return
  for (const statement of migration.statements(deps.dialect)) await db.executeQuery(CompiledQuery.raw(statement))
  await db
    .insertInto('migrations')
    .values({
      name: migration.name,
      checksum: checksumOf(migration),
      min_program: migration.minProgram,
      applied_at: storeClock(deps.dialect),
    })
    .execute()
  deps.log.info({ migration: migration.name }, 'the tables were brought up to date')
}

const newerThan = ({ program, migrations, file }: Deps, applied: readonly Applied[]): string | null => {
  const needed = applied
    .map(({ min_program }) => min_program)
    .sort(compareVersions)
    .at(-1)
  if (needed === undefined || compareVersions(needed, program) <= 0) return null
  const ours = new Set(migrations.map(({ name }) => name))
  const unknown = applied.find(({ name }) => !ours.has(name))
  const restore =
    file && unknown
      ? `stop Ostiary, remove ${file.path}-wal and ${file.path}-shm, and put ${copyName(file.path, unknown.name)}, the copy from before the upgrade, in the place of ${file.path}`
      : 'restore the backup from before the upgrade'
  return `The database needs Ostiary ${needed} or newer and this is ${program}: start a newer one, or ${restore}.`
}

const editedSince = ({ migrations }: Deps, applied: readonly Applied[]): string | null => {
  const edited = migrations.find((migration) =>
    applied.some(({ name, checksum }) => name === migration.name && checksum !== checksumOf(migration)),
  )
  if (!edited) return null
  return `The database was made by another text of migration ${edited.name} than this program has: run the release that made it, or restore the program's files.`
}

const copyName = (file: string, migration: string): string => `${file}.before-${migration}`

/** By number, part for part; what follows a hyphen does not count. */
export const compareVersions = (a: string, b: string): number => {
  const parts = (version: string) => (version.split('-')[0] ?? '').split('.').map(Number)
  const [left, right] = [parts(a), parts(b)]
  for (let at = 0; at < 3; at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

const explain = (error: unknown): never => {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null
  if (code !== '42501') throw error
  throw new Error(
    'The PostgreSQL login may not do what the tables need: let it create roles, or create ostiary_app and ostiary_system and grant both to it.',
    { cause: error },
  )
}
