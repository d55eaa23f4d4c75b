import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { isAlive } from './processes.ts'
import { type Json, type Product, startProduct } from './product.ts'
import { eventually } from './programs.ts'
import { answering, type Received, type Receiver, startReceiver, verified } from './receivers.ts'
import { freshDatabase, stores } from './store-kinds.ts'

describe.each(stores)('webhooks on %s', (store) => {
  let product: Product
  let receiver: Receiver
  beforeAll(async () => {
    const databaseUrl = store === 'postgres' ? await freshDatabase() : null
    product = await startProduct({ store, ...(databaseUrl ? { databaseUrl } : {}) })
  })
  afterAll(() => product?.stop())
  beforeEach(async () => {
    receiver = await startReceiver()
  })
  afterEach(() => receiver.close())

  const make = async (events: string[]): Promise<{ id: string; secret: string }> => {
    const { status, text, body } = await product.rest('POST', '/webhooks', { url: receiver.url, events })
    expect([status, text.includes('whsec_')], text).toEqual([201, true])
    return { id: body.webhook.id, secret: body.secret }
  }
  const see = async (path: string): Promise<Json> => (await product.rest('GET', path)).body
  const deliveries = async (id: string): Promise<Json[]> => (await see(`/webhooks/${id}/deliveries`)).items

  test('what happens to a key arrives signed, in order, within a moment, and never with a secret', async () => {
    const hook = await make(['key.*'])
    const begun = performance.now()
    const { status, body } = await product.rest('POST', '/keys', { name: 'ci', metadata: { team: 'tools' } })
    expect(status).toBe(201)
    await product.rest('PATCH', `/keys/${body.key.id}`, { name: 'ci 2' })
    await product.revoke(body.key.id, { reason: 'over' })
    const got = await receiver.count(3)
    expect(performance.now() - begun).toBeLessThan(10_000)
    expect(got.map((each) => verified(hook.secret, each))).toMatchObject([
      { type: 'key.created', data: { subject: { id: body.key.id }, metadata: { team: 'tools' } } },
      { type: 'key.updated', data: { before: { name: 'ci' }, after: { name: 'ci 2' } } },
      { type: 'key.revoked', data: { after: { state: 'revoked', reason: 'over' } } },
    ])
    const sent = JSON.stringify(got)
    for (const secret of [body.secret, body.secret.slice(22), product.bootstrapToken, hook.secret.slice(6)])
      expect(sent).not.toContain(secret)
    await eventually(async () => (await deliveries(hook.id)).every(({ state }) => state === 'delivered'), 'all noted')
  })

  test('a try arrives with the signature that the answer promised, and an unknown webhook is none', async () => {
    const hook = await make(['*'])
    const { status, body } = await product.rest('POST', `/webhooks/${hook.id}/test`, {})
    expect([status, body]).toEqual([200, { delivered: true, status: 204 }])
    const test = receiver.got.find(({ type }) => type === 'webhook.test')
    expect(test && verified(hook.secret, test)).toMatchObject({ data: { webhook: hook.id } })
    expect((await product.rest('POST', '/webhooks/whk_0000000000000000/test', {})).status).toBe(404)
    expect((await product.rest('DELETE', `/webhooks/${hook.id}`)).status).toBe(200)
  })

  test('the secret is answered once: a replay of the call has none', async () => {
    const headers = { 'idempotency-key': `hook-${store}` }
    const asked = { url: receiver.url, events: ['team.*'] }
    const first = await product.rest('POST', '/webhooks', asked, headers)
    const again = await product.rest('POST', '/webhooks', asked, headers)
    expect([first.status, again.status, again.body.webhook.id]).toEqual([201, 201, first.body.webhook.id])
    expect([typeof first.body.secret, again.body.secret]).toEqual(['string', undefined])
  })

  test('a webhook does not lead to control, to the gateway, or to where clouds keep secrets', async () => {
    const leading = async (url: string) => {
      const { status, body } = await product.rest('POST', '/webhooks', { url, events: ['*'] })
      return [status, body.errors?.[0]?.pointer]
    }
    const [gateway, control] = product.ports
    for (const url of [
      `http://127.0.0.1:${control}/api/v1/keys`,
      `http://localhost:${gateway}/mcp`,
      `http://[::1]:${control}/`,
      'https://169.254.169.254/latest/meta-data/',
      'http://hooks.example.com/',
    ])
      expect([url, await leading(url)]).toEqual([url, [422, '/url']])
  })

  test('a receiver that was down gets what it missed when it is back, also over a restart of control', async () => {
    const hook = await make(['key.*'])
    const { port } = receiver
    await receiver.close()
    const { id } = await product.createKey('while it was down')
    await eventually(
      async () => (await see(`/webhooks/${hook.id}`)).webhook.failingSince !== null,
      'it is seen to fail',
    )
    const control = await product.kill('control')
    await eventually(() => !isAlive(control), 'control is gone')
    await product.ready()
    receiver = await startReceiver({ port })
    const [got] = await receiver.count(1, 40_000)
    expect(got && verified(hook.secret, got)).toMatchObject({ type: 'key.created', data: { subject: { id } } })
    await eventually(async () => (await see(`/webhooks/${hook.id}`)).webhook.failingSince === null, 'it is well again')
  }, 90_000)

  test('G9 control killed between the delivery and its note delivers again, under the same id', async () => {
    const hook = await make(['key.*'])
    let isKilled = false
    receiver.reply((answer) => {
      // Before the answer leaves, whoever waits for it is dead.
      const kill = isKilled ? Promise.resolve(0) : product.kill('control')
      isKilled = true
      void kill.then(() => answer.writeHead(204).end())
    })
    const { id } = await product.createKey('sent twice')
    const got = await receiver.count(2, 60_000)
    expect(got.map((each: Received) => verified(hook.secret, each))).toMatchObject([
      { type: 'key.created', data: { subject: { id } } },
      { type: 'key.created', data: { subject: { id } } },
    ])
    expect(got[1]?.id).toBe(got[0]?.id)
    expect(got[1]?.body).toBe(got[0]?.body)
    await product.ready()
    await eventually(async () => (await deliveries(hook.id))[0]?.state === 'delivered', 'it is noted')
    receiver.reply(answering(204))
    await product.createKey('once')
    expect((await receiver.count(3)).map(({ id }) => id)).toHaveLength(3)
  }, 120_000)
})
