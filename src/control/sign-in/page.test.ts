import { expect, test } from 'vitest'
import { openPage, type Sent, scriptOf, textOf } from '../../../test/page-rig.ts'

const signInPage = { html: 'sign-in/page.html', script: scriptOf('sign-in/browser.js', 'sign-in/page.js') }
const invitationPage = {
  html: 'sign-in/invitation.html',
  script: scriptOf('sign-in/browser.js', 'sign-in/invitation.js'),
}
const noProviders = { status: 200, body: { organization: null, passwords: 'on', identityProviders: [] } }
const nobody = ({ line }: Sent) => (line.includes('options') ? noProviders : undefined)
const organization = { id: 'org_1', slug: 'acme', name: 'Acme' }
const signedIn = { csrfToken: 'csrf-1', member: { name: 'Ada' }, organization, secondFactor: 'not-asked' }

test('after the sign-in somebody is on a page of this very origin, whatever the link said', () => {
  const { run } = openPage({ ...signInPage, at: '/sign-in' }, nobody)
  const goTo = (asked: string) => run(`returnTo('?returnTo=' + encodeURIComponent(${JSON.stringify(asked)}))`)
  for (const own of ['/dashboard/account', '/', '/dashboard/?key=key_1', '/claim', '/a/../b'])
    expect(goTo(own), own).toBe(own)
  const foreign = [
    ...[
      '',
      'account',
      'https://evil.example/',
      '//evil.example',
      '/\\evil.example',
      '\\/evil.example',
      '///evil.example',
    ],
    ...['javascript:alert(1)', 'data:text/html,x', '/\t/evil.example', '/\n/evil.example', ' //evil.example', '/a\\b'],
    ...['\u0000/account', '/\u202eaccount', `/${'a'.repeat(1024)}`],
  ]
  for (const other of foreign) expect(goTo(other), JSON.stringify(other)).toBe('/dashboard/')
  expect(run(`returnTo('?returnTo=/first&returnTo=//evil.example')`)).toBe('/first')
})

test('address and password sign in, and the browser goes where it was asked for', async () => {
  const page = openPage({ ...signInPage, at: '/sign-in?returnTo=/claim' }, ({ line }) =>
    line === 'POST /api/v1/sessions'
      ? { status: 201, body: signedIn }
      : line.includes('options')
        ? noProviders
        : undefined,
  )
  Object.assign(page.of('email'), { value: 'ada@example.com' })
  Object.assign(page.of('password'), { value: 'seven brown horses' })
  await page.fire('password-form', 'submit')
  const call = page.sent.find(({ line }) => line === 'POST /api/v1/sessions')
  expect(call?.body).toEqual({ email: 'ada@example.com', password: 'seven brown horses' })
  expect([page.went, page.of('password').value]).toEqual([['/claim'], ''])
})

test('a wrong password leaves the form, without the password; an accident says so', async () => {
  for (const [answer, said] of [
    [{ status: 401, body: { status: 401, code: 'sign_in_refused', detail: 'Wrong.' } }, 'Wrong.'],
    [new Error('offline'), 'did not answer'],
  ] as const) {
    const page = openPage({ ...signInPage, at: '/sign-in' }, ({ line }) =>
      line.startsWith('POST') ? answer : line.includes('options') ? noProviders : undefined,
    )
    Object.assign(page.of('password'), { value: 'nonsense' })
    await page.fire('password-form', 'submit')
    expect([page.went, page.of('password').value, page.of('first').hidden]).toEqual([[], '', false])
    expect(page.of('status').textContent).toContain(said)
    expect(page.of('password-form-button').disabled).toBe(false)
  }
})

test('identity providers are buttons; their names are text, and where to go after rides along', async () => {
  const name = '<img src=x onerror=alert(1)>'
  const one = { slug: 'corp', name, url: 'http://127.0.0.1:8421/sign-in/oidc/acme/corp' }
  const page = openPage({ ...signInPage, at: '/sign-in?organization=acme&returnTo=/claim' }, ({ line }) =>
    line === 'GET /api/v1/sign-in/options?organization=acme'
      ? { status: 200, body: { organization, passwords: 'off', identityProviders: [one] } }
      : undefined,
  )
  await page.settled()
  await page.settled()
  const link = page.of('providers-list').children[0]?.children[0]
  expect([link?.textContent, link?.href]).toEqual([`Sign in with ${name}`, `${one.url}?returnTo=%2Fclaim`])
  expect([page.of('off').hidden, page.of('several').hidden]).toEqual([false, false])
})

