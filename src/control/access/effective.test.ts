import { beforeEach, expect, test } from 'vitest'
import { codeOf } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createWholeSurface } from '../../../test/whole-surface.ts'

onEachStore('what a key may call now', (open) => {
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  beforeEach(async () => {
    world = await createWholeSurface(await open())
  })
  const all = { mode: 'all' } as const
  const none = { mode: 'none' } as const
  const newKey = async (body: object): Promise<string> =>
    (await world.ask('POST /keys', { body: { name: 'a key', ...body } })).key.id
  const access = (id: string) => world.ask('GET /keys/:id/access', { params: { id } })

  test('B25 every server that it may call stands there with the tools that it may call, and no other', async () => {
    const [wiki, closed] = [await world.addServer('wiki'), await world.addServer('closed', { catalogs: [] })]
    const fresh = await world.addServer('fresh')
    await world.sawTools(wiki, 'read', 'write')
    await world.sawTools(closed, 'read')
    const tools = { wiki: { mode: 'only', items: ['read', 'later'] } }
    const answer = await access(await newKey({ mcp: { servers: all, tools } }))
    expect(answer).toEqual({
      items: [
        { server: fresh.id, state: 'starting', tools: all, toolNames: null },
        { server: wiki.id, state: 'ready', tools: { mode: 'only', items: ['read', 'later'] }, toolNames: ['read'] },
      ],
      providers: [],
      nothing: null,
      refs: { [fresh.id]: { slug: 'fresh', name: 'fresh' }, [wiki.id]: { slug: 'wiki', name: 'wiki' } },
    })
  })

  test('C22 of a key of an app both choices cut', async () => {
    const wiki = await world.addServer('wiki')
    await world.addServer('other')
    await world.sawTools(wiki, 'read', 'write', 'delete')
    const app = await world.ask('POST /apps', {
      body: { name: 'an app', tools: { wiki: { mode: 'only', items: ['read', 'write'] } } },
    })
    const mcp = { servers: all, tools: { wiki: { mode: 'except', items: ['write'] } } }
    await world.ask('PATCH /keys/:id', { params: { id: app.key.id }, body: { mcp } })
    const { items } = await access(app.key.id)
    expect(items).toEqual([
      { server: wiki.id, state: 'ready', tools: { mode: 'only', items: ['read'] }, toolNames: ['read'] },
    ])
  })

  test('D30 D31 providers stand there with the models that it may call', async () => {
    const models = [{ id: 'big' }, { id: 'small' }]
    const body = { slug: 'llm', dialect: 'openai', baseUrl: 'https://llm.example/v1', models }
    const { provider } = await world.ask('POST /providers', { body })
    await world.ask('POST /providers', { body: { ...body, slug: 'hidden', catalogs: [] } })
    const answer = await access(await newKey({ llm: { providers: all, models: { mode: 'except', items: ['big'] } } }))
    expect(answer).toMatchObject({
      items: [],
      providers: [{ provider: provider.id, models: ['small'] }],
      nothing: null,
    })
  })

  test('R9 a key that can do nothing is told so, and why', async () => {
    await world.sawTools(await world.addServer('wiki'), 'read')
    await world.ask('POST /providers', {
      body: { slug: 'llm', dialect: 'openai', baseUrl: 'https://llm.example/v1', models: [{ id: 'big' }] },
    })
    const idle: readonly (readonly [how: string, body: object, code: string, rule: string])[] = [
      ['is revoked', {}, 'key_revoked', 'key.state'],
      ['has both kinds switched off', {}, 'mcp_disabled', 'key.mcp.enabled'],
      ['has no project', { projects: [], mcp: { servers: all } }, 'server_not_allowed', 'key.projects'],
      ['names no server', { mcp: { servers: none } }, 'server_not_allowed', 'key.mcp.servers'],
      ['names no provider', { llm: { providers: none } }, 'provider_not_allowed', 'key.llm.providers'],
      ['has no tools', { mcp: { servers: all, toolsDefault: none } }, 'tool_not_allowed', 'key.mcp.tools'],
      [
        'names tools that are not there',
        { mcp: { servers: all, tools: { wiki: { mode: 'only', items: ['gone'] } } } },
        ...(['tool_not_allowed', 'key.mcp.tools'] as const),
      ],
      ['is for nowhere', { addresses: { mode: 'only', cidrs: [] } }, 'address_not_allowed', 'key.addresses'],
    ]
    for (const [how, body, code, rule] of idle) {
      const id = await newKey(body)
      if (how === 'is revoked') await world.ask('POST /keys/:id/revoke', { params: { id }, body: {} })
      const { providers, nothing } = await access(id)
      expect(providers, how).toEqual([])
      expect(nothing, how).toMatchObject({ code, rule })
      expect(nothing.reason, how).toContain('"a key"')
    }
  })

  test('R9 B31 a key whose owner reaches nothing is told so; with no server at all, that there is none', async () => {
    const id = await newKey({ mcp: { servers: all } })
    expect((await access(id)).nothing).toMatchObject({ code: 'server_not_allowed', rule: 'server' })
    await world.addServer('closed', { catalogs: [] })
    expect((await access(id)).nothing).toMatchObject({ code: 'server_not_allowed', rule: 'owner.catalogs' })
    await world.ask('PATCH /catalogs/:id', { params: { id: 'everyone' }, body: { servers: ['closed'] } })
    expect(await access(id)).toMatchObject({ nothing: null, items: [{ state: 'starting' }] })
  })

  test('G10 a key of another organization, a slug and text that is no id are not there', async () => {
    const second = await world.ask('POST /organizations', {
      body: { slug: 'second', name: 'Second', owner: { email: 'b@example.com', name: 'Bo' } },
    })
    const stranger = { ...world.owner, organizationId: second.organization.id }
    const id = await newKey({})
    expect(codeOf(await world.call(stranger, 'GET /keys/:id/access', { params: { id } }))).toBe('not_found')
    for (const odd of ['a-key', '\u0000', ''])
      expect(codeOf(await world.call(world.owner, 'GET /keys/:id/access', { params: { id: odd } }))).toBe('not_found')
  })
})
