export type Job = {
  readonly name: string
  readonly everyMs: number
  /** Looks between two pieces of its work whether it should go on. */
  readonly run: (isStopping: () => boolean) => Promise<void>
}
export type Jobs = { readonly start: () => void; readonly stop: () => Promise<void> }
type Deps = {
  /** Calls again and again until it is told to stop; must not keep the process alive. */
  readonly every: (ms: number, run: () => void) => () => void
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

/** Chores beside the calls. One that is still running is not started again, and a failure waits for the next round. */
export const createJobs = (deps: Deps, jobs: readonly Job[]): Jobs => {
  const running = new Map<string, Promise<void>>()
  const stops: (() => void)[] = []
  let isStopping = false
  const run = ({ name, run: work }: Job): void => {
    if (running.has(name)) return
    const done = work(() => isStopping)
      .catch((err) => deps.log.error({ err, job: name }, 'a job failed and will be tried again'))
      .finally(() => running.delete(name))
    running.set(name, done)
  }
  return {
    start: () => {
      for (const job of jobs) {
        stops.push(deps.every(job.everyMs, () => run(job)))
        run(job)
      }
    },
    stop: async () => {
      isStopping = true
      for (const stop of stops.splice(0)) stop()
      await Promise.all(running.values())
    },
  }
}
