import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Choice } from '../keys/schema.ts'
import { admits, admitsNothing, admitsTool, both } from './choice.ts'

const items = fc.subarray(['read', 'write', 'delete', 'constructor'])
const choices: fc.Arbitrary<Choice> = fc.oneof(
  fc.constantFrom<Choice>({ mode: 'all' }, { mode: 'none' }),
  items.map((held): Choice => ({ mode: 'only', items: held })),
  items.map((held): Choice => ({ mode: 'except', items: held })),
)

test('two choices in one admit what both admit and nothing else', () => {
  fc.assert(
    fc.property(
      choices,
      choices,
      fc.oneof(
        items.map(([first]) => first ?? 'read'),
        fc.string(),
      ),
      (one, other, item) => {
        expect(admitsTool(both(one, other), item)).toBe(admitsTool(one, item) && admitsTool(other, item))
      },
    ),
  )
})

test('a word that is not known admits nothing in one with another either', () => {
  const strange = { mode: 'later', items: ['read'] } as never
  for (const known of [{ mode: 'all' }, { mode: 'only', items: ['read'] }, { mode: 'except', items: [] }] as Choice[])
    for (const choice of [both(strange, known), both(known, strange)]) expect(admits(choice, 'read')).toBe(false)
})

test.each(['Delete', 'DELETE', ' delete', 'delete\n', 'delete\u0000', 'delete\u0000x', 'de\u200blete', 'ｄｅｌｅｔｅ'])(
  'R7 D40 an exception holds for what a lenient server takes for the same tool, and a list admits its names alone: %j',
  (name) => {
    expect(admitsTool({ mode: 'except', items: ['delete'] }, name)).toBe(false)
    expect(admitsTool({ mode: 'except', items: [name] }, 'delete')).toBe(false)
    expect(admitsTool({ mode: 'only', items: ['delete'] }, name)).toBe(false)
    expect(admitsTool({ mode: 'except', items: ['delete'] }, 'delete_all')).toBe(true)
  },
)

test('R7 an exception does not admit a name of a length that no tool has', () => {
  expect(admitsTool({ mode: 'except', items: ['delete'] }, 'x'.repeat(1024))).toBe(true)
  expect(admitsTool({ mode: 'except', items: ['delete'] }, `delete${' '.repeat(4_000_000)}`)).toBe(false)
})

test('a choice admits nothing if it is none, an empty list, or a word that is not known', () => {
  const strange = { mode: 'later', items: ['read'] } as never
  const nothing: Choice[] = [{ mode: 'none' }, { mode: 'only', items: [] }, strange]
  const something: Choice[] = [{ mode: 'all' }, { mode: 'only', items: ['read'] }, { mode: 'except', items: [] }]
  expect(nothing.map(admitsNothing)).toEqual([true, true, true])
  expect(something.map(admitsNothing)).toEqual([false, false, false])
})
