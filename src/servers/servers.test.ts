import { createSecretKey, randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { addOrganization, onEachStore, silent } from '../../test/stores.ts'
import { joinCatalogs } from '../catalogs/join.ts'
import { leaveCatalogs } from '../catalogs/leave.ts'
import { createVault } from '../credentials/vault.ts'
import type { Database } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import type { Result } from '../problems.ts'
import { insertProject } from '../projects/store.ts'
import { createServer } from './create.ts'
import { saveHealth } from './health/save.ts'
import { serverRecord, serverRecords } from './records.ts'
import { removeServer } from './remove.ts'
import { serverRoutes } from './routes.ts'
import {
  type NewServer,
  NewServer as NewServerShape,
  type ServerPatch,
  type ServerView,
  type Transport,
} from './schema.ts'
import { findServer, findServers } from './store.ts'
import { updateServer } from './update.ts'

const orgA = 'org_000000000000000a'
const orgB = 'org_000000000000000b'
const effect = { acked: [], pending: [], effectiveEverywhereBy: '2026-01-01T00:00:00.000Z' }
const newId = (prefix: string) => `${prefix}_${randomBytes(12).toString('base64url').replaceAll(/[-_]/g, 'x')}`
const actorOf = (organizationId: string): Actor => ({
  kind: 'member',
  organizationId,
  memberId: 'mem_0000000000000001',
  name: 'Ada',
  role: 'owner',
  scopes: ['*'],
  operator: false,
  credentialId: 'mgt_0000000000000001',
})
const http = { type: 'http', url: 'https://tools.example.test/mcp' } as const
const canary = 'canary-7f2e9c41'
const withSecret: NewServer = {
  slug: 'tools',
  transport: http,
  credential: { slot: 'header', name: 'Authorization', value: canary },
}
const granted = <T>(result: Result<T>): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.problem))
  return result.value
}

