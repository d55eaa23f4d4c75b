import { beforeAll, expect, test } from 'vitest'
import { createKeyring, type Keyring } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createVisitors, givePassword } from '../../../test/visitors.ts'
import type { Database } from '../../db/database.ts'
import { foundOrganization } from '../organizations/found.ts'
import type { Actor, Role } from '../schema.ts'
import { cookieName } from './cookie.ts'

const secret = 'a quite long sentence'

onEachStore('signing in by password', (open) => {
  let database: Database
  let ring: Keyring
  let visitors: ReturnType<typeof createVisitors>

  /** Somebody with a password. */
  const person = async (role: Role = 'member', organizationId?: string): Promise<Actor & { email: string }> => {
    const actor = await ring.addMember(role, organizationId)
    return { ...actor, email: await givePassword(ring, database, actor, secret) }
  }
  const set = (who: Actor, row: { state?: 'active' | 'deactivated' | 'removed'; email?: string }) =>
    database.system.transaction((db) =>
      db
        .updateTable('members')
        .set(row)
        .where('id', '=', who.memberId)
        .execute()
        .then(() => null),
    )
  const policies = (organizationId: string, policy: object) =>
    database.system.transaction((db) =>
      db
        .updateTable('organizations')
        .set({ policies: JSON.stringify(policy) })
        .where('id', '=', organizationId)
        .execute(),
    )
  let others = 0
  const otherOrganization = async (): Promise<string> => {
    others += 1
    const owner = { email: `boss${others}@example.com`, name: 'Boss', isOperator: false }
    const charter = { slug: `other-${others}`, name: 'Other', isDefault: false, owner, at: ring.clock.now() }
    const founded = await database.system.transaction((db) => foundOrganization(db, ring.peopleDeps, charter))
    return founded.organizationId
  }

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    visitors = createVisitors(ring, database)
  })

  test('the right password opens a session, with a cookie that only this host gets back', async () => {
    const ada = await person('admin')
    const browser = visitors.visitor()
    const told = await browser.signIn(`  ${ada.email.toUpperCase()} `, secret)
    expect(told.status).toBe(201)
    expect(told.setCookie).toMatch(
      new RegExp(`^${cookieName}=[0-9A-Za-z]{43}; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax$`),
    )
    expect(told.body).toMatchObject({
      session: {
        member: ada.memberId,
        method: 'password',
        userAgent: 'Browser/1',
        address: '192.0.2.1',
        current: true,
      },
      member: { id: ada.memberId, role: 'admin', email: ada.email },
      organization: { slug: 'default' },
      secondFactor: 'not-asked',
    })
    const me = await browser.ask('GET /me')
    expect(me.body).toMatchObject({ kind: 'member', member: { id: ada.memberId }, credential: told.body.session.id })
    const current = await browser.ask('GET /sessions/current')
    expect(current.body).toMatchObject({ csrfToken: told.body.csrfToken, others: [], session: { current: true } })
  })

  test('G7 who signed in stands in the log, with the address and nothing that opens anything', async () => {
    const ada = await person()
    const browser = visitors.visitor('198.51.100.7')
    const { body } = await browser.signIn(ada.email, secret)
    const events = await database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().where('subject_id', '=', body.session.id).execute(),
    )
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ action: 'session.created', actor_id: ada.memberId, address: '198.51.100.7' })
    const value = browser.holds().cookie?.split('=')[1] ?? ''
    expect(value).toHaveLength(43)
    expect(JSON.stringify(events)).not.toContain(value)
  })

  test('G1 the database holds neither the cookie nor the token of the page', async () => {
    const ada = await person()
    const browser = visitors.visitor()
    await browser.signIn(ada.email, secret)
    const { cookie, csrf } = browser.holds()
    const rows = await database.system.read((db) => db.selectFrom('sessions').selectAll().execute())
    expect(rows.map(({ browser_hash: hash }) => hash)).toContainEqual(expect.stringMatching(/^[0-9a-f]{64}$/))
    expect(JSON.stringify(rows)).not.toContain(cookie?.split('=')[1])
    expect(JSON.stringify(rows)).not.toContain(csrf)
  })

  test('unknown, wrong, without a password, removed: the same answer after the same work', async () => {
    const [known, removed, barred] = [await person(), await person(), await person()]
    const without = await ring.addMember('member')
    await set(removed, { state: 'removed' })
    await set(barred, { state: 'deactivated' })
    const work: string[] = []
    const counted = createVisitors(ring, watched(work), {
      ...ring.peopleDeps,
      ...watchedDeps(work),
    })
    const outcomes = new Map<string, string>()
    const tries: [string, string][] = [
      ['known', known.email],
      ['unknown', 'nobody@example.com'],
      ['without', `${without.memberId}@example.com`],
      ['removed', removed.email],
      ['barred', barred.email],
    ]
    for (const [name, email] of tries) {
      work.length = 0
      const told = await counted.visitor().signIn(email, 'not the right one at all')
      outcomes.set(name, JSON.stringify([told.status, told.text, told.setCookie, work]))
    }
    expect(new Set(outcomes.values()).size, [...outcomes].join('\n')).toBe(1)
    const [status, text, cookie, done] = JSON.parse(outcomes.get('known') ?? '')
    expect([status, JSON.parse(text).code, cookie]).toEqual([401, 'sign_in_refused', null])
    expect(done).toEqual(['system read', 'argon2'])
    const right = await visitors.visitor().signIn(removed.email, secret)
    expect([right.status, right.code]).toEqual([401, 'sign_in_refused'])
  })

  /** Notes each unit of work and each Argon2. */
  const watched = (work: string[]): Database => ({
    ...database,
    system: {
      read: (run) => {
        work.push('system read')
        return database.system.read(run)
      },
      transaction: (run) => {
        work.push('system write')
        return database.system.transaction(run)
      },
    },
  })
  const watchedDeps = (work: string[]) => ({
    system: watched(work).system,
    isPassword: (...given: Parameters<typeof ring.peopleDeps.isPassword>) => {
      work.push('argon2')
      return ring.peopleDeps.isPassword(...given)
    },
  })

  test('only who knows the password hears that he was deactivated, or that passwords do not sign in here', async () => {
    const barred = await person()
    await set(barred, { state: 'deactivated' })
    expect((await visitors.visitor().signIn(barred.email, secret)).code).toBe('member_deactivated')
    const home = await otherOrganization()
    const guest = await person('owner', home)
    await policies(home, { passwordSignIn: 'off' })
    expect((await visitors.visitor().signIn(guest.email, secret)).code).toBe('password_sign_in_off')
    expect((await visitors.visitor().signIn(guest.email, `${secret}.`)).code).toBe('sign_in_refused')
  })

  test('a value that was planted before a sign-in opens nothing after it', async () => {
    const ada = await person()
    const [victim, attacker] = [visitors.visitor(), visitors.visitor()]
    const planted = `${cookieName}=${'A'.repeat(43)}`
    victim.hold(planted, null)
    await victim.signIn(ada.email, secret)
    expect(victim.holds().cookie).not.toBe(planted)
    attacker.hold(planted, null)
    expect((await attacker.ask('GET /me')).code).toBe('not_signed_in')
    // Signed in again: the value of before is void too.
    const former = victim.holds().cookie
    await victim.signIn(ada.email, secret)
    attacker.hold(former)
    expect((await attacker.ask('GET /me')).code).toBe('not_signed_in')
    expect((await victim.ask('GET /me')).status).toBe(200)
  })

  test('one browser is in several organizations, and each call names the one that it means', async () => {
    const home = await otherOrganization()
    const [here, there] = [await person('admin'), await person('member', home)]
    const browser = visitors.visitor()
    await browser.signIn(here.email, secret)
    ring.clock.forward(1000)
    const second = await browser.signIn(there.email, secret)
    expect(second.body.organization.id).toBe(home)
    const current = await browser.ask('GET /sessions/current')
    expect(current.body.others).toEqual([expect.objectContaining({ slug: 'default' })])
    const inDefault = await browser.ask('GET /me', undefined, { 'ostiary-organization': 'default' })
    expect(inDefault.body.member.id).toBe(here.memberId)
    const byId = await browser.ask('GET /me', undefined, { 'ostiary-organization': home })
    expect(byId.body.member.id).toBe(there.memberId)
    expect((await browser.ask('GET /me')).body.member.id).toBe(there.memberId)
    for (const foreign of [await otherOrganization(), 'no-such', ''])
      expect((await browser.ask('GET /me', undefined, { 'ostiary-organization': foreign })).status).toBe(404)
  })

  test('one address in several organizations: the oldest one, unless another is named, so that nobody who plants it stands before it', async () => {
    const home = await otherOrganization()
    const here = await person()
    ring.clock.forward(1000)
    const there = await person('member', home)
    await set(there, { email: here.email })
    expect((await visitors.visitor().signIn(here.email, secret)).body.member.id).toBe(here.memberId)
    ring.clock.forward(1000)
    const named = await visitors.visitor().signIn(here.email, secret, home)
    expect(named.body.member.id).toBe(there.memberId)
    expect((await visitors.visitor().signIn(here.email, secret)).body.member.id).toBe(here.memberId)
    const slug = await visitors.visitor().signIn(here.email, secret, 'default')
    expect(slug.body.member.id).toBe(here.memberId)
    expect((await visitors.visitor().signIn(here.email, secret, 'no-such')).code).toBe('sign_in_refused')
    // Who was barred in one place still comes into the other.
    await set(here, { state: 'deactivated' })
    expect((await visitors.visitor().signIn(here.email, secret)).body.member.id).toBe(there.memberId)
  })

  test('G10 a password of one organization opens no other, whoever has put the address there', async () => {
    const home = await otherOrganization()
    const victim = await person('owner')
    const planted = await ring.addMember('owner', home)
    await givePassword(ring, database, planted, 'a password of the attacker')
    await set(planted, { email: victim.email })
    const told = await visitors.visitor().signIn(victim.email, 'a password of the attacker', 'default')
    expect(told.code).toBe('sign_in_refused')
    const own = await visitors.visitor().signIn(victim.email, 'a password of the attacker', home)
    expect(own.body.organization.id).toBe(home)
  })

  test('whoever guesses is slowed down, and locks nobody out who comes from elsewhere', async () => {
    const ada = await person()
    const attacker = visitors.visitor('203.0.113.9')
    for (let guess = 0; guess < 10; guess += 1)
      expect((await attacker.signIn(ada.email, `wrong guess ${guess}`)).code).toBe('sign_in_refused')
    const slowed = await attacker.signIn(ada.email, secret)
    expect([slowed.status, slowed.code]).toEqual([429, 'too_many_attempts'])
    expect((await visitors.visitor('203.0.113.10').signIn(ada.email, secret)).status).toBe(201)
    ring.clock.forward(7000)
    expect((await attacker.signIn(ada.email, secret)).status).toBe(201)
  })

  test('unknown addresses are slowed down alike', async () => {
    const attacker = visitors.visitor('203.0.113.11')
    const codes: (string | null)[] = []
    for (let guess = 0; guess < 11; guess += 1)
      codes.push((await attacker.signIn('nobody.at.all@example.com', `wrong guess ${guess}`)).code)
    expect(codes).toEqual([...Array(10).fill('sign_in_refused'), 'too_many_attempts'])
  })

  test('guesses that come all at once are counted before the first one is answered', async () => {
    const ada = await person()
    const attacker = visitors.visitor('203.0.113.12')
    const crowd = await Promise.all(Array.from({ length: 30 }, (_, at) => attacker.signIn(ada.email, `wrong ${at}`)))
    const looked = crowd.filter(({ code }) => code === 'sign_in_refused').length
    expect(looked).toBeLessThan(20)
    expect(crowd.filter(({ code }) => code === 'too_many_attempts')).toHaveLength(30 - looked)
  })

  test('an Idempotency-Key gives nobody the session of somebody else', async () => {
    const ada = await person()
    const headers = { 'idempotency-key': 'the-same-for-all' }
    const body = { email: ada.email, password: secret }
    const one = await visitors.visitor().ask('POST /sessions', body, headers)
    const other = await visitors.visitor().ask('POST /sessions', body, headers)
    expect([one.status, other.status]).toEqual([201, 201])
    expect(one.body.session.id).not.toBe(other.body.session.id)
    expect(one.setCookie).not.toBe(other.setCookie)
  })

  test('passwords with NUL, of half a character or of a megabyte cost no Argon2', async () => {
    const ada = await person()
    const work: string[] = []
    const counted = createVisitors(ring, database, { ...ring.peopleDeps, ...watchedDeps(work) })
    const asked = (password: unknown) => counted.visitor().ask('POST /sessions', { email: ada.email, password })
    for (const password of ['nul\0nul', '\ud800 half', '', 7, null, ['x'], 'x'.repeat(1025)])
      expect((await asked(password)).status).toBe(422)
    expect((await asked('x'.repeat(1_048_576))).status).toBe(413)
    expect((await counted.visitor().ask('POST /sessions', { email: ada.email, password: secret, x: 1 })).status).toBe(
      422,
    )
    expect(work).toEqual([])
  })

  test('the same password, however a keyboard composes it', async () => {
    const ada = await ring.addMember('member')
    const email = await givePassword(ring, database, ada, 'Z\u0075\u0308rich, am Bahnhof')
    expect((await visitors.visitor().signIn(email, 'Z\u00fcrich, am Bahnhof')).status).toBe(201)
  })
})
