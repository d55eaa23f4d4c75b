import * as limits from './0005-limits.data.ts'
import * as notices from './0005-notices.data.ts'
import * as providers from './0005-providers.data.ts'
import { columnIn, type DialectName, type Migration, policiesOf, tableIn } from './dialect.ts'

/**
 * Why: calls to LLM providers, limits, budgets and their ledger, and who is told of what. Locks: on PostgreSQL `providers`, `servers` and
 * `webhooks` for a moment each; on SQLite the file for as long. An older program would let pass what is over a limit.
 */
export const llmTables: Migration = {
  name: '0005-llm',
  minProgram: '0.5.0',
  statements: (dialect: DialectName) => [
    ...[...limits.tables, ...notices.tables].map((text) => tableIn(dialect, text)),
    ...[...providers.columns, ...notices.columns].map((text) => columnIn(dialect, text)),
    ...limits.indexes,
    ...notices.indexes,
    ...(dialect === 'postgres'
      ? [...limits.tenantTables, ...notices.tenantTables].flatMap((table) => policiesOf([table, 'organization_id']))
      : []),
    ...asSystem(dialect, notices.backfill),
  ],
}

const asSystem = (dialect: DialectName, statements: readonly string[]): readonly string[] =>
  dialect === 'sqlite' ? statements : ['set local role ostiary_system', ...statements, 'reset role']
