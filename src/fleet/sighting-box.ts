import type { FromGateway, Sighting } from './schema.ts'

/**
 * Sightings go at once, and are kept until control has answered a heartbeat that was sent after them: the socket keeps
 * the order, so it has them. What broke with a connection is sent again; control knows what it was told twice.
 */
export type SightingBox = {
  readonly add: (item: Sighting) => void
  readonly attached: () => void
  readonly detached: () => void
  /** A heartbeat of this number is sent now. */
  readonly beat: (n: number) => void
  readonly answered: (n: number) => void
}

type Kept = { readonly item: Sighting; beat: number }

/** While control is away; the first ones say most. */
const keptAtMost = 1000

export function createSightingBox(send: (frame: FromGateway) => void): SightingBox {
  let kept: Kept[] = []
  let isAttached = false
  let last = 0
  const sendAll = (some: readonly Kept[]): void => {
    if (!isAttached || some.length === 0) return
    for (const each of some) each.beat = last + 1
    send({ type: 'sightings', items: some.map(({ item }) => item) })
  }
  return {
    add: (item) => {
      if (kept.length >= keptAtMost) return
      const fresh = { item, beat: last + 1 }
      kept.push(fresh)
      sendAll([fresh])
    },
    attached: () => {
      isAttached = true
      sendAll(kept)
    },
    detached: () => {
      isAttached = false
    },
    beat: (n) => {
      last = n
    },
    answered: (n) => {
      if (kept.length > 0) kept = kept.filter(({ beat }) => beat > n)
    },
  }
}
