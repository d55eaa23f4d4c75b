import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromium, type Rig, type Role, startDashboard } from './rig.ts'
import { found } from './screens-rig.ts'

describe.skipIf(chromium === null)('the frame of the dashboard', { timeout: 90_000 }, () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await startDashboard()
  })
  afterAll(() => rig?.stop())

  const pages = new Map<Role, Promise<Page>>()
  const as = (role: Role): Promise<Page> => {
    const known = pages.get(role) ?? rig.visit({ role })
    pages.set(role, known)
    return known
  }
  const openPalette = async (page: Page) => {
    await page.keyboard.press('Control+k')
    const search = page.getByPlaceholder('Find a screen, key or action')
    await search.waitFor()
    await expect.poll(() => search.evaluate((input) => input === input.ownerDocument.activeElement)).toBe(true)
  }
  const at = (page: Page): string => new URL(page.url()).pathname
  const links = (page: Page) => page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts()

  test('whoever is not signed in is sent to sign in, and comes back to the same address', async () => {
    const context = await rig.newContext({})
    const page = await context.newPage()
    await page.goto(`${rig.product.controlUrl}/dashboard/configuration/api-keys?status=active`)
    await page.waitForURL((url) => url.pathname === '/sign-in')
    expect(new URL(page.url()).searchParams.get('returnTo')).toBe('/dashboard/configuration/api-keys?status=active')
    expect(await page.locator('nav').count()).toBe(0)
    await page
      .getByLabel('E-mail address', { exact: true })
      .filter({ visible: true })
      .fill(await rig.emailOf('member'))
    await page.getByLabel('Password', { exact: true }).fill('seven brown horses')
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL((url) => url.pathname === '/dashboard/configuration/api-keys')
    expect(new URL(page.url()).search).toBe('?status=active')
    await context.close()
  })

  test('the address of control itself leads to the dashboard', async () => {
    const answer = await fetch(`${rig.product.controlUrl}/`, { redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/dashboard/'])
  })

  test('B09 an admin has API Keys under User Management, and everybody his own in the profile menu', async () => {
    const admin = await as('admin')
    await rig.open(admin, '/')
    await admin
      .getByRole('navigation', { name: 'Main' })
      .getByRole('region', { name: 'User Management' })
      .getByRole('link', { name: 'API Keys', exact: true })
      .click()
    await expect.poll(() => at(admin)).toBe('/dashboard/people/api-keys')
    for (const role of ['admin', 'member', 'auditor'] as const) {
      const page = await as(role)
      await rig.open(page, '/')
      await page.getByRole('button', { name: 'Your account' }).click()
      await page.getByRole('menuitem', { name: 'API Keys', exact: true }).click()
      await expect.poll(() => new URL(page.url()).search, { message: role }).toBe('?owner=me')
      expect(at(page)).toBe('/dashboard/configuration/api-keys')
    }
  })

  test('A07 D02 the keys are one click away, also under Settings as MCP API Keys', async () => {
    const page = await as('owner')
    await rig.open(page, '/')
    await page.getByRole('link', { name: 'API keys', exact: true }).click()
    await expect.poll(() => at(page)).toBe('/dashboard/configuration/api-keys')
    await page.getByRole('link', { name: 'MCP API Keys', exact: true }).click()
    await expect.poll(() => at(page)).toBe('/dashboard/settings/mcp-api-keys')
  })

  test('what a role may not read is not in its navigation', async () => {
    const [member, auditor, owner] = [await as('member'), await as('auditor'), await as('owner')]
    for (const page of [member, auditor, owner]) await rig.open(page, '/')
    const [ofMember, ofAuditor, ofOwner] = [await links(member), await links(auditor), await links(owner)]
    for (const hidden of ['MCP servers', 'Audit log', 'Members', 'Single sign-on', 'Webhooks']) {
      expect(ofMember).not.toContain(hidden)
      expect(ofOwner).toContain(hidden)
    }
    expect(ofAuditor).toContain('Audit log')
    expect(ofMember).toEqual(expect.arrayContaining(['Overview', 'What I may use', 'API keys', 'Access requests']))
  })

  test.each(['renew', 'regenerate', 'MCP API Keys', 'rotate'])(
    'Ctrl-K finds the keys by the word "%s" and goes there by keyboard alone',
    async (word) => {
      const page = await as('owner')
      await rig.open(page, '/')
      await openPalette(page)
      await page.keyboard.type(word)
      await page.getByRole('dialog').getByText('API keys', { exact: true }).first().waitFor()
      await page.keyboard.press('Enter')
      await expect.poll(() => at(page)).toMatch(/api-keys$/)
    },
  )

  test('Ctrl-K finds screens under Settings, and a key by its name', async () => {
    const page = await as('owner')
    await rig.done('POST /keys', { name: 'Findable by palette' })
    await rig.open(page, '/')
    await openPalette(page)
    await page.keyboard.type('Settings')
    await page.getByRole('dialog').getByText('Policies', { exact: true }).waitFor()
    await page.keyboard.press('Control+a')
    await page.keyboard.type('Findable')
    await page.getByRole('dialog').getByText('Findable by palette').click()
    await expect.poll(() => new URL(page.url()).searchParams.get('key')).toMatch(/^key_/)
  })

  test('by keyboard: the first stop skips to the content, and a new screen puts the focus on its heading', async () => {
    const page = await as('owner')
    await rig.open(page, '/')
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
    await page.getByRole('link', { name: 'Projects', exact: true }).focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('page-title')
    expect(await page.title()).toMatch(/ · Ostiary$/)
  })

  test('light or dark is chosen in the menu, and stays chosen', async () => {
    const page = await rig.visit({ role: 'owner' })
    await page.getByRole('button', { name: 'Your account' }).click()
    await page.getByRole('menuitem', { name: 'Dark' }).click()
    expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark')
    await page.reload()
    await page.locator('#page-title').waitFor()
    expect(await page.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark')
    await page.context().close()
  })

  test('an address that leads nowhere says so and leads home', async () => {
    const page = await as('owner')
    await page.goto(`${rig.product.controlUrl}/dashboard/nowhere/at-all`)
    await page.getByText('There is no such page').waitFor()
    await page.getByRole('link', { name: 'To the start page' }).click()
    await expect.poll(() => at(page)).toBe('/dashboard/')
  })

  test('signing out ends the session: back in history nothing is shown any more', async () => {
    const page = await rig.visit({ role: 'auditor' })
    await page.getByRole('button', { name: 'Your account' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.waitForURL((url) => url.pathname === '/sign-in')
    await page.goto(`${rig.product.controlUrl}/dashboard/`)
    await page.waitForURL((url) => url.pathname === '/sign-in')
    await page.context().close()
  })

  test('a session that is ended elsewhere sends its page to sign in with the next call', async () => {
    const page = await rig.visit({ role: 'member' })
    const { items } = await rig.done('GET /members')
    const { id } = items.find((member: { email: string }) => member.email === 'member@example.com')
    await rig.done(`POST /members/${id}/end-sessions`)
    // It may be on its way there by itself: the list of notices is asked for now and then.
    const clicked = page.getByRole('link', { name: 'Access requests', exact: true }).click({ timeout: 5000 })
    await Promise.all([clicked.catch(() => {}), page.waitForURL((url) => url.pathname === '/sign-in')])
    pages.delete('member')
    await page.context().close()
  })

  test('no page of another origin gets the dashboard into a frame, and no script of another origin runs in it', async () => {
    const answer = await fetch(`${rig.product.controlUrl}/dashboard/anything`)
    const policy = answer.headers.get('content-security-policy') ?? ''
    for (const rule of ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"])
      expect(policy).toContain(rule)
    expect(policy).not.toMatch(/unsafe-/)
    expect(answer.headers.get('x-frame-options')).toBe('DENY')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('cross-origin-opener-policy')).toBe('same-origin')
  })

  test('axe finds nothing serious in the open palette, the menu and the drawer of a telephone', async () => {
    const page = await as('owner')
    await rig.open(page, '/')
    await openPalette(page)
    await page.getByPlaceholder('Find a screen, key or action').waitFor()
    const palette = await found(page)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Your account' }).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).waitFor()
    const menu = await found(page)
    const narrow = await rig.visit({ role: 'owner', width: 360 })
    await narrow.getByRole('button', { name: 'Open the navigation' }).click()
    await narrow.getByRole('link', { name: 'API keys', exact: true }).waitFor()
    const drawer = await found(narrow)
    expect([...palette, ...menu, ...drawer].filter((line) => /^(serious|critical)/.test(line))).toEqual([])
    await narrow.context().close()
  })

  test('an open row menu, a dialog and the palette are inside of a landmark or are one: axe finds nothing at all', async () => {
    const page = await as('owner')
    await rig.done('POST /keys', { name: 'With a menu' })
    await rig.open(page, '/configuration/api-keys')
    await page.getByRole('button', { name: 'More for With a menu' }).click()
    const edit = page.getByRole('menuitem', { name: 'Edit' })
    await edit.waitFor()
    const menu = await found(page)
    // Neither hidden behind anything nor cut off by the table: the last item takes a press.
    await page.getByRole('menuitem').last().click({ trial: true })
    await edit.click()
    await page.getByRole('dialog').getByLabel('Key Name').waitFor()
    const dialog = await found(page)
    await page.keyboard.press('Escape')
    await openPalette(page)
    const palette = await found(page)
    await page.keyboard.press('Escape')
    expect({ menu, dialog, palette }).toEqual({ menu: [], dialog: [], palette: [] })
  })

  test('the browser complains of nothing', () => {
    expect([...new Set(rig.complaints)]).toEqual([])
  })
})
