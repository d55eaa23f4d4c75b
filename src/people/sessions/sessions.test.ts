import { beforeAll, expect, test } from 'vitest'
import { createKeyring, type Keyring } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createVisitors, givePassword, type Visitor } from '../../../test/visitors.ts'
import type { Database } from '../../db/database.ts'
import { foundOrganization } from '../organizations/found.ts'
import type { Actor, Role } from '../schema.ts'
import { forgetSessions } from './old/store.ts'
import { raiseSession } from './raise.ts'

const secret = 'a quite long sentence'
const fresh = 'another rather long one'
const dayMs = 86_400_000

onEachStore('sessions and passwords', (open) => {
  let database: Database
  let ring: Keyring
  let visitors: ReturnType<typeof createVisitors>

  type Person = { who: Actor; email: string; browser: Visitor; id: string }
  const signedIn = async (role: Role = 'member', organizationId?: string): Promise<Person> => {
    const who = await ring.addMember(role, organizationId)
    const email = await givePassword(ring, database, who, secret)
    const browser = visitors.visitor()
    return { who, email, browser, id: (await browser.signIn(email, secret)).body.session.id }
  }
  const again = async (email: string): Promise<Visitor> => {
    const browser = visitors.visitor()
    expect((await browser.signIn(email, secret)).status).toBe(201)
    return browser
  }
  const otherOrganization = async (slug: string): Promise<string> => {
    const owner = { email: `boss@${slug}.example`, name: 'Boss', isOperator: false }
    const charter = { slug, name: slug, isDefault: false, owner, at: ring.clock.now() }
    return (await database.system.transaction((db) => foundOrganization(db, ring.peopleDeps, charter))).organizationId
  }
  const isIn = async (browser: Visitor): Promise<boolean> => (await browser.ask('GET /me')).status === 200
  const events = (action: string, subject: string) =>
    database.system.read((db) =>
      db
        .selectFrom('audit_events')
        .selectAll()
        .where('action', '=', action)
        .where('subject_id', '=', subject)
        .execute(),
    )

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    visitors = createVisitors(ring, database)
  })

  test('everybody sees where he is signed in, newest first, and signs a browser out', async () => {
    const ada = await signedIn()
    ring.clock.forward(1000)
    const phone = await again(ada.email)
    const listed = await phone.ask('GET /sessions')
    expect(listed.body).toMatchObject({ total: 2, items: [{ current: true }, { id: ada.id, current: false }] })
    expect(listed.body.refs[ada.who.memberId]).toEqual({ slug: null, name: 'member' })
    expect((await phone.ask(`DELETE /sessions/${ada.id}`)).body.session.endedAt).not.toBeNull()
    expect([await isIn(ada.browser), await isIn(phone)]).toEqual([false, true])
    expect((await phone.ask('GET /sessions')).body.total).toBe(1)
    expect(await events('session.ended', ada.id)).toHaveLength(1)
    const repeated = await phone.ask(`DELETE /sessions/${ada.id}`)
    expect([repeated.status, (await events('session.ended', ada.id)).length]).toEqual([200, 1])
  })

  test('a list is read page by page, and a cursor of one person is none of another', async () => {
    const [ada, admin] = [await signedIn(), await signedIn('admin')]
    for (let at = 0; at < 4; at += 1) await again(ada.email)
    const seen: string[] = []
    let next: string | null = ''
    while (next !== null) {
      const cursor: string = next === '' ? '' : `&cursor=${next}`
      const page = await admin.browser.ask(`GET /sessions?member=${ada.who.memberId}&limit=2${cursor}`)
      seen.push(...page.body.items.map(({ id }: { id: string }) => id))
      next = page.body.nextCursor
      if (next !== null) expect((await admin.browser.ask(`GET /sessions?cursor=${next}`)).code).toBe('bad_cursor')
    }
    expect(new Set(seen).size).toBe(5)
  })

  test('B22 to a member the sessions of others do not exist; an admin ends those of whoever may do less', async () => {
    const [ada, ben, admin, owner] = [
      await signedIn(),
      await signedIn(),
      await signedIn('admin'),
      await signedIn('owner'),
    ]
    const tries = [`GET /sessions?member=${ben.who.memberId}`, `DELETE /sessions/${ben.id}`]
    for (const line of [...tries, `POST /members/${ben.who.memberId}/end-sessions`])
      expect((await ada.browser.ask(line)).code, line).toBe('not_found')
    expect((await admin.browser.ask(`GET /sessions?member=${ben.who.memberId}`)).body.items[0].id).toBe(ben.id)
    expect((await admin.browser.ask(`DELETE /sessions/${owner.id}`)).code).toBe('not_permitted')
    expect((await admin.browser.ask(`POST /members/${owner.who.memberId}/end-sessions`)).code).toBe('not_permitted')
    expect((await admin.browser.ask(`DELETE /sessions/${ben.id}`)).status).toBe(200)
    expect([await isIn(ben.browser), await isIn(owner.browser)]).toEqual([false, true])
    const auditor = await signedIn('auditor')
    expect((await auditor.browser.ask(`GET /sessions?member=${ada.who.memberId}`)).status).toBe(200)
    expect((await auditor.browser.ask(`DELETE /sessions/${ada.id}`)).code).toBe('not_found')
    expect((await auditor.browser.ask(`DELETE /sessions/${auditor.id}`)).status).toBe(200)
  })

  test('nobody rises with a session of somebody who becomes owner or operator: he signs in anew', async () => {
    const operator = visitors.visitor()
    const boss = { ...ring.first, memberId: ring.first.owner.id }
    await operator.signIn(await givePassword(ring, database, boss, secret), secret)
    for (const change of [{ role: 'owner' }, { operator: true }]) {
      const ada = await signedIn()
      const raise = (body: object) => operator.ask(`PATCH /members/${ada.who.memberId}`, body)
      expect((await raise({ role: 'admin' })).status).toBe(200)
      expect(await isIn(ada.browser)).toBe(true)
      expect((await raise(change)).status).toBe(200)
      expect(await isIn(ada.browser)).toBe(false)
      const [told] = await events('session.ended', ada.who.memberId)
      expect(JSON.parse(told?.after ?? '')).toEqual({ sessions: 1, why: 'risen' })
      const anew = await again(ada.email)
      expect((await raise({ name: 'Ada' })).status).toBe(200)
      expect((await anew.ask('GET /me')).body).toMatchObject({ operator: 'operator' in change })
    }
    expect(await isIn(operator)).toBe(true)
  })

  test('a password that an admin chose is void where its owner rises above the admin, and stays where it was his own', async () => {
    const operator = visitors.visitor()
    const boss = { ...ring.first, memberId: ring.first.owner.id }
    await operator.signIn(await givePassword(ring, database, boss, secret), secret)
    const [admin, owner] = [await signedIn('admin'), await signedIn('owner')]
    const chosen = 'a phrase that somebody chose'
    const added = async (by: typeof admin, email: string) => {
      const { body } = await by.browser.ask('POST /members', { email, role: 'member', password: chosen })
      return { id: body.member.id as string, email }
    }
    const comesIn = async (email: string) => (await visitors.visitor().signIn(email, chosen)).status === 201
    const rise = async (id: string, body: object) =>
      expect((await operator.ask(`PATCH /members/${id}`, body)).status).toBe(200)
    const byAdmin = await added(admin, 'by-admin@example.com')
    const byOwner = await added(owner, 'by-owner@example.com')
    await rise(byAdmin.id, { role: 'auditor' })
    expect(await comesIn(byAdmin.email)).toBe(true)
    for (const { id } of [byAdmin, byOwner]) await rise(id, { role: 'owner' })
    expect([await comesIn(byAdmin.email), await comesIn(byOwner.email)]).toEqual([false, true])
    await rise(byOwner.id, { operator: true })
    expect(await comesIn(byOwner.email)).toBe(false)
    const told = await events('password.set', byAdmin.id)
    expect(told.map(({ after }) => JSON.parse(after ?? ''))).toContainEqual({
      ...{ by: 'nobody', why: 'risen', knownTo: admin.who.memberId },
    })
  })

  test('G10 sessions of another organization are unknown to its neighbours', async () => {
    const home = await otherOrganization('neighbour')
    const [owner, foreign] = [await signedIn('owner'), await signedIn('owner', home)]
    for (const line of [
      `DELETE /sessions/${foreign.id}`,
      `GET /sessions?member=${foreign.who.memberId}`,
      `POST /members/${foreign.who.memberId}/end-sessions`,
    ])
      expect((await owner.browser.ask(line)).code, line).toBe('not_found')
    expect(await isIn(foreign.browser)).toBe(true)
  })

  test('a person is signed out of every browser at once, told in one event', async () => {
    const [ada, admin] = [await signedIn(), await signedIn('admin')]
    const browsers = [ada.browser, await again(ada.email), await again(ada.email)]
    const told = await admin.browser.ask(`POST /members/${ada.who.memberId}/end-sessions`)
    expect(told.body).toEqual({ ended: 3 })
    expect(await Promise.all(browsers.map(isIn))).toEqual([false, false, false])
    expect(await events('session.ended', ada.who.memberId)).toHaveLength(1)
    expect((await admin.browser.ask(`POST /members/${ada.who.memberId}/end-sessions`)).body).toEqual({ ended: 0 })
    expect(await events('session.ended', ada.who.memberId)).toHaveLength(1)
    expect((await ada.browser.signIn(ada.email, secret)).status).toBe(201)
  })

  test('signing out leaves one organization, or all that this browser is signed in to', async () => {
    const home = await otherOrganization('second-home')
    const browser = visitors.visitor()
    const people = [await signedIn(), await signedIn('member', home)]
    for (const { email } of people) {
      await browser.signIn(email, secret)
      ring.clock.forward(1000)
    }
    const out = await browser.ask('DELETE /sessions/current')
    expect(out.body).toMatchObject({ session: { organization: home }, endSessionUrl: null })
    expect(out.setCookie).toBeNull()
    expect((await browser.ask('GET /me')).body.organization.slug).toBe('default')
    await browser.signIn(people[1]?.email ?? '', secret)
    const all = await browser.ask('DELETE /sessions/current?everywhere=true')
    expect(all.setCookie).toMatch(/^__Host-ostiary-session=; Max-Age=0; Path=\/; HttpOnly; Secure; SameSite=Lax$/)
    expect(await isIn(browser)).toBe(false)
    // Where the same people are signed in otherwise, they stay so.
    expect(await Promise.all(people.map((person) => isIn(person.browser)))).toEqual([true, true])
  })

  test('a management token sees and ends the sessions of its member, as far as its scopes go', async () => {
    const ada = await signedIn()
    const body = { name: 'ci', scopes: ['sessions:read'] }
    const authorization = `Bearer ${(await ada.browser.ask('POST /management-tokens', body)).body.secret}`
    const machine = visitors.visitor()
    const listed = await machine.ask('GET /sessions', undefined, { authorization })
    expect(listed.body).toMatchObject({ total: 1, items: [{ id: ada.id, current: false }] })
    expect((await machine.ask(`DELETE /sessions/${ada.id}`, undefined, { authorization })).code).toBe('not_permitted')
  })

  test('a new password signs every other browser out, and gives this one a new cookie', async () => {
    const ada = await signedIn()
    const other = await again(ada.email)
    const stolen = visitors.visitor()
    stolen.hold(ada.browser.holds().cookie, ada.browser.holds().csrf)
    expect(await isIn(stolen)).toBe(true)
    const told = await ada.browser.ask('POST /me/password', { current: secret, password: fresh })
    expect(told.body).toMatchObject({ sessionsEnded: 1 })
    expect([await isIn(ada.browser), await isIn(other), await isIn(stolen)]).toEqual([true, false, false])
    expect((await visitors.visitor().signIn(ada.email, secret)).code).toBe('sign_in_refused')
    expect((await visitors.visitor().signIn(ada.email, fresh)).status).toBe(201)
    expect(await events('password.set', ada.who.memberId)).toHaveLength(1)
  })

  test('whoever sits down at an open browser does not guess the password there', async () => {
    const ada = await signedIn()
    const change = (current: string, password = fresh) => ada.browser.ask('POST /me/password', { current, password })
    for (let guess = 0; guess < 10; guess += 1) {
      const told = await change(`wrong ${guess}`)
      expect([told.code, told.body.errors?.[0]?.pointer]).toEqual(['invalid', '/current'])
    }
    expect((await change(secret)).code).toBe('too_many_attempts')
    expect((await visitors.visitor().signIn(ada.email, secret)).status).toBe(201)
  })

  test('of two who change one password at the same time only one does', async () => {
    const ada = await signedIn()
    const other = await again(ada.email)
    const change = (browser: Visitor, password: string) =>
      browser.ask('POST /me/password', { current: secret, password })
    const told = await Promise.all([change(ada.browser, fresh), change(other, `${fresh} too`)])
    expect(told.map(({ status }) => status === 200).sort()).toEqual([false, true])
  })

  test('a rise of rights comes with a new cookie, and goes on in every organization of the browser', async () => {
    const home = await otherOrganization('risen')
    const [here, there] = [await signedIn(), await signedIn('member', home)]
    await here.browser.signIn(there.email, secret)
    const former = here.browser.holds()
    const rise = { organizationId: here.who.organizationId, sessionId: here.id, cookie: former.cookie }
    const raised = await database.system.transaction((db) => raiseSession(ring.peopleDeps)(db, rise))
    expect(await isIn(here.browser)).toBe(false)
    here.browser.hold(raised.setCookie.split(';')[0] ?? '', raised.csrfToken)
    const current = await here.browser.ask('GET /sessions/current', undefined, { 'ostiary-organization': 'default' })
    expect(current.body).toMatchObject({ secondFactor: 'passed', others: [{ slug: 'risen' }] })
    expect(current.body.csrfToken).toBe(raised.csrfToken)
  })

  test('sessions that are over for long are forgotten, those that are open never', async () => {
    const [open, ended] = [await signedIn(), await signedIn()]
    await ended.browser.ask('DELETE /sessions/current')
    const ids = async () =>
      (await database.system.read((db) => db.selectFrom('sessions').select('id').execute())).map(({ id }) => id)
    const forget = () => database.system.transaction((db) => forgetSessions(db, ring.clock.now() - 30 * dayMs))
    ring.clock.forward(29 * dayMs)
    await forget()
    expect(await ids()).toEqual(expect.arrayContaining([open.id, ended.id]))
    ring.clock.forward(2 * dayMs)
    const { id } = await signedIn()
    expect(await forget()).toBe(false)
    expect(await ids()).toEqual(expect.arrayContaining([open.id, id]))
    expect(await ids()).not.toContain(ended.id)
    ring.clock.forward(7 * dayMs)
    await forget()
    expect(await ids()).toEqual([id])
  })
})
