import { backfill, columns, indexes, tables, tenantTables } from './0003-life-of-a-key.data.ts'
import { liveOrders, namesOfFormerKeys, namesOfKeys, orderColumns, partsOfNames } from './0003-names-of-keys.data.ts'
import { columnIn, type DialectName, type Migration, policiesOf, tableIn } from './dialect.ts'

/**
 * Why: the life of a key: claims, children, rotations, webhooks, who calls with it, and what lists filter and sort by.
 * Locks: on PostgreSQL `keys` while its new columns are filled, `organizations`, `secret_versions` and `audit_events` for
 * a moment each; on SQLite the file for as long. An older program would leave the address out of an event's hash.
 */
export const lifeTables: Migration = {
  name: '0003-life-of-a-key',
  minProgram: '0.3.0',
  statements: (dialect: DialectName) => [
    ...tables.map((text) => tableIn(dialect, text)),
    ...columns.map((text) => columnIn(dialect, text)),
    ...indexes,
    ...orderColumns[dialect],
    ...liveOrders,
    ...namesOfKeys[dialect],
    ...(dialect === 'postgres' ? [...policies, ...ofInstallation] : []),
    ...asSystem(dialect, [...backfill[dialect], ...backfill.both]),
    ...(dialect === 'postgres' ? [...asSystem(dialect, [namesOfFormerKeys]), partsOfNames] : []),
  ],
}

const policies = tenantTables.flatMap((table) => policiesOf([table, 'organization_id']))

/** Rows that belong to no organization: the system's alone. */
const ofInstallation = ['grant select, insert, update, delete on usage_marks to ostiary_system']

const asSystem = (dialect: DialectName, statements: readonly string[]): readonly string[] =>
  dialect === 'sqlite' ? statements : ['set local role ostiary_system', ...statements, 'reset role']
