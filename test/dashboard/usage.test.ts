import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { groupings } from '../../src/requests/schema.ts'
import type { Json } from '../product.ts'
import { type Calls, startCalls } from './calls.ts'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'
import { found, strayTexts } from './screens-rig.ts'

/** The screen of usage, with real calls through the real gateway. */

const withBrowser = test.skipIf(chromium === null)
let rig: Rig
let calls: Calls
let page: Page
const cleanUp: (() => Promise<unknown>)[] = []
const ids: Record<string, string> = {}

beforeAll(async () => {
  if (chromium === null) return
  rig = await startDashboard()
  cleanUp.push(rig.stop)
  calls = await startCalls(rig)
  cleanUp.push(calls.stop)
  page = await rig.visit()
  await rig.emailOf('member')
  const { items } = await rig.done('GET /members')
  const member = items.find(({ role }: Json) => role === 'member')
  const shop = await calls.createKey('Shop assistant', { metadata: { team: 'checkout' } })
  // Of a person's own key the secret would be in a link.
  const made = await rig.done('POST /teams', { slug: 'desk', name: 'Desk', members: [member.id] })
  const own = await calls.createKey('Desk', { owner: { type: 'team', id: made.team?.id ?? made.id } })
  ids['shop'] = shop.id
  ids['desk'] = own.id
  for (let n = 0; n < 6; n += 1) expect(await calls.chat(shop.secret)).toEqual({ status: 200, code: null })
  await calls.chat(shop.secret, 'no-such-model')
  await calls.callServer(shop.secret, 'vault')
  for (let n = 0; n < 3; n += 1) expect((await calls.chat(own.secret, 'mock-x')).status).toBe(200)
  await calls.counted(11)
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

const usage = (query = ''): Promise<Json> => rig.done(`GET /usage${query}`)
const listRows = (on: Page = page) => on.getByRole('table', { name: /^Usage by/ }).locator('tbody tr')
const shares = async (): Promise<number[]> =>
  (await listRows().locator('td:nth-child(2) .number').allTextContents()).map((text) => Number.parseFloat(text))

withBrowser(
  'D14 the column Share adds up to 100 percent over the keys that one may see, and says what it is',
  async () => {
    await rig.open(page, '/activity/usage')
    expect(await listRows().count()).toBe(2)
    const sum = (await shares()).reduce((one, other) => one + other, 0)
    expect(sum).toBeCloseTo(100, 2)
    await page.getByText('Percent of all requests in this list: it adds up to 100').waitFor()
    const { items } = await usage()
    expect(await shares()).toEqual(items.map(({ share }: Json) => share))
  },
)

withBrowser('E44 totals are those of REST, and money is shown with every digit of it', async () => {
  const { total } = await usage()
  expect(Number(total.costUsd)).toBeGreaterThan(0)
  const shown = await page.locator('dl').first().textContent()
  expect(shown).toContain(`$${total.costUsd}`)
  expect(shown).toContain(`Requests${total.requests}`)
  expect(shown).toContain(`Refused${total.refused}`)
  expect(shown).toContain(`Tokens${total.tokens.input + total.tokens.output}`)
})

withBrowser(
  'E44 usage is added up by every dimension that REST knows',
  async () => {
    for (const by of [...groupings, 'metadata.team']) {
      await rig.open(page, `/activity/usage?by=${by}`)
      const { items, rest, deleted } = await usage(`?by=${by}`)
      expect(await listRows().count(), by).toBe(items.length + (rest ? 1 : 0) + (deleted ? 1 : 0))
      const requests = await listRows().locator('td:nth-child(3)').allTextContents()
      expect(requests.slice(0, items.length).map(Number), by).toEqual(items.map(({ requests: n }: Json) => n))
    }
    await page.getByText('checkout', { exact: true }).first().waitFor()
  },
  120_000,
)

withBrowser('E44 the chart has a legend, and its numbers stand in a table that adds up to the total', async () => {
  const { total } = await usage()
  for (const [show, sum] of [
    ['requests', String(total.requests)],
    ['refused', String(total.refused)],
    ['cost', `$${total.costUsd}`],
  ] as const) {
    await rig.open(page, `/activity/usage?period=24h&show=${show}&split=yes`)
    await page.locator('.recharts-wrapper svg').first().waitFor()
    await page.getByRole('button', { name: 'Show the numbers' }).click()
    const table = page.getByRole('table', { name: /over time/ })
    const cells = await table.locator('tfoot th[data-number]').allTextContents()
    const legend = await page.getByRole('list', { name: 'Legend' }).getByRole('listitem').allTextContents()
    expect(legend.length, show).toBe(cells.length)
    const added = cells.reduce((one, cell) => one + Math.round(Number(cell.replace('$', '')) * 1e9), 0)
    expect(added, show).toBe(Math.round(Number(sum.replace('$', '')) * 1e9))
  }
})

withBrowser('a name in the list leaves only its calls, and the address says so', async () => {
  await rig.open(page, '/activity/usage')
  await page.getByRole('button', { name: 'Shop assistant' }).click()
  await page.waitForURL((url) => url.searchParams.get('key') === ids['shop'])
  await settled(page)
  await expect.poll(() => page.locator('table[aria-label^="Usage by"] tbody tr').count(), { timeout: 20_000 }).toBe(1)
  const { total } = await usage(`?key=${ids['shop']}`)
  expect(await page.locator('dl').first().textContent()).toContain(`Requests${total.requests}`)
  await page.getByRole('button', { name: 'Clear filters' }).click()
  await expect.poll(() => page.locator('table[aria-label^="Usage by"] tbody tr').count(), { timeout: 20_000 }).toBe(2)
})

withBrowser('the export holds what the filters leave', async () => {
  await rig.open(page, `/activity/usage?by=model&key=${ids['desk']}`)
  const waiting = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export CSV' }).click()
  const file = await waiting
  expect(file.suggestedFilename()).toMatch(/usage\.csv$/)
  const [head, ...rows] = (await readFile(await file.path(), 'utf8')).trim().split(/\r?\n/)
  expect(head).toContain('cost_usd')
  expect(rows).toHaveLength(1)
  expect(rows[0]).toContain('mock-x')
})

withBrowser('days of one’s own choice and an empty time', async () => {
  await rig.open(page, '/activity/usage?period=custom&from=2020-01-01&to=2020-01-31')
  await page.getByText('No call was made in this time').waitFor()
  const today = new Date().toISOString().slice(0, 10)
  await page.getByLabel('From', { exact: true }).fill(today)
  await page.getByLabel('To, included', { exact: true }).fill(today)
  await page.getByRole('table', { name: /^Usage by/ }).waitFor()
  expect(new URL(page.url()).searchParams.get('from')).toBe(today)
})

withBrowser('a member sees the share of own keys only', async () => {
  const other = await rig.visit({ role: 'member' })
  await rig.open(other, '/activity/usage')
  expect(await listRows(other).allTextContents()).toHaveLength(1)
  expect(await listRows(other).first().textContent()).toContain('100 %')
  await other.context().close()
})

withBrowser(
  'axe finds nothing, in both schemes, on a desk and in a hand, and every text is of the catalogue',
  async () => {
    for (const [scheme, width] of [
      ['light', 390],
      ['dark', 1360],
    ] as const) {
      const other = await rig.visit({ scheme, width })
      await rig.open(other, '/activity/usage?by=tool&split=yes')
      await other.getByRole('button', { name: 'Show the numbers' }).click()
      expect(await found(other), `${scheme} ${width}`).toEqual([])
      await other.context().close()
    }
    const strange = await rig.visit({ pseudo: true })
    await rig.open(strange, '/activity/usage?by=environment')
    expect(await strayTexts(strange)).toEqual([])
    await strange.context().close()
  },
  120_000,
)

withBrowser('the browser complains of nothing', () => {
  expect(rig.complaints).toEqual([])
})
