import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlRoute } from '../src/control/call.ts'
import { onEachStore } from './stores.ts'
import { another, bodyOf, type Ids, kindIn, lineOf, nobodys, paramsOf, routes } from './tenants/calls.ts'
import { type Answer, type Running, startControl } from './tenants/control.ts'
import { createPeople } from './tenants/people.ts'
import { askAs, fromOwnPage, type Signed, signIn } from './tenants/sessions.ts'

/** Every call of control, by people who have signed in with a browser. */

const password = 'a long enough pass phrase'
const hourMs = 3_600_000
const minuteMs = 60_000

onEachStore('every call of control, by a browser', (_open, stores) => {
  let control: Running
  let ids: Ids
  let callers: Record<'signed' | 'unproved' | 'deactivated' | 'expired', Signed>
  let ownerToken: string

  const person = async (name: string, role: string) => {
    const email = `${another(name)}@example.com`
    const { member } = await control.done(control.operator, 'POST /members', { email, name, role, password })
    return { id: member.id as string, email }
  }
  beforeAll(async () => {
    control = await startControl(stores)
    const people = await createPeople(control)
    ids = people.theirs
    ownerToken = people.roles.owner.token
    const rules = { secondFactorRoles: ['admin'], sessionIdleMinutes: 720, sessionMaxHours: 168 }
    await control.done(control.operator, 'PATCH /policies', rules)
    const [old, owner] = [await person('old', 'owner'), await person('owner', 'owner')]
    const [admin, leaver] = [await person('admin', 'admin'), await person('leaver', 'owner')]
    const expired = await signIn(control, old.email, password)
    const deactivated = await signIn(control, leaver.email, password)
    await control.done(control.operator, `POST /members/${leaver.id}/deactivate`, { waitMs: 0 })
    control.forward(13 * hourMs)
    const signed = await signIn(control, owner.email, password)
    callers = { signed, unproved: await signIn(control, admin.email, password), deactivated, expired }
  }, 120_000)
  afterAll(() => control?.stop())

  const whereOf = (route: ControlRoute): string => {
    const kind = kindIn(route.path)
    const params = kind === null ? nobodys : paramsOf(route.path, ids[kind])
    return route.path.replace(/:(\w+)/g, (_, name) => params[name] ?? '')
  }
  const bodyFor = (route: ControlRoute): object | undefined => bodyOf(lineOf(route), ids, another('made'))
  const ask = (who: Signed, route: ControlRoute, more?: Record<string, string>): Promise<Answer> =>
    askAs(control, who, `${route.method} ${whereOf(route)}`, bodyFor(route), more)

  const guarded = routes.filter(({ needs }) => needs.right !== 'public')

  test.each(guarded.map((route) => [lineOf(route), route] as const))('%s', async (_line, route) => {
    const { right } = route.needs
    expect((await ask(callers.expired, route)).code, 'a session that is over').toBe('not_signed_in')
    expect((await ask(callers.deactivated, route)).code, 'of somebody who was deactivated').toBe('not_signed_in')
    const unproved = (await ask(callers.unproved, route)).code
    if (right === 'first-factor') expect(unproved, 'without the second factor').not.toBe('second_factor_required')
    else expect(unproved, 'without the second factor').toBe('second_factor_required')
    const elsewhere = await ask(callers.signed, route, { 'sec-fetch-site': 'cross-site' })
    expect(elsewhere.code, 'from a page of somebody else').toBe('cross_site')
    if (route.method !== 'GET')
      for (const csrf of ['', 'wrong', callers.unproved.csrf])
        expect((await ask(callers.signed, route, { 'ostiary-csrf': csrf })).code, 'with no token of its page').toBe(
          'cross_site',
        )
    const line = `${route.method} ${whereOf(route)}`
    if (right === 'session' || right === 'first-factor')
      expect((await control.ask(ownerToken, line, bodyFor(route))).code, 'with a token').toBe('not_permitted')
    if (route.method === 'GET' && right !== 'session' && right !== 'first-factor') {
      const [byCookie, byToken] = [await ask(callers.signed, route), await control.ask(ownerToken, line)]
      expect([byCookie.status, byCookie.code], 'as with a token').toEqual([byToken.status, byToken.code])
    }
    expect(control.failures).toEqual([])
  })

  test('a session that is used lives on, and one that is not ends by itself', async () => {
    const { email } = await person('busy', 'member')
    const signed = await signIn(control, email, password)
    for (let hours = 0; hours < 30; hours += 10) {
      expect((await askAs(control, signed, 'GET /me')).status).toBe(200)
      control.forward(10 * hourMs)
    }
    expect((await askAs(control, signed, 'GET /me')).status).toBe(200)
    control.forward(12 * hourMs + 2 * minuteMs)
    expect((await askAs(control, signed, 'GET /me')).code).toBe('not_signed_in')
  })

  test('who presents a token is asked for nothing that a browser would add', async () => {
    const { email } = await person('both', 'member')
    const { cookie } = await signIn(control, email, password)
    const headers = { cookie, 'sec-fetch-site': 'cross-site', authorization: `Bearer ${ownerToken}` }
    const both = await control.readOf(await control.send('GET /me', headers))
    expect([both.status, both.body.member.role]).toEqual([200, 'owner'])
    const wrong = { ...fromOwnPage({ cookie, csrf: '' }), authorization: 'Bearer nonsense' }
    expect((await control.readOf(await control.send('GET /me', wrong))).code).toBe('not_signed_in')
  })
})
