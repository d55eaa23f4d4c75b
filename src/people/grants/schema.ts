import { z } from 'zod'

/**
 * What an approved request for access opens to a key or to a member, beside what they have by themselves. It lives in
 * their records, so that the decision ends it at its instant, on every gateway and without anybody's help.
 */
export const Grant = z.object({
  /** The request that it comes of. */
  request: z.string(),
  /** A server or provider. */
  target: z.string(),
  /** Tools or models by name; null: all of them. */
  parts: z.array(z.string()).nullable(),
  /** Ms; from this instant on it opens nothing. Null: for good. */
  until: z.int().nullable(),
})
export type Grant = z.infer<typeof Grant>

/** In a record; absent: none. */
export const Grants = z.array(Grant).optional()
