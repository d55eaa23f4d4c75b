import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEverything } from '../everything.ts'
import { chromium, password, type Rig, settled, startDashboard } from './rig.ts'

/** A test is many calls of a browser on a machine that others use as well. */
const patience = 120_000

/** From the link that the first start prints to the first call, in real Chromium and without a terminal. */
describe.skipIf(chromium === null)('a new installation', () => {
  let rig: Rig
  let page: Page
  let everything: Awaited<ReturnType<typeof startEverything>>
  let secret = ''
  beforeAll(async () => {
    everything = await startEverything()
    // Nobody has a token: only the link opens it.
    rig = await startDashboard({ env: { OSTIARY_BOOTSTRAP_TOKEN: '' } })
    page = await (await rig.newContext({})).newPage()
    page.setDefaultTimeout(20_000)
    page.on('pageerror', (error) => void rig.complaints.push(error.message))
  })
  afterAll(async () => {
    await rig?.stop()
    await everything?.stop()
  })
  const dialog = () => page.getByRole('dialog')
  const press = (name: string | RegExp) => page.getByRole('button', { name }).first().click()
  const step = (id: string) => page.locator(`[data-step="${id}"]`)
  const stateOf = (id: string) => step(id).getAttribute('data-state')

  test(
    'the setup link takes a password and leads to the first step',
    async () => {
      const link = /http:\/\/127\.0\.0\.1:\d+\/setup#\w+/.exec(rig.product.logs())?.[0] ?? 'no link'
      await page.goto(link)
      await page.getByLabel('E-mail address').fill('ada@example.com')
      await page.getByLabel(/^Password/).fill(password)
      await press('Set up and sign in')
      await page.getByRole('link', { name: 'Go to the dashboard' }).click()
      await page.getByRole('heading', { name: 'Welcome to Ostiary' }).waitFor()
      await settled(page)
      expect(await stateOf('server')).toBe('next')
      expect(await stateOf('key')).toBe('later')
    },
    patience,
  )

  test(
    'a server is added from there, and the step is ticked',
    async () => {
      await page.getByRole('link', { name: 'Add an MCP server' }).click()
      await dialog().getByLabel('Name', { exact: true }).fill('Everything')
      await dialog()
        .locator('input[type="url"], input[inputmode="url"]')
        .or(dialog().getByRole('textbox', { name: 'Address' }))
        .first()
        .fill(everything.url)
      await dialog().getByRole('button', { name: 'Add and test' }).click()
      await dialog().getByText('Added. Is it there?').waitFor()
      await rig.open(page, '/')
      await expect.poll(() => stateOf('server')).toBe('done')
      expect(await stateOf('key')).toBe('next')
    },
    patience,
  )

  test(
    'a key is created from there; its secret is taken, and settings for a client stand on the page',
    async () => {
      await page.getByRole('link', { name: 'Create key' }).click()
      await dialog().getByLabel('Key Name').fill('My first key')
      await dialog().getByRole('tab', { name: /MCP/ }).click()
      await dialog().getByLabel('MCP Enabled').check({ force: true })
      await dialog().getByLabel('Allow All').check()
      await dialog().getByRole('button', { name: 'Create key' }).click()
      const block = dialog().getByRole('region', { name: 'Secret of My first key' })
      secret = ((await block.textContent()) ?? '').trim()
      expect(secret).toMatch(/^ostk_/)
      await dialog().getByRole('button', { name: 'Copy', exact: true }).first().click()
      await dialog().getByRole('button', { name: 'Done' }).click()
      await rig.open(page, '/')
      await expect.poll(() => stateOf('connect')).toBe('next')
      await step('connect').getByText('My first key', { exact: true }).waitFor()
      const snippet = step('connect').locator('.snippet pre')
      await expect.poll(() => snippet.textContent()).toContain(rig.product.gatewayUrl)
      expect(await page.content()).not.toContain(secret)
    },
    patience,
  )

  test(
    'the first call ticks what is left, and the overview counts it',
    async () => {
      const clientInfo = { name: 'first client', version: '1' }
      const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo }
      const hello = { jsonrpc: '2.0', id: 1, method: 'initialize', params }
      const answer = await rig.product.call('everything', secret, hello)
      expect(answer.status).toBe(200)
      await page.getByRole('heading', { name: 'Overview' }).waitFor({ timeout: 30_000 })
      await page
        .getByRole('main')
        .getByRole('link', { name: /^1\s*Requests$/ })
        .waitFor({ timeout: 40_000 })
      const refused = page.getByRole('main').getByRole('link', { name: /^0\s*Refused$/ })
      expect(await refused.getAttribute('href')).toBe('/dashboard/activity/requests?admitted=false')
      await page.getByText(`${rig.product.gatewayUrl}/mcp`, { exact: true }).waitFor()
    },
    patience,
  )

  test(
    'M4 a refused call is explained: the check that decided, its rule, and the way out',
    async () => {
      await rig.open(page, '/configuration/api-keys')
      const key: string = await page.evaluate(
        `fetch('/api/v1/keys').then((answer) => answer.json()).then(({ items }) => items[0].id)`,
      )
      await rig.open(page, `/activity/explain?key=${key}&server=nowhere`)
      await page.getByText('Refused', { exact: true }).first().waitFor()
      await page.getByText('server_not_allowed').first().waitFor()
      await page.locator('[data-check="target"]').getByText('This one decided').waitFor()
      await page
        .getByRole('combobox', { name: 'Server' })
        .or(page.getByRole('textbox', { name: 'Server' }))
        .first()
        .fill('everything')
      await press('Explain')
      await page.getByText('This call would be admitted now.').waitFor()
      expect(page.url()).toContain('server=everything')
      expect(rig.complaints).toEqual([])
    },
    patience,
  )
})
