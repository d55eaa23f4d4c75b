import { beforeAll, describe, expect, test } from 'vitest'
import { codeOf } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createWholeSurface } from '../../../test/whole-surface.ts'
import { checks } from '../../access/checks.ts'

onEachStore('explain', (open) => {
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  beforeAll(async () => {
    world = await createWholeSurface(await open())
  })
  const all = { mode: 'all' } as const
  const newKey = async (body: object): Promise<{ id: string }> =>
    (await world.ask('POST /keys', { body: { name: 'a key', mcp: { servers: all }, ...body } })).key
  const explain = (key: string, call: object, more: object = {}) =>
    world.ask('POST /access/explain', { body: { key, call: { kind: 'mcp', ...call }, ...more } })

  test('G12 R15 a yes has no reason, a no its code, rule, revision, words and every check by name', async () => {
    await world.addServer('wiki')
    const { id } = await newKey({ mcp: { servers: { mode: 'only', items: ['wiki'] } } })
    const yes = await explain(id, { server: 'wiki' })
    expect(yes).toMatchObject({ allowed: true, code: null, rule: null, revision: null, reason: null, duties: [] })
    const other = await world.addServer('other')
    const no = await explain(id, { server: other.id, tool: 'echo' })
    expect(no).toMatchObject({ allowed: false, code: 'server_not_allowed', rule: 'key.mcp.servers', revision: 1 })
    expect(no.reason).toContain('"a key" do not admit other')
    expect(no.reason).toContain('ostiary keys update')
    expect(no.trace.map(({ check }: { check: string }) => check)).toEqual(checks.map(({ name }) => name))
    expect(no.trace.filter(({ passed }: { passed: boolean }) => !passed)).toHaveLength(1)
  })

  test('D21 D23 a yes names the limits and budgets that stand over the call; a no names none', async () => {
    await world.addServer('priced')
    const limits = { requestsPerMinute: 3 }
    const mcp = { servers: { mode: 'only', items: ['priced'] } }
    const { id } = await newKey({ mcp, limits, budgets: [{ usd: '1' }, { usd: '2', period: 'day' }] })
    const shown = (await world.ask('GET /keys/:id', { params: { id } })).key
    const { duties } = await explain(id, { server: 'priced', tool: 'echo' })
    expect(duties).toMatchObject([{ kind: 'seats', limits: [expect.stringMatching(/^lim_/)] }])
    expect(duties[0].budgets.toSorted()).toEqual(
      shown.budgets.map(({ id: budget }: { id: string }) => budget).toSorted(),
    )
    await world.addServer('unreached')
    expect((await explain(id, { server: 'unreached' })).duties).toEqual([])
    const { id: other } = await newKey({ mcp })
    expect((await explain(other, { server: 'priced' })).duties).toEqual([])
  })

  test('R15 the verdict is the one of a gateway that holds what control sends', async () => {
    const servers = [await world.addServer('same-1'), await world.addServer('same-2', { catalogs: [] })]
    const app = await world.ask('POST /apps', {
      body: { name: 'same', tools: { 'same-1': { mode: 'only', items: ['read'] } } },
    })
    const keys = [
      app.key.id,
      (await newKey({})).id,
      (await newKey({ mcp: { servers: { mode: 'only', items: ['same-1'] }, toolsDefault: { mode: 'none' } } })).id,
      (await newKey({ projects: [] })).id,
      (await newKey({ mcp: undefined })).id,
    ]
    const seen = new Set()
    for (const key of keys)
      for (const { id, project } of servers)
        for (const tool of [null, 'read', 'write']) {
          const method = tool === null ? 'initialize' : 'tools/call'
          const verdict = await world.onGateway(key, { kind: 'mcp', server: { id, project }, method, tool })
          const { allowed, code, rule, revision } = await explain(key, { server: id, ...(tool && { tool }) })
          const said = allowed ? { kind: 'allow', duties: [] } : { kind: 'deny', code, rule, revision }
          expect(said, `${key} ${id} ${tool}`).toEqual(verdict)
          seen.add(rule)
        }
    for (const rule of [null, 'owner.catalogs', 'key.projects', 'key.mcp.enabled', 'key.mcp.tools', 'app.tools'])
      expect(seen).toContain(rule)
  })

  test('D34 with MCP off a call to a server is refused while one to a model is allowed', async () => {
    await world.ask('POST /providers', {
      body: {
        slug: 'llm',
        dialect: 'openai',
        baseUrl: 'https://llm.example/v1',
        models: [{ id: 'big-2026', aliases: ['big'] }, { id: 'small' }],
      },
    })
    await world.addServer('off')
    const llm = { providers: all, models: { mode: 'only', items: ['big-2026'] } }
    const { id } = await newKey({ mcp: { enabled: false, servers: all }, llm })
    expect(await explain(id, { server: 'off' })).toMatchObject({ allowed: false, code: 'mcp_disabled' })
    const model = (call: object) =>
      world.ask('POST /access/explain', { body: { key: id, call: { kind: 'llm', ...call } } })
    expect(await model({ model: 'big-2026' })).toMatchObject({ allowed: true })
    expect(await model({ model: 'big', provider: 'llm' })).toMatchObject({ allowed: true })
    expect(await model({ model: 'small' })).toMatchObject({ code: 'model_not_allowed', rule: 'key.llm.models' })
    expect(await model({ model: 'huge', provider: 'llm' })).toMatchObject({ code: 'model_not_allowed', rule: 'model' })
    expect(await model({ model: 'huge' })).toMatchObject({ code: 'provider_not_allowed', rule: 'provider' })
    expect(await model({ model: 'big', provider: 'none' })).toMatchObject({ code: 'provider_not_allowed' })
    await world.ask('POST /providers', {
      body: { slug: 'second', dialect: 'openai', baseUrl: 'https://b.example', models: [{ id: 'big-2026' }] },
    })
    const two = { kind: 'llm', model: 'big-2026' }
    const refused = await world.call(world.owner, 'POST /access/explain', { body: { key: id, call: two } })
    expect(codeOf(refused)).toBe('invalid')
    expect(!refused.ok && refused.problem.errors?.[0]?.pointer).toBe('/call/provider')
  })

  describe('live rights', () => {
    const names = { mode: 'only', items: ['live'] } as const
    const reached = async (slug: string, audience: object) => {
      await world.ask('POST /catalogs', { body: { slug, servers: ['live'], audience } })
    }
    const patch = (slug: string, body: object) => world.ask('PATCH /catalogs/:id', { params: { id: slug }, body })

    test.each([
      ['B31', 'a team that the owner leaves', names],
      ['B32', 'a team that the owner leaves, the server named in the key', names],
      ['B33', 'a catalog that the server leaves', all],
    ])('%s a key loses what it reached through %s, and has it back with the right', async (id, _, choice) => {
      const slug = id.toLowerCase()
      if (id === 'B31') await world.addServer('live', { catalogs: [] })
      const ada = await world.addMember('member', `ada-${slug}`)
      await world.ask('POST /teams', { body: { slug: `team-${slug}`, members: [ada.memberId] } })
      await reached(`cat-${slug}`, { teams: [`team-${slug}`] })
      const made = await world.as(ada)('POST /keys', { body: { name: slug, mcp: { servers: choice } } })
      const asked = { body: { key: made.key.id, call: { kind: 'mcp', server: 'live', tool: 'read' } } }
      const why = () => world.as(ada)('POST /access/explain', asked)
      const team = (members: string[]) =>
        world.ask('PATCH /teams/:id', { params: { id: `team-${slug}` }, body: { members } })
      const [cut, restore] =
        id === 'B33'
          ? [() => patch(`cat-${slug}`, { servers: [] }), () => patch(`cat-${slug}`, { servers: ['live'] })]
          : [() => team([]), () => team([ada.memberId])]
      expect(await why()).toMatchObject({ allowed: true })
      await cut()
      const no = await why()
      expect(no).toMatchObject({ allowed: false, code: 'server_not_allowed', rule: 'owner.catalogs' })
      expect(no.reason).toContain('An administrator adds the server to a catalog')
      await restore()
      expect(await why()).toMatchObject({ allowed: true })
      expect((await world.ask('GET /keys/:id', { params: { id: made.key.id } })).key.revision).toBe(1)
    })

    test('R13 keys of a member who was removed are refused, and whoever may see them learns why', async () => {
      const bob = await world.addMember('member', 'bob')
      const { key } = await world.as(bob)('POST /keys', { body: { name: 'of bob', mcp: { servers: all } } })
      await world.ask('DELETE /members/:id', { params: { id: bob.memberId } })
      const no = await explain(key.id, { server: 'live' })
      expect(no).toMatchObject({ code: 'key_inactive', rule: 'key.state' })
      expect(no.reason).toContain('the member bob is gone')
    })
  })

  test('B22 M4 the owner of a key sees the rule, another member no such key, an auditor all of them', async () => {
    const [ada, eve, auditor] = [
      await world.addMember('member', 'ada'),
      await world.addMember('member', 'eve'),
      await world.addMember('auditor', 'audrey'),
    ]
    const { key } = await world.as(ada)('POST /keys', { body: { name: 'of ada' } })
    const body = { key: key.id, call: { kind: 'mcp', server: 'wiki' } }
    const [mine, foreign, unknown] = await Promise.all([
      world.call(ada, 'POST /access/explain', { body }),
      world.call(eve, 'POST /access/explain', { body }),
      world.call(eve, 'POST /access/explain', { body: { ...body, key: 'key_AAAAAAAAAAAAAAAA' } }),
    ])
    expect(mine.ok && mine.value).toMatchObject({ code: 'mcp_disabled', rule: 'key.mcp.enabled' })
    expect(codeOf(foreign)).toBe('not_found')
    expect(foreign).toEqual(unknown)
    expect(codeOf(await world.call(auditor, 'POST /access/explain', { body }))).toBeNull()
    for (const line of ['GET /keys/:id/access'])
      expect(codeOf(await world.call(eve, line, { params: { id: key.id } }))).toBe('not_found')
  })

  test('D39 a renamed server keeps its grants, under its old slug too', async () => {
    await world.addServer('before')
    const { id } = await newKey({ mcp: { servers: { mode: 'only', items: ['before'] } } })
    await world.ask('PATCH /servers/:id', { params: { id: 'before' }, body: { slug: 'after' } })
    for (const server of ['before', 'after']) expect(await explain(id, { server })).toMatchObject({ allowed: true })
  })

  test('an unknown server is refused by the decision, whatever its name is made of', async () => {
    const { id } = await newKey({})
    for (const server of ['nowhere', 'srv_AAAAAAAAAAAAAAAA', '\u0000', '..', '%27', '{key}'])
      expect(await explain(id, { server })).toMatchObject({ code: 'server_not_allowed', rule: 'server' })
    expect((await explain(id, { server: '{key}' })).reason).toContain('There is no server {key}.')
  })

  test('D32 an address outside the list is refused, and without a word about it one of the list is taken', async () => {
    const { id } = await newKey({ addresses: { mode: 'only', cidrs: ['10.0.0.0/8', '2001:db8::/32'] } })
    expect(await explain(id, { server: 'wiki' })).toMatchObject({ allowed: true })
    expect(await explain(id, { server: 'wiki' }, { address: '2001:db8::9' })).toMatchObject({ allowed: true })
    const no = await explain(id, { server: 'wiki' }, { address: '192.0.2.1' })
    expect(no).toMatchObject({ code: 'address_not_allowed', rule: 'key.addresses' })
    expect(no.reason).toContain('192.0.2.1')
    const none = await newKey({ addresses: { mode: 'only', cidrs: [] } })
    expect(await explain(none.id, { server: 'wiki' })).toMatchObject({ code: 'address_not_allowed' })
    const broken = { key: id, call: { kind: 'mcp', server: 'wiki' }, address: 'somewhere' }
    expect(codeOf(await world.call(world.owner, 'POST /access/explain', { body: broken }))).toBe('invalid')
  })

  test('a gateway that the key does not name is refused, and without a word about it one that it names is taken', async () => {
    const enrolled = await world.ask('POST /gateways', { body: { name: 'far' } })
    const { id } = await newKey({ gateways: { mode: 'only', items: [enrolled.gateway.id] } })
    expect(await explain(id, { server: 'wiki' })).toMatchObject({ allowed: true })
    const here = await explain(id, { server: 'wiki' }, { gateway: 'embedded' })
    expect(here).toMatchObject({ code: 'gateway_not_allowed', rule: 'key.gateways' })
    const unknown = { key: id, call: { kind: 'mcp', server: 'wiki' }, gateway: 'gwy_AAAAAAAAAAAAAAAA' }
    expect(codeOf(await world.call(world.owner, 'POST /access/explain', { body: unknown }))).toBe('invalid')
    const none = await newKey({ gateways: { mode: 'none' } })
    expect(await explain(none.id, { server: 'wiki' })).toMatchObject({ code: 'gateway_not_allowed' })
  })

  test('B14 asked about a time after its end, a key has expired then', async () => {
    const { id } = await newKey({ expiresIn: '30d' })
    expect(await explain(id, { server: 'wiki' })).toMatchObject({ allowed: true })
    const later = await explain(id, { server: 'wiki' }, { at: '2027-01-01T00:00:00Z' })
    expect(later).toMatchObject({ code: 'key_expired', rule: 'key.state' })
  })

  test('C20 a revoked key learns that it is, and a deleted one is not there', async () => {
    const { id } = await newKey({})
    await world.ask('POST /keys/:id/revoke', { params: { id }, body: {} })
    expect(await explain(id, { server: 'wiki' })).toMatchObject({ code: 'key_revoked', rule: 'key.state' })
    await world.ask('DELETE /keys/:id', { params: { id } })
    const body = { key: id, call: { kind: 'mcp', server: 'wiki' } }
    expect(codeOf(await world.call(world.owner, 'POST /access/explain', { body }))).toBe('not_found')
  })
})
