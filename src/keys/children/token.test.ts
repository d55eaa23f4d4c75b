import { createECDH, generateKeyPairSync, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { CompactSign, calculateJwkThumbprint, decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { tokenPattern } from '../token.ts'
import { createSigner, firstScalar, signingKey } from './signing.ts'
import { audienceOf, type Claims, longestToken, parseChild } from './token.ts'
import { isSignedWith } from './verify.ts'

const day = 86_400_000
const seedOf = (epoch: number) => Buffer.alloc(32, epoch % 256)
const claims: Claims = {
  iss: 'https://control.example',
  aud: ['https://gw.example/acme'],
  sub: 'key_AAAABBBBCCCCDDDD',
  client_id: 'key_AAAABBBBCCCCDDDD',
  jti: 'chd_AAAABBBBCCCCDDDD',
  iat: 1_800_000_000,
  exp: 1_800_003_600,
  epoch: 3,
  ver: 2,
  narrow: [{ mcp: { servers: { mode: 'only', items: ['srv_1'] } } }],
  anc: [],
}
const signerAt = (now: number) => createSigner({ seedOf, now: () => now })
const signed = async (more: object = {}, now = 0): Promise<string> => {
  const done = await signerAt(now).sign({ ...claims, ...more } as Claims)
  if (!done.ok) throw new Error(done.problem.code)
  return done.value
}
/** Whatever header and payload, with a signature that is right. */
const forged = async (header: object, payload: object | string): Promise<string> => {
  const { kid, privateKey } = signingKey(seedOf(0))
  const bytes = Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload))
  const jwt = await new CompactSign(bytes)
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid, ...header })
    .sign(privateKey)
  return `oste_${jwt}`
}

describe('the format', () => {
  test('D54 a child token says what it was made with, and looks as scanners expect it', async () => {
    const text = await signed()
    expect(text).toMatch(/^oste_[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$/)
    expect(text.replace(tokenPattern, '')).toBe('')
    const token = parseChild(text)
    expect(token).toMatchObject({
      text,
      kid: signingKey(seedOf(0)).kid,
      issuer: claims.iss,
      audience: claims.aud,
      child: {
        id: claims.jti,
        key: claims.sub,
        expiresAt: claims.exp * 1000,
        epoch: 3,
        version: 2,
        narrows: claims.narrow,
        ancestors: [],
      },
    })
    expect(decodeProtectedHeader(text.slice(5))).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: token?.kid })
  })

  test('a child token is what a library that knows nothing of us takes for an access token', async () => {
    const { publicJwk } = signingKey(seedOf(0))
    const options = {
      issuer: claims.iss,
      audience: claims.aud,
      typ: 'at+jwt',
      currentDate: new Date(claims.iat * 1000),
    }
    const { payload } = await jwtVerify((await signed()).slice(5), await importJWK(publicJwk, 'ES256'), options)
    expect(payload).toEqual(claims)
  })

  test('G5 a token with a header, a claim or a narrowing that is not known is no token, however well it is signed', async () => {
    const { kid } = signingKey(seedOf(0))
    const headers = [{ typ: 'JWT' }, { typ: undefined }, { kid: undefined }, { kid: 'other' }, { jku: 'https://evil' }]
    const more = [{ x5u: 'https://evil' }, { jwk: {} }, { cty: 'x' }, { crit: ['b64'], b64: true }]
    for (const header of [...headers, ...more])
      expect(parseChild(await forged(header, claims)), JSON.stringify(header)).toBe(null)
    const payloads = [
      { nbf: 0 },
      { aud: claims.aud[0] },
      { aud: [] },
      { sub: 'key_short' },
      { jti: 'key_AAAABBBBCCCCDDDD' },
      { exp: '1800003600' },
      { exp: 1.5 },
      { ver: -1 },
      { narrow: [] },
      { narrow: {} },
      { narrow: [{ mcp: { servers: { mode: 'most' } } }] },
      { narrow: [{ llm: { budgets: [] } }] },
      { narrow: [{ limits: {} }] },
      { narrow: [{}, {}] },
      { narrow: [{}, {}, {}, {}, {}], anc: Array.from({ length: 4 }, () => claims.jti) },
      { anc: [claims.jti] },
      { client_id: undefined },
    ]
    for (const payload of payloads)
      expect(parseChild(await forged({}, { ...claims, ...payload })), JSON.stringify(payload)).toBe(null)
    for (const payload of ['', 'null', '[]', '{', '"a"']) expect(parseChild(await forged({}, payload))).toBe(null)
    expect(parseChild(await forged({ kid }, claims))).not.toBe(null)
  })

  test('any text is read in linear time, and is a token only if it is one', async () => {
    const text = await signed()
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, other) => {
        const changed = text.slice(0, at) + other + text.slice(at + 1)
        const token = parseChild(changed)
        if (token !== null) expect(token.text).toBe(changed)
      }),
      { numRuns: 500 },
    )
    for (const hostile of [
      'oste_',
      `oste_${'a'.repeat(5000)}`,
      `oste_${'.'.repeat(4000)}`,
      `${text}\n`,
      ` ${text}`,
      `${text}.a`,
    ])
      expect(parseChild(hostile)).toBe(null)
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (any) => {
        expect(parseChild(any)).toBe(null)
      }),
    )
  })

  test('D54 a token of more than 4 KiB is not made, and none that is longer is read', async () => {
    const items = Array.from({ length: 200 }, (_, n) => `srv_${String(n).padStart(16, '0')}`)
    const refused = await signerAt(0).sign({ ...claims, narrow: [{ mcp: { servers: { mode: 'only', items } } }] })
    expect(refused).toMatchObject({ ok: false, problem: { code: 'child_too_large' } })
    const most = items.slice(0, 90)
    const text = await signed({ narrow: [{ mcp: { servers: { mode: 'only', items: most } } }] })
    expect(text.length).toBeLessThanOrEqual(longestToken)
    expect(parseChild(text)?.child.narrows).toEqual([{ mcp: { servers: { mode: 'only', items: most } } }])
    expect(parseChild(await forged({}, { ...claims, iss: 'x'.repeat(3900) }))).toBe(null)
  })

  test('tokens that may do the same have the same name for it, and those that may do all of it have none', async () => {
    const rights = async (...narrow: object[]) =>
      parseChild(await signed({ narrow, anc: narrow.slice(1).map(() => claims.jti) }))?.rights
    const cut = { mcp: { servers: { mode: 'only', items: ['srv_1'] } } }
    expect(await rights({})).toBe('')
    expect(await rights({}, {})).toBe('')
    expect(await rights(cut)).toMatch(/^[\w-]{22}$/)
    expect(await rights(cut)).toBe(await rights({}, cut))
    expect(await rights(cut)).not.toBe(await rights({ llm: { enabled: false } }))
  })

  test('its audience is a gateway and an organization', () => {
    expect(audienceOf('https://gw.example', 'acme')).toBe('https://gw.example/acme')
    expect(audienceOf('https://gw.example/', 'acme')).toBe('https://gw.example/acme')
  })
})

