import type { Db } from '../db/database.ts'
import type { KeyPolicies } from '../people/policies/schema.ts'
import type { MixedEnvironments, Role } from '../people/schema.ts'
import type { Result } from '../problems.ts'
import type { Tier } from '../projects/schema.ts'
import type { Choice, Owner } from './schema.ts'

/** What keys and apps ask of other domains, inside the unit of work that asks; control/directory.ts answers. */
export type Named = { readonly id: string; readonly slug: string | null; readonly name: string }
export type NamedServer = Named & { readonly project: string }
export type NamedProject = Named & { readonly tier: Tier }
/** By id or slug, in one organization. Keyed by what was asked for; who is not there, or foreign, is missing. */
export type Resolve<T extends Named> = (
  db: Db,
  organizationId: string,
  idsOrSlugs: readonly string[],
) => Promise<ReadonlyMap<string, T>>

export type NamedOwner = {
  readonly type: Owner['type']
  readonly id: string
  readonly name: string
  /** Of an app: the project that it lives in. */
  readonly project: string | null
  /** Of an app: the servers of which it grants tools. */
  readonly granted?: Choice
}
/** An owner that is there now. */
export type LiveOwner = NamedOwner & {
  /** The member with whose rights its keys act, also one who was removed; null: a team's. */
  readonly behind: { readonly id: string; readonly role: Role } | null
}

export type Policies = KeyPolicies & { readonly mixedEnvironments: MixedEnvironments }

/** Ids. */
export type Reached = { readonly servers: ReadonlySet<string>; readonly providers: ReadonlySet<string> }

export type Directory = {
  readonly servers: Resolve<NamedServer>
  /** All live servers of these projects (ids). */
  readonly serversIn: (db: Db, organizationId: string, projects: readonly string[]) => Promise<NamedServer[]>
  readonly providers: Resolve<Named>
  readonly projects: Resolve<NamedProject>
  readonly defaultProject: (db: Db, organizationId: string) => Promise<NamedProject>
  /** Those of the organization, and those of `serve`, which serve all. */
  readonly gateways: Resolve<Named>
  /** By id or slug; null: there is none, or it is no more. */
  readonly owner: (db: Db, organizationId: string, owner: Owner) => Promise<LiveOwner | null>
  /** Ids of what is a member's own as an owner: himself, his teams, the apps of either. */
  readonly ownersOf: (db: Db, organizationId: string, memberId: string) => Promise<readonly string[]>
  /** By id, those of these owners that are there: members, who have no slug, teams and apps. */
  readonly owners: (db: Db, organizationId: string, ids: readonly string[]) => Promise<ReadonlyMap<string, Named>>
  /** What the member reaches now, through any catalog. */
  readonly reachOf: (db: Db, organizationId: string, memberId: string) => Promise<Reached>
  /** By id, one that is there. */
  readonly webhook: (db: Db, organizationId: string, id: string) => Promise<{ readonly id: string } | null>
  /** What the organization says of all its keys. */
  readonly policies: (db: Db, organizationId: string) => Promise<Policies>
  /**
   * Makes the key the one key of the app: `app_has_key` while the app has a live one. Answers which one it was before.
   * Guarded: of two at the same time one is refused.
   */
  readonly takeApp: (
    db: Db,
    organizationId: string,
    appId: string,
    keyId: string,
    now: number,
  ) => Promise<Result<{ readonly formerKey: string | null }>>
}
