import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ControlRoute } from '../src/control/call.ts'
import { onEachStore } from './stores.ts'
import { another, bodyOf, type Ids, isForBrowsers, kindIn, lineOf, nobodys, paramsOf, routes } from './tenants/calls.ts'
import { type Answer, type Running, startControl } from './tenants/control.ts'
import { createPeople } from './tenants/people.ts'
import { password } from './tenants/people-calls.ts'
import { askAs, fromOwnPage, type Signed, signIn } from './tenants/sessions.ts'

/** Every call of control, by people who have signed in with a browser. */

const hourMs = 3_600_000

onEachStore('every call of control, by a browser', (_open, stores) => {
  let control: Running
  let ids: Ids
  let callers: Record<'signed' | 'leaving' | 'unproved' | 'unprovedLeaving' | 'deactivated' | 'expired', Signed>
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
    const entered = ({ email }: { readonly email: string }) => signIn(control, email, password)
    const [signed, leaving] = [await entered(owner), await entered(owner)]
    const [unproved, unprovedLeaving] = [await entered(admin), await entered(admin)]
    callers = { signed, leaving, unproved, unprovedLeaving, deactivated, expired }
  })
  afterAll(() => control?.stop())

  /** `id`: another one than that of the fixture. */
  const whereOf = (route: ControlRoute, id?: string): string => {
    const kind = kindIn(route.path)
    const params = kind === null ? nobodys : paramsOf(route.path, id ?? ids[kind])
    return route.path.replace(/:(\w+)/g, (_, name) => params[name] ?? '')
  }
  const bodyFor = (route: ControlRoute): object | undefined => bodyOf(lineOf(route), ids, another('made'))
  const ask = (who: Signed, route: ControlRoute, more?: Record<string, string>): Promise<Answer> =>
    askAs(control, who, `${route.method} ${whereOf(route)}`, bodyFor(route), more)

  test.each(routes.map((route) => [lineOf(route), route] as const))('%s', async (line, route) => {
    const { right } = route.needs
    if (right === 'public') return openToAll(route)
    expect((await ask(callers.expired, route)).code, 'a session that is over').toBe('not_signed_in')
    expect((await ask(callers.deactivated, route)).code, 'of somebody who was deactivated').toBe('not_signed_in')
    const isLeaving = line === 'DELETE /sessions/current'
    const unproved = (await ask(isLeaving ? callers.unprovedLeaving : callers.unproved, route)).code
    if (right === 'first-factor') expect(unproved, 'without the second factor').not.toBe('second_factor_required')
    else expect(unproved, 'without the second factor').toBe('second_factor_required')
    const elsewhere = await ask(callers.signed, route, { 'sec-fetch-site': 'cross-site' })
    expect(elsewhere.code, 'from a page of somebody else').toBe('cross_site')
    const isChange = route.method !== 'GET'
    for (const csrf of isChange ? ['', 'wrong', callers.unproved.csrf] : [])
      expect((await ask(callers.signed, route, { 'ostiary-csrf': csrf })).code, 'with no token of its page').toBe(
        'cross_site',
      )
    const [sent, body] = [`${route.method} ${whereOf(route)}`, bodyFor(route)]
    if (isForBrowsers(route)) {
      const { code } = await control.ask(ownerToken, sent, body)
      expect(code, 'with a token').toBe('not_permitted')
    } else if (!isChange && route.path !== '/me') {
      const [byCookie, byToken] = [await ask(callers.signed, route), await control.ask(ownerToken, sent)]
      expect([byCookie.status, byCookie.code], 'as with a token').toEqual([byToken.status, byToken.code])
    }
    if (right === 'operator') return
    // Through the door: what is behind it has nobody of this name.
    const somewhere = `${route.method} ${whereOf(route, 'nobody-of-this-name')}`
    const inside = await askAs(control, isLeaving ? callers.leaving : callers.signed, somewhere, body)
    expect(inside.code, 'signed in').not.toBeOneOf([
      'not_signed_in',
      'second_factor_required',
      'cross_site',
      'not_permitted',
    ])
    expect(control.failures).toEqual([])
  })

  /** Whoever he is, and from wherever: the cookie of the browser says nothing there. */
  const openToAll = async (route: ControlRoute): Promise<void> => {
    for (const who of [callers.expired, callers.deactivated, callers.unproved])
      expect((await ask(who, route)).code).not.toBeOneOf(['not_signed_in', 'second_factor_required', 'cross_site'])
    expect(control.failures).toEqual([])
  }

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
