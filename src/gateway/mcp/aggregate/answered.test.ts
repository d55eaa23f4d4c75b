import { expect, test } from 'vitest'
import { answered } from './answered.ts'

const call = JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/call' })
const notice = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })
const json = { 'content-type': 'application/json' }

const ask = async (text: string, init: ResponseInit = { headers: json }, body = call): Promise<string> => {
  const response = await answered(async () => new Response(text, init))('http://server.invalid', {
    method: 'POST',
    body,
  })
  return response.text()
}
const right = '{"jsonrpc":"2.0","id":7,"result":{ "big": 12345678901234567890 }}'

test('an answer to the call passes as it is, an error too', async () => {
  for (const text of [right, '{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"no"}}'])
    expect(await ask(text)).toBe(text)
})

test.each([
  ['of another call', '{"jsonrpc":"2.0","id":8,"result":{}}'],
  ['of a call with the same digits', '{"jsonrpc":"2.0","id":"7","result":{}}'],
  ['without a result', '{"jsonrpc":"2.0","id":7}'],
  ['that is cut short', '{"jsonrpc":"2.0","id":7,"result":'],
  ['that no client reads', `{"jsonrpc":"2.0","id":7,"result":${'['.repeat(200_000)}${']'.repeat(200_000)}}`],
  ['that is a list of answers', `[${right}]`],
  ['that is nothing', ''],
])('R9 an answer %s ends the call with an error instead of leaving it to wait', async (_, text) => {
  expect(JSON.parse(await ask(text))).toMatchObject({ id: 7, error: { data: { code: 'upstream_unreachable' } } })
})

test('what is no answer to a call, or no JSON, is left to who reads it', async () => {
  const stream = { headers: { 'content-type': 'text/event-stream' } }
  expect(await ask('data: {}\n\n', stream)).toBe('data: {}\n\n')
  expect(await ask('gone', { status: 404, headers: json })).toBe('gone')
  expect(await ask('{}', { headers: json }, notice)).toBe('{}')
})
