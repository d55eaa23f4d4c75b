import type { Problem } from '../../../problems.ts'

/** Why answers never came, beside the errors that the SDK hands on. */
const behind = new WeakMap<Error, Problem>()

export const undelivered = (problem: Problem): Error => because(problem, new Error(problem.detail))

/** The same error, of which is remembered what was behind it. */
export function because<T extends Error>(problem: Problem, error: T): T {
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