test('what a failed single sign-on came to is a sentence of ours, and leaves the address', async () => {
  const known = openPage({ ...signInPage, at: '/sign-in?error=sso_not_member&organization=acme' }, nobody)
  await known.settled()
  expect(known.of('status').textContent).toBe('Nobody has invited you to this organization yet.')
  expect(known.shown).toEqual(['/sign-in?organization=acme'])
  const foreign = openPage({ ...signInPage, at: '/sign-in?error=Call+0900+for+help' }, nobody)
  await foreign.settled()
  expect(foreign.of('status').textContent).toBe('The sign-in did not succeed. Try again.')
  const inherited = openPage({ ...signInPage, at: '/sign-in?error=constructor' }, nobody)
  await inherited.settled()
  expect(inherited.of('status').textContent).toBe('The sign-in did not succeed. Try again.')
})

test('a second factor is asked for, and whoever needs one and has none is sent to set it up', async () => {
  const answers = (state: string) => (sent: Sent) => {
    if (sent.line.includes('options')) return noProviders
    if (sent.line.endsWith('/me/second-factor')) return { status: 200, body: { state } }
    if (sent.line.endsWith('/sessions/second-factor'))
      return { status: 200, body: { ...signedIn, secondFactor: 'passed' } }
    return { status: 201, body: { ...signedIn, secondFactor: 'needed' } }
  }
  const has = openPage({ ...signInPage, at: '/sign-in?returnTo=/claim' }, answers('on'))
  await has.fire('password-form', 'submit')
  expect([has.of('factor').hidden, has.went]).toEqual([false, []])
  Object.assign(has.of('code'), { value: '123 456' })
  await has.fire('code-form', 'submit')
  const shown = has.sent.at(-1)
  expect(shown?.body).toEqual({ code: '123 456' })
  expect(shown?.headers).toMatchObject({ 'ostiary-csrf': 'csrf-1', 'ostiary-organization': 'org_1' })
  expect(has.went).toEqual(['/claim'])
  const none = openPage({ ...signInPage, at: '/sign-in' }, answers('off'))
  await none.settled()
  await none.settled()
  expect(none.went).toEqual(['/dashboard/account'])
})

test('when another tab has signed in meanwhile, the call is made again with the token of now', async () => {
  let asked = 0
  const page = openPage({ ...signInPage, at: '/sign-in' }, ({ line, headers }) => {
    if (line.includes('options')) return noProviders
    if (line.endsWith('/sessions/current') && line.startsWith('GET'))
      return { status: 200, body: { ...signedIn, csrfToken: `csrf-${++asked}` } }
    return headers['ostiary-csrf'] === 'csrf-2'
      ? { status: 200, body: {} }
      : { status: 403, body: { status: 403, code: 'cross_site', detail: 'No.' } }
  })
  await page.settled()
  expect(await page.run(`ask('DELETE /sessions/ses_1')`)).toEqual({ ok: true, value: {} })
})

