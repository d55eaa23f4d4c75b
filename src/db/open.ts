import manifest from '../../package.json' with { type: 'json' }
import type { Database, Db } from './database.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/all.ts'
import type { Migration } from './migrations/dialect.ts'
import { openPostgres } from './postgres/connections.ts'
import { listen } from './postgres/listen.ts'
import { proveIsolation } from './postgres/probe.ts'
import type { Connections, Opening, StoreLog } from './session.ts'
import { openSqlite } from './sqlite/connections.ts'
import { createUnits, type Units } from './unit.ts'

export type DatabaseOptions = (
  | { readonly kind: 'sqlite'; readonly file: string }
  | { readonly kind: 'postgres'; readonly url: string }
) & {
  /** This program's version; package.json's unless a test says otherwise. */
  readonly program?: string
  readonly migrations?: readonly Migration[]
  readonly transactionLimitMs?: number
  /** Reads get more, because a snapshot for a gateway is one read of many pages. */
  readonly readLimitMs?: number
  readonly onForeignAwait?: 'refuse' | 'warn'
  /** A database thread of SQLite has ended by itself. It is not replaced: this store works no more. */
  readonly onDied?: () => void
}

/** Opens the store, brings its tables up to date, and on PostgreSQL proves that organizations are kept apart. */
export const openDatabase = async (options: DatabaseOptions, log: StoreLog): Promise<Database> => {
  const listeners = new Set<() => void>()
  const committed = (): void => {
    for (const listener of listeners) {
      try {
        listener()
      } catch (error) {
        log.error({ error }, 'a listener to commits failed')
      }
    }
  }
  const start = async (connections: Connections, file: Parameters<typeof migrate>[0]['file']): Promise<Units> => {
    const units = createUnits({ connections, log, onForeignAwait: options.onForeignAwait ?? 'warn', committed })
    await migrate({
      dialect: connections.dialect,
      run: units.run,
      program: options.program ?? manifest.version,
      migrations: options.migrations ?? migrations,
      file,
      log,
    })
    return units
  }
  const onCommit = (listener: () => void) => {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  if (options.kind === 'sqlite') {
    const connections = await openSqlite(options.file, log, { onDied: options.onDied })
    return closingOnFailure(connections, async () => {
      const units = await start(connections, { path: options.file, copyTo: connections.copyTo })
      return databaseOf(options, units, onCommit, connections, async () => {})
    })
  }
  const connections = openPostgres(options.url, log)
  return closingOnFailure(connections, async () => {
    const units = await start(connections, null)
    await proveIsolation(connections)
    const ear = await listen({ url: options.url, log, isOwn: connections.isOwn, heard: committed })
    return databaseOf(options, units, onCommit, connections, ear.close)
  })
}

const closingOnFailure = async <T>(connections: Connections, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    await connections.close()
    throw error
  }
}

const databaseOf = (
  { transactionLimitMs = 5_000, readLimitMs = 60_000 }: DatabaseOptions,
  units: Units,
  onCommit: Database['onCommit'],
  connections: Connections,
  stopListening: () => Promise<void>,
): Database => {
  const limitOf = { read: readLimitMs, write: transactionLimitMs }
  const unit =
    (access: Opening['access']) =>
    async <T>(organizationId: string, work: (db: Db) => Promise<T>): Promise<T> => {
      // The id goes into the opening message as text, where no parameters can be: nothing but the grammar may pass.
      if (!/^org_[0-9A-Za-z]{16}$/.test(organizationId)) throw new Error('That is not an id of an organization')
      return units.run({ access, as: { organizationId }, limitMs: limitOf[access] }, work)
    }
  const systemUnit =
    (access: Opening['access']) =>
    <T>(work: (db: Db) => Promise<T>): Promise<T> =>
      units.run({ access, as: 'system', limitMs: limitOf[access] }, work)
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await stopListening()
    await units.close()
    await connections.close()
  }
  return {
    dialect: connections.dialect,
    read: unit('read'),
    transaction: unit('write'),
    system: { read: systemUnit('read'), transaction: systemUnit('write') },
    onCommit,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
