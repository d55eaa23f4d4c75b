import { type CompiledQuery, type DatabaseConnection, type Driver, Kysely, type QueryResult } from 'kysely'
import type { Db } from './database.ts'
import type { Connections } from './session.ts'
import type { Tables } from './tables.ts'

/**
 * A Kysely over one running unit of work. Made anew for each (a few microseconds), so that a handle kept beyond its
 * unit can be told from the next unit's. Kysely's own transactions are refused: the unit is the transaction.
 */
export const handleOn = (
  language: Connections['language'],
  query: (query: CompiledQuery) => Promise<QueryResult<unknown>>,
): Db => {
  const connection: DatabaseConnection = {
    // What a query answers is Kysely's claim, made from the table types; no driver can check it.
    executeQuery: async <R>(compiled: CompiledQuery) => (await query(compiled)) as QueryResult<R>,
    streamQuery: () => {
      throw new Error(
        'Rows are read in pages, not as a stream: a stream holds the connection as long as its reader likes',
      )
    },
  }
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connection,
    beginTransaction: () => Promise.reject(new Error('A unit of work is one transaction already')),
    commitTransaction: async () => {},
    rollbackTransaction: async () => {},
    releaseConnection: async () => {},
    destroy: async () => {},
  }
  return new Kysely<Tables>({ dialect: { ...language, createDriver: () => driver } })
}
