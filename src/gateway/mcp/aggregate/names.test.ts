import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mayBeHashed, nameFor, splitName } from './names.ts'

const slug = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,30}$/)
const name = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.stringMatching(/^[A-Za-z0-9_-]{1,80}$/),
  fc.constantFrom('', '__', '_', 'a__b', 'files.read', 'a b', 'é', '__proto__', 'x'.repeat(64)),
)

describe('R9 names of tools and prompts of many servers', () => {
  test('are taken by every LLM API: 64 characters of letters, digits, underscore and hyphen', () => {
    fc.assert(fc.property(slug, name, (of, one) => /^[A-Za-z0-9_-]{1,64}$/.test(nameFor(of, one))))
  })

  test('lead back to their server, and to themselves where nothing had to be changed', () => {
    fc.assert(
      fc.property(slug, name, (of, one) => {
        const split = splitName(nameFor(of, one))
        expect(split?.slug).toBe(of)
        if (!mayBeHashed(split?.rest ?? '')) expect(split?.rest).toBe(one)
      }),
    )
  })

  test('are two where the server has two, and the same each time', () => {
    fc.assert(
      fc.property(slug, name, name, (of, one, another) => {
        expect(nameFor(of, one)).toBe(nameFor(of, one))
        if (one !== another) expect(nameFor(of, one)).not.toBe(nameFor(of, another))
      }),
    )
  })

  test('are never those of another server', () => {
    fc.assert(
      fc.property(slug, slug, name, name, (of, other, one, another) => {
        if (of !== other) expect(nameFor(of, one)).not.toBe(nameFor(other, another))
      }),
    )
  })

  test.each([
    ['a', 'echo', 'a__echo'],
    ['a', 'get__it', 'a__get__it'],
    ['git-hub', 'files.read', expect.stringMatching(/^git-hub__files_read_[0-9a-z]{8}$/)],
    ['a', 'x'.repeat(61), `a__${'x'.repeat(61)}`],
    ['a', 'x'.repeat(62), expect.stringMatching(/^a__x{52}_[0-9a-z]{8}$/)],
  ])('of %s: %s', (of, one, expected) => expect(nameFor(of, one)).toEqual(expected))

  test.each(['', '__', '__x', 'plain', 'one_two'])('%j names no server', (text) => expect(splitName(text)).toBeNull())
})
