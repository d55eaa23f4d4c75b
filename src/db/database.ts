import type { Kysely } from 'kysely'
import type { Tables } from './tables.ts'

/** What a store function takes first. Inside a unit of work only; there is no handle outside one. */
export type Db = Kysely<Tables>

type Work<T> = (db: Db) => Promise<T>

/**
 * A store, SQLite or PostgreSQL. Every access is a unit of work: one snapshot, one organization, one message to open
 * it. Opening a second unit inside one throws at once (AsyncLocalStorage) instead of waiting for itself.
 */
export type Database = {
  readonly dialect: 'sqlite' | 'postgres'
  /** Reads one organization in one snapshot. On PostgreSQL as `ostiary_app`, so that foreign rows do not exist. Limit 60 s. */
  readonly read: <T>(organizationId: string, work: Work<T>) => Promise<T>
  /**
   * Writes one organization; commits when `work` is done, rolls back when it throws, and when it answers with a refusal
   * (problems.ts): what was written before somebody said no is not there. Limit 5 s. After a failed statement it can
   * only roll back, on both stores: catch a violated constraint (violation.ts) around the unit, not inside.
   */
  readonly transaction: <T>(organizationId: string, work: Work<T>) => Promise<T>
  /** The same over all organizations: feed, jobs, sign-in by token id, the operator. As `ostiary_system`. */
  readonly system: {
    readonly read: <T>(work: Work<T>) => Promise<T>
    readonly transaction: <T>(work: Work<T>) => Promise<T>
  }
  /** Called after each committed write of this process, and on PostgreSQL when another process notifies. */
  readonly onCommit: (listener: () => void) => () => void
  readonly close: () => Promise<void>
}
