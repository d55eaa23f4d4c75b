import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { childToken, issuer, signingKeys } from '../../../test/child-tokens.ts'
import {
  httpServer,
  newKey,
  nextRevision,
  organization,
  organizationId,
  type TestKey,
} from '../../../test/fake-control.ts'
import {
  bearer,
  type GatewayUnderTest,
  type Opened,
  refused,
  startGateway,
  toolCall,
} from '../../../test/gateway-world.ts'
import { type RawUpstream, startRawUpstream } from '../../../test/raw-upstream.ts'
import type { UnsealedRecord } from '../../fleet/unsealed/schema.ts'
import { createSigner } from '../../keys/children/signing.ts'
import { type Claims, parseChild } from '../../keys/children/token.ts'
import type { Choice } from '../../keys/schema.ts'

/** Child tokens at a gateway: proved without control, decided by the records of this moment. */

let upstream: RawUpstream
let world: GatewayUnderTest
let [key, ofTwo, spare]: TestKey[] = []
let [plain, twin]: ReturnType<typeof httpServer>[] = []
const only = (...items: string[]): Choice => ({ mode: 'only', items })
const is = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('not made yet')
  return value
}

beforeAll(async () => {
  upstream = await startRawUpstream()
  plain = httpServer('plain', upstream.url)
  twin = httpServer('twin', upstream.url)
  key = await newKey()
  spare = await newKey()
  ofTwo = await newKey()
  const { record } = ofTwo
  const [secret] = record.versions
  if (!secret) throw new Error('a key has a secret')
  const versions = [
    { ...secret, validUntil: Date.now() + 3_600_000 },
    { ...secret, version: 2, validUntil: null },
  ]
  ofTwo = { ...ofTwo, record: { ...record, versions } }
  const keys = [key, spare, ofTwo]
  world = await startGateway(
    [organization(), plain, twin, ...keys.map((each) => each.record)],
    keys.map(({ proof }) => proof),
    { gatewayOrigins: ['https://app.example.com'] },
  )
})
beforeEach(() => {
  upstream.answerAll(({ body, response }) => {
    const { id, method } = JSON.parse(String(body) || '{}')
    const result = method === 'tools/list' ? { tools: [{ name: 'echo' }, { name: 'write' }] } : { ok: true }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }))
  })
})
afterAll(async () => {
  await world.stop()
  await upstream.stop()
})

const audience = () => `${world.base}/acme`
const child = (of: TestKey | undefined, more: Partial<Claims> = {}) => childToken(is(of).record, audience(), more)
const call = (token: string, server = 'plain', body: object = toolCall) =>
  world.ask(`/mcp-connect/${server}`, bearer(token), body)
const statusOf = async (token: string, server?: string) => (await call(token, server)).status
const put = (...records: UnsealedRecord[]) => world.control.put(...records)
const changed = (of: TestKey | undefined, more: object): UnsealedRecord => ({
  ...is(of).record,
  ...more,
  revision: nextRevision(),
})
const revokedChild = (id: string, of: TestKey | undefined): UnsealedRecord => ({
  kind: 'child',
  organization: organizationId,
  id,
  revision: nextRevision(),
  key: is(of).record.id,
  expiresAt: Date.now() + 3_600_000,
})

