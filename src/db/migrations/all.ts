import { firstTables } from './0001-first-tables.ts'
import { rightsTables } from './0002-people-and-rights.ts'
import { lifeTables } from './0003-life-of-a-key.ts'
import { serverFields } from './0004-mcp-servers.ts'
import { llmTables } from './0005-llm.ts'
import { requestLog } from './0006-requests.ts'
import { signInTables } from './0007-sign-in.ts'
import { knownPasswords } from './0008-known-passwords.ts'
import type { Migration } from './dialect.ts'

/** In the order in which they run. Forward only; one that has been released is never edited. */
export const migrations: readonly Migration[] = [
  firstTables,
  rightsTables,
  lifeTables,
  serverFields,
  llmTables,
  requestLog,
  signInTables,
  knownPasswords,
]
