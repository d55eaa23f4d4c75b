import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Actor, Permission } from '../people/schema.ts'
import type { Tier } from './schema.ts'

/** Something that hangs on a project; keys and their like have no slug. */
export type Use = { readonly id: string; readonly slug: string | null; readonly name: string }
export type SomeUses = { readonly items: readonly Use[]; readonly total: number }
/** Live ones of one kind: at most `limit` of them, and how many there are. */
export type UsesOf = (db: Db, organizationId: string, projectId: string, limit: number) => Promise<SomeUses>
export type UseKind = 'servers' | 'providers' | 'apps' | 'keys'

/** What the verbs of this folder use; control's composition root supplies it. */
export type ProjectDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly newId: (prefix: string) => string
  readonly now: () => number
  readonly effectOf: (organizationId: string, rowId: number, waitMs: number) => Promise<Effect>
  /** Whether role and credential let him read all of it, and not only what is his own. */
  readonly readsAll: (actor: Actor, permission: Permission) => boolean
  readonly usesOf: Readonly<Record<UseKind, UsesOf>>
  /** Limits and budgets of a project that is deleted. */
  readonly dropCaps?: (db: Db, organizationId: string, projectId: string, at: number) => Promise<void>
  /** Live keys that would hold projects of different tiers, were this one of that tier, and may not. */
  readonly keysMixedBy: (db: Db, organizationId: string, projectId: string, tier: Tier) => Promise<SomeUses>
  /** Every secret that is bound to the tier of the project, encrypted anew for the other tier. */
  readonly moveSecrets: (db: Db, organizationId: string, projectId: string, from: Tier, to: Tier) => Promise<void>
}

export type Asked = {
  readonly idOrSlug: string
  readonly ifMatch: string | null
  readonly waitMs: number
  readonly requestId: string
}
