import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkMetadata } from './metadata.ts'
import { Metadata, metadataLimits } from './schema.ts'
import { base62, mint } from './token.ts'

const nested = (depth: number): Metadata => {
  let value: Metadata = { end: true }
  for (let level = 1; level < depth; level += 1) value = { in: value }
  return value
}
/** As a body brings it: with a member that assignment would not make. */
const parsed = (json: string): Metadata => JSON.parse(json)

describe('D33 metadata of a key', () => {
  test.each<[string, Metadata]>([
    ['nothing', {}],
    ['what people write', { team: 'payments', costCentre: 4711, tags: ['a', 'b'], nested: { on: true, off: null } }],
    ['the deepest that is taken', nested(metadataLimits.depth)],
    ['lines and other alphabets', { note: 'first\nsecond\tthird', city: 'Zürich', name: '東京' }],
    ['words about secrets', { token: 'ci', secretPolicy: 'rotate monthly', passwordless: 'yes indeed' }],
  ])('takes %s', (_what, value) => {
    expect(checkMetadata(value)).toEqual([])
  })

  test.each<[string, Metadata, string]>([
    ['one level too deep', nested(metadataLimits.depth + 1), '/metadata'],
    ['a hundred thousand levels', nested(100_000), '/metadata'],
    ['one byte too many', { a: 'x'.repeat(metadataLimits.bytes - '{"a":""}'.length + 1) }, '/metadata'],
    ['a mebibyte', { a: 'x'.repeat(1_048_576) }, '/metadata'],
    ['__proto__', parsed('{"__proto__":{"admin":true}}'), '/metadata/__proto__'],
    ['constructor further in', { a: [{ constructor: 1 }] }, '/metadata/a/0/constructor'],
    ['NUL', { a: 'x\0' }, '/metadata/a'],
    ['an escape sequence of terminals', { a: '\u001b[2J' }, '/metadata/a'],
    ['text that turns around', { a: ['ok', 'a\u202egpj.exe'] }, '/metadata/a/1'],
    ['a name that shows nothing', { 'te\u200bam': 1 }, '/metadata'],
    ['a password by its name', { db: { password: `hunter${2}` } }, '/metadata/db/password'],
    ['a secret by its name, in a list', { api_key: ['abcdef1'] }, '/metadata/api_key/0'],
    [
      'an AWS secret by its name',
      { aws_secret_access_key: base62(40, randomBytes) },
      '/metadata/aws_secret_access_key',
    ],
  ])('refuses %s', (_what, value, pointer) => {
    expect(checkMetadata(value).map((each) => each.pointer)).toEqual([pointer])
  })

  test('exactly as many bytes as allowed are allowed, counted as UTF-8', () => {
    const room = metadataLimits.bytes - '{"a":""}'.length
    expect(checkMetadata({ a: 'x'.repeat(room) })).toEqual([])
    expect(checkMetadata({ a: 'é'.repeat(room / 2) })).toEqual([])
    expect(checkMetadata({ a: `${'é'.repeat(room / 2)}x` })).toHaveLength(1)
  })

  test('a key of ours is refused as value and as name, wherever it stands, and no answer repeats it', () => {
    const plain = fc.string({ unit: fc.constantFrom(...'abc 019-'), maxLength: 20 })
    const place = fc.constantFrom<(secret: string) => Metadata>(
      (secret) => ({ note: secret }),
      (secret) => ({ list: ['a', { b: secret }] }),
      (secret) => ({ [secret]: 1 }),
      (secret) => ({ a: { b: { [`x ${secret}`]: { c: 1 } } } }),
    )
    fc.assert(
      fc.property(plain, plain, fc.constantFrom('k', 'u', 'a', 'g'), place, (before, after, kind, put) => {
        const key = mint(kind as 'k', randomBytes).secret.reveal()
        const failures = checkMetadata(Metadata.parse(put(`${before}${key}${after}`)))
        expect(failures).toHaveLength(1)
        expect(JSON.stringify(failures)).not.toContain(key.slice(22))
      }),
      { numRuns: 500 },
    )
  })

  test('a key that lost its checksum is refused too: anybody can count it again', () => {
    const key = mint('k', randomBytes).secret.reveal()
    expect(checkMetadata({ note: key.slice(0, 65) })).toHaveLength(1)
  })
})
