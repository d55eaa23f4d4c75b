import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../src/db/database.ts'
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

/** Every row of every table. */
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

export const tablesOf = ({ system }: Database): Promise<string[]> =>
  system.read(async (db) => {
    const tables = await db.introspection.getTables()
    return tables.map(({ name }) => name).filter((name) => name !== 'migrations' && !name.startsWith('sqlite_'))
  })