onEachStore('servers', (open) => {
  let database: Database
  let now = 1_000_000
  beforeEach(async () => {
    database = await open()
    for (const [id, slug] of [
      [orgA, 'a'],
      [orgB, 'b'],
    ] as const) {
      await addOrganization(database, id, slug)
      await database.transaction(id, (db) =>
        insertProject(db, id, {
          id: `prj_${slug}`,
          slug: 'default',
          name: 'Default',
          tier: 'production',
          isDefault: true,
          createdAt: 1,
        }),
      )
    }
  })
  const root = { id: 'root', key: createSecretKey(randomBytes(32)) }
  const vault = createVault({
    root,
    randomBytes,
    now: () => now,
  })
  const deps = () => ({
    read: database.read,
    transaction: database.transaction,
    vault,
    newId,
    now: () => now,
    effectOf: () => Promise.resolve(effect),
    reachOf: async () => ({ networks: [], loopback: true }),
    askToLook: async () => [],
    joinCatalogs,
    leaveCatalogs,
  })
  const create = (input: NewServer, organization = orgA) => createServer(deps())(actorOf(organization), input, 'req_1')
  const patch = (idOrSlug: string, input: ServerPatch, ifMatch: string | null = null) =>
    updateServer(deps())(actorOf(orgA), { idOrSlug, ifMatch, waitMs: 0, requestId: 'req_2' }, input)
  const remove = (idOrSlug: string) =>
    removeServer(deps())(actorOf(orgA), { idOrSlug, ifMatch: null, waitMs: 0, requestId: 'req_3' })
  const recordDeps = { vault, now: () => now, log: silent }
  const record = (id: string) => database.system.read((db) => serverRecord(recordDeps)(db, orgA, id))
  const show = async (id: string): Promise<ServerView> => {
    const route = serverRoutes(deps()).find((one) => one.method === 'GET' && one.path === '/servers/:id')
    const input = { params: { id }, query: {}, body: undefined, requestId: 'req', address: '', ifMatch: null }
    return granted((await route?.handle(actorOf(orgA), input)) as Result<{ server: ServerView }>).server
  }

  test('G7 a new server commits with its audit event and its news, and shows no secret', async () => {
    const { server } = granted(await create(withSecret))
    expect(server).toMatchObject({ slug: 'tools', name: 'tools', project: 'prj_a', state: 'starting', revision: 1 })
    expect(server.credential).toMatchObject({ slot: 'header', name: 'Authorization' })
    const rows = await database.system.read(async (db) => ({
      events: await db.selectFrom('audit_events').selectAll().execute(),
      changes: await db.selectFrom('changes').selectAll().execute(),
      servers: await db.selectFrom('servers').selectAll().execute(),
      versions: await db.selectFrom('credential_versions').selectAll().execute(),
    }))
    expect(rows.events).toMatchObject([{ action: 'server.created', subject_id: server.id }])
    expect(rows.changes).toMatchObject([{ kind: 'server', subject_id: server.id }])
    expect(JSON.stringify([rows, server])).not.toContain(canary)
  })

  test('D23 prices of tools reach the gateways as they were given, and null takes them away', async () => {
    const toolPrices = { echo: '0.01', '*': '2' }
    const { server } = granted(await create({ ...withSecret, toolPrices }))
    expect(server.toolPrices).toEqual(toolPrices)
    expect(await record(server.id)).toMatchObject({ toolPrices })
    expect(granted(await patch(server.id, { name: 'Other' })).server.toolPrices).toEqual(toolPrices)
    expect(granted(await patch(server.id, { toolPrices: { echo: '3' } })).server.toolPrices).toEqual({ echo: '3' })
    expect(granted(await patch(server.id, { toolPrices: null })).server.toolPrices).toEqual({})
    expect((await show(server.id)).toolPrices).toEqual({})
    for (const amount of ['-1', '1e3', '0,01', '1000000', '', '0.0000000001'])
      expect(NewServerShape.safeParse({ ...withSecret, toolPrices: { echo: amount } }).success).toBe(false)
  })

  test('the feed reads the secret back, with the template that fits the header', async () => {
    const { server } = granted(await create(withSecret))
    const found = await record(server.id)
    if (found?.kind !== 'server') throw new Error('no record')
    expect(found.injection).toMatchObject({ version: 1, slot: { name: 'Authorization', template: 'Bearer {value}' } })
    expect(found.injection?.value.reveal()).toBe(canary)
    const pages = await database.system.read(async (db) => {
      const all = []
      for await (const page of serverRecords(recordDeps)(db, 1)) all.push(...page)
      return all
    })
    expect(pages.map((one) => one.id)).toEqual([server.id])
  })

  test('a server whose secret cannot be opened is withheld, and the others still reach the gateways', async () => {
    const { server: damaged } = granted(await create(withSecret))
    const { server: sound } = granted(
      await create({ slug: 'sound', transport: { type: 'http', url: 'https://a.example/' } }),
    )
    await database.system.transaction((db) => db.deleteFrom('credential_versions').execute())
    const pages = await database.system.read(async (db) => {
      const all = []
      for await (const page of serverRecords(recordDeps)(db)) all.push(...page)
      return all
    })
    expect(pages.map(({ kind, id }) => `${kind} ${id}`).sort()).toEqual(
      [`gone ${damaged.id}`, `server ${sound.id}`].sort(),
    )
  })

  test('values of stdio variables are encrypted, shown as [set], and reach the gateway', async () => {
    const transport: Transport = { type: 'stdio', command: 'run', args: ['x'], env: { TOKEN: canary } }
    const { server } = granted(await create({ slug: 'local', transport }))
    expect(server.transport).toEqual({ type: 'stdio', command: 'run', args: ['x'], env: { TOKEN: '[set]' } })
    const found = await record(server.id)
    if (found?.kind !== 'server' || found.transport.type !== 'stdio') throw new Error('no record')
    expect(JSON.parse(found.transport.env?.reveal() ?? '')).toEqual({ TOKEN: canary })
    const rows = await database.system.read((db) => db.selectFrom('servers').selectAll().execute())
    expect(JSON.stringify(rows)).not.toContain(canary)
  })

  test('a hidden variable keeps its value with the same command and never moves to another one', async () => {
    const transport = { type: 'stdio' as const, command: 'run', args: [], env: { TOKEN: canary } }
    const { server } = granted(await create({ slug: 'local', transport }))
    granted(await patch('local', { name: 'Local', transport: { ...transport, env: { TOKEN: '[set]' } } }))
    const found = await record(server.id)
    if (found?.kind !== 'server' || found.transport.type !== 'stdio') throw new Error('no record')
    expect(found.transport.env?.reveal()).toContain(canary)
    const moved = await patch('local', { transport: { ...transport, command: 'other', env: { TOKEN: '[set]' } } })
    expect(moved).toMatchObject({ ok: false, problem: { code: 'invalid' } })
  })

  test('a slug is taken while its server lives, also when two ask at once, and free again afterwards', async () => {
    const both = await Promise.all([create({ slug: 'x', transport: http }), create({ slug: 'x', transport: http })])
    expect(both.map((one) => one.ok).toSorted()).toEqual([false, true])
    expect(both.find((one) => !one.ok)).toMatchObject({ problem: { code: 'slug_taken' } })
    granted(await create({ slug: 'x', transport: http }, orgB))
    granted(await create({ slug: 'y', transport: http }))
    expect(await patch('y', { slug: 'x' })).toMatchObject({ ok: false, problem: { code: 'slug_taken' } })
    granted(await remove('x'))
    granted(await create({ slug: 'x', transport: http }))
  })

  const dayMs = 86_400_000
  const taken = { ok: false, problem: { code: 'slug_taken' } }
  const notFound = { ok: false, problem: { code: 'not_found' } }

  test('a server answers to its former slug for 30 days, in REST and for the gateways, and not a moment longer', async () => {
    const { server } = granted(await create({ slug: 'old', transport: http }))
    granted(await patch('old', { slug: 'new' }))
    const until = now + 30 * dayMs
    expect(await record(server.id)).toMatchObject({ slug: 'new', formerSlugs: [{ slug: 'old', until }] })
    for (const name of ['old', 'new', server.id]) expect((await show(name)).id).toBe(server.id)
    const names = ['old', 'new', server.id, 'never']
    const found = await database.read(orgA, (db) => findServers(db, orgA, names, now))
    expect(names.map((name) => found.get(name)?.id)).toEqual([server.id, server.id, server.id, undefined])
    expect(await database.read(orgB, (db) => findServer(db, orgB, 'old', now))).toBeNull()
    granted(await patch('old', { name: 'by its old slug' }))
    now = until - 1
    expect((await show('old')).name).toBe('by its old slug')
    now = until
    await expect(show('old')).rejects.toThrow('not_found')
    expect(await patch('old', { name: 'late' })).toMatchObject(notFound)
    expect(await record(server.id)).toMatchObject({ slug: 'new', formerSlugs: [] })
  })

  test('a slug that still answers for another server is taken, and the refusal says until when', async () => {
    granted(await create({ slug: 'old', transport: http }))
    const { server: other } = granted(await create({ slug: 'other', transport: http }))
    granted(await patch('old', { slug: 'new' }))
    const until = new Date(now + 30 * dayMs).toISOString()
    for (const refused of [await create({ slug: 'old', transport: http }), await patch('other', { slug: 'old' })]) {
      expect(refused).toMatchObject(taken)
      expect(JSON.stringify(refused)).toContain(`answers to it until ${until}`)
    }
    granted(await create({ slug: 'old', transport: http }, orgB))
    now += 30 * dayMs
    granted(await patch('other', { slug: 'old' }))
    expect((await show('old')).id).toBe(other.id)
    granted(await patch('old', { slug: 'newest' }))
    expect((await show('old')).id).toBe(other.id)
    expect(await record(other.id)).toMatchObject({ formerSlugs: [{ slug: 'old' }, { slug: 'other' }] })
  })

  test('a server takes its own former slug back, and a removed one leaves its former slugs to others', async () => {
    const { server } = granted(await create({ slug: 'one', transport: http }))
    granted(await patch('one', { slug: 'two' }))
    granted(await patch('one', { slug: 'one' }))
    expect(await record(server.id)).toMatchObject({ slug: 'one', formerSlugs: [{ slug: 'two' }] })
    expect((await show('two')).slug).toBe('one')
    granted(await remove('two'))
    for (const slug of ['one', 'two']) granted(await create({ slug, transport: http }))
  })

  test('a rename that is refused leaves no former slug behind', async () => {
    const { server } = granted(await create({ slug: 'one', transport: http }))
    granted(await create({ slug: 'two', transport: http }))
    expect(await patch('one', { slug: 'two' })).toMatchObject(taken)
    expect(await patch('one', { slug: 'three' }, '"stale"')).toMatchObject({ ok: false, problem: { code: 'stale' } })
    expect(await record(server.id)).toMatchObject({ slug: 'one', formerSlugs: [] })
  })

  test('a server that was removed is gone for everybody, with its secrets', async () => {
    const { server } = granted(await create(withSecret))
    await database.system.transaction((db) => saveHealth(db, 'gwy_1', [report(server)], now))
    expect(granted(await remove(server.id))).toMatchObject({ server: { id: server.id }, effect })
    expect(await record(server.id)).toMatchObject({ kind: 'gone', of: 'server', id: server.id, revision: 2 })
    expect(await remove(server.id)).toMatchObject({ ok: false, problem: { code: 'not_found' } })
    const left = await database.system.read((db) => db.selectFrom('credential_versions').selectAll().execute())
    expect(left).toEqual([])
  })

  test('a credential does not follow its server to a new address unless it is given again', async () => {
    const { server } = granted(await create(withSecret))
    const moved = { type: 'http', url: 'https://evil.example.test/mcp' } as const
    expect(await patch('tools', { transport: moved })).toMatchObject({
      ok: false,
      problem: { code: 'invalid', errors: [{ pointer: '/credential' }] },
    })
    const credential = { slot: 'header', name: 'x-token', value: 'second' } as const
    expect(granted(await patch('tools', { transport: moved, credential })).server).toMatchObject({
      transport: moved,
      credential: { name: 'x-token' },
      revision: 2,
    })
    const found = await record(server.id)
    expect(found?.kind === 'server' && found.injection?.value.reveal()).toBe('second')
    expect(granted(await patch('tools', { credential: null })).server.credential).toBeNull()
    const left = await database.system.read((db) => db.selectFrom('credentials').selectAll().execute())
    expect(left).toEqual([])
  })

  test('a change that was made on an older state is stale', async () => {
    const { server } = granted(await create({ slug: 'tools', transport: http }))
    expect(granted(await patch('tools', { name: 'One' }, `"${server.id}-1"`)).server.name).toBe('One')
    expect(await patch('tools', { name: 'Two' }, `"${server.id}-1"`)).toMatchObject({ problem: { code: 'stale' } })
    expect(granted(await patch('tools', { name: null })).server.name).toBe('tools')
  })

  test('of many who change it at once none is refused who did not say which state he had in mind', async () => {
    const { server } = granted(await create({ slug: 'tools', transport: http }))
    const names = ['One', 'Two', 'Three', 'Four', 'Five']
    for (const answer of await Promise.all(names.map((name) => patch('tools', { name })))) granted(answer)
    expect(await show('tools')).toMatchObject({ revision: 6, name: expect.toBeOneOf(names) })
    const last = await Promise.all([remove('tools'), remove(server.id)])
    expect(last.map(({ ok }) => ok).toSorted()).toEqual([false, true])
  })

  test('the answer to a new server comes when the gateways had their chance to know it', async () => {
    const waited: number[] = []
    const effectOf = (_organization: string, rowId: number, waitMs: number) => {
      waited.push(rowId, waitMs)
      return Promise.resolve(effect)
    }
    granted(await createServer({ ...deps(), effectOf })(actorOf(orgA), { slug: 'tools', transport: http }, 'req_1'))
    expect(waited).toEqual([expect.any(Number), 250])
  })

  test('another organization sees, changes and reports nothing of it', async () => {
    const { server } = granted(await create({ slug: 'tools', transport: http }, orgB))
    expect(await patch(server.id, { name: 'mine' })).toMatchObject({ problem: { code: 'not_found' } })
    expect(await record(server.id)).toBeNull()
    await database.system.transaction((db) => saveHealth(db, 'gwy_1', [{ ...report(server), organization: orgA }], now))
    expect(await database.system.read((db) => db.selectFrom('server_health').selectAll().execute())).toEqual([])
  })

  test('health is the newest word about the server as it is now, written when it changes or once a minute', async () => {
    const { server } = granted(await create({ slug: 'tools', transport: http }))
    const say = (gateway: string, more = {}) =>
      database.system.transaction((db) => saveHealth(db, gateway, [{ ...report(server), ...more }], now))
    await say('gwy_1')
    expect(await show('tools')).toMatchObject({ state: 'ready', tools: [{ name: 'echo' }] })
    const first = (await show('tools')).checkedAt
    now += 30_000
    await say('gwy_1')
    expect((await show('tools')).checkedAt).toBe(first)
    await say('gwy_2', { state: 'unreachable', tools: undefined, lastError: 'refused' })
    expect(await show('tools')).toMatchObject({ state: 'unreachable', lastError: 'refused' })
    now += 60_000
    await say('gwy_1')
    expect(await show('tools')).toMatchObject({ state: 'ready' })
    granted(await patch('tools', { transport: { type: 'http', url: 'https://other.example.test/' } }))
    expect(await show('tools')).toMatchObject({ state: 'starting', checkedAt: null })
  })

  test('lists page by slug, with a total', async () => {
    for (const slug of ['c', 'a', 'b']) granted(await create({ slug, transport: http }))
    const route = serverRoutes(deps()).find((one) => one.method === 'GET' && one.path === '/servers')
    const page = async (query: object) => {
      const input = {
        params: {},
        query: { limit: 2, ...query },
        body: undefined,
        requestId: 'r',
        address: '',
        ifMatch: null,
      }
      return (await route?.handle(actorOf(orgA), input)) as Result<{
        items: ServerView[]
        nextCursor: string
        total: number
      }>
    }
    const first = granted(await page({}))
    expect([first.items.map((one) => one.slug), first.total]).toEqual([['a', 'b'], 3])
    const second = granted(await page({ cursor: first.nextCursor }))
    expect([second.items.map((one) => one.slug), second.nextCursor]).toEqual([['c'], null])
    expect(second).toMatchObject({ refs: { prj_a: { slug: 'default', name: 'Default' } } })
    granted(await create({ slug: 'long-slug', name: 'Build 50%', transport: http }))
    for (const [search, slugs] of [
      ['LON', ['long-slug']],
      ['ong', ['long-slug']],
      ['on', []],
      ['50%', ['long-slug']],
      ['5_%', []],
      ['a', ['a']],
    ] as const)
      expect([search, granted(await page({ search })).items.map(({ slug }) => slug)]).toEqual([search, slugs])
    expect(await page({ search: 'a', cursor: first.nextCursor })).toMatchObject({ problem: { code: 'bad_cursor' } })
    expect(await page({ cursor: 'nonsense' })).toMatchObject({ problem: { code: 'bad_cursor' } })
  })
})

