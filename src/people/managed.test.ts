import { expect, test } from 'vitest'
import { managedAfter, refusalOfManaged } from './managed.ts'

test('what a configuration manages only that configuration changes, and what none manages anybody', () => {
  for (const [configuration, managedBy, code] of [
    [undefined, null, null],
    ['mine', null, null],
    ['mine', 'mine', null],
    [undefined, 'mine', 'managed_elsewhere'],
    ['other', 'mine', 'managed_elsewhere'],
    ['min', 'mine', 'managed_elsewhere'],
  ] as const) {
    const refused = refusalOfManaged(configuration === undefined ? {} : { configuration }, { managedBy })
    expect(refused?.problem.code ?? null, `${configuration} ${managedBy}`).toBe(code)
    if (refused) expect(refused.problem.detail).toContain('The configuration mine manages this')
  }
})

test('it comes under whose change it is, until that one lets go of it', () => {
  expect(managedAfter({ configuration: 'mine' }, {})).toBe('mine')
  expect(managedAfter({}, {})).toBeNull()
  expect(managedAfter({ configuration: 'mine' }, { managedBy: null })).toBeNull()
})
