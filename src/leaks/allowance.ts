import { sourceOf } from '../keys/network.ts'

/** So many calls an hour from one source: an IPv4 address, or the /64 that one IPv6 customer has. */
export type Allowance = {
  /** 0 and counted; or the seconds until the next call is taken, and not counted. */
  readonly take: (address: string) => number
}

type Deps = {
  /** Milliseconds; only differences count. */
  readonly now: () => number
  readonly perHour: number
  /** Places in the table. Full: the source that called longest ago is forgotten. */
  readonly capacity?: number
}

const hourMs = 3_600_000

export function createAllowance({ now, perHour, capacity = 20_000 }: Deps): Allowance {
  // One number per source: the instant when all of its calls are given back (GCRA).
  const fullAt = new Map<string, number>()
  const everyMs = hourMs / perHour
  return {
    take: (address) => {
      const source = sourceOf(address)
      const level = Math.max(fullAt.get(source) ?? 0, now())
      const over = level - now() - (perHour - 1) * everyMs
      if (over > 0) return Math.ceil(over / 1000)
      fullAt.delete(source)
      fullAt.set(source, level + everyMs)
      if (fullAt.size > capacity) for (const oldest of fullAt.keys()) return forget(oldest)
      return 0
    },
  }
  function forget(source: string): 0 {
    fullAt.delete(source)
    return 0
  }
}
