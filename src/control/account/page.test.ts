import { expect, test } from 'vitest'
import { openPage, type Sent, scriptOf } from '../../../test/page-rig.ts'

const account = {
  html: 'account/page.html',
  script: scriptOf('sign-in/browser.js', 'account/second-factor.js', 'account/page.js'),
}
const organization = { id: 'org_1', slug: 'acme', name: 'Acme' }
const member = { id: 'mem_1', name: '<b>Ada</b>', email: 'ada@example.com', role: 'member' }
const current = { csrfToken: 'csrf-1', member, organization, secondFactor: 'not-asked', others: [] as object[] }
const session = { userAgent: 'x', address: null, lastUsedAt: '2026-01-01T00:00:00.000Z', current: false }
const factor = { state: 'off', required: false, confirmedAt: null, codesLeft: 0 }

const answering =
  (more: Readonly<Record<string, unknown>> = {}) =>
  ({ line }: Sent) => {
    const answers: Record<string, unknown> = {
      'GET /api/v1/sessions/current': current,
      'GET /api/v1/me/second-factor': factor,
      'GET /api/v1/sign-in/options?organization=acme': { passwords: 'on', identityProviders: [] },
      'GET /api/v1/sessions?limit=200': { items: [{ ...session, id: 'ses_1' }] },
      ...more,
    }
    return line in answers ? { status: 200, body: answers[line] } : undefined
  }
const open = async (at: string, respond: Parameters<typeof openPage>[1]) => {
  const page = openPage({ ...account, at }, respond)
  for (let turn = 0; turn < 8; turn++) await page.settled()
  return page
}

test('whoever is not signed in is led to the sign-in, and back to this very page', async () => {
  const page = await open('/account?organization=acme', () => undefined)
  expect(page.went).toEqual(['/sign-in?returnTo=%2Faccount%3Forganization%3Dacme'])
})

test('it shows who one is, as text, and switches the organization by the address', async () => {
  const others = [{ id: 'org_2', slug: 'other', name: 'Other' }]
  const page = await open(
    '/account?organization=acme',
    answering({ 'GET /api/v1/sessions/current': { ...current, others } }),
  )
  expect(page.of('name').textContent).toBe('<b>Ada</b>')
  expect(page.sent[0]?.headers).toMatchObject({ 'ostiary-organization': 'acme' })
  expect([page.of('others').hidden, page.of('password').hidden, page.of('sessions').hidden]).toEqual([
    false,
    false,
    false,
  ])
  expect(page.of('others-list').children[0]?.children[0]?.textContent).toBe('Other')
})

test('where passwords are off there is none to change', async () => {
  const off = { passwords: 'off', identityProviders: [] }
  const page = await open('/account', answering({ 'GET /api/v1/sign-in/options?organization=acme': off }))
  expect(page.of('password').hidden).toBe(true)
})

test('recovery codes are shown once, and leaving is asked about until they were kept', async () => {
  const drawn = { secret: 'ABCDEFGHIJKLMNOP', uri: 'otpauth://x', qr: '<svg onload="alert(1)"/>', expiresAt: '' }
  const done = { recoveryCodes: ['one', 'two'], csrfToken: 'csrf-2' }
  const page = await open(
    '/account',
    answering({ 'POST /api/v1/me/second-factor': drawn, 'POST /api/v1/me/second-factor/confirm': done }),
  )
  await page.fire('set-up', 'click')
  expect(page.of('secret').textContent).toBe(drawn.secret)
  expect(page.of('qr')['src']).toBe(`data:image/svg+xml;charset=utf-8,${encodeURIComponent(drawn.qr)}`)
  expect(page.isLeavingAsked()).toBe(false)
  Object.assign(page.of('confirm-code'), { value: '123456' })
  await page.fire('confirm', 'submit')
  expect(page.of('codes-list').textContent).toBe('one\ntwo')
  expect([page.of('secret').textContent, page.of('codes-done').disabled, page.isLeavingAsked()]).toEqual([
    '',
    true,
    true,
  ])
  Object.assign(page.of('kept'), { checked: true })
  await page.fire('kept', 'change')
  expect([page.of('codes-done').disabled, page.isLeavingAsked()]).toEqual([false, false])
  await page.fire('codes-done', 'click')
  expect(page.of('codes-list').textContent).toBe('')
})

test('over a factor that is there it takes more than the session', async () => {
  const on = { ...factor, state: 'on', codesLeft: 10 }
  const page = await open(
    '/account',
    answering({ 'GET /api/v1/me/second-factor': on, 'DELETE /api/v1/me/second-factor': {} }),
  )
  for (const [typed, body] of [
    ['seven brown horses', { password: 'seven brown horses' }],
    ['123 456', { code: '123 456' }],
  ] as const) {
    await page.fire('turn-off', 'click')
    expect(page.of('prove').hidden).toBe(false)
    Object.assign(page.of('proof'), { value: typed })
    await page.fire('prove', 'submit')
    expect(page.sent.findLast(({ line }) => line.startsWith('DELETE'))?.body).toEqual(body)
    expect(page.of('proof').value).toBe('')
  }
})

test('a session without its second factor goes to show it, or shows nothing but the way to one', async () => {
  const half = { 'GET /api/v1/sessions/current': { ...current, secondFactor: 'needed' } }
  const has = await open('/account', answering({ ...half, 'GET /api/v1/me/second-factor': { ...factor, state: 'on' } }))
  expect(has.went).toEqual(['/sign-in?returnTo=%2Faccount'])
  const none = await open(
    '/account',
    answering({ ...half, 'GET /api/v1/me/second-factor': { ...factor, required: true } }),
  )
  expect([none.of('factor').hidden, none.of('password').hidden, none.of('sessions').hidden]).toEqual([
    false,
    true,
    true,
  ])
})

test('signing out ends at the sign-in, or at the identity provider where it signs out, too', async () => {
  const line = 'DELETE /api/v1/sessions/current'
  for (const [endSessionUrl, place] of [
    [null, '/sign-in'],
    ['https://id.example/logout', 'https://id.example/logout'],
    ['javascript:alert(1)', '/sign-in'],
  ]) {
    const page = await open('/account', answering({ [line]: { session, endSessionUrl } }))
    await page.fire('sign-out', 'click')
    expect(page.went).toEqual([place])
    expect(page.sent.find((call) => call.line === line)?.headers).toMatchObject({ 'ostiary-csrf': 'csrf-1' })
  }
})
