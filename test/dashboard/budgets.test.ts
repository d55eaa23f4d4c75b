import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../product.ts'
import { type Calls, startCalls } from './calls.ts'
import { chromium, type Rig, startDashboard } from './rig.ts'
import { found, strayTexts } from './screens-rig.ts'

/** Budgets and limits as people set them, and what the gateway makes of them. */

const withBrowser = test.skipIf(chromium === null)
let rig: Rig
let calls: Calls
let page: Page
let shop: { id: string; secret: string }
const cleanUp: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  if (chromium === null) return
  rig = await startDashboard()
  cleanUp.push(rig.stop)
  calls = await startCalls(rig)
  cleanUp.push(calls.stop)
  page = await rig.visit()
  shop = await calls.createKey('Shop assistant')
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

const dialog = () => page.getByRole('dialog')
/** Where nothing is there yet, what makes the first one stands twice. */
const press = (name: string) => page.getByRole('button', { name, exact: true }).first().click()
const send = async (name: string) => {
  await dialog().getByRole('button', { name, exact: true }).click()
  await dialog().waitFor({ state: 'detached' })
}
const pick = async (label: string, option: string) => {
  await dialog()
    .getByRole('combobox', { name: label })
    .or(dialog().getByLabel(label, { exact: true }))
    .first()
    .click()
  await page.getByRole('option', { name: option }).first().click()
}
const budgetOf = async (type: string): Promise<Json> => (await rig.done(`GET /budgets?type=${type}`)).items[0]
const limitOf = async (type: string): Promise<Json> => (await rig.done(`GET /limits?type=${type}`)).items[0]
const openBudget = async () => rig.open(page, `/activity/budgets/${(await budgetOf('key')).id}`)
const row = (name: string) => page.locator('tbody tr').filter({ hasText: name })

withBrowser('D25 thresholds can be named once there is an amount, D26 with commas, each once and sorted', async () => {
  await rig.open(page, '/activity/budgets')
  await page.getByText('There is no budget yet').waitFor()
  await press('Create budget')
  const thresholds = dialog().getByLabel('Alert thresholds (%)')
  expect(await thresholds.count()).toBe(0)
  await dialog().getByLabel('Amount in US dollars').fill('500.000000001')
  for (const wrong of ['80,foo', '0', '120', '50.5']) {
    await thresholds.fill(wrong)
    await dialog()
      .getByText(/Write whole percentages from 1 to 100/)
      .waitFor()
    const submit = dialog().locator('button[type=submit]')
    expect(await submit.isDisabled(), wrong).toBe(true)
  }
  await thresholds.fill('80,50, 50,100')
  await send('Create budget')
  const { thresholds: kept, usd, period } = await budgetOf('organization')
  expect([kept, usd, period]).toEqual([[50, 80, 100], '500.000000001', 'month'])
  // A float would have lost the last digit.
  await row('The whole organization').getByText('$0.00 of $500.000000001').waitFor()
})

withBrowser('a budget is made for a key, which is picked by its name', async () => {
  await press('Create budget')
  await pick('For', 'API key')
  await pick('API key', 'Shop assistant')
  await pick('Period', 'In total')
  await dialog().getByLabel('Amount in US dollars').fill('0.0001')
  await send('Create budget')
  expect((await budgetOf('key')).target.id).toBe(shop.id)
  await row('Shop assistant').getByRole('link').click()
  await page.getByRole('heading', { level: 1, name: 'Shop assistant' }).waitFor()
})

withBrowser('D24 what is spent is refused, and its screen shows it and the ways out', async () => {
  expect((await calls.chat(shop.secret)).status).toBe(200)
  const beyond = await calls.chat(shop.secret)
  expect(beyond).toEqual({ status: 429, code: 'budget_exceeded' })
  await calls.counted(2)
  await openBudget()
  const { spentUsd } = await budgetOf('key')
  expect(Number(spentUsd)).toBeGreaterThan(0)
  await page.getByText(`$${spentUsd}`).first().waitFor()
  await page
    .getByText(/^Crossed/)
    .first()
    .waitFor()

  await press('Top up')
  await dialog().getByLabel('Amount in US dollars').fill('1')
  await dialog().getByLabel('Note').fill('Until the review')
  await send('Top up')
  await page.getByText(/^In force on 1\/1 gateways$/).waitFor()
  expect((await calls.chat(shop.secret)).status).toBe(200)
  await page.getByText('Until the review').waitFor()
})

