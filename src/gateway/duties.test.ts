import { expect, test } from 'vitest'
import { carryOut } from './duties.ts'

test('a yes without duties goes through and releases its last byte at once', () => {
  const seat = carryOut([])
  let released = 0
  if (seat.ok)
    seat.value.settle(() => {
      released += 1
    })
  expect(released).toBe(1)
})

test.each(['hold', 'filter', 'redact', 'shape'] as const)('a duty that cannot be carried out (%s) is a no', (kind) => {
  const seat = carryOut([{ kind }])
  expect(seat.ok ? null : seat.problem.code).toBe('internal')
})

test('duties come in one order, however a yes lists them', () => {
  const seat = carryOut([{ kind: 'shape' }, { kind: 'hold' }, { kind: 'redact' }])
  expect(seat.ok ? null : seat.problem.log).toEqual({ duty: 'hold' })
})

test('a duty of a newer control is a no', () => {
  const fromNewer = JSON.parse('[{"kind":"duty-of-tomorrow"}]')
  expect(carryOut(fromNewer).ok).toBe(false)
})
