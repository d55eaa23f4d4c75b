import { storeNow } from '../db/clock.ts'
import type { Database } from '../db/database.ts'
import type { Directory } from '../keys/directory.ts'
import { ownersWithin } from '../keys/owner.ts'
import type { LimitDeps } from '../limits/deps.ts'

type Asked = Pick<Directory, 'owner' | 'owners' | 'ownersOf' | 'projects' | 'servers' | 'providers'>
type Links = Pick<LimitDeps, 'ownerOf' | 'owners' | 'projects' | 'servers' | 'providers' | 'ownersWithin' | 'storeTime'>

/** What limits ask of other domains. */
export const limitLinks = (directory: Asked, { dialect }: Pick<Database, 'dialect'>, now: () => number): Links => ({
  ownerOf: directory.owner,
  owners: directory.owners,
  projects: directory.projects,
  servers: directory.servers,
  providers: directory.providers,
  ownersWithin: (db, actor) => ownersWithin(directory, db, actor, 'limits:read'),
  // Of a file on this machine the clock is ours.
  storeTime: async (db) => (dialect === 'sqlite' ? now() : storeNow(db, dialect)),
})