describe('the signature', () => {
  test('G5 a token is taken as signed only with the key that signed it, and with nothing in it changed', async () => {
    const text = await signed()
    const key = signerAt(0).publicKey(signingKey(seedOf(0)).kid)
    const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
    if (key === null) throw new Error('no key')
    expect(await isSignedWith(key, { text })).toBe(true)
    expect(await isSignedWith(stranger, { text })).toBe(false)
    const [head = '', body = '', signature = ''] = text.slice(5).split('.')
    const wider = Buffer.from(JSON.stringify({ ...claims, narrow: [{}] })).toString('base64url')
    expect(await isSignedWith(key, { text: `oste_${head}.${wider}.${signature}` })).toBe(false)
    expect(await isSignedWith(key, { text: `oste_${head}.${body}.${'A'.repeat(86)}` })).toBe(false)
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url')
    expect(await isSignedWith(key, { text: `oste_${none}.${body}.` })).toBe(false)
  })

  test('G5 the public key is no secret to sign with', async () => {
    const { publicJwk, kid } = signingKey(seedOf(0))
    const hmac = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid })
      .sign(Buffer.from(JSON.stringify(publicJwk)))
    expect(parseChild(`oste_${hmac}`)).toBe(null)
    const key = signerAt(0).publicKey(kid)
    if (key === null) throw new Error('no key')
    expect(await isSignedWith(key, { text: `oste_${hmac}` })).toBe(false)
  })

  test('every control that has the root signs with the same key, named by its thumbprint', async () => {
    const seed = randomBytes(32)
    const [one, other] = [signingKey(seed), signingKey(seed)]
    expect(one.kid).toBe(other.kid)
    expect(one.kid).toBe(await calculateJwkThumbprint(one.publicJwk))
    expect(signingKey(randomBytes(32)).kid).not.toBe(one.kid)
    expect(JSON.stringify(one)).not.toContain('"d"')
  })

  test('the key is the first candidate below the order of the curve, and never zero', () => {
    const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex')
    const last = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632550', 'hex')
    const from = [Buffer.alloc(32), Buffer.alloc(32, 0xff), order, last, Buffer.alloc(32, 1)]
    expect(firstScalar(from, createECDH('prime256v1'))).toEqual(last)
    expect(() => firstScalar([order], createECDH('prime256v1'))).toThrow()
  })

  test('the key is another one each 90 days; the former is taken 25 hours longer, the next is told 25 hours before', () => {
    const turn = 90 * day
    const hour = 3_600_000
    const kids = (now: number) =>
      signerAt(now)
        .publicKeys()
        .map(({ kid }) => kid)
    const [former, present] = [signingKey(seedOf(0)).kid, signingKey(seedOf(1)).kid]
    expect(kids(turn - 26 * hour)).toEqual([former])
    expect(kids(turn - 25 * hour)).toEqual([present, former])
    expect(kids(turn - 1)).toEqual([present, former])
    expect(kids(turn + 25 * hour - 1)).toEqual([present, former])
    expect(kids(turn + 25 * hour)).toEqual([present])
    expect(signerAt(turn + 25 * hour).publicKey(former)).toBe(null)
    const turns = [turn - 26 * hour, turn - 25 * hour, turn + 25 * hour].map((now) => signerAt(now).turn())
    expect(new Set(turns).size).toBe(3)
  })

  test('a token is signed with the key of the day', async () => {
    expect(parseChild(await signed({}, 90 * day))?.kid).toBe(signingKey(seedOf(1)).kid)
    expect(parseChild(await signed({}, 90 * day - 1))?.kid).toBe(signingKey(seedOf(0)).kid)
  })
})
