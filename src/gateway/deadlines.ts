import { createBag, type Placed } from './bag.ts'

/** Things that must have happened a fixed time after they were started. */
export type Deadlines<Item> = {
  readonly start: (item: Item) => void
  /** It happened, or nobody waits for it any more. */
  readonly end: (item: Item) => void
}

/** `startedAt` is kept here as well. */
export type Awaited = Placed & { startedAt: number }

type Deps<Item> = {
  readonly ms: number
  readonly monotonic: () => number
  readonly onOver: (item: Item) => void
}

/**
 * One timer for all. undici's own time-out makes a timer per call that stays in its list for half a second: thousands
 * of objects that outlive the young generation.
 */
export function createDeadlines<Item extends Awaited>({ ms, monotonic, onOver }: Deps<Item>): Deadlines<Item> {
  const waiting = createBag<Item>()
  let timer: NodeJS.Timeout | null = null
  const look = (): void => {
    timer = null
    const now = monotonic()
    let next = Number.POSITIVE_INFINITY
    for (const item of [...waiting.items]) {
      const left = item.startedAt + ms - now
      if (left > 0) {
        next = Math.min(next, left)
        continue
      }
      waiting.remove(item)
      onOver(item)
    }
    if (next < Number.POSITIVE_INFINITY) wait(next)
  }
  const wait = (left: number): void => {
    timer ??= setTimeout(look, Math.ceil(left)).unref()
  }
  return {
    start: (item) => {
      item.startedAt = monotonic()
      waiting.add(item)
      if (timer === null) wait(ms)
    },
    end: waiting.remove,
  }
}
