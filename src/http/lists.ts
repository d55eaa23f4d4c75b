import { z } from 'zod'
import { encodeCursor } from './cursor.ts'

/** Shapes that every collection has in common (contract, Lists). */

/** Slug and name of every object whose id stands in the answer; people have no slug. */
export const Refs = z.record(z.string(), z.strictObject({ slug: z.string().nullable(), name: z.string() }))
export type Refs = z.infer<typeof Refs>

export const limit = z.coerce.number().int().min(1).max(200).default(50)
export const cursor = z.string().max(512).optional()
/** How long an answer waits for the acknowledgements of gateways, in milliseconds. */
export const Waiting = z.strictObject({ waitMs: z.coerce.number().int().min(0).max(30_000).default(1000) })
/** How long an answer about something new waits until the gateways know it, so that its first call does not come too early. */
export const settleMs = 250
/** In a path: an id or a slug; text that can be neither is an unknown one, and some of it PostgreSQL would not look up. */
export const IdOrSlug = z.strictObject({ id: z.string().max(200) })
export const knownForm = (text: string): string => (/^[A-Za-z0-9_-]{1,64}$/.test(text) ? text : '')

export const listOf = <T extends z.ZodType>(item: T) =>
  z.strictObject({
    items: z.array(item),
    nextCursor: z.string().nullable(),
    total: z.int(),
    totalIsAtLeast: z.literal(true).optional(),
    refs: Refs,
  })

/** Totals are exact up to here; beyond, counting would cost more than the page. */
export const countedTo = 10_000

/** `found` holds one more than the page, if there is more; `place` is what the next page begins after. */
export function pageOf<T>(found: readonly T[], size: number, place: (last: T) => readonly (string | number)[]) {
  const items = found.slice(0, size)
  const last = found.length > size ? items.at(-1) : undefined
  return { items, nextCursor: last === undefined ? null : encodeCursor([...place(last)]) }
}

/** Of a count that stopped at `countedTo + 1` or went on. */
export const totalOf = (count: number): { total: number; totalIsAtLeast?: true } =>
  count > countedTo ? { total: countedTo, totalIsAtLeast: true } : { total: count }

/** How many of these a page takes that holds `most` parts in all; its first one always, however large. */
export function fitting(sizes: readonly number[], most: number): number {
  let parts = 0
  const tooMany = sizes.findIndex((size, at) => {
    parts += size
    return at > 0 && parts > most
  })
  return tooMany === -1 ? sizes.length : tooMany
}

/** Ids that a page names at most, where each of its items may name thousands. */
export const idsPerPage = 20_000