test('when another person has signed in meanwhile, nothing that the one before began is done as that one', async () => {
  let isOther = false
  const page = openPage({ ...signInPage, at: '/sign-in' }, ({ line, headers }) => {
    if (line.includes('options')) return noProviders
    const member = isOther ? { id: 'mem_2', name: 'Bob' } : { id: 'mem_1', name: 'Ada' }
    const csrfToken = isOther ? 'csrf-2' : 'csrf-1'
    if (line.endsWith('/sessions/current') && line.startsWith('GET'))
      return { status: 200, body: { ...signedIn, member, csrfToken, secondFactor: 'needed' } }
    if (line.endsWith('/me/second-factor')) return { status: 200, body: { state: 'on' } }
    return headers['ostiary-csrf'] === csrfToken
      ? { status: 200, body: {} }
      : { status: 403, body: { status: 403, code: 'cross_site', detail: 'No.' } }
  })
  await page.settled()
  await page.settled()
  isOther = true
  Object.assign(page.of('code'), { value: '123 456' })
  await page.fire('code-form', 'submit')
  expect(page.of('status').textContent).toContain('Somebody else has signed in in this browser')
  await page.fire('leave', 'click')
  expect(page.of('factor').hidden, 'who did not get out is not told so').toBe(false)
  const changes = page.sent.filter(({ line }) => !line.startsWith('GET'))
  expect(changes.map(({ line, headers }) => [line, headers['ostiary-csrf']])).toEqual([
    ['POST /api/v1/sessions/second-factor', 'csrf-1'],
    ['DELETE /api/v1/sessions/current', 'csrf-1'],
  ])
})

test('a sign-out that did not come to pass says so, and stays', async () => {
  const page = openPage({ ...signInPage, at: '/sign-in' }, ({ line }) => {
    if (line.startsWith('DELETE')) return new Error('offline')
    if (line.endsWith('/me/second-factor')) return { status: 200, body: { state: 'on' } }
    if (line.includes('options')) return noProviders
    return { status: 200, body: { ...signedIn, secondFactor: 'needed' } }
  })
  await page.settled()
  await page.settled()
  await page.fire('leave', 'click')
  expect([page.of('factor').hidden, page.of('status').textContent]).toEqual([
    false,
    'Ostiary did not answer. Look whether it is running, then try again.',
  ])
})

test('the code of an invitation leaves the address before anything else, and goes out in the one call', async () => {
  const page = openPage({ ...invitationPage, at: '/invitation#code-1' }, () => ({ status: 201, body: signedIn }))
  expect([page.shown, page.sent, page.of('ready').hidden]).toEqual([['/invitation'], [], false])
  Object.assign(page.of('email'), { value: 'ada@example.com' })
  Object.assign(page.of('password'), { value: 'seven brown horses' })
  await page.fire('accept', 'submit')
  expect(page.sent.map(({ line, body }) => [line, body])).toEqual([
    ['POST /api/v1/invitations/accept', { code: 'code-1', email: 'ada@example.com', password: 'seven brown horses' }],
  ])
  expect(page.went).toEqual(['/dashboard/'])
  expect(openPage({ ...invitationPage, at: '/invitation' }, () => undefined).of('missing').hidden).toBe(false)
})

test('an invitation to where passwords are off leads to that sign-in; one that opens nothing says so', async () => {
  const detail = 'In Acme nobody has a password: sign in at /sign-in?organization=acme.'
  const off = openPage({ ...invitationPage, at: '/invitation#c' }, () => ({
    status: 403,
    body: { status: 403, code: 'password_sign_in_off', detail },
  }))
  await off.fire('accept', 'submit')
  expect([off.of('single').hidden, off.of('single-link').href]).toEqual([false, '/sign-in?organization=acme'])
  const over = openPage({ ...invitationPage, at: '/invitation#c' }, () => ({
    status: 404,
    body: { status: 404, code: 'not_found', detail: 'Nothing.' },
  }))
  await over.fire('accept', 'submit')
  expect([over.of('over').hidden, over.went]).toEqual([false, []])
})

test('fields say what they are, so that password managers fill and keep them', () => {
  const words = (file: string) =>
    [...textOf(file).matchAll(/<input[^>]*autocomplete="([\w-]+)"/g)].map(([, word]) => word)
  expect(words('sign-in/page.html')).toEqual([
    'username',
    'current-password',
    'organization',
    'one-time-code',
    'off',
    'username',
  ])
  expect(words('sign-in/invitation.html')).toEqual(['username', 'name', 'new-password'])
  expect(words('sign-in/reset.html')).toEqual(['new-password'])
  for (const file of ['sign-in/page.html', 'sign-in/invitation.html', 'sign-in/reset.html'])
    expect(textOf(file)).not.toMatch(/<script(?![^>]* src=)|<style| style=| on[a-z]+=/)
})
