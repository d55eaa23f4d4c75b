import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Json, type Product, startProduct } from './product.ts'

/** How people come in, leave and ask, as the contract of the REST surface says it, on the product as it is started. */

let product: Product
const rest: Product['rest'] = (...call) => product.rest(...call)
const password = 'a long enough pass phrase'
const idOf = (kind: string) => expect.stringMatching(new RegExp(`^${kind}_[0-9A-Za-z]{16}$`))
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
const effect = { acked: expect.any(Array), pending: expect.any(Array), effectiveEverywhereBy: time }
const linkTo = (page: string) =>
  expect.stringMatching(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/${page}#[0-9A-Za-z]{43}$`))
const codeIn = (url: string): string => new URL(url).hash.slice(1)

beforeAll(async () => {
  product = await startProduct({ store: 'sqlite' })
})
afterAll(() => product?.stop())

const done = async (method: string, path: string, body?: Json, status = 200): Promise<Json> => {
  const answer = await rest(method, path, body)
  expect([method, path, answer.status, answer.status === status ? '' : answer.text]).toEqual([method, path, status, ''])
  return answer.body
}
const post = (path: string, body: Json) => done('POST', path, body, 201)
/** As a browser would, with what its page knows; no token is sent. */
const browse =
  (headers: Record<string, string>) =>
  async (method: string, path: string, body?: Json): Promise<{ status: number; body: Json; headers: Headers }> => {
    const answer = await fetch(`${product.controlUrl}/api/v1${path}`, {
      method,
      headers: { 'sec-fetch-site': 'same-origin', ...(body && { 'content-type': 'application/json' }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: await answer.json(), headers: answer.headers }
  }
const signIn = async (email: string, secret = password) => {
  const answer = await browse({})('POST', '/sessions', { email, password: secret })
  const cookie = answer.headers.getSetCookie()[0] ?? ''
  return { answer, cookie, ask: browse({ cookie: cookie.split(';')[0] ?? '', 'ostiary-csrf': answer.body.csrfToken }) }
}

describe('members', () => {
  test('without a password somebody is invited: the answer holds the link, this once', async () => {
    const { member, invitation } = await post('/members', { email: 'Ada@Example.com', name: 'Ada', role: 'admin' })
    expect(member).toMatchObject({ id: idOf('mem'), email: 'ada@example.com', role: 'admin', status: 'invited' })
    expect(invitation).toEqual({ id: idOf('inv'), url: linkTo('invitation'), expiresAt: time })
    const shown = await rest('GET', `/invitations/${invitation.id}`)
    expect(shown.body.invitation).toMatchObject({ member: member.id, role: 'admin', state: 'open', acceptedAt: null })
    expect(shown.text).not.toContain(codeIn(invitation.url))
    const code = codeIn(invitation.url)
    const other = await browse({})('POST', '/invitations/accept', { code, email: 'eve@example.com', password })
    expect([other.status, other.body.code]).toEqual([404, 'not_found'])
    const taken = await browse({})('POST', '/invitations/accept', { code, email: 'ada@example.com', password })
    expect([taken.status, taken.body.member.id, taken.body.session.method]).toEqual([201, member.id, 'invitation'])
    const twice = await browse({})('POST', '/invitations/accept', { code, email: 'ada@example.com', password })
    expect(twice.body).toEqual({ ...other.body, requestId: twice.body.requestId })
    expect((await done('GET', `/members/${member.id}`)).member).toMatchObject({ status: 'active', lastSignInAt: time })
  })

  test('with a password there is no invitation, and a bad one is refused where it stands', async () => {
    const answer = await rest('POST', '/members', { email: 'lin@example.com', password })
    expect([answer.status, answer.body.member.status, answer.body.invitation]).toEqual([201, 'active', undefined])
    for (const bad of ['short', 'password1234', 'x'.repeat(300)]) {
      const refused = await rest('POST', '/members', { email: 'bad@example.com', password: bad })
      expect([bad.length, refused.status, refused.body.code, refused.body.errors?.[0]?.pointer]).toEqual([
        bad.length,
        422,
        'invalid',
        '/password',
      ])
      expect(refused.text).not.toContain(bad)
    }
  })

  test('who is deactivated is out with the answer, and says so to nobody without the right password', async () => {
    const { member } = await post('/members', { email: 'gone@example.com', password })
    const { key } = await post('/keys', { name: 'of gone', owner: { type: 'member', id: member.id } })
    const { ask } = await signIn('gone@example.com')
    const left = await done('POST', `/members/${member.id}/deactivate`, { waitMs: 0 })
    expect(left).toEqual({
      member: expect.objectContaining({ status: 'deactivated' }),
      effect,
      suspendedKeys: [key.id],
    })
    expect((await ask('GET', '/me')).body.code).toBe('not_signed_in')
    expect((await signIn('gone@example.com')).answer.body.code).toBe('member_deactivated')
    expect((await signIn('gone@example.com', `${password}, not`)).answer.body.code).toBe('sign_in_refused')
    const { team } = await post('/teams', { slug: 'heirs' })
    const to = { type: 'team', id: team.id }
    const plan = await done('POST', `/members/${member.id}/transfer`, { to, dryRun: true })
    expect(plan).toMatchObject({ dryRun: true, keys: [{ id: key.id, claim: null }], effect: null })
    const handed = await done('POST', `/members/${member.id}/transfer`, { to, waitMs: 0 })
    expect(handed).toMatchObject({ member: { id: member.id }, to: { id: team.id }, left: { keys: 0, apps: 0 }, effect })
    expect((await done('GET', `/keys/${key.id}`)).key.owner).toMatchObject(to)
    const back = await done('POST', `/members/${member.id}/activate`, { waitMs: 0 })
    expect(back).toEqual({ member: expect.objectContaining({ status: 'active' }), effect, resumedKeys: [] })
  })
})

describe('sessions', () => {
  test('signing in sets a cookie that no page reads, and answers who it is and the token of changes', async () => {
    await post('/members', { email: 'sam@example.com', name: 'Sam', password })
    const { answer, cookie, ask } = await signIn('sam@example.com')
    expect(answer.status).toBe(201)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(cookie).toMatch(/^__Host-ostiary-session=[0-9A-Za-z]{43}; /)
    for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(attribute)
    expect(cookie).not.toContain('Domain')
    expect(answer.body).toEqual({
      session: expect.objectContaining({ id: idOf('ses'), method: 'password', current: true, endedAt: null }),
      csrfToken: expect.any(String),
      member: { id: idOf('mem'), name: 'Sam', email: 'sam@example.com', role: 'member' },
      organization: { id: idOf('org'), slug: 'default', name: expect.any(String) },
      secondFactor: 'not-asked',
    })
    expect((await ask('GET', '/sessions/current')).body).toMatchObject({ csrfToken: answer.body.csrfToken, others: [] })
    expect((await ask('DELETE', '/sessions/current')).body).toMatchObject({ session: { endedAt: time } })
    expect((await ask('GET', '/me')).body.code).toBe('not_signed_in')
  })

  test('a session names its organization in a header, and none that it is not signed in to', async () => {
    const { ask: own, answer } = await signIn('sam@example.com')
    expect(answer.status).toBe(201)
    expect((await own('GET', '/me')).status).toBe(200)
    const cookie = (await signIn('sam@example.com')).cookie.split(';')[0] ?? ''
    const { id } = answer.body.organization
    for (const [name, status] of [
      ['default', 200],
      [id, 200],
      ['elsewhere', 404],
    ] as const)
      expect([name, (await browse({ cookie, 'ostiary-organization': name })('GET', '/me')).status]).toEqual([
        name,
        status,
      ])
  })

  test('from another page, or for a change without its token: 403 cross_site', async () => {
    const { cookie } = await signIn('sam@example.com')
    const held = { cookie: cookie.split(';')[0] ?? '' }
    const foreign = await browse({ ...held, 'sec-fetch-site': 'cross-site' })('GET', '/me')
    const bare = await browse(held)('DELETE', '/sessions/current')
    for (const refused of [foreign, bare]) expect([refused.status, refused.body.code]).toEqual([403, 'cross_site'])
  })

  test('a role that needs a second factor gets 403 second_factor_required until it has shown one', async () => {
    await done('PATCH', '/policies?waitMs=0', { secondFactorRoles: ['auditor'] })
    await post('/members', { email: 'aud@example.com', role: 'auditor', password })
    const { answer, ask } = await signIn('aud@example.com')
    expect(answer.body.secondFactor).toBe('needed')
    const shut = await ask('GET', '/keys')
    expect([shut.status, shut.body.code]).toEqual([403, 'second_factor_required'])
    expect((await ask('GET', '/me/second-factor')).body).toMatchObject({ state: 'off', required: true, codesLeft: 0 })
    expect((await ask('POST', '/me/second-factor', {})).body).toMatchObject({ uri: expect.stringMatching(/^otpauth:/) })
    await done('PATCH', '/policies?waitMs=0', { secondFactorRoles: null })
  })

  test('whether an address exists is told by neither a sign-in nor a reset', async () => {
    const bodies = []
    for (const email of ['sam@example.com', 'nobody@example.com']) {
      const refused = await browse({})('POST', '/sessions', { email, password: 'this is not the one' })
      const reset = await browse({})('POST', '/password-resets', { email })
      bodies.push([refused.status, { ...refused.body, requestId: '' }, reset.status, reset.body])
    }
    expect(bodies[0]).toEqual(bodies[1])
    expect(bodies[0]).toEqual([401, expect.objectContaining({ code: 'sign_in_refused' }), 202, {}])
  })
})

describe('requests for access', () => {
  test('somebody asks, an owner says yes or no once, and what is given ends', async () => {
    const { server } = await post('/servers', {
      slug: 'wiki',
      catalogs: [],
      transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
    })
    const { member } = await post('/members', { email: 'asks@example.com', name: 'Asks' })
    const { secret } = await post('/management-tokens', { name: 'hers', scopes: ['*'], member: member.id })
    const asking = (method: string, path: string, body?: Json) =>
      rest(method, path, body, { authorization: `Bearer ${secret}` })
    const asked = await asking('POST', '/access-requests', { server: 'wiki', reason: 'the report' })
    const { accessRequest } = asked.body
    expect([asked.status, accessRequest]).toEqual([
      201,
      expect.objectContaining({ id: idOf('arq'), state: 'open', kind: 'server', until: null, decidedBy: null }),
    ])
    expect(accessRequest).toMatchObject({ member: { id: member.id }, subject: { id: server.id, name: 'wiki' } })
    const path = `/access-requests/${accessRequest.id}`
    expect((await asking('POST', `${path}/approve`, {})).body.code).toBe('not_permitted')
    const until = new Date(Date.now() + 3_600_000).toISOString()
    const given = await done('POST', `${path}/approve`, { until, waitMs: 0 })
    expect(given).toMatchObject({ accessRequest: { state: 'approved', until, decidedAt: time }, effect })
    expect((await rest('POST', `${path}/approve`, {})).body).toMatchObject({ status: 409, code: 'request_decided' })
    const again = await asking('POST', '/access-requests', { server: 'wiki', reason: 'the report' })
    expect([again.status, again.body.code]).toEqual([409, 'already_granted'])
    expect((await done('GET', '/access-requests?state=approved')).items).toHaveLength(1)
    expect((await done('POST', `${path}/end`, { waitMs: 0 })).accessRequest.state).toBe('ended')
  })

  test('exactly one thing is asked for, and nothing that is not there', async () => {
    for (const [body, pointers] of [
      [{ reason: 'x' }, ['/server', '/tool', '/provider', '/model', '/budget']],
      [{ server: 'nowhere', reason: 'x' }, ['/server']],
      [{ model: 'nowhere', reason: 'x' }, ['/model']],
      [{ server: 'wiki' }, ['/reason']],
    ] as const) {
      const { status, body: refused } = await rest('POST', '/access-requests', body)
      expect([status, refused.errors.map(({ pointer }: Json) => pointer)]).toEqual([422, pointers])
    }
  })
})

describe('identity providers', () => {
  test('one is added, shown without its secret, changed, asked and deleted', async () => {
    const body = {
      slug: 'corp',
      issuer: 'http://127.0.0.1:9/idp',
      clientId: 'c',
      clientSecret: 'canary-idp-1',
      domains: ['example.com'],
    }
    const made = await rest('POST', '/identity-providers', body)
    expect([made.status, made.body.identityProvider]).toEqual([
      201,
      expect.objectContaining({
        id: idOf('idp'),
        slug: 'corp',
        hasClientSecret: true,
        provisioning: 'off',
        state: 'active',
      }),
    ])
    const shown = await rest('GET', '/identity-providers/corp')
    for (const { text } of [made, shown, await rest('GET', '/identity-providers')])
      expect(text).not.toContain('canary-idp')
    expect((await done('POST', '/identity-providers/corp/test', {})).works).toBe(false)
    const options = await browse({})('GET', '/sign-in/options')
    expect(options.body).toMatchObject({
      passwords: 'on',
      identityProviders: [{ slug: 'corp', url: expect.any(String) }],
    })
    const off = await done('PATCH', '/identity-providers/corp', { state: 'disabled' })
    expect(off.identityProvider.state).toBe('disabled')
    await done('DELETE', '/identity-providers/corp')
    expect((await rest('GET', '/identity-providers/corp')).status).toBe(404)
  })
})

describe('policies', () => {
  test('a refusal names the rule, and a stricter policy says whom it touches before it is saved', async () => {
    const { key } = await post('/keys', { name: 'wide', mcp: { servers: { mode: 'all' } } })
    const foreseen = await done('PATCH', '/policies?dryRun=true', { allServers: 'refused' })
    expect(foreseen.touched.items).toContainEqual(expect.objectContaining({ key: key.id, policies: ['allServers'] }))
    expect((await done('GET', '/policies')).policies.allServers).toBe('allowed')
    await done('PATCH', '/policies?waitMs=0', { allServers: 'refused' })
    const refused = await rest('POST', '/keys', { name: 'wider', mcp: { servers: { mode: 'all' } } })
    expect([refused.status, refused.body.code]).toEqual([422, 'policy_refused'])
    expect(refused.body.detail).toContain('allServers')
    await done('PATCH', '/policies?waitMs=0', { allServers: null })
  })
})
