import type { Database, Db } from '../db/database.ts'
import type { Effect } from '../fleet/schema.ts'
import type { Secret } from '../secret.ts'
import type { FoundDeps } from './organizations/found.ts'
import type { Actor } from './schema.ts'
import type { CodeDeps } from './setup.ts'
import type { MintDeps } from './tokens/create.ts'

type Leave = (db: Db, organizationId: string, id: string, at: number) => Promise<readonly string[]>

/** What stands in the tables of other domains and changes together with people; at: the instant of the change. */
export type Elsewhere = {
  /** Takes a member who is removed out of the audiences of catalogs, announces those and answers which they were. */
  readonly leaveCatalogs: Leave
  readonly teamLeavesCatalogs: Leave
  /** Limits and budgets of who is no more. */
  readonly dropCapsOf?: Readonly<Record<'member' | 'team', (...leaving: Parameters<Leave>) => Promise<void>>>
  /** What a member or team owns carries the new name. */
  readonly renameOwner: (db: Db, organizationId: string, ownerId: string, name: string) => Promise<void>
  /** What the team still owns and would leave without an owner. */
  readonly usesOfTeam: (
    db: Db,
    organizationId: string,
    teamId: string,
  ) => Promise<{ readonly keys: number; readonly apps: number }>
}

export type ChangeDeps = {
  readonly read: Database['read']
  readonly transaction: Database['transaction']
  readonly system: Pick<Database['system'], 'read' | 'transaction'>
  readonly newId: (prefix: string) => string
  readonly now: () => number
  /** `formerSeconds`: the freshness that the organization asked for before, where the change may shorten it. */
  readonly effectOf: (
    organizationId: string,
    rowId: number,
    waitMs: number,
    maxStalenessSeconds?: null,
    formerSeconds?: number,
  ) => Promise<Effect>
}

/** Everything that the routes of this folder use; control's composition root supplies it. */
export type PeopleDeps = ChangeDeps &
  Elsewhere &
  MintDeps &
  CodeDeps &
  FoundDeps & {
    /** The link with which its one-time code is redeemed. */
    readonly setupUrl: (code: Secret) => string
  }

/** Whose change it is and what it was told; `id` as it stood in the path. */
export type Asked = {
  readonly id: string
  readonly ifMatch: string | null
  readonly waitMs: number
  readonly requestId: string
}

/** The operator's units see every organization, those of others their own. */
export const reading = (deps: Pick<ChangeDeps, 'read' | 'system'>, actor: Actor) => {
  const own = <T>(work: (db: Db) => Promise<T>): Promise<T> => deps.read(actor.organizationId, work)
  return actor.operator ? deps.system.read : own
}
export const writing = (deps: Pick<ChangeDeps, 'transaction' | 'system'>, actor: Actor) => {
  const own = <T>(work: (db: Db) => Promise<T>): Promise<T> => deps.transaction(actor.organizationId, work)
  return actor.operator ? deps.system.transaction : own
}
