import { z } from 'zod'
import { budgetsOfKeys } from '../budgets/of-key/of-key.ts'
import type { Database, Db } from '../db/database.ts'
import { Refs } from '../http/lists.ts'
import { limitsOfKeys } from '../limits/of-key/of-key.ts'
import type { Actor } from '../people/schema.ts'
import { findOrganization } from '../people/store.ts'
import { requestsOfOwners } from '../usage/totals/store.ts'
import { openClaims } from './claims/store.ts'
import type { Directory, Named as NamedThing } from './directory.ts'
import { ownersWithin } from './owner.ts'
import { KeyView } from './schema.ts'
import type { StoredKey } from './store.ts'
import { type Named, namedBy, viewOf } from './view.ts'

export const One = z.strictObject({ key: KeyView, refs: Refs })

export type ShowDeps = {
  readonly read: Database['read']
  readonly directory: Pick<Directory, Named | 'owners' | 'ownersOf'>
  readonly now: () => number
}

export const showOne =
  (deps: ShowDeps) =>
  (actor: Actor, key: StoredKey): Promise<z.infer<typeof One>> =>
    deps.read(actor.organizationId, async (db) => {
      const { items, refs } = await showAll(deps, db, actor, [key])
      const [view] = items
      if (!view) throw new Error('one key has one view')
      return { key: view, refs }
    })

export async function showAll(
  { directory, now }: Omit<ShowDeps, 'read'>,
  db: Db,
  actor: Actor,
  keys: readonly StoredKey[],
): Promise<{ items: KeyView[]; refs: Refs }> {
  const { organizationId } = actor
  const organization = await findOrganization(db, organizationId)
  if (!organization) throw new Error('the organization of a key is gone')
  const named = keys.map(({ record }) => namedBy(record))
  const look = (kind: Named) =>
    inPieces([...new Set(named.flatMap((of) => of[kind]))], (ids) => directory[kind](db, organizationId, ids))
  const owners = await inPieces([...new Set(keys.map(({ record }) => record.owner.id))], (ids) =>
    directory.owners(db, organizationId, ids),
  )
  const projects = await inPieces([...new Set(named.flatMap((of) => of.projects))], (ids) =>
    directory.projects(db, organizationId, ids),
  )
  const ids = keys.map(({ record }) => record.id)
  // One after the other: a unit of work has one connection.
  const found = [owners, projects, await look('servers'), await look('providers'), await look('gateways')]
  const around = {
    organizationStaleness: organization.maxStalenessSeconds,
    policies: organization.policies,
    tiers: new Map(projects.map(({ id, tier }) => [id, tier])),
    ownerNames: new Map(owners.map(({ id, name }) => [id, name])),
    claims: await openClaims(db, organizationId, ids, now()),
    limits: await limitsOfKeys(db, organizationId, ids),
    budgets: await budgetsOfKeys(db, organizationId, ids, now()),
    requestsOfAll: await requestsOfOwners(db, organizationId, await ownersWithin(directory, db, actor, 'keys:read')),
  }
  const gone = keys.map(({ record: { owner } }) => [owner.id, { slug: null, name: owner.name }] as const)
  const live = found.flat().map(({ id, slug, name }) => [id, { slug, name }] as const)
  return { items: keys.map((key) => viewOf(key, around, now())), refs: Object.fromEntries([...gone, ...live]) }
}

const atOnce = 500

/** A page of keys may name thousands. */
async function inPieces<T extends NamedThing>(
  ids: readonly string[],
  look: (ids: readonly string[]) => Promise<ReadonlyMap<string, T>>,
): Promise<T[]> {
  const found: T[] = []
  for (let at = 0; at < ids.length; at += atOnce) found.push(...(await look(ids.slice(at, at + atOnce))).values())
  return found
}
