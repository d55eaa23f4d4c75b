import { expect, test } from 'vitest'
import { createCrowd } from './crowd.ts'

const mib = 1024 * 1024
const of = (bytes: number) => ({ 'content-length': String(bytes) })

test('large bodies take room until their calls are over, and there is only so much of it', () => {
  const crowd = createCrowd({ mostBytes: 64 * mib, bodyBytes: 32 * mib })
  const [first, second] = [crowd.enter(of(32 * mib)), crowd.enter(of(30 * mib))]
  expect([first, second]).toEqual([32 * mib, 30 * mib])
  expect(crowd.enter(of(3 * mib))).toBeNull()
  expect(crowd.enter(of(mib))).toBe(0)
  crowd.leave(first ?? 0)
  expect(crowd.enter(of(3 * mib))).toBe(3 * mib)
})

test('a body that does not say its length counts as the largest', () => {
  const crowd = createCrowd({ mostBytes: 64 * mib, bodyBytes: 32 * mib })
  expect([crowd.enter({}), crowd.enter({}), crowd.enter({})]).toEqual([32 * mib, 32 * mib, null])
})

test.each(['-1', 'x', '', String(33 * mib)])(
  'a length that cannot be (%j) takes nothing: it is refused as it is read',
  (length) => {
    const crowd = createCrowd({ mostBytes: 64 * mib, bodyBytes: 32 * mib })
    expect(crowd.enter({ 'content-length': length })).toBe(0)
  },
)
