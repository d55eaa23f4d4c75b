import { beforeEach, expect, test } from 'vitest'
import { codeOf } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createWholeSurface } from '../../../test/whole-surface.ts'

onEachStore('the catalog of whoever asks', (open) => {
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  beforeEach(async () => {
    world = await createWholeSurface(await open())
  })
  const slugs = (answer: { items: { slug: string }[] }) => answer.items.map(({ slug }) => slug)

  test('a member finds what he may use, with its tools, whom to ask, and the catalogs that it comes by', async () => {
    const wiki = await world.addServer('wiki')
    await world.addServer('secret', { catalogs: [] })
    await world.sawTools(wiki, 'read')
    const price = { inputPerMillion: '1.00', outputPerMillion: '2.00' }
    const models = [{ id: 'big', aliases: ['b'], price }]
    const body = { slug: 'llm', dialect: 'openai', baseUrl: 'https://llm.example/v1', models }
    const { provider } = await world.ask('POST /providers', { body })
    const { catalog } = await world.ask('GET /catalogs/:id', { params: { id: 'everyone' } })
    const ada = await world.addMember('member', 'ada')
    const answer = await world.as(ada)('GET /me/catalog')
    const shared = { project: wiki.project, owner: { id: world.owner.memberId, name: 'First owner' } }
    expect(answer).toMatchObject({
      items: [
        {
          ...{ ...shared, id: wiki.id, slug: 'wiki', name: 'wiki', state: 'ready', catalogs: [catalog.id] },
          tools: [{ name: 'read', description: 'about read' }],
        },
      ],
      providers: [{ ...shared, id: provider.id, slug: 'llm', models: [{ id: 'big', aliases: ['b'] }] }],
      nextCursor: null,
      total: 1,
      refs: {
        [wiki.project]: { slug: 'default' },
        [catalog.id]: { slug: 'everyone', name: catalog.name },
        [world.owner.memberId]: { slug: null, name: 'First owner' },
      },
    })
    expect(JSON.stringify(answer)).not.toContain('https://')
    expect(JSON.stringify(answer)).not.toContain('perMillion')
  })

  test('B31 it follows the memberships of now, for every role alike', async () => {
    await world.addServer('for-team', { catalogs: [] })
    const [ada, admin] = [await world.addMember('member', 'ada'), await world.addMember('admin', 'adam')]
    await world.ask('POST /teams', { body: { slug: 'ops', members: [ada.memberId] } })
    await world.ask('POST /catalogs', { body: { slug: 'ops', servers: ['for-team'], audience: { teams: ['ops'] } } })
    expect(slugs(await world.as(ada)('GET /me/catalog'))).toEqual(['for-team'])
    expect(slugs(await world.as(admin)('GET /me/catalog'))).toEqual([])
    expect(slugs(await world.ask('GET /me/catalog'))).toEqual([])
    await world.ask('PATCH /teams/:id', { params: { id: 'ops' }, body: { members: [admin.memberId] } })
    expect(slugs(await world.as(ada)('GET /me/catalog'))).toEqual([])
    expect(slugs(await world.as(admin)('GET /me/catalog'))).toEqual(['for-team'])
  })

  test('servers come in pages by slug, each once', async () => {
    for (const slug of ['c', 'a', 'e', 'b', 'd']) await world.addServer(slug)
    const read: string[] = []
    let cursor: string | undefined
    do {
      const page = await world.ask('GET /me/catalog', { query: { limit: 2, ...(cursor && { cursor }) } })
      expect(page.total).toBe(5)
      read.push(...slugs(page))
      cursor = page.nextCursor ?? undefined
    } while (cursor !== undefined)
    expect(read).toEqual(['a', 'b', 'c', 'd', 'e'])
    const broken = await world.call(world.owner, 'GET /me/catalog', { query: { cursor: 'made up' } })
    expect(codeOf(broken)).toBe('bad_cursor')
  })
})
