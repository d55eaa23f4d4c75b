import { beforeAll, expect, test } from 'vitest'
import { type AppRig, createAppRig, pointersOf } from '../../test/app-rig.ts'
import { codeOf, granted, nothingPending } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { keyRecord } from '../keys/records/store.ts'
import { parseToken } from '../keys/token.ts'
import type { Actor } from '../people/schema.ts'
import { appRecord, appRecords } from './records/store.ts'
import { appsOfProject, appsOfTeam, ownedApps } from './store.ts'

onEachStore('apps', (open) => {
  let database: Database
  let rig: AppRig
  let organization: string
  let home: string
  let tools: string
  let github: string
  let files: string
  let mia: Actor
  let noa: Actor
  let team: string
  const read = <T>(work: Parameters<typeof database.system.read<T>>[0]) => database.system.read(work)
  const record = (id: string) => read((db) => appRecord(db, organization, id))
  const keyOf = (id: string) => read((db) => keyRecord(db, organization, id))
  const eventsOf = (id: string) =>
    read((db) => db.selectFrom('audit_events').selectAll().where('subject_id', '=', id).orderBy('row_id').execute())
  const changesOf = (id: string) =>
    read((db) => db.selectFrom('changes').selectAll().where('subject_id', '=', id).orderBy('row_id').execute())
  const proves = async (secret: string, keyId: string): Promise<number | null> => {
    const [token, live] = [parseToken(secret), await keyOf(keyId)]
    if (!token || !live) throw new Error('no key to prove')
    const version = granted(await rig.ring.prover.prove(token, live, rig.ring.secrets))
    const held = live.versions.find((each) => each.version === version)
    return held && (held.validUntil === null || held.validUntil > rig.ring.clock.now()) ? held.version : null
  }

  beforeAll(async () => {
    database = await open()
    rig = await createAppRig(database)
    const { ring } = rig
    organization = ring.first.organizationId
    home = (await read((db) => db.selectFrom('projects').select('id').executeTakeFirstOrThrow())).id
    tools = await ring.rows.project('tools')
    const everyone = await ring.rows.catalog('all-of-us')
    github = await ring.rows.server('github', tools, [everyone])
    files = await ring.rows.server('files', tools, [everyone])
    mia = await ring.addMember('member')
    noa = await ring.addMember('member')
    team = await ring.rows.team('builders', [mia.memberId])
  })

  test('C01 C20 an app is made with its one key, and both say to whom they belong', async () => {
    const made = await rig.make({ name: 'Billing Bot', project: 'tools', tools: { github: { mode: 'all' } } })
    expect(made.app).toMatchObject({
      slug: 'billing-bot',
      name: 'Billing Bot',
      project: tools,
      owner: { type: 'member', id: rig.ring.owner.memberId },
      tools: { [github]: { mode: 'all' } },
      toolsDefault: { mode: 'none' },
      key: made.key.id,
      revision: 1,
    })
    expect(made.key).toMatchObject({
      name: 'Billing Bot',
      status: 'active',
      owner: { type: 'app', id: made.app.id, name: 'Billing Bot' },
      projects: [tools],
      mcp: { enabled: true, servers: { mode: 'all' }, toolsDefault: { mode: 'all' } },
      llm: { enabled: false },
      addresses: { mode: 'any' },
      gateways: { mode: 'all' },
      expiresAt: null,
    })
    expect(parseToken(made.secret)?.id16).toBe(made.key.id.slice('key_'.length))
    expect(await proves(made.secret, made.key.id)).toBe(1)
    expect((await keyOf(made.key.id))?.owner).toMatchObject({ type: 'app', id: made.app.id })
    expect(made.refs).toMatchObject({
      [tools]: { slug: 'tools' },
      [github]: { slug: 'github', name: 'GITHUB' },
      [made.key.id]: { slug: null, name: 'Billing Bot' },
      [made.app.id]: { slug: 'billing-bot' },
      [rig.ring.owner.memberId]: { slug: null },
    })
  })

  test('C22 the record of an app says by id what it may do, and nothing that was not given', async () => {
    const { app, key } = await rig.make({ tools: { [files]: { mode: 'only', items: ['read', 'read', 'list'] } } })
    expect(await record(app.id)).toEqual({
      kind: 'app',
      organization,
      id: app.id,
      revision: 1,
      name: 'Bot',
      project: home,
      owner: { type: 'member', id: rig.ring.owner.memberId },
      tools: { [files]: { mode: 'only', items: ['read', 'list'] } },
      toolsDefault: { mode: 'none' },
      key: key.id,
    })
    const bare = await rig.make({})
    expect(await record(bare.app.id)).toMatchObject({ tools: {}, toolsDefault: { mode: 'none' } })
  })

  test('C05 G1 the secret is in one answer and nowhere else', async () => {
    const made = await rig.make({ name: 'Silent' })
    const again = granted(await rig.regenerate(made.app.id))
    const kept = await Promise.all(
      (['apps', 'keys', 'secret_versions', 'audit_events', 'changes'] as const).map(rig.rows),
    )
    const shown = [granted(await rig.get(made.app.id)), await rig.list(), made.app, made.key, again.key]
    for (const { secret } of [made, again]) {
      expect(secret).toHaveLength(71)
      expect(JSON.stringify([kept, shown])).not.toContain(secret.slice(22))
    }
  })

  test('G7 app, key, both audit events and both news are written together or not at all', async () => {
    const made = await rig.make({ name: 'Together' })
    expect(await eventsOf(made.app.id)).toMatchObject([
      { action: 'app.created', actor_id: rig.ring.owner.memberId, subject_name: 'Together' },
    ])
    expect(await eventsOf(made.key.id)).toMatchObject([{ action: 'key.created' }])
    const [ofApp, ofKey] = [await changesOf(made.app.id), await changesOf(made.key.id)]
    expect([ofApp, ofKey]).toMatchObject([[{ kind: 'app' }], [{ kind: 'key' }]])
    expect(rig.ring.effects.at(-1)).toMatchObject({ rowId: ofKey[0]?.row_id, waitMs: 250 })
    const all = () =>
      Promise.all((['apps', 'keys', 'secret_versions', 'audit_events', 'changes'] as const).map(rig.rows))
    const before = await all()
    let left = 0
    const newId = (prefix: string): string => {
      if (prefix === 'evt' && left-- === 0) throw new Error('no event can be written')
      return rig.deps.newId(prefix)
    }
    const params = { id: made.app.id }
    const steps: [string, object, number][] = [
      ['POST /apps', { body: { name: 'Half' } }, 0],
      ['POST /apps/:id/clone', { params, body: { name: 'Half' } }, 0],
      ['PATCH /apps/:id', { params, body: { name: 'Half' } }, 0],
      ['DELETE /apps/:id', { params }, 0],
      ['DELETE /apps/:id', { params }, 1],
    ]
    for (const [route, given, events] of steps) {
      left = events
      await expect(rig.appsWith({ newId })(rig.ring.owner, route, given), route).rejects.toThrow('no event')
    }
    expect(await all()).toEqual(before)
  })

  test('C20 C21 an app that has a live key gets no second one, and no key of another app', async () => {
    const { app, key } = await rig.make({ name: 'Only one' })
    const second = await rig.keyFor(app.id)
    expect(codeOf(second)).toBe('app_has_key')
    expect(JSON.stringify(second)).toContain(`/apps/${app.id}/regenerate-key`)
    for (const body of [{ key: null }, { key: key.id }, { keyId: key.id }, { project: 'tools' }, { state: 'active' }])
      expect(codeOf(await rig.patch(app.id, body))).toBe('invalid')
    expect(codeOf(await rig.create({ name: 'Thief', key: key.id }))).toBe('invalid')
    const other = await rig.make({ name: 'Another' })
    expect(new Set([other.key.id, key.id]).size).toBe(2)
    expect((await record(app.id))?.key).toBe(key.id)
  })

  test('C20 when its key has ended the app gets a new one, and the old one is no longer its key', async () => {
    const revoked = await rig.make({ name: 'Revoked' })
    await rig.revoke(revoked.key.id)
    expect(granted(await rig.get(revoked.app.id)).app.key).toBeNull()
    const next = granted(await rig.keyFor(revoked.app.id, rig.ring.owner, { mcp: { servers: { mode: 'all' } } }))
    expect(granted(await rig.get(revoked.app.id)).app).toMatchObject({ key: next.key.id, revision: 2 })
    expect((await record(revoked.app.id))?.key).toBe(next.key.id)
    expect((await changesOf(revoked.app.id)).map(({ kind }) => kind)).toEqual(['app', 'app'])
    expect(codeOf(await rig.keyFor(revoked.app.id))).toBe('app_has_key')
    await rig.revoke(next.key.id)
    granted(await rig.keyFor(revoked.app.id, rig.ring.owner, { active: false }))
    // Switched off, not ended: it may be switched on again.
    expect(codeOf(await rig.keyFor(revoked.app.id))).toBe('app_has_key')

    const expiring = await rig.make({ name: 'Expiring', expiresIn: '30d' })
    expect(expiring.key.expiresAt).not.toBeNull()
    expect(codeOf(await rig.keyFor(expiring.app.id))).toBe('app_has_key')
    rig.ring.clock.forward(30 * 86_400_000)
    const after = granted(await rig.keyFor(expiring.app.id))
    expect((await record(expiring.app.id))?.key).toBe(after.key.id)
  })

  test('C15 C16 a regenerated key keeps its id; its old secret is refused from that moment', async () => {
    const { app, key, secret } = await rig.make({ name: 'Fresh' })
    const again = granted(await rig.regenerate(app.slug))
    expect(again).toMatchObject({ app: { id: app.id, key: key.id, revision: 1 }, effect: nothingPending })
    expect(again.key).toMatchObject({ id: key.id, secrets: [{ version: 1 }, { version: 2, validUntil: null }] })
    expect(await proves(secret, key.id)).toBeNull()
    expect(await proves(again.secret, key.id)).toBe(2)
    expect((await eventsOf(key.id)).map(({ action }) => action)).toEqual(['key.created', 'key.rotated'])
    expect(rig.ring.effects.at(-1)?.rowId).toBe((await changesOf(key.id)).at(-1)?.row_id)
    expect(rig.ring.proofs.at(-1)).toEqual({ id: key.id, token: again.secret })
  })

  test('a key that has ended is not regenerated, and the refusal names the way out', async () => {
    const { app, key } = await rig.make({ name: 'Over', expiresIn: '30d' })
    rig.ring.clock.forward(30 * 86_400_000)
    const expired = await rig.regenerate(app.id)
    await rig.revoke(key.id)
    const revoked = await rig.regenerate(app.id)
    granted(await rig.keys(rig.ring.owner, 'DELETE /keys/:id', { params: { id: key.id } }))
    const deleted = await rig.regenerate(app.id)
    for (const refused of [expired, revoked, deleted]) {
      expect(codeOf(refused)).toBe('key_is_revoked')
      expect(JSON.stringify(refused)).toContain('POST /keys')
      expect(JSON.stringify(refused)).toContain(app.id)
    }
    expect(JSON.stringify(expired)).toContain('has expired')
    granted(await rig.keyFor(app.id))
    granted(await rig.regenerate(app.id))
  })

  test('C23 C26 a clone has the same project and tools, a key of its own, and is changed apart', async () => {
    const source = await rig.make({ name: 'Origin', project: tools, tools: { github: { mode: 'only', items: ['a'] } } })
    const copy = granted(await rig.clone(source.app.slug, { name: 'Origin' }))
    expect(copy.app).toMatchObject({ slug: 'origin-2', project: tools, tools: source.app.tools, revision: 1 })
    expect(copy.app.id).not.toBe(source.app.id)
    expect(copy.key.id).not.toBe(source.key.id)
    expect(copy.app.key).toBe(copy.key.id)
    expect(await proves(copy.secret, copy.key.id)).toBe(1)
    granted(await rig.patch(copy.app.id, { tools: {}, toolsDefault: { mode: 'all' } }))
    granted(await rig.remove(source.app.id))
    expect(granted(await rig.get(copy.app.id)).app).toMatchObject({ tools: {}, toolsDefault: { mode: 'all' } })
    expect((await keyOf(copy.key.id))?.state).toBe('active')
    expect(JSON.stringify(await eventsOf(copy.app.id))).toContain(source.app.id)
  })

  test('a clone belongs to whoever makes it, save that a team keeps what is its own', async () => {
    const ofTeam = await rig.make({ name: 'Shared', owner: { type: 'team', id: 'builders' } })
    expect(ofTeam.app.owner).toEqual({ type: 'team', id: team, name: 'BUILDERS' })
    const byMia = granted(await rig.clone(ofTeam.app.id, { name: 'Shared too' }, mia))
    expect(byMia.app.owner).toMatchObject({ type: 'team', id: team })
    const mias = await rig.make({ name: 'Mine' }, mia)
    const byOwner = granted(await rig.clone(mias.app.id, { name: 'Now his', slug: 'now-his' }))
    expect(byOwner.app).toMatchObject({ slug: 'now-his', owner: { type: 'member', id: rig.ring.owner.memberId } })
    expect(codeOf(await rig.clone(mias.app.id, { name: 'x' }, noa))).toBe('not_found')
  })

  test('a change is told to the gateways with its own news, and shows where it bites', async () => {
    const { app } = await rig.make({ name: 'Changing', tools: { github: { mode: 'all' } } })
    const narrowed = granted(await rig.patch(app.id, { tools: { files: { mode: 'only', items: ['x'] } } }))
    expect(narrowed).toMatchObject({ app: { tools: { [files]: { mode: 'only', items: ['x'] } }, revision: 2 } })
    expect(narrowed.effect).toEqual(nothingPending)
    expect(rig.ring.effects.at(-1)).toMatchObject({ rowId: (await changesOf(app.id)).at(-1)?.row_id, waitMs: 1000 })
    const cleared = granted(
      await rig.patch(app.id, { tools: null, toolsDefault: null, name: 'Cleared', slug: 'cleared' }),
    )
    expect(cleared.app).toMatchObject({ tools: {}, toolsDefault: { mode: 'none' }, name: 'Cleared', slug: 'cleared' })
    expect(granted(await rig.patch(app.id, {})).app).toMatchObject({ name: 'Cleared', revision: 4 })
    const tag = `"${app.id}-4"`
    granted(await rig.patch(app.id, { owner: { type: 'team', id: team } }, rig.ring.owner, tag))
    expect(codeOf(await rig.patch(app.id, { name: 'Late' }, rig.ring.owner, tag))).toBe('stale')
    expect(await record(app.id)).toMatchObject({ owner: { type: 'team', id: team }, revision: 5 })
    expect((await eventsOf(app.id)).at(-1)).toMatchObject({ action: 'app.updated' })
  })

  test('a removed app ends its key in the same moment, frees its slug, and is no record any more', async () => {
    const { app, key } = await rig.make({ name: 'Leaving', slug: 'leaving' })
    const gone = granted(await rig.remove('leaving'))
    expect(gone).toMatchObject({ app: { id: app.id, slug: 'leaving', key: null }, effect: nothingPending })
    expect((await keyOf(key.id))?.state).toBe('revoked')
    const [ofApp, ofKey] = [await changesOf(app.id), await changesOf(key.id)]
    expect(ofApp.at(-1)?.row_id).toBeGreaterThan(ofKey.at(-1)?.row_id ?? 0)
    expect(rig.ring.effects.at(-1)?.rowId).toBe(ofApp.at(-1)?.row_id)
    expect((await eventsOf(app.id)).map(({ action }) => action)).toEqual(['app.created', 'app.deleted'])
    expect((await eventsOf(key.id)).map(({ action }) => action)).toEqual(['key.created', 'key.revoked'])
    expect(await record(app.id)).toBeNull()
    for (const refused of [await rig.get(app.id), await rig.remove(app.id), await rig.regenerate(app.id)])
      expect(codeOf(refused)).toBe('not_found')
    expect(pointersOf(await rig.keyFor(app.id))).toEqual(['/owner/id'])
    expect((await rig.make({ slug: 'leaving' })).app.slug).toBe('leaving')
  })

  test('a name outlives its owner: the app of a removed member still says whose it was, and that he is gone', async () => {
    const eve = await rig.ring.addMember('member')
    const { app } = await rig.make({ name: 'Left behind' }, eve)
    await database.system.transaction((db) =>
      db.updateTable('members').set({ state: 'removed' }).where('id', '=', eve.memberId).execute(),
    )
    const owner = { type: 'member', id: eve.memberId, name: 'member', removed: true }
    expect(granted(await rig.get(app.id)).app.owner).toEqual(owner)
    expect((await rig.list({ owner: eve.memberId })).items.map((each) => each.owner)).toEqual([owner])
  })

  test('apps are listed in pages, by owner, project and name; a member sees his own and those of his teams', async () => {
    const mine = await rig.make({ name: 'Zeta listing' }, noa)
    const third = await rig.make({ name: 'Zeta team', owner: { type: 'team', id: team }, project: 'tools' })
    const slugs = async (query: object, actor?: Actor) => (await rig.list(query, actor)).items.map(({ slug }) => slug)
    expect(await slugs({ search: 'ZETA' })).toEqual(['zeta-listing', 'zeta-team'])
    expect(await slugs({ search: 'Ze' })).toEqual(['zeta-listing', 'zeta-team'])
    expect(await slugs({ search: 'ting' })).toEqual(['zeta-listing'])
    expect(await slugs({ search: '_eta' })).toEqual([])
    expect(await slugs({}, noa)).toEqual([mine.app.slug])
    expect(await slugs({ owner: 'me' }, noa)).toEqual([mine.app.slug])
    expect(await slugs({ search: 'zeta' }, mia)).toEqual([third.app.slug])
    expect(await slugs({ search: 'zeta', owner: noa.memberId })).toEqual([mine.app.slug])
    expect(await slugs({ owner: noa.memberId }, mia)).toEqual([])
    expect(await slugs({ search: 'zeta', owner: 'builders' })).toEqual([third.app.slug])
    expect(await slugs({ owner: 'builders' }, noa)).toEqual([])
    expect(await slugs({ search: 'zeta', project: 'tools' })).toEqual([third.app.slug])
    expect(await slugs({ project: 'nowhere' })).toEqual([])
    expect(await slugs({ project: 'no\0where', owner: 'no\0body' })).toEqual([])
    const first = await rig.list({ search: 'zeta', limit: 1 })
    expect(first).toMatchObject({ total: 2, refs: { [mine.key.id]: { name: 'Zeta listing' } } })
    expect(await slugs({ search: 'zeta', limit: 1, cursor: first.nextCursor })).toEqual([third.app.slug])
    const other = await rig.call(rig.ring.owner, 'GET /apps', { query: { search: 'zet', cursor: first.nextCursor } })
    expect(codeOf(other)).toBe('bad_cursor')
    expect(await rig.list({ owner: noa.memberId })).toMatchObject({ total: 1, nextCursor: null })
  })

  test('records come in pages over the whole installation, and others can ask what belongs to whom', async () => {
    const ours = await read((db) => appRecords(db, organization, null, 1000))
    const paged: string[] = []
    let after: { organization: string; id: string } | null = null
    do {
      const page: { organization: string; id: string }[] = await read((db) => appRecords(db, null, after, 2))
      paged.push(...page.map(({ id }) => id))
      after = page.at(-1) ?? null
    } while (after)
    expect(paged).toEqual(ours.map(({ id }) => id))
    expect(new Set(paged).size).toBe((await rig.list({ limit: 1 })).total)
    const found = await read(async (db) => ({
      team: await appsOfTeam(db, organization, team, 1),
      project: await appsOfProject(db, organization, tools, 2),
      none: await appsOfProject(db, 'org_other', tools, 2),
      owned: await ownedApps(db, organization, [noa.memberId]),
      nobody: await ownedApps(db, organization, []),
    }))
    expect(found).toMatchObject({ none: { items: [], total: 0 }, nobody: [], owned: [expect.stringMatching(/^app_/)] })
    expect(found.team.items).toHaveLength(1)
    expect(found.team.total).toBe((await rig.list({ owner: team })).total)
    expect(found.project.items).toHaveLength(2)
    expect(found.project.total).toBe((await rig.list({ project: tools })).total)
  })
})
