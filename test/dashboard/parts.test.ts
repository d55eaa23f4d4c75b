import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'
import { found } from './screens-rig.ts'

vi.setConfig({ testTimeout: 90_000 })
const patience = { timeout: 20_000 }
const missing = 'This part of the page did not load'

/** Parts of the page come in files of their own. What happens where such a file does not come. */
describe.skipIf(chromium === null)('a part of the page that does not come', () => {
  let rig: Rig
  beforeAll(async () => {
    rig = await startDashboard()
    await rig.done('POST /keys', { name: 'First key' })
  })
  afterAll(async () => {
    await rig?.stop()
  })

  const note = (page: Page) => page.getByRole('alert').filter({ hasText: missing })
  const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click()
  /** Files of the page that it has not fetched yet are gone, as after an upgrade; `away`: nobody answers at all. */
  const cut = async (page: Page, how: 'gone' | 'away') => {
    const addresses = how === 'gone' ? '**/dashboard/assets/*.js' : '**/dashboard/**'
    await page.route(addresses, (route) => (how === 'gone' ? route.fulfill({ status: 404 }) : route.abort()))
    return () => page.unroute(addresses)
  }
  const keysOf = async () => {
    const page = await rig.visit({ role: 'owner' })
    await rig.open(page, '/configuration/api-keys')
    await page.getByRole('link', { name: 'First key' }).waitFor()
    return page
  }
  /** The note leads to a load of the page, and that one brings it: what was open stands in the address. */
  const loadAgain = async (page: Page) => {
    const loaded = page.waitForEvent('load', patience)
    await note(page).getByRole('button', { name: 'Load the page again' }).click()
    await loaded
    await settled(page)
  }

  test('a dialog whose file a newer version has taken away says so, and comes when the page is loaded again', async () => {
    const page = await keysOf()
    const mend = await cut(page, 'gone')
    await press(page, 'Create key')
    await note(page).getByText('A newer version of it is served by now').waitFor()
    expect(await found(page)).toEqual([])
    await page.getByRole('searchbox', { name: 'Search' }).fill('nothing like this')
    await page.getByText('Nothing fits these filters.').waitFor()
    await page.getByRole('searchbox', { name: 'Search' }).fill('')
    await page.getByRole('link', { name: 'First key' }).waitFor()
    await mend()
    await loadAgain(page)
    await page.getByRole('dialog').getByLabel('Key Name').waitFor()
    await page.context().close()
  })

  test('where nobody answers, trying again waits for an answer before the page is loaded again', async () => {
    const page = await keysOf()
    const mend = await cut(page, 'away')
    await press(page, 'Create key')
    await note(page).getByText('Ostiary does not answer.').waitFor()
    await expect.poll(() => page.evaluate('document.activeElement.textContent'), patience).toBe('Close')
    await note(page).getByRole('button', { name: 'Try again' }).click()
    await note(page).getByText('Ostiary does not answer.').waitFor()
    await page.keyboard.press('Escape')
    await note(page).getByRole('button', { name: 'Close' }).click()
    await note(page).waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Create key')
    await press(page, 'Create key')
    await note(page).getByText('Ostiary does not answer.').waitFor()
    await mend()
    await note(page).getByRole('button', { name: 'Try again' }).click()
    // This browser remembers that the file did not come; others have the dialog here and now.
    await loadAgain(page)
    await page.getByRole('dialog').getByLabel('Key Name').waitFor()
    await page.context().close()
  })

  test('a tab that does not come leaves the other tabs', async () => {
    const { server } = await rig.done('POST /servers', {
      slug: 'tickets',
      transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
    })
    const page = await rig.visit({ role: 'owner' })
    await rig.open(page, `/configuration/servers/${server.id}`)
    const mend = await cut(page, 'gone')
    await page.getByRole('tab', { name: 'Connect' }).click()
    await note(page).waitFor()
    expect(await note(page).getByRole('button', { name: 'Close' }).count()).toBe(0)
    await page.getByRole('tab', { name: 'Overview' }).click()
    await note(page).waitFor({ state: 'detached' })
    await page.getByRole('tabpanel').getByText('127.0.0.1:9').first().waitFor()
    await page.getByRole('tab', { name: 'Connect' }).click()
    await mend()
    await loadAgain(page)
    await page.getByRole('tabpanel').waitFor()
    expect(await note(page).count()).toBe(0)
    await page.context().close()
  })

  test('neither the palette nor a hint takes the page with it', async () => {
    const page = await keysOf()
    const mend = await cut(page, 'away')
    await page.locator('[data-hint]').first().hover()
    await page.keyboard.press('Control+k')
    await note(page).waitFor()
    await note(page).getByRole('button', { name: 'Close' }).click()
    await note(page).waitFor({ state: 'detached' })
    expect(await page.getByRole('link', { name: 'First key' }).isVisible()).toBe(true)
    await mend()
    await page.keyboard.press('Control+k')
    await loadAgain(page)
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder('Find a screen, key or action').waitFor()
    await page.context().close()
  })

  test('no browser complained meanwhile', () => expect(rig.complaints).toEqual([]))
})
