import { ok, type Result, refuse } from '../problems.ts'

/** Where Argon2 runs: few at a time, a bounded queue before it, so that a flood costs those who wait, not the process. */
export type Lane = {
  /** Runs `work` when there is room; at most one job per id at a time. Full or waited too long: `busy`, never a 401. */
  readonly run: <T>(id: string, work: () => Promise<T>) => Promise<Result<T>>
  readonly load: () => { running: number; waiting: number }
}

export type LaneOptions = {
  /** Jobs at once (see `laneWidth`). */
  readonly width?: number
  readonly queue?: number
  readonly waitMs?: number
}

type Waiting = { readonly id: string; readonly start: () => void }

/**
 * Parallel Argon2 fights for memory bandwidth: two jobs give the best throughput that was measured, four and more give
 * less. It also runs in libuv's pool, which must keep two threads for files and name look-ups.
 */
export const laneWidth = (cores: number, poolThreads: number): number =>
  Math.max(1, Math.min(2, cores - 1, poolThreads - 2))

export function createLane({ width = 2, queue = 64, waitMs = 1000 }: LaneOptions = {}): Lane {
  const running = new Set<string>()
  const waiting: Waiting[] = []

  const next = (): void => {
    for (let i = 0; i < waiting.length && running.size < width; ) {
      const job = waiting[i]
      if (job === undefined || running.has(job.id)) i += 1
      else {
        waiting.splice(i, 1)
        job.start()
      }
    }
  }
  /** Resolves true when the caller may run (its id is then taken), false when it waited too long. */
  const admitted = (id: string): Promise<boolean> => {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const job: Waiting = {
      id,
      start: () => {
        clearTimeout(timer)
        running.add(id)
        resolve(true)
      },
    }
    const timer = setTimeout(() => {
      waiting.splice(waiting.indexOf(job), 1)
      resolve(false)
    }, waitMs)
    waiting.push(job)
    next()
    return promise
  }

  return {
    load: () => ({ running: running.size, waiting: waiting.length }),
    run: async (id, work) => {
      if (waiting.length >= queue || !(await admitted(id))) return refuse('busy', { retryAfterSeconds: 1 })
      try {
        return ok(await work())
      } finally {
        running.delete(id)
        next()
      }
    },
  }
}
