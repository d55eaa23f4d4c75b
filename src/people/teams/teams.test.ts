import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { addOrganization, onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import { etagOf } from '../../http/etag.ts'
import { peopleRoutes } from '../routes.ts'
import type { Actor, TeamView } from '../schema.ts'
import { findTeam, findTeams, teamIdsOf } from './store.ts'

type One = { team: TeamView; refs: Record<string, { slug: string | null; name: string }> }
type Page = { items: TeamView[]; nextCursor: string | null; total: number }

onEachStore('teams', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const make = (actor: Actor, body: object) => call(actor, 'POST /teams', { body })
  const made = async (slug: string, members: readonly Actor[] = [], more: object = {}) =>
    granted(await make(ring.owner, { slug, members: members.map(({ memberId }) => memberId), ...more })) as One
  const patch = (actor: Actor, id: string, body: object, ifMatch: string | null = null) =>
    call(actor, 'PATCH /teams/:id', { params: { id }, body, ifMatch })
  const remove = (actor: Actor, id: string, ifMatch: string | null = null) =>
    call(actor, 'DELETE /teams/:id', { params: { id }, ifMatch })
  const show = (actor: Actor, id: string) => call(actor, 'GET /teams/:id', { params: { id } })
  const last = async (table: 'changes' | 'audit_events') =>
    database.system.read((db) => db.selectFrom(table).selectAll().orderBy('row_id', 'desc').executeTakeFirst())

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(peopleRoutes(ring.peopleDeps))
  })

  test('a team is made of members, each once, and shown with their names', async () => {
    const [ada, bob] = [await ring.addMember('member'), await ring.addMember('admin')]
    const { team, refs } = await made('ops', [ada, bob, ada], { name: 'Operations' })
    expect(team).toMatchObject({ slug: 'ops', name: 'Operations', revision: 1 })
    expect(team.members).toEqual([ada.memberId, bob.memberId].toSorted())
    expect(refs).toMatchObject({ [ada.memberId]: { slug: null, name: 'member' }, [bob.memberId]: { name: 'admin' } })
    expect(granted(await show(ring.owner, 'ops'))).toEqual({ team, refs })
    expect(granted(await show(ring.owner, team.id))).toEqual({ team, refs })
    expect(await last('changes')).toMatchObject({ kind: 'team', subject_id: team.id })
    expect(await last('audit_events')).toMatchObject({ action: 'team.created', subject_id: team.id })
    expect((await made('unnamed')).team).toMatchObject({ name: 'unnamed', members: [] })
  })

  test('who is not a member here cannot be in a team, and the pointer says who', async () => {
    await addOrganization(database, 'org_3333333333333333', 'third')
    const stranger = await ring.addMember('member', 'org_3333333333333333')
    const [ada, gone] = [await ring.addMember('member'), await ring.addMember('member')]
    granted(await call(ring.owner, 'DELETE /members/:id', { params: { id: gone.memberId } }))
    const members = [ada.memberId, stranger.memberId, 'mem_0000000000000000', gone.memberId]
    const refused = { problem: { code: 'invalid', errors: [1, 2, 3].map((at) => ({ pointer: `/members/${at}` })) } }
    expect(await make(ring.owner, { slug: 'mixed', members })).toMatchObject(refused)
    expect(codeOf(await show(ring.owner, 'mixed'))).toBe('not_found')
    const { team } = await made('pure', [ada])
    expect(await patch(ring.owner, 'pure', { members })).toMatchObject(refused)
    expect(granted(await show(ring.owner, 'pure'))).toMatchObject({ team })
    expect(codeOf(await make(ring.owner, { slug: 'nul', members: ['a\0b'] }))).toBe('invalid')
  })

  test('slugs and names that could pass for another are refused, and unknown fields', async () => {
    for (const slug of [
      '',
      'Ops',
      'ops\0',
      'ops\u200b',
      'оps',
      'o__ps',
      '-ops',
      'x'.repeat(32),
      'team_0000000000000000',
    ])
      expect(await make(ring.owner, { slug }), JSON.stringify(slug)).toMatchObject({
        problem: { code: 'invalid', errors: [{ pointer: '/slug' }] },
      })
    for (const name of ['', 'a\0', 'a\u202e', 'a\u2060b', '\ud800'])
      expect(codeOf(await make(ring.owner, { slug: 'fine', name })), JSON.stringify(name)).toBe('invalid')
    for (const more of [{ id: 'team_x' }, { state: 'deleted' }, { organization: 'third' }, { members: null }])
      expect(codeOf(await make(ring.owner, { slug: 'fine', ...more }))).toBe('invalid')
    expect(codeOf(await patch(ring.owner, 'ops', { revision: 9 }))).toBe('invalid')
  })

  test('a slug belongs to one team at a time, also when two ask for it at once', async () => {
    await made('slug-a')
    const taken = { problem: { code: 'slug_taken', errors: [{ pointer: '/slug' }] } }
    expect(await make(ring.owner, { slug: 'slug-a' })).toMatchObject(taken)
    const answers = await Promise.all([1, 2, 3].map(() => make(ring.owner, { slug: 'slug-race' })))
    expect(answers.map(codeOf).toSorted()).toEqual([null, 'slug_taken', 'slug_taken'].toSorted())
    expect(await patch(ring.owner, 'slug-race', { slug: 'slug-a' })).toMatchObject(taken)
    granted(await patch(ring.owner, 'slug-a', { slug: 'slug-b' }))
    await made('slug-a')
    const elsewhere = await ring.addMember('owner', 'org_3333333333333333')
    granted(await make(elsewhere, { slug: 'slug-a' }))
  })

  test('members of a patch are all members; null empties the team, absent leaves it', async () => {
    const [ada, bob] = [await ring.addMember('member'), await ring.addMember('member')]
    const { team } = await made('patched', [ada], { name: 'Patched' })
    const members = async (body: object) =>
      (granted(await patch(ring.owner, team.id, body)) as One & { effect: object }).team.members
    expect(await members({ members: [bob.memberId] })).toEqual([bob.memberId])
    expect(await members({ name: 'Renamed' })).toEqual([bob.memberId])
    const { organizationId } = ring.first
    const inTeams = (actor: Actor) =>
      database.read(organizationId, (db) => teamIdsOf(db, organizationId, actor.memberId))
    expect([await inTeams(ada), await inTeams(bob)]).toEqual([[], [team.id]])
    expect(await members({ members: null, name: null })).toEqual([])
    const now = granted(await show(ring.owner, team.id)) as One
    expect(now.team).toMatchObject({ name: 'patched', members: [], revision: 4 })
    expect(await last('audit_events')).toMatchObject({ action: 'team.updated', subject_id: team.id })
    expect(ring.effects.at(-1)).toMatchObject({ waitMs: 1000 })
  })

  test('a state that is gone is not overwritten, and of two who did not say which both are done', async () => {
    const [ada, bob] = [await ring.addMember('member'), await ring.addMember('member')]
    const { team } = await made('contended')
    granted(await patch(ring.owner, team.id, { name: 'One' }, etagOf(team)))
    expect(codeOf(await patch(ring.owner, team.id, { name: 'Two' }, etagOf(team)))).toBe('stale')
    expect(codeOf(await remove(ring.owner, team.id, etagOf(team)))).toBe('stale')
    // By id, as they are answered.
    const lists = [[ada.memberId], [ada.memberId, bob.memberId].toSorted(), [bob.memberId], []]
    const answers = await Promise.all([
      ...lists.map((members) => patch(ring.owner, team.id, { members })),
      patch(ring.owner, team.id, { name: 'Three' }),
    ])
    expect(answers.map(codeOf)).toEqual([null, null, null, null, null])
    const now = granted(await show(ring.owner, team.id)) as One
    expect(now.team).toMatchObject({ name: 'Three', revision: 7 })
    expect(lists).toContainEqual(now.team.members)
  })

  test('somebody who is removed while a team takes him in is in no team afterwards', async () => {
    for (let round = 0; round < 5; round += 1) {
      const ada = await ring.addMember('member')
      const { team } = await made(`race-${round}`)
      const [patched] = await Promise.all([
        patch(ring.owner, team.id, { members: [ada.memberId] }),
        call(ring.owner, 'DELETE /members/:id', { params: { id: ada.memberId } }),
      ])
      expect([null, 'invalid']).toContain(codeOf(patched))
      expect(granted(await show(ring.owner, team.id))).toMatchObject({ team: { members: [] } })
    }
  })

  test('B22 a member sees the teams he is in, others do not exist', async () => {
    const [ada, bob] = [await ring.addMember('member'), await ring.addMember('member')]
    const [hers, his] = [(await made('hers', [ada])).team, (await made('his', [bob])).team]
    expect(granted(await call(ada, 'GET /teams'))).toMatchObject({ items: [{ id: hers.id }], total: 1 })
    expect(granted(await show(ada, 'hers'))).toMatchObject({ team: hers })
    for (const id of [his.id, 'his']) expect(codeOf(await show(ada, id))).toBe('not_found')
    const searched = await call(ada, 'GET /teams', { query: { search: 'his' } })
    expect(granted(searched)).toMatchObject({ items: [], total: 0 })
    const auditor = await ring.addMember('auditor')
    expect(granted(await show(auditor, his.id))).toMatchObject({ team: his })
  })

  test('G10 teams of another organization are not there', async () => {
    const stranger = await ring.addMember('owner', 'org_3333333333333333')
    const { team } = await made('private')
    for (const id of [team.id, 'private', 'team_0000000000000000', '\0', '', 'a b'])
      for (const attempt of [show(stranger, id), patch(stranger, id, { name: 'Mine' }), remove(stranger, id)])
        expect(codeOf(await attempt), id).toBe('not_found')
    expect((granted(await call(stranger, 'GET /teams')) as Page).items.map(({ id }) => id)).not.toContain(team.id)
  })

  test('a team that owns keys or apps stays, and the refusal says what to do', async () => {
    const [ada] = [await ring.addMember('member')]
    const { team } = await made('owning', [ada])
    for (const [owns, text] of [
      [{ keys: 1, apps: 0 }, /owns 1 key\. /],
      [{ keys: 0, apps: 2 }, /owns 2 apps\. /],
      [{ keys: 3, apps: 1 }, /owns 3 keys and 1 app\. Revoke or delete /],
    ] as const) {
      ring.teamOwns.set(team.id, owns)
      const answer = await remove(ring.owner, 'owning')
      expect(answer).toMatchObject({ problem: { code: 'in_use', detail: expect.stringMatching(text) } })
    }
    expect(granted(await show(ring.owner, 'owning'))).toMatchObject({ team })
    ring.teamOwns.delete(team.id)
    granted(await remove(ring.owner, 'owning'))
  })

  test('a deleted team has nobody, leaves catalogs, is not there any more, and its slug is free', async () => {
    const ada = await ring.addMember('member')
    const { team } = await made('ended', [ada])
    expect(granted(await remove(ring.owner, 'ended', etagOf(team)))).toMatchObject({ team, effect: {} })
    expect(ring.leftCatalogs).toContain(team.id)
    expect(await last('changes')).toMatchObject({ kind: 'team', subject_id: team.id })
    const event = await last('audit_events')
    expect(event).toMatchObject({ action: 'team.deleted', subject_id: team.id })
    expect(JSON.parse(event?.before ?? '{}')).toMatchObject({ slug: team.slug, catalogs: ['cat_left'] })
    const again = [show(ring.owner, team.id), patch(ring.owner, team.id, { name: 'B' }), remove(ring.owner, team.id)]
    for (const attempt of again) expect(codeOf(await attempt)).toBe('not_found')
    const { organizationId } = ring.first
    expect(await database.read(organizationId, (db) => teamIdsOf(db, organizationId, ada.memberId))).toEqual([])
    expect(await database.read(organizationId, (db) => findTeam(db, organizationId, team.id))).toBeNull()
    expect((await made('ended')).team.id).not.toBe(team.id)
  })

  test('G7 a change of a team and its event are written together or not at all', async () => {
    const ada = await ring.addMember('member')
    const { team } = await made('atomic')
    const failing = callRoute(peopleRoutes({ ...ring.peopleDeps, newId: () => Reflect.get({}, 'x') }))
    const body = { name: 'Half', members: [ada.memberId] }
    await expect(failing(ring.owner, 'PATCH /teams/:id', { params: { id: team.id }, body })).rejects.toThrow()
    expect(granted(await show(ring.owner, team.id))).toMatchObject({ team })
  })

  test('the list is by slug and pages through every team once', async () => {
    const seen: string[] = []
    let [cursor, total]: [string | null, number] = ['', 0]
    while (cursor !== null) {
      const query: object = { limit: '2', ...(cursor ? { cursor } : {}) }
      const page = granted(await call(ring.owner, 'GET /teams', { query })) as Page
      seen.push(...page.items.map(({ slug }) => slug))
      ;({ nextCursor: cursor, total } = page)
    }
    expect(seen).toEqual(seen.toSorted())
    expect(new Set(seen).size).toBe(total)
    const searched = granted(await call(ring.owner, 'GET /teams', { query: { search: 'LUG-' } })) as Page
    expect(searched.items.map(({ slug }) => slug)).toEqual(['slug-a', 'slug-b', 'slug-race'])
    const { organizationId } = ring.first
    const found = await database.read(organizationId, (db) =>
      findTeams(db, organizationId, ['slug-a', 'nobody', searched.items[1]?.id ?? '']),
    )
    expect(found.get('slug-a')?.slug).toBe('slug-a')
    expect(found.get(searched.items[1]?.id ?? '')?.slug).toBe('slug-b')
    expect(found.get('nobody')).toBeUndefined()
  })

  test('a page of large teams ends before it names more members than an answer can hold', async () => {
    const { organizationId } = ring.owner
    const ids = Array.from({ length: 9000 }, (_, n) => `mem_${String(n).padStart(16, '0')}`)
    await database.system.transaction(async (db) => {
      for (let at = 0; at < ids.length; at += 500) {
        const rows = ids.slice(at, at + 500).map((id) => ({ ...crowd, organization_id: organizationId, id, email: id }))
        await db.insertInto('members').values(rows).execute()
      }
    })
    for (const n of [1, 2, 3])
      granted(await call(ring.owner, 'POST /teams', { body: { slug: `large-${n}`, name: 'Crowd', members: ids } }))

    const page = async (cursor?: string) =>
      granted(
        await call(ring.owner, 'GET /teams', { query: { search: 'crowd', ...(cursor ? { cursor } : {}) } }),
      ) as Page
    const first = await page()
    expect([first.items.map(({ slug }) => slug), first.total]).toEqual([['large-1', 'large-2'], 3])
    const second = await page(first.nextCursor ?? '')
    expect([second.items.map(({ slug }) => slug), second.nextCursor]).toEqual([['large-3'], null])
  })
})

const crowd = { name: 'one of many', role: 'member', is_operator: 0, created_at: 1 } as const
