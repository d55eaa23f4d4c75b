import { z } from 'zod'

/** Where a page of the keys that are touched ended. */
export const Place = z.tuple([z.literal('touched'), z.string()])
export type Place = z.infer<typeof Place>
