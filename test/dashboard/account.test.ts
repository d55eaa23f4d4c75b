import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { authenticatorOf } from './authenticator.ts'
import { chromium, password, type Rig, startDashboard } from './rig.ts'

vi.setConfig({ testTimeout: 90_000 })
const patience = { timeout: 20_000 }

/** What somebody does about the own account, in real Chromium against the whole product. */
describe.skipIf(chromium === null)('the own account', () => {
  let rig: Rig
  let page: Page
  let code = (): string => ''
  let codes: string[] = []
  const other = 'eleven grey donkeys'
  beforeAll(async () => {
    rig = await startDashboard()
    page = await rig.visit({ role: 'member' })
    await rig.open(page, '/account')
  })
  afterAll(async () => {
    await rig?.stop()
  })

  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const dialog = () => page.getByRole('dialog')
  const sees = (text: string | RegExp) => page.getByText(text).filter({ visible: true }).first().waitFor()
  const prove = async (proof: string) => {
    await dialog().getByLabel('Your password, or a code of your authenticator').fill(proof)
    await dialog().getByRole('button').last().click()
  }
  /** Whether the browser would ask before this page is closed. */
  const leavingIsAsked = () => page.evaluate(`!dispatchEvent(new Event('beforeunload', { cancelable: true }))`)
  /** A way back that the page holds: it is there, and here again. */
  const backAndForth = () =>
    page.evaluate(`new Promise((done) => {
      let n = 0
      addEventListener('popstate', () => { n += 1; if (n === 2) done() })
      setTimeout(done, 5000)
      history.back()
    })`)
  /** All that a page keeps: addresses, storage, what is drawn, and the calls that its cache could hold. */
  const kept = () =>
    page.evaluate(
      `JSON.stringify([location.href, history.state, {...localStorage}, {...sessionStorage}, document.documentElement.outerHTML])`,
    )

  test('B09 the profile menu leads to the own keys and the own account, whatever the role', async () => {
    await rig.open(page, '/')
    await page.getByRole('button', { name: 'Your account' }).click()
    await page.getByRole('menuitem', { name: 'API Keys' }).waitFor()
    await page.getByRole('menuitem', { name: 'Account and security' }).click()
    await page.waitForURL('**/dashboard/account')
    await sees('Max Member')
    await sees('member@example.com')
    await sees('This browser')
  })

  test('an authenticator is set up from a picture or a text; recovery codes are shown once and kept nowhere', async () => {
    await press('Set up an authenticator')
    await press('Begin')
    const picture = dialog().getByAltText('The secret for your authenticator as a picture', { exact: false })
    await picture.waitFor()
    await expect
      .poll(() => picture.evaluate((image: { naturalWidth?: number }) => image.naturalWidth), patience)
      .toBeGreaterThan(0)
    const secret = (
      (await dialog()
        .getByText(/^[A-Z2-7]{16,}$/)
        .textContent()) ?? ''
    ).trim()
    code = authenticatorOf(secret)
    await dialog().getByLabel('Code of your authenticator').fill('000000')
    await dialog().getByRole('button', { name: 'Switch it on' }).click()
    await dialog().getByRole('alert').waitFor()
    await dialog().getByLabel('Code of your authenticator').fill(code())
    const asked = Promise.withResolvers<void>()
    const go = Promise.withResolvers<void>()
    await page.route('**/me/second-factor/confirm', async (route) => {
      asked.resolve()
      await go.promise
      await route.continue()
    })
    await dialog().getByRole('button', { name: 'Switch it on' }).click()
    await asked.promise
    await backAndForth()
    go.resolve()
    await sees('Your recovery codes, this once')
    codes = await page.locator('.recovery-codes code').allTextContents()
    expect(codes).toHaveLength(10)
    // Neither Esc nor a click beside it closes what is shown in no other answer.
    await page.keyboard.press('Escape')
    expect(await dialog().getByRole('button', { name: 'Done' }).isDisabled()).toBe(true)
    await page.evaluate('history.back()')
    await dialog().getByText('Leave without keeping the codes?').waitFor()
    await dialog().getByRole('button', { name: 'Go back and keep them' }).click()
    await dialog().getByText('Leave without keeping the codes?').waitFor({ state: 'detached' })
    expect(await page.locator('.recovery-codes code').allTextContents()).toEqual(codes)
    expect(await leavingIsAsked()).toBe(true)
    await dialog().getByRole('button', { name: 'Copy the codes' }).click()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(codes.join('\n'))
    await dialog().getByLabel('I have kept them').check()
    expect(await leavingIsAsked()).toBe(false)
    await dialog().getByLabel('I have kept them').uncheck()
    expect(await leavingIsAsked()).toBe(true)
    await dialog().getByLabel('I have kept them').check()
    await dialog().getByRole('button', { name: 'Done' }).click()
    await sees(/asks for a code of your authenticator\. 10 recovery codes/)
    const all = String(await kept())
    for (const hidden of [secret, ...codes]) expect(all).not.toContain(hidden)
  })

  test('over a second factor that is on, everything takes more than the open browser', async () => {
    await press('Make new recovery codes')
    await prove('not the password')
    await dialog().getByRole('alert').waitFor()
    await prove(code())
    await sees('Your recovery codes, this once')
    const renewed = await page.locator('.recovery-codes code').allTextContents()
    expect(renewed).toHaveLength(10)
    expect(renewed).not.toContain(codes[0])
    // Another screen asks as well, and whoever says so goes there without them.
    await page.evaluate('history.back()')
    await dialog().getByRole('button', { name: 'Leave without them' }).click()
    await page.waitForURL(({ pathname }) => pathname === '/dashboard/')
    await dialog().waitFor({ state: 'detached' })
    await page.goForward()
    await press('Make new recovery codes')
    await prove(password)
    await sees('Your recovery codes, this once')
    await dialog().getByLabel('I have kept them').check()
    await dialog().getByRole('button', { name: 'Done' }).click()
    await press('Switch it off')
    await prove(password)
    await sees('The second factor is switched off.')
    await page.getByRole('button', { name: 'Set up an authenticator' }).waitFor()
  })

  test('the password is changed in place; a wrong one changes nothing, and what is refused says why', async () => {
    const change = async (current: string, next: string) => {
      await page.getByLabel('Current password').fill(current)
      await page.getByLabel('New password').fill(next)
      await press('Change the password')
    }
    await change('not the password', other)
    await page.getByRole('alert').first().waitFor()
    await change(password, 'short')
    await page.getByText(/12/).first().waitFor()
    await change(password, other)
    await sees('The password is changed. Every other browser of yours is signed out.')
    expect(await page.getByLabel('New password').inputValue()).toBe('')
  })

  test('another browser of one is listed and signed out, with its next call', async () => {
    const context = await rig.newContext({})
    const elsewhere = await context.newPage()
    elsewhere.setDefaultTimeout(10_000)
    await elsewhere.goto(`${rig.product.controlUrl}/sign-in`)
    await elsewhere.getByLabel('E-mail address', { exact: true }).first().fill('member@example.com')
    await elsewhere.getByLabel('Password', { exact: true }).fill(other)
    await elsewhere.getByRole('button', { name: 'Sign in', exact: true }).click()
    await elsewhere.waitForURL(({ pathname }) => pathname === '/dashboard/')
    await rig.open(page, '/account')
    const rows = page.getByRole('table', { name: 'Where you are signed in' }).locator('tbody tr')
    await expect.poll(() => rows.count(), patience).toBe(2)
    await rows.filter({ hasNotText: 'This browser' }).getByRole('button').click()
    await sees('That browser is signed out.')
    await expect.poll(() => rows.count(), patience).toBe(1)
    await elsewhere.goto(`${rig.product.controlUrl}/dashboard/account`)
    await elsewhere.waitForURL(({ pathname }) => pathname === '/sign-in')
    await context.close()
  })

  test('whose role needs a second factor sees nothing but the way to one, and then everything', async () => {
    await rig.done('PATCH /policies', { secondFactorRoles: ['member'] })
    await page.goto(`${rig.product.controlUrl}/dashboard/configuration/api-keys`)
    await sees('Your role needs a second factor.')
    expect(await page.getByRole('navigation').count()).toBe(0)
    await press('Begin')
    const secret = ((await page.getByText(/^[A-Z2-7]{16,}$/).textContent()) ?? '').trim()
    await page.getByLabel('Code of your authenticator').fill(authenticatorOf(secret)())
    await press('Switch it on')
    await page.getByLabel('I have kept them').check()
    await press('Done')
    await page.getByRole('navigation', { name: 'Main' }).waitFor()
    expect(new URL(page.url()).pathname).toBe('/dashboard/configuration/api-keys')
    await rig.open(page, '/account')
    expect(await page.getByRole('button', { name: 'Switch it off' }).count()).toBe(0)
    await rig.done('PATCH /policies', { secondFactorRoles: [] })
  })

  test('signing out ends at the sign-in page, and nothing of the dashboard is behind it', async () => {
    await press('Sign out')
    await page.waitForURL('**/sign-in')
    await page.goto(`${rig.product.controlUrl}/dashboard/account`)
    await page.waitForURL('**/sign-in?returnTo=**')
    expect(rig.complaints).toEqual([])
  })
})
