import { z } from 'zod'

/** What stands beside an answer: slug and name for the ids in it. People know slugs; people themselves have none. */
export const Refs = z
  .record(z.string(), z.looseObject({ slug: z.string().nullable().optional(), name: z.string().optional() }))
  .optional()
  .default({})
export type Refs = z.infer<typeof Refs>

/** What is gone has no slug any more and keeps its id. */
export const named = (id: string, refs: Refs): string => refs[id]?.slug ?? refs[id]?.name ?? id

export const listed = (ids: readonly string[], refs: Refs): string =>
  ids.length === 0 ? 'none' : ids.map((id) => named(id, refs)).join(', ')
