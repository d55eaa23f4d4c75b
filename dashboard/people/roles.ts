import type { Role } from '../../src/people/schema.ts'

export const roles: readonly Role[] = ['owner', 'admin', 'member', 'auditor']

/** Nobody hands out what they could not take away again, and acts on nobody who may do as much, save the owner. */
export const rolesGivenBy = (role: Role | undefined): readonly Role[] =>
  role === 'owner' ? roles : role === 'admin' ? ['member', 'auditor'] : []
