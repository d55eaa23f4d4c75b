import { countPersonalApps, personalAppsOf } from '../apps/leaving/store.ts'
import { type TransferDeps, transferOwned } from '../apps/leaving/transfer.ts'
import type { Db } from '../db/database.ts'
import { countPersonalKeys, personalKeysOf } from '../keys/leaving/store.ts'
import { resumeKeysOf, suspendKeysOf } from '../keys/leaving/turn.ts'
import { statusOf } from '../keys/standing.ts'
import type { LeavingDeps } from '../people/leaving/deps.ts'
import type { LeavingView } from '../people/leaving/schema.ts'
import { handingReach } from './access/handing.ts'

type Deps = Omit<TransferDeps, 'reachOf'>

/** What keys and apps have to do with a person who leaves, which people/ may not ask them itself. */
export const leavingLinks = (deps: Deps): LeavingDeps => ({
  leaving: {
    suspendKeys: suspendKeysOf(deps),
    resumeKeys: resumeKeysOf(deps),
    owned: (db, organizationId, memberId, limit) => ownedBy(db, organizationId, memberId, limit, deps.now()),
    transfer: transferOwned({ ...deps, reachOf: handingReach(deps) }),
  },
})

type Owned = Pick<LeavingView, 'keys' | 'apps'>

async function ownedBy(db: Db, organizationId: string, memberId: string, limit: number, now: number): Promise<Owned> {
  const keys = await personalKeysOf(db, organizationId, memberId, { limit, direct: false })
  const apps = await personalAppsOf(db, organizationId, memberId, limit)
  return {
    keys: {
      total: await countPersonalKeys(db, organizationId, memberId, { direct: false }),
      items: keys.map(({ id, name, state, expiresAt, owner }) => ({
        id,
        name,
        status: statusOf({ state, expiresAt }, now),
        app: owner.type === 'app' ? owner.id : null,
      })),
    },
    apps: {
      total: await countPersonalApps(db, organizationId, memberId),
      items: apps.map(({ id, slug, name }) => ({ id, slug, name })),
    },
  }
}
