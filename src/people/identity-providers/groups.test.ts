import { randomBytes } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { onEachStore } from '../../../test/stores.ts'
import { createWholeSurface } from '../../../test/whole-surface.ts'
import type { Database } from '../../db/database.ts'
import { newId } from '../../keys/token.ts'
import { holdPeople } from '../organizations/store.ts'
import type { Actor } from '../schema.ts'
import { findMember } from '../store.ts'
import { followGroups } from './groups.ts'
import type { Settings } from './schema.ts'

onEachStore('groups of an identity provider', (open) => {
  let database: Database
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let ada: Actor
  beforeAll(async () => {
    database = await open()
    world = await createWholeSurface(database)
    ada = await world.addMember('member', 'ada')
  })
  const managing = (): Actor => ({ ...world.owner, configuration: 'platform' })
  const membersOf = async (id: string): Promise<string[]> =>
    (await world.ask('GET /teams/:id', { params: { id } })).team.members
  const follow = (groups: string[]) =>
    database.transaction(world.organizationId, async (db) => {
      await holdPeople(db, world.organizationId)
      const member = await findMember(db, world.organizationId, ada.memberId)
      if (!member) throw new Error('nobody is there')
      const settings: Settings = {
        scopes: [],
        domains: [],
        provisioning: 'off',
        defaultRole: 'member',
        groupsClaim: 'groups',
        groups: ['kept', 'free'].map((name) => ({ group: name, team: name })),
        secondFactor: false,
        operators: false,
      }
      const deps = { now: () => world.clock.now, newId: (prefix: string) => newId(prefix, randomBytes) }
      return followGroups(db, deps, member, { settings, groups, by: { actor: world.owner, requestId: 'req_0' } })
    })

  test('leave a team alone that a configuration manages: its files say who is in it', async () => {
    const { team } = await world.as(managing())('POST /teams', { body: { slug: 'kept' } })
    const { team: free } = await world.ask('POST /teams', { body: { slug: 'free' } })
    const joined = await follow(['kept', 'free'])
    expect([await membersOf(team.id), await membersOf(free.id)]).toEqual([[], [ada.memberId]])
    expect(joined.missing).toEqual(['kept'])
    await world.as(managing())('PATCH /teams/:id', { params: { id: team.id }, body: { members: [ada.memberId] } })
    await follow([])
    expect([await membersOf(team.id), await membersOf(free.id)]).toEqual([[ada.memberId], []])
  })
})
