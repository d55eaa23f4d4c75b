import type { Permission, Reach, Role } from './schema.ts'

const everyone = { owner: 'all', admin: 'all', member: 'all', auditor: 'all' } as const
const readers = { owner: 'all', admin: 'all', member: 'none', auditor: 'all' } as const
const writers = { owner: 'all', admin: 'all', member: 'none', auditor: 'none' } as const
const ownersOnly = { owner: 'all', admin: 'none', member: 'none', auditor: 'none' } as const
const readersAndOwn = { owner: 'all', admin: 'all', member: 'own', auditor: 'all' } as const
const nobody = { owner: 'none', admin: 'none', member: 'none', auditor: 'none' } as const
const writersAndOwn = { owner: 'all', admin: 'all', member: 'own', auditor: 'none' } as const

/**
 * What each role may do, and on what: the one source of the checks, of the matrix in test/ and of docs/roles.md.
 * `own` is what belongs to the person: himself, the teams he is in, the keys and apps that he or such a team owns, his
 * management tokens. What stands above organizations belongs to the operator and is not in this table.
 */
export const rightsTable: Readonly<Record<Permission, Readonly<Record<Role, Reach>>>> = {
  'keys:read': readersAndOwn,
  'keys:write': writersAndOwn,
  'apps:read': readersAndOwn,
  'apps:write': writersAndOwn,
  'servers:read': readers,
  'servers:write': writers,
  'providers:read': readers,
  'providers:write': writers,
  'catalogs:read': readers,
  'catalogs:write': writers,
  'projects:read': everyone,
  'projects:write': writers,
  'teams:read': readersAndOwn,
  'teams:write': writers,
  'members:read': readersAndOwn,
  'members:write': writers,
  'organizations:read': everyone,
  'organizations:write': ownersOnly,
  'policies:read': everyone,
  'policies:write': ownersOnly,
  'access:read': readersAndOwn,
  'access:write': nobody,
  'audit-events:read': readers,
  'audit-events:write': nobody,
  'gateways:read': readers,
  'gateways:write': writers,
  'management-tokens:read': readersAndOwn,
  'management-tokens:write': writersAndOwn,
  'webhooks:read': readers,
  'webhooks:write': writers,
  'limits:read': readersAndOwn,
  'limits:write': writers,
  'budgets:read': readersAndOwn,
  'budgets:write': writers,
  'requests:read': readersAndOwn,
  'requests:write': nobody,
  'usage:read': readersAndOwn,
  'usage:write': nobody,
  'findings:read': readersAndOwn,
  'findings:write': nobody,
  'notifications:read': { owner: 'own', admin: 'own', member: 'own', auditor: 'own' },
  'notifications:write': { owner: 'own', admin: 'own', member: 'own', auditor: 'own' },
  'sessions:read': readersAndOwn,
  'sessions:write': { owner: 'all', admin: 'all', member: 'own', auditor: 'own' },
  'invitations:read': readers,
  'invitations:write': writers,
  'identity-providers:read': readers,
  'identity-providers:write': ownersOnly,
  'access-requests:read': readersAndOwn,
  'access-requests:write': writersAndOwn,
}
