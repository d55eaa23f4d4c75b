import { isVaultError, vaultError } from '../credentials/cipher.ts'
import { latestVersion } from '../credentials/store.ts'
import type { Vault } from '../credentials/vault.ts'
import type { Db } from '../db/database.ts'
import type { GoneRecord } from '../fleet/schema.ts'
import type { UnsealedProvider, UnsealedRecord } from '../fleet/unsealed/schema.ts'
import { normalBaseUrl } from './base-url.ts'
import type { PriceList } from './prices/list.ts'
import { offerOf } from './prices/offer.ts'
import { anyProvider, type Provider, providerIds } from './store.ts'

type Deps = {
  readonly vault: Pick<Vault, 'openVersion'>
  readonly priceList: Pick<PriceList, 'find'>
  readonly log: { readonly error: (fields: object, message: string) => void }
}
export type ProviderReader = (
  db: Db,
  organizationId: string,
  id: string,
) => Promise<UnsealedProvider | GoneRecord | null>

/** A provider as gateways need it, its credential opened; the feed seals it to each gateway before it leaves. */
export const providerRecord =
  ({ vault, priceList, log }: Deps): ProviderReader =>
  async (db, organization, id) => {
    const provider = await anyProvider(db, organization, id)
    if (!provider) return null
    const gone: GoneRecord = { kind: 'gone', of: 'provider', organization, id, revision: provider.revision }
    if (provider.state === 'deleted') return gone
    try {
      return recordOf(priceList, provider, await injectionOf(vault, db, provider))
    } catch (error) {
      if (!isVaultError(error)) throw error
      // As for servers: this one is withheld, and every other goes on.
      log.error({ error, organization, provider: id }, 'a provider is withheld: its credential cannot be opened')
      return gone
    }
  }

const recordOf = (
  list: Deps['priceList'],
  provider: Provider,
  injection: UnsealedProvider['injection'],
): UnsealedProvider => {
  // One of before there were presets may be written otherwise.
  const baseUrl = normalBaseUrl(provider.baseUrl, provider.dialect, provider.preset)
  const place = { preset: provider.preset, baseUrl }
  return {
    kind: 'provider',
    organization: provider.organizationId,
    id: provider.id,
    revision: provider.revision,
    slug: provider.slug,
    name: provider.name,
    project: provider.projectId,
    dialect: provider.dialect,
    baseUrl,
    auth: provider.auth,
    injection,
    timeouts: provider.timeouts,
    retries: provider.retries,
    models: provider.models.map((model) => offerOf(list, place, model)),
  }
}

const injectionOf = async (
  vault: Deps['vault'],
  db: Db,
  { organizationId, credentialId }: Provider,
): Promise<UnsealedProvider['injection']> => {
  if (credentialId === null) return null
  const version = await latestVersion(db, organizationId, credentialId)
  // Without its credential the provider would be called as nobody: better not at all.
  if (version === null) throw vaultError(`credential ${credentialId}`)
  const value = await vault.openVersion(db, organizationId, credentialId, version)
  return { credential: credentialId, version, value }
}

/** Every live provider of the installation, in pages, for a snapshot; few at a time, as each may have 1000 models. */
export const providerRecords = (deps: Deps) => {
  const read = providerRecord(deps)
  return async function* (db: Db, pageSize = 20): AsyncIterable<UnsealedRecord[]> {
    let after: { organizationId: string; id: string } | null = null
    while (true) {
      const ids = await providerIds(db, after, pageSize)
      const records: UnsealedRecord[] = []
      for (const { organizationId, id } of ids) {
        const record = await read(db, organizationId, id)
        if (record) records.push(record)
      }
      if (records.length > 0) yield records
      if (ids.length < pageSize) return
      after = ids.at(-1) ?? null
    }
  }
}
