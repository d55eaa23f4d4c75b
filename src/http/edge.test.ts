import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { readBody } from './body.ts'
import { canonicalAddress, createClientAddress, isLocalCall } from './client-address.ts'
import { etagOf, matchesEtag, revisedIn } from './etag.ts'
import { createHostCheck } from './host-check.ts'
import { createOriginCheck, isOwnOrigin } from './origin-check.ts'
import { problemJson } from './problem-json.ts'
import { isRepeated } from './repeated.ts'
import { newRequestId } from './request-id.ts'

test('request ids are 16 letters and digits of our own, every letter equally likely to appear', () => {
  const ids = Array.from({ length: 500 }, () => newRequestId(randomBytes))
  for (const id of ids) expect(id).toMatch(/^req_[0-9A-Za-z]{16}$/)
  expect(new Set(ids).size).toBe(500)
  expect(new Set(ids.join('').slice(4)).size).toBeGreaterThan(60)
  const skewed = newRequestId((size) => new Uint8Array(size).map((_, at) => (at % 2 ? 255 : at)))
  expect(skewed).toMatch(/^req_[0-9A-Za-z]{16}$/)
})

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['::FFFF:cb00:7109', '203.0.113.9'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['unknown', null],
  ['', null],
  ['1.2.3', null],
])('an address has one spelling: %s → %s', (text, expected) => {
  expect(canonicalAddress(text)).toBe(expected)
})

test('X-Forwarded-For is ignored when the peer is not a trusted proxy', () => {
  const charge = createClientAddress(['10.0.0.0/8'])
  expect(charge('203.0.113.9', '198.51.100.1')).toEqual({ address: '203.0.113.9', isProxy: false })
  expect(createClientAddress([])('10.0.0.1', '198.51.100.1')).toEqual({ address: '10.0.0.1', isProxy: false })
})

test('behind trusted proxies the right-most hop that nobody vouches for is charged', () => {
  const charge = createClientAddress(['10.0.0.0/8', '::ffff:192.168.0.0/112', '2001:db8:ffff::/48'])
  expect(charge('10.0.0.1', '6.6.6.6, 198.51.100.7')).toEqual({ address: '198.51.100.7', isProxy: false })
  expect(charge('::ffff:10.0.0.1', '6.6.6.6, 198.51.100.7:4711, 10.2.3.4')).toEqual({
    address: '198.51.100.7',
    isProxy: false,
  })
  expect(charge('2001:db8:ffff::2', '[2001:DB8::7]:443, 192.168.7.7')).toEqual({
    address: '2001:db8::7',
    isProxy: false,
  })
  expect(charge('10.0.0.1', '"[fe80::9%eth0]:80"')).toEqual({ address: 'fe80::9', isProxy: false })
})

test.each([[undefined], [''], ['not-an-address'], ['198.51.100.7, unknown'], [Array(100).fill('10.9.9.9').join(', ')]])(
  'a trusted proxy that does not say who called is charged as a proxy (%#)',
  (forwarded) => {
    const charged = createClientAddress(['10.0.0.0/8'])('10.0.0.1', forwarded)
    expect(charged.isProxy).toBe(true)
    expect(charged.address).toMatch(/^10\./)
  },
)

test.each(['10.0.0.0/33', 'x', '10.0.0.0/8/8', '::/129', '10.0.0.0/-1'])('%s is no trusted proxy', (cidr) => {
  expect(() => createClientAddress([cidr])).toThrow(/OSTIARY_TRUSTED_PROXIES/)
})

test('a call that a proxy passed on is not local, however near the proxy stands', () => {
  expect(isLocalCall('127.0.0.1', {})).toBe(true)
  expect(isLocalCall('::ffff:127.0.0.1', {})).toBe(true)
  expect(isLocalCall('127.0.0.1', { 'x-forwarded-for': '127.0.0.1' })).toBe(false)
  expect(isLocalCall('10.0.0.1', {})).toBe(false)
  expect(isLocalCall(undefined, {})).toBe(false)
  expect(isLocalCall('10.0.0.1', {}, '10.0.0.1')).toBe(true)
  expect(isLocalCall('10.0.0.1', {}, '10.0.0.2')).toBe(false)
  expect(isLocalCall('10.0.0.1', { via: '1.1 proxy' }, '10.0.0.1')).toBe(false)
  expect(isLocalCall(undefined, {}, undefined)).toBe(false)
})

test('a foreign Host is refused; bound address, localhost names and the public URL are ours', () => {
  const check = createHostCheck({ host: '0.0.0.0', publicUrl: 'https://Keys.Example.com:8443/x' })
  const with_ = (host: string | undefined, path = '/api/v1/keys') =>
    check({ host, path, localAddress: '172.17.0.2' }).ok
  for (const host of ['localhost', 'LOCALHOST:9', '127.0.0.1:8421', '[::1]:8421', 'keys.example.com', '172.17.0.2:1'])
    expect(with_(host), host).toBe(true)
  for (const host of [
    'evil.example',
    '',
    undefined,
    '0.0.0.0',
    '10.1.1.1',
    'keys.example.com.evil.example',
    'a@localhost',
    '127.0.0.1%evil.example',
    '[::1%25evil.example]:8421',
  ])
    expect(with_(host), host).toBe(false)
  expect(with_('evil.example', '/healthz')).toBe(true)
  expect(with_('evil.example', '/readyz')).toBe(true)
  expect(with_('evil.example', '/healthz/x')).toBe(false)
  const refused = check({ host: 'evil.example', path: '/', localAddress: undefined })
  expect(refused.ok ? null : problemJson(refused.problem, 'req_x').status).toBe(421)
})

