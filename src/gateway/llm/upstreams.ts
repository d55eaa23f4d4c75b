import { headerFor } from '../../credentials/injection.ts'
import type { ProviderAuth, ProviderRecord } from '../../providers/schema.ts'
import type { Secret } from '../../secret.ts'
import type { Slot } from '../../servers/schema.ts'
import type { OpenPool } from '../egress.ts'
import { formsOf } from '../mcp/scan.ts'
import { type Connected, createPrepared, type Prepared } from '../prepared.ts'

type Deps = {
  readonly openPool: OpenPool
  /** Opens the sealed value of the provider's credential; throws if it is not sealed to us. */
  readonly openProviderCredential: (provider: ProviderRecord) => Secret | null
  readonly log: { readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void }
}

/** Its path is that of the base URL, without a slash at the end. */
export type ProviderUpstreams = Prepared<ProviderRecord>

export const createProviderUpstreams = (deps: Deps): ProviderUpstreams =>
  createPrepared(
    (provider) => prepare(deps, provider),
    (provider, error) => deps.log.error({ provider: provider.id, error }, 'a provider could not be prepared'),
  )

const slots: Readonly<Record<ProviderAuth, Slot>> = {
  bearer: { slot: 'header', name: 'authorization', template: 'Bearer {value}' },
  'x-api-key': { slot: 'header', name: 'x-api-key', template: '{value}' },
  'api-key': { slot: 'header', name: 'api-key', template: '{value}' },
}

function prepare(deps: Deps, provider: ProviderRecord): Connected {
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
  return { pool, upstream }
}

/** Its address or its credential is another one now: what was opened there has no business here. */
export const isMoved = (before: ProviderRecord, now: ProviderRecord): boolean =>
  before !== now && whereabouts(before) !== whereabouts(now)

const whereabouts = ({ baseUrl, auth, dialect, injection }: ProviderRecord): string =>
  JSON.stringify([baseUrl, auth, dialect, injection?.credential, injection?.version])
