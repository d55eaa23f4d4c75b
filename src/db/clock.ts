import { type RawBuilder, sql } from 'kysely'
import type { Db } from './database.ts'
import type { DialectName } from './migrations/dialect.ts'

/** The store's clock in milliseconds: the one clock that several controls on one database have in common. */
export const storeClock = (dialect: DialectName): RawBuilder<number> =>
  dialect === 'sqlite'
    ? sql<number>`cast(unixepoch('subsec') * 1000 as integer)`
    : sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`

export const storeNow = async (db: Db, dialect: DialectName): Promise<number> => {
  const { now } = await db.selectNoFrom(storeClock(dialect).as('now')).executeTakeFirstOrThrow()
  return now
}
