/** When to look at one server: now, and then again while the process lives. */
export type Probing = {
  /** What was seen before now does not count: while a probe runs, another follows it. */
  readonly now: () => void
  /** After a little while, longer each time that it stays bad. */
  readonly soon: () => void
  readonly stop: () => void
}
type Deps = {
  /** `isOvertaken`: somebody has asked since, and another probe follows, which tells what is true now. */
  readonly probe: (isOvertaken: () => boolean) => Promise<boolean>
  readonly isPeriodic: boolean
  readonly everyMs: number
  readonly firstRetryMs: number
  readonly random: () => number
  readonly setTimer: (ms: number, run: () => void) => () => void
}

export const createProbing = (deps: Deps): Probing => {
  let failures = 0
  let stopped = false
  let cancel: (() => void) | null = null
  let running = false
  let isWanted = false
  let wasOvertaken = false
  /** Never twice in a row: who is asked all the time still tells something. */
  const isOvertaken = () => {
    wasOvertaken = isWanted && !wasOvertaken
    return wasOvertaken
  }
  const again = (ms: number) => {
    cancel?.()
    // Jitter, so that a fleet that started together does not call a server together for ever.
    cancel = stopped ? null : deps.setTimer(ms * (0.8 + 0.4 * deps.random()), look)
  }
  const look = () => {
    cancel?.()
    cancel = null
    if (stopped) return
    if (running) {
      isWanted = true
      return
    }
    running = true
    void deps.probe(isOvertaken).then((isReady) => {
      running = false
      failures = isReady ? 0 : failures + 1
      if (isWanted) {
        isWanted = false
        return look()
      }
      if (isReady && deps.isPeriodic) again(deps.everyMs)
      if (!isReady) again(delayAfter(failures, deps))
    })
  }
  return {
    now: look,
    soon: () => {
      if (!running) again(delayAfter(Math.max(1, failures), deps))
    },
    stop: () => {
      stopped = true
      cancel?.()
    },
  }
}

/** 1 s, 2 s, 4 s … up to the period: who has just started his server sees it ready at once. A child waits ten times longer. */
const delayAfter = (failures: number, { firstRetryMs, everyMs, isPeriodic }: Deps): number => {
  const longest = isPeriodic ? everyMs : 10 * everyMs
  return Math.min(longest, firstRetryMs * 2 ** Math.min(failures - 1, 20))
}
