import type { Db } from '../../db/database.ts'
import { Settings } from './schema.ts'

/** All SQL about identity providers; of who is who there, see identities/store.ts. */

export type IdentityProvider = {
  readonly organizationId: string
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly issuer: string
  readonly clientId: string
  readonly clientSecretBlob: string | null
  readonly settings: Settings
  readonly state: 'active' | 'disabled' | 'deleted'
  readonly createdAt: number
  readonly createdBy: string
  readonly revision: number
}

const columns = [
  'organization_id',
  'id',
  'slug',
  'name',
  'issuer',
  'client_id',
  'client_secret_blob',
  'settings',
  'state',
  'created_at',
  'created_by',
  'revision',
] as const

/**
 * Passwords may be switched off only if somebody who owns the organization has come in without one. Holds after
 * `holdPeople`: whoever takes the last provider away waits for the same, and then sees what was decided.
 */
export async function hasOwnerBySso(db: Db, organizationId: string): Promise<boolean> {
  const owner = await db
    .selectFrom('identities')
    .innerJoin('identity_providers', (on) =>
      on
        .onRef('identity_providers.organization_id', '=', 'identities.organization_id')
        .onRef('identity_providers.id', '=', 'identities.identity_provider_id'),
    )
    .innerJoin('members', (on) =>
      on
        .onRef('members.organization_id', '=', 'identities.organization_id')
        .onRef('members.id', '=', 'identities.member_id'),
    )
    .select('identities.member_id')
    .where('identities.organization_id', '=', organizationId)
    .where('identity_providers.state', '=', 'active')
    .where('members.role', '=', 'owner')
    .where('members.state', '=', 'active')
    .limit(1)
    .executeTakeFirst()
  return owner !== undefined
}

export async function insertProvider(db: Db, organizationId: string, provider: IdentityProvider): Promise<void> {
  await db
    .insertInto('identity_providers')
    .values({
      organization_id: organizationId,
      id: provider.id,
      created_at: provider.createdAt,
      created_by: provider.createdBy,
      ...changeable(provider),
    })
    .execute()
}

const changeable = (provider: IdentityProvider) => ({
  slug: provider.slug,
  name: provider.name,
  issuer: provider.issuer,
  client_id: provider.clientId,
  client_secret_blob: provider.clientSecretBlob,
  settings: JSON.stringify(provider.settings),
  state: provider.state,
  revision: provider.revision,
})

/** False when somebody else has changed it since `provider.revision - 1` was read. */
export async function updateProviderRow(db: Db, organizationId: string, provider: IdentityProvider): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('identity_providers')
    .set(changeable(provider))
    .where('organization_id', '=', organizationId)
    .where('id', '=', provider.id)
    .where('state', '!=', 'deleted')
    .where('revision', '=', provider.revision - 1)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** By id or slug. */
export async function findProvider(db: Db, organizationId: string, idOrSlug: string): Promise<IdentityProvider | null> {
  const row = await db
    .selectFrom('identity_providers')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where((is) => is.or([is('id', '=', idOrSlug), is('slug', '=', idOrSlug)]))
    .where('state', '!=', 'deleted')
    .executeTakeFirst()
  return row ? providerOf(row) : null
}

/** All of an organization, by slug: there are few (`providersAtMost`). */
export async function listProviders(db: Db, organizationId: string): Promise<IdentityProvider[]> {
  const rows = await db
    .selectFrom('identity_providers')
    .select(columns)
    .where('organization_id', '=', organizationId)
    .where('state', '!=', 'deleted')
    .orderBy('slug')
    .execute()
  return rows.map(providerOf)
}

type Row = {
  readonly organization_id: string
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly issuer: string
  readonly client_id: string
  readonly client_secret_blob: string | null
  readonly settings: string
  readonly state: IdentityProvider['state']
  readonly created_at: number
  readonly created_by: string
  readonly revision: number
}

const providerOf = (row: Row): IdentityProvider => ({
  organizationId: row.organization_id,
  id: row.id,
  slug: row.slug,
  name: row.name,
  issuer: row.issuer,
  clientId: row.client_id,
  clientSecretBlob: row.client_secret_blob,
  settings: Settings.parse(JSON.parse(row.settings)),
  state: row.state,
  createdAt: row.created_at,
  createdBy: row.created_by,
  revision: row.revision,
})
