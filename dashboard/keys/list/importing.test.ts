import { expect, test } from 'vitest'
import { leftOut, withSecondTry } from './importing.ts'

test('what there was no room for is tried again alone, and takes its own place among the others', () => {
  const first = [
    { index: 0, ok: false, code: 'busy', name: 'a' },
    { index: 1, ok: true, name: 'b', secret: 'one' },
    { index: 2, ok: false, code: 'invalid' },
    { index: 3, ok: false, code: 'busy', name: 'd' },
  ]
  expect(leftOut(first)).toEqual([0, 3])
  const again = [
    { index: 0, ok: false, code: 'busy', name: 'a' },
    { index: 1, ok: true, name: 'd', secret: 'two' },
  ]
  const now = withSecondTry(first, again, leftOut(first))
  expect(now).toEqual([first[0], first[1], first[2], { index: 3, ok: true, name: 'd', secret: 'two' }])
  expect(leftOut(now)).toEqual([0])
})
