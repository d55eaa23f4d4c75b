import { randomBytes } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { orgA, orgB, prepare } from '../../test/feed-store.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { hashSecret } from '../keys/hash.ts'
import { createLane } from '../keys/lane.ts'
import { createProver } from '../keys/prove.ts'
import { mint, newId, parseToken } from '../keys/token.ts'
import type { Actor } from '../people/schema.ts'
import { ok } from '../problems.ts'
import { Secret } from '../secret.ts'
import { createGatewayProof, gatewaysBefore, nameEmbedded } from './enter.ts'
import type { OnlineGateway } from './feed.ts'
import { gatewayRoutes } from './routes.ts'
import type { Effect, GatewayView } from './schema.ts'
import { gatewayById, markSeen } from './store.ts'

const actorIn = (organizationId: string): Actor => ({
  kind: 'member',
  organizationId,
  memberId: 'mem_a',
  name: 'Ada',
  role: 'owner',
  scopes: ['*'],
  operator: true,
  credentialId: 'mgt_a',
})
const noEffect: Effect = { acked: [], pending: [], effectiveEverywhereBy: new Date(0).toISOString() }
const pepper = Buffer.alloc(32, 7)
const lane = createLane()
const prover = createProver({ lane })
const secrets = { peppers: new Map([['root', pepper]]), proofKey: pepper }

