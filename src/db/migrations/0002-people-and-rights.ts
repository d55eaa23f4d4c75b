import { backfill, columns, indexes, tables, tenantTables } from './0002-people-and-rights.data.ts'
import { columnIn, type DialectName, type Migration, policiesOf, tableIn } from './dialect.ts'

/**
 * Why: teams, catalogs, apps and providers, and what keys and members need of them. Locks: on PostgreSQL `members`,
 * `projects`, `organizations`, `servers` and `management_tokens` for a moment each, `keys` while its scopes are written
 * anew (about 10 s for a million); on SQLite the file for as long. An older program cannot read the new scopes.
 */
export const rightsTables: Migration = {
  name: '0002-people-and-rights',
  minProgram: '0.2.0',
  statements: (dialect: DialectName) => [
    ...tables.map((text) => tableIn(dialect, text)),
    ...columns.map((text) => columnIn(dialect, text)),
    ...indexes,
    ...(dialect === 'postgres' ? tenantTables.flatMap(policiesOf) : []),
    ...asSystem(dialect, [...backfill[dialect], ...backfill.both]),
  ],
}

const asSystem = (dialect: DialectName, statements: readonly string[]): readonly string[] =>
  dialect === 'sqlite' ? statements : ['set local role ostiary_system', ...statements, 'reset role']
