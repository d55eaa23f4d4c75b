import { expect, test } from 'vitest'
import { countsOf, differences } from './compare.ts'
import type { Check } from './suite.ts'

const check = (id: string, status: string, more: Partial<Check> = {}): Check => ({
  scenario: 'server-session-lifecycle',
  id,
  name: id,
  status,
  ...more,
})
const direct = [check('delete-accepted', 'SUCCESS'), check('404-after-delete', 'SUCCESS'), check('session', 'INFO')]

test('G11 equal verdicts are no difference, in whatever order they come', () => {
  expect(differences(direct, direct.toReversed())).toEqual([])
})

test('G11 a check that vanishes is a difference although nothing fails', () => {
  const through = direct.slice(0, 1)
  expect(countsOf(through).failed).toBe(0)
  expect(differences(direct, through).map(({ direct, through }) => [direct, through])).toEqual([
    ['SUCCESS', 'absent'],
    ['INFO', 'absent'],
  ])
})

test('G11 a worse verdict is a difference and brings the reason that the suite gave', () => {
  const through = [check('delete-accepted', 'WARNING', { errorMessage: 'answered 405' }), ...direct.slice(1)]
  expect(differences(direct, through)).toMatchObject([
    { direct: 'SUCCESS', through: 'WARNING', reason: 'answered 405' },
  ])
})

test('G11 of two checks with one id both must stay', () => {
  const twice = [check('reject', 'SUCCESS'), check('reject', 'SUCCESS')]
  expect(differences(twice, twice.slice(1))).toMatchObject([{ direct: 'SUCCESS SUCCESS', through: 'SUCCESS' }])
})

test('G11 the same id in another scenario is another check', () => {
  expect(differences([check('a', 'SUCCESS')], [check('a', 'SUCCESS', { scenario: 'ping' })])).toHaveLength(2)
})

test('G11 a difference is worse, better, or a check that is not made any more', () => {
  const kind = (was: string[], is: string[]) =>
    differences(
      was.map((status) => check('one', status)),
      is.map((status) => check('one', status)),
    ).map(({ kind }) => kind)
  expect(kind(['SUCCESS'], ['FAILURE'])).toEqual(['worse'])
  expect(kind(['SUCCESS'], ['WARNING'])).toEqual(['worse'])
  expect(kind(['SUCCESS', 'WARNING'], ['SUCCESS', 'FAILURE'])).toEqual(['worse'])
  expect(kind(['SUCCESS', 'SUCCESS'], ['SUCCESS'])).toEqual(['vanished'])
  expect(kind(['INFO'], [])).toEqual(['vanished'])
  expect(kind(['FAILURE'], ['SUCCESS'])).toEqual(['better'])
  expect(kind([], ['SUCCESS'])).toEqual(['better'])
  expect(kind([], ['FAILURE'])).toEqual(['worse'])
  expect(kind(['SUCCESS'], ['SUCCESS'])).toEqual([])
})
