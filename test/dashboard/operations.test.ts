import { expect, test } from 'vitest'
import { secretsOfReading } from '../docs/rest.ts'
import { astray } from '../docs/screens.ts'

test('every call of REST has a screen on which a person makes it, or a written reason why none does', () => {
  expect(astray()).toEqual({ missing: [], unknown: [] })
})

test('no answer that a page keeps holds a secret: they are in answers of POST alone', () => {
  expect(secretsOfReading()).toEqual([])
})
