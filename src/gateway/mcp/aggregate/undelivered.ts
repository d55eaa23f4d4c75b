import type { Problem } from '../../../problems.ts'

/** Why answers never came, beside the errors that the SDK hands on. */
const behind = new WeakMap<Error, Problem>()

export function undelivered(problem: Problem): Error {
  const error = new Error(problem.detail)
  behind.set(error, problem)
  return error
}

/** Null: the gateway itself does not know; the server may have said something. */
export const problemBehind = (error: unknown): Problem | null => {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const problem = behind.get(at)
    if (problem !== undefined) return problem
  }
  return null
}
