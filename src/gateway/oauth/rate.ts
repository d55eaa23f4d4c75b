/** How often one key may ask for tokens at one gateway. */
export type Rate = {
  /** Seconds to wait; 0: go on, and it was counted. */
  readonly take: (name: string) => number
}

type Deps = { readonly now: () => number; readonly perMinute?: number; readonly capacity?: number }

const minuteMs = 60_000

/** One number a name: the instant when all that was taken is given back (GCRA). Full, the one charged longest ago is forgotten. */
export function createRate({ now, perMinute = 60, capacity = 20_000 }: Deps): Rate {
  const emptyAt = new Map<string, number>()
  const everyMs = minuteMs / perMinute
  return {
    take: (name) => {
      const at = now()
      const level = Math.max(emptyAt.get(name) ?? 0, at) + everyMs
      const over = level - at - minuteMs
      if (over > 0) return Math.ceil(over / 1000)
      emptyAt.delete(name)
      emptyAt.set(name, level)
      if (emptyAt.size > capacity) for (const oldest of emptyAt.keys()) if (emptyAt.delete(oldest)) break
      return 0
    },
  }
}
