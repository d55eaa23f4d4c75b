import { ok, type Result, refuse } from '../problems.ts'
import { isDeadlock, isUniqueViolation } from './violation.ts'

/**
 * Two may change one object at the same time: the later one lost the race and not an argument, so it goes again on what
 * is there now, unless it said with If-Match which state it had in mind.
 */
export const untilCurrent = async <T>(ifMatch: string | null, write: () => Promise<Result<T>>): Promise<Result<T>> => {
  for (let attempt = 1; ; attempt += 1) {
    const done = await orDeadlocked(write, attempt)
    if (done !== null && (!isStale(done) || ifMatch !== null || attempt === attemptsAtMost)) return done
  }
}
const attemptsAtMost = 10
const isStale = (result: Result<unknown>): boolean => !result.ok && result.problem.code === 'stale'

/** Null: it waited for somebody who waited for it, has been rolled back, and may go again. */
const orDeadlocked = async <T>(write: () => Promise<T>, attempt: number): Promise<T | null> => {
  try {
    return await write()
  } catch (error) {
    if (isDeadlock(error) && attempt < attemptsAtMost) return null
    throw error
  }
}

/**
 * Two may ask for the same slug at the same time: both find it free, the index lets one through. Around the unit of
 * work, never inside it: on PostgreSQL the unit is over with the violation.
 */
export const uniqueSlug = async <T>(
  what: string,
  slug: string | undefined,
  write: () => Promise<Result<T>>,
): Promise<Result<T>> => {
  try {
    return await undisturbed(write)
  } catch (error) {
    if (slug !== undefined && isUniqueViolation(error)) return slugTaken(what, slug)
    throw error
  }
}

const undisturbed = async <T>(write: () => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt += 1) {
    const done = await orDeadlocked(write, attempt)
    if (done !== null) return done
  }
}

/** `what` as in a sentence: "Another team has the slug ops." */
export const slugTaken = (what: string, slug: string): ReturnType<typeof refuse> =>
  refuse('slug_taken', {
    detail: `Another ${what} has the slug ${slug}.`,
    errors: [{ pointer: '/slug', detail: 'is taken' }],
  })

/** A write whose guard found another revision than the one that was read. */
export const guarded = <T>(isWritten: boolean, value: T): Result<T> => (isWritten ? ok(value) : refuse('stale'))
