import { columnIn, type DialectName, type Migration } from './dialect.ts'

/**
 * Why: how long gateways wait for a server, and whether each runs children of its own. Locks: on PostgreSQL `servers`
 * for a moment; on SQLite the file for as long. An older program would not know servers of transport `sse`.
 */
export const serverFields: Migration = {
  name: '0004-mcp-servers',
  minProgram: '0.4.0',
  statements: (dialect: DialectName) =>
    [
      "alter table servers add column timeouts text not null default '{}'",
      'alter table servers add column per_gateway integer not null default 0 check (per_gateway in (0, 1))',
    ].map((text) => columnIn(dialect, text)),
}
