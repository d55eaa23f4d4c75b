import { hash } from 'node:crypto'
import { z } from 'zod'
import { decodeCursor, encodeCursor } from '../http/cursor.ts'
import { limit, listOf } from '../http/lists.ts'
import type { Actor } from '../people/schema.ts'
import { ok, type Result } from '../problems.ts'
import { type FilterDeps, FilterQuery, filterOf } from './list/filter.ts'
import { listKeysOf } from './list/many-owners.ts'
import { placeOf, type SortName } from './list/order.ts'
import { countedUpTo } from './list/totals/store.ts'
import { KeyView } from './schema.ts'
import { type ShowDeps, showAll } from './show.ts'

/** In words of lists; a share is a part of the same sum in every row. */
const sorts = {
  name: 'name',
  owner: 'owner',
  status: 'status',
  createdAt: 'createdAt',
  expiresAt: 'expiresAt',
  lastUsedAt: 'lastUsedAt',
  requests: 'requests',
  share: 'requests',
} as const satisfies Record<string, SortName>
type SortWord = keyof typeof sorts
const isSortWord = (word: string): word is SortWord => Object.hasOwn(sorts, word)
const sortWords = z.enum(
  Object.keys(sorts)
    .filter(isSortWord)
    .flatMap((word) => [word, `-${word}`] as const),
)

export const ListQuery = FilterQuery.extend({
  sort: sortWords.default('-createdAt'),
  limit,
  cursor: z.string().max(4096).optional(),
})
type Query = z.infer<typeof ListQuery>
export const KeyList = listOf(KeyView)
export type ListDeps = ShowDeps & FilterDeps

function orderOf(word: Query['sort']): { sort: SortName; descending: boolean } {
  const plain = word.replace('-', '')
  return { sort: isSortWord(plain) ? sorts[plain] : 'createdAt', descending: word.startsWith('-') }
}

// A cursor is text from outside: a NUL in it, or a number where a name belongs, must not reach the database.
const Text = z.string().regex(/^[^\0]*$/)
const places = {
  name: [Text],
  owner: [Text],
  status: [Text, z.int()],
  createdAt: [z.int()],
  expiresAt: [z.int()],
  lastUsedAt: [z.int()],
  requests: [z.int()],
} as const satisfies Record<SortName, readonly z.ZodType[]>

/** The question is part of the place: under another sort or filter, the same values would mean something else. */
const placeAfter = (query: Query): z.ZodType<(string | number)[]> =>
  z.tuple([z.literal(questionOf(query)), ...places[orderOf(query.sort).sort], Text])

const questionOf = ({ sort, limit: _, cursor: __, ...filter }: Query): string => {
  const asked = Object.entries(filter).filter(([, value]) => value !== undefined)
  if (asked.length === 0) return sort
  return `${sort} ${hash('sha256', JSON.stringify(asked.toSorted()), 'base64url').slice(0, 12)}`
}

export const listFor =
  (deps: ListDeps) =>
  async (actor: Actor, query: Query): Promise<Result<z.infer<typeof KeyList>>> => {
    const { organizationId } = actor
    const place = decodeCursor(query.cursor, placeAfter(query))
    if (!place.ok) return place
    const page = { ...orderOf(query.sort), after: place.value?.slice(1) ?? null, limit: query.limit + 1 }
    return deps.read(organizationId, async (db) => {
      const now = deps.now()
      const filter = await filterOf(deps.directory, db, actor, query, now)
      const { keys: found, lookedTo, counted } = await listKeysOf(db, organizationId, filter, page, now)
      const last = found.length > query.limit ? found[query.limit - 1] : undefined
      const next = last ? placeOf(page.sort, last) : lookedTo
      const { items, refs } = await showAll(deps, db, actor, found.slice(0, query.limit))
      return ok({
        items,
        nextCursor: next && encodeCursor([questionOf(query), ...next]),
        total: Math.min(counted.total, countedUpTo),
        ...(counted.isAll && counted.total <= countedUpTo ? {} : { totalIsAtLeast: true as const }),
        refs,
      })
    })
  }
