import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { mint } from '../keys/token.ts'
import { presented } from './presented.ts'

const token = mint('k', randomBytes).secret.reveal()
const read = (rawHeaders: string[], url = '/') => {
  const got = presented({ rawHeaders, url })
  return got.ok ? got.value : got.problem.code
}

test.each([
  [[], null],
  [['Authorization', `Bearer ${token}`], token],
  [['AUTHORIZATION', `bearer   ${token} `], token],
  [['authorization', `BEARER\t${token}`], token],
  [['X-API-Key', ` ${token}`], token],
  [['authorization', `Bearer ${token}`, 'x-api-key', token], token],
  [['authorization', 'Bearer'], null],
  [['authorization', 'Bearer '], null],
  [['authorization', ''], null],
  [['x-api-key', ''], null],
  [['authorization', `Basic ${token}`], null],
  [['authorization', `Bearer${token}`], null],
  [['authorization', token], null],
  [['authorization', `Basic x`, 'x-api-key', token], 'credential_ambiguous'],
  [['authorization', 'Bearer a', 'x-api-key', 'b'], 'credential_ambiguous'],
  [['authorization', 'Bearer', 'x-api-key', 'b'], 'credential_ambiguous'],
  [['authorization', 'Bearer a', 'Authorization', 'Bearer a'], 'credential_ambiguous'],
  [['authorization', '', 'Authorization', 'Bearer a'], 'credential_ambiguous'],
  [['x-api-key', 'a', 'X-Api-Key', 'a'], 'credential_ambiguous'],
  [['x-api-key', '', 'X-Api-Key', 'a'], 'credential_ambiguous'],
])('%j carries %s', (headers, expected) => {
  expect(read(headers)).toBe(expected)
})

const spelt = [...token].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('')
test.each([
  [`/a?key=${token}`],
  [`/a?x=1&access_token=Bearer+${token}`],
  [`/a?${token}`],
  [`/a?${token}=1`],
  [`/a?x=${spelt}`],
  [`/a?x=${token.slice(0, 30)}`],
  [`/a?x=oste_${'a'.repeat(20)}.b.c`],
  [`/a?x=${mint('a', randomBytes).secret.reveal()}`],
])('a token in the query string is refused, whatever the parameter is called', (url) => {
  expect(read(['authorization', `Bearer ${token}`], url)).toBe('key_in_query')
})

test('other query strings are nobody’s business', () => {
  for (const url of ['/a', '/a?', '/a?key=', '/a?host=1&cost_x=2', '/a?q=%zz%', '/a?most_k_=1']) {
    expect(read(['authorization', `Bearer ${token}`], url)).toBe(token)
  }
})
