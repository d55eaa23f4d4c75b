import { beforeAll, expect, test } from 'vitest'
import { bootstrapToken, callRoute, codeOf, createKeyring, granted, type Keyring } from '../../../test/keyring.ts'
import { addOrganization, onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import { may } from '../may.ts'
import { peopleRoutes } from '../routes.ts'

type WithToken = {
  refs: Record<string, { slug: string | null; name: string }>
  managementToken: { id: string; member: string; scopes: string[]; revokedAt: string | null }
  secret: string
}

onEachStore('management tokens', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const make = async (actor: Keyring['owner'], body: object) =>
    (await call(actor, 'POST /management-tokens', { body })) as { ok: true; value: WithToken }
  const made = async (actor: Keyring['owner'], body: object = {}) =>
    granted(await make(actor, { name: 'ci', scopes: ['*'], ...body }))

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(peopleRoutes(ring.peopleDeps))
  })

  test('a token hands on no more than it may do itself', async () => {
    const narrow = { ...ring.owner, scopes: ['management-tokens:write', 'keys:read'] }
    expect(codeOf(await make(narrow, { name: 'a', scopes: ['*'] }))).toBe('not_permitted')
    expect(codeOf(await make(narrow, { name: 'a', scopes: ['keys:read', 'keys:write'] }))).toBe('not_permitted')
    expect((await made(narrow, { scopes: ['keys:read', 'keys:read'] })).managementToken.scopes).toEqual(['keys:read'])
  })

  test('a token that ends makes none that lives longer', async () => {
    const ends = ring.clock.now() + 3_600_000
    const { secret } = await made(ring.owner, { expiresAt: new Date(ends).toISOString() })
    const short = granted(await ring.prove(`Bearer ${secret}`))
    const expiryOf = async (body: object) =>
      Reflect.get(granted(await make(short, { name: 'a', scopes: ['*'], ...body })).managementToken, 'expiresAt')
    expect(await expiryOf({})).toBe(new Date(ends).toISOString())
    expect(await expiryOf({ expiresAt: null })).toBe(new Date(ends).toISOString())
    expect(await expiryOf({ expiresAt: new Date(ends - 1).toISOString() })).toBe(new Date(ends - 1).toISOString())
    const longer = { name: 'a', scopes: ['*'], expiresAt: new Date(ends + 1).toISOString() }
    expect(await make(short, longer)).toMatchObject({
      problem: { code: 'invalid', errors: [{ pointer: '/expiresAt' }] },
    })
  })

  test('who is no operator makes no token for one, whatever the roles', async () => {
    const { organizationId } = ring.first
    const admin = await ring.addMember('admin')
    const operator = { ...(await ring.addMember('member')), operator: true }
    await database.system.transaction((db) =>
      db.updateTable('members').set({ is_operator: 1 }).where('id', '=', operator.memberId).execute(),
    )
    for (const maker of [admin, { ...ring.owner, organizationId }])
      expect(codeOf(await make(maker, { name: 'a', scopes: ['*'], member: operator.memberId }))).toBe('not_permitted')
    expect((await made(operator)).managementToken.member).toBe(operator.memberId)
  })

  test('a token that no operator made is no operator, whatever its member becomes', async () => {
    const boss = granted(await ring.prove(`Bearer ${bootstrapToken.reveal()}`))
    const ada = await ring.addMember('member')
    const asNow = async ({ secret }: WithToken) => granted(await ring.prove(`Bearer ${secret}`))
    const ofOwner = await made(ring.owner, { member: ada.memberId })
    const before = await made(boss, { member: ada.memberId })
    const own = await made(await asNow(ofOwner))
    const risen = { params: { id: ada.memberId }, body: { operator: true } }
    granted(await call(boss, 'PATCH /members/:id', risen))
    for (const token of [ofOwner, before, own, await made(await asNow(own))])
      expect(await asNow(token)).toMatchObject({ memberId: ada.memberId, operator: false })
    const handed = await made(boss, { member: ada.memberId })
    expect(await asNow(handed)).toMatchObject({ memberId: ada.memberId, operator: true })
    expect(await asNow(await made(await asNow(handed)))).toMatchObject({ operator: true })
    expect(await asNow(await made(await asNow(handed), { scopes: ['keys:read'] }))).toMatchObject({ operator: false })
    granted(await call(boss, 'PATCH /members/:id', { ...risen, body: { operator: false } }))
    expect(await asNow(handed)).toMatchObject({ operator: false })
  })

  test('a token that was cut to scopes is no operator, even when its member is', async () => {
    const { secret } = await made({ ...ring.owner, operator: true }, { scopes: ['keys:read'] })
    expect(granted(await ring.prove(`Bearer ${secret}`))).toMatchObject({ operator: false, scopes: ['keys:read'] })
  })

  test('an admin makes tokens for members and auditors, not for admins and owners', async () => {
    const [admin, other, member] = [
      await ring.addMember('admin'),
      await ring.addMember('admin'),
      await ring.addMember('member'),
    ]
    const scopes = ['keys:read', 'keys:write']
    expect((await made(admin, { member: member.memberId, scopes })).managementToken.member).toBe(member.memberId)
    for (const target of [other, ring.owner]) {
      expect(codeOf(await make(admin, { name: 'a', scopes: ['*'], member: target.memberId }))).toBe('not_permitted')
    }
    expect(codeOf(await make(member, { name: 'a', scopes: ['*'], member: admin.memberId }))).toBe('not_permitted')
    expect(codeOf(await make(admin, { name: 'a', scopes: ['*'], member: 'mem_nobody' }))).toBe('invalid')
    const { id } = (await made(ring.owner)).managementToken
    expect(codeOf(await call(admin, 'DELETE /management-tokens/:id', { params: { id } }))).toBe('not_permitted')
  })

  test('an admin names the scopes of a token for somebody else: it must not rise with him who is made owner later', async () => {
    const [admin, member] = [await ring.addMember('admin'), await ring.addMember('member')]
    expect(codeOf(await make(admin, { name: 'a', scopes: ['*'], member: member.memberId }))).toBe('not_permitted')
    expect((await made(admin, { scopes: ['*'] })).managementToken.member).toBe(admin.memberId)
    const { secret } = await made(admin, { member: member.memberId, scopes: ['keys:write', 'keys:read'] })
    await database.system.transaction((db) =>
      db.updateTable('members').set({ role: 'owner' }).where('id', '=', member.memberId).execute(),
    )
    const risen = granted(await ring.prove(`Bearer ${secret}`))
    expect(risen.role).toBe('owner')
    expect(
      (['organizations:write', 'policies:write', 'members:write'] as const).filter((right) => may(risen, right)),
    ).toEqual([])
  })

  test('B22 a member sees and ends only his own tokens', async () => {
    const [ada, bob] = [await ring.addMember('member'), await ring.addMember('member')]
    const [hers, his] = [(await made(ada)).managementToken, (await made(bob)).managementToken]
    const seen = granted(await call(ada, 'GET /management-tokens')) as { items: { id: string }[]; total: number }
    expect(seen).toMatchObject({ items: [{ id: hers.id }], total: 1 })
    expect(codeOf(await call(ada, 'DELETE /management-tokens/:id', { params: { id: his.id } }))).toBe('not_found')
    const shown = (id: string) => call(ada, 'GET /management-tokens/:id', { params: { id } })
    expect(granted(await shown(hers.id))).toMatchObject({ managementToken: hers, refs: { [ada.memberId]: {} } })
    expect(codeOf(await shown(his.id))).toBe('not_found')
    const revoked = granted(await call(ada, 'DELETE /management-tokens/:id', { params: { id: hers.id } }))
    expect(revoked).toMatchObject({ managementToken: { id: hers.id }, refs: { [ada.memberId]: { slug: null } } })
    for (const id of ['mgt_0000000000000000', 'nonsense', '\0']) {
      expect(codeOf(await call(ada, 'DELETE /management-tokens/:id', { params: { id } }))).toBe('not_found')
    }
  })

  test('the list pages through every token once, newest first', async () => {
    const ada = await ring.addMember('member')
    const ids: string[] = []
    for (let i = 0; i < 5; i += 1) {
      if (i % 2 === 0) ring.clock.forward(1)
      ids.push((await made(ada)).managementToken.id)
    }
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: object = { limit: '2', ...(cursor ? { cursor } : {}) }
      const page = granted(await call(ada, 'GET /management-tokens', { query })) as {
        items: { id: string }[]
        nextCursor: string | null
        total: number
      }
      expect(page.total).toBe(5)
      seen.push(...page.items.map(({ id }) => id))
      cursor = page.nextCursor
    }
    expect(seen).toHaveLength(5)
    expect(new Set(seen)).toEqual(new Set(ids))
    expect(seen[0]).toBe(ids[4])
    expect(codeOf(await call(ada, 'GET /management-tokens', { query: { cursor: 'bm9uc2Vuc2U' } }))).toBe('bad_cursor')
  })

  test('input that names nobody, nothing or the past is refused with its pointer', async () => {
    const pointer = async (body: object) => {
      const answer = await call(ring.owner, 'POST /management-tokens', { body: { name: 'a', scopes: ['*'], ...body } })
      return answer.ok ? null : answer.problem.errors?.[0]?.pointer
    }
    expect(await pointer({ expiresAt: '2020-01-01T00:00:00Z' })).toBe('/expiresAt')
    expect(await pointer({ scopes: ['cars:read'] })).toBe('/scopes/0')
    expect(await pointer({ scopes: [] })).toBe('/scopes')
    expect(await pointer({ name: 'a\u202eb' })).toBe('/name')
    expect(await pointer({ member: 'a\0b' })).toBe('/member')
  })

  test('G10 only the operator names another organization, and others do not learn which exist', async () => {
    await addOrganization(database, 'org_2222222222222222', 'second')
    const boss = granted(await ring.prove(`Bearer ${bootstrapToken.reveal()}`))
    const second = { ...(await ring.addMember('owner', 'org_2222222222222222')) }
    const token = await made(boss, { organization: 'second' })
    expect(token.managementToken.member).toBe(second.memberId)
    expect(token.refs).toMatchObject({ [second.memberId]: { slug: null }, org_2222222222222222: { slug: 'second' } })
    expect(granted(await ring.prove(`Bearer ${token.secret}`))).toMatchObject({
      organizationId: 'org_2222222222222222',
    })
    for (const organization of ['second', 'third']) {
      expect(codeOf(await make(ring.owner, { name: 'a', scopes: ['*'], organization }))).toBe('not_permitted')
    }
    const { id } = token.managementToken
    expect(codeOf(await call(ring.owner, 'DELETE /management-tokens/:id', { params: { id } }))).toBe('not_found')
    expect(codeOf(await make(second, { name: 'a', scopes: ['*'], member: ring.first.owner.id }))).toBe('invalid')
  })

  test('G7 a token and its audit event are written together or not at all', async () => {
    const count = () => database.system.read((db) => db.selectFrom('management_tokens').select('id').execute())
    const before = await count()
    const failing = callRoute(peopleRoutes({ ...ring.peopleDeps, newId: () => Reflect.get({}, 'x') }))
    const body = { name: 'a', scopes: ['*'] }
    await expect(failing(ring.owner, 'POST /management-tokens', { body })).rejects.toThrow()
    expect(await count()).toEqual(before)
  })

  test('scopes beyond the role of the maker or of the member are refused by name; * is cut by the role, live', async () => {
    const [admin, auditor, member] = [
      await ring.addMember('admin'),
      await ring.addMember('auditor'),
      await ring.addMember('member'),
    ]
    const detail = async (actor: Keyring['owner'], body: object) => {
      const answer = await call(actor, 'POST /management-tokens', { body: { name: 'a', ...body } })
      return answer.ok ? null : `${answer.problem.code}: ${answer.problem.detail}`
    }
    expect(await detail(admin, { scopes: ['keys:read', 'organizations:write'] })).toBe(
      'not_permitted: Your role, admin, has no organizations:write.',
    )
    expect(await detail(member, { scopes: ['servers:read'] })).toMatch(/^not_permitted: .*servers:read\.$/)
    const forAuditor = { member: auditor.memberId, scopes: ['keys:write', 'keys:read'] }
    expect(await detail(ring.owner, forAuditor)).toMatch(/^not_permitted: .* auditor, has no keys:write\.$/)
    expect(await detail(ring.owner, { scopes: ['audit-events:write'] })).toMatch(/^not_permitted/)
    expect(await detail(ring.owner, { member: auditor.memberId, scopes: ['keys:read'] })).toBeNull()
    expect(await detail(ring.owner, { member: auditor.memberId, scopes: ['*'] })).toBeNull()
  })

  test('a token is cut by the role that its member has now, not by the one he had when it was made', async () => {
    const admin = await ring.addMember('admin')
    const { secret } = await made(ring.owner, { member: admin.memberId, scopes: ['servers:write'] })
    const asNow = async () => granted(await ring.prove(`Bearer ${secret}`))
    expect(may(await asNow(), 'servers:write')).toBe(true)
    const demotion = { params: { id: admin.memberId }, body: { role: 'member' } }
    granted(await call(ring.owner, 'PATCH /members/:id', demotion))
    expect(may(await asNow(), 'servers:write')).toBe(false)
    const promotion = { params: { id: admin.memberId }, body: { role: 'owner' } }
    granted(await call(ring.owner, 'PATCH /members/:id', promotion))
    expect(may(await asNow(), 'servers:write')).toBe(true)
    expect(may(await asNow(), 'keys:write')).toBe(false)
  })

  test('somebody who was removed is signed in by none of his tokens and gets no new one', async () => {
    const admin = await ring.addMember('admin')
    const { secret, managementToken } = await made(ring.owner, { member: admin.memberId })
    granted(await ring.prove(`Bearer ${secret}`))
    granted(await call(ring.owner, 'DELETE /members/:id', { params: { id: admin.memberId } }))
    expect(codeOf(await ring.prove(`Bearer ${secret}`))).toBe('not_signed_in')
    const again = await make(ring.owner, { name: 'a', scopes: ['*'], member: admin.memberId })
    expect(again).toMatchObject({ problem: { code: 'invalid', errors: [{ pointer: '/member' }] } })
    // What he has left behind can still be put away, with his name beside it.
    const { id } = managementToken
    const shown = granted(await call(ring.owner, 'GET /management-tokens/:id', { params: { id } }))
    expect(shown).toMatchObject({ refs: { [admin.memberId]: { name: 'admin' } } })
    granted(await call(ring.owner, 'DELETE /management-tokens/:id', { params: { id } }))
  })
})
