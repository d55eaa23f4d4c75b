import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mint } from '../src/keys/token.ts'
import { everythingOverStdio } from './everything.ts'
import { type Answer, ask, type Json, type Product, startProduct } from './product.ts'
import { eventually } from './programs.ts'
import { freshDatabase, stores } from './store-kinds.ts'

const webhookSecret = randomBytes(24).toString('hex')
const githubToken = `token-of-github-${randomBytes(12).toString('hex')}`
const greeting = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c', version: '1' } },
}

/** As GitHub's API answers for the alert whose number is asked for. */
const secrets = new Map<number, string>()
const asked: (string | undefined)[] = []
const github = createServer((request, response) => {
  asked.push(request.headers.authorization)
  const number = Number(/^\/repos\/acme\/shop\/secret-scanning\/alerts\/(\d+)$/.exec(request.url ?? '')?.[1])
  const secret = secrets.get(number)
  response.writeHead(secret === undefined ? 404 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ number, state: 'open', secret }))
})
const cleanUp: (() => unknown)[] = [() => github.close()]
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

describe.each(stores)('on %s', (store) => {
  let product: Product
  beforeAll(async () => {
    if (!github.listening) await once(github.listen(0, '127.0.0.1'), 'listening')
    const { port } = github.address() as AddressInfo
    product = await startProduct({
      store,
      ...(store === 'postgres' ? { databaseUrl: await freshDatabase() } : {}),
      env: {
        OSTIARY_LOG_LEVEL: 'debug',
        OSTIARY_GITHUB_WEBHOOK_SECRET: webhookSecret,
        OSTIARY_GITHUB_TOKEN: githubToken,
        OSTIARY_GITHUB_API_URL: `http://127.0.0.1:${port}/`,
      },
    })
    cleanUp.push(() => product.stop())
    await product.addServer({ slug: 'everything', transport: everythingOverStdio })
  })

  const report = (token: string): Promise<Answer> => publicly('/leaks', JSON.stringify({ token }))
  const publicly = (path: string, body: string, headers: Record<string, string> = {}): Promise<Answer> =>
    ask(`${product.controlUrl}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
  const codeOnGateway = async (secret: string): Promise<string> =>
    (await product.call('everything', secret, greeting)).body?.error?.data?.code ?? 'admitted'
  const becomes = (secret: string, code: string) =>
    eventually(async () => (await codeOnGateway(secret)) === code, `a call is answered ${code}`)
  const eventOf = (id: string, action: string): Promise<Json> =>
    eventually(
      async () =>
        (await product.rest('GET', `/audit-events?subject=${id}`)).body.items.find(
          (event: Json) => event.action === action,
        ),
      `there is ${action}`,
    )
  const sign = (body: string) => ({
    'x-github-event': 'secret_scanning_alert',
    'x-github-delivery': 'd3adb33f-0000-4000-8000-000000000000',
    'x-hub-signature-256': `sha256=${createHmac('sha256', webhookSecret).update(body).digest('hex')}`,
  })

  test('M8 C27 whoever posts a key has it stopped on the gateway, and hears the same as for a wrong one', async () => {
    const { id, secret } = await product.createKey('found', 'everything')
    await becomes(secret, 'admitted')
    const wrong = await report(mint('k', randomBytes).secret.reveal())
    const right = await report(secret)
    expect([right.status, right.text]).toEqual([wrong.status, wrong.text])
    expect([right.status, right.body]).toEqual([202, { received: true }])
    await becomes(secret, 'key_inactive')
    const { key } = (await product.rest('GET', `/keys/${id}`)).body
    expect(key).toMatchObject({ status: 'inactive', stateReason: 'exposed', exposedAt: expect.any(String) })
    expect(await eventOf(id, 'key.exposed')).toMatchObject({
      actor: { kind: 'system', name: 'leak report' },
      after: { state: 'suspended', reason: 'exposed' },
      address: '127.0.0.1',
    })
  })

  test('C27 where the policy says so a found key is over', async () => {
    const { secret } = await product.createKey('to be revoked', 'everything')
    const set = (leakAction: string | null) => product.rest('PATCH', '/policies', { leakAction })
    expect((await set('revoke')).status).toBe(200)
    await report(secret)
    await becomes(secret, 'key_revoked')
    await set(null)
  })

  test('C27 an alert of GitHub stops the key, whether the delivery names it or GitHub has to be asked', async () => {
    const [named, hidden] = [
      await product.createKey('named', 'everything'),
      await product.createKey('hidden', 'everything'),
    ]
    secrets.set(8, hidden.secret)
    for (const alert of [{ number: 7, secret: named.secret }, { number: 8 }]) {
      const body = JSON.stringify({
        action: 'created',
        alert: { ...alert, secret_type: 'ostiary_token', validity: 'unknown' },
        repository: { id: 1, full_name: 'acme/shop', private: true },
      })
      expect((await publicly('/leaks/github', body, sign(`${body} `))).status).toBe(401)
      expect((await publicly('/leaks/github', body, sign(body))).status).toBe(202)
    }
    for (const { id, secret } of [named, hidden]) {
      await becomes(secret, 'key_inactive')
      expect((await eventOf(id, 'key.exposed')).actor.name).toBe('GitHub secret scanning')
    }
    expect(asked.at(-1)).toBe(`Bearer ${githubToken}`)
  })

  test('C04 trufflehog is told which of its finds still work', async () => {
    const { secret } = await product.createKey('verified', 'everything')
    const found = (token: string) => publicly('/leaks/verify', JSON.stringify({ Ostiary: { token: [token] } }))
    expect((await found(secret)).status).toBe(200)
    expect((await found(mint('k', randomBytes).secret.reveal())).status).toBe(401)
    await report(secret)
    await eventually(async () => (await found(secret)).status === 401, 'the key is not live any more')
  })

  test('M8 a decoy looks like any revoked key, and its use names where it came from', async () => {
    const made = await product.rest('POST', '/keys', { name: 'decoy', honey: true, mcp: { servers: { mode: 'all' } } })
    const { key, secret } = made.body
    await becomes(secret, 'key_revoked')
    expect(await eventOf(key.id, 'key.honey-used')).toMatchObject({ actor: { kind: 'system' }, address: '127.0.0.1' })
  })

  test('A33 B43 a key that a browser calls with is marked on the key', async () => {
    const { id, secret } = await product.createKey('in a page', 'everything')
    await becomes(secret, 'admitted')
    const origin = product.gatewayUrl
    await product.call('everything', secret, greeting, { headers: { origin } })
    expect((await eventOf(id, 'key.seen-in-browser')).after).toMatchObject({ origin })
    expect((await product.rest('GET', `/keys/${id}`)).body.key.seenInBrowserAt).not.toBeNull()
  })

  test('G6 nothing of what was reported, and no secret of GitHub, stands in the log', () => {
    const logs = product.logs()
    for (const secret of [webhookSecret, githubToken, ...[...secrets.values()].map((each) => each.slice(22))])
      expect(logs).not.toContain(secret)
  })
})
