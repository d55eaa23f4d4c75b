import { stat } from 'node:fs/promises'
import { inOrder } from '../../audit/local/layout.ts'
import { type Place, placesIn } from '../../audit/local/read.ts'

type Deps = {
  /** Of all gateways on this machine's disk. */
  readonly root: string
  readonly gateway: string
  readonly now: () => number
  readonly limits: { readonly days: number; readonly bytes: number }
  readonly remove: (file: string) => Promise<void>
}
/** Lets the oldest files of a gateway's own log go: by age, and when they are too large together. */
export type Oldest = {
  readonly sweep: () => Promise<void>
  /** Something was written: now and then that is one file too many, or a new day. */
  readonly grown: (bytes: number) => Promise<void>
}

const dayMs = 86_400_000
const sweepMs = 3_600_000

export function createOldest({ root, gateway, now, limits, remove }: Deps): Oldest {
  let bytes = 0
  let sweptAt = 0
  const sweep = async (): Promise<void> => {
    sweptAt = now()
    const oldestDay = new Date(now() - limits.days * dayMs).toISOString().slice(0, 10)
    const kept: { place: Place; size: number }[] = []
    // A former gateway of this directory has nobody else who looks after what it left.
    for (const place of await placesIn(root))
      if (place.day < oldestDay) await remove(place.path)
      else if (place.gateway === gateway) kept.push({ place, size: (await stat(place.path)).size })
    kept.sort((one, other) => inOrder(one.place, other.place))
    bytes = kept.reduce((sum, { size }) => sum + size, 0)
    for (const { place, size } of kept.slice(0, -1)) {
      if (bytes <= limits.bytes) break
      await remove(place.path)
      bytes -= size
    }
  }
  return {
    sweep,
    grown: async (more) => {
      bytes += more
      if (bytes > limits.bytes || now() - sweptAt >= sweepMs) await sweep()
    },
  }
}