const report = (server: ServerView) => ({
  organization: server.project === 'prj_a' ? orgA : orgB,
  server: server.id,
  revision: server.revision,
  state: 'ready' as const,
  tools: [{ name: 'echo', description: 'says it again' }],
})

describe('what a server may be made of', () => {
  test.each([
    ['ftp://x.test/', '/transport/url'],
    ['https://user:pass@x.test/', '/transport/url'],
    ['https://x.test/#part', '/transport/url'],
  ])('%s is no address for one', async (url, pointer) => {
    expect(await refusedFor({ slug: 's', transport: { type: 'http', url } })).toEqual([pointer])
  })

  test.each(['Host', 'content-length', 'Mcp-Session-Id', 'Connection', 'transfer-encoding', 'bad name'])(
    'a credential in the header %s is refused',
    async (name) => {
      expect(
        await refusedFor({ slug: 's', transport: http, credential: { slot: 'header', name, value: 'v' } }),
      ).toEqual(['/credential/name'])
    },
  )

  test('a credential with a line break, or for a program, is refused without being quoted', async () => {
    const credential = { slot: 'header', name: 'x-key', value: `${canary}\r\nHost: evil` } as const
    expect(await refusedFor({ slug: 's', transport: http, credential })).toEqual(['/credential/value'])
    const transport = { type: 'stdio', command: 'run' } as const
    expect(await refusedFor({ slug: 's', transport, credential: { ...credential, value: 'v' } })).toEqual([
      '/credential',
    ])
  })
})

const refusedFor = async (input: NewServer): Promise<string[]> => {
  const untouched = { transaction: () => Promise.reject(new Error('reached the database')) }
  const deps = { ...untouched, vault: { storeStatic: untouched.transaction, encryptText: untouched.transaction } }
  const catalogs = { joinCatalogs: untouched.transaction, leaveCatalogs: untouched.transaction }
  const away = { reachOf: untouched.transaction, askToLook: untouched.transaction }
  const create = createServer({ ...deps, ...catalogs, newId, now: () => 1, effectOf: untouched.transaction, ...away })
  const result = await create(actorOf(orgA), input, 'req')
  if (result.ok) throw new Error('was accepted')
  expect(result.problem.code).toBe('invalid')
  expect(JSON.stringify(result.problem)).not.toContain(canary)
  return result.problem.errors?.map((one) => one.pointer) ?? []
}
