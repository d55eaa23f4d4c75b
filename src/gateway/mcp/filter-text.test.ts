import { expect, test } from 'vitest'
import { filterText, mayHoldList } from './filter-text.ts'

const admits = (tool: string) => tool === 'read'
const run = (text: string) => {
  const filtered = filterText(Buffer.from(text), admits)
  return filtered.kind === 'rewritten' ? filtered.text : filtered.kind
}
const list = (tools: string) => `{"jsonrpc":"2.0","id":1,"result":{"tools":${tools}}}`

test.each([
  ['the list twice', '{"id":1,"result":{"tools":[{"name":"write"}],"tools":[{"name":"read"}]}}'],
  ['the result twice', '{"id":1,"result":{"tools":[{"name":"write"}]},"result":{"tools":[{"name":"read"}]}}'],
  ['a name twice', '{"id":1,"result":{"tools":[{"name":"write","name":"read"}]}}'],
  ['a name twice, once in escapes', '{"id":1,"result":{"tools":[{"n\\u0061me":"write","name":"read"}]}}'],
  ['the member in escapes', '{"id":1,"result":{"\\u0074ools":[{"name":"write"},{"name":"read"}]}}'],
])('R7 only the reading that was decided on is left of %s', (_, said) => {
  expect(run(said)).toBe('{"id":1,"result":{"tools":[{"name":"read"}]}}')
})

test('R7 a list that only another parser sees is not there any more', () => {
  expect(run('{"id":1,"result":{"tools":[{"name":"write"}]},"result":{}}')).toBe('{"id":1,"result":{}}')
  expect(run('{"result":{"tools":[{"name":"write"}]},"id":1,"result":null}')).toBe('{"result":null,"id":1}')
})

test('D40 numbers that ours cannot hold stay as they were written', () => {
  const read =
    '[{"name":"read","inputSchema":{"maximum":9223372036854775807,"minimum":-0,"multipleOf":1.0,"big":1e400}}]'
  expect(run(list(read))).toBe(list(read))
})

test('R7 a list of more values than any real one is filtered all the same, without care for the spelling of its numbers', () => {
  const many = `[{"name":"read","rows":[${'1.0,'.repeat(60_000)}1.0]},{"name":"write"}]`
  expect(run(list(many))).toBe(list(`[{"name":"read","rows":[${'1,'.repeat(60_000)}1]}]`))
})

test('D40 what was escaped because a stream or a browser could take it for a line end stays escaped', () => {
  expect(run(list('[{"name":"read","title":"a\\u2028b\\u0085\\u00e9\\ud800"}]'))).toBe(
    list('[{"name":"read","title":"a\\u2028b\\u0085é\\ud800"}]'),
  )
})

test('G11 a text without a list passes, however it is written', () => {
  for (const text of [
    '{ "id" : 1.0, "result" : {"big":9007199254740993} }\n',
    '{"error":{"code":-32601}}',
    '[]',
    'null',
  ])
    expect(run(text)).toBe('same')
})

test.each(['', '{', '{"tools":', "{'tools':[]}", '<html>', '{"id":1}}', '\ufeff{}'])(
  'what is no JSON is broken: %j',
  (text) => {
    expect(run(text)).toBe('broken')
  },
)

test('what nests or counts more than any list is not parsed, and what nests too deeply for us is broken', () => {
  expect(run(`{"a":${'['.repeat(40_000)}${']'.repeat(40_000)}}`)).toBe('excess')
  expect(run(`[${'{},'.repeat(700_000)}{}]`)).toBe('excess')
  expect(run(list('[{"name":"read","deep":'.concat('['.repeat(20_000), ']'.repeat(20_000), '}]')))).toBe('broken')
})

test('R7 whatever spells a member that some parser takes for tools is looked at', () => {
  for (const text of ['{"tools":1}', '{"TooLs":1}', '{"tool\u017f":1}', '{"\\u0074\\u006f\\u006f\\u006c\\u0073":1}'])
    expect(mayHoldList(Buffer.from(text))).toBe(true)
  expect(mayHoldList(Buffer.from('{"method":"notifications/progress"}'))).toBe(false)
})
