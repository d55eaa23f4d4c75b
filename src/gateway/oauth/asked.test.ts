import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameText, parseFromGateway } from '../../fleet/frames.ts'
import { tokenLimits } from '../../fleet/schema.ts'
import { readAsked } from './asked.ts'
import { parseForm } from './form.ts'
import { createRate } from './rate.ts'

const id16 = 'AAAABBBBCCCCDDDD'
const key = `ostk_${id16}_${'x'.repeat(49)}`
const base = 'https://gw.example'
const exchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessToken = 'urn:ietf:params:oauth:token-type:access_token'

const read = (fields: Record<string, string> | string, authorization: string | null = null) => {
  const text = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
  const form = parseForm(Buffer.from(text))
  return form.ok ? readAsked(form.value, authorization, base) : form
}
const errorOf = (...given: Parameters<typeof read>) => {
  const result = read(...given)
  return result.ok ? null : result.problem.data?.['error']
}
const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
const own = { grant_type: 'client_credentials', client_id: `key_${id16}`, client_secret: key }
const swap = { grant_type: exchange, subject_token: key, subject_token_type: accessToken }

describe('who asks', () => {
  test('D54 a key is a client: by its id or the sixteen characters of it, in the body or by Basic', () => {
    const asked = { ok: true, value: { grant: 'client_credentials', secret: key, scope: null, ttlSeconds: null } }
    expect(read(own)).toEqual(asked)
    expect(read({ ...own, client_id: id16 })).toEqual(asked)
    const { grant_type } = own
    for (const id of [id16, `key_${id16}`]) expect(read({ grant_type }, basic(id, key))).toEqual(asked)
    expect(read({ grant_type }, basic(`key%5F${id16}`, key.replaceAll('_', '%5F')))).toEqual(asked)
    expect(read({ grant_type, client_id: id16 }, basic(id16, key))).toEqual(asked)
  })

  test('a client that is not named, or is named after another key, is no client', () => {
    const { grant_type, client_id, client_secret } = own
    expect(errorOf({ grant_type })).toBe('invalid_client')
    expect(errorOf({ grant_type, client_id })).toBe('invalid_client')
    expect(errorOf({ grant_type, client_secret })).toBe('invalid_client')
    expect(errorOf({ ...own, client_id: 'AAAABBBBCCCCDDDE' })).toBe('invalid_client')
    expect(errorOf({ grant_type }, `Bearer ${key}`)).toBe('invalid_client')
    expect(errorOf({ grant_type }, `Basic ${Buffer.from(key).toString('base64')}`)).toBe('invalid_client')
    expect(errorOf({ grant_type }, `Basic ${Buffer.from('%zz:%zz').toString('base64')}`)).toBe('invalid_client')
  })

  test('a credential that is sent twice is refused, even where both are the same', () => {
    expect(errorOf(own, basic(id16, key))).toBe('invalid_request')
    expect(errorOf({ grant_type: own.grant_type, client_id: 'other' }, basic(id16, key))).toBe('invalid_request')
    expect(errorOf({ ...swap, client_id: id16, client_secret: `${key}x` })).toBe('invalid_request')
  })

  test('D54 an exchange takes a key or a child of one as its subject, with or without the client beside it', () => {
    const asked = { ok: true, value: { grant: 'token-exchange', secret: key, scope: null, ttlSeconds: null } }
    expect(read(swap)).toEqual(asked)
    expect(read({ ...swap, client_id: id16 })).toEqual(asked)
    expect(read({ ...swap, client_id: id16, client_secret: key })).toEqual(asked)
    expect(read({ ...swap, requested_token_type: accessToken })).toEqual(asked)
    expect(read({ ...swap, subject_token: 'oste_a.b.c', client_id: 'any' })).toMatchObject({ ok: true })
    expect(errorOf({ ...swap, subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' })).toBe('invalid_request')
    expect(errorOf({ grant_type: exchange, subject_token_type: accessToken })).toBe('invalid_request')
    expect(errorOf({ ...swap, actor_token: key })).toBe('invalid_request')
    expect(errorOf({ ...swap, requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' })).toBe(
      'invalid_request',
    )
    expect(errorOf({ ...swap, client_id: 'AAAABBBBCCCCDDDE' })).toBe('invalid_client')
  })

  test('other grants are named as such, and a missing one as missing', () => {
    for (const grant of ['authorization_code', 'refresh_token', 'password', 'Client_Credentials'])
      expect(errorOf({ ...own, grant_type: grant })).toBe('unsupported_grant_type')
    const { client_id, client_secret } = own
    expect(errorOf({ client_id, client_secret })).toBe('invalid_request')
  })
})

describe('what is asked for', () => {
  test('words of a scope are split at spaces; empty is as if none had been asked for', () => {
    const scopeOf = (scope: string) => {
      const result = read({ ...own, scope })
      return result.ok ? result.value.scope : result.problem.data?.['error']
    }
    expect(scopeOf('mcp:wiki  llm:big ')).toEqual(['mcp:wiki', 'llm:big'])
    expect(scopeOf(' ')).toBe(null)
    expect(scopeOf('')).toBe(null)
    for (const wrong of ['mcp:"wiki"', 'mcp:wi\\ki', 'mcp:\u00fcber', 'mcp:\u0000', `mcp:${'x'.repeat(256)}`])
      expect(scopeOf(wrong), wrong).toBe('invalid_scope')
  })

  test('a scope of more words than a frame to control may hold is refused here, or any key could cut the connection', () => {
    const scopeOf = (words: number) => Array.from({ length: words }, () => 'a').join(' ')
    expect(errorOf({ ...own, scope: scopeOf(tokenLimits.words + 1) })).toBe('invalid_scope')
    const asked = read({ ...own, scope: scopeOf(tokenLimits.words) })
    if (!asked.ok) throw new Error('refused')
    const { secret, scope, ttlSeconds } = asked.value
    const frame = {
      type: 'token-request',
      n: 1,
      secret,
      scope,
      ttlSeconds,
      address: '::1',
      requestId: 'req_1',
    } as const
    expect(parseFromGateway(frameText({ ...frame, scope: [...(scope ?? [])] })).kind).toBe('frame')
  })

  test('D29 a life of 0, −1, 10⁹ or no number of seconds is refused, and one within a day is taken', () => {
    for (const ttl_seconds of ['0', '-1', '1000000000', '86401', '1e3', '0x10', '1.5', ' 60', 'day'])
      expect(errorOf({ ...own, ttl_seconds }), ttl_seconds).toBe('invalid_request')
    for (const ttl_seconds of ['1', '3600', '86400'])
      expect(read({ ...own, ttl_seconds })).toMatchObject({ ok: true, value: { ttlSeconds: Number(ttl_seconds) } })
  })

  test('RFC 8707 a resource is one of this gateway, and so is an audience', () => {
    for (const resource of [base, `${base}/mcp-connect/wiki`]) {
      expect(read({ ...own, resource })).toMatchObject({ ok: true })
      expect(read({ ...own, audience: resource })).toMatchObject({ ok: true })
    }
    for (const resource of ['https://gw.example.evil', 'https://evil/', 'gw.example', `${base}:1/`, `x${base}`]) {
      expect(errorOf({ ...own, resource })).toBe('invalid_target')
      expect(errorOf({ ...own, audience: resource })).toBe('invalid_target')
    }
    const two = `${new URLSearchParams(own)}&resource=${base}&resource=${encodeURIComponent('https://evil')}`
    expect(errorOf(two)).toBe('invalid_target')
  })

  test('a parameter twice, and a thousand of them, are refused; unknown ones mean nothing', () => {
    expect(errorOf(`${new URLSearchParams(own)}&scope=a&scope=b`)).toBe('invalid_request')
    expect(errorOf(`${new URLSearchParams(own)}&grant_type=client_credentials`)).toBe('invalid_request')
    expect(errorOf(Array.from({ length: 1000 }, (_, n) => `p${n}=1`).join('&'))).toBe('invalid_request')
    expect(read({ ...own, client_assertion: 'x', nonsense: '1' })).toMatchObject({ ok: true })
    expect(parseForm(Buffer.from([0x61, 0x3d, 0xff]))).toMatchObject({ ok: false })
  })

  test('whatever comes is either read or refused, and a secret is never in the refusal', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            'grant_type',
            'client_id',
            'client_secret',
            'scope',
            'subject_token',
            'resource',
            'ttl_seconds',
          ),
          fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...Object.values(own), ...Object.values(swap), key)),
        ),
        fc.option(fc.oneof(fc.string(), fc.constant(basic(id16, key)))),
        (fields, authorization) => {
          const result = read(fields, authorization)
          if (!result.ok) expect(JSON.stringify(result.problem)).not.toContain('x'.repeat(49))
        },
      ),
      { numRuns: 2000 },
    )
  })
})

test('a key asks sixty times in a minute and then once a second; another one is not held up, and no table grows', () => {
  let now = 0
  const rate = createRate({ now: () => now, capacity: 2 })
  const times = (name: string, n: number) => Array.from({ length: n }, () => rate.take(name))
  expect(new Set(times('a', 60))).toEqual(new Set([0]))
  expect(rate.take('a')).toBe(1)
  expect(rate.take('b')).toBe(0)
  now += 1000
  expect([rate.take('a'), rate.take('a')]).toEqual([0, 1])
  times('c', 1)
  times('d', 1)
  expect(rate.take('b')).toBe(0)
})
