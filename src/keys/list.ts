import { hash } from 'node:crypto'
import { z } from 'zod'
import type { Db } from '../db/database.ts'
import { decodeCursor, encodeCursor } from '../http/cursor.ts'
import { limit, listOf } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import type { Directory } from './directory.ts'
import { countKeysOf, listKeysOf } from './list/many-owners.ts'
import { countedUpTo, type Filter, placeOf, type SortName } from './list/store.ts'
import { ownersCalled, ownersWithin } from './owner.ts'
import { displayName, KeyStatus, KeyView } from './schema.ts'
import { type ShowDeps, showAll } from './show.ts'

const sorts = {
  name: { sort: 'name', descending: false },
  '-name': { sort: 'name', descending: true },
  owner: { sort: 'owner', descending: false },
  '-owner': { sort: 'owner', descending: true },
  status: { sort: 'status', descending: false },
  '-status': { sort: 'status', descending: true },
  createdAt: { sort: 'createdAt', descending: false },
  '-createdAt': { sort: 'createdAt', descending: true },
  expiresAt: { sort: 'expiresAt', descending: false },
  '-expiresAt': { sort: 'expiresAt', descending: true },
} as const satisfies Record<string, { sort: SortName; descending: boolean }>
const sortWords = [
  'name',
  '-name',
  'owner',
  '-owner',
  'status',
  '-status',
  'createdAt',
  '-createdAt',
  'expiresAt',
  '-expiresAt',
] as const satisfies readonly (keyof typeof sorts)[]

const Name = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)
export const ListQuery = z.strictObject({
  search: displayName.optional(),
  status: KeyStatus.optional(),
  /** An id, the slug of a team or app, or `me` for one's own keys apart from all that one sees. */
  owner: Name.optional(),
  /** An id or a slug. */
  project: Name.optional(),
  sort: z.enum(sortWords).default('-createdAt'),
  limit,
  cursor: z.string().max(4096).optional(),
})
type Query = z.infer<typeof ListQuery>
export const KeyList = listOf(KeyView)
export type ListDeps = ShowDeps & { readonly directory: Pick<Directory, 'owner' | 'ownersOf' | 'projects'> }

// A cursor is text from outside: a NUL in it, or a number where a name belongs, must not reach the database.
const Text = z.string().regex(/^[^\0]*$/)
const places = {
  name: [Text],
  owner: [Text],
  status: [Text, z.int()],
  createdAt: [z.int()],
  expiresAt: [z.int()],
} as const satisfies Record<SortName, readonly z.ZodType[]>

/** The question is part of the place: under another sort or filter, the same values would mean something else. */
const placeAfter = (query: Query): z.ZodType<(string | number)[]> =>
  z.tuple([z.literal(questionOf(query)), ...places[sorts[query.sort].sort], Text])

const questionOf = ({ sort, search, status, owner, project }: Query): string => {
  const asked = [search, status, owner, project]
  if (asked.every((filter) => filter === undefined)) return sort
  return `${sort} ${hash('sha256', JSON.stringify(asked), 'base64url').slice(0, 12)}`
}

export const listFor =
  (deps: ListDeps) =>
  async (actor: Actor, query: Query): Promise<Result<z.infer<typeof KeyList>>> => {
    const { organizationId } = actor
    const place = decodeCursor(query.cursor, placeAfter(query))
    if (!place.ok) return place
    const page = { ...sorts[query.sort], after: place.value?.slice(1) ?? null, limit: query.limit + 1 }
    return deps.read(organizationId, async (db) => {
      const now = deps.now()
      const filter = await filterOf(deps, db, actor, query)
      const { keys: found, lookedTo } = await listKeysOf(db, organizationId, filter, page, now)
      const counted = await countKeysOf(db, organizationId, filter, now)
      const last = found.length > query.limit ? found[query.limit - 1] : undefined
      const next = last ? placeOf(page.sort, last) : lookedTo
      const { items, refs } = await showAll(deps, db, organizationId, found.slice(0, query.limit))
      return ok({
        items,
        nextCursor: next && encodeCursor([questionOf(query), ...next]),
        total: Math.min(counted.total, countedUpTo),
        ...(counted.isAll && counted.total <= countedUpTo ? {} : { totalIsAtLeast: true as const }),
        refs,
      })
    })
  }

/** A member's list holds what is his own, whatever he asks for. */
async function filterOf({ directory }: ListDeps, db: Db, actor: Actor, query: Query): Promise<Filter> {
  const { search, status } = query
  const within = await ownersWithin(directory, db, actor, 'keys:read')
  const asked = query.owner === undefined ? null : await ownersCalled(directory, db, actor, query.owner)
  const ownerIds = asked === null ? within : asked.filter((id) => within === null || within.includes(id))
  return { search, status, ownerIds, projectId: await projectOf(directory, db, actor, query.project) }
}

/** A project that is not there has no keys. */
async function projectOf(
  directory: Pick<Directory, 'projects'>,
  db: Db,
  { organizationId }: Actor,
  project: string | undefined,
): Promise<string | undefined> {
  if (project === undefined) return undefined
  return (await directory.projects(db, organizationId, [project])).get(project)?.id ?? ''
}
