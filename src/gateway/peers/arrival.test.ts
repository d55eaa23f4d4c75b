import { randomBytes } from 'node:crypto'
import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import fc from 'fast-check'
import { beforeEach, describe, expect, test } from 'vitest'
import { newKey } from '../../../test/fake-control.ts'
import { refuse } from '../../problems.ts'
import { Secret } from '../../secret.ts'
import { type Incoming, noFacts } from '../incoming.ts'
import type { SessionKey } from '../mcp/sessions.ts'
import { authenticatingHops, createArrivals, envelopeMs, type Hop, onlyHops, readingHops } from './arrival.ts'
import { carriedHeaders, digestOfHeaders, hopHeader, hopPath, pathOf } from './carried.ts'
import { digestOf, type Envelope, openEnvelope, sealEnvelope } from './envelope.ts'

const key: SessionKey = { epoch: 7, key: Buffer.alloc(32, 1) }
const organization = 'org_a'
const between = { from: 'gwy_1', to: 'gwy_2', organization }
const start = 1_800_000_000_000
let now = start
beforeEach(() => {
  now = start
})

/** The gateway that is called. */
const gateway = (more: { keys?: readonly SessionKey[]; id?: string } = {}) =>
  createArrivals({
    gatewayId: () => more.id ?? 'gwy_2',
    keysOf: (asked) => (asked === organization ? (more.keys ?? [key]) : []),
    now: () => now,
  })

function request(headers: Readonly<Record<string, string>>, url: string = hopPath, method = 'POST'): IncomingMessage {
  const made = new IncomingMessage(new Socket())
  made.url = url
  made.method = method
  for (const [name, value] of Object.entries(headers)) {
    made.rawHeaders.push(name, value)
    made.headers[name.toLowerCase()] = value
  }
  return made
}

const sent = { accept: 'application/json', 'mcp-session-id': 'gwy_2.x' }
const body = Buffer.from('{"jsonrpc":"2.0"}')
const envelope = (more: Partial<Envelope> = {}): Envelope => ({
  address: '198.51.100.7',
  isProxy: false,
  method: 'POST',
  path: '/mcp-connect/files',
  via: null,
  credential: [['authorization', 'Bearer ostk_secret']],
  headers: digestOfHeaders(sent),
  body: digestOf(body),
  requestId: 'req_0123456789abcdef',
  expiresAt: start + envelopeMs,
  ...more,
})
const sealed = (more: Partial<Envelope> = {}, where: Partial<typeof between> = {}, under = key): string =>
  sealEnvelope({ ...between, ...where }, under, randomBytes(12), envelope(more)).header
const hop = (header: string, more: Readonly<Record<string, string>> = {}) =>
  request({ ...sent, ...more, 'Ostiary-Hop': header })
const isRefused = { ok: false, problem: { code: 'header_mismatch' } }

const { record } = await newKey()
const incoming = (handedOn: Hop | null): Incoming => ({
  request: request(sent),
  requestId: '',
  address: '',
  isProxy: false,
  startedAt: 0,
  server: null,
  urlKey: null,
  route: '',
  facts: noFacts(),
  hop: handedOn,
})

test('a call that was handed on is its caller’s: address, credential and path are as the first gateway has seen them', () => {
  const call = hop(sealed())
  const arrived = gateway()(call)
  expect(arrived).toMatchObject({
    ok: true,
    value: { from: 'gwy_1', address: '198.51.100.7', isProxy: false, requestId: 'req_0123456789abcdef' },
  })
  expect([call.url, call.headers.authorization]).toEqual(['/mcp-connect/files', 'Bearer ostk_secret'])
  expect(call.rawHeaders).toContain('Bearer ostk_secret')
})

test('a proxy between the gateways may say that it was there, and the caller’s own word about its way stays', () => {
  const call = hop(sealed({ via: '1.1 elsewhere' }), { via: '1.1 proxy', 'x-forwarded-for': '192.0.2.9' })
  expect(gateway()(call)).toMatchObject({ ok: true, value: { address: '198.51.100.7' } })
  expect(call.headers.via).toBe('1.1 elsewhere')
  const silent = hop(sealed(), { via: '1.1 proxy' })
  expect([gateway()(silent)?.ok, silent.headers.via]).toEqual([true, undefined])
})

test('a call that no gateway has handed on is nobody’s hop', () => {
  expect(gateway()(request(sent, '/mcp-connect/files'))).toBeNull()
})

