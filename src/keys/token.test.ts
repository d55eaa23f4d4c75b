import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { base62, checksumOf, mint, newId, parseToken, previewOf, tokenPattern } from './token.ts'

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const kinds = ['k', 'u', 'a', 'g'] as const
const tokens = fc
  .tuple(fc.constantFrom(...kinds), fc.uint8Array({ minLength: 400, maxLength: 400 }))
  .map(([kind, bytes]) => mint(kind, seeded(bytes)))

/** Random bytes that repeat a given block, each time shifted, so that rejected bytes end some time. */
function seeded(bytes: Uint8Array): (size: number) => Uint8Array {
  let at = 0
  return (size) => Uint8Array.from({ length: size }, () => ((bytes[at % bytes.length] ?? 0) + (at++ >> 6) * 7) & 0xff)
}

test('C03 B07 a minted token is 71 characters of base62 and underscores and reads back as what it is', () => {
  fc.assert(
    fc.property(tokens, ({ id16, secret }) => {
      const text = secret.reveal()
      expect(text).toHaveLength(71)
      expect(text).toMatch(/^ost[kuag]_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/)
      expect(parseToken(text)).toEqual({ kind: text[3], id16, text })
    }),
  )
})

test('C04 a token with any single character changed is refused', () => {
  fc.assert(
    fc.property(tokens, fc.nat(70), fc.constantFrom(...digits, '_', '-', ' '), ({ secret }, at, other) => {
      const text = secret.reveal()
      fc.pre(text[at] !== other)
      expect(parseToken(text.slice(0, at) + other + text.slice(at + 1))).toBeNull()
    }),
    { numRuns: 2000 },
  )
})

test('C04 a token with two neighbours swapped is refused', () => {
  fc.assert(
    fc.property(tokens, fc.nat(69), ({ secret }, at) => {
      const text = secret.reveal()
      fc.pre(text[at] !== text[at + 1])
      const swapped = text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2)
      expect(parseToken(swapped)).toBeNull()
    }),
    { numRuns: 2000 },
  )
})

test('nothing but a whole token is a token', () => {
  const text = mint('k', randomBytes).secret.reveal()
  const near = [
    '',
    text.slice(1),
    `${text}0`,
    ` ${text}`,
    `${text}\n`,
    text.toUpperCase(),
    text.replaceAll('_', '-'),
    text.replace('ostk', 'oste'),
    `${text.slice(0, 70)}é`,
    `${'0'.repeat(70)}\u{1F511}`,
  ]
  expect(near.map(parseToken)).toEqual(near.map(() => null))
  fc.assert(fc.property(fc.string({ maxLength: 90 }), (any) => parseToken(any) === null))
})

test('the checksum is CRC32 of everything before it, in six base62 digits', () => {
  expect(checksumOf('123456789')).toBe(inBase62(0xcbf43926))
  expect(checksumOf('')).toBe('000000')
})

function inBase62(value: number): string {
  return Array.from({ length: 6 }, (_, i) => digits[Math.floor(value / 62 ** (5 - i)) % 62]).join('')
}

test('a key keeps the id that it is given, and its preview shows no character of the secret', () => {
  const { id16, secret } = mint('u', randomBytes, 'AAAABBBBCCCCDDDD')
  expect(id16).toBe('AAAABBBBCCCCDDDD')
  expect(previewOf('u', id16)).toBe('ostu_AAAABBBBCCCCDDDD')
  expect(secret.reveal().startsWith('ostu_AAAABBBBCCCCDDDD_')).toBe(true)
  expect(`${secret}`).toBe('[ostu_AAAABBBBCCCCDDDD]')
})

test('A18 random base62 is unbiased: bytes above the last multiple of 62 are thrown away', () => {
  const bytes = [248, 61, 255, 62, 247, 250, 0]
  const one = () => Uint8Array.of(bytes.shift() ?? 0)
  expect(base62(4, one)).toBe('z0z0')
  expect(bytes).toEqual([])
})

test('ids are a prefix and sixteen base62 digits, never twice the same', () => {
  const ids = Array.from({ length: 1000 }, () => newId('key', randomBytes))
  expect(new Set(ids).size).toBe(1000)
  for (const id of ids) expect(id).toMatch(/^key_[0-9A-Za-z]{16}$/)
})

test('G1 redaction finds every token form, glued to other text, and parts of one', () => {
  const text = mint('k', randomBytes).secret.reveal()
  const child = `oste_eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJrIn0.${'a-_'.repeat(28)}ab`
  const redact = (line: string) => line.replace(tokenPattern, '[x]')
  expect(redact(`a %2F${text}&b`)).toBe('a %2F[x]&b')
  expect(redact(`key_${text}`)).toBe('key_[x]')
  expect(redact(`Bearer ${child}, ${text}`)).toBe('Bearer [x], [x]')
  expect(redact(text.slice(0, 40))).toBe('[x]')
  expect(redact('ostk_AAAABBBBCCCCDDDD is a preview')).toBe('ostk_AAAABBBBCCCCDDDD is a preview')
})
