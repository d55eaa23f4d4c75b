import { organizationSecrets, type Root } from '../credentials/root.ts'
import type { Vault } from '../credentials/vault.ts'
import type { Db } from '../db/database.ts'
import type { UnsealedOrganization, UnsealedRecord } from '../fleet/schema.ts'
import type { Readers } from '../fleet/tail.ts'
import type { ResolveServers } from '../keys/create.ts'
import { keyRecord, keyRecords } from '../keys/store.ts'
import { findOrganization, type OrganizationRow, organizationRecords } from '../people/store.ts'
import { serverRecord, serverRecords } from '../servers/records.ts'
import { findServers } from '../servers/store.ts'

type Deps = {
  readonly root: Root
  readonly vault: Vault
  readonly now: () => number
  readonly log: { readonly error: (fields: object, message: string) => void }
}

const perPage = 500

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
    secrets: organizationSecrets(deps.root, row.id, deps.now()),
  })
  const readers: Readers = {
    organization: async (db, organizationId) => {
      const row = await findOrganization(db, organizationId)
      return row && organizationOf(row)
    },
    key: keyRecord,
    server: serverRecord(deps),
  }
  return { readers, snapshotOf: createSnapshot(organizationOf, deps) }
}

const createSnapshot = (organizationOf: (row: OrganizationRow) => UnsealedOrganization, deps: Deps) => {
  const servers = serverRecords(deps)
  return async function* (db: Db): AsyncIterable<readonly UnsealedRecord[]> {
    yield (await organizationRecords(db)).map(organizationOf)
    yield* servers(db)
    let after: { organization: string; id: string } | null = null
    for (;;) {
      const page = await keyRecords(db, null, after, perPage)
      if (page.length > 0) yield page
      const last = page.at(-1)
      if (page.length < perPage || !last) return
      after = { organization: last.organization, id: last.id }
    }
  }
}

/** For keys, which may not know servers' tables. */
export const resolveServers =
  (now: () => number): ResolveServers =>
  (db, organizationId, names) =>
    findServers(db, organizationId, names, now())
