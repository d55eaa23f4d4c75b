import { z } from 'zod'
import { cursor, limit, Refs } from '../http/lists.ts'
import { filter, RequestView, Sums, UsageItem, usage, withMetadata } from './schema.ts'

/** What is asked and answered in pages. */

export const RequestQuery = withMetadata({ ...filter, cursor, limit })
export const RequestList = z.strictObject({
  items: z.array(RequestView),
  nextCursor: z.string().nullable(),
  refs: Refs,
})

export const UsageQuery = z.strictObject({ ...usage, limit: z.coerce.number().int().min(1).max(1000).default(50) })
export const Usage = z.strictObject({
  by: z.string(),
  /** Whole hours. */
  from: z.string(),
  to: z.string(),
  items: z.array(UsageItem),
  /** Keys that are no more, as one. */
  deleted: Sums.nullable(),
  /** What stands in no row. */
  rest: Sums.nullable(),
  total: Sums,
  refs: Refs,
})
export type Usage = z.infer<typeof Usage>
