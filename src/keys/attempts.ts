import { createBounded } from './bounded.ts'
import { sourceOf } from './network.ts'

/**
 * Counts failed attempts. `vouched`: the organization whose gateway says where the caller is, which may be a lie, so it
 * is counted apart; missing: seen here. A key is never locked because of them: that would let anyone who knows its id
 * switch it off.
 */
export type Attempts = {
  /** Seconds until the next attempt is looked at; 0: go on. Ask only when the secret is not warm. */
  readonly blocked: (keyId: string | null, source: string, isProxy: boolean, vouched?: string) => number
  readonly failed: (keyId: string | null, source: string, isProxy: boolean, vouched?: string) => void
}

type Deps = {
  /** Milliseconds; only differences count. */
  readonly now: () => number
  /** Places in the table. Full: the bucket that was charged longest ago is given up. */
  readonly capacity?: number
}

const minuteMs = 60_000
const perKeyAndSource = { burst: 10, everyMs: minuteMs / 10 }
const perSource = { burst: 100, everyMs: minuteMs / 100 }
type Bucket = typeof perSource

export function createAttempts({ now, capacity = 20_000 }: Deps): Attempts {
  // One number per bucket: the instant when it is empty again (GCRA).
  const emptyAt = createBounded<number>(capacity)
  const sources = createSources()

  const wait = (name: string, bucket: Bucket): number => {
    const over = (emptyAt.get(name) ?? 0) - now() - (bucket.burst - 1) * bucket.everyMs
    return over > 0 ? Math.ceil(over / 1000) : 0
  }
  const charge = (name: string, bucket: Bucket): void => {
    const level = Math.max(emptyAt.get(name) ?? 0, now()) + bucket.everyMs
    emptyAt.set(name, level)
  }

  return {
    blocked: (keyId, address, isProxy, vouched) => {
      const source = nameOf(sources(address), vouched)
      return Math.max(
        keyId === null ? 0 : wait(`${keyId} ${source}`, perKeyAndSource),
        // Behind a proxy that names nobody, one guesser would stand for everyone.
        isProxy ? 0 : wait(source, perSource),
      )
    },
    failed: (keyId, address, isProxy, vouched) => {
      const source = nameOf(sources(address), vouched)
      if (keyId !== null) charge(`${keyId} ${source}`, perKeyAndSource)
      if (!isProxy) charge(source, perSource)
    },
  }
}

const nameOf = (source: string, vouched: string | undefined): string =>
  vouched === undefined ? source : `${source} by ${vouched}`

/** Whoever guesses stays at one address: it is read once, not twice for each guess. */
function createSources(): (address: string) => string {
  let [known, source] = ['', sourceOf('')]
  return (address) => {
    if (address !== known) [known, source] = [address, sourceOf(address)]
    return source
  }
}
