import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import { etagOf } from '../../http/etag.ts'
import type { Result } from '../../problems.ts'
import { peopleRoutes } from '../routes.ts'
import type { Actor, MemberView } from '../schema.ts'
import { findFormerMember, findMember, firstOwner } from '../store.ts'
import { findTeam, membersOf } from '../teams/store.ts'

type One = { member: MemberView }
type Page = { items: MemberView[]; nextCursor: string | null; total: number }

onEachStore('members', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let operator: Actor
  const add = (actor: Actor, body: object) => call(actor, 'POST /members', { body })
  const added = async (email: string, more: object = {}) =>
    (granted(await add(ring.owner, { email, ...more })) as One).member
  const patch = (actor: Actor, id: string, body: object, ifMatch: string | null = null) =>
    call(actor, 'PATCH /members/:id', { params: { id }, body, ifMatch })
  const remove = (actor: Actor, id: string, ifMatch: string | null = null) =>
    call(actor, 'DELETE /members/:id', { params: { id }, ifMatch })
  const show = (actor: Actor, id: string) => call(actor, 'GET /members/:id', { params: { id } })
  const pointerOf = (answer: Result<unknown>) => (answer.ok ? null : answer.problem.errors?.[0]?.pointer)
  const last = async (table: 'changes' | 'audit_events') =>
    database.system.read((db) => db.selectFrom(table).selectAll().orderBy('row_id', 'desc').executeTakeFirst())

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(peopleRoutes(ring.peopleDeps))
    operator = { ...ring.owner, operator: true }
  })

  test('a person is added as a member unless a role is said, audited and told to gateways', async () => {
    const ada = await added('ada@example.com', { name: 'Ada' })
    expect(ada).toMatchObject({ email: 'ada@example.com', name: 'Ada', role: 'member', operator: false, revision: 1 })
    expect(await last('changes')).toMatchObject({ kind: 'member', subject_id: ada.id })
    expect(await last('audit_events')).toMatchObject({ action: 'invitation.created', subject_id: ada.id })
    expect((await added('bob@example.com', { role: 'auditor' })).name).toBe('bob@example.com')
    expect(granted(await show(ring.owner, ada.id))).toEqual({ member: ada })
  })

  test('one address is one person, however it is written, also when it is added twice at the same time', async () => {
    await added('grace@example.com')
    for (const email of ['grace@example.com', 'GRACE@Example.com', ' grace@example.com ', 'Grace@EXAMPLE.COM'])
      expect(pointerOf(await add(ring.owner, { email })), email).toBe('/email')
    // The Kelvin sign folds to the letter k.
    await added('kim@example.com')
    expect(pointerOf(await add(ring.owner, { email: '\u212aim@example.com' }))).toBe('/email')
    const answers = await Promise.all([1, 2, 3].map(() => add(ring.owner, { email: 'race@example.com' })))
    expect(answers.map(codeOf).toSorted()).toEqual([null, 'invalid', 'invalid'].toSorted())
    const refused = answers.find(({ ok }) => !ok)
    expect(refused).toMatchObject({ problem: { errors: [{ pointer: '/email', detail: 'is a member already' }] } })
  })

  test('names and addresses that could pass for others are refused with their pointer', async () => {
    const emails = ['', 'x', 'a\0@example.com', 'a\u200b@example.com', 'а@example.com', 'a@exämple.com', 'a@b@c.de']
    for (const email of emails)
      expect(pointerOf(await add(ring.owner, { email })), JSON.stringify(email)).toBe('/email')
    for (const name of ['', ' ', 'a\0b', 'a\u202eb', 'a\u200db', 'a\u2028b', '\udc00', 'x'.repeat(121)])
      expect(pointerOf(await add(ring.owner, { email: 'n@example.com', name })), JSON.stringify(name)).toBe('/name')
    // Two spellings of one name are stored as one.
    expect((await added('nfc@example.com', { name: 'Zoe\u0301' })).name).toBe('Zo\u00e9')
    for (const more of [{ role: 'root' }, { role: 'Owner' }, { operator: true }, { id: 'mem_x' }, { state: 'active' }])
      expect(codeOf(await add(ring.owner, { email: 'wide@example.com', ...more }))).toBe('invalid')
  })

  test('nobody gives a role that he may not act for, to others or to himself', async () => {
    const admin = await ring.addMember('admin')
    const member = await added('plain@example.com')
    for (const role of ['owner', 'admin']) {
      expect(codeOf(await add(admin, { email: `${role}@example.com`, role }))).toBe('not_permitted')
      expect(codeOf(await patch(admin, member.id, { role }))).toBe('not_permitted')
    }
    expect(codeOf(await patch(admin, admin.memberId, { role: 'owner' }))).toBe('not_permitted')
    expect(codeOf(await patch(admin, ring.owner.memberId, { name: 'Not him' }))).toBe('not_permitted')
    const peer = await ring.addMember('admin')
    for (const target of [peer.memberId, ring.owner.memberId])
      expect(codeOf(await remove(admin, target))).toBe('not_permitted')
    expect(codeOf(await patch(admin, peer.memberId, { role: 'member' }))).toBe('not_permitted')
    granted(await patch(admin, member.id, { role: 'auditor' }))
    granted(await patch(admin, admin.memberId, { name: 'Admin himself', role: 'admin' }))
    expect(granted(await patch(admin, admin.memberId, { role: 'member' }))).toMatchObject({
      member: { role: 'member' },
    })
    expect(granted(await patch(ring.owner, member.id, { role: 'owner' }))).toMatchObject({ member: { role: 'owner' } })
    granted(await patch(ring.owner, member.id, { role: null }))
    expect(granted(await show(ring.owner, member.id))).toMatchObject({ member: { role: 'member' } })
  })

  test('only an operator says who is one, and only he changes or removes one', async () => {
    const admin = await ring.addMember('admin')
    const member = await added('chosen@example.com')
    for (const actor of [ring.owner, admin])
      for (const operatorOrNot of [true, false, null])
        expect(codeOf(await patch(actor, member.id, { operator: operatorOrNot }))).toBe('not_permitted')
    expect(granted(await patch(operator, member.id, { operator: true }))).toMatchObject({ member: { operator: true } })
    for (const actor of [ring.owner, admin]) {
      expect(codeOf(await patch(actor, member.id, { name: 'Renamed' }))).toBe('not_permitted')
      expect(codeOf(await remove(actor, member.id))).toBe('not_permitted')
    }
    expect(granted(await patch(operator, member.id, { operator: null }))).toMatchObject({ member: { operator: false } })
    granted(await remove(admin, member.id))
  })

  test('B22 a member sees himself and nobody else; an auditor sees everybody', async () => {
    const [ada, bob] = [await ring.addMember('member'), await ring.addMember('member')]
    expect(granted(await show(ada, ada.memberId))).toMatchObject({ member: { id: ada.memberId } })
    expect(codeOf(await show(ada, bob.memberId))).toBe('not_found')
    expect(granted(await call(ada, 'GET /members'))).toMatchObject({ items: [{ id: ada.memberId }], total: 1 })
    const searched = await call(ada, 'GET /members', { query: { search: bob.memberId.slice(0, 8) } })
    expect((granted(searched) as Page).items.every(({ id }) => id === ada.memberId)).toBe(true)
    const auditor = await ring.addMember('auditor')
    expect(granted(await show(auditor, bob.memberId))).toMatchObject({ member: { id: bob.memberId } })
  })

  test('G10 people of another organization are not there', async () => {
    const founding = { slug: 'elsewhere', name: 'Elsewhere', owner: { email: 'e@example.com', name: 'E' } }
    const { organization } = granted(await call(operator, 'POST /organizations', { body: founding })) as {
      organization: { id: string }
    }
    const stranger = await ring.addMember('owner', organization.id)
    // Also to the operator, whose units see every organization: members are looked at from inside.
    for (const actor of [ring.owner, operator])
      for (const id of [stranger.memberId, 'mem_0000000000000000', 'me', '\0', ''])
        for (const attempt of [show(actor, id), patch(actor, id, { name: 'Mine' }), remove(actor, id)])
          expect(codeOf(await attempt), id).toBe('not_found')
    const listed = granted(await call(operator, 'GET /members', { query: { limit: '200' } })) as Page
    expect(listed.items.map(({ id }) => id)).not.toContain(stranger.memberId)
    granted(await add({ ...stranger }, { email: 'grace@example.com' }))
  })

  test('the list is by name, searches name and address, filters roles, and pages through everybody once', async () => {
    for (const name of ['Quentin', 'Quentin', 'Quincy'])
      await added(`${name.toLowerCase()}-${Math.trunc(ring.clock.now())}-${ring.effects.length}@q.example`, { name })
    await added('spe_cial@scored.example', { name: '100% sure', role: 'auditor' })
    const found = async (query: object) =>
      (granted(await call(ring.owner, 'GET /members', { query })) as Page).items.map(({ name }) => name)
    expect(await found({ search: 'QUEN' })).toEqual(['Quentin', 'Quentin'])
    expect(await found({ search: 'uentin' })).toEqual(['Quentin', 'Quentin'])
    expect(await found({ search: 'qu' })).toEqual(['Quentin', 'Quentin', 'Quincy'])
    expect(await found({ search: 'ue' })).toEqual([])
    expect(await found({ search: '0% s' })).toEqual(['100% sure'])
    expect(await found({ search: '%%%' })).toEqual([])
    expect(await found({ search: 'e_c' })).toEqual(['100% sure'])
    expect(await found({ search: 'sure', role: 'member' })).toEqual([])
    expect(await found({ search: 'sure', role: 'auditor' })).toEqual(['100% sure'])
    const seen: MemberView[] = []
    let [cursor, total]: [string | null, number] = ['', 0]
    while (cursor !== null) {
      const query: object = { limit: '3', ...(cursor ? { cursor } : {}) }
      const page = granted(await call(ring.owner, 'GET /members', { query })) as Page
      seen.push(...page.items)
      ;({ nextCursor: cursor, total } = page)
    }
    expect(new Set(seen.map(({ id }) => id)).size).toBe(total)
    const first = granted(await call(ring.owner, 'GET /members', { query: { limit: '1', search: 'Qu' } })) as Page
    const foreign = { limit: '1', cursor: first.nextCursor }
    expect(codeOf(await call(ring.owner, 'GET /members', { query: foreign }))).toBe('bad_cursor')
    expect(codeOf(await call(ring.owner, 'GET /members', { query: { role: 'nobody' } }))).toBe('invalid')
  })

  test('a state that is gone is not overwritten, and of two who did not say which both are done', async () => {
    const ada = await added('stale@example.com')
    granted(await patch(ring.owner, ada.id, { name: 'One' }, etagOf(ada)))
    expect(codeOf(await patch(ring.owner, ada.id, { name: 'Two' }, etagOf(ada)))).toBe('stale')
    expect(codeOf(await remove(ring.owner, ada.id, etagOf(ada)))).toBe('stale')
    const both = [patch(ring.owner, ada.id, { name: 'Three' }), patch(ring.owner, ada.id, { role: 'auditor' })]
    expect((await Promise.all(both)).map(codeOf)).toEqual([null, null])
    const now = granted(await show(ring.owner, ada.id)) as One
    expect(now.member).toMatchObject({ name: 'Three', role: 'auditor', revision: 4 })
    const reset = (id: string) => patch(operator, id, { name: null })
    expect(granted(await reset(ada.id))).toMatchObject({ member: { name: 'stale@example.com', revision: 5 } })
    const unaddressed = granted(await show(ring.owner, ring.owner.memberId)) as One
    expect(granted(await reset(ring.owner.memberId))).toMatchObject({ member: { name: unaddressed.member.name } })
    for (const body of [{ email: 'x@example.com' }, { id: 'mem_x' }, { state: 'removed' }, { role: 'boss' }])
      expect(codeOf(await patch(ring.owner, ada.id, body))).toBe('invalid')
    expect(ring.effects.at(-1)).toMatchObject({ waitMs: 1000 })
  })

  test('somebody who is removed leaves his teams and catalogs; his name stays, his address is free again', async () => {
    const ada = await added('leaver@example.com', { name: 'Ada Leaver' })
    const members = { members: [ada.id, ring.owner.memberId] }
    for (const slug of ['left-one', 'left-two'])
      granted(await call(ring.owner, 'POST /teams', { body: { slug, ...members } }))
    const { organizationId } = ring.first
    const before = await last('changes')
    const gone = granted(await remove(ring.owner, ada.id))
    expect(gone).toMatchObject({ member: { id: ada.id, name: 'Ada Leaver' }, effect: {} })
    const { changes, teams, held, live, former } = await database.system.read(async (db) => {
      const news = db
        .selectFrom('changes')
        .select('kind')
        .where('row_id', '>', before?.row_id ?? 0)
      const found = await Promise.all(['left-one', 'left-two'].map((slug) => findTeam(db, organizationId, slug)))
      const there = found.filter((team) => team !== null)
      return {
        changes: await news.orderBy('row_id').execute(),
        teams: there,
        held: await membersOf(
          db,
          there.map(({ id }) => ({ organizationId, id })),
        ),
        live: await findMember(db, organizationId, ada.id),
        former: await findFormerMember(db, organizationId, ada.id),
      }
    })
    expect(changes.map(({ kind }) => kind)).toEqual(['member', 'team', 'team', 'member'])
    expect(teams.map(({ revision }) => revision)).toEqual([2, 2])
    expect([...held.values()]).toEqual([[ring.owner.memberId], [ring.owner.memberId]])
    expect([live, former?.name]).toEqual([null, 'Ada Leaver'])
    expect(ring.leftCatalogs).toContain(ada.id)
    const event = await last('audit_events')
    expect(event).toMatchObject({ action: 'member.removed', subject_id: ada.id })
    const named = { teams: teams.map(({ id }) => id).toSorted(), catalogs: ['cat_left'] }
    expect(JSON.parse(event?.before ?? '{}')).toMatchObject({ name: 'Ada Leaver', ...named })
    for (const again of [
      show(ring.owner, ada.id),
      patch(ring.owner, ada.id, { name: 'B' }),
      remove(ring.owner, ada.id),
    ])
      expect(codeOf(await again)).toBe('not_found')
    expect((await added('leaver@example.com')).id).not.toBe(ada.id)
  })

  test('G7 a removal is written whole or not at all', async () => {
    const ada = await added('whole@example.com')
    granted(await call(ring.owner, 'POST /teams', { body: { slug: 'whole', members: [ada.id] } }))
    const broken = { ...ring.peopleDeps, leaveCatalogs: async () => Promise.reject(new Error('no catalogs')) }
    const failing = callRoute(peopleRoutes(broken))
    await expect(failing(ring.owner, 'DELETE /members/:id', { params: { id: ada.id } })).rejects.toThrow('no catalogs')
    expect(granted(await show(ring.owner, ada.id))).toEqual({ member: ada })
    const team = granted(await call(ring.owner, 'GET /teams/:id', { params: { id: 'whole' } }))
    expect(team).toMatchObject({ team: { members: [ada.id], revision: 1 } })
  })

  test('the first owner of an organization is one who still belongs to it', async () => {
    const founding = { slug: 'firsts', name: 'Firsts', owner: { email: 'f@example.com', name: 'F' } }
    const { organization } = granted(await call(operator, 'POST /organizations', { body: founding })) as {
      organization: { id: string }
    }
    ring.clock.forward(1)
    const second = await ring.addMember('owner', organization.id)
    const first = await database.read(organization.id, (db) => firstOwner(db, organization.id))
    granted(await remove(second, first?.id ?? ''))
    expect((await database.read(organization.id, (db) => firstOwner(db, organization.id)))?.id).toBe(second.memberId)
  })
})
