import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { onlyAdmitted } from './filter-list.ts'

const admits = (tool: string) => tool === 'read' || tool === 'caf\u00e9'
const answer = (result: unknown, more: object = {}) => ({ jsonrpc: '2.0', id: 1, result, ...more })
const tool = (name: unknown, more: object = {}) => ({ name, inputSchema: { type: 'object' }, ...more })
const filtered = (text: string): unknown => onlyAdmitted(JSON.parse(text), admits)

test('D40 a list keeps the admitted tools whole and in order, the cursor and every other member', () => {
  const read = tool('read', { title: 'Read', annotations: { readOnlyHint: true }, 'x-own': [1] })
  const list = { _meta: { a: 1 }, tools: [tool('write'), read, tool('delete'), tool('read')], nextCursor: 'page 2' }
  expect(onlyAdmitted(answer(list, { extra: true }), admits)).toEqual(
    answer({ _meta: { a: 1 }, tools: [read, tool('read')], nextCursor: 'page 2' }, { extra: true }),
  )
  // A page without one admitted tool still leads to the next.
  expect(onlyAdmitted(answer({ tools: [tool('write')], nextCursor: 'c' }), admits)).toEqual(
    answer({ tools: [], nextCursor: 'c' }),
  )
})

test('D40 names are compared as they are: no case, no space, no Unicode form makes another tool of the same name', () => {
  const names = ['Read', 'read ', ' read', 'read\u0000', 'r\u200bead', 'cafe\u0301', 'ｒｅａｄ', 'caf\u00e9', 'read']
  const list = onlyAdmitted(answer({ tools: names.map((name) => tool(name)) }), admits)
  expect(list).toEqual(answer({ tools: [tool('caf\u00e9'), tool('read')] }))
})

test.each([
  ['no name', {}],
  ['a number', { name: 5 }],
  ['a list', { name: ['read'] }],
  ['null', { name: null }],
  ['a name by prototype', JSON.parse('{"__proto__":{"name":"read"}}')],
  ['no object', 'read'],
  ['an array', [['name', 'read']]],
  ['nothing', null],
])('D40 what has no name of its own is not listed: %s', (_, item) => {
  expect(onlyAdmitted(answer({ tools: [item] }), () => true)).toEqual(answer({ tools: [] }))
})

test.each([null, 'all', 7, { 0: tool('write'), length: 1 }, true])(
  'D40 what is no array lists nothing: %j',
  (tools) => {
    expect(onlyAdmitted(answer({ tools }), admits)).toEqual(answer({ tools: [] }))
  },
)

test('D40 a batch of answers is filtered one by one', () => {
  const other = { jsonrpc: '2.0', id: 2, result: {} }
  expect(onlyAdmitted([other, answer({ tools: [tool('write'), tool('read')] })], admits)).toEqual([
    other,
    answer({ tools: [tool('read')] }),
  ])
})

test('R7 a batch inside a batch is filtered as well', () => {
  expect(onlyAdmitted([[answer({ tools: [tool('write'), tool('read')] })]], admits)).toEqual([
    [answer({ tools: [tool('read')] })],
  ])
})

test('D40 a list that was made for one key is kept for that key only', () => {
  const list = { resultType: 'complete', tools: [tool('read')], ttlMs: 5000, cacheScope: 'public' }
  expect(onlyAdmitted(answer(list), admits)).toEqual(answer({ ...list, cacheScope: 'private' }))
})

describe('R7 members that others could read as the deciding ones do not stay', () => {
  test.each([
    ['beside the list', '{"id":1,"result":{"tools":[],"Tools":[{"name":"write"}]}}', '{"id":1,"result":{"tools":[]}}'],
    ['in the place of it', '{"id":1,"result":{"TOOLS":[{"name":"write"}]}}', '{"id":1,"result":{}}'],
    ['folded by Go', '{"id":1,"result":{"tool\u017f":[{"name":"write"}]}}', '{"id":1,"result":{}}'],
    ['beside the result', '{"id":1,"Result":{"tools":[{"name":"write"}]},"result":{}}', '{"id":1,"result":{}}'],
    [
      'by prototype of the result',
      '{"id":1,"result":{"__proto__":{"tools":[{"name":"write"}]}}}',
      '{"id":1,"result":{}}',
    ],
    ['by prototype of the message', '{"id":1,"__proto__":{"result":{"tools":[]}}}', '{"id":1}'],
    [
      'beside the name',
      '{"id":1,"result":{"tools":[{"name":"read","Name":"write","__proto__":{"name":"write"}}]}}',
      '{"id":1,"result":{"tools":[{"name":"read"}]}}',
    ],
  ])('%s', (_, said, left) => {
    expect(JSON.stringify(filtered(said))).toBe(left)
  })
})

test('G11 what holds no list comes back as the very same value', () => {
  const values = fc.jsonValue().filter((value) => !/tools|result/i.test(JSON.stringify(value)))
  fc.assert(
    fc.property(values, (value) => {
      for (const message of [value, answer(value), [answer(value), value], { method: 'm', params: { tools: value } }])
        expect(onlyAdmitted(message, () => false)).toBe(message)
    }),
  )
})

test('D40 after the filter there is no tool that is not admitted, whatever the list holds', () => {
  const items = fc.oneof(
    fc.constantFrom('read', 'write', 'caf\u00e9').map((name) => tool(name)),
    fc.jsonValue(),
  )
  fc.assert(
    fc.property(fc.array(items), (tools) => {
      const shown = onlyAdmitted(answer({ tools }), admits) as { result: { tools: { name: string }[] } }
      expect(shown.result.tools.every(({ name }) => admits(name))).toBe(true)
    }),
  )
})