test('G6 the caller’s secret and what it calls are not to be read on the way', () => {
  const header = sealed({ path: '/mcp/ostu_secret/files' })
  const text = header + Buffer.from(header.slice(header.lastIndexOf('.')), 'base64url').toString('latin1')
  expect(text).not.toMatch(/ost[ku]_secret|files|198\.51/)
})

describe('what is refused and never taken for a call of its sender’s own', () => {
  test('a header that somebody made up, in any length', () => {
    const inventions = [
      '',
      'x',
      '198.51.100.7',
      '...',
      `gwy_1.org_a.7.${'A'.repeat(200)}`,
      `gwy_1.org_b.7.${'A'.repeat(200)}`,
      'A'.repeat(15_000),
      `gwy_1.org_a.7.${'A'.repeat(16_001)}`,
      `gwy_1.org_a.99999999999.${'A'.repeat(80)}`,
    ]
    for (const header of inventions) {
      const call = hop(header)
      expect(gateway()(call), header.slice(0, 40)).toMatchObject(isRefused)
      expect(call.headers[hopHeader]).toBeUndefined()
      expect(call.rawHeaders.map((name) => name.toLowerCase())).not.toContain(hopHeader)
    }
  })

  test('one with any character changed', () => {
    const header = sealed()
    fc.assert(
      fc.property(fc.nat(header.length - 1), fc.constantFrom('A', 'b', '9', '.', '-'), (at, other) => {
        const changed = header.slice(0, at) + other + header.slice(at + 1)
        fc.pre(changed !== header)
        expect(gateway()(hop(changed))).toMatchObject(isRefused)
      }),
    )
  })

  test('one that was accepted before', () => {
    const arrive = gateway()
    const header = sealed()
    expect(arrive(hop(header))?.ok).toBe(true)
    expect(arrive(hop(header))).toMatchObject(isRefused)
    now += envelopeMs
    expect(arrive(hop(header))).toMatchObject(isRefused)
  })

  test('one that is for another gateway, from another one than it says, or of another organization', () => {
    expect(gateway({ id: 'gwy_3' })(hop(sealed()))).toMatchObject(isRefused)
    expect(gateway()(hop(sealed().replace('gwy_1', 'gwy_9')))).toMatchObject(isRefused)
    expect(gateway()(hop(sealed({}, { organization: 'org_b' })))).toMatchObject(isRefused)
    expect(gateway()(hop(sealed({}, {}, { epoch: 7, key: Buffer.alloc(32, 2) })))).toMatchObject(isRefused)
    expect(gateway({ keys: [] })(hop(sealed()))).toMatchObject(isRefused)
  })

  test('one that is over, to the millisecond, or that claims to hold for longer than any does', () => {
    const header = sealed()
    now = start + envelopeMs - 1
    expect(gateway()(hop(header))?.ok).toBe(true)
    now = start + envelopeMs
    expect(gateway()(hop(header))).toMatchObject(isRefused)
    now = start
    expect(gateway()(hop(sealed({ expiresAt: start + 2 * envelopeMs + 1 })))).toMatchObject(isRefused)
  })

  test('one with another method, path or header beside it than it was sealed with', () => {
    const other = [
      request({ ...sent, 'ostiary-hop': sealed() }, hopPath, 'GET'),
      request({ ...sent, 'ostiary-hop': sealed() }, '/mcp-connect/files'),
      hop(sealed(), { accept: 'text/event-stream' }),
      hop(sealed(), { 'mcp-name': 'delete' }),
      hop(sealed(), { 'last-event-id': '1' }),
      hop(sealed(), { authorization: 'Bearer ostk_another' }),
      hop(sealed(), { 'x-api-key': 'ostk_another' }),
    ]
    for (const call of other) expect(gateway()(call)).toMatchObject(isRefused)
  })

  test('one in which a gateway says what no gateway says', () => {
    const said = [{ address: '127.0.0.1"}' }, { address: 'evil' }, { requestId: 'req_"' }, { path: 'evil' }]
    for (const more of said) expect(gateway()(hop(sealed(more))), JSON.stringify(more)).toMatchObject(isRefused)
  })

  test('a call that has been here before', () => {
    const call = hop(sealed({ via: '1.1 ostiary-gwy_2' }))
    expect(gateway()(call)).toMatchObject({ ok: false, problem: { code: 'loop_detected' } })
  })
})

