import { beforeAll, expect, test } from 'vitest'
import { onEachStore } from '../../test/stores.ts'
import { createWholeSurface } from '../../test/whole-surface.ts'
import type { Database } from '../db/database.ts'
import { RecordKind } from '../fleet/schema.ts'

onEachStore('records for gateways', (open) => {
  let database: Database
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  const made = new Map<string, string>()
  beforeAll(async () => {
    database = await open()
    world = await createWholeSurface(database)
    const { organizationId, ask } = world
    const ada = await world.addMember('member', 'ada')
    const team = await ask('POST /teams', { body: { slug: 'ops', members: [ada.memberId] } })
    const project = await ask('POST /projects', { body: { slug: 'live', tier: 'production' } })
    const server = await world.addServer('wiki')
    const catalog = await ask('POST /catalogs', {
      body: { slug: 'some', servers: ['wiki'], audience: { teams: ['ops'] } },
    })
    const app = await ask('POST /apps', {
      body: { name: 'an app', tools: { wiki: { mode: 'only', items: ['read'] } } },
    })
    const key = await ask('POST /keys', { body: { name: 'a key' } })
    made
      .set('organization', organizationId)
      .set('member', ada.memberId)
      .set('team', team.team.id)
      .set('project', project.project.id)
      .set('server', server.id)
      .set('catalog', catalog.catalog.id)
      .set('app', app.app.id)
      .set('key', key.key.id)
  })
  const read = (kind: RecordKind) =>
    database.system.read((db) => world.records.readers[kind](db, world.organizationId, made.get(kind) ?? ''))

  test('a snapshot holds every kind, what stands behind keys before the keys', async () => {
    const kinds: string[] = []
    const held = await world.snapshot()
    for (const { kind } of held) if (kinds.at(-1) !== kind) kinds.push(kind)
    expect(kinds).toEqual(['organization', 'member', 'team', 'project', 'catalog', 'app', 'server', 'key'])
    for (const kind of RecordKind.options) {
      const record = held.find(({ id }) => id === made.get(kind))
      const { secrets: _, ...shown } = { secrets: null, ...(await read(kind)) }
      expect(record, kind).toMatchObject(shown)
    }
  })

  test('a change is announced with its kind, and its reader tells what there is then, at last nothing', async () => {
    const before = await world.changes()
    const newest = async () => (await world.changes()).slice(before.length)
    await world.ask('PATCH /policies', { body: { mixedEnvironments: 'with-reason' } })
    expect(await read('organization')).toMatchObject({ mixedEnvironments: 'with-reason' })
    await world.ask('PATCH /members/:id', { params: { id: made.get('member') }, body: { name: 'Ada L' } })
    expect(await read('member')).toMatchObject({ name: 'Ada L' })
    await world.ask('PATCH /teams/:id', { params: { id: 'ops' }, body: { members: [] } })
    expect(await read('team')).toMatchObject({ members: [] })
    await world.ask('PATCH /projects/:id', { params: { id: 'live' }, body: { tier: 'staging' } })
    expect(await read('project')).toMatchObject({ tier: 'staging' })
    await world.ask('PATCH /catalogs/:id', { params: { id: 'some' }, body: { audience: { everyone: true } } })
    expect(await read('catalog')).toMatchObject({ audience: { everyone: true, teams: [], members: [] } })
    await world.ask('PATCH /apps/:id', { params: { id: 'an-app' }, body: { tools: {} } })
    expect(await read('app')).toMatchObject({ tools: {} })
    const kinds = (await newest()).map(({ kind }) => kind)
    for (const kind of ['organization', 'member', 'team', 'project', 'catalog', 'app']) expect(kinds).toContain(kind)
    for (const [kind, path] of [
      ['app', '/apps/:id'],
      ['catalog', '/catalogs/:id'],
      ['project', '/projects/:id'],
      ['team', '/teams/:id'],
      ['member', '/members/:id'],
    ] as const) {
      await world.ask(`DELETE ${path}`, { params: { id: made.get(kind) } })
      expect((await newest()).some((change) => change.kind === kind && change.id === made.get(kind))).toBe(true)
      expect([kind, await read(kind)]).toEqual([kind, null])
      expect((await world.snapshot()).some(({ id }) => id === made.get(kind))).toBe(false)
    }
  })
})
