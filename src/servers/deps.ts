import type { Vault } from '../credentials/vault.ts'
import type { Database, Db } from '../db/database.ts'
import type { Effect, ServerReport } from '../fleet/schema.ts'
import type { Reach } from '../http/egress/reach.ts'
import type { Result } from '../problems.ts'

type Look = {
  readonly organization: string
  readonly server: string
  readonly revision: number
  readonly waitMs: number
}
/** `said` null: it has not answered in time. */
export type Looked = { readonly gateway: string; readonly said: ServerReport | null }

/** What the verbs of this folder use; control's composition root supplies it. */
export type ServerDeps = {
  /** How gateways see a server now; each says it once more. Empty: none is attached. */
  readonly askToLook: (look: Look) => Promise<readonly Looked[]>
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly vault: Pick<Vault, 'storeStatic' | 'encryptText'>
  readonly newId: (prefix: string) => string
  readonly now: () => number
  /** Where the organization's servers may be. */
  readonly reachOf: (db: Db, organizationId: string) => Promise<Reach>
  readonly effectOf: (organizationId: string, rowId: number, waitMs: number) => Promise<Effect>
  /**
   * Puts a new server into these catalogs (ids or slugs); undefined: into the one that new servers join. Refuses names
   * of none. Answers the row of its last news.
   */
  readonly joinCatalogs: (
    db: Db,
    organizationId: string,
    joining: {
      readonly kind: 'server'
      readonly id: string
      readonly catalogs: readonly string[] | undefined
      readonly at: number
      /** Whose change it is, where a catalog that is named is managed. */
      readonly configuration: string | undefined
    },
  ) => Promise<Result<{ readonly catalogs: readonly string[]; readonly rowId: number | null }>>
  /** Takes it out of every catalog; answers which those were. */
  readonly leaveCatalogs: (
    db: Db,
    organizationId: string,
    leaving: { readonly kind: 'server'; readonly id: string; readonly at: number },
  ) => Promise<{ readonly catalogs: readonly string[] }>
  /** Limits go with it, its own and those of its tools. */
  readonly dropLimits?: (db: Db, organizationId: string, id: string, at: number) => Promise<void>
}
