import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Liar, startLiar } from './oidc-liar.ts'
import { createBrowser } from './oidc-provider-rig.ts'
import { type SingleSignOnWorld, startWorld } from './oidc-world.ts'
import type { Json } from './product.ts'

const clientSecret = 'a secret of a client of a test'

describe('identity providers that lie', () => {
  let world: SingleSignOnWorld
  let liar: Liar
  let idp: Json

  /** As far as the provider: what the browser is to come back with. */
  const begun = async (provider: Json = idp, browser = createBrowser(), returnTo = '') => {
    const answer = await browser.open(`${provider.signInUrl}${returnTo}`, world.host)
    const to = new URL(answer.headers.get('location') ?? '', world.url)
    const said = Object.fromEntries(to.searchParams)
    return { browser, to, answer, state: said['state'] ?? '', nonce: said['nonce'] ?? '', said }
  }
  const back = async (browser: ReturnType<typeof createBrowser>, query: object, provider: Json = idp) => {
    const answer = await browser.open(`${provider.redirectUri}?${new URLSearchParams({ ...query })}`, world.host)
    return answer.headers.get('location')
  }
  const refused = (code: string): string => `/sign-in?error=${code}`

  beforeAll(async () => {
    world = await startWorld({ newPlace: async () => ({ kind: 'sqlite', file: '' }) })
    liar = await startLiar()
    const body = { slug: 'liar', issuer: liar.issuer, clientId: 'ostiary', clientSecret, provisioning: 'by-domain' }
    idp = await world.added({ ...body, domains: ['example.com'] })
  })
  beforeEach(() => {
    liar.reset()
    // What it said of itself is remembered for five minutes.
    world.forward(6 * 60_000)
  })
  afterAll(async () => {
    await world.stop()
    await liar.stop()
    expect(world.failures).toEqual([])
  })

  test('the truth lets somebody in, so that every refusal below is one of the lie', async () => {
    const { browser, state, nonce, said, answer } = await begun(idp, createBrowser(), '?returnTo=/keys%3Fa%3Db')
    expect(said).toMatchObject({ response_type: 'code', code_challenge_method: 'S256', scope: 'openid email profile' })
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^__Host-ostiary-sign-in=[0-9A-Za-z]{43}; Max-Age=600; Path=\/; Secure; HttpOnly; SameSite=Lax$/,
    )
    await liar.tokens.signed(liar.truth(nonce))
    expect(await back(browser, { state, code: 'c' })).toBe('/keys?a=b')
    const sent = new URLSearchParams(liar.asked.find(({ path }) => path === '/token')?.body)
    expect(sent.get('code_verifier')).toHaveLength(43)
    expect(sent.get('redirect_uri')).toBe(idp.redirectUri)
  })

  test.each<[string, (liar: Liar, nonce: string) => Promise<void> | void]>([
    ['another issuer', ({ tokens, truth }, nonce) => tokens.signed({ ...truth(nonce), iss: 'https://else.example' })],
    ['another audience', ({ tokens, truth }, nonce) => tokens.signed({ ...truth(nonce), aud: 'somebody-else' })],
    [
      'an audience of several, meant for another',
      ({ tokens, truth }, nonce) => tokens.signed({ ...truth(nonce), aud: ['ostiary', 'else'], azp: 'else' }),
    ],
    ['another nonce', ({ tokens, truth }) => tokens.signed(truth('another'))],
    [
      'no nonce',
      ({ tokens, truth }) => {
        const { nonce: _nonce, ...claims } = truth('')
        return tokens.signed(claims)
      },
    ],
    ['the signature of another key', ({ tokens, truth }, nonce) => tokens.signed(truth(nonce), 'foreign')],
    ['no signature (alg none)', ({ tokens, truth }, nonce) => tokens.unsigned(truth(nonce))],
    [
      'a signature with the public key as secret',
      ({ tokens, truth }, nonce) => tokens.symmetric(truth(nonce), tokens.publicKey),
    ],
    [
      'a signature with the secret of the client',
      ({ tokens, truth }, nonce) => tokens.symmetric(truth(nonce), clientSecret),
    ],
    ['an end that is over', ({ tokens, truth }, nonce) => tokens.signed({ ...truth(nonce), exp: 1_700_000_000 })],
    [
      'a beginning in the future',
      ({ tokens, truth }, nonce) => tokens.signed({ ...truth(nonce), nbf: Math.floor(Date.now() / 1000) + 3600 }),
    ],
    [
      'no subject',
      ({ tokens, truth }, nonce) => {
        const { sub: _sub, ...claims } = truth(nonce)
        return tokens.signed(claims)
      },
    ],
    ['a subject with line ends', ({ tokens, truth }, nonce) => tokens.signed({ ...truth(nonce), sub: 'a\nb' })],
  ])('an ID token with %s lets nobody in', async (_title, lie) => {
    const { browser, state, nonce } = await begun()
    await lie(liar, nonce)
    expect(await back(browser, { state, code: 'c' })).toBe(refused('sso_invalid'))
    expect(browser.cookies(world.url).has('__Host-ostiary-session')).toBe(false)
  })

  test.each<[string, object, object, string]>([
    [
      'of whoever it is about lets him in',
      {},
      { sub: 'asked', email: 'eve@example.com', email_verified: true },
      '/dashboard/',
    ],
    [
      'of another subject is not believed',
      {},
      { sub: 'else', email: 'ada@example.com', email_verified: true },
      'sso_invalid',
    ],
    ['without a subject is not believed', {}, { email: 'ada@example.com', email_verified: true }, 'sso_invalid'],
    [
      'does not verify the other address of the ID token',
      { email: 'ada@example.com' },
      { sub: 'asked', email: 'eve@example.com', email_verified: true },
      'sso_address',
    ],
    [
      'verifies no address that it does not name',
      { email: 'ada@example.com' },
      { sub: 'asked', email_verified: true },
      'sso_address',
    ],
    [
      'verifies the same address',
      { email: 'eve@example.com' },
      { sub: 'asked', email: 'eve@example.com', email_verified: true },
      '/dashboard/',
    ],
  ])('what is answered about somebody beside the ID token %s', async (_title, signed, answered, ended) => {
    liar.says({ userinfo_endpoint: `${liar.issuer}/userinfo` })
    liar.answers('/userinfo', (_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answered)),
    )
    const body = { slug: 'asked', issuer: liar.issuer, clientId: 'ostiary', clientSecret, provisioning: 'by-domain' }
    const provider = await world.added({ ...body, domains: ['example.com'], groupsClaim: 'groups' })
    const { browser, state, nonce } = await begun(provider)
    const { email: _email, email_verified: _verified, ...bare } = liar.truth(nonce)
    await liar.tokens.signed({ ...bare, sub: 'asked', ...signed })
    expect(await back(browser, { state, code: 'c' }, provider)).toBe(ended === '/dashboard/' ? ended : refused(ended))
    await world.done(world.operator, `DELETE /identity-providers/${provider.id}`)
  })

  test('a provider that announces weak algorithms is not believed the more for it', async () => {
    liar.says({ id_token_signing_alg_values_supported: ['none', 'HS256', 'RS256'] })
    for (const lie of ['unsigned', 'symmetric'] as const) {
      const { browser, state, nonce } = await begun()
      if (lie === 'unsigned') liar.tokens.unsigned(liar.truth(nonce))
      else liar.tokens.symmetric(liar.truth(nonce), clientSecret)
      expect(await back(browser, { state, code: 'c' })).toBe(refused('sso_invalid'))
    }
  })

  test('a state works once, for ten minutes, and in the browser that began it', async () => {
    const first = await begun()
    await liar.tokens.signed(liar.truth(first.nonce))
    expect(await back(createBrowser(), { state: first.state, code: 'c' })).toBe(refused('sso_expired'))
    const other = await begun()
    expect(await back(other.browser, { state: first.state, code: 'c' })).toBe(refused('sso_expired'))
    // Whoever has seen the state elsewhere has not used it up.
    expect(await back(first.browser, { state: first.state, code: 'c' })).toBe('/dashboard/')
    expect(await back(first.browser, { state: first.state, code: 'c' })).toBe(refused('sso_expired'))
    const replayed = await begun()
    await liar.tokens.signed(liar.truth('wrong'))
    expect(await back(replayed.browser, { state: replayed.state, code: 'c' })).toBe(refused('sso_invalid'))
    await liar.tokens.signed(liar.truth(replayed.nonce))
    expect(await back(replayed.browser, { state: replayed.state, code: 'c' })).toBe(refused('sso_expired'))
    for (const query of [{}, { code: 'c' }, { state: 'x' }, { state: `${first.state}'`, code: 'c' }])
      expect(await back(first.browser, query)).toBe(refused('sso_expired'))
    const late = await begun()
    world.forward(10 * 60_000)
    expect(await back(late.browser, { state: late.state, code: 'c' })).toBe(refused('sso_expired'))
  })

  test('a code of another sign-in is worth nothing in this one', async () => {
    const [victim, thief] = [await begun(), await begun()]
    await liar.tokens.signed(liar.truth(victim.nonce))
    expect(await back(thief.browser, { state: thief.state, code: 'of the victim' })).toBe(refused('sso_invalid'))
    const [own, mine] = liar.asked.filter(({ path }) => path === '/token')
    expect(mine).toBeUndefined()
    expect(new URLSearchParams(own?.body).get('code_verifier')).not.toBe(victim.said['code_challenge'])
  })

  test('an answer of one provider is none of another: no code reaches the one that was not asked', async () => {
    const other = await startLiar()
    try {
      const body = { slug: 'other', issuer: other.issuer, clientId: 'ostiary', domains: ['example.com'] }
      const second = await world.added(body)
      expect(second.redirectUri).not.toBe(idp.redirectUri)
      // The false one has sent the browser on to the honest one, which answers where it always does.
      const { browser, state } = await begun(second)
      expect(await back(browser, { state, code: 'of the honest one' }, idp)).toBe(refused('sso_invalid'))
      // One that names itself (RFC 9207) is also told apart at the same address.
      const again = await begun(second)
      const query = { state: again.state, code: 'of the honest one', iss: liar.issuer }
      expect(await back(again.browser, query, second)).toBe(refused('sso_invalid'))
      expect([...other.asked, ...liar.asked].filter(({ path }) => path === '/token')).toEqual([])
    } finally {
      await other.stop()
    }
  })

  test('what a provider writes about its refusal is shown to nobody', async () => {
    const { browser, state } = await begun()
    const query = {
      state,
      error: 'access_denied',
      error_description: '<b>Call us</b>',
      error_uri: 'https://evil.example',
    }
    expect(await back(browser, query)).toBe(refused('sso_refused'))
  })

  test.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/%09/evil.example',
    '/\t/evil.example',
    '/a\r\nset-cookie: x=y',
    '\\\\evil.example',
    'javascript:alert(1)',
    '',
    `/${'a'.repeat(1100)}`,
    '/ü',
  ])('nobody is sent to %j after he has signed in', async (place) => {
    const { browser, state, nonce } = await begun(idp, createBrowser(), `?returnTo=${encodeURIComponent(place)}`)
    await liar.tokens.signed(liar.truth(nonce))
    const to = await back(browser, { state, code: 'c' })
    expect(new URL(to ?? '', world.url).origin).toBe(world.url)
    expect(to).toBe(place === '/%09/evil.example' ? place : '/dashboard/')
  })

  test.each<[string, (liar: Liar) => void]>([
    ['is down', ({ answers }) => answers('/.well-known/openid-configuration', (_, response) => response.destroy())],
    [
      'answers with an error',
      ({ answers }) => answers('/.well-known/openid-configuration', (_, response) => response.writeHead(500).end('{}')),
    ],
    [
      'answers with rubbish',
      ({ answers }) => answers('/.well-known/openid-configuration', (_, response) => response.end('<html>')),
    ],
    [
      'is huge',
      ({ answers }) =>
        answers('/.well-known/openid-configuration', (_, response) => {
          response.writeHead(200, { 'content-type': 'application/json' }).end(`{"a":"${'a'.repeat(600_000)}"}`)
        }),
    ],
    [
      'sends elsewhere',
      ({ answers }) =>
        answers('/.well-known/openid-configuration', (_, response) =>
          response.writeHead(302, { location: '/jwks' }).end(),
        ),
    ],
    ['says that it is another', ({ says }) => says({ issuer: 'https://else.example' })],
    ['sends people to a script', ({ says }) => says({ authorization_endpoint: 'javascript:alert(1)' })],
    ['sends people over the net in the clear', ({ says }) => says({ authorization_endpoint: 'http://example.com/' })],
    ['wants to end sessions at a script', ({ says }) => says({ end_session_endpoint: 'data:text/html,x' })],
  ])('a provider that %s sends nobody anywhere, and its test says so', async (_title, lie) => {
    lie(liar)
    expect((await begun()).to.href).toMatch(/\/sign-in\?error=sso_(unreachable|invalid)$/)
    const look = await world.done(world.operator, `POST /identity-providers/${idp.id}/test`)
    expect(look).toMatchObject({ works: false, authorizationEndpoint: null })
    expect(look.detail).toMatch(/^There was no usable answer: /)
  })

  test.each([
    ['a private address', 'http://10.0.0.1/token'],
    ['the credentials of the machine', 'http://169.254.169.254/latest'],
    ['a private address over TLS', 'https://10.0.0.1/token'],
    ['a file', 'file:///etc/passwd'],
  ])('a provider that wants codes at %s gets none', async (_title, endpoint) => {
    liar.says({ token_endpoint: endpoint })
    const { browser, state } = await begun()
    expect(await back(browser, { state, code: 'c' })).toMatch(/sso_(unreachable|invalid)$/)
  })

  test('keys of a provider are not read from the inside of this network', async () => {
    liar.says({ jwks_uri: 'http://169.254.169.254/keys' })
    const { browser, state, nonce } = await begun()
    await liar.tokens.signed(liar.truth(nonce))
    expect(await back(browser, { state, code: 'c' })).toBe(refused('sso_unreachable'))
  })

  test.each([
    ['in the clear', 'http://login.example.com'],
    ['at a private address', 'https://10.1.2.3'],
    ['at the credentials of the machine', 'https://169.254.169.254'],
    ['with a query', 'https://login.example.com/?a=b'],
    ['with a password', 'https://a:b@login.example.com'],
    ['of no web', 'ftp://login.example.com'],
    ['of no form', 'login.example.com'],
    ['that is its document', 'https://login.example.com/.well-known/openid-configuration'],
  ])('an issuer %s is not taken', async (_title, issuer) => {
    const body = { slug: 'wrong', issuer, clientId: 'x', domains: ['example.com'] }
    const answer = await world.ask(world.operator, 'POST /identity-providers', body)
    expect([answer.code, answer.body.errors?.[0]?.pointer]).toEqual(['invalid', '/issuer'])
  })

  test('a name that stands for a private address is not called either', async () => {
    const body = { slug: 'inside', issuer: 'https://10.0.0.1.nip.invalid', clientId: 'x', domains: ['example.com'] }
    const inside = await world.added(body)
    expect((await begun(inside)).to.href).toBe(`${world.url}${refused('sso_unreachable')}`)
  })

  test('a crowd before a provider asks it once, also while it is down', async () => {
    const asked = () => liar.asked.filter(({ path }) => path.startsWith('/.well-known')).length
    await Promise.all([begun(), begun(), begun()])
    expect(asked()).toBe(1)
    world.forward(6 * 60_000)
    liar.answers('/.well-known/openid-configuration', (_, response) => response.destroy())
    await Promise.all([begun(), begun(), begun()])
    expect(asked()).toBe(2)
    liar.reset()
    world.forward(3000)
    expect((await begun()).to.origin).toBe(liar.issuer)
  })

  test('who is unknown, switched off or of no organization is told the same', async () => {
    for (const path of ['default/nobody', 'nobody/liar', "default/'or'1"]) {
      const answer = await createBrowser().open(`${world.url}/sign-in/oidc/${path}`, world.host)
      expect(answer.headers.get('location'), path).toBe(refused('sso_unknown'))
    }
  })

  test('one source begins so many sign-ins a minute and no more, and others still begin theirs', async () => {
    const from = async (address: string) => {
      const answer = await createBrowser().open(idp.signInUrl, { 'x-forwarded-for': address })
      return answer.headers.get('location') ?? ''
    }
    const places = await Promise.all(Array.from({ length: 130 }, () => from('198.51.100.77')))
    expect(places).toContain(refused('sso_busy'))
    expect(await from('198.51.100.200')).toContain(liar.issuer)
  })
})
