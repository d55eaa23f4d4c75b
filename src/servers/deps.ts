import type { Vault } from '../credentials/vault.ts'
import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Result } from '../problems.ts'

/** What the verbs of this folder use; control's composition root supplies it. */
export type ServerDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly vault: Pick<Vault, 'storeStatic' | 'encryptText'>
  readonly newId: (prefix: string) => string
  readonly now: () => number
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
    },
  ) => Promise<Result<{ readonly catalogs: readonly string[]; readonly rowId: number | null }>>
  /** Takes it out of every catalog; answers which those were. */
  readonly leaveCatalogs: (
    db: Db,
    organizationId: string,
    leaving: { readonly kind: 'server'; readonly id: string; readonly at: number },
  ) => Promise<{ readonly catalogs: readonly string[] }>
}
