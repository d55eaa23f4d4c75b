import { z } from 'zod'

/** Part of a limit or budget, debited before it is sent. Defined now, used by the limits work. */
export const Slice = z.object({
  limit: z.string(),
  window: z.int(),
  amount: z.int().min(0),
  /** Milliseconds of the store's clock until the window opens (fetched ahead) and until it ends. */
  startsInMs: z.int().min(0),
  endsInMs: z.int().min(0),
})
