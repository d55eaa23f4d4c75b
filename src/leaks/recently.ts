/** Whether something has happened before, a short while ago: what comes many times a second is told once. */
export type Recently = (name: string) => boolean

type Deps = {
  /** Milliseconds; only differences count. */
  readonly now: () => number
  readonly forMs: number
  /** Full: the oldest is forgotten, and may be told again. */
  readonly capacity?: number
}

/** Asking is what counts it. In the memory of this process: after its start everything is new. */
export function createRecently({ now, forMs, capacity = 10_000 }: Deps): Recently {
  const until = new Map<string, number>()
  return (name) => {
    if ((until.get(name) ?? 0) > now()) return true
    until.delete(name)
    until.set(name, now() + forMs)
    if (until.size > capacity) for (const oldest of until.keys()) return until.delete(oldest) && false
    return false
  }
}
