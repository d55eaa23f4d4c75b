import { expect, test } from 'vitest'
import { NewChild } from '../../../src/keys/children/schema.ts'
import { isLife, newChildOf, noFields } from './tokenInput.ts'

test('D54 a token lives an hour unless told otherwise, and may what its key may', () => {
  expect(newChildOf(noFields)).toEqual({ ttlSeconds: 3600 })
})

test('what is not chosen for a narrow token is off, not everything', () => {
  expect(newChildOf({ ...noFields, isNarrow: true }).narrow).toEqual({
    mcp: { enabled: false },
    llm: { enabled: false },
  })
})

test('tools are narrowed for the servers that name some, and stay whole for the others', () => {
  const made = newChildOf({ ...noFields, isNarrow: true, servers: ['a', 'b'], tools: { a: ['echo'], gone: ['x'] } })
  expect(made.narrow?.mcp).toEqual({
    servers: { mode: 'only', items: ['a', 'b'] },
    tools: { a: { mode: 'only', items: ['echo'] } },
  })
  expect(NewChild.parse(made)).toEqual(made)
})

test('a life is a whole number of seconds, a day at most', () => {
  expect([1, 86_400].every(isLife)).toBe(true)
  expect(['', '60', 0, 1.5, 86_401].some(isLife)).toBe(false)
})
