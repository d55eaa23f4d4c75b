import { beforeAll, expect, test } from 'vitest'
import { codeOf } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createWholeSurface } from '../../../test/whole-surface.ts'
import type { Database } from '../../db/database.ts'
import type { Actor } from '../../people/schema.ts'

onEachStore('transfer', (open) => {
  let world: Awaited<ReturnType<typeof createWholeSurface>>
  let database: Database
  let wiki: string
  let people = 0

  beforeAll(async () => {
    database = await open()
    world = await createWholeSurface(database)
    wiki = (await world.addServer('wiki')).id
  })

  const someone = (role: Actor['role'] = 'member'): Promise<Actor> => {
    people += 1
    return world.addMember(role, `person-${people}`)
  }
  const all = { mode: 'all' } as const
  const keyOf = (actor: Actor, body: object = {}) =>
    world.as(actor)('POST /keys', { body: { name: 'a key', mcp: { servers: all }, ...body } })
  const leave = ({ memberId }: Actor) =>
    world.ask('POST /members/:id/deactivate', { params: { id: memberId }, body: {} })
  const remove = ({ memberId }: Actor) => world.ask('DELETE /members/:id', { params: { id: memberId } })
  const member = ({ memberId }: Actor) => ({ type: 'member', id: memberId })
  const transfer = (from: Actor, body: object, actor: Actor = world.owner) =>
    world.call(actor, 'POST /members/:id/transfer', { params: { id: from.memberId }, body })
  const handed = async (from: Actor, body: object, actor?: Actor) => {
    const answer = await transfer(from, body, actor)
    if (!answer.ok) throw new Error(JSON.stringify(answer.problem))
    return answer.value
  }
  const shown = async (id: string) => (await world.ask('GET /keys/:id', { params: { id } })).key
  const redeem = (actor: Actor, { url }: { url: string }) =>
    world.call(actor, 'POST /claims', { body: { code: new URL(url).hash.slice(1) } })
  const allowed = async (key: string) => {
    const [server] = (await world.ask('GET /servers', { query: { search: 'wiki' } })).items
    const target = { id: server.id, project: server.project }
    return (await world.onGateway(key, { kind: 'mcp', server: target, method: 'tools/list', tool: null })).kind
  }
  const versionsOf = async (id: string) => {
    const record = (await world.snapshot()).find((each) => each.kind === 'key' && each.id === id)
    return record?.kind === 'key' ? record.versions.map(({ validUntil }) => validUntil) : []
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

  test('M15 the heir gets the key with a new secret, the old one ends, and the former owner stays readable', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const { key } = await keyOf(ada, { description: 'for the nightly job', tags: ['nightly'] })
    const child = await world.as(ada)('POST /keys/:id/children', { params: { id: key.id }, body: {} })
    await leave(ada)
    const done = await handed(ada, { to: member(bob), reason: 'Ada has moved on' })
    expect(done).toMatchObject({
      member: { id: ada.memberId, name: ada.name, state: 'deactivated' },
      to: { type: 'member', id: bob.memberId, name: bob.name },
      dryRun: false,
      left: { keys: 0, apps: 0 },
    })
    expect(done.keys).toMatchObject([{ id: key.id, name: 'a key', lost: { servers: [], providers: [] } }])
    expect(done.effect).not.toBeNull()
    expect(await shown(key.id)).toMatchObject({
      owner: { type: 'member', id: bob.memberId, name: bob.name },
      status: 'active',
      description: 'for the nightly job',
      tags: ['nightly'],
      claim: { expiresAt: done.keys[0].claim.expiresAt },
    })
    // Whoever left knows it.
    expect(await versionsOf(key.id)).toEqual([world.clock.now])
    const one = await world
      .as(bob)('GET /keys/:id/children/:child', {
        params: { id: key.id, child: child.child.id },
      })
      .catch(() => null)
    expect(one?.child.status ?? 'revoked').not.toBe('active')
    for (const stranger of [ada, world.owner])
      expect(codeOf(await redeem(stranger, done.keys[0].claim))).toBe('not_found')
    const claimed = await redeem(bob, done.keys[0].claim)
    expect(codeOf(claimed)).toBeNull()
    expect(await versionsOf(key.id)).toEqual([world.clock.now, null])
    expect(await allowed(key.id)).toBe('allow')
    const told = (await eventsOf(key.id)).find(({ action }) => action === 'key.transferred')
    expect(told).toMatchObject({
      before: { owner: { id: ada.memberId, name: ada.name }, state: 'suspended' },
      after: { owner: { id: bob.memberId, name: bob.name }, state: 'active', reason: 'Ada has moved on' },
    })
    // Activated again, she finds nothing of it.
    const { resumedKeys } = await world.ask('POST /members/:id/activate', { params: { id: ada.memberId }, body: {} })
    expect(resumedKeys).toEqual([])
    expect((await shown(key.id)).owner.id).toBe(bob.memberId)
  })

  test('M15 a key that the heir may use for less is shown so before, and reaches less after', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const vault = await world.addServer(`vault-${ada.name}`, { catalogs: [] })
    const audience = { members: [ada.memberId] }
    const catalog = { slug: `c-${ada.name}`, name: 'c', servers: [vault.slug], audience }
    await world.ask('POST /catalogs', { body: catalog })
    const { key } = await keyOf(ada, { mcp: { servers: { mode: 'only', items: [wiki, vault.id] } } })
    await leave(ada)
    const expected = {
      before: {
        servers: expect.toSatisfy((ids: string[]) => ids.toSorted().join() === [wiki, vault.id].toSorted().join()),
      },
      after: { servers: [wiki] },
      lost: { servers: [vault.id], providers: [] },
    }
    const tried = await handed(ada, { to: member(bob), dryRun: true })
    expect(tried).toMatchObject({ dryRun: true, effect: null, left: { keys: 0, apps: 0 } })
    expect(tried.keys).toMatchObject([{ ...expected, claim: null }])
    expect(tried.refs[vault.id]).toMatchObject({ slug: vault.slug })
    expect((await shown(key.id)).owner.id).toBe(ada.memberId)
    expect((await handed(ada, { to: member(bob) })).keys).toMatchObject([expected])
    const { items } = await world.as(bob)('GET /keys/:id/access', { params: { id: key.id } })
    expect(items.map(({ server }: { server: string }) => server)).toEqual([wiki])
  })

  test('M15 an app goes with its key, and a team may inherit: its members reveal the secret', async () => {
    const [ada, bob, eve] = [await someone(), await someone(), await someone()]
    const slug = `t-${ada.name}`
    const { team } = await world.ask('POST /teams', { body: { slug, members: [bob.memberId, ada.memberId] } })
    const { app, key: ofApp } = await world.as(ada)('POST /apps', { body: { name: 'Bot', toolsDefault: all } })
    const { key: url } = await keyOf(ada, { kind: 'url' })
    await leave(ada)
    const leaving = await world.ask('GET /members/:id/leaving', { params: { id: ada.memberId } })
    expect(leaving).toMatchObject({
      member: { id: ada.memberId, name: ada.name, state: 'deactivated' },
      keys: { total: 2 },
      apps: { total: 1, items: [{ id: app.id, slug: app.slug, name: 'Bot' }] },
      heirs: { teams: [{ id: team.id, slug, name: team.name }], members: [{ id: bob.memberId, name: bob.name }] },
    })
    expect(leaving.keys.items).toContainEqual({ id: ofApp.id, name: 'Bot', status: 'inactive', app: app.id })
    const done = await handed(ada, { to: { type: 'team', id: slug } })
    expect(done.apps).toEqual([{ id: app.id, slug: app.slug, name: 'Bot' }])
    expect(done.keys.map(({ id }: { id: string }) => id)).toEqual([ofApp.id, url.id])
    expect((await world.ask('GET /apps/:id', { params: { id: app.id } })).app).toMatchObject({
      owner: { type: 'team', id: team.id },
      key: ofApp.id,
    })
    expect((await shown(ofApp.id)).owner).toMatchObject({ type: 'app', id: app.id })
    expect((await shown(url.id)).owner).toMatchObject({ type: 'team', id: team.id })
    for (const { id, claim } of done.keys) {
      expect(codeOf(await redeem(eve, claim))).toBe('not_found')
      expect(codeOf(await redeem(bob, claim))).toBeNull()
      expect(await allowed(id)).toBe('allow')
    }
    expect((await eventsOf(app.id)).at(-1)).toMatchObject({
      action: 'app.transferred',
      before: { owner: { id: ada.memberId, name: ada.name } },
      after: { owner: { id: team.id } },
    })
    const after = await world.ask('GET /members/:id/leaving', { params: { id: ada.memberId } })
    expect(after).toMatchObject({ keys: { total: 0, items: [] }, apps: { total: 0, items: [] } })
  })

  test('R13 what somebody left who was removed can still be handed on, and is nobody else’s meanwhile', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const { key } = await keyOf(ada, { mcp: { servers: { mode: 'only', items: [wiki] } } })
    await remove(ada)
    expect(await world.ask('GET /members/:id/leaving', { params: { id: ada.memberId } })).toMatchObject({
      member: { name: ada.name, state: 'removed' },
      keys: { total: 1, items: [{ id: key.id, status: 'inactive' }] },
    })
    const done = await handed(ada, { to: member(bob) })
    expect(done.keys).toMatchObject([{ before: { servers: [wiki] }, after: { servers: [wiki] } }])
    expect(codeOf(await redeem(bob, done.keys[0].claim))).toBeNull()
    expect(await allowed(key.id)).toBe('allow')
  })

  test('what was suspended by hand stays so, and what has ended is not handed on', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const [{ key: paused }, { key: over }, once] = [
      await keyOf(ada),
      await keyOf(ada),
      await keyOf(ada, { ephemeral: {} }),
    ]
    const verb = (name: string, id: string) => world.ask(`POST /keys/:id/${name}`, { params: { id }, body: {} })
    await verb('suspend', paused.id)
    await verb('revoke', over.id)
    await leave(ada)
    const done = await handed(ada, { to: member(bob) })
    expect(done.keys.map(({ id }: { id: string }) => id)).toEqual([paused.id])
    expect(codeOf(await redeem(bob, done.keys[0].claim))).toBeNull()
    expect(await shown(paused.id)).toMatchObject({ status: 'inactive', owner: { id: bob.memberId } })
    await verb('resume', paused.id)
    expect(await allowed(paused.id)).toBe('allow')
    expect((await shown(over.id)).owner).toMatchObject({ id: ada.memberId, name: ada.name })
    for (const id of [over.id, once.key.id])
      expect(codeOf(await transfer(ada, { to: member(bob), keys: [id] }))).toBe('invalid')
  })

  test('named ones alone go, each once: asked again the same call does what is left', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const keys = [(await keyOf(ada)).key.id, (await keyOf(ada)).key.id, (await keyOf(ada)).key.id]
    await leave(ada)
    const [one = '', two = '', three = ''] = keys
    expect((await handed(ada, { to: member(bob), keys: [one] })).left).toEqual({ keys: 0, apps: 0 })
    const done = await handed(ada, { to: member(bob), keys: [one, two] })
    expect(done.keys.map(({ id }: { id: string }) => id)).toEqual([two])
    expect((await shown(three)).owner.id).toBe(ada.memberId)
    expect((await handed(ada, { to: member(bob) })).keys.map(({ id }: { id: string }) => id)).toEqual([three])
    expect(await handed(ada, { to: member(bob) })).toMatchObject({ keys: [], apps: [], effect: null })
  })

  test('more than one call takes is done by asking again', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const { key } = await keyOf(ada)
    const many = 230
    await database.system.transaction(async (db) => {
      const row = await db.selectFrom('keys').selectAll().where('id', '=', key.id).executeTakeFirstOrThrow()
      const { expiry_order: _expiry, use_order: _use, ...columns } = row
      for (let at = 0; at < many; at += 1)
        await db
          .insertInto('keys')
          .values({ ...columns, id: `key_${String(people).padStart(4, '0')}${String(at).padStart(12, '0')}` })
          .execute()
    })
    const { suspendedKeys } = await leave(ada)
    expect(suspendedKeys).toHaveLength(many + 1)
    const first = await handed(ada, { to: member(bob), dryRun: true })
    expect([first.keys.length, first.left]).toEqual([200, { keys: 31, apps: 0 }])
    const done = await handed(ada, { to: member(bob) })
    expect([done.keys.length, done.left]).toEqual([200, { keys: 31, apps: 0 }])
    const rest = await handed(ada, { to: member(bob) })
    expect([rest.keys.length, rest.left]).toEqual([31, { keys: 0, apps: 0 }])
    const ids = [...done.keys, ...rest.keys].map(({ id }: { id: string }) => id)
    expect(new Set(ids).size).toBe(many + 1)
    await world.ask('POST /members/:id/activate', { params: { id: ada.memberId }, body: {} })
  })

  test('an heir is active and of this organization, and who is still here hands nothing on', async () => {
    const [ada, away, gone] = [await someone(), await someone(), await someone()]
    const { key } = await keyOf(ada)
    await leave(away)
    await remove(gone)
    const active = await transfer(ada, { to: member(world.owner) })
    expect(codeOf(active)).toBe('in_use')
    expect(!active.ok && active.problem.detail).toContain(`POST /members/${ada.memberId}/deactivate`)
    await leave(ada)
    for (const to of [
      member(away),
      member(gone),
      member(ada),
      { type: 'member', id: 'mem_AAAAAAAAAAAAAAAA' },
      { type: 'team', id: 'nobody-there' },
      { type: 'team', id: world.owner.memberId },
    ])
      expect(codeOf(await transfer(ada, { to }))).toBe('invalid')
    expect(codeOf(await transfer(ada, { to: member(world.owner), more: 1 }))).toBe('invalid')
    const foreign = [key.id.replace(/.$/, 'x'), (await keyOf(await someone())).key.id]
    for (const id of foreign)
      expect(codeOf(await transfer(ada, { to: member(world.owner), keys: [id] }))).toBe('invalid')
    expect((await shown(key.id)).owner.id).toBe(ada.memberId)
  })

  test('whoever hands on may act for who left, sees no secret, and needs the scopes for what changes', async () => {
    const [admin, boss, ada] = [await someone('admin'), await someone('owner'), await someone()]
    const { key } = await keyOf(ada)
    const { key: ofBoss } = await keyOf(boss)
    await leave(ada)
    await leave(boss)
    expect(codeOf(await transfer(boss, { to: member(admin) }, admin))).toBe('not_permitted')
    expect(codeOf(await transfer(ada, { to: member(admin) }, await someone()))).not.toBe('owner_left')
    const narrow = { ...admin, scopes: ['members:write'] }
    expect(codeOf(await transfer(ada, { to: member(admin) }, narrow))).toBe('not_permitted')
    // To somebody above: the link opens for that one alone.
    const done = await handed(ada, { to: member(world.owner) }, admin)
    expect(JSON.stringify(done)).not.toContain('ostk_')
    expect(codeOf(await redeem(admin, done.keys[0].claim))).toBe('not_found')
    expect(codeOf(await redeem(world.owner, done.keys[0].claim))).toBeNull()
    expect((await shown(key.id)).owner.id).toBe(world.owner.memberId)
    expect((await shown(ofBoss.id)).owner.id).toBe(boss.memberId)
    await world.ask('POST /members/:id/activate', { params: { id: boss.memberId }, body: {} })
  })

  test('a link that was lost is made again, for a member by the key and for a team by rotating', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const { team } = await world.ask('POST /teams', { body: { slug: `l-${ada.name}`, members: [bob.memberId] } })
    const [one, two] = [(await keyOf(ada)).key.id, (await keyOf(ada)).key.id]
    await leave(ada)
    const lost = (await handed(ada, { to: member(bob), keys: [one] })).keys[0].claim
    const renewed = await world.ask('POST /keys/:id/claim', { params: { id: one }, body: {} })
    expect(codeOf(await redeem(bob, lost))).toBe('not_found')
    expect(codeOf(await redeem(bob, renewed.claim))).toBeNull()
    const ofTeam = (await handed(ada, { to: { type: 'team', id: team.id }, keys: [two] })).keys[0].claim
    const rotated = await world.as(bob)('POST /keys/:id/rotate', { params: { id: two }, body: {} })
    expect(rotated.secret).toMatch(/^ostk_/)
    expect(codeOf(await redeem(bob, ofTeam))).toBe('not_found')
  })

  test('a decoy changes hands and keeps the secret that lies where it is to be found', async () => {
    const [ada, bob] = [await someone('admin'), await someone()]
    const { key } = await keyOf(ada, { honey: true })
    await leave(ada)
    const done = await handed(ada, { to: member(bob) })
    expect(done.keys).toMatchObject([{ id: key.id, claim: null }])
    expect(await versionsOf(key.id)).toEqual([null])
    expect(await shown(key.id)).toMatchObject({ status: 'active', owner: { id: bob.memberId } })
    expect(await allowed(key.id)).toBe('deny')
  })

  test('requests that a key has served count for its new owner', async () => {
    const [ada, bob] = [await someone(), await someone()]
    const { key } = await keyOf(ada)
    const of = { organization_id: world.organizationId }
    await database.system.transaction(async (db) => {
      await db.updateTable('keys').set({ requests: 7 }).where('id', '=', key.id).execute()
      await db
        .insertInto('owner_requests')
        .values({ ...of, owner_id: ada.memberId, requests: 7 })
        .execute()
    })
    await leave(ada)
    await handed(ada, { to: member(bob) })
    const rows = await database.system.read((db) =>
      db
        .selectFrom('owner_requests')
        .select(['owner_id', 'requests'])
        .where('owner_id', 'in', [ada.memberId, bob.memberId])
        .execute(),
    )
    expect(Object.fromEntries(rows.map((row) => [row.owner_id, row.requests]))).toEqual({
      [ada.memberId]: 0,
      [bob.memberId]: 7,
    })
  })
})
