import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBrowser, type RealProvider, startProvider } from './oidc-provider-rig.ts'
import { type SingleSignOnWorld, startWorld } from './oidc-world.ts'
import type { Json } from './product.ts'
import { onEachStore } from './stores.ts'

const clientSecret = 'a secret of a client of a test'

onEachStore('single sign-on', (_open, stores) => {
  let world: SingleSignOnWorld
  let real: RealProvider
  let idp: Json
  let ops: Json
  const said = (email: string, more: object = {}) => ({ email, email_verified: true, name: 'Ada Lovelace', ...more })
  const memberOf = async (email: string): Promise<Json> =>
    (await world.done(world.operator, `GET /members?search=${encodeURIComponent(email)}`)).items[0]
  const change = (body: object) => world.done(world.operator, `PATCH /identity-providers/${idp.id}`, body)
  const meOf = async (session: string | null): Promise<Json> =>
    world.readOf(await world.send('GET /me', { cookie: `__Host-ostiary-session=${session}` }))

  beforeAll(async () => {
    world = await startWorld(stores)
    real = await startProvider()
    ops = (await world.done(world.operator, 'POST /teams', { slug: 'ops' })).team
    const rules = [
      { group: 'operations', team: 'ops' },
      { group: 'bosses', role: 'admin' },
      { group: 'ghosts', team: 'gone' },
    ]
    idp = await world.added({
      ...{ slug: 'company', name: 'Company', issuer: real.issuer, clientId: 'ostiary', clientSecret },
      ...{ scopes: ['openid', 'email', 'profile', 'groups'], domains: ['Example.com'], provisioning: 'by-domain' },
      ...{ groupsClaim: 'groups', groups: rules },
    })
    world.registered(real, [idp], clientSecret)
  })
  afterAll(async () => {
    await world.stop()
    await real.stop()
    expect(world.failures).toEqual([])
  })

  test('the first sign-in of somebody of the domain makes a member, and the next one finds him', async () => {
    real.person('subject-1', said('Ada@Example.com'))
    const first = await world.signIn(`${idp.signInUrl}?returnTo=/keys`)
    expect(first.ended).toBe('/keys')
    const ada = await memberOf('ada@example.com')
    expect(ada).toMatchObject({ email: 'ada@example.com', name: 'Ada Lovelace', role: 'member', operator: false })
    expect((await meOf(first.session)).body).toMatchObject({ member: { id: ada.id, role: 'member' } })
    real.person('subject-1', said('ada@elsewhere.example', { email_verified: false }))
    const again = await world.signIn(idp.signInUrl)
    expect(again.ended).toBe('/dashboard/')
    expect((await meOf(again.session)).body.member.id).toBe(ada.id)
    const events = (await world.eventsOf()).filter(({ subject }) => subject.id === ada.id)
    expect(events.map(({ action }) => action).toSorted()).toEqual(['identity.linked', 'member.created'])
    expect(events[0].actor).toMatchObject({ kind: 'system', id: idp.id })
  })

  test('whoever is a member already is linked by his verified address and keeps what he is', async () => {
    const { member } = await world.done(world.operator, 'POST /members', {
      email: 'grace@example.com',
      role: 'auditor',
    })
    await change({ provisioning: 'off' })
    real.person('subject-2', said('GRACE@example.com'))
    const { ended, session } = await world.signIn(idp.signInUrl)
    expect(ended).toBe('/dashboard/')
    expect((await meOf(session)).body.member).toMatchObject({ id: member.id, role: 'auditor' })
    await change({ provisioning: 'by-domain' })
  })

  test.each([
    ['unverified', { email: 'eve@example.com', email_verified: false }],
    ['verified only by a text', { email: 'eve@example.com', email_verified: 'true' }],
    ['of another domain', { email: 'eve@example.org', email_verified: true }],
    ['of a domain below', { email: 'eve@sub.example.com', email_verified: true }],
    ['of a domain that only ends so', { email: 'eve@badexample.com', email_verified: true }],
    ['one that folds to another', { email: '\u212aim@example.com', email_verified: true }],
    ['missing', {}],
  ])('an address that is %s lets nobody in', async (_title, claims) => {
    real.person('subject-of-nobody', claims)
    const { ended, session } = await world.signIn(idp.signInUrl)
    expect([ended, session]).toEqual(['/sign-in?error=sso_address', null])
  })

  test('an address that was given to somebody new is not the member who had it', async () => {
    await world.done(world.operator, 'POST /members', { email: 'desk@example.com' })
    real.person('desk-1', said('desk@example.com'))
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/dashboard/')
    real.person('desk-2', said('desk@example.com'))
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/sign-in?error=sso_taken')
  })

  test('whoever was deactivated is told so, and comes in again once he is active', async () => {
    const { member } = await world.done(world.operator, 'POST /members', { email: 'off@example.com' })
    real.person('off', said('off@example.com'))
    const { session } = await world.signIn(idp.signInUrl)
    await world.done(world.operator, `POST /members/${member.id}/deactivate`, {})
    expect((await meOf(session)).status).toBe(401)
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/sign-in?error=member_deactivated')
    await world.done(world.operator, `POST /members/${member.id}/activate`, {})
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/dashboard/')
  })

  test('without provisioning, and for whoever was removed, there is no way in', async () => {
    const { member } = await world.done(world.operator, 'POST /members', { email: 'gone@example.com' })
    real.person('gone', said('gone@example.com'))
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/dashboard/')
    await world.done(world.operator, `DELETE /members/${member.id}`)
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/sign-in?error=sso_not_member')
    const again = await world.done(world.operator, 'POST /members', { email: 'gone@example.com' })
    const { session } = await world.signIn(idp.signInUrl)
    expect((await meOf(session)).body.member.id).toBe(again.member.id)
    await change({ provisioning: 'off' })
    real.person('stranger', said('stranger@example.com'))
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/sign-in?error=sso_not_member')
    await change({ provisioning: 'by-domain' })
  })

  test('groups decide about the teams and roles of their rules at each sign-in, and about nothing else', async () => {
    const other = (await world.done(world.operator, 'POST /teams', { slug: 'other' })).team
    const come = async (groups: unknown) => {
      real.person('linus', said('linus@example.com', groups === undefined ? {} : { groups }))
      expect((await world.signIn(idp.signInUrl)).ended).toBe('/dashboard/')
      const linus = await memberOf('linus@example.com')
      const { team } = await world.done(world.operator, `GET /teams/${ops.id}`)
      return { role: linus.role, inOps: team.members.includes(linus.id), id: linus.id }
    }
    const first = await come(['bosses', 'operations', 'ghosts', 'nobody knows it'])
    expect(first).toMatchObject({ role: 'admin', inOps: true })
    await world.done(world.operator, `PATCH /teams/${other.id}`, { members: [first.id] })
    expect(await come(undefined)).toMatchObject({ role: 'admin', inOps: true })
    expect(await come(['operations'])).toMatchObject({ role: 'member', inOps: true })
    expect(await come('bosses')).toMatchObject({ role: 'admin', inOps: false })
    expect(await come([])).toMatchObject({ role: 'member', inOps: false })
    expect((await world.done(world.operator, `GET /teams/${other.id}`)).team.members).toEqual([first.id])
    expect(await world.actionsOf()).toContain('team.updated')
    expect((await world.done(world.operator, `POST /identity-providers/${idp.id}/test`)).missingTeams).toEqual(['gone'])
  })

  test('an owner stays owner whatever his groups are, and no group makes one', async () => {
    const { member } = await world.done(world.operator, 'POST /members', { email: 'boss@example.com', role: 'owner' })
    real.person('boss', said('boss@example.com', { groups: ['bosses'] }))
    await world.signIn(idp.signInUrl)
    expect(await memberOf('boss@example.com')).toMatchObject({ id: member.id, role: 'owner' })
    const groups = [{ group: 'bosses', role: 'owner' }]
    expect((await world.ask(world.operator, `PATCH /identity-providers/${idp.id}`, { groups })).code).toBe('invalid')
  })

  test('two first sign-ins at once are one member', async () => {
    real.person('twin', said('twin@example.com'))
    const both = await Promise.all([world.signIn(idp.signInUrl), world.signIn(idp.signInUrl)])
    expect(both.map(({ ended }) => ended)).toEqual(['/dashboard/', '/dashboard/'])
    const ids = await Promise.all(both.map(async ({ session }) => (await meOf(session)).body.member.id))
    expect(new Set(ids).size).toBe(1)
  })

  test('G10 an identity provider of one organization gains nothing in another, whatever it asserts', async () => {
    const evil = await world.organization('evil', 'owner@evil.example')
    const body = { slug: 'company', issuer: real.issuer, clientId: 'evil', clientSecret, provisioning: 'by-domain' }
    const theirs = await world.added({ ...body, domains: ['example.com'] }, evil.token)
    world.registered(real, [idp, theirs], clientSecret)
    const { member } = await world.done(world.operator, 'POST /members', { email: 'victim@example.com', role: 'admin' })
    real.person('victim', said('victim@example.com'))
    const { ended, session } = await world.signIn(theirs.signInUrl)
    expect(ended).toBe('/dashboard/')
    const me = (await meOf(session)).body
    expect([me.organization.slug, me.operator]).toEqual(['evil', false])
    expect(me.member.id).not.toBe(member.id)
    const named = { cookie: `__Host-ostiary-session=${session}`, 'ostiary-organization': 'default' }
    expect((await world.readOf(await world.send('GET /me', named))).status).toBe(404)
    world.registered(real, [idp], clientSecret)
  })

  test('an operator comes in only over a provider that an operator has written as it is', async () => {
    const { member } = await world.done(world.operator, 'POST /members', { email: 'root@example.com', role: 'owner' })
    await world.done(world.operator, `PATCH /members/${member.id}`, { operator: true })
    const { member: plain } = await world.done(world.operator, 'POST /members', {
      email: 'o@example.com',
      role: 'owner',
    })
    const token = { name: 'of an owner', scopes: ['*'], member: plain.id }
    const { secret } = await world.done(world.operator, 'POST /management-tokens', token)
    await world.done(secret, `PATCH /identity-providers/${idp.id}`, { name: 'Mine now' })
    real.person('root', said('root@example.com'))
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/sign-in?error=sso_operator')
    await change({ name: 'Company' })
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/dashboard/')
  })

  test('a provider that is switched off lets nobody in, also not whoever was on the way, and whoever was in is out', async () => {
    real.person('subject-1', said('ada@example.com'))
    const { session: inside } = await world.signIn(idp.signInUrl)
    expect((await meOf(inside)).status).toBe(200)
    const browser = createBrowser()
    const onTheWay = await browser.follow(idp.signInUrl, (to) => to.pathname.startsWith('/sign-in/callback'))
    await change({ state: 'disabled' })
    expect((await meOf(inside)).status).toBe(401)
    expect((await world.signIn(onTheWay, browser)).ended).toBe('/sign-in?error=sso_unknown')
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/sign-in?error=sso_unknown')
    await change({ state: 'active' })
    expect((await world.signIn(idp.signInUrl)).ended).toBe('/dashboard/')
  })

  test('a second factor is asked for here unless the provider asks for one itself', async () => {
    await world.done(world.operator, 'PATCH /policies', { secondFactorRoles: ['member'] })
    real.person('careful', said('careful@example.com'))
    expect((await meOf((await world.signIn(idp.signInUrl)).session)).code).toBe('second_factor_required')
    await change({ secondFactor: true })
    expect((await meOf((await world.signIn(idp.signInUrl)).session)).status).toBe(200)
    await change({ secondFactor: false })
    await world.done(world.operator, 'PATCH /policies', { secondFactorRoles: null })
  })

  test('signing out says where the provider ends its own session, and it comes back to the page of the sign-in', async () => {
    real.person('subject-1', said('ada@example.com'))
    const { session } = await world.signIn(idp.signInUrl)
    const headers = { cookie: `__Host-ostiary-session=${session}` }
    const { csrfToken } = (await world.readOf(await world.send('GET /sessions/current', headers))).body
    const ended = await world.send('DELETE /sessions/current', { ...headers, 'ostiary-csrf': csrfToken })
    const url = new URL((await world.readOf(ended)).body.endSessionUrl)
    expect(url.origin).toBe(real.issuer)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: 'ostiary',
      post_logout_redirect_uri: `${world.url}/sign-in`,
    })
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(200)
  })
})
