import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { root } from '../programs.ts'
import { authenticatorOf } from './authenticator.ts'
import { chromium, password, type Rig, settled, startDashboard } from './rig.ts'
import { found } from './screens-rig.ts'

vi.setConfig({ testTimeout: 90_000 })
const patience = { timeout: 20_000 }

/** What goes wrong where several people, tabs and secrets meet in one browser, against the whole product. */
describe.skipIf(chromium === null)('safety', () => {
  let rig: Rig
  const keys = new Map<string, { id: string; secret: string }>()
  beforeAll(async () => {
    rig = await startDashboard()
    for (const name of ['First key', 'Second key']) {
      const { key, secret } = await rig.done('POST /keys', { name })
      keys.set(name, { id: key.id, secret })
    }
  })
  afterAll(async () => {
    await rig?.stop()
  })

  const keyOf = (name: string) => keys.get(name) ?? { id: '', secret: '' }
  const dialog = (page: Page) => page.getByRole('dialog').filter({ visible: true })
  const pressIn = (page: Page, name: string) => dialog(page).getByRole('button', { name, exact: true }).click()
  const signIn = async (page: Page, email: string) => {
    await page.goto(`${rig.product.controlUrl}/sign-in?returnTo=/dashboard/`)
    await page.getByLabel('E-mail address', { exact: true }).filter({ visible: true }).fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL((url) => url.pathname.startsWith('/dashboard'))
    await page.locator('#page-title').waitFor()
  }
  /** Whether the browser would ask before this page is closed. */
  const leavingIsAsked = (page: Page) =>
    page.evaluate(`!window.dispatchEvent(new Event('beforeunload', { cancelable: true }))`)
  /** As it is when somebody comes back from another window. */
  const comeBack = (page: Page) => page.evaluate(`window.dispatchEvent(new Event('visibilitychange'))`)

  test('what one person has begun is never done as another who signs in meanwhile in the same browser', async () => {
    const page = await rig.visit({ role: 'owner' })
    await rig.open(page, '/configuration/api-keys')
    await page.getByRole('button', { name: 'Delete First key', exact: true }).click()
    await dialog(page).getByText('First key').waitFor()
    const other = await page.context().newPage()
    await signIn(other, await rig.emailOf('admin'))
    const anew = page.waitForEvent('load', patience)
    await pressIn(page, 'Delete')
    await anew
    await page.locator('#page-title').waitFor()
    expect((await rig.done(`GET /keys/${keyOf('First key').id}`)).key.name).toBe('First key')
    // The page is the other one's from here on, with nothing of the first on it.
    await page.getByRole('button', { name: 'Your account' }).click()
    await page.getByText('Ada Admin').waitFor()
    expect(await dialog(page).count()).toBe(0)
  })

  test('a tab in the back shows nothing of another person who has signed in meanwhile under the name of the one before', async () => {
    const page = await rig.visit({ role: 'owner' })
    await rig.open(page, '/configuration/api-keys')
    const other = await page.context().newPage()
    await signIn(other, await rig.emailOf('admin'))
    const answered: string[] = []
    let isAnew = false
    page.on('response', (answer) => {
      const { pathname } = new URL(answer.url())
      if (!isAnew && pathname.startsWith('/api/v1/')) answered.push(`${answer.status()} ${pathname}`)
    })
    page.once('domcontentloaded', () => {
      isAnew = true
    })
    const anew = page.waitForEvent('load', patience)
    await page.getByRole('link', { name: 'Members', exact: true }).click()
    await anew
    const looked = answered.filter((line) => !line.endsWith('/sessions/current'))
    expect(looked).toContain('403 /api/v1/members')
    expect(looked.filter((line) => !line.startsWith('403'))).toEqual([])
    await page.getByRole('button', { name: 'Your account' }).click()
    await page.getByRole('menu').getByText('Ada Admin').waitFor()
  })

  test('a sign-out that did not come to pass says so, and stays said', async () => {
    const page = await rig.visit({ role: 'owner' })
    const failed = { status: 500, code: 'internal', title: 'Something failed on our side' }
    for (const [answer, said] of [
      [null, 'Ostiary did not answer. Look whether it is running, then sign out again.'],
      [failed, failed.title],
    ] as const) {
      await page.route('**/api/v1/sessions/current', async (route) => {
        if (route.request().method() !== 'DELETE') return route.continue()
        return answer === null ? route.abort() : route.fulfill({ status: 500, json: answer })
      })
      await page.getByRole('button', { name: 'Your account' }).click()
      await page.getByRole('menuitem', { name: 'Sign out' }).click()
      const alert = page.getByRole('alert').filter({ hasText: 'You are still signed in' })
      await alert.getByText(said).waitFor()
      expect(await found(page)).toEqual([])
      await page.unroute('**/api/v1/sessions/current')
      expect(new URL(page.url()).pathname).toBe('/dashboard/')
    }
  })

  test('D47 a link that is shown once asks before a way back takes it, and not after it was copied', async () => {
    const page = await rig.visit({ role: 'owner' })
    await rig.open(page, '/people/teams')
    await page.getByRole('link', { name: 'Members', exact: true }).click()
    await page.getByRole('button', { name: 'Invite member' }).click()
    await dialog(page)
      .getByLabel(/^E-mail address/)
      .fill('once@example.com')
    await pressIn(page, 'Invite')
    const link = dialog(page).getByText(/\/invitation#/)
    await link.waitFor()
    await page.evaluate('history.back()')
    await dialog(page).getByText('Leave without copying it?').waitFor()
    await pressIn(page, 'Go back and copy it')
    await dialog(page).getByText('Leave without copying it?').waitFor({ state: 'detached' })
    expect(await link.isVisible()).toBe(true)
    expect(await leavingIsAsked(page)).toBe(true)
    await pressIn(page, 'Copy the link')
    await pressIn(page, 'Done')
    await dialog(page).waitFor({ state: 'detached' })
    expect(await leavingIsAsked(page)).toBe(false)
  })

  test('D47 the link of a replacement asks before it goes: by its button, by a way back, and with the page', async () => {
    const { key } = await rig.done('POST /keys', { name: 'Was in a repository' })
    const page = await rig.visit({ role: 'owner' })
    await rig.open(page, '/configuration/api-keys')
    await page.evaluate(`history.pushState({}, '', '/dashboard/configuration/api-keys/${key.id}')`)
    await page.getByRole('button', { name: 'Somebody may have it', exact: true }).click()
    await pressIn(page, 'End it and replace it')
    await dialog(page)
      .getByText(/\/claim#/)
      .waitFor()
    await pressIn(page, 'Close')
    await pressIn(page, 'Go back and copy it')
    await page.evaluate('history.back()')
    await dialog(page).getByText('Leave without copying it?').waitFor()
    expect(await leavingIsAsked(page)).toBe(true)
    await pressIn(page, 'Leave without it')
    await dialog(page).waitFor({ state: 'detached' })
    expect(await leavingIsAsked(page)).toBe(false)
  })

  test('a whole key that is pasted to find it comes into no address, no history and no call', async () => {
    const page = await rig.visit({ role: 'owner' })
    const asked: string[] = []
    page.on('request', (request) => void asked.push(request.url()))
    const { secret } = keyOf('Second key')
    await rig.open(page, '/configuration/api-keys')
    await page.getByRole('searchbox', { name: 'Search' }).fill(secret)
    await page.waitForURL(/search=ostk_/)
    await settled(page)
    await page.getByRole('link', { name: 'Second key' }).waitFor()
    await expect.poll(() => page.getByRole('link', { name: 'First key' }).count(), patience).toBe(0)
    await page.getByRole('button', { name: 'Find' }).click()
    await page.getByRole('textbox', { name: 'Find a screen, key or action' }).fill(secret)
    await dialog(page).getByText('Second key').waitFor()
    const tail = secret.slice(-20)
    expect([page.url(), ...asked].filter((address) => address.includes(tail))).toEqual([])
  })

  test('another key in the address is another dialog: what was typed about one is never sent about the other', async () => {
    const page = await rig.visit({ role: 'owner' })
    const [one, two] = [keyOf('First key').id, keyOf('Second key').id]
    await rig.open(page, `/configuration/api-keys?edit=${one}`)
    const name = dialog(page).getByLabel(/^Key Name/)
    await expect.poll(() => name.inputValue(), patience).toBe('First key')
    await name.fill('Typed about the first')
    await page.evaluate(`history.pushState({}, '', '?edit=${two}')`)
    await dialog(page).getByText('Edit Second key').waitFor()
    expect(await name.inputValue()).toBe('Second key')
  })

  test('a credential goes to no address that was put in its place while it was typed', async () => {
    const { server } = await rig.done('POST /servers', {
      slug: 'tickets',
      transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
    })
    const page = await rig.visit({ role: 'owner' })
    await rig.open(page, `/configuration/servers/${server.id}?open=credential`)
    await dialog(page)
      .getByLabel(/^Secret/)
      .fill('meant-for-port-9')
    await rig.done(`PATCH /servers/${server.id}`, { transport: { type: 'http', url: 'http://127.0.0.1:8/mcp' } })
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const answered = page.waitForResponse((answer) => answer.request().method() === 'PATCH')
      await pressIn(page, 'Save')
      expect((await answered).status()).toBe(412)
      await dialog(page).getByText('Somebody has changed this meanwhile.').waitFor()
    }
    expect((await rig.done(`GET /servers/${server.id}`)).server.credential).toBeNull()
  })

  test('recovery codes stay in sight when somebody comes back from where he has kept them', async () => {
    const email = await rig.emailOf('auditor')
    await rig.done('PATCH /policies', { secondFactorRoles: ['auditor'] })
    const context = await rig.newContext({})
    const page = await context.newPage()
    await signIn(page, email)
    await page.getByRole('button', { name: 'Begin' }).click()
    const secret = await page.getByText(/^[A-Z2-7]{16,}$/).innerText()
    await page.getByLabel(/^Code of your authenticator/).fill(authenticatorOf(secret.trim())())
    await page.getByRole('button', { name: 'Switch it on' }).click()
    await page.getByText('Your recovery codes, this once').waitFor()
    const calls: string[] = []
    page.on('request', (request) => void calls.push(new URL(request.url()).pathname))
    await page.evaluate('Date.now = () => performance.timeOrigin + performance.now() + 3600000')
    await comeBack(page)
    // What was asked by the way back is answered when a later call is.
    await page.evaluate(`fetch('/api/v1/sessions/current').then((answer) => answer.text())`)
    expect(calls.filter((path) => path !== '/api/v1/sessions/current')).toEqual([])
    expect(await page.getByText('Your recovery codes, this once').isVisible()).toBe(true)
    expect(new URL(page.url()).pathname).toContain('/dashboard')
  })

  test('nothing is said to be copied that the browser refused to copy', async () => {
    const page = await rig.visit({ role: 'owner' })
    await rig.open(page, '/people/members?do=invite')
    await dialog(page)
      .getByLabel(/^E-mail address/)
      .fill('guest@example.com')
    await pressIn(page, 'Invite')
    const copy = dialog(page).getByRole('button', { name: /Copy the link|Copy link/ })
    await copy.waitFor()
    await page.evaluate(`navigator.clipboard.writeText = () => Promise.reject(new Error('no'))`)
    await copy.click()
    await dialog(page).getByText('Select and copy it by hand').waitFor()
    await dialog(page).getByText('The link has not been copied yet.').waitFor()
  })

  test('what is built says nothing of the machine on which it was built', async () => {
    const folder = join(root, 'dashboard/dist/assets')
    const names = (await readdir(folder)).filter((name) => name.endsWith('.js'))
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
    expect(names.filter((_, at) => texts[at]?.includes(root) || texts[at]?.includes('jsxDEV'))).toEqual([])
  })

  test('no browser complained meanwhile', () => expect(rig.complaints).toEqual([]))
})
