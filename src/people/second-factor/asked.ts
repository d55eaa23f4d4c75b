import type { Db } from '../../db/database.ts'
import type { KeyPolicies } from '../policies/schema.ts'
import type { Role } from '../schema.ts'
import { findOrganization, type Member } from '../store.ts'
import { findFactor } from './store.ts'

/** Whoever has a second factor shows it, and whoever's role asks for one sets it up before anything else. */
export async function factorAsked(
  db: Db,
  organizationId: string,
  member: Pick<Member, 'id' | 'role'>,
): Promise<'needed' | 'not-asked'> {
  if (await isFactorOfRole(db, organizationId, member.role)) return 'needed'
  return (await findFactor(db, organizationId, member.id)).confirmed ? 'needed' : 'not-asked'
}

type Known = {
  readonly policies: Pick<KeyPolicies, 'secondFactorRoles'>
  readonly role: Role
  readonly hasOne: boolean
}

/** The same for whoever has read all of it already. */
export const factorAskedOf = ({ policies, role, hasOne }: Known): 'needed' | 'not-asked' =>
  hasOne || policies.secondFactorRoles.includes(role) ? 'needed' : 'not-asked'

export async function isFactorOfRole(db: Db, organizationId: string, role: Role): Promise<boolean> {
  const organization = await findOrganization(db, organizationId)
  return organization?.policies.secondFactorRoles.includes(role) ?? false
}
