import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { addOrganization, onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import { peopleRoutes } from '../routes.ts'
import type { Actor } from '../schema.ts'

onEachStore('the last owner', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let founded = 0
  const newOrganization = async (): Promise<string> => {
    founded += 1
    const id = `org_${String(founded).padStart(16, '0')}`
    await addOrganization(database, id, `org-${founded}`)
    return id
  }
  const patch = (actor: Actor, id: string, body: object) => call(actor, 'PATCH /members/:id', { params: { id }, body })
  const remove = (actor: Actor, id: string) => call(actor, 'DELETE /members/:id', { params: { id } })
  const demote = (actor: Actor, id: string) => patch(actor, id, { role: 'member' })
  const liveOnes = (column: 'role' | 'is_operator', value: 'owner' | 1, organizationId: string | null = null) =>
    database.system.read(async (db) => {
      const rows = await db
        .selectFrom('members')
        .select('id')
        .where(column, '=', value)
        .where('state', '=', 'active')
        .$if(organizationId !== null, (query) => query.where('organization_id', '=', organizationId ?? ''))
        .execute()
      return rows.length
    })

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(peopleRoutes(ring.peopleDeps))
  })

  test('the last owner is neither removed nor demoted, by nobody and not by himself', async () => {
    const organizationId = await newOrganization()
    const owner = await ring.addMember('owner', organizationId)
    await ring.addMember('admin', organizationId)
    for (const role of ['admin', 'member', 'auditor', null])
      expect(codeOf(await patch(owner, owner.memberId, { role }))).toBe('last_owner')
    expect(codeOf(await remove(owner, owner.memberId))).toBe('last_owner')
    granted(await patch(owner, owner.memberId, { name: 'Still there', role: 'owner' }))
    const second = await ring.addMember('owner', organizationId)
    granted(await demote(second, owner.memberId))
    expect(codeOf(await remove(second, second.memberId))).toBe('last_owner')
    expect(await liveOnes('role', 'owner', organizationId)).toBe(1)
  })

  test('an owner who was removed does not count, nor does one of another organization', async () => {
    const organizationId = await newOrganization()
    const [one, two] = [await ring.addMember('owner', organizationId), await ring.addMember('owner', organizationId)]
    granted(await remove(one, two.memberId))
    expect(codeOf(await remove(one, one.memberId))).toBe('last_owner')
  })

  test('owners who remove or demote each other at the same time leave one of them', async () => {
    for (let round = 0; round < 10; round += 1) {
      const organizationId = await newOrganization()
      const owners = await Promise.all([0, 1, 2].map(() => ring.addMember('owner', organizationId)))
      const end = round % 2 === 0 ? remove : demote
      const answers = await Promise.all(
        owners.map((owner, at) => end(owner, owners[(at + 1) % owners.length]?.memberId ?? '')),
      )
      expect(answers.map(codeOf).filter((code) => code !== null)).toEqual(['last_owner'])
      expect(await liveOnes('role', 'owner', organizationId)).toBe(1)
    }
  })

  test('the last operator of the installation stays one, also when two of different organizations go together', async () => {
    const [here, there] = [await newOrganization(), await newOrganization()]
    const first: Actor = { ...ring.owner, operator: true }
    await ring.addMember('owner')
    for (const attempt of [patch(first, first.memberId, { operator: false }), remove(first, first.memberId)])
      expect(codeOf(await attempt)).toBe('last_owner')
    const make = async (organizationId: string): Promise<Actor> => {
      await ring.addMember('owner', organizationId)
      const actor = { ...(await ring.addMember('owner', organizationId)), operator: true }
      granted(await patch(actor, actor.memberId, { operator: true }))
      return actor
    }
    const [one, two] = [await make(here), await make(there)]
    granted(await patch(first, first.memberId, { operator: false }))
    for (let round = 0; round < 5; round += 1) {
      const answers = await Promise.all([one, two].map((actor) => patch(actor, actor.memberId, { operator: null })))
      expect(answers.map(codeOf).toSorted()).toEqual(['last_owner', null].toSorted())
      expect(await liveOnes('is_operator', 1)).toBe(1)
      for (const actor of [one, two]) granted(await patch(actor, actor.memberId, { operator: true }))
    }
    const answers = await Promise.all([one, two].map((actor) => remove(actor, actor.memberId)))
    expect(answers.map(codeOf).toSorted()).toEqual(['last_owner', null].toSorted())
    expect(await liveOnes('is_operator', 1)).toBe(1)
  })
})
