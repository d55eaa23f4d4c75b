import { type Duty, dutyKinds } from '../access/schema.ts'
import { ok, type Result, refuse } from '../problems.ts'

/** What the duties of a yes hold while the call runs. `settle` is called exactly once, with the last byte still in hand. */
export type Seat = { readonly settle: (release: () => void) => void }

const free: Result<Seat> = ok({ settle: (release) => release() })

/**
 * In the order of `dutyKinds`, however they are listed: each can only turn the yes into a no. So does a duty that this
 * gateway cannot perform, which is each that there is, and one that it does not even know: control may be newer.
 */
export function carryOut(duties: readonly Duty[]): Result<Seat> {
  if (duties.length === 0) return free
  const asked = new Set<string>(duties.map(({ kind }) => kind))
  for (const kind of dutyKinds) if (asked.has(kind)) return cannot(kind)
  return cannot([...asked].join())
}

const cannot = (duty: string): Result<Seat> =>
  refuse('internal', { detail: 'This gateway cannot carry out what this call requires.', log: { duty } })