withBrowser('a frozen budget pays for nothing until it is unfrozen', async () => {
  await press('Freeze')
  await send('Freeze')
  await page.getByText('Frozen', { exact: true }).waitFor()
  expect((await calls.chat(shop.secret)).code).toBe('budget_exceeded')
  await press('Unfreeze')
  await send('Unfreeze')
  await page.getByText('Frozen', { exact: true }).waitFor({ state: 'detached' })
  expect((await calls.chat(shop.secret)).status).toBe(200)
})

withBrowser('an amount is changed, and a new period begins in which nothing is spent', async () => {
  await press('Edit')
  await dialog().getByLabel('Amount in US dollars').fill('3')
  await dialog().getByLabel('Alert thresholds (%)').fill('90')
  await send('Save')
  expect(await budgetOf('key')).toMatchObject({ usd: '3.00', thresholds: [90] })
  await press('Begin anew')
  await send('Begin anew')
  expect(await budgetOf('key')).toMatchObject({ runningPeriod: 'total.2', spentUsd: '0.00' })
  await page.getByText('total.2').first().waitFor()
})

withBrowser('every row of the books is shown and exported', async () => {
  await openBudget()
  const { id } = await budgetOf('key')
  const { items } = await rig.done(`GET /budgets/${id}/entries`)
  const table = page.getByRole('table', { name: 'What was booked' })
  await table.waitFor()
  expect(await table.locator('tbody tr').count()).toBe(items.length)
  const waiting = page.waitForEvent('download')
  await press('Export CSV')
  const csv = (await readFile(await (await waiting).path(), 'utf8')).trim().split(/\r?\n/)
  expect(csv).toHaveLength(items.length + 1)
  await page.getByLabel('Period by its name').fill('total.2')
  await page.waitForURL((url) => url.searchParams.get('period') === 'total.2')
  await page.getByLabel('Period by its name').fill('nonsense')
  await page
    .getByText(/must be the name of a period/)
    .first()
    .waitFor()
})

withBrowser('somebody else’s change meanwhile is not written over', async () => {
  await openBudget()
  await press('Edit')
  const { id } = await budgetOf('key')
  await rig.done(`PATCH /budgets/${id}`, { usd: '7' })
  await dialog().getByLabel('Amount in US dollars').fill('9')
  await dialog().getByRole('button', { name: 'Save' }).click()
  await dialog()
    .getByText(/Somebody has changed this meanwhile/)
    .waitFor()
  expect((await budgetOf('key')).usd).toBe('7.00')
  await page.keyboard.press('Escape')
  await dialog().waitFor({ state: 'detached' })
})

withBrowser('a budget is deleted after a question that names it', async () => {
  await press('Delete this budget')
  await dialog()
    .getByText("Are you sure you want to delete the budget of 'Shop assistant'? This action cannot be undone.")
    .waitFor()
  await send('Delete')
  await page.waitForURL((url) => url.pathname.endsWith('/activity/budgets'))
  await row('The whole organization').waitFor()
  expect((await rig.done('GET /budgets?type=key')).items).toEqual([])
})

withBrowser('D21 a limit is made for a provider, holds at once, and says how much of it is taken', async () => {
  await rig.open(page, '/activity/limits')
  await press('Create limit')
  await pick('For', 'LLM provider')
  await pick('LLM provider', 'Open models')
  await dialog().getByLabel('Requests a minute').fill('1')
  await send('Create limit')
  expect(await limitOf('provider')).toMatchObject({ requestsPerMinute: 1, streams: null })
  const statuses = [await calls.chat(shop.secret), await calls.chat(shop.secret), await calls.chat(shop.secret)]
  // A minute of the clock may end between two of them.
  expect(statuses.filter(({ code }) => code === 'rate_limited').length).toBeGreaterThan(0)
  await page.reload()
  await row('Open models').getByText(/of 1$/).first().waitFor()
})