test('a header is repeated whatever its case, and one that only begins like it is another', () => {
  expect(isRepeated(['Host', 'a', 'X', 'host', 'HOST', 'b'], 'host')).toBe(true)
  expect(isRepeated(['Host', 'a', 'Hosts', 'b', 'X', 'Host'], 'host')).toBe(false)
})

test('a listener on an IPv6 address knows itself under every spelling of it', () => {
  const check = createHostCheck({ host: '2001:db8::1', publicUrl: null })
  expect(check({ host: '[2001:DB8:0::1]:8421', path: '/', localAddress: undefined }).ok).toBe(true)
})

test('only configured browser origins may call; no Origin header is no browser', () => {
  const check = createOriginCheck(['https://app.example.com', 'http://localhost:3000/'])
  expect(check(undefined).ok).toBe(true)
  expect(check('https://app.example.com').ok).toBe(true)
  expect(check('http://localhost:3000').ok).toBe(true)
  for (const origin of ['null', '', 'https://evil.example', 'http://app.example.com', 'https://app.example.com:444'])
    expect(check(origin).ok, origin).toBe(false)
  expect(check('https://app.example.com/path').ok).toBe(false)
  expect(() => createOriginCheck(['*'])).toThrow(/browser origin/)
})

test('a page of this listener is told from every other page', () => {
  expect(isOwnOrigin('http://localhost:8421', 'localhost:8421', null).ok).toBe(true)
  expect(isOwnOrigin('http://localhost:9000', 'localhost:8421', null).ok).toBe(false)
  expect(isOwnOrigin('https://keys.example.com', 'inner:80', 'https://keys.example.com/').ok).toBe(true)
  expect(isOwnOrigin('null', 'localhost:8421', null).ok).toBe(false)
})

test('a problem becomes problem+json with Retry-After, pointers and the request id, and nothing of its log', () => {
  const answer = problemJson(
    {
      code: 'busy',
      detail: 'Try again.',
      retryAfterSeconds: 0.2,
      errors: [{ pointer: '/name', detail: 'x' }],
      data: { rule: 'r', status: 1 },
      log: { secret: 'hidden' },
    },
    'req_0000000000000000',
  )
  expect(answer.headers).toEqual({ 'content-type': 'application/problem+json', 'retry-after': '1' })
  expect(JSON.parse(answer.body)).toEqual({
    rule: 'r',
    type: 'urn:ostiary:error:busy',
    title: 'Too busy right now',
    status: 503,
    detail: 'Try again.',
    code: 'busy',
    requestId: 'req_0000000000000000',
    errors: [{ pointer: '/name', detail: 'x' }],
  })
})

const incoming = (headers: Record<string, string> = {}) => Object.assign(new PassThrough(), { headers })

test('a body is read whole up to its cap and refused beyond, by its declared or its seen length', async () => {
  const limits = { maxBytes: 8, idleMs: 1000 }
  const whole = incoming()
  whole.write('1234')
  whole.end('5678')
  expect(await readBody(whole, limits)).toMatchObject({ ok: true, value: Buffer.from('12345678') })
  expect(await readBody(incoming({ 'content-length': '9' }), limits)).toMatchObject({ problem: { code: 'too_large' } })
  const long = incoming()
  long.end('123456789')
  expect(await readBody(long, limits)).toMatchObject({ problem: { code: 'too_large' } })
})

test('a body that stalls or breaks off is given up', async () => {
  const stalled = incoming()
  stalled.write('12')
  expect(await readBody(stalled, { maxBytes: 8, idleMs: 5 })).toMatchObject({ problem: { code: 'request_timeout' } })
  const broken = incoming()
  const read = readBody(broken, { maxBytes: 8, idleMs: 1000 })
  broken.destroy()
  expect(await read).toMatchObject({ problem: { code: 'request_timeout' } })
})

test('an ETag names one revision of one object, and If-Match compares strongly', () => {
  const key = { id: 'key_1', revision: 3 }
  expect(revisedIn({ key, effect: { acked: [] } })).toBe(key)
  expect(revisedIn({ items: [key] })).toBeNull()
  expect(revisedIn({ a: key, b: key })).toBeNull()
  expect(matchesEtag(null, key)).toBe(true)
  expect(matchesEtag('*', key)).toBe(true)
  expect(matchesEtag(`"x", ${etagOf(key)}`, key)).toBe(true)
  expect(matchesEtag(`W/${etagOf(key)}`, key)).toBe(false)
  expect(matchesEtag(etagOf({ ...key, revision: 2 }), key)).toBe(false)
})
