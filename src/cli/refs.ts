import { z } from 'zod'

/** What stands beside an answer: slugs for the ids in it. People know slugs. */
export const Refs = z
  .record(z.string(), z.looseObject({ slug: z.string() }))
  .optional()
  .default({})
export type Refs = z.infer<typeof Refs>
