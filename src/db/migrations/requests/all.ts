import type { Migration } from '../dialect.ts'
import { requestTables } from './0001-requests.ts'

/** Of the file `requests.db` on SQLite. PostgreSQL has the same tables by migration 0006 of the main list. */
export const requestMigrations: readonly Migration[] = [requestTables]
