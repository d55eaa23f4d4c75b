import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createBounded } from './bounded.ts'

test('it holds what was set last, so many and in whatever order they are set again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(12), { maxLength: 200 }), (capacity, names) => {
      const bounded = createBounded<number>(capacity)
      let expected: string[] = []
      for (const [at, name] of names.map(String).entries()) {
        bounded.set(name, at)
        expected = [...expected.filter((each) => each !== name), name].slice(-capacity)
        expect(bounded.size()).toBe(expected.length)
        for (let each = 0; each <= 12; each += 1) {
          const isHeld = bounded.get(String(each)) !== undefined
          expect(isHeld).toBe(expected.includes(String(each)))
        }
        expect(bounded.get(name)).toBe(at)
      }
    }),
  )
})

test('a flood of new names through a full one gives up each in its turn', () => {
  const bounded = createBounded<number>(1000)
  for (let n = 0; n < 100_000; n += 1) bounded.set(`name ${n}`, n)
  expect(bounded.size()).toBe(1000)
  expect([bounded.get('name 98999'), bounded.get('name 99000')]).toEqual([undefined, 99_000])
})
