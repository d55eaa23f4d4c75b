import { type Result, refuse } from '../../problems.ts'
import type { SignInDeps } from '../deps.ts'

/** Whose password is tried, as it was typed, and from where. */
export type Guesser = { readonly name: string; readonly source: string; readonly isProxy: boolean }
/** `look` answers null where the guess was wrong. */
export type Guess = <T>(who: Guesser, look: () => Promise<Result<T | null>>) => Promise<Result<T | null>>

/** As many as one may be wrong in a row: whoever sends more at once has not waited for the answer to the first. */
const atOnce = 10

/**
 * Slows down whoever guesses, by name and source, so that nobody can lock somebody else out: from another address, and
 * here a few seconds later, the right password is let in. Names that nobody has are counted like any other.
 */
export function createGuesses({ attempts }: Pick<SignInDeps, 'attempts'>): Guess {
  // What is being looked at is not yet counted as failed: without this a crowd of guesses would come in before the first.
  const open = new Map<string, number>()
  return async ({ name, source, isProxy }, look) => {
    const turn = `${name} ${source}`
    const running = open.get(turn) ?? 0
    const seconds = Math.max(attempts.blocked(name, source, isProxy), running < atOnce ? 0 : 1)
    if (seconds > 0) return refuse('too_many_attempts', { retryAfterSeconds: seconds })
    open.set(turn, running + 1)
    try {
      const found = await look()
      if (found.ok && found.value === null) attempts.failed(name, source, isProxy)
      return found
    } finally {
      const left = (open.get(turn) ?? 1) - 1
      if (left === 0) open.delete(turn)
      else open.set(turn, left)
    }
  }
}

export const wrongPassword: Result<never> = refuse('sign_in_refused', {
  detail: 'Address and password do not belong together, or nobody here has this address.',
})
