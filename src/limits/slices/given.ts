import type { Grant, Holder, Returned, SliceAsk } from '../../fleet/slices/schema.ts'

/**
 * What of a minute each process was given here: it may return no more, or it would return what others have taken. Known
 * to this control alone: what comes back to another one, or after a restart, is lost until its window ends.
 */
export type Given = {
  readonly note: (holder: Holder, asks: readonly SliceAsk[], grants: readonly Grant[]) => void
  /** As much of each as was given and has not come back before; seats are counted in the store and pass. */
  readonly back: (holder: Holder, items: readonly Returned[]) => Returned[]
}

/** The running one, the next one, and one that ends while something of it is on its way. */
const minutesKept = 3

export function createGiven(): Given {
  const byMinute = new Map<string, Map<string, number>>()
  const nameOf = ({ gateway, boot }: Holder, organization: string, pool: string): string =>
    JSON.stringify([gateway, boot, organization, pool])
  const inMinute = (window: string): Map<string, number> => {
    const known = byMinute.get(window) ?? new Map<string, number>()
    byMinute.set(window, known)
    const [oldest = window] = byMinute.keys()
    if (byMinute.size > minutesKept) byMinute.delete(oldest)
    return known
  }
  return {
    note: (holder, asks, grants) => {
      for (const [place, { pool, window, amount }] of grants.entries()) {
        const ask = asks[place]
        if (!ask || amount === 0 || window === 'total') continue
        const name = nameOf(holder, ask.organization, pool)
        const given = inMinute(window)
        given.set(name, (given.get(name) ?? 0) + amount)
      }
    },
    back: (holder, items) =>
      items.flatMap((item) => {
        if (item.window === 'total') return [item]
        const given = byMinute.get(item.window)
        const name = nameOf(holder, item.organization, item.pool)
        const held = given?.get(name) ?? 0
        const unused = Math.min(item.unused, held)
        if (unused === 0) return []
        given?.set(name, held - unused)
        return [{ ...item, unused }]
      }),
  }
}
