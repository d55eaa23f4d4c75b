import { expect, test } from 'vitest'
import { Secret } from '../secret.ts'
import type { Slot } from '../servers/schema.ts'
import { headerFor, isHeaderValue, isInjectableName } from './injection.ts'

const slot = (name: string, template: string): Slot => ({ slot: 'header', name, template })

test('the credential fills its template and comes out as one header', () => {
  const header = headerFor(slot('Authorization', 'Bearer {value}'), new Secret('abc'))
  expect(header?.name).toBe('authorization')
  expect(header?.value.reveal()).toBe('Bearer abc')
})

test('a credential is text, never a pattern', () => {
  expect(headerFor(slot('x-key', '{value}'), new Secret('$&{value}$1'))?.value.reveal()).toBe('$&{value}$1')
})

test.each(['a\r\nx-evil: 1', 'a\nb', 'a\0b', 'a\x7fb', 'café', ' a', 'a ', '', '\t'])(
  'a value that would break the header is refused: %j',
  (value) => {
    expect(isHeaderValue(value)).toBe(false)
    expect(headerFor(slot('x-key', '{value}'), new Secret(value))).toBeNull()
  },
)

test.each(['Host', 'content-length', 'Transfer-Encoding', 'connection', 'mcp-session-id', 'Accept', 'a b', ''])(
  'a credential does not go into %j, which frames the message or belongs to the protocol',
  (name) => {
    expect(isInjectableName(name)).toBe(false)
    expect(headerFor(slot(name, '{value}'), new Secret('abc'))).toBeNull()
  },
)

test('G1 the header prints as a label', () => {
  expect(JSON.stringify(headerFor(slot('x-key', '{value}'), new Secret('canary')))).not.toContain('canary')
})