test('a gateway of one organization that hands on as much as it can takes no place of another’s calls', () => {
  const keysOf = () => [key]
  const arrive = createArrivals({ gatewayId: () => 'gwy_2', keysOf, now: () => now, mostNonces: 3 })
  const from = (owner: string) => arrive(hop(sealed({}, { organization: owner })))?.ok
  expect([1, 2, 3, 4].map(() => from('org_a'))).toEqual([true, true, true, false])
  expect(from('org_b')).toBe(true)
})

test('a gateway of one organization cannot say from where a key of another is used', async () => {
  const arrived = gateway()(hop(sealed()))
  if (!arrived?.ok) throw new Error('refused')
  const ofKey = (owner: string) =>
    authenticatingHops(() => ({
      ok: true,
      value: { key: { ...record, organization: owner }, version: 1, child: null },
    }))
  const call = incoming(arrived.value)
  expect(await ofKey('org_a')(call)).toMatchObject({ ok: true })
  expect(await ofKey('org_b')(call)).toMatchObject({ ok: false, problem: { code: 'key_invalid' } })
  expect(await ofKey('org_b')(incoming(null))).toMatchObject({ ok: true })
})

test('the body must be the one that the first gateway has read', async () => {
  const arrived = gateway()(hop(sealed()))
  if (!arrived?.ok) throw new Error('refused')
  const read = (bytes: Buffer | null) =>
    readingHops(() => ({ ok: true, value: { bytes, json: null, method: 'GET', tool: null, id: null } }))
  const call = incoming(arrived.value)
  expect(await read(body)(call, () => {})).toMatchObject({ ok: true })
  for (const other of [null, Buffer.alloc(0), Buffer.from('{"jsonrpc":"2.0" }')])
    expect(await read(other)(call, () => {})).toMatchObject(isRefused)
  expect(await read(Buffer.from('anything'))({ ...call, hop: null }, () => {})).toMatchObject({ ok: true })
  const slow = readingHops(async () => refuse('too_large'))
  expect(await slow(call, () => {})).toMatchObject({ problem: { code: 'too_large' } })
})

test('the door for gateways answers no call that is no hop, and none that names another host', () => {
  const door = onlyHops(gateway(), (host) => host === '127.0.0.1:4711')
  const own = { host: '127.0.0.1:4711' }
  expect(door(request({ ...sent, ...own }, '/mcp-connect/files'))).toMatchObject(isRefused)
  expect(door(request(own, '/healthz'))).toMatchObject(isRefused)
  expect(door(hop(sealed(), { host: 'evil.example:4711' }))).toMatchObject(isRefused)
  expect(door(hop(sealed()))).toMatchObject(isRefused)
  expect(door(hop(sealed(), own))?.ok).toBe(true)
})

test('only who has opened the envelope can prove it, and for each one anew', () => {
  const [one, two] = [1, 2].map((n) => sealEnvelope(between, key, Buffer.alloc(12, n), envelope()))
  const proofOf = (header = '') => openEnvelope('gwy_2', () => [key], header)?.proof
  expect(proofOf(one?.header)).toBe(one?.proof)
  expect(proofOf(two?.header)).toBe(two?.proof)
  expect(one?.proof).not.toBe(two?.proof)
})

test('M11 a key that was taken out of the address goes back into it for the other gateway, and the query stays', () => {
  const urlKey = new Secret('ostu_abc', 'url key')
  const call = (url: string, server: string | null, held: Secret | null = urlKey) =>
    pathOf({ request: request({}, url), urlKey: held, server })
  expect(call('/mcp/?a=1', 'files')).toBe('/mcp/ostu_abc/files?a=1')
  expect(call('/mcp/', null)).toBe('/mcp/ostu_abc')
  expect(call('/mcp-connect/files?a=1', 'files', null)).toBe('/mcp-connect/files?a=1')
})

test('what travels in the clear holds neither the caller’s secret nor what is about one connection', () => {
  const headers = {
    authorization: 'a',
    'x-api-key': 'b',
    cookie: 'c',
    origin: 'http://page.example',
    host: 'h',
    connection: 'close',
    'content-length': '3',
    'x-forwarded-for': '192.0.2.1',
    'mcp-method': 'tools/call',
    'user-agent': 'client',
  }
  expect(carriedHeaders(headers)).toEqual(['mcp-method', 'tools/call', 'user-agent', 'client'])
})
