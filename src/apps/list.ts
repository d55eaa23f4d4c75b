import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Db } from '../db/database.ts'
import { decodeCursor } from '../http/cursor.ts'
import { cursor, knownForm, limit, listOf, pageOf, totalOf } from '../http/lists.ts'
import { ownersCalled } from '../keys/owner.ts'
import { displayName } from '../keys/schema.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { findProject } from '../projects/store.ts'
import type { AppDeps } from './deps.ts'
import { appOwnersWithin } from './owner.ts'
import { AppView } from './schema.ts'
import { countApps, type Filter, listApps } from './store.ts'
import { showAll } from './view.ts'

export const ListQuery = z.strictObject({
  search: displayName.optional(),
  /** Id or slug. */
  project: z.string().min(1).max(64).optional(),
  /** Id of a member or team, or slug of a team; `me`: whoever asks. */
  owner: z.string().min(1).max(64).optional(),
  limit,
  cursor,
})
type Query = z.infer<typeof ListQuery>
export const AppList = listOf(AppView)

/** The question is part of the place: under another filter it would be another list. */
const questionOf = ({ search, project, owner }: Query): string =>
  hash('sha256', JSON.stringify([search, project, owner]), 'base64url').slice(0, 12)

export const listFor =
  (deps: Pick<AppDeps, 'read' | 'directory'>) =>
  async (actor: Actor, query: Query): Promise<Result<z.infer<typeof AppList>>> => {
    const { organizationId } = actor
    const question = questionOf(query)
    const after = decodeCursor(query.cursor, z.tuple([z.literal(question), z.string()]))
    if (!after.ok) return after
    return deps.read(organizationId, async (db) => {
      const filter = await filterFor(deps, db, actor, query)
      const place = { after: after.value?.[1] ?? null, limit: query.limit + 1 }
      const found = await listApps(db, organizationId, filter, place)
      const { items, nextCursor } = pageOf(found, query.limit, ({ slug }) => [question, slug])
      const total = totalOf(await countApps(db, organizationId, filter))
      return ok({ ...(await showAll(deps.directory, db, organizationId, items)), nextCursor, ...total })
    })
  }

/** A filter narrows what there is for the actor; what it names and is not there has no apps. */
const filterFor = async (
  { directory }: Pick<AppDeps, 'directory'>,
  db: Db,
  actor: Actor,
  { search, project, owner }: Query,
): Promise<Filter> => {
  const within = await appOwnersWithin(directory, db, actor, 'apps:read')
  const asked = owner === undefined ? null : await ownersCalled(directory, db, actor, knownForm(owner))
  const mine = asked === null ? within : asked.filter((id) => within === null || within.includes(id))
  if (project === undefined) return { search, ownerIds: mine }
  const found = await findProject(db, actor.organizationId, knownForm(project))
  return { search, projectId: found?.id, ownerIds: found ? mine : [] }
}
