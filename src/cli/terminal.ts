import type { LocalLog } from '../audit/schema.ts'
import type { Environment } from '../config.ts'
import type { Recovery } from '../people/resets/schema.ts'
import type { Secret } from '../secret.ts'

/** Where a command runs: everything it may touch, so that a test needs no process. */
export type Terminal = {
  readonly env: Environment
  /** Throws when the file cannot be read. */
  readonly readFile: (path: string) => string
  /** A new file for its owner alone; throws when there is one already. */
  readonly createFile: (path: string) => { readonly write: (text: string) => void; readonly close: () => void }
  /** A gateway's own log out of this machine's data directory; null: there is none. */
  readonly gatewayAudit: (query: {
    readonly dataDir: string
    readonly key?: string | undefined
    readonly from?: number | undefined
    readonly to?: number | undefined
  }) => Promise<LocalLog | null>
  /** A way in for an owner, made in the database of this machine. */
  readonly recover: (query: {
    readonly dataDir: string
    readonly databaseUrl: Secret | null
    readonly masterKey: Secret | null
    readonly controlUrl: string
    readonly organization?: string | undefined
    readonly owner?: string | undefined
  }) => Promise<Recovery>
  readonly stdin: () => Promise<string>
  /** Data. */
  readonly out: (text: string) => void
  /** Everything else. */
  readonly err: (text: string) => void
  /** One line that replaces the one before it, for people who wait; null takes it away. Nothing where nobody looks. */
  readonly progress: (line: string | null) => void
  /** One line from who is there; null where nobody is. */
  readonly ask: ((question: string) => Promise<string>) | null
  readonly fetch: typeof fetch
  readonly pause: (ms: number) => Promise<void>
  readonly now: () => number
}
