import type { PriorDiscovery } from '@modelcontextprotocol/client'
import { createBounded } from '../../../keys/bounded.ts'

/** Which era a server speaks, by (server, address, credential version, subject): it may be another one for another subject. */
export type Eras = {
  readonly known: (name: string) => PriorDiscovery | null
  readonly learn: (name: string, prior: PriorDiscovery) => void
  readonly forget: (name: string) => void
}

/** Also of servers that have learned the newer one meanwhile: they would answer in the older for ever. */
export const eraMs = 10 * 60_000
const remembered = 5000

export function createEras(now: () => number): Eras {
  const held = createBounded<{ readonly prior: PriorDiscovery; readonly until: number } | null>(remembered)
  return {
    known: (name) => {
      const entry = held.get(name)
      return entry && entry.until > now() ? entry.prior : null
    },
    learn: (name, prior) => {
      const entry = held.get(name)
      // What was found out again counts from then on; what was only used does not.
      if (!entry || entry.until <= now() || entry.prior.kind !== prior.kind)
        held.set(name, { prior, until: now() + eraMs })
    },
    forget: (name) => held.set(name, null),
  }
}
