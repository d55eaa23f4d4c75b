import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covers, may, mayActFor, mayHold, reachOf } from './may.ts'
import { type Permission, type Role, resources } from './schema.ts'

const roles: readonly Role[] = ['owner', 'admin', 'member', 'auditor']
const permissions = resources.flatMap((resource): Permission[] => [`${resource}:read`, `${resource}:write`])

test('B22 each role has its own rights: the whole table', () => {
  const letters = { all: 'x', own: 'o', none: '.' } as const
  const rights = (right: Permission) => roles.map((role) => letters[reachOf(role, right)]).join('')
  // For each: owner, admin, member, auditor; read, then write.
  const table = resources.map((resource) => `${resource} ${rights(`${resource}:read`)} ${rights(`${resource}:write`)}`)
  expect(table).toEqual([
    'keys xxox xxo.',
    'apps xxox xxo.',
    'servers xx.x xx..',
    'providers xx.x xx..',
    'catalogs xx.x xx..',
    'projects xxxx xx..',
    'teams xxox xx..',
    'members xxox xx..',
    'organizations xxxx x...',
    'policies xxxx x...',
    'access xxox ....',
    'audit-events xx.x ....',
    'gateways xx.x xx..',
    'management-tokens xxox xxo.',
    'webhooks xx.x xx..',
    'limits xxox xx..',
    'budgets xxox xx..',
    'requests xxox ....',
    'usage xxox ....',
    'findings xxox ....',
    'notifications oooo oooo',
    'sessions xxox xxoo',
    'invitations xx.x xx..',
    'identity-providers xx.x x...',
    'access-requests xxox xxo.',
  ])
})

test('an auditor reads everything and writes nothing but in his own inbox, and ends his own sessions', () => {
  const own = permissions.filter((one) => one.startsWith('notifications:') || one === 'sessions:write')
  expect(own.map((permission) => reachOf('auditor', permission))).toEqual(['own', 'own', 'own'])
  for (const permission of permissions.filter((each) => !own.includes(each)))
    expect(reachOf('auditor', permission), permission).toBe(permission.endsWith(':read') ? 'all' : 'none')
})

test('what a member may do beyond reading what all may know reaches no further than what is his', () => {
  const reached = permissions.filter((permission) => reachOf('member', permission) === 'all')
  expect(reached).toEqual(['projects:read', 'organizations:read', 'policies:read'])
})

test('nobody has a right that his role and his scopes do not both have', () => {
  const scopes = fc.array(fc.constantFrom('*', ...permissions), { maxLength: 4 })
  fc.assert(
    fc.property(fc.constantFrom(...roles), scopes, fc.constantFrom(...permissions), (role, held, permission) => {
      const isCovered = held.includes('*') || held.includes(permission)
      const expected = reachOf(role, permission) !== 'none' && isCovered
      expect(may({ role, scopes: held }, permission)).toBe(expected)
      // What an operator has beyond his role are organizations, and those only as far as his token goes.
      const isOfOperator = permission.startsWith('organizations:') && isCovered
      expect(may({ role, scopes: held, operator: true }, permission)).toBe(expected || isOfOperator)
    }),
  )
})

test('writing does not include reading', () => {
  expect(may({ role: 'owner', scopes: ['keys:write'] }, 'keys:read')).toBe(false)
  expect(covers(['keys:write'], '*')).toBe(false)
})

test('nobody but the owner acts for somebody of his own rank or above', () => {
  const pairs = roles.flatMap((role) =>
    roles.filter((other) => mayActFor(role, other)).map((other) => `${role}>${other}`),
  )
  expect(pairs).toEqual([
    'owner>owner',
    'owner>admin',
    'owner>member',
    'owner>auditor',
    'admin>member',
    'admin>auditor',
  ])
})

test('a secret that acts as a member is for himself and for whoever acts for him; that of a team is for who reaches it', () => {
  for (const role of roles) {
    const actor = { memberId: 'mem_a', role }
    expect(mayHold(actor, null)).toBe(true)
    for (const other of roles) {
      expect(mayHold(actor, { id: 'mem_a', role: other })).toBe(true)
      expect(mayHold(actor, { id: 'mem_b', role: other })).toBe(mayActFor(role, other))
    }
  }
})
