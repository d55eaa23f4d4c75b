import type { Db } from '../../db/database.ts'
import type { Grant, Holder, SliceAsk } from '../../fleet/slices/schema.ts'
import { sliceOf } from './slice.ts'
import { holdPool, moveSeats } from './store.ts'

/** Leases: they are the process's until it gives them back or ends. */
export async function grantSeats(db: Db, holder: Holder, ask: SliceAsk, limit: number): Promise<Grant> {
  const left = Math.max(0, limit - (await holdPool(db, ask)))
  const amount = sliceOf(ask, limit, left)
  if (amount > 0) await moveSeats(db, ask, holder, amount)
  const open = { startsInMs: 0, endsInMs: null, share: 0, isGone: false }
  return { pool: ask.pool, window: 'total', amount, left: left - amount, ...open }
}