onEachStore('gateways', (open) => {
  let database: Database
  let online: OnlineGateway[] = []
  const disconnected: string[] = []
  const embeddedToken = new Secret(randomBytes(32).toString('hex'))

  beforeAll(async () => {
    database = await open()
    await prepare(database)
  })

  const naming = () => ({
    transaction: database.transaction,
    newId: (prefix: string) => newId(prefix, randomBytes),
    now: () => 5,
  })
  const call = async (method: string, path: string, input: object = {}, actor = actorIn(orgA)) => {
    const routes = gatewayRoutes({
      ...naming(),
      read: database.read,
      mintGatewayToken: () => mint('g', randomBytes),
      hash: async (_organization, _id, token) => ok(await hashSecret(token.reveal(), pepper, 'root')),
      gatewaysOnline: () => online,
      disconnect: ({ id }) => {
        disconnected.push(id)
        return Promise.resolve(noEffect)
      },
    })
    const route = routes.find((each) => each.method === method && each.path === path)
    if (!route) throw new Error(`no ${method} ${path}`)
    const request = { params: {}, query: {}, body: {}, requestId: 'req_1', address: '127.0.0.1', ...input }
    const outcome = await route.handle(actor, {
      ...request,
      query: route.query ? route.query.parse(request.query) : {},
      body: route.body ? route.body.parse(request.body) : {},
    } as Parameters<typeof route.handle>[1])
    return outcome.ok ? { ...outcome, value: route.output.parse(outcome.value) as never } : outcome
  }
  const enrol = async (name: string, actor?: Actor): Promise<{ gateway: GatewayView; enrolmentToken: string }> => {
    const outcome = await call('POST', '/gateways', { body: { name } }, actor)
    if (!outcome.ok) throw new Error(outcome.problem.code)
    return outcome.value
  }
  const enter = async (authorization: string | null) => {
    const embedded = await nameEmbedded(naming(), orgA, [{ name: 'gateway 1', token: embeddedToken }])
    const prove = createGatewayProof({
      read: database.system.read,
      embedded,
      parseToken,
      prove: (token, record) => prover.prove(token, record, secrets),
    })
    return prove(authorization)
  }

  test('an enrolled gateway attaches with its token, for its own organization', async () => {
    const { gateway, enrolmentToken } = await enrol('edge', actorIn(orgB))
    expect(gateway).toMatchObject({ name: 'edge', online: false, version: null, seq: null, lastSeenAt: null })
    expect(await enter(`Bearer ${enrolmentToken}`)).toEqual({
      ok: true,
      value: { id: gateway.id, name: 'edge', organizationId: orgB },
    })
  })

  test('G1 the token of a gateway stands nowhere in the database and in no other answer', async () => {
    const { gateway, enrolmentToken } = await enrol('secretive')
    const row = await database.system.read((db) => gatewayById(db, gateway.id))
    const list = await call('GET', '/gateways')
    const events = await database.system.read((db) => db.selectFrom('audit_events').selectAll().execute())
    const secret = enrolmentToken.slice(22, 65)
    for (const shown of [row, list, events]) expect(JSON.stringify(shown)).not.toContain(secret)
  })

  test.each([
    ['nothing', null, 'not_signed_in'],
    ['another scheme', 'Basic abc', 'not_signed_in'],
    ['a text that is no token', 'Bearer abc', 'not_signed_in'],
    ['the token of a key', `Bearer ${mint('k', randomBytes).secret.reveal()}`, 'key_kind'],
    ['the token of a gateway that never was', `Bearer ${mint('g', randomBytes).secret.reveal()}`, 'not_signed_in'],
  ])('who shows %s does not attach', async (_title, authorization, code) => {
    expect(await enter(authorization)).toMatchObject({ ok: false, problem: { code } })
  })

  test('the id of a gateway with another secret does not attach', async () => {
    const { gateway } = await enrol('known')
    const forged = mint('g', randomBytes, gateway.id.slice(4)).secret.reveal()
    expect(await enter(`Bearer ${forged}`)).toMatchObject({ ok: false, problem: { code: 'not_signed_in' } })
  })

  test("serve's own gateway attaches with the token of this start and keeps its id over starts", async () => {
    const first = await enter(`Bearer ${embeddedToken.reveal()}`)
    const again = await enter(`bearer ${embeddedToken.reveal()}`)
    expect(first).toMatchObject({ ok: true, value: { name: 'gateway 1', organizationId: orgA, serves: 'all' } })
    expect(again).toEqual(first)
    expect(JSON.stringify(first)).not.toContain('token')
  })

  test('a revoked gateway is cut off, leaves the list, and its token says so', async () => {
    const { gateway, enrolmentToken } = await enrol('leaving')
    const outcome = await call('DELETE', '/gateways/:id', { params: { id: gateway.id } })
    expect(outcome).toMatchObject({ ok: true, value: { gateway: { id: gateway.id }, effect: noEffect } })
    expect(disconnected).toContain(gateway.id)
    expect(await enter(`Bearer ${enrolmentToken}`)).toMatchObject({ ok: false, problem: { code: 'not_permitted' } })
    const shown = await call('GET', '/gateways/:id', { params: { id: gateway.id } })
    expect(shown).toMatchObject({ ok: false, problem: { code: 'not_found' } })
    const again = await call('DELETE', '/gateways/:id', { params: { id: gateway.id } })
    expect(again).toMatchObject({ ok: false, problem: { code: 'not_found' } })
  })

  test('G7 enrolling and revoking leave an audit event each', async () => {
    const { gateway } = await enrol('audited')
    await call('DELETE', '/gateways/:id', { params: { id: gateway.id } })
    const events = await database.read(orgA, (db) =>
      db.selectFrom('audit_events').select(['action', 'actor_id']).where('subject_id', '=', gateway.id).execute(),
    )
    expect(events.map(({ action }) => action).sort()).toEqual(['gateway.created', 'gateway.revoked'])
  })

  test("serve's own gateway cannot be revoked", async () => {
    const own = await enter(`Bearer ${embeddedToken.reveal()}`)
    if (!own.ok) throw new Error('not let in')
    const outcome = await call('DELETE', '/gateways/:id', { params: { id: own.value.id } })
    expect(outcome).toMatchObject({ ok: false, problem: { code: 'in_use' } })
  })

  test('G10 the gateway of another organization does not exist', async () => {
    const { gateway } = await enrol('theirs', actorIn(orgB))
    for (const method of ['GET', 'DELETE']) {
      const outcome = await call(method, '/gateways/:id', { params: { id: gateway.id } })
      expect(outcome).toMatchObject({ ok: false, problem: { code: 'not_found' } })
    }
    const list = await call('GET', '/gateways', { query: { limit: '200' } })
    expect(JSON.stringify(list)).not.toContain(gateway.id)
  })

  test('the list goes page by page, with what each gateway has applied', async () => {
    await enrol('pages one')
    const { gateway } = await enrol('pages two')
    online = [
      {
        id: gateway.id,
        name: 'pages two',
        organizationId: orgA,
        software: '1.2.3',
        publicUrl: '',
        seq: 7,
        lagMs: 3,
        lastSeenAt: 9,
      },
    ]
    const items: GatewayView[] = []
    let cursor: string | null = null
    let total = 0
    do {
      const query: object = cursor === null ? { limit: '1' } : { limit: '1', cursor }
      const page = await call('GET', '/gateways', { query })
      if (!page.ok) throw new Error(page.problem.code)
      const value: { items: GatewayView[]; nextCursor: string | null; total: number } = page.value
      items.push(...value.items)
      cursor = value.nextCursor
      total = value.total
    } while (cursor !== null)
    expect(items).toHaveLength(total)
    expect(new Set(items.map(({ id }) => id)).size).toBe(total)
    expect(items.find(({ id }) => id === gateway.id)).toMatchObject({
      online: true,
      version: '1.2.3',
      seq: 7,
      lagMs: 3,
    })
    expect(await call('GET', '/gateways', { query: { cursor: 'x' } })).toMatchObject({
      ok: false,
      problem: { code: 'bad_cursor' },
    })
  })

  test('each says where clients reach it: now, or what it said last; not known where it has never said', async () => {
    const { gateway } = await enrol('reached')
    const address = async () => {
      const outcome = await call('GET', '/gateways/:id', { params: { id: gateway.id } })
      if (!outcome.ok) throw new Error(outcome.problem.code)
      const { gateway: shown }: { gateway: GatewayView } = outcome.value
      return shown.publicUrl
    }
    const says = (publicUrl: string) => {
      const rest = { organizationId: orgA, software: '1.2.3', seq: 7, lagMs: 3, lastSeenAt: 9 }
      online = [{ id: gateway.id, name: 'reached', publicUrl, ...rest }]
    }
    expect(gateway.publicUrl).toBeNull()
    says('')
    expect(await address()).toBeNull()
    await database.system.transaction((db) => markSeen(db, orgA, gateway.id, 5, 'https://before.example'))
    expect(await address()).toBe('https://before.example')
    says('https://now.example')
    expect(await address()).toBe('https://now.example')
    online = []
    expect(await address()).toBe('https://before.example')
    const list = await call('GET', '/gateways', { query: { limit: '200' } })
    expect(JSON.stringify(list)).toContain('https://before.example')
  })

  test('a control that starts expects those that may still be deciding: its own, and who was ever seen', async () => {
    const [seen, unseen] = [await enrol('seen'), await enrol('unseen')]
    await database.system.transaction((db) => markSeen(db, orgA, seen.gateway.id, 5, ''))
    const embedded = await nameEmbedded(naming(), orgA, [{ name: 'gateway 1', token: embeddedToken }])
    const before = await gatewaysBefore({ read: database.system.read, embedded })()
    const ids = before.map(({ id }) => id)
    expect(ids).toContain(seen.gateway.id)
    expect(ids).toContain(embedded[0]?.id)
    expect(ids).not.toContain(unseen.gateway.id)
    expect(JSON.stringify(before)).not.toContain('token')
  })
})
