import type { Database } from '../db/database.ts'
import type { Grant, Holder, Returned, SliceAsk } from '../fleet/slices/schema.ts'

/** Money for gateways, booked in the ledger before they get it. None of these fails: what could not be booked was not granted. */
export type BudgetGrants = {
  readonly grant: (holder: Holder, asks: readonly SliceAsk[]) => Promise<readonly Grant[]>
  readonly takeBack: (holder: Holder, items: readonly Returned[]) => Promise<void>
  /** That process decides nothing any more: what it holds is charged, `unreconciled`, until its spool says otherwise. */
  readonly ended: (holder: Holder) => Promise<void>
  /** Every record of that process has been settled: what is left of what it held is free again. */
  readonly closed: (holder: Holder) => Promise<void>
}

export type BudgetGrantsDeps = {
  readonly system: Database['system']
  /** Clock of the store, ms. */
  readonly storeNow: () => number | null
  readonly newId: (prefix: string) => string
  readonly log: { readonly warn: (fields: object, message: string) => void }
}

/** PLACEHOLDER until there is a ledger. */
export const createBudgetGrants = (_deps: BudgetGrantsDeps): BudgetGrants => ({
  grant: async (_holder, asks) =>
    asks.map(({ pool }) => ({
      pool,
      window: '',
      amount: 0,
      left: 0,
      startsInMs: 0,
      endsInMs: 0,
      share: 0,
      isGone: true,
    })),
  takeBack: async () => {},
  ended: async () => {},
  closed: async () => {},
})
