import { expect, test } from 'vitest'
import type { ChildView } from '../../../src/keys/children/schema.ts'
import { branchesOf } from './tree.ts'

const child = (id: string, parent: string | null, depth = 1): ChildView => ({
  id,
  key: 'key_1',
  parent,
  depth,
  status: 'active',
  narrow: {},
  secretVersion: null,
  issuedAt: '2026-01-01T00:00:00.000Z',
  issuedBy: 'mem_1',
  expiresAt: '2026-01-01T01:00:00.000Z',
  revokedAt: null,
  revision: 1,
})

test('a token stands under the one that it was made of, whatever the order of the list', () => {
  const found = branchesOf([child('c', 'b', 3), child('b', 'a', 2), child('d', null), child('a', null)])
  expect(found.map(({ child: { id }, depth }) => [id, depth])).toEqual([
    ['d', 0],
    ['a', 0],
    ['b', 1],
    ['c', 2],
  ])
})

test('a token whose parent is on no page is not lost', () => {
  expect(branchesOf([child('b', 'gone', 2)]).map(({ child: { id } }) => id)).toEqual(['b'])
})
