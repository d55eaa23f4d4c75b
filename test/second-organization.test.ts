import type { ServerResponse } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Issued, type Json, type Product, startProduct } from './product.ts'
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts'
import { addTenant, type Tenant } from './seed.ts'
import { freshDatabase, stores } from './store-kinds.ts'

const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'who', arguments: {} } }
type Answering = RawUpstream & { readonly say: (words: string) => void }

/** Answers who it is; the tool `stream` opens a stream that goes on until somebody ends it. */
const answering = async (words: string): Promise<Answering> => {
  const upstream = await startRawUpstream()
  const streams: ServerResponse[] = []
  upstream.answerAll(({ body, response }) => {
    if (String(body).includes('"stream"')) {
      streams.push(response.writeHead(200, { 'content-type': 'text/event-stream' }))
      response.flushHeaders()
    } else
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { words } }))
  })
  return { ...upstream, say: (more) => streams.map((stream) => stream.write(`: ${more}\n\n`)) }
}

describe.each(stores)('two organizations on %s', (store) => {
  let product: Product
  let ours: { key: Issued; server: Json }
  let theirs: Tenant
  const upstreams: Answering[] = []
  const cleanUp: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const databaseUrl = store === 'postgres' ? await freshDatabase() : null
    const [first, second] = [await answering('first'), await answering('second')]
    upstreams.push(first, second)
    cleanUp.push(first.stop, second.stop)
    product = await startProduct({ store, ...(databaseUrl ? { databaseUrl } : {}) })
    cleanUp.push(() => product.stop())
    const server = await product.addServer({ slug: 'same-slug', transport: { type: 'http', url: first.url } })
    ours = { server, key: await product.createKey('of the first') }
    theirs = await addTenant(product, second.url, 'same-slug')
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  const asThem: Product['rest'] = (method, path, body) =>
    product.rest(method, path, body, { authorization: `Bearer ${theirs.managementToken}` })

  test('G10 the second organization sees its own things', async () => {
    expect((await asThem('GET', `/keys/${theirs.key.id}`)).status).toBe(200)
    expect((await asThem('GET', '/servers/same-slug')).body.server.id).toBe(theirs.server)
    expect((await asThem('GET', '/keys')).body.items.map((key: Json) => key.id).toSorted()).toEqual(
      [theirs.key.id, theirs.app.key.id].toSorted(),
    )
  })

  test('G10 neither organization finds anything of the other in a list, a search or an event', async () => {
    const foreign = {
      first: Object.values(theirs).flatMap((id) => (typeof id === 'string' ? id : [id.id])),
      second: [ours.key.id, ours.server.id, ours.server.project],
    }
    const lists = [
      ...['/keys', '/keys?search=of%20the', '/servers', '/audit-events', '/management-tokens', '/me', '/me/catalog'],
      ...['/members', '/teams', '/projects', '/catalogs', '/providers', '/apps', '/gateways'],
    ]
    for (const path of lists) {
      const [first, second] = [await product.rest('GET', path), await asThem('GET', path)]
      expect([first.status, second.status]).toEqual([200, 200])
      for (const id of foreign.first) expect(first.text).not.toContain(id)
      for (const id of foreign.second) expect(second.text).not.toContain(id)
    }
  })

  test('G10 an id of the other organization is answered like one that does not exist', async () => {
    const attempts: [string, string, Json?][] = [
      ['GET', `/keys/${theirs.key.id}`],
      ['POST', `/keys/${theirs.key.id}/revoke`, {}],
      ['GET', `/servers/${theirs.server}`],
      ['PATCH', `/servers/${theirs.server}`, { name: 'mine now' }],
      ['DELETE', `/servers/${theirs.server}`],
      ['DELETE', `/management-tokens/${theirs.managementTokenId}`],
      ['GET', `/keys/${theirs.key.id}/access`],
      ['PATCH', `/members/${theirs.member}`, { role: 'auditor' }],
      ['DELETE', `/members/${theirs.member}`],
      ['PATCH', `/teams/${theirs.team}`, { members: [] }],
      ['DELETE', `/teams/${theirs.team}`],
      ['PATCH', `/projects/${theirs.project}`, { name: 'mine now' }],
      ['PATCH', `/catalogs/${theirs.catalog}`, { servers: [] }],
      ['DELETE', `/catalogs/${theirs.catalog}`],
      ['DELETE', `/providers/${theirs.provider}`],
      ['POST', `/apps/${theirs.app.id}/regenerate-key`, {}],
      ['DELETE', `/apps/${theirs.app.id}`],
      ['POST', '/access/explain', { key: theirs.key.id, call: { kind: 'mcp', server: theirs.server } }],
    ]
    for (const [method, path, body] of attempts) {
      const foreign = await product.rest(method, path, body)
      const nobodys = (text: string) => text.replace(/_[0-9A-Za-z]{16}/g, '_0000000000000000')
      const unknown = await product.rest(
        method,
        nobodys(path),
        JSON.parse(nobodys(JSON.stringify(body ?? null))) ?? undefined,
      )
      const shape = ({ status, body: { requestId, ...rest } }: typeof foreign) => [status, rest]
      expect(foreign.status, `${method} ${path}`).toBe(404)
      expect(shape(foreign)).toEqual(shape(unknown))
    }
    expect((await asThem('GET', `/keys/${theirs.key.id}`)).body.key.status).toBe('active')
  })

  test('G10 nothing may be given what is of the other organization', async () => {
    const only = (...items: string[]) => ({ mode: 'only', items })
    const name = 'too much'
    const attempts: [string, Json][] = [
      ['/keys', { name, mcp: { servers: only(theirs.server) } }],
      ['/keys', { name, llm: { providers: only(theirs.provider) } }],
      ['/keys', { name, projects: [theirs.project] }],
      ['/keys', { name, owner: { type: 'team', id: theirs.team } }],
      ['/keys', { name, owner: { type: 'app', id: theirs.app.id } }],
      ['/apps', { name, project: theirs.project }],
      ['/apps', { name, tools: { [theirs.server]: { mode: 'all' } } }],
      ['/teams', { slug: 'too-much', members: [theirs.member] }],
      ['/catalogs', { slug: 'too-much', servers: [theirs.server] }],
      ['/catalogs', { slug: 'too-much', audience: { teams: [theirs.team] } }],
      [
        '/servers',
        { slug: 'too-much', transport: { type: 'http', url: 'http://127.0.0.1:1' }, catalogs: [theirs.catalog] },
      ],
    ]
    for (const [path, body] of attempts) {
      const refused = await product.rest('POST', path, body)
      expect([refused.status, refused.body.code], `${path} ${JSON.stringify(body)}`).toEqual([422, 'invalid'])
    }
  })

  test('G10 on the gateway one slug leads each key to the server of its own organization', async () => {
    const [first, second] = [
      await product.call('same-slug', ours.key.secret, message),
      await product.call('same-slug', theirs.key.secret, message),
    ]
    expect([first.body.result.words, second.body.result.words]).toEqual(['first', 'second'])
  })

  const codeAt = async (secret: string) => {
    const { status, body } = await product.call('same-slug', secret, message)
    return [status, body.error?.data?.code ?? null]
  }
  const stream = async (secret: string) => {
    const streaming = { ...message, params: { name: 'stream', arguments: {} } }
    const answer = await fetch(`${product.gatewayUrl}/mcp-connect/same-slug`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${secret}`,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
      },
      body: JSON.stringify(streaming),
    })
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream'])
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
    let [heard, isOpen] = ['', true]
    const reading = async (): Promise<void> => {
      for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) heard += piece.value
    }
    const ended = reading()
      .catch(() => {})
      .then(() => {
        isOpen = false
      })
    return { ended, isOpen: () => isOpen, heard: () => heard, close: () => reader?.cancel() }
  }
  const asUs: Product['rest'] = (method, path, body) => product.rest(method, path, body)
  const done = async (rest: Product['rest'], path: string, body: Json) => {
    const { status, body: answer } = await rest('PATCH', `${path}?waitMs=5000`, body)
    expect([path, status, answer.effect?.pending]).toEqual([path, 200, []])
  }

  test.each(['theirs', 'ours'] as const)(
    'D04 G10 a change of teams, catalogs and policies in one (%s) is heeded there and ends no stream of the other',
    async (changed) => {
      const [rest, key, others] = changed === 'ours' ? [asUs, ours.key, theirs.key] : [asThem, theirs.key, ours.key]
      const { member } = (await rest('GET', '/me')).body
      const { team } = (await rest('POST', '/teams', { slug: 'streaming', members: [member.id] })).body
      const [going, staying] = [await stream(key.secret), await stream(others.secret)]
      const catalogs: Json[] = (await rest('GET', '/catalogs')).body.items
      for (const { id } of catalogs) await done(rest, `/catalogs/${id}`, { servers: [] })
      await done(rest, `/teams/${team.id}`, { members: [] })
      await done(rest, '/policies', { mixedEnvironments: 'with-reason' })
      await done(rest, `/members/${member.id}`, { name: 'Renamed' })
      await going.ended
      expect([await codeAt(key.secret), await codeAt(others.secret)]).toEqual([
        [403, 'server_not_allowed'],
        [200, null],
      ])
      for (const upstream of upstreams) upstream.say(`after the change of ${changed}`)
      await expect.poll(staying.heard).toContain(`after the change of ${changed}`)
      expect(staying.isOpen()).toBe(true)
      await staying.close()
      for (const { id, servers } of catalogs) await done(rest, `/catalogs/${id}`, { servers })
      expect([await codeAt(key.secret), await codeAt(others.secret)]).toEqual([
        [200, null],
        [200, null],
      ])
    },
  )

  test('D04 on the gateway that both share each key is held to what its own organization says of gateways', async () => {
    const { gateway } = (await asThem('POST', '/gateways', { name: 'elsewhere' })).body
    const mcp = { servers: { mode: 'all' } }
    const keyFor = async (gateways: Json) => (await asThem('POST', '/keys', { name: 'placed', mcp, gateways })).body
    const only = await keyFor({ mode: 'only', items: [gateway.id] })
    expect(await codeAt(only.secret)).toEqual([401, 'gateway_not_allowed'])
    expect(await codeAt((await keyFor({ mode: 'except', items: [gateway.id] })).secret)).toEqual([200, null])
    await asThem('DELETE', `/keys/${only.key.id}?waitMs=5000`)
    expect(await codeAt(only.secret)).toEqual([401, 'key_revoked'])
  })

  test('a renamed server is called by both names, and the other organization keeps the slug for its own', async () => {
    const renamed = await product.rest('PATCH', '/servers/same-slug?waitMs=5000', { slug: 'renamed' })
    expect(renamed.body).toMatchObject({ server: { id: ours.server.id, slug: 'renamed' }, effect: { pending: [] } })
    for (const slug of ['same-slug', 'renamed']) {
      expect((await product.call(slug, ours.key.secret, message)).body.result.words).toBe('first')
      expect((await product.rest('GET', `/servers/${slug}`)).body.server.id).toBe(ours.server.id)
    }
    expect((await product.call('same-slug', theirs.key.secret, message)).body.result.words).toBe('second')
    expect((await product.call('renamed', theirs.key.secret, message)).status).toBe(403)
  })

  test("G10 the other organization's server is refused by id like an unknown one", async () => {
    const shape = async (server: string, secret: string) => {
      const { status, body } = await product.call(server, secret, message)
      return [status, body.error.data.code, body.error.message]
    }
    const unknown = await shape('srv_0000000000000000', ours.key.secret)
    expect(unknown.slice(0, 2)).toEqual([403, 'server_not_allowed'])
    expect(await shape(theirs.server, ours.key.secret)).toEqual(unknown)
    expect(await shape(ours.server.id, theirs.key.secret)).toEqual(unknown)
  })
})
