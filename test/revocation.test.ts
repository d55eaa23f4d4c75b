import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Product, startProduct } from './product.ts'
import { type Program, startNode } from './programs.ts'

let product: Product
let fixture: Program
const message = {
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name: 'test_echo', arguments: { message: 'hi' } },
}

beforeAll(async () => {
  fixture = startNode(['test/fixtures/mcp-fixture.ts'])
  const [url] = await fixture.says(/http:\S+/)
  product = await startProduct({ store: 'sqlite' })
  await product.addServer({ slug: 'fixture', transport: { type: 'http', url } })
})
afterAll(async () => {
  await product?.stop()
  await fixture?.stop()
})

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
}

test('G2 E36 a revoked key is refused at the next call, and the answer names the gateways that said so', async () => {
  const key = await product.createKey('to revoke', 'fixture')
  expect((await product.call('fixture', key.secret, initialize)).status).toBe(200)

  const begun = performance.now()
  const { status, body } = await product.revoke(key.id)
  const refused = await product.call('fixture', key.secret, message)
  const took = performance.now() - begun

  expect([status, body.key.status]).toEqual([200, 'revoked'])
  const { body: gateways } = await product.rest('GET', '/gateways')
  const names = gateways.items.flatMap((gateway: { id: string; name: string }) => [gateway.id, gateway.name])
  expect(body.effect.acked).toHaveLength(1)
  expect(names).toContain(body.effect.acked[0].gateway)
  expect(body.effect.pending).toEqual([])
  expect(Date.parse(body.effect.effectiveEverywhereBy)).toBeLessThanOrEqual(Date.now())
  expect([refused.status, refused.body.error.data.code]).toEqual([401, 'key_revoked'])
  expect(took).toBeLessThan(1000)
})

test('G2 a key that was never used is refused after its revocation like any other', async () => {
  const key = await product.createKey('never used', 'fixture')
  await product.revoke(key.id)
  const refused = await product.call('fixture', key.secret, message)
  expect([refused.status, refused.body.error.data.code]).toEqual([401, 'key_revoked'])
})

test('G2 revoking ends the open streams of the key within a second, and no others', async () => {
  const [victim, other] = [await product.createKey('streaming', 'fixture'), await product.createKey('other', 'fixture')]
  const streams = {
    sessionStream: await openSessionStream(victim.secret),
    subscription: await openSubscription(victim.secret),
    othersStream: await openSessionStream(other.secret),
  }
  const begun = performance.now()
  await product.revoke(victim.id)
  await Promise.all([streams.sessionStream.ended, streams.subscription.ended])
  expect(performance.now() - begun).toBeLessThan(1000)
  expect(streams.othersStream.isOpen()).toBe(true)
  streams.othersStream.close()
})

test('G2 revoking twice is one revocation', async () => {
  const key = await product.createKey('twice', 'fixture')
  const first = await product.revoke(key.id)
  const second = await product.revoke(key.id)
  expect([first.status, second.status]).toEqual([200, 200])
  expect(second.body.key.revokedAt).toBe(first.body.key.revokedAt)
  const { body } = await product.rest('GET', `/audit-events?subject=${key.id}&action=key.revoked`)
  expect(body.items).toHaveLength(1)
})

type Stream = { readonly ended: Promise<void>; readonly isOpen: () => boolean; readonly close: () => void }

async function openSessionStream(secret: string): Promise<Stream> {
  const opened = await product.call('fixture', secret, initialize)
  const session = opened.headers.get('mcp-session-id') ?? ''
  await product.call(
    'fixture',
    secret,
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { headers: { 'mcp-session-id': session } },
  )
  return open(secret, {
    method: 'GET',
    headers: { 'mcp-session-id': session, 'mcp-protocol-version': '2025-11-25', accept: 'text/event-stream' },
  })
}

function openSubscription(secret: string): Promise<Stream> {
  const version = '2026-07-28'
  const _meta = {
    'io.modelcontextprotocol/protocolVersion': version,
    'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  }
  const params = { _meta, notifications: { toolsListChanged: true } }
  return open(secret, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': version,
      'mcp-method': 'subscriptions/listen',
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'subscriptions/listen', params }),
  })
}

async function open(secret: string, init: RequestInit): Promise<Stream> {
  const closing = new AbortController()
  const headers = { ...Object.fromEntries(new Headers(init.headers)), authorization: `Bearer ${secret}` }
  const answer = await fetch(`${product.gatewayUrl}/mcp-connect/fixture`, { ...init, headers, signal: closing.signal })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  let isOpen = true
  const ended = answer
    .text()
    .then(
      () => undefined,
      () => undefined,
    )
    .then(() => {
      isOpen = false
    })
  return { ended, isOpen: () => isOpen, close: () => closing.abort() }
}