describe('what it may do', () => {
  test('D54 a child token calls what its key may call, in either header, without asking control', async () => {
    const { token } = await child(key)
    const before = world.control.received.filter(({ type }) => type === 'token-request').length
    expect((await call(token)).text).toContain('"ok":true')
    expect((await world.ask('/mcp-connect/plain', ['x-api-key', token])).status).toBe(200)
    expect(world.control.received.filter(({ type }) => type === 'token-request')).toHaveLength(before)
  })

  test('G5 a narrower child reaches its server and its tools, and nothing else that its key reaches', async () => {
    const narrow = [{ mcp: { servers: only(is(plain).id), tools: { [is(plain).id]: only('echo') } } }]
    const { token } = await child(key, { narrow })
    expect(await statusOf(token)).toBe(200)
    expect(refused(await call(token, 'twin'))).toEqual([403, 'server_not_allowed'])
    const write = { ...toolCall, params: { name: 'write', arguments: {} } }
    expect(refused(await call(token, 'plain', write))).toEqual([200, 'tool_not_allowed'])
    expect((await call(is(key).token, 'twin')).status).toBe(200)
    const list = await call(token, 'plain', { jsonrpc: '2.0', id: 1, method: 'tools/list' })
    expect(JSON.parse(list.text).result.tools).toEqual([{ name: 'echo' }])
  })

  test('G5 a child of a child is cut by both', async () => {
    const narrow = [{ mcp: { servers: only(is(plain).id) } }, { mcp: { servers: only(is(twin).id) } }]
    const { token } = await child(key, { narrow, anc: ['chd_0000000000000001'] })
    for (const server of ['plain', 'twin'])
      expect(refused(await call(token, server))).toEqual([403, 'server_not_allowed'])
  })

  test('D54 /api/me says whose child it is, until when, and what cuts it', async () => {
    const narrow = [{ llm: { enabled: false } }]
    const { id, token } = await child(key, { narrow })
    const me = JSON.parse((await world.ask('/api/me', bearer(token), null, 'GET')).text)
    expect(me.key.id).toBe(is(key).record.id)
    expect(me.child).toEqual({ id, expiresAt: expect.any(String), narrow })
    const plainMe = JSON.parse((await world.ask('/api/me', bearer(is(key).token), null, 'GET')).text)
    expect(plainMe.child).toBe(null)
  })

  test('the line in the access log names key and child, and no character of the token', async () => {
    const { id, token } = await child(key)
    const told = await call(token)
    const line = world.lines.find((each) => each.includes(String(told.headers['x-request-id'])))
    expect(JSON.parse(line ?? '{}')).toMatchObject({ key: is(key).record.id, child: id, secretVersion: 0 })
    expect(world.lines.join('\n')).not.toContain(token.slice(0, 60))
  })

  test('B40 a session that a wider token has opened is none of a narrower one, and stays one of a renewed one', async () => {
    upstream.answerAll(({ response }) =>
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'up-1' }).end('{}'),
    )
    const narrow = [{ mcp: { servers: only(is(plain).id) } }]
    const [wide, cut, renewed] = [await child(key), await child(key, { narrow }), await child(key, { narrow })]
    const open = async (token: string) => String((await call(token)).headers['mcp-session-id'])
    const within = async (token: string, session: string) =>
      (await world.ask('/mcp-connect/plain', [...bearer(token), 'mcp-session-id', session])).status
    const ofKey = await open(is(key).token)
    const ofCut = await open(cut.token)
    expect(await within(cut.token, ofKey)).toBe(404)
    expect(await within(is(key).token, ofCut)).toBe(404)
    expect(await within(wide.token, ofKey)).toBe(200)
    expect(await within(renewed.token, ofCut)).toBe(200)
  })
})

describe('when it is over', () => {
  test('D54 a child that is over says so, and one that control revoked says that', async () => {
    const seconds = Math.floor(Date.now() / 1000)
    const { token } = await child(key, { iat: seconds - 20, exp: seconds - 10 })
    expect(refused(await call(token))).toEqual([401, 'key_expired'])
    const live = await child(key)
    expect(await statusOf(live.token)).toBe(200)
    await put(revokedChild(live.id, key))
    expect(refused(await call(live.token))).toEqual([401, 'key_revoked'])
    const grandchild = await child(key, { narrow: [{}, {}], anc: [live.id] })
    expect(refused(await call(grandchild.token))).toEqual([401, 'key_revoked'])
  })

  test('G5 D54 what ends or stops the key ends or stops its children with the same record', async () => {
    const { token } = await child(spare)
    const now: [string, object, unknown][] = [
      ['suspended', { state: 'suspended' }, [401, 'key_inactive']],
      ['on again', { state: 'active' }, 200],
      ['expired', { expiresAt: 1 }, [401, 'key_expired']],
      ['longer', { expiresAt: null }, 200],
      ['a secret cut at once', { epoch: 2 }, [401, 'key_revoked']],
      ['revoked', { state: 'revoked' }, [401, 'key_revoked']],
    ]
    for (const [what, more, expected] of now) {
      await put(changed(spare, more))
      const told = await call(token)
      expect(told.status === 200 ? 200 : refused(told), what).toEqual(expected)
    }
    await put({ kind: 'gone', of: 'key', organization: organizationId, id: is(spare).record.id, revision: 1e9 })
    expect(refused(await call(token))).toEqual([401, 'key_invalid'])
  })

  test('D54 a child ends with the secret that asked for it, and not with another one', async () => {
    const [ofFirst, ofSecond] = [await child(ofTwo, { ver: 1 }), await child(ofTwo, { ver: 2 })]
    expect([await statusOf(ofFirst.token), await statusOf(ofSecond.token)]).toEqual([200, 200])
    const { versions } = is(ofTwo).record
    await put(
      changed(ofTwo, { versions: versions.map((each) => ({ ...each, validUntil: each.version === 1 ? 1 : null })) }),
    )
    expect(refused(await call(ofFirst.token))).toEqual([401, 'key_revoked'])
    expect(await statusOf(ofSecond.token)).toBe(200)
    const unknown = await child(ofTwo, { ver: 9 })
    expect(refused(await call(unknown.token))).toEqual([401, 'key_revoked'])
  })

  const stream = (token: string): Promise<Opened> => {
    upstream.answerAll(({ response }) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n')
    })
    return world.open('/mcp-connect/plain', bearer(token), toolCall)
  }
  test('G2 an open stream of a child ends when the child, or one that it descends from, is revoked', async () => {
    const [own, above] = [await child(key), 'chd_000000000000000A']
    const descendant = await child(key, { narrow: [{}, {}], anc: [above] })
    const [one, two, untouched] = [
      await stream(own.token),
      await stream(descendant.token),
      await stream((await child(key)).token),
    ]
    await put(revokedChild(own.id, key))
    await one.done
    await put(revokedChild(above, key))
    await two.done
    expect(Buffer.concat([...untouched.chunks]).toString()).toContain('open')
    untouched.hangUp()
  })

  test('G2 an open stream of a child ends when its key ends, and by itself when its time is over', async () => {
    const { record } = await newKey()
    await put(record)
    const parent = { record } as TestKey
    const open = await stream((await child(parent)).token)
    await put(changed(parent, { epoch: 2 }))
    await open.done
    const exp = Math.floor(Date.now() / 1000) + 1
    const short = await stream((await child(key, { exp })).token)
    await short.done
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1000)
  })
})

