import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { all, closed, none, only, open, type Peopled, startPeopled, whoAmI } from './peopled.ts'
import type { Json } from './product.ts'
import { stores } from './store-kinds.ts'

/** An app and its one key; which tools official clients see with it stands in tools.test.ts. */

const revoked = [401, 'key_revoked']
const noTool = [200, 'tool_not_allowed']

describe.each(stores)('on %s', (store) => {
  let of: Peopled
  beforeAll(async () => {
    of = await startPeopled(store)
    await of.server('wiki', { catalogs: ['everyone'] })
    await of.server('mail', { catalogs: ['everyone'] })
  })
  afterAll(() => of?.stop())

  const newApp = (body: object = {}): Promise<Json> =>
    of.make('/apps', { name: 'Robot', tools: { wiki: only('read') }, ...body })
  const refusedKey = async (app: string) => {
    const { status, body } = await of.product.rest('POST', '/keys', { name: 'next', owner: { type: 'app', id: app } })
    return [status, body.code]
  }

  test('C01 C14 the key says which app it is, on the gateway and on control', async () => {
    const { app, key, secret } = await newApp({ name: 'Invoices' })
    const { status, body } = await whoAmI(of.product.gatewayUrl, secret)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      key: { id: key.id, status: 'active' },
      owner: { type: 'app', id: app.id, name: 'Invoices' },
    })
    expect(key.owner).toEqual({ type: 'app', id: app.id, name: 'Invoices' })
    expect((await of.see(`/apps/${app.id}`)).app.key).toBe(key.id)

    await of.change('PATCH', `/apps/${app.id}`, { name: 'Invoices and more' })
    expect((await whoAmI(of.product.gatewayUrl, secret)).body.owner.name).toBe('Invoices and more')
  })

  test('C02 C22 two apps at one address are each refused the tool of the other', async () => {
    const [reads, writes] = [await newApp(), await newApp({ tools: { wiki: only('write') } })]
    expect(await of.verdict('wiki', reads.secret, 'read')).toEqual(open)
    expect(await of.verdict('wiki', reads.secret, 'write')).toEqual(noTool)
    expect(await of.verdict('wiki', writes.secret, 'write')).toEqual(open)
    expect(await of.verdict('wiki', writes.secret, 'read')).toEqual(noTool)
    expect(await of.verdict('mail', reads.secret, 'read')).toEqual(closed)
  })

  test('C02 C22 tools that an app is given and loses count from the next call, and streams end with the server', async () => {
    const { app, key, secret } = await newApp({ tools: { wiki: all } })
    const stream = await of.stream('wiki', secret)
    await of.change('PATCH', `/apps/${app.slug}`, { tools: { wiki: none, mail: only('send') } })
    expect(await of.verdict('wiki', secret, 'read')).toEqual(closed)
    await stream.ended
    expect(await of.verdict('mail', secret, 'send')).toEqual(open)
    expect((await of.see(`/keys/${key.id}`)).key.revision).toBe(key.revision)
  })

  test('C22 the key of an app, however wide it is made, opens nothing that the app is not given', async () => {
    const { key, secret } = await newApp()
    await of.change('PATCH', `/keys/${key.id}`, { mcp: { servers: all, toolsDefault: all } })
    expect(await of.verdict('wiki', secret, 'read')).toEqual(open)
    expect(await of.verdict('wiki', secret, 'write')).toEqual(noTool)
    expect(await of.verdict('mail', secret, 'send')).toEqual(closed)
  })

  test('C20 an app has one key: a second is refused until the first is revoked, and the first stays refused', async () => {
    const { app, key, secret } = await newApp()
    expect(await refusedKey(app.id)).toEqual([409, 'app_has_key'])
    expect(await of.verdict('wiki', secret, 'read')).toEqual(open)

    await of.change('POST', `/keys/${key.id}/revoke`, {})
    const next = await of.make('/keys', { name: 'next', owner: { type: 'app', id: app.id }, mcp: { servers: all } })
    expect(await of.verdict('wiki', next.secret, 'read')).toEqual(open)
    expect(await of.verdict('wiki', secret, 'read')).toEqual(revoked)
    expect((await of.see(`/apps/${app.id}`)).app.key).toBe(next.key.id)
    expect(await refusedKey(app.id)).toEqual([409, 'app_has_key'])
  })

  test('C20 of four keys that are asked for at once an app gets one', async () => {
    const { app, key } = await newApp()
    await of.change('POST', `/keys/${key.id}/revoke`, {})
    const body = { name: 'race', owner: { type: 'app', id: app.id }, mcp: { servers: all } }
    const asked = await Promise.all(Array.from({ length: 4 }, () => of.product.rest('POST', '/keys', body)))
    const made = asked.filter(({ status }) => status === 201)
    expect(made).toHaveLength(1)
    for (const { status, body: refused } of asked)
      if (status !== 201) expect(refused.code).toBeOneOf(['app_has_key', 'busy'])
    await of.change('PATCH', `/apps/${app.id}`, {})
    expect(await of.verdict('wiki', made[0]?.body.secret, 'read')).toEqual(open)
  })

  test('C21 a key belongs to one app and is not moved to another', async () => {
    const [one, other] = [await newApp(), await newApp()]
    const owner = { type: 'app', id: other.app.id }
    const moved = await of.product.rest('PATCH', `/keys/${one.key.id}`, { owner })
    expect([moved.status, moved.body.code]).toEqual([422, 'invalid'])
    const taken = await of.product.rest('PATCH', `/apps/${other.app.id}`, { key: one.key.id })
    expect([taken.status, taken.body.code]).toEqual([422, 'invalid'])
    expect((await whoAmI(of.product.gatewayUrl, one.secret)).body.owner.id).toBe(one.app.id)
  })

  test('C16 C20 a regenerated key is the same key: the new secret works, the old one and its streams end at once', async () => {
    const { app, key, secret } = await newApp({ tools: { wiki: all } })
    const stream = await of.stream('wiki', secret)
    const again = await of.change('POST', `/apps/${app.id}/regenerate-key`, {})
    expect(again.key.id).toBe(key.id)
    expect(again.secret).not.toBe(secret)
    expect(await of.verdict('wiki', secret, 'read')).toEqual(revoked)
    await stream.ended
    expect(await of.verdict('wiki', again.secret, 'read')).toEqual(open)
    expect((await of.see(`/apps/${app.id}`)).app.key).toBe(key.id)
    expect((await whoAmI(of.product.gatewayUrl, again.secret)).body.key.secretVersion).toBe(2)
  })

  test('C23 C26 a clone has the tools of its model and a key of its own, and goes its own way from there', async () => {
    const model = await newApp({ name: 'Model' })
    const clone = await of.make(`/apps/${model.app.id}/clone`, { name: 'Second client' })
    expect(clone.app).toMatchObject({ name: 'Second client', tools: model.app.tools, project: model.app.project })
    expect([clone.app.id === model.app.id, clone.key.id === model.key.id]).toEqual([false, false])
    expect(await of.verdict('wiki', clone.secret, 'read')).toEqual(open)

    await of.change('PATCH', `/apps/${clone.app.id}`, { tools: { wiki: only('write') } })
    expect(await of.verdict('wiki', clone.secret, 'read')).toEqual(noTool)
    expect(await of.verdict('wiki', model.secret, 'read')).toEqual(open)
    await of.change('POST', `/apps/${model.app.id}/regenerate-key`, {})
    await of.change('DELETE', `/apps/${model.app.id}`)
    expect(await of.verdict('wiki', clone.secret, 'write')).toEqual(open)
    expect((await whoAmI(of.product.gatewayUrl, clone.secret)).body.owner.name).toBe('Second client')
  })

  test('C20 with the app its key ends for good', async () => {
    const { app, key, secret } = await newApp({ tools: { wiki: all } })
    const stream = await of.stream('wiki', secret)
    await of.change('DELETE', `/apps/${app.id}`)
    expect(await of.verdict('wiki', secret, 'read')).toEqual(revoked)
    await stream.ended
    const gone = await of.product.rest('GET', `/apps/${app.id}`)
    expect(gone.status).toBe(404)
    expect((await of.see(`/keys/${key.id}`)).key.owner.name).toBe('Robot')
  })
})