withBrowser('a limit of a model is made by its name, edited and deleted', async () => {
  await rig.open(page, '/activity/limits')
  await press('Create limit')
  await pick('For', 'Model')
  await pick('LLM provider', 'Open models')
  await dialog()
    .getByRole('textbox', { name: /^Model/ })
    .or(dialog().getByRole('combobox', { name: /^Model/ }))
    .last()
    .fill('mock-plain')
  await dialog().getByLabel('Tokens a minute').fill('1000')
  await send('Create limit')
  expect(await limitOf('model')).toMatchObject({ tokensPerMinute: 1000, target: { name: 'mock-plain' } })
  await page.getByRole('button', { name: 'More for Open models › mock-plain' }).click()
  await page.getByRole('menuitem', { name: 'Edit' }).click()
  await dialog().getByLabel('Calls at the same time').fill('4')
  await send('Save')
  await page.getByText(/^In force on 1\/1 gateways$/).waitFor()
  expect(await limitOf('model')).toMatchObject({ tokensPerMinute: 1000, concurrent: 4 })
  await page.getByRole('button', { name: 'More for Open models › mock-plain' }).click()
  await page.getByRole('menuitem', { name: 'Delete' }).click()
  await send('Delete')
  expect((await rig.done('GET /limits?type=model')).items).toEqual([])
})

withBrowser('whoever may only read is offered no change', async () => {
  const other = await rig.visit({ role: 'auditor' })
  for (const path of ['/activity/budgets', '/activity/limits']) {
    await rig.open(other, path)
    await other.getByRole('table').waitFor()
    expect(await other.getByRole('button', { name: /Create|More for/ }).count()).toBe(0)
  }
  const { id } = await budgetOf('organization')
  await rig.open(other, `/activity/budgets/${id}`)
  expect(await other.getByRole('button', { name: /Edit|Top up|Freeze|Delete/ }).count()).toBe(0)
  await other.context().close()
})

withBrowser('a budget that is no more says so and leads to the list', async () => {
  await rig.open(page, '/activity/budgets/bud_0000000000000000')
  await page.getByRole('heading', { level: 1, name: 'There is no such budget' }).waitFor()
  await page.getByRole('link', { name: 'To all budgets' }).click()
  await page.waitForURL((url) => url.pathname.endsWith('/activity/budgets'))
})

withBrowser(
  'axe finds nothing, in both schemes, on a desk and in a hand, and every text is of the catalogue',
  async () => {
    const { id } = await budgetOf('organization')
    const limit = (await limitOf('provider')).id
    const places = [
      '/activity/budgets?create=budget',
      `/activity/budgets/${id}`,
      '/activity/limits?create=limit',
      `/activity/limits?limit=${limit}`,
    ]
    for (const [scheme, width] of [
      ['light', 390],
      ['dark', 1360],
    ] as const) {
      const other = await rig.visit({ scheme, width })
      for (const place of places) {
        await rig.open(other, place)
        expect(await found(other), `${place} ${scheme} ${width}`).toEqual([])
      }
      await other.getByRole('button', { name: 'Cancel' }).click()
      await rig.open(other, `/activity/budgets/${id}`)
      await other.getByRole('button', { name: 'Freeze', exact: true }).click()
      await other.getByRole('dialog').waitFor()
      expect(await found(other), `freeze ${scheme} ${width}`).toEqual([])
      await other.context().close()
    }
    const strange = await rig.visit({ pseudo: true })
    for (const place of places) {
      await rig.open(strange, place)
      expect(await strayTexts(strange), place).toEqual([])
    }
    await strange.context().close()
  },
  90_000,
)

withBrowser('the browser complains of nothing', () => {
  expect(rig.complaints).toEqual([])
})
