import { beforeAll, expect, test } from 'vitest'
import { createKeyring, type Keyring } from '../../../test/keyring.ts'
import { onEachStore } from '../../../test/stores.ts'
import { createVisitors, givePassword, type Visitor } from '../../../test/visitors.ts'
import type { Database } from '../../db/database.ts'
import { Secret } from '../../secret.ts'
import type { Actor, Role } from '../schema.ts'
import { cookieName, csrfTokenOf } from './cookie.ts'

const secret = 'a quite long sentence'
const minuteMs = 60_000

onEachStore('what a session cookie is worth', (open) => {
  let database: Database
  let ring: Keyring
  let visitors: ReturnType<typeof createVisitors>

  const signedIn = async (role: Role = 'member'): Promise<{ who: Actor; browser: Visitor; id: string }> => {
    const who = await ring.addMember(role)
    const browser = visitors.visitor()
    const told = await browser.signIn(await givePassword(ring, database, who, secret), secret)
    return { who, browser, id: told.body.session.id }
  }
  const setMember = (who: Actor, row: { state?: 'active' | 'deactivated' | 'removed'; role?: Role }) =>
    database.system.transaction((db) => db.updateTable('members').set(row).where('id', '=', who.memberId).execute())
  const policies = (policy: object) =>
    database.system.transaction((db) =>
      db
        .updateTable('organizations')
        .set({ policies: JSON.stringify(policy) })
        .where('slug', '=', 'default')
        .execute(),
    )
  const asked = async (browser: Visitor, headers = {}) => (await browser.ask('GET /me', undefined, headers)).code
  const changes = async (browser: Visitor, headers = {}) =>
    (await browser.ask('POST /me/password', { current: secret, password: 'short' }, headers)).code

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    visitors = createVisitors(ring, database)
  })

  test('pages of other origins and sites get nothing out of the cookie, not even by reading', async () => {
    const { browser } = await signedIn()
    for (const site of ['cross-site', 'same-site', 'nonsense', ''])
      expect(await asked(browser, { 'sec-fetch-site': site }), site).toBe('cross_site')
    for (const site of ['same-origin', 'none', undefined])
      expect(await asked(browser, { 'sec-fetch-site': site }), site).toBeNull()
  })

  test('a change needs what only our own pages can have read', async () => {
    const { browser } = await signedIn()
    const { csrf } = browser.holds()
    const other = (await signedIn()).browser.holds().csrf
    for (const token of [undefined, '', 'x', other ?? '', csrf?.slice(0, -1), `${csrf}=`, csrf?.toUpperCase()])
      expect(await changes(browser, { 'ostiary-csrf': token }), String(token)).toBe('cross_site')
    expect(await changes(browser, { 'sec-fetch-site': 'cross-site' })).toBe('cross_site')
    // Let through to the schema, which says no to a short password.
    expect(await changes(browser)).toBe('invalid')
    expect((await browser.ask('DELETE /sessions/current', undefined, { 'ostiary-csrf': undefined })).code).toBe(
      'cross_site',
    )
    expect(await asked(browser)).toBeNull()
  })

  test('a look that names the token of another sign-in is answered nothing of this one', async () => {
    const { browser } = await signedIn()
    const { csrf } = browser.holds()
    const other = (await signedIn()).browser.holds().csrf
    for (const token of ['', 'x', other ?? '', csrf?.slice(0, -1)])
      expect(await asked(browser, { 'ostiary-csrf': token }), String(token)).toBe('cross_site')
    for (const token of [csrf, undefined]) expect(await asked(browser, { 'ostiary-csrf': token })).toBeNull()
  })

  test('two cookies of the name count as none, in whatever order', async () => {
    const [{ browser: one }, { browser: other }] = [await signedIn(), await signedIn()]
    const [mine, foreign] = [one.holds().cookie, other.holds().cookie]
    for (const cookie of [`${mine}; ${foreign}`, `${foreign}; ${mine}`, `${mine};${mine}`, `${mine}; ${cookieName}=`])
      expect(await asked(one, { cookie }), cookie).toBe('not_signed_in')
    expect(await asked(one, { cookie: `theme=dark; ${mine}; x-${cookieName}=1` })).toBeNull()
  })

  test('a cookie that was changed, cut or put under another name opens nothing', async () => {
    const { browser, id } = await signedIn()
    const value = browser.holds().cookie?.split('=')[1] ?? ''
    const turned = value.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))
    const nameless = { 'ostiary-csrf': undefined }
    const row = await database.system.read((db) =>
      db.selectFrom('sessions').select('browser_hash').where('id', '=', id).executeTakeFirst(),
    )
    for (const wrong of [turned, value.slice(0, -1), `${value}a`, '', `"${value}"`, row?.browser_hash, id])
      expect(await asked(browser, { ...nameless, cookie: `${cookieName}=${wrong}` }), wrong).toBe('not_signed_in')
    expect(await asked(browser, { ...nameless, cookie: `ostiary-session=${value}` })).toBe('not_signed_in')
    expect(await asked(browser, { ...nameless, cookie: browser.holds().cookie?.toLowerCase() })).toBe('not_signed_in')
  })

  test('whoever does nothing for as long as the policy says is signed out, and nobody else', async () => {
    const { browser } = await signedIn()
    const idle = 720 * minuteMs
    ring.clock.forward(idle - minuteMs)
    expect(await asked(browser)).toBeNull()
    await visitors.used.flush()
    ring.clock.forward(idle - minuteMs)
    expect(await asked(browser)).toBeNull()
    await visitors.used.flush()
    ring.clock.forward(idle + minuteMs)
    expect(await asked(browser)).toBe('not_signed_in')
  })

  test('a session ends for good at its absolute end, however busy it is', async () => {
    const { browser } = await signedIn()
    for (let hour = 0; hour < 167; hour += 6) {
      expect(await asked(browser)).toBeNull()
      await visitors.used.flush()
      ring.clock.forward(6 * 60 * minuteMs)
    }
    expect(await asked(browser)).toBe('not_signed_in')
  })

  test('a stricter policy ends what is open', async () => {
    const [{ browser: idle }, { browser: old }] = [await signedIn(), await signedIn()]
    ring.clock.forward(20 * minuteMs)
    expect(await asked(old)).toBeNull()
    await visitors.used.flush()
    await policies({ sessionIdleMinutes: 15 })
    expect([await asked(idle), await asked(old)]).toEqual(['not_signed_in', null])
    ring.clock.forward(45 * minuteMs)
    await policies({ sessionMaxHours: 1 })
    expect(await asked(old)).toBe('not_signed_in')
    await policies({})
  })

  test('the last use is written at most once a minute, and never by the call itself', async () => {
    const { browser, id } = await signedIn()
    const last = async () =>
      (
        await database.system.read((db) =>
          db.selectFrom('sessions').select('last_used_at').where('id', '=', id).executeTakeFirst(),
        )
      )?.last_used_at
    const began = await last()
    ring.clock.forward(minuteMs - 1)
    await asked(browser)
    await visitors.used.flush()
    expect(await last()).toBe(began)
    ring.clock.forward(1)
    await asked(browser)
    expect(await last()).toBe(began)
    await visitors.used.flush()
    expect(await last()).toBe(ring.clock.now())
  })

  test('whoever is deactivated or removed is out with the next call, and a role counts as it is now', async () => {
    const [barred, removed, risen] = [await signedIn(), await signedIn(), await signedIn('admin')]
    await setMember(barred.who, { state: 'deactivated' })
    await setMember(removed.who, { state: 'removed' })
    expect(await asked(barred.browser)).toBe('not_signed_in')
    expect(await asked(removed.browser)).toBe('not_signed_in')
    expect((await risen.browser.ask('GET /members')).status).toBe(200)
    await setMember(risen.who, { role: 'member' })
    expect((await risen.browser.ask('GET /me')).body.member.role).toBe('member')
  })

  test('a session that was ended opens nothing', async () => {
    const { browser, id } = await signedIn()
    const { cookie } = browser.holds()
    expect((await browser.ask(`DELETE /sessions/${id}`)).status).toBe(200)
    expect(browser.holds().cookie).toBe(cookie)
    expect(await asked(browser)).toBe('not_signed_in')
  })

  test('beside a token the cookie says nothing, and a token opens nothing that is for browsers', async () => {
    const { browser } = await signedIn('owner')
    const minted = await browser.ask('POST /management-tokens', { name: 'ci', scopes: ['keys:read'] })
    expect(minted.status).toBe(201)
    const authorization = `Bearer ${minted.body.secret}`
    const both = await browser.ask('GET /me', undefined, { authorization, 'sec-fetch-site': 'cross-site' })
    expect(both.body.scopes).toEqual(['keys:read'])
    expect((await browser.ask('GET /members', undefined, { authorization })).code).toBe('not_permitted')
    expect(await asked(browser, { authorization: 'Bearer nonsense' })).toBe('not_signed_in')
    expect(await asked(browser, { authorization: '' })).toBe('not_signed_in')
    for (const line of ['GET /sessions/current', 'DELETE /sessions/current'])
      expect((await browser.ask(line, undefined, { authorization })).code).toBe('not_permitted')
    expect(await changes(browser, { authorization })).toBe('not_permitted')
  })

  test('an operator is one by his browser too, and a member is not', async () => {
    const email = await givePassword(ring, database, { ...ring.first, memberId: ring.first.owner.id }, secret)
    const boss = visitors.visitor()
    await boss.signIn(email, secret)
    expect((await boss.ask('GET /me')).body).toMatchObject({ operator: true, scopes: ['*'] })
    expect((await (await signedIn('owner')).browser.ask('GET /me')).body.operator).toBe(false)
  })

  test('without the second factor a session opens the way to it and nothing else', async () => {
    await policies({ secondFactorRoles: ['owner'] })
    const { browser } = await signedIn('owner')
    const current = await browser.ask('GET /sessions/current')
    expect(current.body.secondFactor).toBe('needed')
    for (const line of ['GET /me', 'GET /members', 'GET /sessions', 'GET /organizations'])
      expect((await browser.ask(line)).code, line).toBe('second_factor_required')
    expect(await changes(browser)).toBe('second_factor_required')
    expect((await browser.ask('DELETE /sessions/current')).status).toBe(200)
    await policies({})
  })

  test('G6 no answer but the line that sets it holds the cookie, and no failure logs it', async () => {
    const { browser, id, who } = await signedIn('owner')
    const value = browser.holds().cookie?.split('=')[1] ?? ''
    const lines: [string, unknown?][] = [
      ['GET /me'],
      ['GET /sessions/current'],
      ['GET /sessions'],
      [`GET /sessions?member=${who.memberId}`],
      ['POST /me/password', { current: value, password: value, [value]: 1 }],
      ['POST /sessions', { email: `${value}@example.com`, password: value, [value]: value }],
      [`DELETE /sessions/${value}`],
      [`POST /members/${who.memberId}/end-sessions`, { [value]: 1 }],
      ['GET /members'],
      [`DELETE /sessions/${id}`],
    ]
    for (const [line, body] of lines) {
      const told = await browser.ask(line, body)
      if (body === undefined) expect(told.text, line).not.toContain(value)
      expect(told.setCookie, line).toBeNull()
    }
    expect(JSON.stringify(visitors.failures)).not.toContain(value)
  })

  test('the token of the page says nothing about the cookie', () => {
    const cookie = new Secret('A'.repeat(43))
    expect(csrfTokenOf(cookie)).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(csrfTokenOf(cookie)).not.toBe(csrfTokenOf(new Secret('B'.repeat(43))))
    expect(`${cookie}`).not.toContain('AAA')
  })
})
