import { randomBytes } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { bootstrapToken, callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { mint } from '../keys/token.ts'
import { defaultProject, findProject } from '../projects/store.ts'
import { firstStart } from './first-start.ts'
import { peopleRoutes } from './routes.ts'
import { offerSetup } from './setup.ts'
import { findInstallation, organizationRecords } from './store.ts'

type WithToken = {
  managementToken: { id: string; member: string; scopes: string[]; revokedAt: string | null }
  secret: string
}

onEachStore('people', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const make = async (actor: Keyring['owner'], body: object) =>
    (await call(actor, 'POST /management-tokens', { body })) as { ok: true; value: WithToken }
  const made = async (actor: Keyring['owner'], body: object = {}) =>
    granted(await make(actor, { name: 'ci', scopes: ['*'], ...body }))
  const audited = (action: string) =>
    database.system.read((db) => db.selectFrom('audit_events').selectAll().where('action', '=', action).execute())

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(peopleRoutes(ring.peopleDeps))
  })

  test('the first start makes organization, project and owner once, whoever starts and how often', async () => {
    const fresh = await open()
    const deps = { ...ring.peopleDeps, system: fresh.system }
    const [one, two] = await Promise.all([firstStart(deps), firstStart(deps)])
    expect(two).toEqual(one)
    expect(await firstStart(deps)).toEqual(one)
    const { rows, project, bySlug, installation } = await fresh.system.read(async (db) => ({
      rows: await organizationRecords(db),
      project: await defaultProject(db, one.organizationId),
      bySlug: await findProject(db, one.organizationId, 'default'),
      installation: await findInstallation(db),
    }))
    expect(rows).toMatchObject([{ id: one.organizationId, slug: 'default', isDefault: true, maxStalenessSeconds: 60 }])
    expect(project).toEqual(bySlug)
    expect(one.owner).toMatchObject({ role: 'owner', isOperator: true })
    expect(installation).toMatchObject({ rootId: 'root1', rootCheck: 'check1' })
    expect(installation?.logId).toMatch(/^log_[0-9A-Za-z]{16}$/)
  })

  test('the first start is audited and announced to the gateways', async () => {
    expect(await audited('installation.created')).toHaveLength(1)
    const changes = await database.system.read((db) =>
      db.selectFrom('changes').select(['kind', 'subject_id']).execute(),
    )
    expect(changes).toEqual([{ kind: 'organization', subject_id: ring.first.organizationId }])
  })

  test('a wrong master key ends the start with one sentence that says what to give', async () => {
    for (const root of [
      { id: 'root1', check: 'other' },
      { id: 'root2', check: 'check1' },
    ]) {
      const start = firstStart({ ...ring.peopleDeps, root })
      await expect(start).rejects.toThrow(/^The master key is not the one .* OSTIARY_MASTER_KEY [^.]*\.key [^.]*\.$/)
    }
  })

  test('a setup code gives the first owner one management token, once', async () => {
    const code = (await offerSetup(ring.peopleDeps)(ring.first))?.reveal() ?? ''
    expect(code).toMatch(/^[0-9A-Za-z]{43}$/)
    const redeem = () => call(ring.owner, 'POST /setup', { body: { code } })
    const answers = await Promise.all([redeem(), redeem(), redeem()])
    expect(answers.map(codeOf).sort()).toEqual([null, 'not_found', 'not_found'].sort())
    expect(codeOf(await redeem())).toBe('not_found')
    const token = granted(answers.find(({ ok }) => ok) ?? (await redeem())) as WithToken
    expect(token.managementToken).toMatchObject({ member: ring.first.owner.id, scopes: ['*'] })
    expect(granted(await ring.prove(`Bearer ${token.secret}`))).toMatchObject({ role: 'owner', operator: true })
    expect(await audited('setup.completed')).toHaveLength(1)
    expect(await offerSetup(ring.peopleDeps)(ring.first)).toBeNull()
  })

  test('G1 the database holds neither setup codes nor secrets', async () => {
    const { secret } = await made(ring.owner)
    const rows = await database.system.read(async (db) => ({
      tokens: await db.selectFrom('management_tokens').selectAll().execute(),
      events: await db.selectFrom('audit_events').selectAll().execute(),
      codes: await db.selectFrom('setup_codes').selectAll().execute(),
    }))
    expect(JSON.stringify(rows)).not.toContain(secret.slice(22, 65))
    expect(rows.codes[0]?.code_hash).toMatch(/^[0-9a-f]{64}$/)
  })

  test('a setup code ends after 30 minutes, and when a newer one is made', async () => {
    const fresh = await createKeyring(await open())
    const callFresh = callRoute(peopleRoutes(fresh.peopleDeps))
    const offer = async () => (await offerSetup(fresh.peopleDeps)(fresh.first))?.reveal() ?? ''
    const redeem = async (code: string) => codeOf(await callFresh(fresh.owner, 'POST /setup', { body: { code } }))
    const [first, second] = [await offer(), await offer()]
    expect(await redeem(first)).toBe('not_found')
    fresh.clock.forward(30 * 60_000)
    expect(await redeem(second)).toBe('not_found')
    const third = await offer()
    fresh.clock.forward(30 * 60_000 - 1)
    expect(await redeem(third)).toBeNull()
  })

  test('the bootstrap token is the first owner and operator, and whoever misses it by a letter is nobody', async () => {
    const actor = granted(await ring.prove(`bearer ${bootstrapToken.reveal()}`))
    expect(actor).toMatchObject({ kind: 'bootstrap', memberId: ring.first.owner.id, operator: true, scopes: ['*'] })
    const asSentInUtf8 = Buffer.from(bootstrapToken.reveal()).toString('latin1')
    expect(codeOf(await ring.prove(`Bearer ${asSentInUtf8}`))).toBeNull()
    expect(codeOf(await ring.prove(`Bearer ${bootstrapToken.reveal()}x`))).toBe('not_signed_in')
    expect(codeOf(await ring.prove(`Bearer ${bootstrapToken.reveal().slice(1)}`))).toBe('not_signed_in')
  })

  test('without a valid management token nobody is signed in', async () => {
    const { secret } = await made(ring.owner)
    const stranger = mint('a', randomBytes).secret.reveal()
    const guessed = mint('a', randomBytes, secret.slice(5, 21)).secret.reveal()
    const refused = [null, '', 'Bearer', 'Bearer ', `Basic ${secret}`, secret, `Bearer ${secret}x`]
    for (const header of [...refused, `Bearer ${stranger}`, `Bearer ${guessed}`]) {
      expect(codeOf(await ring.prove(header)), String(header)).toBe('not_signed_in')
    }
    expect(codeOf(await ring.prove(`Bearer ${secret}`))).toBeNull()
  })

  test('a key for gateways is told apart on control, whatever kind it is', async () => {
    for (const kind of ['k', 'u', 'g'] as const) {
      expect(codeOf(await ring.prove(`Bearer ${mint(kind, randomBytes).secret.reveal()}`))).toBe('key_kind')
    }
    expect(codeOf(await ring.prove('Bearer oste_a.b.c'))).toBe('key_kind')
  })

  test('a management token ends at its expiry, and at once when it is revoked', async () => {
    const expiresAt = new Date(ring.clock.now() + 1000).toISOString()
    const [short, long] = [await made(ring.owner, { expiresAt }), await made(ring.owner)]
    expect(codeOf(await ring.prove(`Bearer ${short.secret}`))).toBeNull()
    ring.clock.forward(1000)
    expect(codeOf(await ring.prove(`Bearer ${short.secret}`))).toBe('not_signed_in')
    const { id } = long.managementToken
    expect(codeOf(await ring.prove(`Bearer ${long.secret}`))).toBeNull()
    const revoked = await call(ring.owner, 'DELETE /management-tokens/:id', { params: { id } })
    expect(granted(revoked)).toMatchObject({ managementToken: { revokedAt: expect.any(String) } })
    expect(codeOf(await ring.prove(`Bearer ${long.secret}`))).toBe('not_signed_in')
    expect(granted(await call(ring.owner, 'DELETE /management-tokens/:id', { params: { id } }))).toEqual(
      granted(revoked),
    )
    expect((await audited('management-token.revoked')).map((event) => event.subject_id)).toEqual([id])
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

  test('a token that was cut to scopes is no operator, even when its member is', async () => {
    const { secret } = await made(ring.owner, { scopes: ['keys:read'] })
    expect(granted(await ring.prove(`Bearer ${secret}`))).toMatchObject({ operator: false, scopes: ['keys:read'] })
  })

  test('an admin makes tokens for members and auditors, not for admins and owners', async () => {
    const [admin, other, member] = [
      await ring.addMember('admin'),
      await ring.addMember('admin'),
      await ring.addMember('member'),
    ]
    expect((await made(admin, { member: member.memberId })).managementToken.member).toBe(member.memberId)
    for (const target of [other, ring.owner]) {
      expect(codeOf(await make(admin, { name: 'a', scopes: ['*'], member: target.memberId }))).toBe('not_permitted')
    }
    expect(codeOf(await make(member, { name: 'a', scopes: ['*'], member: admin.memberId }))).toBe('not_permitted')
    expect(codeOf(await make(admin, { name: 'a', scopes: ['*'], member: 'mem_nobody' }))).toBe('invalid')
    const { id } = (await made(ring.owner)).managementToken
    expect(codeOf(await call(admin, 'DELETE /management-tokens/:id', { params: { id } }))).toBe('not_permitted')
  })

  test('B22 a member sees and ends only his own tokens', async () => {
    const [ada, bob] = [await ring.addMember('member'), await ring.addMember('member')]
    const [hers, his] = [(await made(ada)).managementToken, (await made(bob)).managementToken]
    const seen = granted(await call(ada, 'GET /management-tokens')) as { items: { id: string }[]; total: number }
    expect(seen).toMatchObject({ items: [{ id: hers.id }], total: 1 })
    expect(codeOf(await call(ada, 'DELETE /management-tokens/:id', { params: { id: his.id } }))).toBe('not_found')
    const shown = (id: string) => call(ada, 'GET /management-tokens/:id', { params: { id } })
    expect(granted(await shown(hers.id))).toEqual({ managementToken: hers })
    expect(codeOf(await shown(his.id))).toBe('not_found')
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

  test('everybody may ask who he is', async () => {
    const auditor = await ring.addMember('auditor')
    expect(granted(await call(auditor, 'GET /me'))).toMatchObject({
      kind: 'member',
      member: { id: auditor.memberId, role: 'auditor' },
      organization: { id: ring.first.organizationId, slug: 'default' },
      operator: false,
    })
  })
})
