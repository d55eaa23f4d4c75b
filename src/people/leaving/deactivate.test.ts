import { beforeAll, expect, test } from 'vitest'
import { actorOf, codeOf } from '../../../test/keyring.ts'
import { addOrganization, onEachStore } from '../../../test/stores.ts'
import { createWholeSurface } from '../../../test/whole-surface.ts'
import type { Database } from '../../db/database.ts'
import type { Actor } from '../schema.ts'
import { insertMember } from '../store.ts'
import { signInByTokenId } from '../tokens/store.ts'

onEachStore('deactivation', (open) => {
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let database: Database
  let people = 0

  beforeAll(async () => {
    database = await open()
    world = await createWholeSurface(database)
    await world.addServer('wiki')
  })

  const someone = (role: Actor['role'] = 'member'): Promise<Actor> => {
    people += 1
    return world.addMember(role, `person-${people}`)
  }
  const on = (verb: string, { memberId }: Actor, actor: Actor = world.owner, body: object = {}) =>
    world.call(actor, `POST /members/:id/${verb}`, { params: { id: memberId }, body })
  const done = async (verb: string, member: Actor, actor?: Actor) => {
    const answer = await on(verb, member, actor)
    if (!answer.ok) throw new Error(JSON.stringify(answer.problem))
    return answer.value
  }
  const remove = (member: Actor) => world.ask('DELETE /members/:id', { params: { id: member.memberId } })
  const mcp = { servers: { mode: 'all' } }
  const keyOf = async (actor: Actor, body: object = {}) =>
    (await world.as(actor)('POST /keys', { body: { name: 'a key', mcp, ...body } })).key
  const shown = async (id: string) => (await world.ask('GET /keys/:id', { params: { id } })).key
  const verb = (name: string, id: string, actor: Actor = world.owner, body: object = {}) =>
    world.call(actor, `POST /keys/:id/${name}`, { params: { id }, body })
  const decided = async (key: string) => {
    const [server] = (await world.ask('GET /servers')).items
    const { id, project } = server
    const call = { kind: 'mcp', server: { id, project }, method: 'tools/list', tool: null } as const
    const verdict = await world.onGateway(key, call)
    return verdict.kind === 'allow' ? 'allow' : verdict.code
  }
  const eventsOf = async (subject: string) => {
    const rows = await database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().where('subject_id', '=', subject).orderBy('row_id').execute(),
    )
    return rows.map(({ action, before, after }) => ({
      action,
      before: JSON.parse(before ?? 'null'),
      after: JSON.parse(after ?? 'null'),
    }))
  }

  test('M15 R13 personal keys and those of personal apps are off at once, those of a team go on', async () => {
    const ada = await someone()
    const slug = `team-of-${ada.name}`
    await world.ask('POST /teams', { body: { slug, members: [ada.memberId] } })
    const own = await keyOf(ada)
    const url = await keyOf(ada, { kind: 'url' })
    const { app, key: ofApp } = await world.as(ada)('POST /apps', {
      body: { name: 'Bot', toolsDefault: { mode: 'all' } },
    })
    const ofTeam = await keyOf(ada, { owner: { type: 'team', id: slug } })
    for (const { id } of [own, url, ofApp, ofTeam]) expect(await decided(id)).toBe('allow')
    const { member, suspendedKeys, effect } = await done('deactivate', ada)
    expect(member).toMatchObject({ status: 'deactivated', deactivatedAt: '2026-01-01T00:00:00.000Z' })
    expect(effect).toBeDefined()
    expect(suspendedKeys.toSorted()).toEqual([own.id, url.id, ofApp.id].toSorted())
    for (const { id } of [own, url, ofApp]) {
      expect(await decided(id)).toBe('key_inactive')
      expect(await shown(id)).toMatchObject({ status: 'inactive' })
      const told = (await eventsOf(id)).at(-1)
      expect(told).toMatchObject({ action: 'key.suspended', after: { state: 'suspended', because: 'owner-left' } })
    }
    expect(await decided(ofTeam.id)).toBe('allow')
    const told = (await eventsOf(ada.memberId)).at(-1)
    expect(told).toMatchObject({ action: 'member.deactivated', after: { state: 'deactivated' } })
    expect(told?.after.keys.toSorted()).toEqual(suspendedKeys.toSorted())
    const changes = await world.changes()
    for (const { id } of [own, url, ofApp]) expect(changes).toContainEqual({ kind: 'key', id })
    // What nobody may do any more still says whose it was.
    expect((await shown(own.id)).owner).toEqual({ type: 'member', id: ada.memberId, name: ada.name })
    expect((await world.ask('GET /apps/:id', { params: { id: app.id } })).app.owner.name).toBe(ada.name)
    expect((await world.ask('GET /teams/:id', { params: { id: slug } })).team.members).toEqual([ada.memberId])
  })

  test('M15 activation brings back exactly what leaving has switched off', async () => {
    const ada = await someone()
    const [own, byHand, revoked, later, leaked] = [
      await keyOf(ada),
      await keyOf(ada),
      await keyOf(ada),
      await keyOf(ada),
      await keyOf(ada),
    ]
    await verb('suspend', byHand.id, world.owner, { reason: 'paused' })
    await verb('revoke', revoked.id)
    await done('deactivate', ada)
    expect(await shown(byHand.id)).toMatchObject({ status: 'inactive', stateReason: 'paused' })
    expect((await shown(revoked.id)).status).toBe('revoked')
    expect(codeOf(await verb('suspend', later.id, world.owner, { reason: 'for good' }))).toBeNull()
    expect(codeOf(await verb('revoke', leaked.id))).toBeNull()
    const { member, resumedKeys } = await done('activate', ada)
    expect(member).toMatchObject({ status: 'active', deactivatedAt: null })
    expect(resumedKeys).toEqual([own.id])
    const status = async ({ id }: { id: string }) => (await shown(id)).status
    expect(await Promise.all([own, byHand, revoked, later, leaked].map(status))).toEqual([
      'active',
      'inactive',
      'revoked',
      'inactive',
      'revoked',
    ])
    expect(await decided(own.id)).toBe('allow')
    expect((await eventsOf(own.id)).at(-1)).toMatchObject({ action: 'key.resumed' })
    expect((await eventsOf(ada.memberId)).at(-1)).toMatchObject({
      action: 'member.activated',
      after: { state: 'active', keys: [own.id] },
    })
  })

  test('to gateways he is gone as of his revision, so that he can come back', async () => {
    const ada = await someone()
    const told = () =>
      database.system.read((db) => world.records.readers.member(db, world.organizationId, ada.memberId))
    expect(await told()).toMatchObject({ kind: 'member', revision: 1 })
    await done('deactivate', ada)
    expect(await told()).toMatchObject({ kind: 'gone', of: 'member', id: ada.memberId, revision: 2 })
    await done('activate', ada)
    expect(await told()).toMatchObject({ kind: 'member', revision: 3 })
    await remove(ada)
    expect(await told()).toBeNull()
  })

  test('asked again it answers the same, and nothing is written twice', async () => {
    const ada = await someone()
    await keyOf(ada)
    await done('deactivate', ada)
    const before = await eventsOf(ada.memberId)
    expect(await done('deactivate', ada)).toMatchObject({ suspendedKeys: [], member: { status: 'deactivated' } })
    expect(await eventsOf(ada.memberId)).toEqual(before)
    await done('activate', ada)
    expect(await done('activate', ada)).toMatchObject({ resumedKeys: [], member: { status: 'active' } })
  })

  test('his management tokens sign nobody in while he is away', async () => {
    const ada = await someone('admin')
    const { managementToken } = await world.as(ada)('POST /management-tokens', { body: { name: 't', scopes: ['*'] } })
    const signedIn = () => database.system.read((db) => signInByTokenId(db, managementToken.id))
    expect(await signedIn()).not.toBeNull()
    await done('deactivate', ada)
    expect(await signedIn()).toBeNull()
    const body = { name: 'more', scopes: ['*'], member: ada.memberId }
    expect(codeOf(await world.call(world.owner, 'POST /management-tokens', { body }))).toBe('invalid')
    await done('activate', ada)
    expect(await signedIn()).not.toBeNull()
  })

  test('his sessions end, and links to secrets of his keys, invitations and resets lead nowhere any more', async () => {
    const ada = await someone()
    const owner = { type: 'member', id: ada.memberId }
    const { key, claim } = await world.ask('POST /keys', { body: { name: 'for ada', owner } })
    const reset = {
      id: `rst_${ada.memberId}`,
      organization_id: world.organizationId,
      member_id: ada.memberId,
      kind: 'admin',
      code_hash: `hash of ${ada.memberId}`,
      created_at: 1,
      created_by: world.owner.memberId,
      expires_at: world.clock.now + 1000,
    } as const
    await database.system.transaction((db) => db.insertInto('password_resets').values(reset).execute())
    const session = {
      ...{ organization_id: world.organizationId, id: `ses_${ada.memberId}`, member_id: ada.memberId },
      ...{ browser_hash: ada.memberId, method: 'password', address: null, user_agent: '', created_at: 1 },
      ...{ last_used_at: 1, expires_at: world.clock.now + 1000 },
    }
    await database.system.transaction((db) => db.insertInto('sessions').values(session).execute())
    await done('deactivate', ada)
    const code = new URL(claim.url).hash.slice(1)
    expect(codeOf(await world.call(ada, 'POST /claims', { body: { code } }))).toBe('not_found')
    const left = await database.system.read(async (db) => ({
      invitations: await db
        .selectFrom('invitations')
        .select('withdrawn_at')
        .where('member_id', '=', ada.memberId)
        .execute(),
      resets: await db.selectFrom('password_resets').select('withdrawn_at').where('id', '=', reset.id).execute(),
    }))
    for (const row of [...left.invitations, ...left.resets]) expect(row.withdrawn_at).toBe(world.clock.now)
    await done('activate', ada)
    const sessions = await database.system.read((db) =>
      db.selectFrom('sessions').select(['ended_at', 'ended_why']).where('member_id', '=', ada.memberId).execute(),
    )
    expect(sessions).toEqual([{ ended_at: world.clock.now, ended_why: 'deactivated' }])
    expect(codeOf(await world.call(ada, 'POST /claims', { body: { code } }))).toBe('not_found')
    expect(
      codeOf(await world.call(world.owner, 'POST /keys/:id/claim', { params: { id: key.id }, body: {} })),
    ).toBeNull()
  })

  test('nobody brings his keys back without him: not resumed, rotated, claimed, regenerated or replaced', async () => {
    const ada = await someone()
    const [own, unclaimed] = [
      await keyOf(ada),
      (await world.ask('POST /keys', { body: { name: 'x', owner: { type: 'member', id: ada.memberId } } })).key,
    ]
    const byHand = await keyOf(ada)
    await verb('suspend', byHand.id)
    const { app, key: ofApp } = await world.as(ada)('POST /apps', { body: { name: 'Bot' } })
    for (const leave of [() => done('deactivate', ada), () => remove(ada)]) {
      await leave()
      for (const { id } of [own, byHand, unclaimed, ofApp]) {
        const refused = await verb('resume', id)
        expect(codeOf(refused)).toBe('owner_left')
        expect(!refused.ok && refused.problem.detail).toContain(`POST /members/${ada.memberId}/transfer`)
        expect(codeOf(await verb('rotate', id))).toBe('owner_left')
        const patch = { params: { id }, body: { active: true } }
        expect(codeOf(await world.call(world.owner, 'PATCH /keys/:id', patch))).toBe('owner_left')
        const bulk = await world.ask('POST /keys/bulk', { body: { action: 'resume', keys: [id] } })
        expect(bulk.results).toMatchObject([{ id, ok: false, code: 'owner_left' }])
        expect((await shown(id)).status).toBe('inactive')
      }
      const params = { id: unclaimed.id }
      expect(codeOf(await world.call(world.owner, 'POST /keys/:id/claim', { params, body: {} }))).toBe('owner_left')
      const regenerate = { params: { id: app.id }, body: {} }
      expect(codeOf(await world.call(world.owner, 'POST /apps/:id/regenerate-key', regenerate))).toBe('owner_left')
      const move = { params: { id: app.id }, body: { owner: { type: 'member', id: world.owner.memberId } } }
      expect(codeOf(await world.call(world.owner, 'PATCH /apps/:id', move))).toBe('owner_left')
      // What is only said of a key may still be changed.
      const rename = { params: { id: own.id }, body: { name: 'of one who left' } }
      expect(codeOf(await world.call(world.owner, 'PATCH /keys/:id', rename))).toBeNull()
    }
  })

  test('nothing new is made for him, and where he stood he still stands', async () => {
    const ada = await someone()
    const body = { slug: `cat-${ada.name}`, name: 'c', audience: { members: [ada.memberId] } }
    const { catalog } = await world.ask('POST /catalogs', { body })
    const { team } = await world.ask('POST /teams', { body: { slug: `t-${ada.name}`, members: [ada.memberId] } })
    await done('deactivate', ada)
    const owner = { type: 'member', id: ada.memberId }
    expect(codeOf(await world.call(world.owner, 'POST /keys', { body: { name: 'x', owner } }))).toBe('invalid')
    expect(codeOf(await world.call(world.owner, 'POST /apps', { body: { name: 'x', owner } }))).toBe('invalid')
    const email = `${ada.name}@example.com`
    expect(codeOf(await world.call(world.owner, 'POST /members', { body: { email } }))).toBe('invalid')
    // What was read can be sent back.
    const again = { params: { id: catalog.id }, body: { audience: catalog.audience } }
    expect((await world.ask('PATCH /catalogs/:id', again)).catalog.audience.members).toEqual([ada.memberId])
    const members = { params: { id: team.id }, body: { members: team.members, name: 'same' } }
    expect((await world.ask('PATCH /teams/:id', members)).team.members).toEqual([ada.memberId])
    await done('activate', ada)
    expect((await world.ask('GET /teams/:id', { params: { id: team.id } })).team.members).toEqual([ada.memberId])
  })

  test('only somebody who may act for him, and never the last owner', async () => {
    const [admin, other, owner, member] = [
      await someone('admin'),
      await someone('admin'),
      await someone('owner'),
      await someone(),
    ]
    for (const verb of ['deactivate', 'activate'])
      for (const above of [other, owner, world.owner])
        expect(codeOf(await on(verb, above, admin))).toBe('not_permitted')
    await done('deactivate', owner)
    expect(codeOf(await on('activate', owner, admin))).toBe('not_permitted')
    expect(codeOf(await on('deactivate', world.owner))).toBe('last_owner')
    const patch = { params: { id: world.owner.memberId }, body: { role: 'admin' } }
    expect(codeOf(await world.call(world.owner, 'PATCH /members/:id', patch))).toBe('last_owner')
    await done('activate', owner)
    // Himself he may, as long as somebody else is there.
    await done('deactivate', member, admin)
    await done('deactivate', owner, owner)
    await done('deactivate', admin, admin)
  })

  test('G10 somebody of another organization is not there', async () => {
    const organization = `org_${'7'.repeat(16)}`
    await addOrganization(database, organization, 'elsewhere')
    const id = `mem_${'7'.repeat(16)}`
    const member = { id, email: 'x@example.com', name: 'x', role: 'owner', isOperator: false, createdAt: 1 } as const
    await database.system.transaction((db) => insertMember(db, organization, member))
    const foreign = actorOf(organization, id, 'owner')
    const ada = await someone()
    for (const [actor, target] of [
      [world.owner, foreign],
      [foreign, ada],
    ] as const) {
      for (const verb of ['deactivate', 'activate']) expect(codeOf(await on(verb, target, actor))).toBe('not_found')
      const to = { type: 'member', id: actor.memberId }
      expect(codeOf(await on('transfer', target, actor, { to }))).toBe('not_found')
      const leaving = { params: { id: target.memberId } }
      expect(codeOf(await world.call(actor, 'GET /members/:id/leaving', leaving))).toBe('not_found')
    }
  })

  test('removal switches the same off for good, and forgets what proves him to be himself', async () => {
    const ada = await someone()
    const own = await keyOf(ada)
    const secrets = { organization_id: world.organizationId, member_id: ada.memberId, revision: 1 }
    await database.system.transaction((db) =>
      db
        .insertInto('sign_in_secrets')
        .values({ ...secrets, password_phc: 'a hash' })
        .execute(),
    )
    await done('deactivate', ada)
    await remove(ada)
    expect(await shown(own.id)).toMatchObject({
      status: 'inactive',
      owner: { type: 'member', id: ada.memberId, name: ada.name, removed: true },
    })
    expect(codeOf(await on('activate', ada))).toBe('not_found')
    const kept = await database.system.read((db) =>
      db.selectFrom('sign_in_secrets').select('member_id').where('member_id', '=', ada.memberId).execute(),
    )
    expect(kept).toEqual([])
  })

  test('lists show who is deactivated and can be asked for a status', async () => {
    const [ada, bob] = [await someone(), await someone()]
    await done('deactivate', ada)
    const invited = await world.ask('POST /members', { body: { email: `invited-${ada.name}@example.com` } })
    const of = async (status: string) => {
      const { items, total } = await world.ask('GET /members', { query: { status, limit: '200' } })
      expect(total).toBe(items.length)
      return items.map(({ id }: { id: string }) => id)
    }
    expect(await of('deactivated')).toContain(ada.memberId)
    expect(await of('deactivated')).not.toContain(bob.memberId)
    expect(await of('active')).not.toContain(ada.memberId)
    if (invited.invitation) {
      expect(invited.member.status).toBe('invited')
      expect(await of('invited')).toContain(invited.member.id)
      expect(await of('active')).not.toContain(invited.member.id)
    }
    const { items } = await world.ask('GET /members', { query: { limit: '200' } })
    expect(items).toContainEqual(expect.objectContaining({ id: ada.memberId, status: 'deactivated' }))
    expect((await world.ask('GET /members/:id', { params: { id: ada.memberId } })).member.status).toBe('deactivated')
    expect(codeOf(await world.call(world.owner, 'GET /members', { query: { status: 'removed' } }))).toBe('invalid')
  })
})
