import { randomBytes } from 'node:crypto'
import { announce } from '../src/db/changes.ts'
import type { Database, Db } from '../src/db/database.ts'
import type { Readers } from '../src/fleet/tail.ts'
import type { UnsealedRecord } from '../src/fleet/unsealed/schema.ts'
import { keyRecord, keyRecords } from '../src/keys/records/store.ts'
import { Secret } from '../src/secret.ts'
import { scopeOf } from './fake-control.ts'
import { liveRules } from './live-rules.ts'

/** Two organizations with keys, as the feed reads them. */

export const [orgA, orgB] = ['org_aaaaaaaaaaaaaaaa', 'org_bbbbbbbbbbbbbbbb']

export async function prepare(database: Database): Promise<void> {
  await database.system.transaction(async (db) => {
    const log_id = randomBytes(8).toString('hex')
    const installation = { id: 1, log_id, root_id: 'root', root_check: 'check', created_at: 1 }
    await db.insertInto('installation').values(installation).execute()
    for (const [id, is_default] of [
      [orgA, 1],
      [orgB, 0],
    ] as const) {
      const row = {
        id,
        slug: id.slice(-4),
        name: id,
        is_default,
        max_staleness_seconds: 60,
        revision: 1,
        created_at: 1,
      }
      await db.insertInto('organizations').values(row).execute()
    }
  })
}

/** A key's row as it would stand after its creation. */
export const insertKeyRow = async (db: Db, organization: string, id: string): Promise<void> => {
  const scope = JSON.stringify(scopeOf())
  const owner = { owner_type: 'member', owner_id: 'mem_a', owner_name: 'Ada', created_by: 'mem_a' } as const
  await db
    .insertInto('keys')
    .values({
      organization_id: organization,
      id,
      token_kind: 'k',
      name: id,
      description: '',
      ...owner,
      state: 'active',
      scope,
      max_staleness_seconds: null,
      expires_at: null,
      created_at: 1,
      revoked_at: null,
      revision: 1,
    })
    .execute()
  const version = { version: 1, phc: 'phc', gate: 1, pepper_id: 'root', created_at: 1, valid_until: null }
  await db
    .insertInto('secret_versions')
    .values({ organization_id: organization, key_id: id, ...version })
    .execute()
}

export const keyIdOf = (n: number): string => `key_${String(n).padStart(16, '0')}`

/** Each answers with the row of the change. */
export const changes = (database: Database) => ({
  createKey: (organization: string, id: string) =>
    database.transaction(organization, async (db) => {
      await insertKeyRow(db, organization, id)
      return announce(db, organization, { kind: 'key', id, at: 1 })
    }),
  revokeKey: (organization: string, id: string) =>
    database.transaction(organization, async (db) => {
      await db
        .updateTable('keys')
        .set((is) => ({ state: 'revoked' as const, revision: is('revision', '+', 1) }))
        .where('id', '=', id)
        .execute()
      return announce(db, organization, { kind: 'key', id, at: 2 })
    }),
})

export const organizationSecret = (id: string): string => `canary of ${id}`

const organizationOf = (id: string): UnsealedRecord => ({
  kind: 'organization',
  organization: id,
  id,
  revision: 1,
  slug: id.slice(-4),
  name: id,
  isDefault: id === orgA,
  maxStalenessSeconds: 60,
  mixedEnvironments: 'refused',
  privateNetworks: [],
  rules: liveRules(),
  secrets: new Secret(organizationSecret(id)),
})

const none = () => Promise.resolve(null)

export const readers: Readers = {
  organization: (_db, id) => Promise.resolve(organizationOf(id)),
  key: keyRecord,
  server: none,
  member: none,
  provider: none,
  limit: none,
  budget: none,
  team: none,
  project: none,
  catalog: none,
  app: none,
  child: none,
}

export async function* snapshotOf(db: Db): AsyncIterable<readonly UnsealedRecord[]> {
  yield [orgA, orgB].map(organizationOf)
  let after: { organization: string; id: string } | null = null
  for (;;) {
    const page = await keyRecords(db, null, after, 200)
    yield page
    const last = page.at(-1)
    if (!last) return
    after = { organization: last.organization, id: last.id }
  }
}
