import type { Db } from '../db/database.ts'
import { defaultKeyPolicies, KeyPolicies } from './policies/schema.ts'
import type { MixedEnvironments, Role } from './schema.ts'

export type OrganizationRow = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly isDefault: boolean
  readonly maxStalenessSeconds: number
  readonly mixedEnvironments: MixedEnvironments
  readonly policies: KeyPolicies
  /** The configuration that manages its policies. */
  readonly managedBy: string | null
  readonly createdAt: number
  readonly revision: number
}
export type Member = {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly isOperator: boolean
  readonly createdAt: number
  readonly revision: number
}
export const organizationColumns = [
  'id',
  'slug',
  'name',
  'is_default',
  'max_staleness_seconds',
  'mixed_environments',
  'policies',
  'managed_by',
  'created_at',
  'revision',
] as const
export const memberColumns = ['id', 'email', 'name', 'role', 'is_operator', 'created_at', 'revision'] as const

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
  organization: Omit<OrganizationRow, 'revision' | 'mixedEnvironments' | 'policies' | 'managedBy'>,
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

export async function insertMember(db: Db, organizationId: string, member: Omit<Member, 'revision'>): Promise<void> {
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

/** Who belongs to the organization now. */
export async function findMember(db: Db, organizationId: string, id: string): Promise<Member | null> {
  const row = await db
    .selectFrom('members')
    .select(memberColumns)
    .where('organization_id', '=', organizationId)
    .where('id', '=', id)
    .where('state', '=', 'active')
    .executeTakeFirst()
  return row ? memberOf(row) : null
}

/** Also somebody who was removed: for his name, and for what he has left behind. */
export async function findFormerMember(db: Db, organizationId: string, id: string): Promise<Member | null> {
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
    .where('state', '=', 'active')
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

type OrganizationColumns = {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly is_default: number
  readonly max_staleness_seconds: number
  readonly mixed_environments: MixedEnvironments
  readonly policies: string
  readonly managed_by: string | null
  readonly created_at: number
  readonly revision: number
}

/** As they stand in a row; what a row of before does not say is as its default says. */
export const policiesOf = (text: string): KeyPolicies =>
  KeyPolicies.parse({ ...defaultKeyPolicies, ...JSON.parse(text) })

export const organizationOf = (row: OrganizationColumns): OrganizationRow => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  isDefault: row.is_default === 1,
  maxStalenessSeconds: row.max_staleness_seconds,
  mixedEnvironments: row.mixed_environments,
  policies: policiesOf(row.policies),
  managedBy: row.managed_by,
  createdAt: row.created_at,
  revision: row.revision,
})

type MemberColumns = {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly role: Role
  readonly is_operator: number
  readonly created_at: number
  readonly revision: number
}

export const memberOf = (row: MemberColumns): Member => ({
  id: row.id,
  email: row.email,
  name: row.name,
  role: row.role,
  isOperator: row.is_operator === 1,
  createdAt: row.created_at,
  revision: row.revision,
})
