import { type RawBuilder, sql } from 'kysely'
import type { Database, Db } from '../../src/db/database.ts'
import { administer, type Place } from '../stores.ts'

type Closed = { readonly open: () => Promise<void> }

/** From now on the store itself takes no audit event, after everything else of a change is written. */
export async function closeTheLog(place: Place, { system }: Database): Promise<Closed> {
  const inSqlite = (statement: RawBuilder<unknown>) => system.transaction((db) => statement.execute(db)).then(() => {})
  const inPostgres = (url: string, statement: string) => administer(url, statement).then(() => {})
  if (place.kind === 'postgres') {
    await inPostgres(place.url, 'alter table audit_events add constraint closed check (false) not valid')
    return { open: () => inPostgres(place.url, 'alter table audit_events drop constraint closed') }
  }
  await inSqlite(sql`create trigger closed before insert on audit_events begin select raise(abort, 'closed'); end`)
  return { open: () => inSqlite(sql`drop trigger closed`) }
}

/** Every row of every table of `tablesOf`. */
export const everythingIn = ({ system }: Database, names: readonly string[]): Promise<Map<string, string>> =>
  system.read(async (db) => {
    const rows = new Map<string, string>()
    for (const name of names) {
      const found = await sql<object>`select * from ${sql.table(name)}`.execute(db)
      rows.set(
        name,
        found.rows
          // An index for searching keeps integers that are too long for a number.
          .map((row) => JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)))
          .toSorted()
          .join('\n'),
      )
    }
    return rows
  })

/** Without the parts of a parted table: nobody may read one, and the whole has all their rows. */
export const tablesOf = ({ system, dialect }: Database): Promise<string[]> =>
  system.read(async (db) => {
    const tables = await db.introspection.getTables()
    const parts = dialect === 'postgres' ? await partsIn(db) : new Set<string>()
    return tables
      .map(({ name }) => name)
      .filter((name) => name !== 'migrations' && !name.startsWith('sqlite_') && !parts.has(name))
  })

const partsIn = async (db: Db): Promise<ReadonlySet<string>> => {
  const { rows } = await sql<{ name: string }>`select relname as name from pg_class where relispartition`.execute(db)
  return new Set(rows.map(({ name }) => name))
}
