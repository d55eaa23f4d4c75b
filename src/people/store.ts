import type { Db } from '../db/database.ts'
import type { Role } from './schema.ts'

export type OrganizationRow = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly isDefault: boolean
  readonly maxStalenessSeconds: number
  readonly revision: number
}
export type Member = {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly isOperator: boolean
}
const organizationColumns = ['id', 'slug', 'name', 'is_default', 'max_staleness_seconds', 'revision'] as const
const memberColumns = ['id', 'email', 'name', 'role', 'is_operator'] as const

/** For the feed: every organization of the installation. */
export async function organizationRecords(db: Db): Promise<OrganizationRow[]> {
  const rows = await db.selectFrom('organizations').select(organizationColumns).orderBy('id').execute()
  return rows.map(organizationOf)
}

/** By id or slug. */
export async function findOrganization(db: Db, idOrSlug: string): Promise<OrganizationRow | null> {
  const row = await db
    .selectFrom('organizations')
    .select(organizationColumns)
    .where((is) => is.or([is('id', '=', idOrSlug), is('slug', '=', idOrSlug)]))
    .executeTakeFirst()
  return row ? organizationOf(row) : null
}

/** The one that the bootstrap token and the first owner belong to; its slug may have been changed since. */
export async function findDefaultOrganization(db: Db): Promise<OrganizationRow | null> {
  const row = await db
    .selectFrom('organizations')
    .select(organizationColumns)
    .where('is_default', '=', 1)
    .executeTakeFirst()
  return row ? organizationOf(row) : null
}

export async function insertOrganization(
  db: Db,
  organization: Omit<OrganizationRow, 'revision'> & { readonly createdAt: number },
): Promise<void> {
  const { id, slug, name, isDefault, maxStalenessSeconds, createdAt } = organization
  await db
    .insertInto('organizations')
    .values({
      id,
      slug,
      name,
      is_default: isDefault ? 1 : 0,
      max_staleness_seconds: maxStalenessSeconds,
      revision: 1,
      created_at: createdAt,
    })
    .execute()
}

export async function insertMember(
  db: Db,
  organizationId: string,
  member: Member & { readonly createdAt: number },
): Promise<void> {
  const { id, email, name, role, isOperator, createdAt } = member
  await db
    .insertInto('members')
    .values({
      organization_id: organizationId,
      id,
      email,
      name,
      role,
      is_operator: isOperator ? 1 : 0,
      created_at: createdAt,
    })
    .execute()
}

export async function findMember(db: Db, organizationId: string, id: string): Promise<Member | null> {
  const row = await db
    .selectFrom('members')
    .select(memberColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .executeTakeFirst()
  return row ? memberOf(row) : null
}

/** The owner who has been one for longest: whoever acts for the organization before anybody has signed in. */
export async function firstOwner(db: Db, organizationId: string): Promise<Member | null> {
  const row = await db
    .selectFrom('members')
    .select(memberColumns)
    .where('organization_id', '=', organizationId)
    .where('role', '=', 'owner')
    .orderBy('created_at')
    .orderBy('id')
    .executeTakeFirst()
  return row ? memberOf(row) : null
}

export type Installation = { readonly logId: string; readonly rootId: string; readonly rootCheck: string }

/** Null until the first start has been done. */
export async function findInstallation(db: Db): Promise<Installation | null> {
  const row = await db
    .selectFrom('installation')
    .select(['log_id', 'root_id', 'root_check'])
    .where('id', '=', 1)
    .executeTakeFirst()
  return row ? { logId: row.log_id, rootId: row.root_id, rootCheck: row.root_check } : null
}

export async function insertInstallation(db: Db, installation: Installation, createdAt: number): Promise<void> {
  const { logId, rootId, rootCheck } = installation
  await db
    .insertInto('installation')
    .values({ id: 1, log_id: logId, root_id: rootId, root_check: rootCheck, created_at: createdAt })
    .execute()
}

export type SetupCode = { readonly organizationId: string; readonly id: string; readonly memberId: string }

/** A new code ends the ones before it that nobody has used. */
export async function replaceSetupCode(
  db: Db,
  organizationId: string,
  code: { readonly id: string; readonly memberId: string; readonly hash: string; createdAt: number; expiresAt: number },
): Promise<void> {
  await db
    .deleteFrom('setup_codes')
    .where('organization_id', '=', organizationId)
    .where('used_at', 'is', null)
    .execute()
  await db
    .insertInto('setup_codes')
    .values({
      organization_id: organizationId,
      id: code.id,
      member_id: code.memberId,
      code_hash: code.hash,
      created_at: code.createdAt,
      expires_at: code.expiresAt,
      used_at: null,
    })
    .execute()
}

export async function isSetupDone(db: Db, organizationId: string): Promise<boolean> {
  const used = await db
    .selectFrom('setup_codes')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('used_at', 'is not', null)
    .executeTakeFirst()
  return used !== undefined
}

/** Over all organizations: the code is all that its bearer has. */
export async function findLiveSetupCode(db: Db, hash: string, now: number): Promise<SetupCode | null> {
  const row = await db
    .selectFrom('setup_codes')
    .select(['organization_id', 'id', 'member_id'])
    .where('code_hash', '=', hash)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row ? { organizationId: row.organization_id, id: row.id, memberId: row.member_id } : null
}

/** Guarded by the update itself: of two who redeem one code at the same time only one sees true. */
export async function useSetupCode(db: Db, organizationId: string, id: string, now: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('setup_codes')
    .set({ used_at: now })
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

function organizationOf(row: {
  id: string
  slug: string
  name: string
  is_default: number
  max_staleness_seconds: number
  revision: number
}): OrganizationRow {
  const { id, slug, name, is_default, max_staleness_seconds: maxStalenessSeconds, revision } = row
  return { id, slug, name, isDefault: is_default === 1, maxStalenessSeconds, revision }
}

function memberOf(row: { id: string; email: string; name: string; role: Role; is_operator: number }): Member {
  const { id, email, name, role } = row
  return { id, email, name, role, isOperator: row.is_operator === 1 }
}
