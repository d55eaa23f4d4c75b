import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, type Json, type Product, startProduct } from './product.ts'
import { eventually, type Program, startNode } from './programs.ts'
import { freshDatabase, stores } from './store-kinds.ts'

/** Rotation as people and their programs live through it: the whole product, real MCP clients, both stores. */
describe.each(stores)('rotation on %s', (store) => {
  let product: Product
  let fixture: Program

  beforeAll(async () => {
    fixture = startNode(['test/fixtures/mcp-fixture.ts'])
    const [url] = await fixture.says(/http:\S+/)
    product = await startProduct({ store, ...(store === 'postgres' ? { databaseUrl: await freshDatabase() } : {}) })
    await product.addServer({ slug: 'fixture', transport: { type: 'http', url } })
  })
  afterAll(async () => {
    await product?.stop()
    await fixture?.stop()
  })

  const post = async (path: string, body: object = {}): Promise<Json> => {
    const answer = await product.rest('POST', path, body)
    if (answer.status >= 300) throw new Error(`POST ${path} answered ${answer.status}: ${answer.text}`)
    return answer.body
  }
  const get = async (path: string): Promise<Json> => (await product.rest('GET', path)).body
  const meOf = async (secret: string): Promise<string> => {
    const answer = await ask(`${product.gatewayUrl}/api/me`, { headers: { authorization: `Bearer ${secret}` } })
    return answer.status === 200 ? 'taken' : answer.body.code
  }

  /** A program that calls without a pause, with the secret that it has been given; a call that fails is kept. */
  const startProgram = (name: string, first: string) => {
    const failures: string[] = []
    let [secret, isRunning, calls] = [first, true, 0]
    const connect = async () => {
      const client = new Client({ name, version: '1.0.0' }, { versionNegotiation: { mode: { pin: '2026-07-28' } } })
      const requestInit = { headers: { authorization: `Bearer ${secret}` } }
      const to = new URL(`${product.gatewayUrl}/mcp-connect/fixture`)
      await client.connect(new StreamableHTTPClientTransport(to, { requestInit }))
      return client
    }
    const run = async () => {
      for (let [held, client] = ['', null as Client | null]; isRunning; ) {
        try {
          if (held !== secret) {
            await client?.close()
            held = secret
            client = await connect()
          }
          await client?.callTool({ name: 'test_echo', arguments: { message: name } })
          calls += 1
        } catch (error) {
          failures.push(String(error))
          await new Promise((done) => setTimeout(done, 50))
        }
      }
    }
    const running = run()
    return {
      name: `${name}/1.0.0`,
      failures,
      calls: () => calls,
      take: (next: string) => {
        secret = next
      },
      stop: async () => {
        isRunning = false
        await running
      },
    }
  }
  type Running = ReturnType<typeof startProgram>
  const eachCalls = (programs: readonly Running[]) => {
    const before = programs.map(({ calls }) => calls())
    return eventually(() => programs.every(({ calls }, n) => calls() > (before[n] ?? 0) + 3), 'every program goes on')
  }

  test('M2 R6 a load goes through a grace rotation without a failure; the meter names the laggards, finish cuts them', {
    timeout: 180_000,
  }, async () => {
    const key = await product.createKey('loaded', 'fixture')
    const programs = ['early-one', 'early-two', 'late-one', 'late-two'].map((name) => startProgram(name, key.secret))
    const [early, late] = [programs.slice(0, 2), programs.slice(2)]
    const namesOf = (clients: Json[]) => [...new Set(clients.map(({ client }) => client))].toSorted()
    const all = programs.map(({ name }) => name).toSorted()
    await eventually(
      async () => namesOf((await get(`/keys/${key.id}/clients`)).items).join() === all.join(),
      'every program was seen',
      30_000,
    )
    const rotated = await post(`/keys/${key.id}/rotate`, { mode: 'grace', graceSeconds: 3600 })
    expect(namesOf(rotated.clients)).toEqual(all)
    await eachCalls(programs)
    for (const program of early) program.take(rotated.secret)
    await eachCalls(programs)
    const { id, name, projects, mcp, owner, createdAt } = key.key
    const meter = async (): Promise<Json> => {
      const { versions } = await get(`/keys/${key.id}/rotation`)
      const [old, next] = versions.map(({ clients }: Json) => clients)
      return { laggards: namesOf(old.filter(({ movedAt }: Json) => movedAt === null)), moved: namesOf(next) }
    }
    const expected = {
      laggards: late.map((each) => each.name).toSorted(),
      moved: early.map((each) => each.name).toSorted(),
    }
    const isRead = async () => JSON.stringify(await meter()) === JSON.stringify(expected)
    await eventually(isRead, 'the meter names exactly the laggards', 30_000)
    await eachCalls(programs)
    expect(await meter()).toEqual(expected)
    expect(programs.flatMap(({ failures }) => failures)).toEqual([])

    const { effect, key: after } = await post(`/keys/${key.id}/rotation/finish`)
    expect([effect.acked.length, effect.pending]).toEqual([1, []])
    expect(after).toMatchObject({ id, name, projects, mcp, owner, createdAt })
    await eventually(() => late.every(({ failures }) => failures.length > 0), 'the laggards are cut off')
    expect(await meOf(key.secret)).toBe('key_revoked')
    await eachCalls(early)
    expect(early.flatMap(({ failures }) => failures)).toEqual([])
    await Promise.all(programs.map(({ stop }) => stop()))
  })

  test('A25 C16 C17 C19 D53 without a mode the old secret is refused at the next call, and its streams end', {
    timeout: 60_000,
  }, async () => {
    const key = await product.createKey('cut', 'fixture')
    const stream = await openStream(product, key.secret)
    const { secret, effect } = await post(`/keys/${key.id}/rotate`)
    expect([await meOf(key.secret), await meOf(secret)]).toEqual(['key_revoked', 'taken'])
    expect(effect.acked).toHaveLength(1)
    expect(Date.parse(effect.effectiveEverywhereBy)).toBeLessThanOrEqual(Date.now())
    await stream.ended
    const graced = await post(`/keys/${key.id}/rotate`, { mode: 'grace', graceSeconds: 2 })
    const old = await openStream(product, secret)
    expect([await meOf(secret), await meOf(graced.secret)]).toEqual(['taken', 'taken'])
    await old.ended
    expect([await meOf(secret), await meOf(graced.secret)]).toEqual(['key_revoked', 'taken'])
  })

  test('C15 C16 an app’s key is regenerated under its id, at once', { timeout: 60_000 }, async () => {
    const { app, key, secret } = await post('/apps', { slug: 'shop', name: 'Shop', project: 'default' })
    const again = await post(`/apps/${app.id}/regenerate-key`)
    expect([again.key.id, await meOf(secret), await meOf(again.secret)]).toEqual([key.id, 'key_revoked', 'taken'])
    const passed = await post(`/keys/${key.id}/rotate`, { mode: 'grace' })
    expect([await meOf(again.secret), await meOf(passed.secret)]).toEqual(['taken', 'taken'])
  })

  test('M2 undo goes back; on-first-use ends the old secret after the first call with the new one', {
    timeout: 90_000,
  }, async () => {
    const key = await product.createKey('careful', 'fixture')
    const undone = await post(`/keys/${key.id}/rotate`, { mode: 'on-first-use' })
    expect(await meOf(undone.secret)).toBe('taken')
    await post(`/keys/${key.id}/rotation/undo`)
    expect([await meOf(key.secret), await meOf(undone.secret)]).toEqual(['taken', 'key_revoked'])
    const kept = await post(`/keys/${key.id}/rotate`, { mode: 'on-first-use', graceSeconds: 0 })
    expect(await meOf(key.secret)).toBe('taken')
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }
    expect((await product.call('fixture', kept.secret, message)).status).toBeLessThan(500)
    const program = startProgram('first-user', kept.secret)
    await eventually(async () => (await meOf(key.secret)) === 'key_revoked', 'the old secret ends', 30_000)
    await program.stop()
    expect(program.failures).toEqual([])
    const { rotation } = await get(`/keys/${key.id}/rotation`)
    expect([rotation.state, rotation.firstUsedAt !== null]).toEqual(['finished', true])
  })

  test('D61 a member reveals with his own token the key that was made for him, once; a second use is told of', {
    timeout: 60_000,
  }, async () => {
    const { member } = await post('/members', { email: `grace-${store}@example.com`, name: 'Grace' })
    const { secret: token } = await post('/management-tokens', { name: 'hers', scopes: ['*'], member: member.id })
    const made = await post('/keys', { name: 'for Grace', owner: { type: 'member', id: member.id } })
    expect(made.secret).toBeUndefined()
    const link = new URL(made.claim.url)
    expect([link.origin, link.pathname]).toEqual([product.controlUrl, '/claim'])
    for (const path of ['/claim', '/claim/page.js', '/claim/page.css'])
      expect([path, (await ask(`${product.controlUrl}${path}`)).status]).toEqual([path, 200])
    const as = (bearer: string) =>
      product.rest('POST', '/claims', { code: link.hash.slice(1) }, { authorization: `Bearer ${bearer}` })
    expect((await as(product.bootstrapToken)).status).toBe(404)
    const revealed = await as(token)
    expect([revealed.status, revealed.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await meOf(revealed.body.secret)).toBe('taken')
    const again = await as(token)
    expect([again.status, again.body.code]).toEqual([409, 'claim_used'])
    await eventually(
      async () => (await get(`/audit-events?subject=${made.key.id}&action=key.claim-reused`)).items.length === 1,
      'the alarm is in the log',
    )
    const [alarm] = (await get(`/audit-events?subject=${made.key.id}&action=key.claim-reused`)).items
    expect(alarm).toMatchObject({ actor: { id: member.id }, after: { address: '127.0.0.1' } })
    const rotated = await post(`/keys/${made.key.id}/rotate`)
    expect([rotated.secret, typeof rotated.claim.url]).toEqual([undefined, 'string'])
    expect(await meOf(revealed.body.secret)).toBe('key_revoked')
  })

  test('G10 a replay answers without the secret and without the link, and rotates nothing', {
    timeout: 60_000,
  }, async () => {
    const key = await product.createKey('replayed', 'fixture')
    const once = (path: string, body: object) =>
      product.rest('POST', path, body, { 'idempotency-key': 'replayed-once' })
    const first = await once(`/keys/${key.id}/rotate`, { mode: 'grace' })
    const replay = await once(`/keys/${key.id}/rotate`, { mode: 'grace' })
    expect([first.status, replay.status, replay.headers.get('idempotent-replay')]).toEqual([200, 200, 'true'])
    expect([typeof first.body.secret, replay.body.secret]).toEqual(['string', undefined])
    expect(replay.body.key).toEqual(first.body.key)
    expect((await get(`/keys/${key.id}`)).key.secrets).toHaveLength(2)
    expect((await once(`/keys/${key.id}/rotate`, {})).body.code).toBe('idempotency_mismatch')
    const { member } = await post('/members', { email: `hopper-${store}@example.com` })
    const hers = await post('/keys', { name: 'hers', owner: { type: 'member', id: member.id } })
    const offered = [await once(`/keys/${hers.key.id}/claim`, {}), await once(`/keys/${hers.key.id}/claim`, {})]
    expect(offered.map(({ body }) => typeof body.claim.url)).toEqual(['string', 'undefined'])
    const linked = [await once(`/keys/${hers.key.id}/rotate`, {}), await once(`/keys/${hers.key.id}/rotate`, {})]
    expect(linked.map(({ body }) => typeof body.claim.url)).toEqual(['string', 'undefined'])
  })
})

const initialize = {
  jsonrpc: '2.0',
  id: 0,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'streamer', version: '1' } },
}

/** The stream of a session, which stays open until somebody ends it. */
async function openStream(product: Product, secret: string): Promise<{ readonly ended: Promise<void> }> {
  const opened = await product.call('fixture', secret, initialize)
  const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' }
  const ready = { jsonrpc: '2.0', method: 'notifications/initialized' }
  await product.call('fixture', secret, ready, { headers: session })
  const answer = await fetch(`${product.gatewayUrl}/mcp-connect/fixture`, {
    headers: {
      ...session,
      authorization: `Bearer ${secret}`,
      'mcp-protocol-version': '2025-11-25',
      accept: 'text/event-stream',
    },
  })
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
  const end = () => undefined
  return { ended: answer.text().then(end, end) }
}
