import { beforeAll, expect, test } from 'vitest'
import { type AppRig, createAppRig, pointersOf } from '../../test/app-rig.ts'
import { actorOf, callRoute, codeOf, granted } from '../../test/keyring.ts'
import { createNamedRows } from '../../test/named-rows.ts'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { keyRoutes } from '../keys/routes.ts'
import { findKey, insertKey } from '../keys/store.ts'
import type { Actor } from '../people/schema.ts'
import { appRecord } from './records/store.ts'
import { slugsFrom } from './store.ts'
import { takeApp } from './take.ts'

const orgB = 'org_00000000000000bb'

onEachStore('apps under attack', (open, { dialect }) => {
  let database: Database
  let rig: AppRig
  let organization: string
  let project: string
  let github: string
  let hidden: string
  let foreignServer: string
  let foreignProject: string
  let foreignTeam: string
  let team: string
  let stranger: Actor
  let mia: Actor
  let noa: Actor
  let admin: Actor
  const all = { mode: 'all' } as const
  const record = (id: string) => database.system.read((db) => appRecord(db, organization, id))

  beforeAll(async () => {
    database = await open()
    rig = await createAppRig(database)
    const { ring } = rig
    organization = ring.first.organizationId
    project = await ring.rows.project('tools')
    const everyone = await ring.rows.catalog('all-of-us')
    github = await ring.rows.server('github', project, [everyone])
    hidden = await ring.rows.server('hidden', project)
    mia = await ring.addMember('member')
    noa = await ring.addMember('member')
    admin = await ring.addMember('admin')
    team = await ring.rows.team('builders', [mia.memberId])
    await addOrganization(database, orgB, 'b')
    const theirs = createNamedRows(database, orgB)
    foreignProject = await theirs.project('theirs', 'development', true)
    foreignServer = await theirs.server('their-server', foreignProject)
    foreignTeam = await theirs.team('their-team', [])
    stranger = { ...(await ring.addMember('owner', orgB)), organizationId: orgB }
  })

  test('G10 an app of another organization is not there, by id or slug, for any verb', async () => {
    const { app } = await rig.make({ name: 'Ours' })
    for (const id of [app.id, app.slug]) {
      for (const refused of [
        await rig.get(id, stranger),
        await rig.patch(id, { name: 'Theirs' }, stranger),
        await rig.remove(id, stranger),
        await rig.regenerate(id, stranger),
        await rig.clone(id, { name: 'Theirs' }, stranger),
      ])
        expect(codeOf(refused)).toBe('not_found')
    }
    expect((await rig.list({}, stranger)).items).toEqual([])
    expect(await record(app.id)).toMatchObject({ name: 'Ours', revision: 1 })
    expect(await database.read(orgB, (db) => appRecord(db, orgB, app.id))).toBeNull()
    const taken = await database.transaction(orgB, (db) => takeApp(db, orgB, app.id, 'key_x', 1))
    expect(codeOf(taken)).toBe('invalid')
  })

  test('G10 projects, teams, members and servers of another organization are unknown ones, with a pointer', async () => {
    for (const project of [foreignProject, 'theirs', 'nowhere', 'a\0b'])
      expect(pointersOf(await rig.create({ name: 'x', project }))).toEqual(['/project'])
    for (const id of [foreignTeam, 'their-team', 'nobody', 'a\0b'])
      expect(pointersOf(await rig.create({ name: 'x', owner: { type: 'team', id } }))).toEqual(['/owner/id'])
    for (const id of [stranger.memberId, 'nobody', team])
      expect(pointersOf(await rig.create({ name: 'x', owner: { type: 'member', id } }))).toEqual(['/owner/id'])
    for (const [name, pointer] of [
      [foreignServer, `/tools/${foreignServer}`],
      ['their-server', '/tools/their-server'],
      ['a/b~c', '/tools/a~1b~0c'],
      ['a\0b', '/tools/a\0b'],
      ['constructor', '/tools/constructor'],
    ]) {
      const tools = JSON.parse(`{${JSON.stringify(name)}: {"mode":"all"}}`)
      expect(pointersOf(await rig.create({ name: 'x', tools })), name).toEqual([pointer])
    }
    const inherited = JSON.parse('{"name": "Heir", "tools": {"__proto__": {"mode": "all"}}}')
    expect((await rig.make(inherited)).app).toMatchObject({ tools: {}, toolsDefault: { mode: 'none' } })
    expect((await rig.list({ search: 'x' })).items.filter(({ name }) => name === 'x')).toEqual([])
  })

  test('a member makes apps for himself and his teams only, and cannot give one to others', async () => {
    const mine = await rig.make({ name: 'Mine' }, mia)
    expect(mine.app.owner).toMatchObject({ type: 'member', id: mia.memberId })
    expect((await rig.make({ name: 'Ours', owner: { type: 'team', id: team } }, mia)).app.owner.id).toBe(team)
    const notHis = { type: 'team', id: team }
    expect(pointersOf(await rig.create({ name: 'x', owner: notHis }, noa))).toEqual(['/owner/id'])
    const forOther = { type: 'member', id: mia.memberId }
    expect(codeOf(await rig.create({ name: 'x', owner: forOther }, noa))).toBe('not_permitted')
    // Not a word about whether there is such a member.
    const unknown = await rig.create({ name: 'x', owner: { type: 'member', id: 'mem_0000000000000000' } }, noa)
    expect(unknown).toEqual(await rig.create({ name: 'x', owner: forOther }, noa))
    const noas = await rig.make({ name: 'Noas' }, noa)
    expect(codeOf(await rig.patch(noas.app.id, { owner: forOther }, noa))).toBe('not_permitted')
    expect(pointersOf(await rig.patch(noas.app.id, { owner: notHis }, noa))).toEqual(['/owner/id'])
    for (const refused of [await rig.get(mine.app.id, noa), await rig.remove(mine.app.id, noa)])
      expect(codeOf(refused)).toBe('not_found')
    expect(codeOf(await rig.regenerate(mine.app.id, noa))).toBe('not_found')
    expect(codeOf(await rig.patch(mine.app.id, { toolsDefault: all }, noa))).toBe('not_found')
    expect(pointersOf(await rig.keyFor(mine.app.id, noa))).toEqual(['/owner/id'])
  })

  test('an admin makes apps for members, and never for an owner or another admin', async () => {
    const second = await rig.ring.addMember('admin')
    const forMember = await rig.make({ name: 'For mia', owner: { type: 'member', id: mia.memberId } }, admin)
    expect(forMember.app.owner.id).toBe(mia.memberId)
    for (const { memberId } of [rig.ring.owner, second]) {
      const owner = { type: 'member', id: memberId }
      expect(codeOf(await rig.create({ name: 'x', owner }, admin))).toBe('not_permitted')
      expect(codeOf(await rig.patch(forMember.app.id, { owner }, admin))).toBe('not_permitted')
    }
    expect((await rig.make({ name: 'For admin', owner: { type: 'member', id: second.memberId } })).app.owner.id).toBe(
      second.memberId,
    )
  })

  test('an admin is shown no secret that acts as an owner or another admin, and may narrow what those have', async () => {
    const [second, gone] = [await rig.ring.addMember('admin'), await rig.ring.addMember('admin')]
    const versions = async (id: string) => (await rig.rows('secret_versions')).filter(({ key_id }) => key_id === id)
    for (const { memberId } of [rig.ring.owner, second, gone]) {
      const { app, key } = await rig.make({ name: 'Above', owner: { type: 'member', id: memberId } })
      if (memberId === gone.memberId)
        await database.system.transaction((db) =>
          db.updateTable('members').set({ state: 'removed' }).where('id', '=', memberId).execute(),
        )
      const refused = await rig.regenerate(app.id, admin)
      const detail = expect.stringContaining('with the rights of its owner')
      expect(refused).toMatchObject({ problem: { code: 'not_permitted', detail } })
      expect(await versions(key.id)).toHaveLength(1)
      granted(await rig.keys(admin, 'PATCH /keys/:id', { params: { id: key.id }, body: { expiresIn: '30d' } }))
      granted(await rig.keys(admin, 'POST /keys/:id/revoke', { params: { id: key.id } }))
      expect(await rig.keyFor(app.id, admin)).toMatchObject({ problem: { code: 'not_permitted', detail } })
      expect(await record(app.id)).toMatchObject({ key: key.id })
      const same = { owner: { type: 'member', id: memberId }, toolsDefault: { mode: 'none' } }
      if (memberId === gone.memberId) {
        // Nobody brings it back into use before it is handed on.
        expect(await rig.patch(app.id, same, admin)).toMatchObject({ problem: { code: 'owner_left' } })
        continue
      }
      granted(await rig.patch(app.id, same, admin))
      granted(await rig.keyFor(app.id))
      granted(await rig.regenerate(app.id))
      // A copy is his own: it acts with his rights.
      expect(granted(await rig.clone(app.id, { name: 'Copy' }, admin)).app.owner.id).toBe(admin.memberId)
      granted(await rig.remove(app.id, admin))
    }
  })

  test('an admin is shown the secrets of what is his, of teams, of members and of auditors', async () => {
    const auditor = await rig.ring.addMember('auditor')
    const people = [admin, mia, auditor].map(({ memberId }) => ({ type: 'member', id: memberId }))
    for (const owner of [...people, { type: 'team', id: team }]) {
      const { app, key } = await rig.make({ name: 'Below', owner })
      granted(await rig.regenerate(app.id, admin))
      await rig.revoke(key.id)
      granted(await rig.keyFor(app.id, admin))
    }
  })

  test('who is promoted while a secret is made for him is above whoever makes it', async () => {
    const promoted = async (then: Actor) => {
      await database.system.transaction((db) =>
        db.updateTable('members').set({ role: 'owner' }).where('id', '=', then.memberId).execute(),
      )
    }
    const [first, second, third] = [
      await rig.ring.addMember('member'),
      await rig.ring.addMember('member'),
      await rig.ring.addMember('member'),
    ]
    const ownedBy = ({ memberId }: Actor) => ({ type: 'member', id: memberId })
    const late = rig.appsWith({
      prepareKey: async (...given) => {
        await promoted(first)
        return rig.deps.prepareKey(...given)
      },
      prepareRotation: async (...given) => {
        await promoted(second)
        return rig.deps.prepareRotation(...given)
      },
    })
    const body = { name: 'Rising', owner: ownedBy(first) }
    expect(codeOf(await late(admin, 'POST /apps', { body }))).toBe('not_permitted')
    expect((await rig.list({ search: 'rising' })).items).toEqual([])
    const { app } = await rig.make({ name: 'Rotated', owner: ownedBy(second) })
    expect(codeOf(await late(admin, 'POST /apps/:id/regenerate-key', { params: { id: app.id } }))).toBe('not_permitted')
    const keyless = await rig.make({ name: 'Keyless', owner: ownedBy(third) })
    await rig.revoke(keyless.key.id)
    const hash = async (...given: Parameters<typeof rig.ring.keyDeps.hash>) => {
      await promoted(third)
      return rig.ring.keyDeps.hash(...given)
    }
    const lateKeys = callRoute(keyRoutes({ ...rig.ring.keyDeps, hash }))
    const asked = { body: { name: 'k', owner: { type: 'app', id: keyless.app.id } } }
    expect(codeOf(await lateKeys(admin, 'POST /keys', asked))).toBe('not_permitted')
  })

  test('who left gets no app, and neither does a team that is gone', async () => {
    const gone = await rig.ring.addMember('member')
    const old = await rig.ring.rows.team('old-team', [mia.memberId])
    await database.system.transaction(async (db) => {
      await db.updateTable('members').set({ state: 'removed' }).where('id', '=', gone.memberId).execute()
      await db.updateTable('teams').set({ state: 'deleted', slug: old }).where('id', '=', old).execute()
    })
    expect(pointersOf(await rig.create({ name: 'x', owner: { type: 'member', id: gone.memberId } }))).toEqual([
      '/owner/id',
    ])
    expect(pointersOf(await rig.create({ name: 'x', owner: { type: 'team', id: old } }, mia))).toEqual(['/owner/id'])
    expect(pointersOf(await rig.create({ name: 'x', owner: { type: 'team', id: old } }))).toEqual(['/owner/id'])
  })

  test('a member names only servers that he reaches: a refusal does not tell which others there are', async () => {
    for (const name of ['hidden', hidden, 'nowhere'])
      expect(pointersOf(await rig.create({ name: 'x', tools: { [name]: all } }, mia))).toEqual([`/tools/${name}`])
    granted(await rig.create({ name: 'Reaching', tools: { github: all } }, mia))
    const byAdmin = await rig.make({ name: 'Given', owner: { type: 'team', id: team }, tools: { hidden: all } }, admin)
    const kept = { [hidden]: { mode: 'only', items: ['read'] }, github: all }
    expect(granted(await rig.patch(byAdmin.app.id, { tools: kept }, mia)).app.tools).toEqual({
      [hidden]: { mode: 'only', items: ['read'] },
      [github]: all,
    })
  })

  test('what an app names already may stay when the server is gone, and nothing else may', async () => {
    const old = await rig.ring.rows.server('short-lived', project)
    const { app } = await rig.make({ name: 'Old tools', tools: { [old]: all } })
    await database.system.transaction((db) =>
      db.updateTable('servers').set({ state: 'deleted' }).where('id', '=', old).execute(),
    )
    expect(granted(await rig.patch(app.id, { tools: { ...app.tools, github: all } })).app.tools).toEqual({
      [old]: all,
      [github]: all,
    })
    expect(pointersOf(await rig.create({ name: 'x', tools: { [old]: all } }))).toEqual([`/tools/${old}`])
  })

  test('unknown fields, broken text and contradictions are refused with a pointer', async () => {
    for (const body of [
      { name: 'x', id: 'app_0000000000000000' },
      { name: 'x', createdBy: 'me' },
      { name: 'x', guard: true },
      { name: 'x', keyKind: 'child' },
      { name: 'x', tools: [] },
      { name: 'x', tools: { github: 'all' } },
      { name: 'x', tools: { github: { mode: 'every' } } },
      { name: 'x', tools: { github: { mode: 'all', items: [] } } },
      { name: 'x', owner: { type: 'app', id: 'app_0000000000000000' } },
      { name: 'x', owner: { type: 'member', id: mia.memberId, name: 'Root' } },
      { name: 'a\0b' },
      { name: 'in\u202Evisible' },
      { name: '\u200b' },
      { name: 'half \ud800' },
      { name: 'x', slug: 'App_1' },
      { name: 'x', slug: 'a__b' },
      { name: 'x', slug: '-a' },
      { name: 'x', slug: `app_${'0'.repeat(16)}` },
      {},
    ])
      expect(codeOf(await rig.create(body)), JSON.stringify(body)).toBe('invalid')
    const both = { github: all, [github]: { mode: 'none' } }
    expect(pointersOf(await rig.create({ name: 'x', tools: both }))).toHaveLength(1)
    for (const item of ['a\0b', 'a\nb', '\udc00']) {
      const choice = { mode: 'only', items: ['fine', item] }
      const tools = await rig.create({ name: 'x', tools: { github: choice }, toolsDefault: all })
      expect(pointersOf(tools)).toEqual(['/tools/github/items/1'])
      expect(pointersOf(await rig.create({ name: 'x', toolsDefault: choice }))).toEqual(['/toolsDefault/items/1'])
    }
    const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`s${i}`, all]))
    expect(pointersOf(await rig.create({ name: 'x', tools: many }))).toEqual(['/tools'])
    for (const id of ['a\0b', '..', 'ä', 'x'.repeat(200), '']) expect(codeOf(await rig.get(id)), id).toBe('not_found')
    const unicode = await rig.make({
      name: 'Cafe\u0301 🤖',
      tools: { github: { mode: 'only', items: ['größe', '🤖'] } },
    })
    expect(unicode.app).toMatchObject({
      name: 'Café 🤖',
      slug: 'cafe',
      tools: { [github]: { items: ['größe', '🤖'] } },
    })
  })

  test('a slug that was asked for is taken or not; one that was made of the name gives way', async () => {
    granted(await rig.create({ name: 'x', slug: 'wanted' }))
    expect(codeOf(await rig.create({ name: 'x', slug: 'wanted' }))).toBe('slug_taken')
    const { app } = await rig.make({ name: 'Wanted' })
    expect(app.slug).toBe('wanted-2')
    expect(codeOf(await rig.patch(app.id, { slug: 'wanted' }))).toBe('slug_taken')
    expect(codeOf(await rig.clone(app.id, { name: 'x', slug: 'wanted' }))).toBe('slug_taken')
    const same = await Promise.all(Array.from({ length: 4 }, () => rig.create({ name: 'Crowd' })))
    expect(same.map((one) => granted(one).app.slug).sort()).toEqual(['crowd', 'crowd-2', 'crowd-3', 'crowd-4'])
    const asked = await Promise.all(Array.from({ length: 3 }, () => rig.create({ name: 'x', slug: 'one-of-three' })))
    expect(asked.map(codeOf).sort()).toEqual([null, 'slug_taken', 'slug_taken'].sort())
    const found = await database.read(organization, (db) => slugsFrom(db, organization, 'crowd'))
    expect(found.size).toBe(4)
  })

  test('C20 of two keys for one app at the same time exactly one is made', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { app, key } = await rig.make({ name: `Race ${round}` })
      await rig.revoke(key.id)
      const both = await Promise.all([rig.keyFor(app.id), rig.keyFor(app.id), rig.keyFor(app.id)])
      expect(both.map(codeOf).sort(), dialect).toEqual(['app_has_key', 'app_has_key', null].sort())
      const won = both.flatMap((one) => (one.ok ? [one.value.key.id] : []))
      expect((await record(app.id))?.key).toBe(won[0])
      const keys = await database.system.read((db) =>
        db.selectFrom('keys').select('id').where('owner_id', '=', app.id).where('state', '=', 'active').execute(),
      )
      expect(keys.map(({ id }) => id)).toEqual(won)
    }
  })

  test('C20 whoever waits for another one to take the app sees the key that he took', async () => {
    const { app, key } = await rig.make({ name: 'Waiting' })
    await rig.revoke(key.id)
    const ended = await database.read(organization, (db) => findKey(db, organization, key.id))
    if (!ended) throw new Error('no key')
    const take = () =>
      database.transaction(organization, async (db) => {
        const id = rig.ring.keyDeps.newId('key')
        const taken = await takeApp(db, organization, app.id, id, rig.ring.clock.now())
        if (!taken.ok) return taken
        // The winner is slow to commit, so that the others wait for his row.
        for (let i = 0; i < 20; i += 1) await findKey(db, organization, key.id)
        const record = { ...ended.record, id, state: 'active' as const, versions: [] }
        await insertKey(db, organization, { ...ended, record, revokedAt: null })
        return taken
      })
    const all = await Promise.all([1, 2, 3, 4, 5].map(() => take()))
    expect(all.map(codeOf).filter((code) => code !== 'app_has_key')).toEqual([null])
    expect((await record(app.id))?.revision).toBe(2)
  })

  test('an app that is removed while it gets a key, a secret or a change leaves no live key', async () => {
    const steps = [
      (id: string) => rig.keyFor(id),
      (id: string) => rig.regenerate(id),
      (id: string) => rig.patch(id, { toolsDefault: all }),
      (id: string) => rig.clone(id, { name: 'Copy', slug: `copy-${id.slice(4, 10).toLowerCase()}` }),
    ]
    for (const [i, step] of steps.entries()) {
      const { app, key } = await rig.make({ name: `Removed ${i}` })
      if (i === 0) await rig.revoke(key.id)
      const [removed] = await Promise.all([rig.remove(app.id), step(app.id)])
      granted(removed)
      const live = await database.system.read((db) =>
        db.selectFrom('keys').select('id').where('owner_id', '=', app.id).where('state', '=', 'active').execute(),
      )
      expect(live, String(i)).toEqual([])
      expect(await record(app.id)).toBeNull()
    }
  })

  test('two who regenerate at the same time get two secrets, of which the last one lives', async () => {
    const { app, key } = await rig.make({ name: 'Twice' })
    const both = (await Promise.all([rig.regenerate(app.id), rig.regenerate(app.id)])).map(granted)
    expect(both.map(({ key: { id } }) => id)).toEqual([key.id, key.id])
    const versions = await database.system.read((db) =>
      db.selectFrom('secret_versions').selectAll().where('key_id', '=', key.id).orderBy('version').execute(),
    )
    expect(versions.map(({ version, valid_until }) => [version, valid_until === null])).toEqual([
      [1, false],
      [2, false],
      [3, true],
    ])
  })

  test('changes of one app at the same time are all made, one after the other', async () => {
    const { app } = await rig.make({ name: 'Busy' })
    const names = ['a', 'b', 'c', 'd']
    for (const done of await Promise.all(names.map((name) => rig.patch(app.id, { name })))) granted(done)
    expect(granted(await rig.get(app.id)).app.revision).toBe(5)
  })

  test('a token of a member of two organizations names one of them: its apps stay there', async () => {
    const elsewhere = actorOf(orgB, mia.memberId, 'member')
    expect((await rig.list({}, elsewhere)).items).toEqual([])
    expect(codeOf(await rig.create({ name: 'x' }, elsewhere))).toBe('invalid')
  })

  test('D28 the one token of an app stays its one token: regenerating makes no secret of it', async () => {
    const { app, key } = await rig.make({ name: 'Once' })
    const { owner } = rig.ring
    granted(await rig.keys(owner, 'POST /keys/:id/revoke', { params: { id: key.id }, body: {} }))
    const body = { name: 'once', owner: { type: 'app', id: app.id }, ephemeral: {} }
    const made = granted(await rig.keys(owner, 'POST /keys', { body })) as { key: { id: string } }
    expect(codeOf(await rig.regenerate(app.id))).toBe('invalid')
    const versions = await database.system.read((db) =>
      db.selectFrom('secret_versions').select('version').where('key_id', '=', made.key.id).execute(),
    )
    expect(versions).toEqual([])
  })
})
