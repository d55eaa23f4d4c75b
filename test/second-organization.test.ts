import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Issued, type Json, type Product, startProduct } from './product.ts'
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts'
import { rootOf, seedTenant, type Tenant } from './seed.ts'
import { freshDatabase, stores } from './store-kinds.ts'

const message = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'who', arguments: {} } }
const answering = async (words: string): Promise<RawUpstream> => {
  const upstream = await startRawUpstream()
  upstream.answerAll(({ response }) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { words } })),
  )
  return upstream
}

describe.each(stores)('two organizations on %s', (store) => {
  let product: Product
  let ours: { key: Issued; server: Json }
  let theirs: Tenant
  const cleanUp: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'ostiary-two-'))
    cleanUp.push(() => rm(dataDir, { recursive: true, force: true }))
    const databaseUrl = store === 'postgres' ? await freshDatabase() : null
    const [first, second] = [await answering('first'), await answering('second')]
    cleanUp.push(first.stop, second.stop)
    const start = { store, dataDir, ...(databaseUrl ? { databaseUrl } : {}) }
    const before = await startProduct(start)
    const server = await before.addServer({ slug: 'same-slug', transport: { type: 'http', url: first.url } })
    ours = { server, key: await before.createKey('of the first') }
    await before.stop()
    theirs = await seedTenant({ dataDir, databaseUrl }, await rootOf(dataDir), second.url, 'same-slug')
    product = await startProduct({ ...start, bootstrapToken: before.bootstrapToken })
    cleanUp.push(() => product.stop())
  }, 120_000)
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  const asThem: Product['rest'] = (method, path, body) =>
    product.rest(method, path, body, { authorization: `Bearer ${theirs.managementToken}` })

  test('G10 the second organization sees its own things', async () => {
    expect((await asThem('GET', `/keys/${theirs.key.id}`)).status).toBe(200)
    expect((await asThem('GET', '/servers/same-slug')).body.server.id).toBe(theirs.server)
    expect((await asThem('GET', '/keys')).body.items.map((key: Json) => key.id)).toEqual([theirs.key.id])
  })

  test('G10 neither organization finds anything of the other in a list, a search or an event', async () => {
    const foreign = {
      first: [theirs.key.id, theirs.server, theirs.member, theirs.organization, theirs.managementTokenId],
      second: [ours.key.id, ours.server.id],
    }
    const lists = ['/keys', '/keys?search=of%20the', '/servers', '/audit-events', '/management-tokens', '/me']
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
    ]
    for (const [method, path, body] of attempts) {
      const foreign = await product.rest(method, path, body)
      const unknown = await product.rest(method, path.replace(/_[0-9A-Za-z]{16}/, '_0000000000000000'), body)
      const shape = ({ status, body: { requestId, ...rest } }: typeof foreign) => [status, rest]
      expect(foreign.status, `${method} ${path}`).toBe(404)
      expect(shape(foreign)).toEqual(shape(unknown))
    }
    expect((await asThem('GET', `/keys/${theirs.key.id}`)).body.key.status).toBe('active')
  })

  test('G10 a key may not be given a server of the other organization', async () => {
    const mcp = { servers: { mode: 'only', items: [theirs.server] } }
    const refused = await product.rest('POST', '/keys', { name: 'too much', mcp })
    expect(refused.status).toBe(422)
  })

  test('G10 on the gateway one slug leads each key to the server of its own organization', async () => {
    const [first, second] = [
      await product.call('same-slug', ours.key.secret, message),
      await product.call('same-slug', theirs.key.secret, message),
    ]
    expect([first.body.result.words, second.body.result.words]).toEqual(['first', 'second'])
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
