import type { Standing } from './roster.ts'

/** Freshness that an organization has given up: gateways that have not heard of it go on with it. */
export type Formers = {
  /** `number` of the change, once somebody knows it; `forMs`: until nobody can decide with the former value any more. */
  readonly add: (organizationId: string, seconds: number, number: Promise<number>, forMs: number) => void
  /** The longest one that this process may still have; 0: none. */
  readonly longestOf: (standing: Standing, organizationId: string) => number
}

type Former = { readonly organizationId: string; readonly seconds: number; readonly until: number; number: number }

export function createFormers(monotonic: () => number): Formers {
  const held = new Set<Former>()
  return {
    add: (organizationId, seconds, number, forMs) => {
      const now = monotonic()
      for (const former of held) if (former.until < now) held.delete(former)
      // Applied by nobody as long as nobody knows its number.
      const former: Former = { organizationId, seconds, until: now + forMs, number: Number.POSITIVE_INFINITY }
      held.add(former)
      number.then(
        (known) => {
          former.number = known
        },
        () => {},
      )
    },
    longestOf: ({ applied }, organizationId) => {
      let longest = 0
      for (const former of held) {
        const isUnheard = applied === null || applied < former.number
        if (former.organizationId === organizationId && isUnheard) longest = Math.max(longest, former.seconds)
      }
      return longest
    },
  }
}
