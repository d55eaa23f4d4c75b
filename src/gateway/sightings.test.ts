import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { httpServer, newKey, nextRevision, organization, type TestKey } from '../../test/fake-control.ts'
import { bearer, type GatewayUnderTest, refused, startGateway, type Told, toolCall } from '../../test/gateway-world.ts'
import { type RawUpstream, startRawUpstream } from '../../test/raw-upstream.ts'
import type { Sighting } from '../fleet/schema.ts'
import { mint } from '../keys/token.ts'

let upstream: RawUpstream
let world: GatewayUnderTest
const allowed = 'https://app.example.com'

beforeAll(async () => {
  upstream = await startRawUpstream()
  upstream.answerAll(({ response }) => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'))
  // Behind a proxy, so that calls can come from anywhere.
  const more = { trustedProxies: ['127.0.0.1'], gatewayOrigins: [allowed] }
  world = await startGateway([organization(), httpServer('plain', upstream.url)], [], more)
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

const made = async (more: Parameters<typeof newKey>[0]): Promise<TestKey> => {
  const key = await newKey(more)
  await world.control.put(key.record)
  return key
}
const from = (address: string): string[] => ['x-forwarded-for', address, 'user-agent', 'claude-code/2.1']
const told = (key: TestKey): Sighting[] =>
  world.control.received
    .flatMap((frame) => (frame.type === 'sightings' ? frame.items : []))
    .filter((item) => item.key === key.record.id)
/** A sighting that has been told of: what was said before it has arrived too. */
const flushed = async (): Promise<void> => {
  const mark = await made({ honey: true })
  await world.ask('/mcp-connect/plain', bearer(mark.token))
  await vi.waitFor(() => expect(told(mark)).toHaveLength(1))
}
const bodyOf = ({ status, headers, text }: Told) => {
  const { date: _, 'x-request-id': id, ...rest } = headers
  return { status, headers: rest, text: text.replaceAll(String(id), 'req') }
}

describe('M11 a URL key with a pin', () => {
  const at = (key: TestKey, address: string) => world.ask(`/mcp/${key.token}/plain`, from(address))

  test('belongs to the first network that uses it, at once and before control has said so', async () => {
    const key = await made({ tokenKind: 'u', pin: { network: null } })
    expect((await at(key, '198.51.100.7')).status).toBe(200)
    expect((await at(key, '198.51.100.250')).status).toBe(200)
    const other = await at(key, '203.0.113.7')
    expect(refused(other)).toEqual([403, 'address_not_allowed'])
    expect(other.json().error.data['rule']).toBe('key.network')
    expect((await at(key, '198.51.100.7')).status).toBe(200)
    await flushed()
    expect(told(key)).toMatchObject([
      { kind: 'network', what: '198.51.100.0/24', address: '198.51.100.7', client: 'claude-code/2.1' },
      { kind: 'network', what: '203.0.113.0/24', address: '203.0.113.7' },
    ])
  })

  test('of IPv6 belongs to a /64', async () => {
    const key = await made({ tokenKind: 'u', pin: { network: null } })
    expect((await at(key, '2001:db8::1')).status).toBe(200)
    expect((await at(key, '2001:db8:0:0:ffff::9')).status).toBe(200)
    expect(refused(await at(key, '2001:db8:0:1::1'))).toEqual([403, 'address_not_allowed'])
    await flushed()
    expect(told(key).map(({ what }) => what)).toEqual(['2001:db8::/64', '2001:db8:0:1::/64'])
  })

  test('holds to what control says, and forgets its own word for it', async () => {
    const key = await made({ tokenKind: 'u', pin: { network: null } })
    const say = (pin: { network: string | null } | null) =>
      world.control.put({ ...key.record, pin, revision: nextRevision() })
    expect((await at(key, '198.51.100.7')).status).toBe(200)
    // Another gateway was first.
    await say({ network: '203.0.113.0/24' })
    expect(refused(await at(key, '198.51.100.7'))).toEqual([403, 'address_not_allowed'])
    expect((await at(key, '203.0.113.7')).status).toBe(200)
    await say(null)
    expect((await at(key, '198.51.100.7')).status).toBe(200)
    await say({ network: null })
    expect((await at(key, '192.0.2.1')).status).toBe(200)
    expect(refused(await at(key, '198.51.100.7'))).toEqual([403, 'address_not_allowed'])
  })

  test('is not pinned by a call that is refused for something else', async () => {
    const key = await made({
      tokenKind: 'u',
      pin: { network: null },
      scope: { addresses: { mode: 'only', cidrs: ['198.51.100.0/24'] } },
    })
    expect(refused(await at(key, '203.0.113.7'))).toEqual([403, 'address_not_allowed'])
    expect(refused(await world.ask(`/mcp/${key.token}/nowhere`, from('198.51.100.7')))[1]).toBe('server_not_allowed')
    const guess = mint('u', randomBytes, key.record.id.slice(4)).secret.reveal()
    expect(refused(await world.ask(`/mcp/${guess}/plain`, from('192.0.2.1')))).toEqual([401, 'key_invalid'])
    await flushed()
    expect(told(key)).toEqual([])
    expect((await at(key, '198.51.100.7')).status).toBe(200)
  })

  test('says its first network again until control has it, and a second one once a minute', async () => {
    const key = await made({ tokenKind: 'u', pin: { network: null } })
    for (let i = 0; i < 5; i += 1) {
      await at(key, '198.51.100.7')
      await at(key, '203.0.113.7')
    }
    await flushed()
    expect(told(key)).toHaveLength(2)
    // Nothing that was opened lives through this: the gateway itself goes on.
    world.shiftClocks(61_000)
    await vi.waitFor(async () => expect((await at(key, '198.51.100.7')).status).toBe(200))
    await flushed()
    expect(told(key).map(({ what }) => what)).toEqual(['198.51.100.0/24', '203.0.113.0/24', '198.51.100.0/24'])
  })
})

describe('M11 a decoy', () => {
  test('looks to its holder like a revoked key, in every byte, and whoever presented it is told of', async () => {
    const honey = await made({ honey: true, revision: 1 })
    const revoked = await made({ state: 'revoked', revision: 2 })
    for (const path of ['/mcp-connect/plain', '/mcp-connect/nowhere', '/api/me']) {
      const [body, method] = path === '/api/me' ? ['', 'GET'] : [toolCall, 'POST']
      const answers = [honey, revoked].map((key) =>
        world.ask(path, [...bearer(key.token), ...from('198.51.100.7')], body, method),
      )
      const [one, other] = await Promise.all(answers)
      if (!one || !other) throw new Error('no answer')
      expect(one.status).toBe(401)
      expect(one.text).toContain('key_revoked')
      expect(bodyOf(one)).toEqual(bodyOf(other))
    }
    await flushed()
    expect(told(honey)).toMatchObject([{ kind: 'honey', address: '198.51.100.7', client: 'claude-code/2.1', what: '' }])
    expect(told(revoked)).toEqual([])
  })

  test.each([{ state: 'suspended' as const }, { expiresAt: 1 }])(
    'looks the same when it is over (%j)',
    async (more) => {
      const honey = await made({ honey: true, ...more })
      expect(refused(await world.ask('/mcp-connect/plain', bearer(honey.token)))).toEqual([401, 'key_revoked'])
      await flushed()
      expect(told(honey)).toHaveLength(1)
    },
  )

  test('alarms for no one who only knows its id, and once a minute for who has it', async () => {
    const honey = await made({ honey: true })
    const guess = mint('k', randomBytes, honey.record.id.slice(4)).secret.reveal()
    expect(refused(await world.ask('/mcp-connect/plain', bearer(guess)))).toEqual([401, 'key_invalid'])
    await flushed()
    expect(told(honey)).toEqual([])
    // The last two are one customer's.
    for (const address of ['198.51.100.7', '198.51.100.7', '203.0.113.7', '2001:db8::1', '2001:db8::2'])
      await world.ask('/mcp-connect/plain', [...bearer(honey.token), ...from(address)])
    await flushed()
    expect(told(honey).map(({ address }) => address)).toEqual(['198.51.100.7', '203.0.113.7', '2001:db8::1'])
  })
})

describe('A33 a key in a browser', () => {
  const browse = (key: { readonly token: string }, origin: string, path = '/mcp-connect/plain') =>
    world.ask(path, [...bearer(key.token), 'origin', origin, ...from('198.51.100.7')])

  test('is told of, whether its page may call or not', async () => {
    const [one, other] = [await made({}), await made({})]
    expect((await browse(one, allowed)).status).toBe(200)
    expect(refused(await browse(other, 'https://evil.example'))).toEqual([403, 'origin_not_allowed'])
    await vi.waitFor(() => expect(told(other)).toHaveLength(1))
    await flushed()
    expect(told(one)).toMatchObject([{ kind: 'browser', what: allowed, address: '198.51.100.7' }])
    expect(told(other)).toMatchObject([{ kind: 'browser', what: 'https://evil.example', client: 'claude-code/2.1' }])
  })

  test('is told of once an hour', async () => {
    const key = await made({})
    for (const origin of [allowed, 'https://evil.example', allowed]) await browse(key, origin)
    await flushed()
    expect(told(key)).toHaveLength(1)
    world.shiftClocks(3_601_000)
    await vi.waitFor(async () => expect((await browse(key, allowed)).status).toBe(200))
    await flushed()
    expect(told(key)).toHaveLength(2)
  })

  test('in its URL too, and of a decoy the alarm comes first', async () => {
    const [url, honey] = [await made({ tokenKind: 'u' }), await made({ honey: true })]
    await world.ask(`/mcp/${url.token}/plain`, ['origin', 'https://evil.example'])
    await browse(honey, 'https://evil.example')
    await vi.waitFor(() => expect([...told(url), ...told(honey)].map(({ kind }) => kind)).toEqual(['browser', 'honey']))
  })

  test('strangers make nobody wait: their guesses are neither told of nor charged, and prove nothing', async () => {
    const key = await made({})
    const guesses = Array.from({ length: 30 }, () => mint('k', randomBytes, key.record.id.slice(4)).secret.reveal())
    for (const token of guesses) {
      const no = await browse({ token }, 'https://evil.example')
      expect(refused(no)).toEqual([403, 'origin_not_allowed'])
    }
    await flushed()
    expect(told(key)).toEqual([])
    expect((await world.ask('/mcp-connect/plain', [...bearer(key.token), ...from('198.51.100.7')])).status).toBe(200)
  })

  test('an origin that holds a secret is told of without it', async () => {
    const key = await made({})
    await browse(key, `https://${key.token.toLowerCase()}.example/${key.token}`)
    await vi.waitFor(() => expect(told(key)).toHaveLength(1))
    expect(JSON.stringify(told(key))).not.toContain(key.token.slice(22, 62))
  })
})

test('what was seen while control was away is told when it is back', async () => {
  const key = await made({ honey: true })
  await world.control.hangUp()
  expect(refused(await world.ask('/mcp-connect/plain', bearer(key.token)))).toEqual([401, 'key_revoked'])
  await vi.waitFor(() => expect(told(key)).toHaveLength(1), { timeout: 20_000 })
})
