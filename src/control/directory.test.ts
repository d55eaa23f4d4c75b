import { beforeAll, expect, test } from 'vitest'
import { liveRules } from '../../test/live-rules.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWholeSurface } from '../../test/whole-surface.ts'
import { catalogsOf, teamsWith } from '../access/backing.ts'
import type { Database, Db } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { createDirectory } from './directory.ts'

onEachStore('what domains know of each other', (open) => {
  let database: Database
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let [ada, bob]: [Actor, Actor] = [{} as Actor, {} as Actor]
  const directory = createDirectory({ now: () => world.clock.now, embedded: [{ id: 'gwy_E', name: 'embedded' }] })
  const at = <T>(work: (db: Db, organization: string) => Promise<T>): Promise<T> =>
    database.read(world.organizationId, (db) => work(db, world.organizationId))

  beforeAll(async () => {
    database = await open()
    world = await createWholeSurface(database)
    ;[ada, bob] = [await world.addMember('member', 'ada'), await world.addMember('member', 'bob')]
    await world.ask('POST /teams', { body: { slug: 'ops', name: 'Operations', members: [ada.memberId] } })
    await world.addServer('wiki')
    await world.addServer('closed', { catalogs: [] })
  })

  test('an owner is found by id or slug while he is there, and not afterwards', async () => {
    const team = await at((db, id) => directory.owner(db, id, { type: 'team', id: 'ops' }))
    expect(team).toMatchObject({ type: 'team', name: 'Operations', project: null })
    const gone = await world.ask('POST /teams', { body: { slug: 'gone' } })
    const app = await world.ask('POST /apps', { body: { name: 'An app' } })
    const owner = await at((db, id) => directory.owner(db, id, { type: 'app', id: 'an-app' }))
    const behind = { id: world.owner.memberId, role: 'owner' }
    const granted = { mode: 'none' }
    expect(owner).toEqual({ type: 'app', id: app.app.id, name: 'An app', project: app.app.project, granted, behind })
    await world.ask('DELETE /teams/:id', { params: { id: 'gone' } })
    await world.ask('DELETE /members/:id', { params: { id: bob.memberId } })
    for (const of of [
      { type: 'team', id: gone.team.id },
      { type: 'member', id: bob.memberId },
      { type: 'app', id: ada.memberId },
      { type: 'member', id: 'ops' },
    ] as const)
      expect(await at((db, id) => directory.owner(db, id, of))).toBeNull()
    const ids = [ada.memberId, bob.memberId, gone.team.id, app.app.id, 'ops', team?.id ?? '']
    const owners = await at((db, id) => directory.owners(db, id, ids))
    expect([...owners.keys()].toSorted()).toEqual([ada.memberId, app.app.id, team?.id ?? ''].toSorted())
  })

  test('a member owns himself, his teams and the apps of either, and nothing of anybody else', async () => {
    const mine = await world.as(ada)('POST /apps', { body: { name: 'Mine' } })
    const ours = await world.as(ada)('POST /apps', { body: { name: 'Ours', owner: { type: 'team', id: 'ops' } } })
    await world.ask('POST /apps', { body: { name: 'Theirs' } })
    const team = await at((db, id) => directory.owner(db, id, { type: 'team', id: 'ops' }))
    const owned = await at((db, id) => directory.ownersOf(db, id, ada.memberId))
    expect(owned.toSorted()).toEqual([ada.memberId, team?.id, mine.app.id, ours.app.id].toSorted())
  })

  test('what a member reaches is what the decision would let keys of his reach', async () => {
    const slugs = async () => {
      const { servers } = await at((db, id) => directory.reachOf(db, id, ada.memberId))
      return [...(await at((db, id) => directory.servers(db, id, [...servers]))).values()].map(({ slug }) => slug)
    }
    expect(await slugs()).toEqual(['wiki'])
    await world.ask('POST /catalogs', { body: { slug: 'ops', servers: ['closed'], audience: { teams: ['ops'] } } })
    expect((await slugs()).toSorted()).toEqual(['closed', 'wiki'])
    await world.ask('PATCH /teams/:id', { params: { id: 'ops' }, body: { members: [] } })
    expect(await slugs()).toEqual(['wiki'])
  })

  test('G10 reach is asked of the tables and is what the records of a gateway say, by every way into an audience', async () => {
    const [cleo, dan] = [await world.addMember('member', 'cleo'), await world.addMember('member', 'dan')]
    const team = (slug: string, ...members: string[]) => world.ask('POST /teams', { body: { slug, members } })
    await team('hers', cleo.memberId)
    await team('empty')
    const audiences = [
      ...[{ teams: ['hers'] }, { members: [cleo.memberId] }, { teams: ['empty'] }, { members: [dan.memberId] }],
      ...[
        { everyone: true },
        {},
        { everyone: false, teams: ['empty', 'hers'], members: [dan.memberId, cleo.memberId] },
      ],
    ]
    for (const [n, audience] of audiences.entries()) {
      await world.addServer(`of-${n}`, { catalogs: [] })
      await world.ask('POST /catalogs', { body: { slug: `aud-${n}`, servers: [`of-${n}`, 'wiki'], audience } })
    }
    await world.ask('DELETE /members/:id', { params: { id: dan.memberId } })
    const held = await world.snapshot()
    const [teams, catalogs] = [held.filter((one) => one.kind === 'team'), held.filter((one) => one.kind === 'catalog')]
    const members = held.filter((one) => one.kind === 'member')
    const records: Parameters<typeof catalogsOf>[1] = {
      rules: liveRules(),
      ...{ mixedEnvironments: 'refused', team: () => null, app: () => null, project: () => null },
      member: (id) => members.find((one) => one.id === id) ?? null,
      teamsOf: (id) => teamsWith(id, teams),
      catalogs: () => catalogs,
    }
    for (const { memberId } of [cleo, dan, ada, world.owner]) {
      const said = catalogsOf({ type: 'member', id: memberId }, records) ?? []
      const { servers } = await at((db, id) => directory.reachOf(db, id, memberId))
      expect([...servers].toSorted()).toEqual([...new Set(said.flatMap((one) => one.servers))].toSorted())
    }
    expect((await at((db, id) => directory.reachOf(db, id, cleo.memberId))).servers.size).toBeGreaterThan(3)
  })

  test('gateways are those of the organization, by id or name, and those of serve for every one', async () => {
    const { gateway } = await world.ask('POST /gateways', { body: { name: 'far' } })
    const second = await world.ask('POST /organizations', {
      body: { slug: 'second', name: 'Second', owner: { email: 'b@example.com', name: 'Bo' } },
    })
    const names = [gateway.id, 'far', 'embedded', 'gwy_E', 'nowhere']
    const ours = await at((db, id) => directory.gateways(db, id, names))
    expect([...ours].map(([asked, { id }]) => [asked, id]).toSorted()).toEqual(
      [
        [gateway.id, gateway.id],
        ['far', gateway.id],
        ['embedded', 'gwy_E'],
        ['gwy_E', 'gwy_E'],
      ].toSorted(),
    )
    const theirs = await database.read(second.organization.id, (db) =>
      directory.gateways(db, second.organization.id, names),
    )
    expect([...theirs.keys()].toSorted()).toEqual(['embedded', 'gwy_E'])
    await world.ask('DELETE /gateways/:id', { params: { id: gateway.id } })
    expect([...(await at((db, id) => directory.gateways(db, id, ['far']))).keys()]).toEqual([])
  })
})
