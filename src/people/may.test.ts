import fc from 'fast-check'
import { expect, test } from 'vitest'
import { covers, may, mayActFor, rights, seesAll } from './may.ts'
import { type Permission, type Role, resources } from './schema.ts'

const roles: readonly Role[] = ['owner', 'admin', 'member', 'auditor']
const permissions = resources.flatMap((resource): Permission[] => [`${resource}:read`, `${resource}:write`])

test('B22 each role has its own rights: the whole table', () => {
  const marks = (role: Role) => permissions.map((permission) => (rights[role].has(permission) ? 'x' : '.')).join('')
  // keys, servers, audit-events, gateways, management-tokens, organizations; read and write of each.
  expect(Object.fromEntries(roles.map((role) => [role, marks(role)]))).toEqual({
    owner: 'xxxxxxxxxxxx',
    admin: 'xxxxx.xxxxx.',
    member: 'xxx.....xxx.',
    auditor: 'x.x.x.x.x.x.',
  })
})

test('an auditor reads everything and writes nothing', () => {
  for (const permission of permissions) expect(rights.auditor.has(permission)).toBe(permission.endsWith(':read'))
})

test('a token never has a right that its role or its scopes lack', () => {
  const scopes = fc.array(fc.constantFrom('*', ...permissions), { maxLength: 4 })
  fc.assert(
    fc.property(fc.constantFrom(...roles), scopes, fc.constantFrom(...permissions), (role, held, permission) => {
      const expected = rights[role].has(permission) && (held.includes('*') || held.includes(permission))
      expect(may({ role, scopes: held }, permission)).toBe(expected)
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
  expect(roles.filter(seesAll)).toEqual(['owner', 'admin', 'auditor'])
})
