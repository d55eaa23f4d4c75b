import { expect, test } from 'vitest'
import { defaultKeyPolicies, type Policies } from '../../../src/people/policies/schema.ts'
import { changedIn, patchOf, rebased, ruleAt, withoutRule, withRule } from './draft.ts'

const before: Policies = {
  ...defaultKeyPolicies,
  id: 'org_1',
  mixedEnvironments: 'refused',
  maxStalenessSeconds: 60,
  managedBy: null,
  revision: 3,
}

test('every policy that can be changed is looked at: what differs is sent, and nothing else', () => {
  expect(patchOf(before, before)).toEqual({})
  const draft = { ...before, urlKeys: 'off', requestsKeptDays: 7 } as const
  expect(patchOf(before, draft)).toEqual({ urlKeys: 'off', requestsKeptDays: 7 })
  const fields = Object.keys(before).filter((name) => !['id', 'managedBy', 'revision'].includes(name))
  const other = Object.fromEntries(fields.map((name) => [name, 'another']))
  expect([...changedIn(before, { ...before, ...other })].toSorted()).toEqual(fields.toSorted())
})

test('a rule of a tier replaces that of the organization until it is taken away', () => {
  const own = withRule(before, 'production', 'maxAgeDays', null)
  expect(ruleAt(own, 'production', 'maxAgeDays')).toEqual({ value: null, isOwn: true })
  expect(ruleAt(own, 'staging', 'maxAgeDays')).toEqual({ value: 90, isOwn: false })
  expect(own.maxAgeDays).toBe(90)
  expect(withoutRule(own, 'production', 'maxAgeDays')).toEqual(before)
})

test('what is changed here stays changed over what somebody else has saved meanwhile', () => {
  const draft = { ...before, leakAction: 'revoke' } as const
  const after = { ...before, urlKeys: 'off', revision: 4 } as const
  expect(rebased(before, draft, after)).toEqual({ ...after, leakAction: 'revoke' })
})
