import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { newRequestId } from '../http/request-id.ts'
import { createRandomPool } from './random-pool.ts'

test('no byte of the pool is handed out twice', () => {
  let next = 0
  const counting = (size: number) => Uint8Array.from({ length: size }, () => next++ % 251)
  const draw = createRandomPool(counting, 50)
  const drawn = Array.from({ length: 20 }, () => [...draw(7)])
  // 7 × 7 bytes of each pool of 50; the last one is left over.
  const expected = Array.from({ length: 20 }, (_, i) =>
    Array.from({ length: 7 }, (_none, j) => (Math.floor(i / 7) * 50 + (i % 7) * 7 + j) % 251),
  )
  expect(drawn).toEqual(expected)
  expect(draw(51).length).toBe(51)
})

test('request ids stay unique', () => {
  const draw = createRandomPool(randomBytes)
  expect(new Set(Array.from({ length: 5000 }, () => newRequestId(draw))).size).toBe(5000)
})
