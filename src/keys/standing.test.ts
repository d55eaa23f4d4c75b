import { expect, test } from 'vitest'
import { isLive, refusalOf, standing, statusOf } from './standing.ts'

const active = { state: 'active', expiresAt: 1000 } as const
const version = { version: 1, phc: '', gate: 0, pepperId: '' }

test('B14 a key stops working at its expiry instant, not one millisecond later', () => {
  expect(standing(active, 999)).toBe('usable')
  expect(standing(active, 1000)).toBe('expired')
  expect(standing({ state: 'active', expiresAt: null }, Number.MAX_SAFE_INTEGER)).toBe('usable')
})

test('a stored state counts before expiry', () => {
  for (const state of ['suspended', 'revoked', 'deleted'] as const) {
    expect(standing({ state, expiresAt: 1000 }, 2000)).toBe(state)
  }
})

test('A10 B14 the holder of the right secret learns why: inactive, expired, revoked', () => {
  const versions = [{ ...version, validUntil: null }]
  const why = (state: 'active' | 'suspended' | 'revoked' | 'deleted', now = 1) =>
    refusalOf({ state, expiresAt: 1000, versions }, 1, now)
  expect([why('active'), why('suspended'), why('active', 1000), why('revoked'), why('deleted')]).toEqual([
    null,
    'key_inactive',
    'key_expired',
    'key_revoked',
    'key_revoked',
  ])
})

test('G2 a version that was rotated out is refused as revoked from its instant on', () => {
  const versions = [
    { ...version, validUntil: 500 },
    { ...version, version: 2, validUntil: null },
  ]
  const key = { ...active, versions }
  expect([refusalOf(key, 1, 499), refusalOf(key, 1, 500), refusalOf(key, 2, 500)]).toEqual([null, 'key_revoked', null])
  expect(refusalOf(key, 3, 1)).toBe('key_revoked')
  expect(isLive(undefined, 0)).toBe(false)
})

test('people see four words', () => {
  expect(statusOf(active, 0)).toBe('active')
  expect(statusOf(active, 1000)).toBe('expired')
  expect(statusOf({ state: 'suspended', expiresAt: null }, 0)).toBe('inactive')
  expect(statusOf({ state: 'revoked', expiresAt: null }, 0)).toBe('revoked')
})
