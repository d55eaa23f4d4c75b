import { expect, test } from 'vitest'
import { NewAccessRequest } from '../../src/access-requests/schema.ts'
import { askedKinds, askingFrom, bodyOf, isComplete } from './asking.ts'

test.each(askedKinds)('what the address says of a %s is what REST is asked for', (kind) => {
  const asking = askingFrom({ ask: '1', [kind]: 'wiki/search', usd: '25.00', key: 'key_1', reason: 'Because' })
  expect(asking.kind).toBe(kind)
  expect(isComplete(asking)).toBe(true)
  const body = bodyOf(asking)
  expect(NewAccessRequest.parse(body)).toEqual(body)
  expect(Object.keys(body).toSorted()).toEqual([kind, 'key', 'reason'].toSorted())
})

test('without a reason, or without a name, nothing is asked', () => {
  expect(isComplete(askingFrom({ ask: '1', server: 'wiki' }))).toBe(false)
  expect(isComplete(askingFrom({ ask: '1', reason: 'Because' }))).toBe(false)
})
