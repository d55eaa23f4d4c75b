import { beforeAll, expect, test } from 'vitest'
import { codeOf } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createWholeSurface } from '../../../test/whole-surface.ts'
import type { Database } from '../../db/database.ts'
import type { Actor } from '../schema.ts'
import { signInByTokenId } from '../tokens/store.ts'

onEachStore('leaving at the same time', (open) => {
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let database: Database
  let people = 0

  beforeAll(async () => {
    database = await open()
    world = await createWholeSurface(database)
  })

  const someone = (role: Actor['role'] = 'member'): Promise<Actor> => {
    people += 1
    return world.addMember(role, `racer-${people}`)
  }
  const on = (verb: string, { memberId }: Actor, actor: Actor = world.owner, body: object = {}) =>
    world.call(actor, `POST /members/:id/${verb}`, { params: { id: memberId }, body })
  const remove = ({ memberId }: Actor) => world.call(world.owner, 'DELETE /members/:id', { params: { id: memberId } })
  const make = (actor: Actor, body: object = {}) => world.call(actor, 'POST /keys', { body: { name: 'k', ...body } })
  const onKey = (verb: string, id: string, actor: Actor = world.owner) =>
    world.call(actor, `POST /keys/:id/${verb}`, { params: { id }, body: {} })
  const keysOf = (member: Actor) =>
    database.system.read((db) =>
      db.selectFrom('keys').select(['id', 'state', 'suspended_for']).where('owner_id', '=', member.memberId).execute(),
    )
  const codes = async (...calls: ReturnType<typeof on>[]) => (await Promise.all(calls)).map(codeOf)
  const rounds = Array.from({ length: 8 }, (_, round) => round)
  const leave = (round: number) => (round % 2 === 0 ? (ada: Actor) => on('deactivate', ada) : remove)

  test('whoever leaves while keys, apps and tokens are made for him leaves none that work', async () => {
    for (const round of rounds) {
      const ada = await someone('admin')
      const owner = { type: 'member', id: ada.memberId }
      const [left, ...made] = await Promise.all([
        leave(round)(ada),
        make(ada),
        make(world.owner, { owner }),
        world.call(ada, 'POST /apps', { body: { name: `Bot ${people}` } }),
        world.call(ada, 'POST /management-tokens', { body: { name: 't', scopes: ['*'] } }),
      ])
      expect(codeOf(left)).toBeNull()
      for (const { state, suspended_for } of await keysOf(ada))
        expect([state, suspended_for]).toEqual(['suspended', 'owner-left'])
      const [, , app, token] = made
      if (app?.ok) {
        const key = (await world.ask('GET /keys/:id', { params: { id: app.value.key.id } })).key
        expect(key.status).toBe('inactive')
      }
      const id = token?.ok ? token.value.managementToken.id : 'mgt_none'
      expect(await database.system.read((db) => signInByTokenId(db, id))).toBeNull()
      for (const answer of made) expect([null, 'invalid', 'owner_left', 'not_found']).toContain(codeOf(answer))
    }
  })

  test('a link that is opened while its owner leaves gives a secret of a key that is off, or none', async () => {
    for (const round of rounds) {
      const ada = await someone()
      const made = await make(world.owner, { owner: { type: 'member', id: ada.memberId } })
      if (!made.ok) throw new Error('no key')
      const code = new URL(made.value.claim.url).hash.slice(1)
      const [left, claimed] = await codes(leave(round)(ada), world.call(ada, 'POST /claims', { body: { code } }))
      expect(left).toBeNull()
      expect([null, 'not_found']).toContain(claimed)
      expect(await keysOf(ada)).toMatchObject([{ state: 'suspended', suspended_for: 'owner-left' }])
    }
  })

  test('a key that is resumed or rotated while its owner leaves is off', async () => {
    for (const round of rounds) {
      const ada = await someone()
      const [off, on] = [await make(ada), await make(ada)]
      if (!off.ok || !on.ok) throw new Error('no keys')
      await onKey('suspend', off.value.key.id)
      const [left, resumed, rotated] = await codes(
        leave(round)(ada),
        onKey('resume', off.value.key.id),
        onKey('rotate', on.value.key.id, ada),
      )
      expect(left).toBeNull()
      for (const code of [resumed, rotated]) expect([null, 'owner_left']).toContain(code)
      for (const { state } of await keysOf(ada)) expect(state).toBe('suspended')
    }
  })

  test('of a transfer and a way back at the same time each key takes one, whole', async () => {
    for (const _ of rounds) {
      const [ada, bob] = [await someone(), await someone()]
      const keys = [await make(ada), await make(ada), await make(ada)]
      await on('deactivate', ada)
      const to = { type: 'member', id: bob.memberId }
      const [back, moved] = await Promise.all([on('activate', ada), on('transfer', ada, world.owner, { to })])
      expect(codeOf(back)).toBeNull()
      expect([null, 'in_use']).toContain(codeOf(moved))
      const [his, hers] = [await keysOf(bob), await keysOf(ada)]
      expect(his.length + hers.length).toBe(keys.length)
      for (const { state, suspended_for } of [...his, ...hers]) expect([state, suspended_for]).toEqual(['active', null])
      expect(his).toHaveLength(moved.ok ? moved.value.keys.length : 0)
    }
  })

  test('two who hand on the same at the same time hand each key on once', async () => {
    for (const _ of rounds) {
      const [ada, bob, eve] = [await someone(), await someone(), await someone()]
      for (let at = 0; at < 3; at += 1) await make(ada)
      await on('deactivate', ada)
      const to = ({ memberId }: Actor) => ({ to: { type: 'member', id: memberId } })
      const answers = await Promise.all([bob, eve].map((heir) => on('transfer', ada, world.owner, to(heir))))
      const ids = answers.flatMap((answer) => (answer.ok ? answer.value.keys : [])).map(({ id }: { id: string }) => id)
      expect(ids).toHaveLength(3)
      expect(new Set(ids).size).toBe(3)
      expect(await keysOf(ada)).toEqual([])
    }
  })

  test('an heir who leaves meanwhile has what was handed to him switched off with the rest', async () => {
    for (const _ of rounds) {
      const [ada, bob] = [await someone(), await someone()]
      await make(ada)
      await on('deactivate', ada)
      const to = { type: 'member', id: bob.memberId }
      const [left, moved] = await codes(on('deactivate', bob), on('transfer', ada, world.owner, { to }))
      expect(left).toBeNull()
      expect([null, 'invalid']).toContain(moved)
      for (const { state } of [...(await keysOf(bob)), ...(await keysOf(ada))]) expect(state).toBe('suspended')
    }
  })

  test('owners who deactivate each other at the same time leave one of them', async () => {
    const owners = [world.owner, await someone('owner'), await someone('owner')]
    const answers = await codes(
      ...owners.map((owner, at) => on('deactivate', owners[(at + 1) % owners.length] ?? owner, owner)),
    )
    expect(answers.filter((code) => code !== null).length).toBeGreaterThanOrEqual(1)
    const { items } = await world.ask('GET /members', { query: { role: 'owner', status: 'active' } })
    const left = await database.system.read((db) =>
      db.selectFrom('members').select('id').where('role', '=', 'owner').where('state', '=', 'active').execute(),
    )
    expect(left.length).toBeGreaterThanOrEqual(1)
    expect(items.length).toBeLessThanOrEqual(left.length)
  })
})
