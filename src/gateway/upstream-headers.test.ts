import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { mint } from '../keys/token.ts'
import { requestHeaders, responseHeaders } from './upstream-headers.ts'

const token = mint('k', randomBytes).secret.reveal()
const sent = (headers: Record<string, string>) => {
  const list = requestHeaders(headers, null, null, 'gwy_a')
  return Object.fromEntries(list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1]]] : [])))
}

test.each([
  ['as it is', token],
  ['between other things', `one;${token},two`],
  ['behind an escape', `%2F${token}`],
  ['encoded as the protocol does it', `=?base64?${Buffer.from(token).toString('base64')}?=`],
  ['encoded in another alphabet, behind something', `x =?BASE64?${Buffer.from(`>>>${token}`).toString('base64url')}`],
])('G6 a header that holds a key %s is left out, in Via too', (_, value) => {
  const headers = sent({ 'user-agent': value, 'mcp-param-x': value, via: value, accept: 'text/plain' })
  expect(headers).toEqual({ 'accept-encoding': 'identity', via: '1.1 ostiary-gwy_a', accept: 'text/plain' })
})

test('what only looks a little like a key is passed on', () => {
  const headers = {
    'user-agent': 'cost_of_living/1',
    'mcp-name': 'posta_configuration',
    'mcp-param-x': '=?base64?8J+YgA==?=',
  }
  expect(sent(headers)).toMatchObject(headers)
})

test.each([
  [undefined, 'private'],
  ['', 'private'],
  ['public', 'private'],
  ['public, max-age=600', 'max-age=600, private'],
  ['PUBLIC , S-Maxage = 5', 'private'],
  ['max-age=600', 'max-age=600, private'],
  ['no-store', 'no-store'],
  ['no-cache, no-transform', 'no-cache, no-transform, private'],
  ['private, max-age=1', 'private, max-age=1'],
  ['no-cache="a, private, b"', 'private'],
])('no shared cache keeps what a server calls %s', (said, told) => {
  const list = responseHeaders(
    { ...(said === undefined ? {} : { 'cache-control': said }), expires: 'Thu' },
    (value) => value,
  )
  expect(list).toEqual(['cache-control', told])
})

test('a secret in cache-control is taken out like everywhere else', () => {
  const list = responseHeaders({ 'cache-control': 'x=secret' }, (value) => value.replace('secret', '-'))
  expect(list).toEqual(['cache-control', 'x=-, private'])
})
