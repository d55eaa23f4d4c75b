import type { Directory, Named } from '../keys/directory.ts'
import { ownersCalled, ownersWithin } from '../keys/owner.ts'
import type { RequestDeps } from '../requests/deps.ts'
import { keptDays, liveKeys } from '../requests/owners/store.ts'
import { forgetOld, makePartitions } from '../requests/retention.ts'
import type { Job } from './jobs.ts'
import type { Store } from './open-store.ts'
import type { World } from './world.ts'

/** What the log of requests asks of others. */
export const requestLinks = (
  { now }: Pick<World, 'now'>,
  { database, requests }: Pick<Store, 'database' | 'requests'>,
  directory: Directory,
): RequestDeps => ({
  read: database.read,
  readRequests: requests.read,
  now,
  ownersWithin: (db, actor, permission) => ownersWithin(directory, db, actor, permission),
  ownersCalled: (db, actor, name) => ownersCalled(directory, db, actor, name),
  idOf: async (db, organizationId, kind, name) => {
    const find = { project: directory.projects, server: directory.servers, provider: directory.providers }[kind]
    return (await find(db, organizationId, [name])).get(name)?.id ?? name
  },
  refsOf: async (db, organizationId, ids) => {
    const { keys = [], owners = [], projects = [], servers = [], providers = [], gateways = [] } = ids
    const found: ReadonlyMap<string, Named>[] = [
      await directory.owners(db, organizationId, owners),
      await directory.projects(db, organizationId, projects),
      await directory.servers(db, organizationId, servers),
      await directory.providers(db, organizationId, providers),
      await directory.gateways(db, organizationId, gateways),
    ]
    const live = await liveKeys(db, organizationId, keys)
    return Object.fromEntries([
      ...found.flatMap((some) => [...some].map(([id, { slug, name }]) => [id, { slug, name }] as const)),
      ...[...live].map(([id, name]) => [id, { slug: null, name }] as const),
    ])
  },
  liveKeys,
  tiersOf: async (db, organizationId, ids) =>
    new Map([...(await directory.projects(db, organizationId, ids))].map(([id, { tier }]) => [id, tier])),
})

const hourMs = 3_600_000

export const requestJobs = ({ now }: World, { database, requests }: Store): Job[] => [
  ...(requests.dialect === 'postgres'
    ? [{ name: 'make partitions for requests', everyMs: hourMs, run: makePartitions({ requests, now }) }]
    : []),
  {
    name: 'forget old requests',
    everyMs: hourMs,
    run: forgetOld({ requests, now, keptDays: () => database.system.read(keptDays) }),
  },
]
