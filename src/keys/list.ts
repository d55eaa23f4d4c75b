import { hash } from 'node:crypto'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from '../http/cursor.ts'
import { seesAll } from '../people/may.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { countedUpTo, countKeys, type Filter, listKeys, placeOf, type SortName } from './list/store.ts'
import { displayName, KeyStatus, KeyView } from './schema.ts'
import { Refs, type ShowDeps, showAll } from './show.ts'

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

export const ListQuery = z.strictObject({
  search: displayName.optional(),
  status: KeyStatus.optional(),
  owner: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .optional(),
  sort: z.enum(sortWords).default('-createdAt'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(4096).optional(),
})
type Query = z.infer<typeof ListQuery>
export const KeyList = z.strictObject({
  items: z.array(KeyView),
  nextCursor: z.string().nullable(),
  total: z.int(),
  totalIsAtLeast: z.literal(true).optional(),
  refs: Refs,
})

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

const questionOf = ({ sort, search, status, owner }: Query): string => {
  if (search === undefined && status === undefined && owner === undefined) return sort
  return `${sort} ${hash('sha256', JSON.stringify([search, status, owner]), 'base64url').slice(0, 12)}`
}

export const listFor =
  (deps: ShowDeps) =>
  async (actor: Actor, query: Query): Promise<Result<z.infer<typeof KeyList>>> => {
    const { organizationId } = actor
    const place = decodeCursor(query.cursor, placeAfter(query))
    if (!place.ok) return place
    const filter = filterOf(actor, query)
    const page = { ...sorts[query.sort], after: place.value?.slice(1) ?? null, limit: query.limit + 1 }
    return deps.read(organizationId, async (db) => {
      const now = deps.now()
      const { keys: found, lookedTo } = await listKeys(db, organizationId, filter, page, now)
      const counted = await countKeys(db, organizationId, filter, now)
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

/** A member's list holds his own keys, whatever he asks for. */
const filterOf = (actor: Actor, { search, status, owner }: Query): Filter => ({
  search,
  status,
  ownerIds: [...(seesAll(actor.role) ? [] : [actor.memberId]), ...(owner === undefined ? [] : [owner])],
})
