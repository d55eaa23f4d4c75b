import { createBag, type Placed } from './bag.ts'

/** Things that must have happened by an instant of the monotonic clock. */
export type Deadlines<Item> = {
  readonly start: (item: Item) => void
  /** Its `dueAt` is another now. A later one need not be told: it is seen when the former comes. */
  readonly sooner: (item: Item) => void
  /** It happened, or nobody waits for it any more. */
  readonly end: (item: Item) => void
}

/** `dueAt`: milliseconds of the monotonic clock. */
export type Awaited = Placed & { dueAt: number }

type Deps<Item> = {
  readonly monotonic: () => number
  readonly onOver: (item: Item) => void
}

/** Node's timers overflow into "at once" beyond this. */
const longestTimerMs = 2 ** 31 - 1

/**
 * One timer for all. undici's own time-out makes a timer per call that stays in its list for half a second: thousands
 * of objects that outlive the young generation.
 */
export function createDeadlines<Item extends Awaited>({ monotonic, onOver }: Deps<Item>): Deadlines<Item> {
  const waiting = createBag<Item>()
  let timer: NodeJS.Timeout | null = null
  let wakesAt = Number.POSITIVE_INFINITY
  const look = (): void => {
    timer = null
    wakesAt = Number.POSITIVE_INFINITY
    const now = monotonic()
    let next = Number.POSITIVE_INFINITY
    for (const item of [...waiting.items]) {
      if (item.dueAt > now) {
        next = Math.min(next, item.dueAt)
        continue
      }
      waiting.remove(item)
      onOver(item)
    }
    if (next < wakesAt) wakeAt(next)
  }
  const wakeAt = (at: number): void => {
    if (timer !== null) clearTimeout(timer)
    wakesAt = at
    const left = Math.max(0, Math.ceil(at - monotonic()))
    timer = setTimeout(look, Math.min(left, longestTimerMs)).unref()
  }
  const sooner = (item: Item): void => {
    if (item.dueAt < wakesAt) wakeAt(item.dueAt)
  }
  return {
    start: (item) => {
      waiting.add(item)
      sooner(item)
    },
    sooner,
    end: waiting.remove,
  }
}
