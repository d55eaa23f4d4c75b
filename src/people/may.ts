import type { Actor, Permission, Resource, Role } from './schema.ts'

const both = (...resources: Resource[]): Permission[] =>
  resources.flatMap((resource): Permission[] => [`${resource}:read`, `${resource}:write`])

/**
 * What each role may do. `member` and `auditor` have rights that are narrower than the word says, and the verbs keep
 * them so: a member sees and changes only his own keys and management tokens.
 */
export const rights: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  owner: new Set(both('keys', 'servers', 'audit-events', 'gateways', 'management-tokens', 'organizations')),
  admin: new Set([
    ...both('keys', 'servers', 'gateways', 'management-tokens'),
    'audit-events:read',
    'organizations:read',
  ]),
  member: new Set([...both('keys', 'management-tokens'), 'servers:read', 'organizations:read']),
  auditor: new Set([
    'keys:read',
    'servers:read',
    'audit-events:read',
    'gateways:read',
    'management-tokens:read',
    'organizations:read',
  ]),
}

/** Both must say yes: the role of the person and the scopes of the credential that was presented. */
export const may = (actor: Pick<Actor, 'role' | 'scopes'>, permission: Permission): boolean =>
  rights[actor.role].has(permission) && covers(actor.scopes, permission)

/** Exact on purpose: a token that may only write can mint keys without being able to list them. */
export const covers = (scopes: readonly string[], scope: string): boolean =>
  scopes.includes('*') || scopes.includes(scope)

/** Sees everybody's keys and tokens, not only his own. */
export const seesAll = (role: Role): boolean => role !== 'member'

/** May act on what belongs to another member: never on somebody who may do more, or as much, save the owner. */
export const mayActFor = (role: Role, other: Role): boolean =>
  role === 'owner' || (role === 'admin' && (other === 'member' || other === 'auditor'))
