import { appRecord, appRecords } from '../apps/records/store.ts'
import { budgetRecord, budgetRecords } from '../budgets/records/store.ts'
import { catalogRecord, catalogRecords } from '../catalogs/records.ts'
import { organizationSecrets, type Root } from '../credentials/root.ts'
import type { Vault } from '../credentials/vault.ts'
import type { Db } from '../db/database.ts'
import type { Readers } from '../fleet/tail.ts'
import type { UnsealedOrganization, UnsealedRecord } from '../fleet/unsealed/schema.ts'
import { childRecord, childRecords } from '../keys/children/store.ts'
import { keyRecord, keyRecords } from '../keys/records/store.ts'
import { limitRecord, limitRecords } from '../limits/records/store.ts'
import { liveRulesOf } from '../people/policies/tiers.ts'
import { memberNews, memberRecords, teamRecord, teamRecords } from '../people/records.ts'
import { findOrganization, type OrganizationRow, organizationRecords } from '../people/store.ts'
import { projectRecord, projectRecords } from '../projects/store.ts'
import { providerRecord, providerRecords } from '../providers/records.ts'
import { serverRecord, serverRecords } from '../servers/records.ts'
import { pagesOf } from './every-page.ts'
import { createProviderLinks } from './provider-links.ts'

type Deps = {
  readonly root: Root
  readonly vault: Vault
  readonly now: () => number
  readonly log: { readonly error: (fields: object, message: string) => void }
}

type Prices = Pick<ReturnType<typeof createProviderLinks>, 'priceList'>

/** How the feed learns what there is, whichever domain it is in. */
export const createRecords = (deps: Deps) => {
  const organizationOf = (row: OrganizationRow): UnsealedOrganization => ({
    kind: 'organization',
    organization: row.id,
    id: row.id,
    revision: row.revision,
    slug: row.slug,
    name: row.name,
    isDefault: row.isDefault,
    maxStalenessSeconds: row.maxStalenessSeconds,
    mixedEnvironments: row.mixedEnvironments,
    privateNetworks: row.policies.privateNetworks,
    rules: liveRulesOf(row.policies, row.maxStalenessSeconds),
    secrets: organizationSecrets(deps.root, row.id, deps.now()),
  })
  const withPrices = { ...deps, priceList: createProviderLinks().priceList }
  const readers: Readers = {
    organization: async (db, organizationId) => {
      const row = await findOrganization(db, organizationId)
      return row && organizationOf(row)
    },
    member: memberNews,
    team: teamRecord,
    project: projectRecord,
    catalog: catalogRecord,
    app: appRecord,
    server: serverRecord(deps),
    key: keyRecord,
    child: childRecord,
    provider: providerRecord(withPrices),
    limit: limitRecord,
    budget: budgetRecord,
  }
  return { readers, snapshotOf: createSnapshot(organizationOf, withPrices) }
}

/** What stands behind keys before the keys, so that no page holds a key whose owner is still on the way. */
const beforeKeys = [memberRecords, teamRecords, projectRecords, catalogRecords, appRecords]

const createSnapshot = (organizationOf: (row: OrganizationRow) => UnsealedOrganization, deps: Deps & Prices) => {
  const servers = serverRecords(deps)
  const providers = providerRecords(deps)
  return async function* (db: Db): AsyncIterable<readonly UnsealedRecord[]> {
    yield (await organizationRecords(db)).map(organizationOf)
    for (const records of beforeKeys) yield* pagesOf<UnsealedRecord>((after, limit) => records(db, null, after, limit))
    yield* servers(db)
    yield* providers(db)
    for (const records of [limitRecords, budgetRecords])
      yield* pagesOf<UnsealedRecord>((after, limit) => records(db, null, after, limit))
    yield* pagesOf((after, limit) => keyRecords(db, null, after, limit))
    yield* pagesOf((after, limit) => childRecords(db, null, after, limit, deps.now()))
  }
}
