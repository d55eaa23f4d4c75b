import { beforeAll, expect, test } from 'vitest'
import { onEachStore } from '../../test/stores.ts'
import { createWholeSurface } from '../../test/whole-surface.ts'
import type { Database } from '../db/database.ts'

type Named = { readonly id: string; readonly owner: { readonly id: string; readonly name: string } }

onEachStore('owners that are renamed', (open) => {
  let database: Database
  let world: Awaited<ReturnType<typeof createWholeSurface>>

  beforeAll(async () => {
    database = await open()
    world = await createWholeSurface(database)
  })

  const stored = (table: 'keys' | 'apps', owner: string) =>
    database.system.read((db) =>
      db
        .selectFrom(table as 'keys')
        .select(['owner_name', 'revision'])
        .where('owner_id', '=', owner)
        .execute(),
    )
  const byOwner = async () => {
    const { items } = await world.ask('GET /keys', { query: { sort: 'owner', limit: '200' } })
    return (items as Named[]).map(({ owner }) => owner.name)
  }

  test('B35 keys and apps carry the new name of a member, team or app, and stand in its place in the list', async () => {
    const ada = await world.addMember('member', 'ada')
    const { team } = await world.ask('POST /teams', { body: { slug: 'ops', name: 'Ops', members: [ada.memberId] } })
    const as = world.as(ada)
    await as('POST /keys', { body: { name: 'own' } })
    await as('POST /keys', { body: { name: 'ours', owner: { type: 'team', id: 'ops' } } })
    const { app } = await as('POST /apps', { body: { name: 'Bot' } })
    await as('POST /apps', { body: { name: 'Team bot', owner: { type: 'team', id: 'ops' } } })
    const ended = await as('POST /keys', { body: { name: 'ended' } })
    await as('POST /keys/:id/revoke', { params: { id: ended.key.id } })
    expect(await byOwner()).toEqual(['Bot', 'Ops', 'Team bot', 'ada', 'ada'])

    await world.ask('PATCH /members/:id', { params: { id: ada.memberId }, body: { name: 'Zoe' } })
    await world.ask('PATCH /teams/:id', { params: { id: 'ops' }, body: { name: 'Alpha' } })
    await as('PATCH /apps/:id', { params: { id: app.id }, body: { name: 'Quite' } })
    expect(await byOwner()).toEqual(['Alpha', 'Quite', 'Team bot', 'Zoe', 'Zoe'])
    const revised = (await stored('keys', ada.memberId)).map(({ owner_name, revision }) => [owner_name, revision])
    expect(revised.toSorted()).toEqual([
      ['Zoe', 1],
      ['Zoe', 2],
    ])
    expect(await stored('apps', ada.memberId)).toEqual([{ owner_name: 'Zoe', revision: 2 }])
    expect(await stored('keys', team.id)).toEqual([{ owner_name: 'Alpha', revision: 1 }])
    expect(await stored('apps', team.id)).toEqual([{ owner_name: 'Alpha', revision: 1 }])
    expect(await stored('keys', app.id)).toEqual([{ owner_name: 'Quite', revision: 1 }])
  })

  test('who is removed keeps the name that he had last, and other organizations keep theirs', async () => {
    const eve = await world.addMember('member', 'eve')
    const { key } = await world.as(eve)('POST /keys', { body: { name: 'hers' } })
    const patch = (body: object) => world.ask('PATCH /members/:id', { params: { id: eve.memberId }, body })
    await patch({ name: 'Eva' })
    await patch({ role: 'auditor' })
    await world.ask('DELETE /members/:id', { params: { id: eve.memberId } })
    expect((await world.ask('GET /keys/:id', { params: { id: key.id } })).key.owner.name).toBe('Eva')
    expect(await stored('keys', eve.memberId)).toEqual([{ owner_name: 'Eva', revision: 2 }])
  })

  test('changes of an app while its owner is renamed leave the new name', async () => {
    const ivy = await world.addMember('member', 'ivy')
    const { app } = await world.as(ivy)('POST /apps', { body: { name: 'Busy' } })
    const renamed = (name: string) => world.ask('PATCH /members/:id', { params: { id: ivy.memberId }, body: { name } })
    const changed = (name: string) => world.ask('PATCH /apps/:id', { params: { id: app.id }, body: { name } })
    for (let round = 0; round < 5; round += 1) {
      const name = `Ivy ${round}`
      await Promise.all([changed(`a${round}`), renamed(name), changed(`b${round}`)])
      expect((await stored('apps', ivy.memberId)).map(({ owner_name }) => owner_name)).toEqual([name])
    }
  })
})
