import { type SqlBool, sql } from 'kysely'
import type { Db } from '../db/database.ts'

export type NewCredential = {
  readonly id: string
  readonly slug: string
  readonly projectId: string
  readonly now: number
}

export async function insertCredential(db: Db, organizationId: string, credential: NewCredential): Promise<void> {
  await db
    .insertInto('credentials')
    .values({
      organization_id: organizationId,
      id: credential.id,
      project_id: credential.projectId,
      slug: credential.slug,
      kind: 'static',
      created_at: credential.now,
    })
    .execute()
}

export type NewVersion = {
  readonly credentialId: string
  readonly version: number
  readonly blob: string
  readonly now: number
}

export async function insertVersion(db: Db, organizationId: string, version: NewVersion): Promise<void> {
  await db
    .insertInto('credential_versions')
    .values({
      organization_id: organizationId,
      credential_id: version.credentialId,
      version: version.version,
      state: 'active',
      blob: version.blob,
      created_at: version.now,
    })
    .execute()
}

/** The blob with the environment it is bound to: the tier of the project that the credential is in. */
export async function activeVersion(db: Db, organizationId: string, credentialId: string, version: number) {
  return db
    .selectFrom('credential_versions')
    .innerJoin('credentials', (join) =>
      join
        .onRef('credentials.organization_id', '=', 'credential_versions.organization_id')
        .onRef('credentials.id', '=', 'credential_versions.credential_id'),
    )
    .innerJoin('projects', (join) =>
      join
        .onRef('projects.organization_id', '=', 'credentials.organization_id')
        .onRef('projects.id', '=', 'credentials.project_id'),
    )
    .select(['credential_versions.blob', 'projects.tier'])
    .where('credential_versions.organization_id', '=', organizationId)
    .where('credential_versions.credential_id', '=', credentialId)
    .where('credential_versions.version', '=', version)
    .where('credential_versions.state', '=', 'active')
    .executeTakeFirst()
}

export type VersionPlace = { readonly credentialId: string; readonly version: number }

/** Every version of every credential of the project, in pages. Revoked ones too: they may be looked at once more. */
export async function versionsOfProject(
  db: Db,
  organizationId: string,
  projectId: string,
  after: VersionPlace | null,
  limit: number,
): Promise<(VersionPlace & { readonly blob: string })[]> {
  const rows = await db
    .selectFrom('credential_versions as v')
    .innerJoin('credentials as c', (join) =>
      join.onRef('c.organization_id', '=', 'v.organization_id').onRef('c.id', '=', 'v.credential_id'),
    )
    .select(['v.credential_id', 'v.version', 'v.blob'])
    .where('v.organization_id', '=', organizationId)
    .where('c.project_id', '=', projectId)
    .$if(after !== null, (query) =>
      query.where(sql<SqlBool>`(v.credential_id, v.version) > (${after?.credentialId ?? ''}, ${after?.version ?? 0})`),
    )
    .orderBy('v.credential_id')
    .orderBy('v.version')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ credentialId: row.credential_id, version: row.version, blob: row.blob }))
}

/** In one statement: a write each would hold the writer for as many round trips. */
export async function replaceBlobs(
  db: Db,
  organizationId: string,
  versions: readonly (VersionPlace & { readonly blob: string })[],
): Promise<void> {
  if (versions.length === 0) return
  const values = versions.map(
    ({ credentialId, version, blob }) => sql`(${credentialId}, cast(${version} as integer), ${blob})`,
  )
  await sql`update credential_versions set blob = moved.column3 from (values ${sql.join(values)}) as moved
    where organization_id = ${organizationId} and credential_id = moved.column1 and version = moved.column2`.execute(db)
}

/** Highest active version, null when there is none. */
export async function latestVersion(db: Db, organizationId: string, credentialId: string): Promise<number | null> {
  const row = await db
    .selectFrom('credential_versions')
    .select('version')
    .where('organization_id', '=', organizationId)
    .where('credential_id', '=', credentialId)
    .where('state', '=', 'active')
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  return row?.version ?? null
}

/** With its owner gone a static value serves nobody: the ciphertext goes too. */
export async function deleteCredential(db: Db, organizationId: string, credentialId: string): Promise<void> {
  await db
    .deleteFrom('credential_versions')
    .where('organization_id', '=', organizationId)
    .where('credential_id', '=', credentialId)
    .execute()
  await db
    .deleteFrom('credentials')
    .where('organization_id', '=', organizationId)
    .where('id', '=', credentialId)
    .execute()
}

export type VaultKeyRow = { readonly id: string; readonly wrapped: string; readonly root_id: string }

/** Two transactions may each make a first key on PostgreSQL; the oldest is used from then on, both open what they wrapped. */
export async function currentVaultKey(db: Db, organizationId: string): Promise<VaultKeyRow | null> {
  const row = await db
    .selectFrom('vault_keys')
    .select(['id', 'wrapped', 'root_id'])
    .where('organization_id', '=', organizationId)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return row ?? null
}

export async function vaultKey(db: Db, organizationId: string, id: string): Promise<VaultKeyRow | null> {
  const row = await db
    .selectFrom('vault_keys')
    .select(['id', 'wrapped', 'root_id'])
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ?? null
}

export async function insertVaultKey(db: Db, organizationId: string, key: VaultKeyRow, now: number): Promise<void> {
  await db
    .insertInto('vault_keys')
    .values({
      organization_id: organizationId,
      id: key.id,
      wrapped: key.wrapped,
      root_id: key.root_id,
      created_at: now,
    })
    .execute()
}
