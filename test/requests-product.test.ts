import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { all, calling, type Peopled, startPeopled } from './peopled.ts'
import { ask, type Json } from './product.ts'
import { eventually } from './programs.ts'
import { stores } from './store-kinds.ts'

describe.each(stores)('the log of requests of a running product on %s', (store) => {
  let of: Peopled
  beforeAll(async () => {
    of = await startPeopled(store)
    await of.server('wiki', { catalogs: ['everyone'] })
  })
  afterAll(() => of?.stop())

  const call = async (secret: string, server = 'wiki') => {
    const { status } = await ask(`${of.product.gatewayUrl}/mcp-connect/${server}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        authorization: `Bearer ${secret}`,
        'user-agent': 'nightly/1.0',
      },
      body: JSON.stringify(calling('any')),
    })
    return status
  }
  const logged = async (key: string, query = ''): Promise<Json[]> =>
    (await of.see(`/requests?key=${key}&limit=200${query}`)).items

  test('D13 D33 each call is in it once, over a control that is killed, and adds up to what the key has', {
    timeout: 240_000,
  }, async () => {
    const metadata = { team: 'payments', ticket: 12 }
    const key = await of.key({ mcp: { servers: all }, metadata })
    for (let n = 0; n < 10; n += 1) expect(await call(key.secret)).toBe(200)
    expect(await call(key.secret, 'nowhere')).toBe(403)
    await eventually(async () => (await logged(key.id)).length === 11, 'the calls are logged', 60_000)
    await of.product.kill('control')
    for (let n = 0; n < 5; n += 1) expect(await call(key.secret)).toBe(200)
    await of.product.ready(60_000)
    await eventually(async () => (await logged(key.id)).length === 16, 'the calls meanwhile are logged', 60_000)
    const calls = await logged(key.id)
    expect(new Set(calls.map(({ id }) => id)).size).toBe(16)
    const served = calls.filter(({ admitted }) => admitted)
    expect(served).toHaveLength(15)
    expect(served[0]).toMatchObject({
      kind: 'mcp',
      key: key.id,
      status: 200,
      tool: 'any',
      client: 'nightly/1.0',
      metadata,
    })
    const [refused] = await logged(key.id, '&status=403')
    expect(refused).toMatchObject({ admitted: false, code: 'server_not_allowed' })
    expect(await logged(key.id, '&metadata.team=payments&metadata.ticket=12')).toHaveLength(16)
    expect((await of.see(`/keys/${key.id}`)).key.requests).toBe(15)
    const { items, total } = await of.see(`/usage?by=metadata.team&key=${key.id}`)
    expect(items).toMatchObject([{ id: 'payments', requests: 15, refused: 1, share: 100 }])
    expect(total).toMatchObject({ requests: 15, refused: 1 })
    expect((await of.see(`/usage?by=status&key=${key.id}`)).items).toMatchObject([
      { id: '200', requests: 15 },
      { id: '403', requests: 0, refused: 1 },
    ])
  })
})
