import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Kind } from './content/store.ts'

export type Named = { readonly id: string; readonly slug: string | null; readonly name: string }
/** Live ones by id or slug (members by id), in one organization, keyed by what was asked for; the others are missing. */
export type Resolve = (
  db: Db,
  organizationId: string,
  idsOrSlugs: readonly string[],
) => Promise<ReadonlyMap<string, Named>>

/** What the verbs of this folder use; control's composition root supplies it. */
export type CatalogDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
  readonly effectOf: (organizationId: string, rowId: number, waitMs: number) => Promise<Effect>
  readonly resolve: Readonly<Record<Kind, Resolve>>
}

export type Asked = {
  readonly idOrSlug: string
  readonly ifMatch: string | null
  readonly waitMs: number
  readonly requestId: string
}
