import type { Database, Db } from '../db/database.ts'
import type { Refs } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'

/** Ids of what stands in an answer, by what they are of. */
export type Ids = {
  readonly keys?: readonly string[]
  readonly owners?: readonly string[]
  readonly projects?: readonly string[]
  readonly servers?: readonly string[]
  readonly providers?: readonly string[]
  readonly gateways?: readonly string[]
}

/** What the log of requests asks of other domains; control/requests-links.ts answers, in units of the main store. */
export type RequestDeps = {
  /** The main store. */
  readonly read: Database['read']
  /** The store of requests. */
  readonly readRequests: Database['read']
  readonly now: () => number
  /** Whose keys there are for the actor; null: everybody's. */
  readonly ownersWithin: (
    db: Db,
    actor: Actor,
    permission: 'requests:read' | 'usage:read',
  ) => Promise<readonly string[] | null>
  readonly ownersCalled: (db: Db, actor: Actor, name: string) => Promise<readonly string[]>
  /** Of what is there by that id or slug; else the name itself, which may be the id of what is gone. */
  readonly idOf: (
    db: Db,
    organizationId: string,
    kind: 'project' | 'server' | 'provider',
    name: string,
  ) => Promise<string>
  /** Names of those that are there. */
  readonly refsOf: (db: Db, organizationId: string, ids: Ids) => Promise<Refs>
  /** Those of these keys that are there, and their names. */
  readonly liveKeys: (db: Db, organizationId: string, ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  /** Tiers of those projects that are there. */
  readonly tiersOf: (db: Db, organizationId: string, ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
}
