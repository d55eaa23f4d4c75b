import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../product.ts'
import { type Calls, startCalls } from './calls.ts'
import { chromium, type Rig, startDashboard } from './rig.ts'
import { found, strayTexts } from './screens-rig.ts'

/** The log of calls, with real calls through the real gateway. */

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
  shop = await calls.createKey('Shop assistant', { metadata: { team: 'checkout' } })
  const desk = await calls.createKey('Desk')
  for (let n = 0; n < 55; n += 1) await calls.chat(desk.secret)
  await calls.chat(shop.secret)
  await calls.callServer(shop.secret, 'vault')
  await calls.counted(57)
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

const rows = (on: Page = page) => on.getByRole('table', { name: 'Requests' }).locator('tbody tr')
const hasRows = (n: number, on: Page = page) =>
  expect.poll(() => rows(on).count(), { timeout: 20_000, message: 'rows' }).toBe(n)
const open = (query = '') => rig.open(page, `/activity/requests${query}`)

withBrowser('D58 a chat stands in the log with its tokens, its cost and its time', async () => {
  await open(`?key=${shop.id}&kind=llm`)
  await hasRows(1)
  const [call] = (await rig.done(`GET /requests?key=${shop.id}&kind=llm`)).items
  const text = (await rows().first().textContent()) ?? ''
  expect(text).toContain('Open models › mock-plain')
  expect(text).toContain('Admitted')
  expect(text).toContain(String(call.tokens.input + call.tokens.output))
  expect(text).toContain(`$${call.costUsd}`)
  await rows().first().getByRole('button').click()
  const dialog = page.getByRole('dialog', { name: 'Request' })
  await dialog.getByText(call.id, { exact: true }).waitFor()
  for (const one of ['Tokens in', 'Tokens out', `$${call.costUsd}`, call.address, 'checkout'])
    await dialog.getByText(one).first().waitFor()
})

