import { z } from 'zod'
import type { Db } from '../../db/database.ts'
import { reachOf } from '../../people/may.ts'
import type { Actor } from '../../people/schema.ts'
import type { Directory } from '../directory.ts'
import { ownersCalled, ownersWithin } from '../owner.ts'
import { displayName, KeyStatus, tag } from '../schema.ts'
import type { Filter } from './conditions/store.ts'

const Name = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)
const days = z.coerce.number().int().min(1).max(365)
/** What lists, and exports of what they list, are filtered by. */
export const FilterQuery = z.strictObject({
  search: displayName.optional(),
  status: KeyStatus.optional(),
  /** An id, the slug of a team or app, or `me` for one's own keys apart from all that one sees. */
  owner: Name.optional(),
  /** An id or a slug, as the next two. */
  project: Name.optional(),
  /** Keys whose own choice admits it and whose projects hold it. */
  server: Name.optional(),
  app: Name.optional(),
  tag: tag.optional(),
  /** Within so many days from now. */
  expiring: days.optional(),
  /** For so many days; one that was never used counts from when it was made. */
  unused: days.optional(),
})
export type FilterQuery = z.infer<typeof FilterQuery>

export type FilterDeps = {
  readonly directory: Pick<Directory, 'owner' | 'ownersOf' | 'projects' | 'servers' | 'reachOf'>
}
type Asking = { readonly directory: FilterDeps['directory']; readonly db: Db; readonly actor: Actor }

const dayMs = 86_400_000

/** A member's list holds what is his own, whatever he asks for. What is not there has no keys. */
export async function filterOf(
  directory: FilterDeps['directory'],
  db: Db,
  actor: Actor,
  query: FilterQuery,
  now: number,
): Promise<Filter> {
  const { search, status, tag: worn, expiring, unused } = query
  const asking = { directory, db, actor }
  const server = await serverOf(asking, query.server)
  return {
    search,
    status,
    ownerIds: server === null ? [] : await ownersOf(asking, query),
    projectId: await projectOf(asking, query.project),
    server: server ?? undefined,
    tag: worn,
    expiresBy: expiring === undefined ? undefined : now + expiring * dayMs,
    unusedSince: unused === undefined ? undefined : now - unused * dayMs,
  }
}

/** Who is within reach, asked for, and the app: whoever is all that was said. */
async function ownersOf({ directory, db, actor }: Asking, { owner, app }: FilterQuery) {
  const said = [
    await ownersWithin(directory, db, actor, 'keys:read'),
    owner === undefined ? null : await ownersCalled(directory, db, actor, owner),
    app === undefined ? null : await appCalled(directory, db, actor, app),
  ]
  const [first, ...others] = said.filter((ids) => ids !== null)
  if (first === undefined) return null
  const kept = others.map((ids) => new Set(ids))
  return first.filter((id) => kept.every((ids) => ids.has(id)))
}

async function appCalled(
  directory: FilterDeps['directory'],
  db: Db,
  { organizationId }: Actor,
  name: string,
): Promise<readonly string[]> {
  // Every id holds an underscore, and no slug does. The keys of an app outlive it.
  if (name.includes('_')) return name.startsWith('app_') ? [name] : []
  const app = await directory.owner(db, organizationId, { type: 'app', id: name })
  return app ? [app.id] : []
}

async function projectOf({ directory, db, actor }: Asking, name: string | undefined): Promise<string | undefined> {
  if (name === undefined) return undefined
  return (await directory.projects(db, actor.organizationId, [name])).get(name)?.id ?? ''
}

/** Null: there is none. To who may not list servers, only those are there that he reaches. */
async function serverOf({ directory, db, actor }: Asking, name: string | undefined) {
  if (name === undefined) return undefined
  const { organizationId, memberId, role } = actor
  const found = (await directory.servers(db, organizationId, [name])).get(name)
  if (!found || reachOf(role, 'servers:read') === 'all') return found ?? null
  return (await directory.reachOf(db, organizationId, memberId)).servers.has(found.id) ? found : null
}
