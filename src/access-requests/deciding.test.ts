import { beforeEach, expect, test } from 'vitest'
import { codeOf } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWholeSurface } from '../../test/whole-surface.ts'
import type { Call } from '../access/schema.ts'
import { accessRequestJobs } from '../control/access-request-links.ts'
import type { Database } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers as clients do; a wrong guess fails the assertion
type Json = any

const minuteMs = 60_000
const reason = 'the quarterly report'
const only = (...items: string[]) => ({ mode: 'only', items })

onEachStore('deciding requests for access', (open) => {
  let database: Database
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let ada: Actor
  let adam: Actor
  let wiki: Json
  let key: Json
  beforeEach(async () => {
    database = await open()
    world = await createWholeSurface(database)
    ada = await world.addMember('member', 'ada')
    adam = await world.addMember('admin', 'adam')
    await world.addServer('notes')
    wiki = await world.addServer('wiki', { catalogs: [] })
    key = (await world.as(ada)('POST /keys', { body: { name: 'ci', mcp: { servers: only('notes') } } })).key
  })
  const ask = async (actor: Actor, body: object): Promise<Json> =>
    (await world.as(actor)('POST /access-requests', { body: { reason, ...body } as never })).accessRequest
  const verb = (actor: Actor, name: string, { id }: { id: string }, body: object = {}) =>
    world.call(actor, `POST /access-requests/:id/${name}`, { params: { id }, body: body as never })
  const done = async (actor: Actor, name: string, request: { id: string }, body: object = {}): Promise<Json> => {
    const answer = await verb(actor, name, request, body)
    if (!answer.ok) throw new Error(JSON.stringify(answer.problem))
    return answer.value
  }
  const inMinutes = (n: number): string => new Date(world.clock.now + n * minuteMs).toISOString()
  const calling = (tool: string | null, method = 'tools/call'): Call => ({
    kind: 'mcp',
    server: { id: wiki.id, project: wiki.project },
    method,
    tool,
  })
  const said = async (call: Call, of = key.id): Promise<string> => {
    const verdict = await world.onGateway(of, call)
    return verdict.kind === 'allow' ? 'allowed' : `${verdict.code} ${verdict.rule}`
  }
  const explained = async (tool: string, of = key.id): Promise<Json> =>
    world.as(ada)('POST /access/explain', { body: { key: of, call: { kind: 'mcp', server: 'wiki', tool } } })

  test('a yes opens the server to that key at once, on gateways as control explains it, and ends at its instant by itself', async () => {
    const request = await ask(ada, { key: key.id, server: 'wiki' })
    expect(await said(calling('search'))).toBe('server_not_allowed key.mcp.servers')
    const { accessRequest, effect } = await done(adam, 'approve', request, { until: inMinutes(30), reason: 'once' })
    expect(accessRequest).toMatchObject({ state: 'approved', until: inMinutes(30), decidedBy: { name: 'adam' } })
    expect(effect).toMatchObject({ pending: [] })
    expect(await said(calling('search'))).toBe('allowed')
    expect((await explained('search')).allowed).toBe(true)
    const access = await world.as(ada)('GET /keys/:id/access', { params: { id: key.id } })
    expect(access.items.map(({ server, grants }: Json) => [server, grants])).toContainEqual([
      wiki.id,
      [{ request: request.id, until: inMinutes(30) }],
    ])
    // The key itself is as it was written.
    const { key: read } = await world.as(ada)('GET /keys/:id', { params: { id: key.id } })
    expect(read.mcp).toEqual(key.mcp)
    world.clock.now += 30 * minuteMs - 1
    expect(await said(calling('search'))).toBe('allowed')
    world.clock.now += 1
    expect(await said(calling('search'))).toBe('server_not_allowed key.mcp.servers')
    expect((await explained('search')).allowed).toBe(false)
    const { accessRequest: over } = await world.as(ada)('GET /access-requests/:id', { params: { id: request.id } })
    expect(over).toMatchObject({ state: 'ended', endedAt: accessRequest.until })
  })

  test('a tool is one tool: the others of its server stay closed', async () => {
    await done(adam, 'approve', await ask(ada, { key: key.id, tool: 'wiki/search' }))
    expect(await said(calling('search'))).toBe('allowed')
    expect(await said(calling('delete'))).toMatch(/^tool_not_allowed/)
    expect(await said(calling(null, 'tasks/list'))).toBe('tool_not_allowed method')
    expect((await explained('delete')).reason).toContain('wiki')
  })

  test('what a member gets is his to choose: his keys for all servers reach it, the others do not', async () => {
    const all = (await world.as(ada)('POST /keys', { body: { name: 'all', mcp: { servers: { mode: 'all' } } } })).key
    expect(await said(calling('search'), all.id)).toBe('server_not_allowed owner.catalogs')
    const request = await ask(ada, { server: 'wiki' })
    await done(adam, 'approve', request)
    expect(await said(calling('search'), all.id)).toBe('allowed')
    expect(await said(calling('search'))).toBe('server_not_allowed key.mcp.servers')
    const mine = await world.as(ada)('GET /me/catalog')
    expect(mine.items.find(({ slug }: Json) => slug === 'wiki')).toMatchObject({ grants: [{ request: request.id }] })
    const named = await world.as(ada)('POST /keys', { body: { name: 'new', mcp: { servers: only('wiki') } } })
    expect(await said(calling('search'), named.key.id)).toBe('allowed')
    await done(adam, 'end', request)
    expect(await said(calling('search'), named.key.id)).toBe('server_not_allowed owner.catalogs')
  })

  test('nobody says yes to himself but an owner, and no member to anybody', async () => {
    const own = await ask(adam, { server: 'wiki' })
    expect(codeOf(await verb(adam, 'approve', own))).toBe('not_permitted')
    expect(codeOf(await verb(ada, 'approve', own))).toBe('not_found')
    const hers = await ask(ada, { server: 'wiki' })
    expect(codeOf(await verb(ada, 'approve', hers))).toBe('not_permitted')
    expect(codeOf(await verb(ada, 'refuse', hers, { reason: 'no' }))).toBe('not_permitted')
    expect(codeOf(await verb(adam, 'withdraw', hers))).toBe('not_permitted')
    const owners = await ask(world.owner, { server: 'wiki' })
    expect((await done(world.owner, 'approve', owners)).accessRequest.state).toBe('approved')
    const onBehalf = await ask(adam, { key: key.id, server: 'wiki' })
    expect(codeOf(await verb(adam, 'approve', onBehalf))).toBe('not_permitted')
  })

  test('decided once: of two at once one, and never again', async () => {
    const request = await ask(ada, { key: key.id, server: 'wiki' })
    const both = await Promise.all([verb(adam, 'approve', request), verb(world.owner, 'refuse', request, { reason })])
    expect(both.filter(({ ok }) => ok)).toHaveLength(1)
    expect(both.map(codeOf)).toContain('request_decided')
    for (const name of ['approve', 'refuse'])
      expect(codeOf(await verb(adam, name, request, name === 'refuse' ? { reason } : {}))).toBe('request_decided')
    expect(codeOf(await verb(ada, 'withdraw', request))).toBe('request_decided')
  })

  test('an end lies ahead, and within a year', async () => {
    const request = await ask(ada, { key: key.id, server: 'wiki' })
    for (const until of [inMinutes(0), inMinutes(-1), inMinutes(367 * 24 * 60)])
      expect(codeOf(await verb(adam, 'approve', request, { until }))).toBe('invalid')
    expect(await said(calling('search'))).toMatch(/^server_not_allowed/)
    expect((await done(adam, 'approve', request)).accessRequest.until).toBeNull()
  })

  test('a yes comes too late for what was deleted, revoked or handed to somebody else', async () => {
    const [one, two] = [await ask(ada, { key: key.id, server: 'wiki' }), await ask(ada, { server: 'wiki' })]
    await world.as(ada)('POST /keys/:id/revoke', { params: { id: key.id }, body: {} })
    expect(codeOf(await verb(adam, 'approve', one))).toBe('invalid')
    await world.ask('DELETE /servers/:id', { params: { id: 'wiki' }, query: { waitMs: 0 } as never })
    expect(codeOf(await verb(adam, 'approve', two))).toBe('invalid')
    expect((await done(adam, 'refuse', two, { reason: 'gone' })).accessRequest).toMatchObject({
      state: 'refused',
      decisionReason: 'gone',
    })
  })

  test('M15 a grant never outlives the rights of its owner, nor passes to an heir', async () => {
    await done(adam, 'approve', await ask(ada, { key: key.id, server: 'wiki' }))
    const bob = await world.addMember('member', 'bob')
    await database.system.transaction((db) =>
      db.updateTable('keys').set({ owner_id: bob.memberId }).where('id', '=', key.id).execute(),
    )
    expect(await said(calling('search'))).toMatch(/^server_not_allowed/)
    await database.system.transaction((db) =>
      db.updateTable('keys').set({ owner_id: ada.memberId }).where('id', '=', key.id).execute(),
    )
    expect(await said(calling('search'))).toBe('allowed')
    await world.ask('DELETE /members/:id', { params: { id: ada.memberId }, query: { waitMs: 0 } as never })
    expect(await said(calling('search'))).toMatch(/^key_inactive/)
  })

  test('an early end closes it again, by whoever decides or whoever got it', async () => {
    for (const actor of [adam, ada]) {
      const request = await ask(ada, { key: key.id, server: 'wiki' })
      await done(adam, 'approve', request)
      const { accessRequest, effect } = await done(actor, 'end', request)
      expect(accessRequest.state).toBe('ended')
      expect(effect).toMatchObject({ pending: [] })
      expect(await said(calling('search'))).toMatch(/^server_not_allowed/)
      expect(codeOf(await verb(adam, 'end', request))).toBe('request_decided')
    }
  })

  test('G7 every step has its event, and what is over by time is written down once', async () => {
    const request = await ask(ada, { key: key.id, server: 'wiki' })
    await done(adam, 'approve', request, { until: inMinutes(5) })
    const store = { database } as never
    const [job] = accessRequestJobs(
      { now: () => world.clock.now, randomBytes: () => Buffer.alloc(64, 7) } as never,
      store,
    )
    await job?.run(() => false)
    world.clock.now += 5 * minuteMs
    await Promise.all([job?.run(() => false), job?.run(() => false)])
    const events = await database.system.read((db) =>
      db.selectFrom('audit_events').select(['action', 'actor_kind']).where('subject_id', '=', request.id).execute(),
    )
    expect(events.map(({ action }) => action).sort()).toEqual([
      'access-request.approved',
      'access-request.created',
      'access-request.ended',
    ])
  })

  test('more of a budget is a top-up for the running period, in the same unit of work', async () => {
    const { budget } = await world.ask('POST /budgets', { body: { target: { type: 'key', id: key.id }, usd: '10' } })
    const request = await ask(ada, { key: key.id, budget: { usd: '2.50' } })
    expect(request).toMatchObject({ kind: 'budget', usd: '2.50', subject: { id: budget.id } })
    expect(codeOf(await verb(adam, 'approve', request, { until: inMinutes(5) }))).toBe('invalid')
    await done(adam, 'approve', request)
    const { budget: after } = await world.ask('GET /budgets/:id', { params: { id: budget.id } })
    expect(after).toMatchObject({ usd: '10.00', toppedUpUsd: '2.50' })
    expect(codeOf(await verb(adam, 'end', request))).toBe('request_decided')
    const late = await ask(ada, { key: key.id, budget: { id: budget.id, usd: '1' } })
    await world.ask('DELETE /budgets/:id', { params: { id: budget.id }, query: { waitMs: 0 } as never })
    expect(codeOf(await verb(adam, 'approve', late))).toBe('not_found')
    expect((await world.ask('GET /access-requests/:id', { params: { id: late.id } })).accessRequest.state).toBe('open')
  })
})
