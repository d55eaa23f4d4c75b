import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  all,
  calling,
  closed,
  except,
  lineOf,
  none,
  only,
  open,
  type Peopled,
  startPeopled,
  verdictOf,
  whoAmI,
} from './peopled.ts'
import { ask, type Json } from './product.ts'
import { eventually } from './programs.ts'
import { stores } from './store-kinds.ts'

/** Which servers a key admits by its word, whose it is, and on which plane it counts. */

describe.each(stores)('on %s', (store) => {
  let of: Peopled
  let number = 0
  beforeAll(async () => {
    of = await startPeopled(store)
    for (const slug of ['wiki', 'mail']) await of.server(slug, { catalogs: ['everyone'] })
  })
  afterAll(() => of?.stop())

  const lateServer = async (): Promise<string> => {
    number += 1
    const { slug } = await of.server(`late-${number}`, { catalogs: ['everyone'] })
    return slug
  }
  const onBoth = async (secret: string) => [await of.verdict('wiki', secret), await of.verdict('mail', secret)]

  test.each<[ids: string, word: string, servers: Json, expected: unknown[], late: unknown]>([
    ['B04 B16 D35', 'all', all, [open, open], open],
    ['B04 B17 D37', 'only', only('wiki'), [open, closed], closed],
    ['D38', 'except', except('wiki'), [closed, open], open],
    ['D36', 'none', none, [closed, closed], closed],
    ['D37', 'only, of an empty list,', only(), [closed, closed], closed],
    ['D38', 'except, of an empty list,', except(), [open, open], open],
  ])(
    '%s %s means what it says, for servers that are there and for those that come later, without a change of the key',
    async (_ids, _word, servers, expected, late) => {
      const { id, secret } = await of.key({ mcp: { servers } })
      const before = await of.see(`/keys/${id}`)
      expect(before.key.mcp.servers.mode).toBe((servers as { mode: string }).mode)
      expect(await onBoth(secret)).toEqual(expected)
      expect(await of.verdict(await lateServer(), secret)).toEqual(late)
      expect((await of.see(`/keys/${id}`)).key).toEqual(before.key)
    },
  )

  test('B15 a key that is for MCP has to say for which servers', async () => {
    const refused = await of.product.rest('POST', '/keys', { name: 'no choice', mcp: {} })
    expect([refused.status, refused.body.errors?.[0]?.pointer]).toEqual([422, '/mcp/servers'])
  })

  test('D34 with MCP switched off no server answers, whatever is listed, and switched on again they do', async () => {
    const { id, secret, key } = await of.key({ mcp: { enabled: false, servers: all } })
    expect(key.mcp).toMatchObject({ enabled: false, servers: all })
    const initialize = await of.product.call('wiki', secret, { jsonrpc: '2.0', id: 1, method: 'initialize' })
    expect(verdictOf(initialize)).toEqual([403, 'mcp_disabled'])
    expect(await of.verdict('wiki', secret)).toEqual([403, 'mcp_disabled'])
    await of.change('PATCH', `/keys/${id}`, { mcp: { servers: all } })
    expect(await of.verdict('wiki', secret)).toEqual(open)
    const stream = await of.stream('wiki', secret)
    await of.change('PATCH', `/keys/${id}`, { mcp: null })
    expect(await of.verdict('wiki', secret)).toEqual([403, 'mcp_disabled'])
    await stream.ended
  })

  test('D39 a server keeps its grants under a new name, and a new one under the old name gets none', async () => {
    const slug = await lateServer()
    const [granted, denied] = [
      await of.key({ mcp: { servers: only(slug) } }),
      await of.key({ mcp: { servers: except(slug) } }),
    ]
    await of.change('PATCH', `/servers/${slug}`, { slug: `${slug}-renamed` })
    for (const name of [slug, `${slug}-renamed`]) {
      expect(await of.verdict(name, granted.secret)).toEqual(open)
      expect(await of.verdict(name, denied.secret)).toEqual(closed)
    }
    await of.change('DELETE', `/servers/${slug}`)
    const taken = await of.product.rest('POST', '/servers', {
      slug: `${slug}-renamed`,
      transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
    })
    expect(taken.status).toBe(201)
    expect(await of.verdict(`${slug}-renamed`, granted.secret)).toEqual(closed)
  })

  test('A05 of two keys of one owner each is narrowed, revoked and renamed by itself', async () => {
    const [one, other] = [await of.key({ mcp: { servers: all } }), await of.key({ mcp: { servers: all } })]
    const stream = await of.stream('mail', other.secret)
    await of.change('PATCH', `/keys/${one.id}`, { name: 'narrow', mcp: { servers: only('wiki') } })
    expect([await onBoth(one.secret), await onBoth(other.secret)]).toEqual([
      [open, closed],
      [open, open],
    ])
    await of.change('POST', `/keys/${one.id}/revoke`, {})
    expect(await of.verdict('wiki', one.secret)).toEqual([401, 'key_revoked'])
    expect([await onBoth(other.secret), stream.isOpen()]).toEqual([[open, open], true])
    expect((await of.see(`/keys/${other.id}`)).key).toEqual(other.key)
    stream.close()
  })

  test('B03 whose a key is stands in every answer about it and in the log of each call', async () => {
    const ada = await of.person('ada')
    const { team } = await of.make('/teams', { slug: 'ops', members: [ada.id] })
    const { app } = await of.make('/apps', { name: 'Robot', toolsDefault: all }, ada.token)
    const own = await of.key({ mcp: { servers: all } }, ada.token)
    const shared = await of.key({ mcp: { servers: all }, owner: { type: 'team', id: team.id } }, ada.token)
    await of.change('POST', `/keys/${app.key}/revoke`, {}, ada.token)
    const robot = await of.key({ mcp: { servers: all }, owner: { type: 'app', id: app.id } }, ada.token)
    const expected = [
      [own, { type: 'member', id: ada.id, name: 'ada' }],
      [shared, { type: 'team', id: team.id, name: 'ops' }],
      [robot, { type: 'app', id: app.id, name: 'Robot' }],
    ] as const
    const listed = (await of.see('/keys?limit=200')).items
    for (const [{ id, secret, key }, owner] of expected) {
      expect([key.owner, (await of.see(`/keys/${id}`)).key.owner]).toEqual([owner, owner])
      expect(listed.find((item: Json) => item.id === id).owner).toEqual(owner)
      expect((await whoAmI(of.product.gatewayUrl, secret)).body.owner).toEqual(owner)
      const served = await of.call('wiki', secret)
      const line = await eventually(
        () => lineOf(of.product, served.headers.get('x-request-id')),
        'the line of the call comes',
      )
      expect(line).toMatchObject({ key: id, owner: owner.id, status: 200, code: null })
    }
  })

  test('B06 a key opens no path of control, and no management token opens a path of the gateway', async () => {
    const { secret } = await of.key({ mcp: { servers: all } })
    const { paths } = await of.see('/openapi.json')
    const calls = Object.entries<Json>(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({
        method: method.toUpperCase(),
        path: path.replaceAll(/\{\w+\}/g, 'wiki'),
      })),
    )
    expect(calls.length).toBeGreaterThan(40)
    const isPublic = ({ path }: { path: string }) => /\/(setup|openapi\.json)$/.test(path)
    for (const { method, path } of calls.filter((call) => !isPublic(call))) {
      const at = path.replace(/^\/api\/v1/, '')
      const body = ['GET', 'DELETE'].includes(method) ? undefined : {}
      const refused = await of.product.rest(method, at, body, { authorization: `Bearer ${secret}` })
      expect([method, at, refused.status, refused.body.code]).toEqual([method, at, 403, 'key_kind'])
    }
    const ada = await of.person('token-of-control')
    expect(await of.verdict('wiki', ada.token)).toEqual([401, 'key_kind'])
    expect(await of.verdict('nowhere', ada.token)).toEqual([401, 'key_kind'])
    expect(verdictOf(await whoAmI(of.product.gatewayUrl, ada.token))).toEqual([401, 'key_kind'])
  })

  test('A03 a call of a tool without a key is not answered, whichever server is named', async () => {
    for (const server of ['wiki', 'nowhere']) {
      const answer = await ask(`${of.product.gatewayUrl}/mcp-connect/${server}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
        body: JSON.stringify(calling('any')),
      })
      expect([...verdictOf(answer), answer.headers.get('www-authenticate')]).toEqual([401, 'key_missing', 'Bearer'])
    }
  })
})
