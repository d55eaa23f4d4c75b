import { expect, test } from 'vitest'
import { refuse } from '../problems.ts'
import { withGrants } from './who-grants.ts'

const { problem } = refuse('not_permitted', { detail: 'No.' })
const named = (needs: Parameters<typeof withGrants>[0]) => withGrants(needs, problem).data?.['grantedBy']

test('G12 a 403 of control names the roles that may do it', () => {
  expect(named({ right: 'servers:write' })).toBe('an owner or admin of the organization')
  expect(named({ right: 'policies:write' })).toBe('an owner of the organization')
  expect(named({ right: 'audit-events:read' })).toBe('an owner or admin of the organization')
  expect(named({ right: 'audit-events:write' })).toBe('an owner of the organization')
  expect(named({ right: 'anyone' })).toBe('an owner of the organization')
  expect(named({ right: 'operator' })).toMatch(/operator/)
})

test('a refusal of somebody who was not proved names nobody, and what is said already stays', () => {
  for (const code of ['not_signed_in', 'not_found', 'invalid', 'too_many_attempts'] as const) {
    const { problem: other } = refuse(code)
    expect(withGrants({ right: 'servers:write' }, other)).toBe(other)
  }
  const { problem: said } = refuse('not_permitted', { data: { grantedBy: 'Ada', rule: 'x' } })
  expect(withGrants({ right: 'servers:write' }, said).data).toEqual({ grantedBy: 'Ada', rule: 'x' })
})
