import { z } from 'zod'

/** Somebody wants to know how a server is now: the gateway looks at it, as it stands in its records, and reports. */
export const LookRequest = z.object({ type: z.literal('look'), organization: z.string(), server: z.string() })
export type LookRequest = z.infer<typeof LookRequest>
