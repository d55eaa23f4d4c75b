import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Actor } from '../people/schema.ts'

export type Named = { readonly id: string; readonly slug: string | null; readonly name: string }
/** By id or slug, in one organization, keyed by what was asked for; who is not there is missing. */
export type Resolve = (db: Db, organizationId: string, names: readonly string[]) => Promise<ReadonlyMap<string, Named>>

/** What the verbs of this folder use; control's composition root supplies it. */
export type LimitDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
  /** Clock of the store, ms: the running minute is one of it. */
  readonly storeTime: (db: Db) => Promise<number>
  readonly effectOf: (organizationId: string, rowId: number, waitMs: number) => Promise<Effect>
  /** One that is there now, by id or slug. */
  readonly ownerOf: (
    db: Db,
    organizationId: string,
    owner: { readonly type: 'member' | 'team' | 'app'; readonly id: string },
  ) => Promise<{ readonly id: string } | null>
  /** By id: members, teams and apps that are there. */
  readonly owners: Resolve
  readonly projects: Resolve
  readonly servers: Resolve
  readonly providers: Resolve
  /** Owners whose limits there are for the actor; null: everybody's. */
  readonly ownersWithin: (db: Db, actor: Actor) => Promise<readonly string[] | null>
}

export type Asked = {
  readonly id: string
  readonly ifMatch: string | null
  readonly waitMs: number
  readonly requestId: string
}
