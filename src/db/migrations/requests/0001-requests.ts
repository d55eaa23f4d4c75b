import { type DialectName, type Migration, tableIn } from '../dialect.ts'
import { indexes, requestHours, requestMarks, requests } from './tables.data.ts'

/** Why: the log of requests in a file of its own, which may be deleted without harm to anything else. */
export const requestTables: Migration = {
  name: '0001-requests',
  minProgram: '0.5.0',
  statements: (dialect: DialectName) => [
    ...[requests, requestHours, requestMarks].map((text) => tableIn(dialect, text)),
    ...indexes,
  ],
}
