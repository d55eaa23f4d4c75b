import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { URI } from 'otpauth'
import type { BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { findBrowser, launchBrowser } from './browser.ts'
import { type Running, startControl } from './tenants/control.ts'

/** The pages on which people come in, in a browser, against control as it is composed. */

const found = await findBrowser()
if (found === null && process.platform === 'linux')
  throw new Error('There is no Chromium here, nor the one of a package.')

vi.setConfig({ testTimeout: 90_000 })
const patience = { timeout: 20_000 }

let control: Running
let context: BrowserContext
let page: Page
const cleanUp: (() => Promise<unknown>)[] = []
/** What the browser complained of: a script that failed, or something that a page's policy forbade. */
const complaints: string[] = []

beforeAll(async () => {
  if (found === null) return
  const folder = await mkdtemp(join(tmpdir(), 'ostiary-pages-'))
  cleanUp.push(() => rm(folder, { recursive: true, force: true }))
  control = await startControl({ newPlace: async () => ({ kind: 'sqlite', file: join(folder, 'ostiary.db') }) })
  cleanUp.push(control.stop)
  const { browser, close } = await launchBrowser(found)
  cleanUp.push(close)
  context = await browser.newContext()
  page = await context.newPage()
  page.setDefaultTimeout(20_000)
  page.on('pageerror', (error) => void complaints.push(error.message))
  page.on('console', (message) => {
    if (/Content Security Policy|SyntaxError|TypeError/.test(message.text())) complaints.push(message.text())
  })
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

const open = (path: string) => page.goto(`${control.url}${path}`)
const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
/** The dashboard puts a star behind what is required. */
const fill = (label: string, text: string) =>
  page
    .getByLabel(new RegExp(`^${label}( \\*)?$`))
    .filter({ visible: true })
    .fill(text)
const picture = () => page.getByRole('img', { name: /secret for your authenticator/ })
const typedSecret = async () => ((await page.getByText(/^[A-Z2-7]{16,}$/).textContent()) ?? '').trim()
const sees = (text: string | RegExp) => page.getByText(text).filter({ visible: true }).first().waitFor()
const at = (path: string | RegExp) =>
  page.waitForURL((url) => (typeof path === 'string' ? url.pathname === path : path.test(url.href)))

const [email, first, second] = ['ada@example.com', 'seven brown horses', 'eleven grey donkeys']
let secret = ''
let recovery: string[] = []
/** Of half a minute that no code was taken of yet: each works once. */
let steps = 0
const codeNow = (): string => {
  const uri = URI.parse(`otpauth://totp/Ostiary?secret=${secret}`)
  const timestamp = Date.now() + steps * 30_000
  steps += 1
  if ('generate' in uri) return uri.generate({ timestamp })
  throw new Error('no authenticator')
}

const signIn = async (password: string) => {
  await open('/sign-in')
  await fill('E-mail address', email)
  await fill('Password', password)
  await press('Sign in')
}

describe.skipIf(found === null)('in a browser', () => {
  test('an invitation opens, takes a password and signs in; its code stays in no address', async () => {
    const made = await control.done(control.operator, 'POST /invitations', { email, name: 'Ada' })
    const link: string = made.invitation.url
    await page.goto(link)
    await sees('Choose a password')
    expect(page.url()).toBe(`${control.url}/invitation`)
    await fill('E-mail address to which the invitation went', 'grace@example.com')
    await fill('New password', first)
    await press('Come in')
    await sees('This opens nothing')
    await press('Try another address')
    await fill('E-mail address to which the invitation went', email)
    await press('Come in')
    await at('/dashboard/')
    await open('/account')
    await at('/dashboard/account')
    await sees('ada@example.com')
    expect(await page.evaluate('document.cookie')).toBe('')
    const [cookie] = await context.cookies()
    expect(cookie).toMatchObject({ name: '__Host-ostiary-session', httpOnly: true, secure: true, sameSite: 'Lax' })
    await page.goto('about:blank')
    await page.goto(link)
    await fill('E-mail address to which the invitation went', email)
    await fill('New password', second)
    await press('Come in')
    await sees('This opens nothing')
  })

  test('a second factor is set up from the picture or the text, and the recovery codes are shown once', async () => {
    await open('/dashboard/account')
    await press('Set up an authenticator')
    await press('Begin')
    await picture().waitFor({ state: 'visible' })
    // A picture that the policy forbade would have no width.
    await expect
      .poll(() => picture().evaluate((image: { naturalWidth?: number }) => image.naturalWidth), patience)
      .toBeGreaterThan(0)
    secret = await typedSecret()
    expect(secret).toMatch(/^[A-Z2-7]{16,}$/)
    await fill('Code of your authenticator', '000000')
    await press('Switch it on')
    await page.getByRole('alert').waitFor()
    await fill('Code of your authenticator', codeNow())
    await press('Switch it on')
    await sees('Your recovery codes, this once')
    recovery = await page.locator('.recovery-codes code').allTextContents()
    expect(recovery).toHaveLength(10)
    expect(await page.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true)
    await page.getByLabel('I have kept them').check()
    await press('Done')
    await sees(/asks for a code of your authenticator\. 10 recovery codes/)
    expect(await page.content()).not.toContain(recovery[0])
  })

  test('signing out and in again asks for both; a recovery code stands in for the authenticator once', async () => {
    await open('/dashboard/account')
    await press('Sign out')
    await at('/sign-in')
    await open('/dashboard/account')
    await at('/sign-in')
    await signIn('not the password')
    await expect.poll(() => page.locator('#status').textContent(), patience).toMatch(/password/)
    await fill('Password', first)
    await press('Sign in')
    await sees('Code of your authenticator')
    // What the password alone opens is the way to the second factor.
    await open('/dashboard/account')
    await at('/sign-in')
    await fill('Code of your authenticator', codeNow())
    await press('Go on')
    await at('/dashboard/account')
    await sees('This browser')
    await press('Sign out')
    await at('/sign-in')
    await signIn(first)
    await press('I have no authenticator at hand')
    await fill('One of your recovery codes', recovery[0] ?? '')
    await press('Go on')
    await at('/dashboard/')
    await open('/dashboard/account')
    await sees(/9 recovery codes/)
  })

  test('a password is changed, and a lost one replaced by a link; both end other browsers', async () => {
    await open('/dashboard/account')
    await fill('Current password', first)
    await fill('New password', second)
    await press('Change the password')
    await sees('The password is changed.')
    const { items } = await control.done(control.operator, 'GET /members?search=ada')
    const made = await control.done(control.operator, `POST /members/${items[0].id}/password-reset`)
    await page.goto(made.passwordReset.url)
    await sees('Choose another password')
    expect(page.url()).toBe(`${control.url}/reset`)
    await page.locator('#password').fill('twelve pink llamas')
    await press('Set the password')
    await sees('The password is set')
    await open('/dashboard/account')
    await at('/sign-in')
    await signIn('twelve pink llamas')
    await sees('Code of your authenticator')
    await page.goto('about:blank')
    await page.goto(made.passwordReset.url)
    await page.locator('#password').fill(first)
    await press('Set the password')
    await sees('This link opens nothing')
  })

  test('who forgot the password hears the same, whoever he is', async () => {
    await context.clearCookies()
    for (const whose of [email, 'nobody@example.com']) {
      await open('/sign-in')
      await press('I forgot my password')
      await page.locator('#forgot-email').fill(whose)
      await press('Send the link')
      await sees('If somebody with this address is here')
    }
  })

  test('no link chooses a foreign place to go to after the sign-in', async () => {
    const elsewhere = [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      '/%09/evil.example',
      'javascript:alert(1)',
    ]
    for (const place of elsewhere) {
      await context.clearCookies()
      await open(`/sign-in?returnTo=${place.startsWith('/%') ? place : encodeURIComponent(place)}`)
      await fill('E-mail address', email)
      await fill('Password', 'twelve pink llamas')
      await press('Sign in')
      await sees('Code of your authenticator')
      await press('I have no authenticator at hand')
      await fill('One of your recovery codes', recovery.pop() ?? '')
      await press('Go on')
      await at('/dashboard/')
      expect(new URL(page.url()).origin, place).toBe(control.url)
      // Else the dashboard hears that nobody is signed in, and goes to the sign-in at the same time.
      await page.goto('about:blank')
    }
  })

  test('whose role needs a second factor is shown nothing but the way to one, until there is one', async () => {
    await context.clearCookies()
    await control.done(control.operator, 'PATCH /policies', { secondFactorRoles: ['auditor'] })
    const made = await control.done(control.operator, 'POST /invitations', {
      email: 'eve@example.com',
      role: 'auditor',
    })
    await page.goto(made.invitation.url)
    await fill('E-mail address to which the invitation went', 'eve@example.com')
    await fill('New password', first)
    await press('Come in')
    await at('/dashboard/')
    await sees('Your role needs a second factor.')
    expect(await page.getByRole('navigation').count()).toBe(0)
    await press('Begin')
    await picture().waitFor()
    secret = await typedSecret()
    steps = 0
    await fill('Code of your authenticator', codeNow())
    await press('Switch it on')
    await page.getByLabel('I have kept them').check()
    await press('Done')
    await page.getByRole('navigation').first().waitFor()
    await open('/dashboard/account')
    await sees('This browser')
    expect(await page.getByRole('button', { name: 'Switch it off' }).isVisible()).toBe(false)
  })

  test('every field has a label, and the browser complained of nothing', async () => {
    for (const path of ['/sign-in', '/invitation#x', '/reset#x']) {
      await open(path)
      await page.locator('h2:visible, h1:visible').first().waitFor()
      const nameless = await page.locator('input:not([hidden]), button').evaluateAll((all) =>
        all
          .map((one) => one as { id: string; labels?: { length: number } | null; textContent: string | null })
          .filter(({ labels, textContent }) => (labels?.length ?? 0) === 0 && !textContent?.trim())
          .map(({ id }) => id),
      )
      expect(nameless, path).toEqual([])
    }
    expect(complaints).toEqual([])
    expect(control.failures).toEqual([])
  })
})
