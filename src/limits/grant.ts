import type { Database } from '../db/database.ts'
import type { Grant, Holder, Returned, SliceAsk } from '../fleet/slices/schema.ts'

/** Parts of limits, debited before anybody gets them. None of these fails: what could not be written was not granted. */
export type LimitGrants = {
  readonly grant: (holder: Holder, asks: readonly SliceAsk[]) => Promise<readonly Grant[]>
  readonly takeBack: (holder: Holder, items: readonly Returned[]) => Promise<void>
  /** That process decides nothing any more: its seats are free. */
  readonly ended: (holder: Holder) => Promise<void>
}

export type LimitGrantsDeps = {
  readonly system: Database['system']
  /** Clock of the store, ms. */
  readonly storeNow: () => number | null
  readonly log: { readonly warn: (fields: object, message: string) => void }
}

export const noSuchPool = (pool: string): Grant => ({
  pool,
  window: '',
  amount: 0,
  left: 0,
  startsInMs: 0,
  endsInMs: 0,
  share: 0,
  isGone: true,
})

/** PLACEHOLDER until limits are debited. */
export const createLimitGrants = (_deps: LimitGrantsDeps): LimitGrants => ({
  grant: async (_holder, asks) => asks.map(({ pool }) => noSuchPool(pool)),
  takeBack: async () => {},
  ended: async () => {},
})
