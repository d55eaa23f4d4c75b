import { generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { childToken, issuer, signer } from '../../../test/child-tokens.ts'
import { newKey, type TestKey } from '../../../test/fake-control.ts'
import { createAttempts } from '../../keys/attempts.ts'
import { createSigner } from '../../keys/children/signing.ts'
import { parseChild } from '../../keys/children/token.ts'
import type { Incoming } from '../incoming.ts'
import { noFacts } from '../incoming.ts'
import { authenticateChild } from './authenticate.ts'
import { createKeyring } from './keyring.ts'
import { createProvedChildren } from './proved.ts'

const audience = 'https://gw.test/acme'
let key: TestKey
beforeAll(async () => {
  key = await newKey()
})
const tokenOf = async (by = signer) => (await childToken(key.record, audience, {}, by)).token
const parsed = (text: string) => {
  const token = parseChild(text)
  if (!token) throw new Error('no token')
  return token
}
/** Counts how often a signature is looked at. */
const counted = () => {
  const asked: string[] = []
  const keyOf = (kid: string): KeyObject | null => {
    asked.push(kid)
    return signer.publicKey(kid)
  }
  return { asked, keyring: { keyOf } }
}

describe('what is remembered', () => {
  test('D54 a token is proved once, whoever comes with it at the same time, and by nothing but all of it', async () => {
    const { keyring, asked } = counted()
    const proved = createProvedChildren({ keyring })
    const [text, other] = [await tokenOf(), await tokenOf()]
    expect(proved.warm(text)).toBe(null)
    const together = await Promise.all(Array.from({ length: 20 }, () => proved.prove(parsed(text))))
    expect(new Set(together).size).toBe(1)
    expect(asked).toHaveLength(1)
    expect(proved.warm(text)).toBe(together[0])
    for (const changed of [other, text.slice(0, -1), `${text.slice(0, -1)}${text.endsWith('A') ? 'B' : 'A'}`])
      expect(proved.warm(changed)).toBe(null)
  })

  test('a wrong signature is not remembered as a right one, and not as anything', async () => {
    const proved = createProvedChildren({ keyring: { keyOf: signer.publicKey } })
    const [head, body] = (await tokenOf()).split('.')
    const forged = `${head}.${body}.${'A'.repeat(86)}`
    expect(await proved.prove(parsed(forged))).toBe(null)
    expect([proved.warm(forged), proved.size()]).toEqual([null, 0])
  })

  test('so many are remembered and no more: the first that was proved is given up', async () => {
    const proved = createProvedChildren({ keyring: { keyOf: signer.publicKey }, capacity: 3 })
    const texts = await Promise.all(Array.from({ length: 5 }, () => tokenOf()))
    for (const text of texts) await proved.prove(parsed(text))
    expect(proved.size()).toBe(3)
    expect(texts.map((text) => proved.warm(text) !== null)).toEqual([false, false, true, true, true])
  })

  test('nothing that could be presented is kept', async () => {
    const proved = createProvedChildren({ keyring: { keyOf: signer.publicKey } })
    const text = await tokenOf()
    await proved.prove(parsed(text))
    expect(JSON.stringify(proved.warm(text))).not.toContain(text.slice(5, 40))
  })
})

describe('a flood of forgeries', () => {
  const call: Incoming = {
    request: { headers: {} } as Incoming['request'],
    requestId: 'req_0',
    address: '192.0.2.7',
    isProxy: false,
    startedAt: 0,
    server: null,
    urlKey: null,
    route: '',
    facts: noFacts(),
  }
  const gate = (more: { now?: () => number } = {}) => {
    const looked: string[] = []
    const proved = createProvedChildren({ keyring: { keyOf: signer.publicKey } })
    const authenticate = authenticateChild({
      findKeyById: (id) => (id === key.record.id ? key.record : null),
      isFresh: () => true,
      keyring: { keyOf: signer.publicKey, issuer: () => issuer },
      proved: {
        warm: proved.warm,
        prove: (token) => {
          looked.push(token.text)
          return proved.prove(token)
        },
      },
      isRevoked: () => false,
      isForUs: () => true,
      attempts: createAttempts({ now: () => 0 }),
      sightings: { browser: () => {} },
      now: Date.now,
      ...more,
    })
    const codeOf = async (text: string, from = call) => {
      const result = await authenticate(from, text)
      return result.ok ? null : result.problem.code
    }
    return { codeOf, looked }
  }

  test('G5 tokens of a key that is not known, or signed with one that is not ours, cost no look at a signature', async () => {
    const { codeOf, looked } = gate()
    const strangers = createSigner({ seedOf: () => randomBytes(32), now: Date.now })
    const ofNobody = (await childToken({ id: 'key_AAAAAAAAAAAAAAAA', epoch: 1 }, audience)).token
    expect(await codeOf(ofNobody)).toBe('key_invalid')
    expect(await codeOf(await tokenOf(strangers))).toBe('key_invalid')
    expect(looked).toEqual([])
  })

  test('G5 of ten thousand with a known key and a known signer ten are looked at, and a token that was proved is not held up by them', async () => {
    const { codeOf, looked } = gate()
    const right = await tokenOf()
    expect(await codeOf(right)).toBe(null)
    const [head, body] = (await tokenOf()).split('.')
    const codes = new Map<string | null, number>()
    for (let n = 0; n < 10_000; n += 1) {
      const signature = String(n).padStart(86, 'A')
      const code = await codeOf(`${head}.${body}.${signature}`)
      codes.set(code, (codes.get(code) ?? 0) + 1)
    }
    expect(Object.fromEntries(codes)).toEqual({ key_invalid: 10, too_many_attempts: 9990 })
    expect(looked).toHaveLength(11)
    expect(await codeOf(right)).toBe(null)
    // Somebody else, from elsewhere, is not held up either.
    expect(await codeOf(await tokenOf(), { ...call, address: '198.51.100.9' })).toBe(null)
  })
})

describe('the keys of control', () => {
  const log = () => {
    const said: unknown[] = []
    return { said, error: (fields: object) => void said.push(fields) }
  }
  const [{ kid, publicJwk } = { kid: '', publicJwk: {} }] = signer.publicKeys()

  test('what control tells last counts, and nothing counts before it has', () => {
    const keyring = createKeyring({ log: log() })
    expect([keyring.keyOf(kid), keyring.issuer()]).toEqual([null, ''])
    keyring.learn({ type: 'signing-keys', issuer, keys: [{ kid, jwk: { ...publicJwk } }] })
    expect([keyring.keyOf(kid)?.type, keyring.issuer()]).toEqual(['public', issuer])
    keyring.learn({ type: 'signing-keys', issuer, keys: [] })
    expect(keyring.keyOf(kid)).toBe(null)
  })

  test('a key of another kind, and one that is private, is none to check with', () => {
    const { said, error } = log()
    const keyring = createKeyring({ log: { error } })
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
    const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })
    const own = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
    const jwks = [rsa, p384, own, { kty: 'oct', k: 'AAAA' }, { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }, {}]
    const keys = jwks.map((jwk, n) => ({ kid: `kid${n}`, jwk: jwk as Record<string, string> }))
    keyring.learn({ type: 'signing-keys', issuer, keys })
    expect(keys.map((each) => keyring.keyOf(each.kid))).toEqual(keys.map(() => null))
    expect(said).toHaveLength(keys.length)
  })
})
