import type { GivenRole } from '../../../src/people/identity-providers/schema.ts'

/** Roles that an identity provider may give: owners are made here alone. */
export const givenRoles: readonly GivenRole[] = ['admin', 'member', 'auditor']
