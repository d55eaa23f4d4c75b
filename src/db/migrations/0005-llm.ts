import { indexes, tables, tenantTables } from './0005-limits.data.ts'
import { columns } from './0005-providers.data.ts'
import { columnIn, type DialectName, type Migration, policiesOf, tableIn } from './dialect.ts'

/**
 * Why: calls to LLM providers, limits, budgets and their ledger. Locks: on PostgreSQL `providers` and `servers` for a
 * moment each; on SQLite the file for as long. An older program would let pass what is over a limit.
 */
export const llmTables: Migration = {
  name: '0005-llm',
  minProgram: '0.5.0',
  statements: (dialect: DialectName) => [
    ...tables.map((text) => tableIn(dialect, text)),
    ...columns.map((text) => columnIn(dialect, text)),
    ...indexes,
    ...(dialect === 'postgres' ? tenantTables.flatMap((table) => policiesOf([table, 'organization_id'])) : []),
  ],
}
