import { columns, indexes, tables, tenantTables } from './0007-sign-in.data.ts'
import { columnIn, type DialectName, type Migration, policiesOf, tableIn } from './dialect.ts'

/**
 * Why: people sign in, leave and ask for rights; objects that a configuration manages say so. Locks: on PostgreSQL
 * `members`, `keys` and the tables of managed objects for a moment each (a column without a default), and `members` for
 * as long as two small indexes take. An older program would let in whoever was deactivated.
 */
export const signInTables: Migration = {
  name: '0007-sign-in',
  minProgram: '0.6.0',
  statements: (dialect: DialectName) => [
    ...tables.map((text) => tableIn(dialect, text)),
    ...columns.map((text) => columnIn(dialect, text)),
    ...indexes,
    ...(dialect === 'postgres' ? tenantTables.flatMap((table) => policiesOf([table, 'organization_id'])) : []),
  ],
}
