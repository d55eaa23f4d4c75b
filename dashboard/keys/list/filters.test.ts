import { expect, test } from 'vitest'
import { filterOf, sortOf } from './filters.ts'
import { columnsText, shownColumns } from './shownColumns.ts'

test('an address that somebody wrote by hand filters by what a list can be filtered by, and by nothing else', () => {
  const url = { status: 'on', owner: 'me', expiring: '400', unused: '30', tag: 'team:ci', search: '  ', key: 'key_1' }
  expect(filterOf(url)).toEqual({ owner: 'me', unused: '30', tag: 'team:ci' })
  expect(sortOf({ sort: '-requests' })).toBe('-requests')
  expect(sortOf({ sort: 'color' })).toBe('-createdAt')
})

test('columns stand in the address in their own order, and not at all when they are the standard ones', () => {
  expect(shownColumns({ cols: 'tags,status,color' })).toEqual(['name', 'status', 'tags'])
  expect(columnsText(shownColumns({}))).toBe(undefined)
  expect(columnsText(['tags', 'name', 'id'])).toBe('name,id,tags')
})
