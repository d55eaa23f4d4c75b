import type { CompiledQuery, Dialect, QueryResult } from 'kysely'
import type { DialectName } from './migrations/dialect.ts'

/** How a unit of work opens: what it may do, as whom, and for how long. */
export type Opening = {
  readonly access: 'read' | 'write'
  /** `owner` is the login itself: migrations and nothing else. */
  readonly as: 'system' | 'owner' | { readonly organizationId: string }
  /** Null for migrations, which may take what they need. */
  readonly limitMs: number | null
}

/** One connection for the length of one unit of work. Both ways to end it give the connection back, also when they fail. */
export type Session = {
  readonly query: (query: CompiledQuery) => Promise<QueryResult<unknown>>
  readonly commit: () => Promise<void>
  readonly rollback: () => Promise<void>
}

/** A store's connections, as the units of work need them. */
export type Connections = {
  readonly dialect: DialectName
  readonly language: Pick<Dialect, 'createAdapter' | 'createQueryCompiler' | 'createIntrospector'>
  readonly open: (opening: Opening) => Promise<Session>
  readonly close: () => Promise<void>
}

/** What the store says about itself; `observe/log.ts` fits. */
export type StoreLog = Readonly<Record<'info' | 'warn' | 'error', (fields: object, message: string) => void>>
