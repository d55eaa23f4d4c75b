import type { Duty } from '../access/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'

/** What the duties of a yes hold while the call runs. `settle` is called exactly once, with the last byte still in hand. */
export type Seat = { readonly settle: (release: () => void) => void }

const free: Result<Seat> = ok({ settle: (release) => release() })

/** In this order, each can only turn the yes into a no. A duty that this gateway cannot perform is a no. */
export function carryOut(duties: readonly Duty[]): Result<Seat> {
  for (const duty of duties) {
    switch (duty.kind) {
      case 'seats':
      case 'hold':
      case 'filter':
      case 'redact':
      case 'shape':
        return refuse('internal', {
          detail: 'This gateway cannot carry out what this call requires.',
          log: { duty: duty.kind },
        })
      default:
        return unknown(duty)
    }
  }
  return free
}

/** Control may be newer than this gateway. */
const unknown = (duty: never): Result<Seat> => refuse('internal', { log: { duty } })
