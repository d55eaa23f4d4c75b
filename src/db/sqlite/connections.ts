import { open } from 'node:fs/promises'
import { type CompiledQuery, type QueryResult, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { Connections, Opening, Session, StoreLog } from '../session.ts'
import { startThread, type Thread, type ThreadOptions } from './thread.ts'

const busyTimeoutMs = 5_000
const readers = 2

export type SqliteConnections = Connections & {
  /** A verified copy of everything committed; only while no unit of work is open. */
  readonly copyTo: (target: string) => Promise<void>
}

/** One thread that writes and two that read: WAL lets readers see the last commit while the writer works. */
export const openSqlite = async (
  file: string,
  log: StoreLog,
  options: ThreadOptions = {},
): Promise<SqliteConnections> => {
  // Made here so that nobody else can read it from its first byte on; SQLite gives -wal and -shm the same mode.
  await (await open(file, 'a', 0o600)).close()
  const writer = await startThread({ file, readOnly: false, busyTimeoutMs }, log, options)
  const started = await Promise.allSettled(
    Array.from({ length: readers }, () => startThread({ file, readOnly: true, busyTimeoutMs }, log, options)),
  )
  const reading = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
  const close = async (): Promise<void> => {
    await Promise.all(reading.map((thread) => thread.stop()))
    // Last, because the last connection folds the WAL into the file.
    await writer.stop()
  }
  const broken = started.find((each) => each.status === 'rejected')
  if (broken) {
    await close()
    throw broken.reason
  }
  const lanes = { write: createLane([writer]), read: createLane(reading) }
  return {
    dialect: 'sqlite',
    language: {
      createAdapter: () => new SqliteAdapter(),
      createQueryCompiler: () => new SqliteQueryCompiler(),
      createIntrospector: (db) => new SqliteIntrospector(db),
    },
    open: async ({ access }) => sessionOn(await lanes[access].take(), access, lanes[access].give),
    copyTo: async (target) => void (await writer.ask({ ask: 'copy', target })),
    close,
  }
}

type Lane = { readonly take: () => Promise<Thread>; readonly give: (thread: Thread) => void }

/** First come, first served. */
const createLane = (threads: readonly Thread[]): Lane => {
  const free = [...threads]
  const waiting: ((thread: Thread) => void)[] = []
  return {
    take: () => {
      const thread = free.pop()
      return thread ? Promise.resolve(thread) : new Promise((resolve) => void waiting.push(resolve))
    },
    give: (thread) => {
      const next = waiting.shift()
      if (next) next(thread)
      else free.push(thread)
    },
  }
}

const sessionOn = (thread: Thread, access: Opening['access'], give: (thread: Thread) => void): Session => {
  let begun = false
  let running = 0
  const end = async (how: 'commit' | 'rollback'): Promise<void> => {
    // What the thread still does, a sync of the disk or a statement that was cut, must not run on the next unit's time.
    const isLong = access === 'write' || running > 0
    const done = begun ? thread.ask({ ask: how }) : null
    // The end of a read takes no time, so the next unit's first statement may queue behind it.
    if (!isLong) give(thread)
    try {
      await done
    } finally {
      if (isLong) give(thread)
    }
  }
  return {
    query: async ({ sql, parameters }: CompiledQuery): Promise<QueryResult<unknown>> => {
      const begin = begun ? null : access === 'write' ? 'immediate' : 'deferred'
      begun = true
      running += 1
      try {
        const { rows, changed } = await thread.ask({ ask: 'run', begin, sql, parameters })
        return changed === null ? { rows } : { rows, numAffectedRows: changed }
      } finally {
        running -= 1
      }
    },
    commit: () => end('commit'),
    rollback: () => end('rollback'),
  }
}
