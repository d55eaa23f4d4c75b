import { rightsTable } from './rights.data.ts'
import { type Actor, type MeView, type Permission, type Reach, Role, resources } from './schema.ts'

/** On what a role may do it: on everything of the organization, on what is his own, or on nothing. */
export const reachOf = (role: Role, permission: Permission): Reach => rightsTable[permission][role]

/** Who can do it for somebody who may not: the roles that have the right on everything. */
export const rolesWith = (permission: Permission): Role[] =>
  Role.options.filter((role) => reachOf(role, permission) === 'all')

/** Both must say yes: the role of the person and the scopes of the credential that was presented. */
export const may = (
  actor: Pick<Actor, 'role' | 'scopes'> & { readonly operator?: boolean },
  permission: Permission,
): boolean =>
  (reachOf(actor.role, permission) !== 'none' || (actor.operator === true && ofOperator.has(permission))) &&
  covers(actor.scopes, permission)

/** Every right that whoever asks has, and on what; what it takes to know which screens are his. */
export const rightsOf = (actor: Parameters<typeof may>[0]): MeView['rights'] => {
  const permissions = resources.flatMap((resource): Permission[] => [`${resource}:read`, `${resource}:write`])
  const had = permissions.filter((permission) => may(actor, permission))
  return Object.fromEntries(had.map((right) => [right, reachOf(actor.role, right) === 'own' ? 'own' : 'all']))
}

/** Organizations are the operator's, whatever his role is in his own. */
const ofOperator: ReadonlySet<Permission> = new Set(['organizations:read', 'organizations:write'])

/** Exact on purpose: a token that may only write can mint keys without being able to list them. */
export const covers = (scopes: readonly string[], scope: string): boolean =>
  scopes.includes('*') || scopes.includes(scope)

/**
 * Whoever is shown a secret acts with the rights of the member behind it (null: there is none but a team), so nobody is
 * shown one that acts as somebody above him.
 */
export const mayHold = (
  actor: Pick<Actor, 'memberId' | 'role'>,
  behind: { readonly id: string; readonly role: Role } | null,
): boolean => behind === null || behind.id === actor.memberId || mayActFor(actor.role, behind.role)

/** May act on what belongs to another member: never on somebody who may do more, or as much, save the owner. */
export const mayActFor = (role: Role, other: Role): boolean =>
  role === 'owner' || (role === 'admin' && (other === 'member' || other === 'auditor'))
