import { beforeEach, expect, test } from 'vitest'
import { codeOf } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWholeSurface } from '../../test/whole-surface.ts'
import type { Actor } from '../people/schema.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests read answers as clients do; a wrong guess fails the assertion
type Json = any

const reason = 'the quarterly report'
const only = (...items: string[]) => ({ mode: 'only', items })

onEachStore('asking for access', (open) => {
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let ada: Actor
  let wiki: Json
  let key: Json
  beforeEach(async () => {
    world = await createWholeSurface(await open())
    ada = await world.addMember('member', 'ada')
    await world.addServer('notes')
    wiki = await world.addServer('wiki', { catalogs: [] })
    key = await keyOf(ada, { mcp: { servers: only('notes') } })
  })
  const keyOf = async (actor: Actor, more: object) =>
    (await world.as(actor)('POST /keys', { body: { name: 'ci', ...more } })).key
  const post = (actor: Actor, body: object) =>
    world.call(actor, 'POST /access-requests', { body: { reason, ...body } as never })
  const refusal = async (actor: Actor, body: object) => codeOf(await post(actor, body))
  const asked = async (actor: Actor, body: object): Promise<Json> => {
    const done = await post(actor, body)
    if (!done.ok) throw new Error(JSON.stringify(done.problem))
    return done.value.accessRequest
  }

  test('B31 a member asks for a server that no catalog brings him, for his key and for himself', async () => {
    expect(await asked(ada, { key: key.id, server: 'wiki' })).toMatchObject({
      state: 'open',
      member: { id: ada.memberId, name: 'ada' },
      target: { type: 'key', id: key.id, name: 'ci' },
      kind: 'server',
      subject: { id: wiki.id, name: 'wiki' },
      reason,
      until: null,
      decidedBy: null,
    })
    const tool = await asked(ada, { tool: 'wiki/search' })
    expect(tool).toMatchObject({ kind: 'tool', tool: 'search', target: { type: 'member', id: ada.memberId } })
    expect(await world.as(ada)('GET /access-requests')).toMatchObject({ total: 2 })
  })

  test('exactly one thing is asked for, with a reason', async () => {
    expect(await refusal(ada, {})).toBe('invalid')
    expect(await refusal(ada, { server: 'wiki', tool: 'wiki/search' })).toBe('invalid')
    expect(await refusal(ada, { tool: 'wiki' })).toBe('invalid')
    expect(await refusal(ada, { tool: 'wiki/' })).toBe('invalid')
    expect(await refusal(ada, { server: 'wiki', budget: { usd: '1' } })).toBe('invalid')
  })

  test('G10 what does not exist, or is another organization’s, is answered alike', async () => {
    const answers = []
    for (const name of ['nowhere', 'srv_0123456789abcdef', "wiki' or 1=1", 'wiki\0', '../wiki']) {
      const done = await post(ada, { server: name })
      answers.push(done.ok ? done.value : done.problem)
    }
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(answers[0]).toMatchObject({ code: 'invalid', errors: [{ pointer: '/server' }] })
    expect(await refusal(ada, { provider: 'nowhere' })).toBe('invalid')
    expect(await refusal(ada, { model: 'nowhere/big' })).toBe('invalid')
    expect(await refusal(ada, { budget: { id: 'bud_0123456789abcdef', usd: '5' } })).toBe('invalid')
  })

  test('B22 nobody asks for a key of somebody else, nor for one that is over', async () => {
    const bob = await world.addMember('member', 'bob')
    expect(await refusal(bob, { key: key.id, server: 'wiki' })).toBe('not_found')
    expect(await refusal(bob, { key: 'key_0123456789abcdef', server: 'wiki' })).toBe('not_found')
    await world.as(ada)('POST /keys/:id/revoke', { params: { id: key.id }, body: {} })
    expect(await refusal(ada, { key: key.id, server: 'wiki' })).toBe('not_found')
  })

  test('a server that was deleted is not there to be asked for', async () => {
    await world.ask('DELETE /servers/:id', { params: { id: 'wiki' }, query: { waitMs: 0 } as never })
    expect(await refusal(ada, { server: 'wiki' })).toBe('invalid')
  })

  test('what is open already is not asked for', async () => {
    expect(await refusal(ada, { key: key.id, server: 'notes' })).toBe('already_granted')
    expect(await refusal(ada, { key: key.id, tool: 'notes/read' })).toBe('already_granted')
    expect(await refusal(ada, { server: 'notes' })).toBe('already_granted')
    const some = await keyOf(ada, { mcp: { servers: only('notes'), tools: { notes: only('read') } } })
    expect(await refusal(ada, { key: some.id, tool: 'notes/read' })).toBe('already_granted')
    expect((await asked(ada, { key: some.id, server: 'notes' })).state).toBe('open')
  })

  test('what a yes would not open is refused with the way out: another project, MCP that is off', async () => {
    await world.ask('POST /projects', { body: { slug: 'lab' } })
    await world.addServer('bench', { project: 'lab' })
    const off = await keyOf(ada, { name: 'off' })
    for (const [of, server, way] of [
      [key, 'bench', '--projects'],
      [off, 'wiki', 'ostiary keys update'],
    ]) {
      const done = await post(ada, { key: of.id, server })
      expect(codeOf(done)).toBe('invalid')
      expect(!done.ok && done.problem.detail).toContain(way)
    }
  })

  test('the same request is answered again while it is open, asked twice at once too', async () => {
    const [one, other] = await Promise.all([asked(ada, { server: 'wiki' }), asked(ada, { server: 'wiki' })])
    expect(one.id).toBe(other.id)
    expect((await asked(ada, { key: key.id, server: 'wiki' })).id).not.toBe(one.id)
    await world.as(ada)('POST /access-requests/:id/withdraw', { params: { id: one.id }, body: {} })
    expect((await asked(ada, { server: 'wiki' })).id).not.toBe(one.id)
  })

  test('nobody floods the inbox: 50 are open at most', async () => {
    for (let n = 0; n < 50; n += 1) await asked(ada, { tool: `wiki/t${n}` })
    expect(await refusal(ada, { tool: 'wiki/more' })).toBe('invalid')
    const bob = await world.addMember('member', 'bob')
    expect((await asked(bob, { tool: 'wiki/more' })).state).toBe('open')
    const first = await world.ask('GET /access-requests', { query: { limit: 30 } as never })
    const second = await world.ask('GET /access-requests', { query: { limit: 30, cursor: first.nextCursor } as never })
    expect(new Set([...first.items, ...second.items].map(({ id }: Json) => id)).size).toBe(51)
    expect(first.total).toBe(51)
  })

  test('a member sees his own alone; owners, admins and auditors all of them, by state', async () => {
    const [bob, eve] = [await world.addMember('member', 'bob'), await world.addMember('auditor', 'eve')]
    const { id } = await asked(ada, { server: 'wiki' })
    expect(await world.as(bob)('GET /access-requests')).toMatchObject({ items: [], total: 0 })
    expect(codeOf(await world.call(bob, 'GET /access-requests/:id', { params: { id } }))).toBe('not_found')
    for (const verb of ['approve', 'withdraw', 'end'])
      expect(codeOf(await world.call(bob, `POST /access-requests/:id/${verb}`, { params: { id }, body: {} }))).toBe(
        'not_found',
      )
    expect(await world.as(eve)('GET /access-requests')).toMatchObject({ items: [{ id }], total: 1 })
    expect(await world.ask('GET /access-requests', { query: { state: 'open' } as never })).toMatchObject({ total: 1 })
    expect(await world.ask('GET /access-requests', { query: { state: 'refused' } as never })).toMatchObject({
      total: 0,
    })
  })

  test('whoever sees all of them can ask for those of one person, or for his own', async () => {
    const bob = await world.addMember('member', 'bob')
    await asked(ada, { server: 'wiki' })
    await asked(bob, { server: 'wiki' })
    await asked(ada, { tool: 'wiki/search' })
    const those = async (query: Json, actor = world.owner) => {
      const { items, total } = await world.as(actor)('GET /access-requests', { query })
      return [total, ...new Set(items.map(({ member }: Json) => member.name))]
    }
    expect(await those({ member: ada.memberId })).toEqual([2, 'ada'])
    expect(await those({ member: ada.memberId, state: 'refused' })).toEqual([0])
    expect(await those({ member: 'me' })).toEqual([0])
    expect(await those({ member: 'nobody here!' })).toEqual([0])
    // To a member they are his own, whatever he asks for.
    expect(await those({ member: 'me' }, bob)).toEqual([1, 'bob'])
    expect(await those({ member: ada.memberId }, bob)).toEqual([0])
    const first = await world.ask('GET /access-requests', { query: { member: ada.memberId, limit: 1 } as never })
    const further = { limit: 1, cursor: first.nextCursor }
    const second = { query: { ...further, member: ada.memberId } as never }
    expect((await world.ask('GET /access-requests', second)).items).toMatchObject([{ member: { name: 'ada' } }])
    const ofBob = { query: { ...further, member: bob.memberId } as never }
    expect(codeOf(await world.call(world.owner, 'GET /access-requests', ofBob))).toBe('bad_cursor')
  })

  test('models and providers: by the name of both, or by the model where one provider has it', async () => {
    const models = [{ id: 'big' }, { id: 'org/small' }]
    await world.ask('POST /providers', {
      body: { slug: 'llm', dialect: 'openai', baseUrl: 'https://llm.example/v1', models, catalogs: [] },
    })
    expect(await asked(ada, { model: 'llm/big' })).toMatchObject({
      kind: 'model',
      model: 'big',
      subject: { name: 'llm' },
    })
    expect(await asked(ada, { model: 'org/small' })).toMatchObject({ model: 'org/small' })
    expect(await asked(ada, { provider: 'llm' })).toMatchObject({ kind: 'provider' })
    expect(await refusal(ada, { model: 'llm/none' })).toBe('invalid')
  })
})
