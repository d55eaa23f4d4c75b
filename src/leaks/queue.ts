/** Work that nobody waits for, one piece after the other, in memory. */
export type Queue<T> = {
  /** False when it is full: then nothing was taken. */
  readonly push: (item: T) => boolean
  /** Resolves when nothing is left; what fails from now on is not tried again. */
  readonly settled: () => Promise<void>
}

type Deps<T> = {
  readonly limit: number
  /** False or an exception: not done, to be tried again. */
  readonly work: (item: T) => Promise<boolean>
  readonly pause: (ms: number) => Promise<void>
  /** What was given up after all attempts. */
  readonly lost: (item: T, error: unknown) => void
}

const attempts = 20
const pauseMs = 500

export function createQueue<T>({ limit, work, pause, lost }: Deps<T>): Queue<T> {
  const waiting: { readonly item: T; readonly failures: number }[] = []
  let running: Promise<void> | null = null
  let isEnding = false

  const drain = async (): Promise<void> => {
    // Whoever pushed is answered first: how long the work takes must not show.
    await new Promise((resolve) => setImmediate(resolve))
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const { item, failures } = next
      const { isDone, error } = await work(item).then(
        (done) => ({ isDone: done, error: null }),
        (thrown: unknown) => ({ isDone: false, error: thrown }),
      )
      if (isDone) continue
      if (isEnding || failures + 1 >= attempts) lost(item, error)
      else {
        waiting.push({ item, failures: failures + 1 })
        await pause(pauseMs)
      }
    }
  }
  const start = (): void => {
    running = drain().finally(() => {
      running = null
      if (waiting.length > 0) start()
    })
  }
  return {
    push: (item) => {
      if (waiting.length >= limit) return false
      waiting.push({ item, failures: 0 })
      if (!running) start()
      return true
    },
    settled: async () => {
      isEnding = true
      while (running) await running
    },
  }
}