describe('whose it is', () => {
  test('G5 forged in any way it is not valid, and the answer is the same for all of them', async () => {
    const { record } = is(key)
    const stranger = createSigner({ seedOf: () => randomBytes(32), now: Date.now })
    const { token } = await child(key)
    const parts = token.split('.')
    const wrong = [
      (await childToken(record, audience(), {}, stranger)).token,
      (await childToken({ id: 'key_AAAAAAAAAAAAAAAA', epoch: 1 }, audience())).token,
      (await child(key, { iss: 'https://elsewhere' })).token,
      (await child(key, { aud: [`${world.base}/other`] })).token,
      (await child(key, { aud: ['https://elsewhere/acme', world.base] })).token,
      [...parts.slice(0, 2), 'A'.repeat(86)].join('.'),
      `${token}A`,
      token.slice(0, -1),
    ]
    const bodies = new Set<string>()
    for (const each of wrong) {
      const told = await call(each)
      expect(refused(told)).toEqual([401, 'key_invalid'])
      bodies.add(told.text.replace(/req_\w+/, ''))
    }
    expect(bodies.size).toBe(1)
    expect(await statusOf(token)).toBe(200)
  })

  test('in a path and in the query a child token has no place', async () => {
    const { token } = await child(key)
    expect(refused(await world.ask(`/mcp/${token}/plain`, []))).toEqual([401, 'key_kind'])
    const told = await world.ask(`/mcp-connect/plain?token=${token}`, [])
    expect(refused(told)).toEqual([400, 'key_in_query'])
  })

  test('a child that names several gateways is taken by each of them, and by none after the organization has another name', async () => {
    const { token } = await child(key, { aud: ['https://other.example/acme', audience()] })
    expect(await statusOf(token)).toBe(200)
    await put(organization({ slug: 'renamed' }))
    expect(refused(await call(token))).toEqual([401, 'key_invalid'])
    await put(organization())
    expect(await statusOf(token)).toBe(200)
  })

  test('keys that control tells no more prove nothing, not even what was proved with them', async () => {
    const { token } = await child(key)
    expect(await statusOf(token)).toBe(200)
    world.control.tell(signingKeys({ issuer: 'https://moved' }))
    const keys = signingKeys().keys.filter(({ kid }) => kid !== parseChild(token)?.kid)
    world.control.tell({ type: 'signing-keys', issuer, keys })
    await vi.waitFor(async () => {
      expect(refused(await call(token))[0]).toBe(401)
    })
    world.control.tell(signingKeys())
    await vi.waitFor(async () => {
      expect(await statusOf(token)).toBe(200)
    })
  })
})
