import { headerFor } from '../../credentials/injection.ts'
import { ok, type Result, refuse } from '../../problems.ts'
import type { ProviderAuth, ProviderRecord } from '../../providers/schema.ts'
import type { Secret } from '../../secret.ts'
import type { Slot } from '../../servers/schema.ts'
import type { OpenPool } from '../egress.ts'
import type { Upstream } from '../forward.ts'
import { formsOf } from '../mcp/scan.ts'
import type { Pool } from '../mcp/upstreams.ts'

type Deps = {
  readonly openPool: OpenPool
  /** Opens the sealed value of the provider's credential; throws if it is not sealed to us. */
  readonly openProviderCredential: (provider: ProviderRecord) => Secret | null
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

/** Its path is that of the base URL, without a slash at the end. */
export type ProviderUpstreams = {
  readonly of: (provider: ProviderRecord) => Result<Upstream>
  /** The provider is gone: nothing new goes through its connections. */
  readonly drop: (providerId: string) => void
  readonly close: () => Promise<void>
}

type Prepared = { readonly provider: ProviderRecord; readonly pool: Pool; readonly upstream: Upstream }

/** Connections and opened credentials, prepared once per state of a provider; as for servers (mcp/upstreams.ts). */
export function createProviderUpstreams(deps: Deps): ProviderUpstreams {
  const prepared = new Map<string, Prepared>()
  const drop = (id: string): void => {
    const held = prepared.get(id)
    prepared.delete(id)
    // Ends when its last call has ended.
    held?.pool.close().catch(() => {})
  }
  return {
    of: (provider) => {
      const held = prepared.get(provider.id)
      if (held?.provider === provider) return ok(held.upstream)
      drop(provider.id)
      try {
        const fresh = prepare(deps, provider)
        prepared.set(provider.id, fresh)
        return ok(fresh.upstream)
      } catch (error) {
        deps.log.error({ provider: provider.id, error }, 'a provider could not be prepared')
        return refuse('internal')
      }
    },
    drop,
    close: async () => {
      const pools = [...prepared.values()].map(({ pool }) => pool)
      prepared.clear()
      await Promise.allSettled(pools.map((pool) => pool.close()))
    },
  }
}

const slots: Readonly<Record<ProviderAuth, Slot>> = {
  bearer: { slot: 'header', name: 'authorization', template: 'Bearer {value}' },
  'x-api-key': { slot: 'header', name: 'x-api-key', template: '{value}' },
  'api-key': { slot: 'header', name: 'api-key', template: '{value}' },
}

function prepare(deps: Deps, provider: ProviderRecord): Prepared {
  const url = new URL(provider.baseUrl)
  const value = deps.openProviderCredential(provider)
  const header = value === null ? null : headerFor(slots[provider.auth], value)
  if (value !== null && header === null) throw new Error('the credential does not fit its slot')
  const { organization, timeouts } = provider
  const pool = deps.openPool(url.origin, { organization, connectMs: timeouts.connectSeconds * 1000 })
  const upstream = {
    pool,
    path: url.pathname.replace(/\/+$/, ''),
    injected: header === null ? null : { name: header.name, value: header.value.reveal() },
    secretForms: value === null ? [] : formsOf(value.reveal()),
    timeouts,
  }
  return { provider, pool, upstream }
}

/** Its address or its credential is another one now: what was opened there has no business here. */
export const isMoved = (before: ProviderRecord, now: ProviderRecord): boolean =>
  before !== now && whereabouts(before) !== whereabouts(now)

const whereabouts = ({ baseUrl, auth, dialect, injection }: ProviderRecord): string =>
  JSON.stringify([baseUrl, auth, dialect, injection?.credential, injection?.version])
