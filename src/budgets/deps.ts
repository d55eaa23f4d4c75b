import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Actor } from '../people/schema.ts'

export type Named = { readonly id: string; readonly slug: string | null; readonly name: string }

/** What the verbs of this folder use; control's composition root supplies it. */
export type BudgetDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
  readonly effectOf: (organizationId: string, rowId: number, waitMs: number) => Promise<Effect>
  /** One that is there now, by id or slug. */
  readonly ownerOf: (
    db: Db,
    organizationId: string,
    owner: { readonly type: 'member' | 'team' | 'app'; readonly id: string },
  ) => Promise<{ readonly id: string } | null>
  /** By id or slug. */
  readonly projects: (db: Db, organizationId: string, names: readonly string[]) => Promise<ReadonlyMap<string, Named>>
  /** By id: members, teams and apps that are there. */
  readonly owners: (db: Db, organizationId: string, ids: readonly string[]) => Promise<ReadonlyMap<string, Named>>
  /** Owners whose budgets there are for the actor; null: everybody's. */
  readonly ownersWithin: (db: Db, actor: Actor) => Promise<readonly string[] | null>
}

export type Asked = {
  readonly id: string
  readonly ifMatch: string | null
  readonly waitMs: number
  readonly requestId: string
}
