import { z } from 'zod'

/**
 * Parts of limits and budgets: debited in the store before they are sent. The pool is `<limit id>:<measure>` of a limit,
 * or the id of a budget; amounts are calls, tokens, seats, or nano-USD.
 */
export const SliceAsk = z.object({
  organization: z.string(),
  pool: z.string().max(128),
  /** Of the window after the running one, before it opens; limits only. */
  ahead: z.boolean(),
  /** As much as would be good to have. */
  wanted: z.int().min(1),
  /** Less is of no use: then nothing is debited. */
  need: z.int().min(0),
  /** Of a limit's window: what the gateway holds to be its share now, so that control can count on a lower one. */
  share: z.int().min(0).optional(),
})
export type SliceAsk = z.infer<typeof SliceAsk>

export const sliceAsksPerFrame = 64
export const SliceRequest = z.object({
  type: z.literal('slice-request'),
  n: z.int(),
  asks: z.array(SliceAsk).max(sliceAsksPerFrame),
})

export const Grant = z.object({
  pool: z.string(),
  /** Calendar minute of the store (as text), or the budget's period, such as `2026-11`; seats and totals have `total`. */
  window: z.string(),
  /** 0: there was less than what is needed. */
  amount: z.int().min(0),
  /** In the store after it. */
  left: z.int(),
  /** Milliseconds of the store's clock until the window opens (fetched ahead) and until it ends; null: it does not. */
  startsInMs: z.int().min(0),
  endsInMs: z.int().min(0).nullable(),
  /** Of a limit whose gateways share it when control is away: this gateway's part of each window. */
  share: z.int().min(0),
  /** There is no such pool (any more). */
  isGone: z.boolean(),
})
export type Grant = z.infer<typeof Grant>
/** One for each ask, in order. */
export const SliceAnswer = z.object({ type: z.literal('slices'), n: z.int(), grants: z.array(Grant) })
export type SliceAnswer = z.infer<typeof SliceAnswer>

/** What is not used goes back: seats, and money of a running period. */
export const Returned = z.object({
  organization: z.string(),
  pool: z.string().max(128),
  window: z.string().max(64),
  unused: z.int().min(1),
})
export type Returned = z.infer<typeof Returned>
export const isOfSeats = ({ pool, window }: Returned): boolean => window === 'total' && pool.includes(':')
export const SliceReturn = z.object({ type: z.literal('slice-return'), items: z.array(Returned).max(1000) })

/** All that a process has of one pool of seats, in use or not. */
const HeldSeats = z.object({ organization: z.string(), pool: z.string().max(128), seats: z.int().min(1) })
export type HeldSeats = z.infer<typeof HeldSeats>
/** Once, when control has welcomed it and before it asks: all of them. What else it was given was lost on its way. */
export const SeatsHeld = z.object({ type: z.literal('seats-held'), items: z.array(HeldSeats) })

/** One life of a gateway process: what it was given is counted by it. */
export type Holder = { readonly gateway: string; readonly boot: string }

/** A process as control sees it. */
export type SeenHolder = Holder & {
  /** The gateway's own. */
  readonly organization: string
  readonly serves: 'own' | 'all'
  /** Its heartbeats come, and say that ours reach it. */
  readonly isInTouch: boolean
}