withBrowser('D59 a refused call says its code, the rule, what helps, and leads to why', async () => {
  await open('?admitted=false')
  await hasRows(1)
  await page.getByText('server_not_allowed').first().waitFor()
  await rows().first().getByRole('button').click()
  const dialog = page.getByRole('dialog', { name: 'Request' })
  await dialog.getByText('The API key may not call this server').waitFor()
  await dialog.getByText(/Add the server to the key/).waitFor()
  await dialog.getByText('Rule that decided').waitFor()
  const why = await dialog.getByRole('link', { name: 'Why was it refused?' }).getAttribute('href')
  const [call] = (await rig.done('GET /requests?code=server_not_allowed')).items
  const to = new URL(why ?? '', rig.product.controlUrl)
  expect(to.pathname).toBe('/dashboard/activity/explain')
  expect([to.searchParams.get('key'), to.searchParams.get('server')]).toEqual([shop.id, call.server])
  // What is open stands in the address, so that it can be sent.
  const link = page.url()
  await dialog.getByRole('button', { name: 'Close' }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.goto(link)
  await page.getByRole('dialog', { name: 'Request' }).getByText(call.id, { exact: true }).waitFor()
})

withBrowser(
  'filters stand in the address: code, status, metadata of the key, address and client',
  async () => {
    for (const [query, n] of [
      ['code=server_not_allowed', 1],
      ['status=200&model=mock-plain&kind=llm&metadata.team=checkout', 1],
      ['metadata.team=checkout', 2],
      ['metadata.team=nobody', 0],
      ['address=10.99.0.0/16', 0],
      [`key=${shop.id}&address=127.0.0.1&client=node`, 2],
      [`key=${shop.id}&address=127.0.0.0/8&admitted=true`, 1],
      [`key=${shop.id}&client=no-such-client`, 0],
    ] as const) {
      await open(`?${query}`)
      await hasRows(n)
    }
    await page.getByText('Nothing fits these filters.').waitFor()
    await open()
    await page.getByRole('button', { name: 'Filters' }).click()
    await page.getByLabel('Code', { exact: true }).fill('server_not_allowed')
    await page.waitForURL((url) => url.searchParams.get('code') === 'server_not_allowed')
    await hasRows(1)
    // Half an address is asked for by nobody.
    const address = page.getByLabel('Address', { exact: true })
    await address.fill('127.0.0.')
    await address.blur()
    await page.getByText(/Write a whole address/).waitFor()
    expect(new URL(page.url()).searchParams.has('address')).toBe(false)
    await address.fill('10.99.0.0/16')
    await page.waitForURL((url) => url.searchParams.get('address') === '10.99.0.0/16')
    await hasRows(0)
  },
  120_000,
)

withBrowser('the log goes on behind the last call that was seen', async () => {
  await open()
  await hasRows(50)
  await page.getByRole('button', { name: 'Show more' }).click()
  await hasRows(57)
  await page.getByText('There are no older ones.').waitFor()
})

withBrowser(
  'the live tail shows a call as it comes, and says so politely',
  async () => {
    await open(`?key=${shop.id}`)
    await page.getByRole('switch', { name: 'Live' }).click()
    await page.waitForURL((url) => url.searchParams.get('live') === 'yes')
    await hasRows(2)
    await calls.chat(shop.secret, 'mock-x')
    await hasRows(3)
    await page.getByRole('status').filter({ hasText: '1 new call' }).waitFor()
    expect(await rows().first().textContent()).toContain('mock-x')
    await page.getByRole('switch', { name: 'Refused only' }).click()
    await page.waitForURL((url) => url.searchParams.get('admitted') === 'false')
    await hasRows(1)
    await calls.chat(shop.secret)
    await calls.callServer(shop.secret, 'vault')
    await hasRows(2)
    expect(await rows().filter({ hasText: 'server_not_allowed' }).count()).toBe(2)
  },
  120_000,
)

withBrowser(
  'the live tail rests while nobody looks, and goes on when somebody does',
  async () => {
    const other = await rig.visit()
    await other.clock.install()
    await rig.open(other, `/activity/requests?key=${shop.id}&live=yes`)
    let looks = 0
    other.on('request', (request) => {
      if (new URL(request.url()).pathname === '/api/v1/requests') looks += 1
    })
    const show = (state: 'hidden' | 'visible') =>
      other.evaluate(`Object.defineProperty(document, 'visibilityState', { configurable: true, value: '${state}' });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`)
    /** How often it looks within a minute of the page's own clock; what it asked came before this call's answer. */
    const looksInAMinute = async () => {
      await other.evaluate(`fetch('/api/v1/sessions/current').then((answer) => answer.text())`)
      const before = looks
      await other.clock.runFor(60_000)
      await other.evaluate(`fetch('/api/v1/sessions/current').then((answer) => answer.text())`)
      return looks - before
    }
    await show('hidden')
    expect(await looksInAMinute()).toBe(0)
    const rested = looks
    await show('visible')
    // Its clock again and again: a look that is under way takes the time of this machine, and the next waits for it.
    const goesOn = async () => {
      await other.clock.runFor(10_000)
      return looks
    }
    await expect.poll(goesOn, { timeout: 60_000 }).toBeGreaterThan(rested + 2)
    await other.context().close()
  },
  120_000,
)

withBrowser('the export holds what the filters leave, as CSV and as JSON', async () => {
  await open(`?key=${shop.id}&admitted=false&address=127.0.0.0/8&client=node`)
  await rows().getByText('server_not_allowed').first().waitFor()
  const n = await rows().count()
  const saved = async (name: string): Promise<string> => {
    await page.getByRole('button', { name: 'Export' }).click()
    const waiting = page.waitForEvent('download')
    await page.getByRole('menuitem', { name }).click()
    return readFile(await (await waiting).path(), 'utf8')
  }
  const csv = (await saved('CSV')).trim().split(/\r?\n/)
  expect(csv).toHaveLength(n + 1)
  expect(csv.slice(1).filter((line) => line.includes('server_not_allowed'))).toHaveLength(n)
  const json: Json = JSON.parse(await saved('JSON'))
  expect(json.items.map(({ code }: Json) => code)).toEqual(Array(n).fill('server_not_allowed'))
})

withBrowser(
  'axe finds nothing, in both schemes, on a desk and in a hand, and every text is of the catalogue',
  async () => {
    for (const [scheme, width] of [
      ['light', 390],
      ['dark', 1360],
    ] as const) {
      const other = await rig.visit({ scheme, width })
      await rig.open(other, '/activity/requests?admitted=false&code=server_not_allowed')
      expect(await found(other), `${scheme} ${width}`).toEqual([])
      await rows(other).first().getByRole('button').click()
      await other.getByRole('dialog').waitFor()
      expect(await found(other), `dialog ${scheme} ${width}`).toEqual([])
      await other.context().close()
    }
    const strange = await rig.visit({ pseudo: true })
    await rig.open(strange, '/activity/requests?live=yes&code=server_not_allowed')
    await strange.locator('tbody tr').first().getByRole('button').click()
    await strange.getByRole('dialog').waitFor()
    expect(await strayTexts(strange)).toEqual([])
    await strange.context().close()
  },
  120_000,
)

withBrowser('the browser complains of nothing', () => {
  expect(rig.complaints).toEqual([])
})
