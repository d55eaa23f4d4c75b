import { expect, test } from 'vitest'
import { goesRound, viaOf } from './via.ts'

test('what went through this gateway says so, behind what it said before', () => {
  expect(viaOf(undefined, 'gwy_a')).toBe('1.1 ostiary-gwy_a')
  expect(viaOf('1.1 proxy', 'gwy_a')).toBe('1.1 proxy, 1.1 ostiary-gwy_a')
})

test('a call that was here before goes round; one from a proxy or another gateway does not', () => {
  expect(goesRound(undefined, 'gwy_a')).toBe(false)
  expect(goesRound('1.1 proxy, 1.1 ostiary-gwy_b', 'gwy_a')).toBe(false)
  expect(goesRound('1.1 ostiary-gwy_a, 1.1 proxy', 'gwy_a')).toBe(true)
})

test('a chain of more than four gateways goes round, whoever they are', () => {
  const chain = (length: number) => Array.from({ length }, (_, n) => `1.1 ostiary-gwy_${n}`).join(', ')
  expect(goesRound(chain(4), 'gwy_a')).toBe(false)
  expect(goesRound(chain(5), 'gwy_a')).toBe(true)
})
