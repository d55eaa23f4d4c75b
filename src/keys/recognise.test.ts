import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findOwn, findSecrets } from './recognise.ts'
import type { TokenKind } from './schema.ts'
import { base62, mint } from './token.ts'

const ofKind = (kind: TokenKind) => mint(kind, randomBytes).secret.reveal()
/** A child token by its form; signed by nobody. */
const child = () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = part({ sub: `key_${base62(16, randomBytes)}`, jti: `chd_${base62(16, randomBytes)}` })
  return `oste_${part({ alg: 'ES256', typ: 'at+jwt' })}.${claims}.${randomBytes(65).toString('base64url').slice(0, 86)}`
}
const own = fc.constantFrom(...(['k', 'u', 'a', 'g'] as const)).map(ofKind)
/** Text that is full of what tokens are made of. */
const noise = fc.string({ unit: fc.constantFrom(...'ostekuag_.-AZ09 \n"\\/eyJ%é'), maxLength: 200 })

describe('own tokens', () => {
  test('C03 10,000 fresh keys are all different, have one prefix and are found in their text', () => {
    const keys = Array.from({ length: 10_000 }, () => ofKind('k'))
    expect(new Set(keys).size).toBe(10_000)
    expect(keys.every((key) => /^ostk_[0-9A-Za-z]{16}_[0-9A-Za-z]{49}$/.test(key))).toBe(true)
    const found = findOwn(keys.join('\n'))
    expect(found).toHaveLength(10_000)
    expect(found.every(({ kind, isOurs }) => kind === 'key' && isOurs)).toBe(true)
  })

  test('C04 a token is found wherever it stands, whole, and no text around it hides it', () => {
    fc.assert(
      fc.property(noise, fc.oneof(own, fc.constant(null).map(child)), noise, (before, token, after) => {
        const tail = token.startsWith('oste_') ? ` ${after}` : after
        const text = `${before}${token}${tail}`
        expect(findOwn(text).map(({ start, end }) => text.slice(start, end))).toContain(token)
      }),
      { numRuns: 2000 },
    )
  })

  test('C04 a key with one character changed is not taken for a key', () => {
    const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
    fc.assert(
      fc.property(own, fc.nat(70), fc.nat(61), (token, at, letter) => {
        const wrong = token.slice(0, at) + alphabet[letter] + token.slice(at + 1)
        expect(findOwn(wrong).length).toBe(wrong === token ? 1 : 0)
      }),
      { numRuns: 2000 },
    )
  })

  test('a preview names kind and id and holds no character of the secret', () => {
    const key = ofKind('u')
    expect(findOwn(key)).toEqual([{ kind: 'url-key', start: 0, end: 71, isOurs: true, preview: key.slice(0, 21) }])
    expect(findOwn(child())).toMatchObject([{ kind: 'child-token', preview: 'oste_…' }])
  })

  test('two tokens that touch are two, and a token behind a false start is found', () => {
    const [a, b] = [ofKind('k'), ofKind('a')]
    expect(findOwn(a + b)).toHaveLength(2)
    expect(findOwn(`${a.slice(0, 67)}${b}`).map(({ kind }) => kind)).toEqual(['management-token'])
  })

  test('texts that are made to be slow are read to their end', () => {
    const hostile = [
      'oste_eyJ-',
      'oste_eyJ.eyJ',
      'ostk_AAAAAAAAAAAAAAAA_',
      'eyJ0-',
      'aws ',
      'a://a:',
      'sk-a',
      'AccountKey=',
    ]
    for (const piece of hostile) expect(findOwn(piece.repeat(400_000))).toEqual([])
    for (const piece of hostile) findSecrets(piece.repeat(4000))
  })
})

describe('secrets of others', () => {
  const letters = (length: number) => base62(length, randomBytes)
  const capitals = (length: number) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.repeat(2).slice(7, 7 + length)
  // Built here and not written down: a scanner that reads this file must find nothing.
  const secrets: Readonly<Record<string, string>> = {
    'github-token': `ghp_${letters(36)}`,
    'gitlab-token': `glpat-${letters(20)}`,
    'aws-access-key': `AKIA${capitals(16)}`,
    'aws-secret-key': `aws_secret_access_key = ${letters(40)}`,
    'slack-token': `xoxb-${'1'.repeat(12)}-${letters(24)}`,
    'anthropic-key': `sk-ant-api03-${letters(80)}`,
    'openai-key': `sk-proj-${letters(40)}aA1`,
    'google-key': `AIza${letters(35)}`,
    'stripe-key': `sk_live_${letters(24)}`,
    'npm-token': `npm_${letters(36)}`,
    'private-key': `-----BEGIN ${'RSA PRIVATE'} KEY-----`,
    jwt: `${Buffer.from('{"alg":"HS256"}').toString('base64url')}.${Buffer.from('{"sub":"1"}').toString('base64url')}.${letters(43)}`,
    'authorization-header': `Authorization: Bearer ${letters(32)}`,
    'bearer-token': `Bearer ${letters(30)}7`,
    'url-with-password': `postgres://app:${letters(12)}@db.internal/app`,
    'assigned-secret': `password=${letters(12)}`,
    'damaged-token': `ostk_${letters(16)}_${letters(43)}`,
  }

  test.each(Object.entries(secrets))('D33 %s is recognised and its preview tells nothing of it', (kind, secret) => {
    const [found] = findSecrets(`say "${secret}" aloud`)
    expect(found).toMatchObject({ kind, isOurs: false })
    expect(found?.preview.length).toBeLessThan(22)
    expect(secret.slice(-16)).not.toContain(found?.preview.replace('…', '') || '\0')
  })

  test.each([
    'sk-learn-pipeline-for-the-clusters-of-europe',
    'the bearer of this message',
    'https://example.com/a:b@c',
    'team/platform cost-centre 4711',
    '4f3c2b1a-0000-4000-8000-1234567890ab',
    'sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'password rotation is due',
    'AKIA is the prefix of AWS',
    'git@github.com:example/repository.git',
  ])('D33 plain text is no secret: %s', (text) => {
    expect(findSecrets(text)).toEqual([])
  })

  test('where two forms overlap the surer one is named, once', () => {
    const key = mint('k', randomBytes).secret.reveal()
    expect(findSecrets(`Authorization: Bearer ${key}`).map(({ isOurs }) => isOurs)).toEqual([true])
  })
})
