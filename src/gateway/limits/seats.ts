import type { LimitRecord } from '../../limits/schema.ts'

/** Calls or streams at the same time, of one limit: leases of this process, debited before they came. */
export type SeatPool = {
  readonly measure: 'concurrent' | 'streams'
  limit: LimitRecord
  leased: number
  busy: number
  asking: Promise<boolean> | null
  /** Control had none then; believed for a moment, unless one comes free here. */
  fullUntil: number
  usedAt: number
  turn: number
}

export const newSeatPool = (limit: LimitRecord, measure: 'concurrent' | 'streams'): SeatPool => ({
  measure,
  limit,
  leased: 0,
  busy: 0,
  asking: null,
  fullUntil: 0,
  usedAt: 0,
  turn: 0,
})

/** The call is over. */
export function release(pool: SeatPool, now: { readonly monotonic: number }): void {
  pool.busy -= 1
  pool.fullUntil = 0
  pool.usedAt = now.monotonic
}
