import type { Db } from '../../db/database.ts'
import type { Reach } from '../../http/egress/reach.ts'
import type { Speaker } from './speak.ts'

/** What single sign-on takes that this folder has not; control/identity-links.ts supplies it. */
export type SingleSignOnDeps = {
  /** Where calls of the organization may lead: identity providers are held to it like servers. */
  readonly reachOf: (db: Db, organizationId: string) => Promise<Reach>
  readonly speaker: Speaker
  /** Counts sign-ins that begin, by source (keys/attempts.ts). */
  readonly starts: {
    readonly blocked: (name: null, source: string, isProxy: boolean) => number
    readonly failed: (name: null, source: string, isProxy: boolean) => void
  }
}
