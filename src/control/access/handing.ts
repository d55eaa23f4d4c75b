import { setImmediate } from 'node:timers/promises'
import { backingOf, type Records } from '../../access/backing.ts'
import { decide, type Subject } from '../../access/decide.ts'
import type { Handing, ReachOf, TransferDeps } from '../../apps/leaving/transfer.ts'
import { appRecord } from '../../apps/records/store.ts'
import type { AppRecord } from '../../apps/schema.ts'
import { catalogRecordsFor } from '../../catalogs/records.ts'
import type { CatalogRecord } from '../../catalogs/schema.ts'
import type { Db } from '../../db/database.ts'
import { withGrants } from '../../keys/records/store.ts'
import type { KeyRecord } from '../../keys/schema.ts'
import { grantsIn, grantsOf } from '../../people/grants/store.ts'
import type { Reached } from '../../people/leaving/schema.ts'
import type { Person } from '../../people/members/store.ts'
import { teamIdsOf } from '../../people/teams/store.ts'
import type { Provider } from '../../providers/store.ts'
import type { Server } from '../../servers/store.ts'
import { providerTarget, targetOf } from './call.ts'
import { everyProvider, everyServer } from './targets.ts'
import { recordsAbout } from './world.ts'

type Holder = { readonly type: 'member' | 'team'; readonly id: string }
type World = {
  readonly keys: readonly KeyRecord[]
  readonly apps: ReadonlyMap<string, AppRecord>
  readonly servers: readonly Server[]
  readonly providers: readonly Provider[]
  readonly before: Records
  readonly after: Records
}

/**
 * What keys reach with the rights of who left and with those of the heir, by the function that decides about calls. Read at
 * one moment; computed key by key, between other people's calls.
 */
export const handingReach =
  ({ read, now }: Pick<TransferDeps, 'read' | 'now'>): ReachOf =>
  async (organizationId, handing) => {
    const { keys, ...world } = await read(organizationId, (db) => worldOf(db, organizationId, handing))
    const { from, to } = handing
    const of = new Map<string, { before: Reached; after: Reached }>()
    const named = new Set<string>()
    for (const key of keys) {
      await setImmediate()
      const before = reachedBy(key, { ...world, records: world.before, holder: { type: 'member', id: from.id } }, now())
      const after = reachedBy(bare(key), { ...world, records: world.after, holder: to }, now())
      of.set(key.id, { before, after })
      for (const id of [...before.servers, ...before.providers, ...after.servers, ...after.providers]) named.add(id)
    }
    const targets = [...world.servers, ...world.providers].filter(({ id }) => named.has(id))
    return { of, refs: Object.fromEntries(targets.map(({ id, slug, name }) => [id, { slug, name }])) }
  }

/** What was approved for the key was approved for who left, and ends with him. */
const bare = ({ grants: _ended, ...key }: KeyRecord): KeyRecord => key

async function worldOf(db: Db, organizationId: string, { from, to, keys }: Handing): Promise<World> {
  const projects = [...new Set(keys.flatMap(({ key }) => key.record.scope.projects))]
  const servers = await everyServer(db, organizationId)
  const providers = await everyProvider(db, organizationId)
  const apps = new Map<string, AppRecord>()
  for (const { app } of keys) {
    const record = app && (await appRecord(db, organizationId, app.id))
    if (record) apps.set(record.id, record)
  }
  const after = await recordsAbout(db, organizationId, to, projects)
  const records = keys.map(({ key }) => key.record)
  return {
    keys: records.length === 0 ? [] : await withGrants(db, records),
    apps,
    servers,
    providers,
    before: { ...after, ...(await asIfThere(db, organizationId, from, { servers, providers })) },
    after,
  }
}

/** He is no record any more; of somebody who was removed it is forgotten which catalogs he had: all, then. */
async function asIfThere(
  db: Db,
  organizationId: string,
  { id, name, revision, state }: Person,
  { servers, providers }: Pick<World, 'servers' | 'providers'>,
): Promise<Pick<Records, 'member' | 'teamsOf' | 'catalogs'>> {
  const grants = grantsIn((await grantsOf(db, [{ organizationId, id, ownerId: id }])).get(id))
  const member = { kind: 'member', organization: organizationId, id, revision, name, ...grants } as const
  const everything: CatalogRecord = {
    kind: 'catalog',
    organization: organizationId,
    id: 'cat_0000000000000000',
    revision: 1,
    servers: servers.map((server) => server.id),
    providers: providers.map((provider) => provider.id),
    audience: { everyone: true, teams: [], members: [] },
  }
  const isRemoved = state === 'removed'
  const catalogs = isRemoved ? [everything] : await catalogRecordsFor(db, organizationId, { type: 'member', id })
  const teams = new Set(isRemoved ? [] : await teamIdsOf(db, organizationId, id))
  return {
    member: (asked) => (asked === id ? member : null),
    teamsOf: (asked) => (asked === id ? teams : new Set()),
    catalogs: () => catalogs,
  }
}

type With = Pick<World, 'apps' | 'servers' | 'providers'> & { readonly records: Records; readonly holder: Holder }

/** From anywhere, on any gateway and at any time: what is asked is whose rights reach what. */
function reachedBy(key: KeyRecord, { apps, servers, providers, records, holder }: With, now: number): Reached {
  const app = apps.get(key.owner.id) ?? null
  const owner = app ? key.owner : { ...key.owner, type: holder.type, id: holder.id }
  const backing = backingOf(
    { ...key, owner },
    {
      ...records,
      app: (id) => (app && app.id === id ? { ...app, owner: { type: holder.type, id: holder.id } } : null),
    },
  )
  const subject: Subject = {
    key: {
      ...key,
      owner,
      state: 'active',
      expiresAt: null,
      honey: false,
      pin: null,
      scope: { ...key.scope, addresses: { mode: 'any' }, gateways: { mode: 'all' } },
    },
    child: null,
    backing: { ...backing, addresses: [] },
    address: '127.0.0.1',
    gateway: 'gwy_any',
  }
  return {
    servers: servers.filter((server) => isListed(subject, server, now)).map(({ id }) => id),
    providers: providers.filter((provider) => isOffered(subject, provider, now)).map(({ id }) => id),
  }
}

const isListed = (subject: Subject, server: Server, now: number): boolean =>
  decide(subject, { kind: 'mcp', server: targetOf(server), method: 'tools/list', tool: null }, now).kind === 'allow'

function isOffered(subject: Subject, provider: Provider, now: number): boolean {
  const target = providerTarget(provider)
  return [...target.models].some(
    (model) => decide(subject, { kind: 'llm', provider: target, model }, now).kind === 'allow',
  )
}
