import type { Dispatcher } from 'undici'
import { ok, type Result, refuse } from '../problems.ts'
import type { Upstream } from './outbound.ts'

export type Pool = Pick<Dispatcher, 'dispatch'> & { readonly close: () => Promise<void> }
export type Connected = { readonly pool: Pool; readonly upstream: Upstream }

/** Connections and opened credentials, prepared once per state of a server or provider. */
export type Prepared<T> = {
  /** Refused where it cannot be prepared, as with a credential that does not open. */
  readonly of: (record: T) => Result<Upstream>
  /** It is gone: its connections end when their last calls have ended. */
  readonly drop: (id: string) => void
  readonly close: () => Promise<void>
}

type Held<T> = Connected & { readonly record: T }

/** `make` may throw; `failed` hears why, and the caller is told that something is wrong on our side. */
export function createPrepared<T extends { readonly id: string }>(
  make: (record: T) => Connected,
  failed: (record: T, error: unknown) => void,
): Prepared<T> {
  const held = new Map<string, Held<T>>()
  const drop = (id: string): void => {
    const old = held.get(id)
    held.delete(id)
    old?.pool.close().catch(() => {})
  }
  return {
    of: (record) => {
      const known = held.get(record.id)
      if (known?.record === record) return ok(known.upstream)
      drop(record.id)
      try {
        const fresh = { record, ...make(record) }
        held.set(record.id, fresh)
        return ok(fresh.upstream)
      } catch (error) {
        failed(record, error)
        return refuse('internal')
      }
    },
    drop,
    close: async () => {
      const pools = [...held.values()].map(({ pool }) => pool)
      held.clear()
      await Promise.allSettled(pools.map((pool) => pool.close()))
    },
  }
}
