import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEverything } from '../everything.ts'
import type { Json } from '../product.ts'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'
import { found, strayTexts } from './screens-rig.ts'

/** One key, from its dialog and its page: what is known of it, and what is done with it, felt on a real gateway. */

let rig: Rig
let page: Page
let team = ''
let key: Json
let secret = ''
const cleanUp: (() => Promise<unknown>)[] = []

const hello = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'nightly', version: '1.0' } },
}
const mcp = { enabled: true, servers: { mode: 'all' }, toolsDefault: { mode: 'all' } }
const make = (name: string) => rig.done('POST /keys', { name, mcp, owner: { type: 'team', id: team } })
const call = (with_: string) =>
  rig.product.call('everything', with_, hello, { headers: { 'user-agent': 'nightly/1.0' } })

beforeAll(async () => {
  if (chromium === null) return
  const everything = await startEverything()
  cleanUp.push(everything.stop)
  rig = await startDashboard()
  cleanUp.push(rig.stop)
  await rig.product.addServer({ slug: 'everything', transport: { type: 'http', url: everything.url } })
  page = await rig.visit({ role: 'owner' })
  const made = await rig.done('POST /teams', { slug: 'builders', name: 'Builders' })
  team = made.team?.id ?? made.id
  const created = await make('Nightly build')
  key = created.key
  secret = created.secret
})
afterAll(async () => {
  for (const end of cleanUp.toReversed()) await end()
})

const dialog = () => page.getByRole('dialog')
const press = (name: string) => dialog().getByRole('button', { name, exact: true }).last().click()
const copy = () => dialog().getByRole('button', { name: 'Copy', exact: true }).first().click()
const pressOnPage = (name: string) => page.getByRole('button', { name, exact: true }).click()
const shown = async (): Promise<string> => (await dialog().locator('pre.secret').first().innerText()).trim()
const goTo = (id: string, tab = '') => rig.open(page, `/configuration/api-keys/${id}${tab === '' ? '' : `?tab=${tab}`}`)
const actions = () =>
  page
    .getByRole('group', { name: /^Actions for/ })
    .getByRole('button')
    .allInnerTexts()

describe.runIf(chromium)('one key', () => {
  test('D51 it opens as a dialog over the list by its address, and as a page from there', async () => {
    await rig.open(page, `/configuration/api-keys?key=${key.id}`)
    await dialog().getByText('What it was given').waitFor()
    await page.reload()
    await dialog().getByText('What it was given').waitFor()
    expect(await found(page)).toEqual([])
    await dialog().getByRole('link', { name: 'Open as page' }).click()
    await page.waitForURL((url) => url.pathname.endsWith(key.id))
    await settled(page)
    expect(await page.locator('#page-title').innerText()).toBe('Nightly build')
    const offered = await actions()
    expect(offered).toEqual(
      expect.arrayContaining(['Edit', 'Rotate Key', 'Ephemeral Token', 'Deactivate', 'Revoke', 'Delete']),
    )
  }, 60_000)

  test('a key that is not there says so, with the way back', async () => {
    await goTo('key_0000000000000000')
    await page.getByText('There is no such key').waitFor()
    await page.getByRole('link', { name: 'To the list of keys' }).waitFor()
  }, 60_000)

  test('A24 the dialog that rotates names the programs that will be refused', async () => {
    expect((await call(secret)).status).toBe(200)
    await expect
      .poll(async () => (await rig.done(`GET /keys/${key.id}/clients`)).items.length, {
        timeout: 40_000,
        interval: 500,
      })
      .toBe(1)
    await goTo(key.id)
    await pressOnPage('Rotate Key')
    await dialog()
      .getByText(/nightly/)
      .first()
      .waitFor()
    expect(await dialog().getByRole('radio', { checked: true }).getAttribute('value')).toBe('immediate')
    expect(await found(page)).toEqual([])
  }, 90_000)

  test('M2 without downtime both secrets are taken, and the meter names who still uses the old one', async () => {
    const old = secret
    await dialog().getByLabel('Without downtime, until a time').check()
    await press('Rotate Key')
    await dialog().getByText('New secret created! Copy it now').waitFor()
    secret = await shown()
    expect((await call(old)).status).toBe(200)
    expect((await call(secret)).status).toBe(200)
    await dialog().locator('[data-first-call="admitted"]').waitFor({ timeout: 40_000 })
    await copy()
    await press('Done')
    await page.getByRole('tab', { name: 'Rotation' }).click()
    await page.getByText('Both secrets are taken.').waitFor()
    await page.getByText('1 of 1 have moved to the new one').waitFor({ timeout: 40_000 })
    await pressOnPage('Cut now')
    await press('Cut now')
    await dialog().getByText('Refused on 1/1 gateways').waitFor()
    await press('Close')
    expect((await call(old)).status).toBe(401)
    expect((await call(secret)).status).toBe(200)
  }, 120_000)

  test('A25 C17 rotated at once, the old secret is refused when the answer is there', async () => {
    const old = secret
    await pressOnPage('Rotate Key')
    await dialog().getByText('It stops immediately').waitFor()
    await press('Rotate Key')
    await dialog().getByText('New secret created! Copy it now').waitFor()
    await dialog().getByText('Refused on 1/1 gateways').waitFor()
    expect((await call(old)).status).toBe(401)
    secret = await shown()
    expect((await call(secret)).status).toBe(200)
  }, 60_000)

  test('a client gets its settings without the secret in them, and the key is tested without sending it', async () => {
    await dialog().getByRole('button', { name: 'Connect a client' }).click()
    const snippet = dialog().getByRole('region', { name: /^Settings for/ })
    await snippet.waitFor()
    expect(await snippet.innerText()).toContain('OSTIARY_KEY')
    expect(await snippet.innerText()).not.toContain(secret)
    await dialog().getByRole('button', { name: 'Test this key' }).click()
    await dialog().getByRole('combobox', { name: 'MCP server', exact: true }).last().fill('everything')
    await dialog().getByLabel('Tool', { exact: true }).fill('echo')
    await page.keyboard.press('Escape')
    expect(await shown(), 'Esc closes a list of choices at most').toBe(secret)
    await press('Ask')
    await dialog().getByText('Yes, it may').waitFor()
    expect(await found(page)).toEqual([])
    await copy()
    await press('Done')
  }, 60_000)

  test('D54 a token narrower than its key works, stands in the tree, and ends alone', async () => {
    await goTo(key.id, 'tokens')
    await page.getByText('No token was made of this key').waitFor()
    await pressOnPage('Ephemeral Token').catch(() =>
      page.getByRole('button', { name: 'Ephemeral Token' }).first().click(),
    )
    await dialog().getByLabel('Only some of it').check()
    await dialog().getByRole('combobox', { name: 'MCP servers' }).click()
    await page.getByRole('option', { name: 'everything' }).click()
    await dialog().getByRole('heading').first().click()
    await press('Ephemeral Token')
    const token = await shown()
    expect((await call(token)).status).toBe(200)
    await copy()
    await press('Done')
    await page.getByText('1 server', { exact: false }).first().waitFor()
    await page.getByRole('button', { name: /^End chd_/ }).click()
    await press('End')
    await dialog().getByText('Refused on 1/1 gateways').waitFor()
    await press('Close')
    expect((await call(token)).status).toBe(401)
    expect((await call(secret)).status).toBe(200)
  }, 60_000)

  test('D55 D56 deactivated it is refused, activated it works again with the same secret', async () => {
    await goTo(key.id)
    await pressOnPage('Deactivate')
    await press('Deactivate')
    await dialog().getByText('Refused on 1/1 gateways').waitFor()
    await press('Close')
    const refused = await call(secret)
    expect([refused.status, refused.body.code ?? refused.body.error?.data?.code]).toEqual([401, 'key_inactive'])
    await page.getByText('Inactive', { exact: true }).waitFor()
    expect(await actions()).not.toContain('Deactivate')
    await pressOnPage('Activate')
    await press('Activate')
    await dialog().getByText('In force on 1/1 gateways').waitFor()
    await press('Close')
    expect((await call(secret)).status).toBe(200)
  }, 60_000)

  test('what it may call now stands there with its reasons, and so does what was done to it', async () => {
    await goTo(key.id, 'access')
    await page.getByRole('table', { name: 'MCP servers' }).getByText('everything').first().waitFor()
    await page.getByRole('combobox', { name: 'MCP server', exact: true }).fill('elsewhere')
    await page.keyboard.press('Tab')
    await pressOnPage('Ask')
    await page.getByText('No, it is refused').waitFor()
    await goTo(key.id, 'audit')
    await page.getByText('key.rotated').first().waitFor()
    await goTo(key.id, 'use')
    await page
      .getByText(/nightly/)
      .first()
      .waitFor()
    expect(await found(page)).toEqual([])
  }, 60_000)

  test('A25 C17 M1 revoked it is refused everywhere, which the dialog says, and there is no way back but another key', async () => {
    await goTo(key.id)
    await pressOnPage('Revoke')
    await dialog()
      .getByText(/Revoking is final/)
      .waitFor()
    await dialog().getByLabel('Reason (optional)').fill('Left on a train')
    await press('Revoke')
    await dialog().getByText('Refused on 1/1 gateways').waitFor()
    const refused = await call(secret)
    expect(refused.status).toBe(401)
    await press('Close')
    await page.getByText('Left on a train').waitFor()
    expect(await actions()).toEqual(['Create replacement', 'Somebody may have it', 'Delete'])
  }, 60_000)

  test('D57 deleted it is gone from the lists', async () => {
    await goTo(key.id)
    await pressOnPage('Delete')
    expect(await dialog().getByRole('heading').first().innerText()).toBe('Delete API Key')
    await dialog().getByText("Are you sure you want to delete 'Nightly build'? This action cannot be undone.").waitFor()
    await press('Delete')
    await dialog().getByText('Refused on 1/1 gateways').waitFor()
    await press('Close')
    await page.waitForURL((url) => url.pathname.endsWith('/configuration/api-keys'))
    expect((await rig.done('GET /keys?search=Nightly')).items).toEqual([])
  }, 60_000)

  test('a key that others may have is looked into, ended and replaced in one step', async () => {
    const { key: lost, secret: known } = await make('Pasted somewhere')
    expect((await call(known)).status).toBe(200)
    await goTo(lost.id)
    await pressOnPage('Somebody may have it')
    await dialog().getByText('Its owner gets a link to a replacement with the same settings.').waitFor()
    expect((await call(known)).status, 'looking changes nothing').toBe(200)
    await press('End it and replace it')
    await dialog().getByText('Refused on 1/1 gateways').waitFor()
    expect(await shown()).toMatch(/\/claim#/)
    expect((await call(known)).status).toBe(401)
    await press('Close')
    await page.getByText('Exposed', { exact: true }).waitFor()
  }, 60_000)

  test('who may only read is offered nothing that changes a key', async () => {
    const { key: other } = await make('Looked at')
    const auditor = await rig.visit({ role: 'auditor' })
    await rig.open(auditor, `/configuration/api-keys/${other.id}`)
    await auditor.getByText('What it was given').waitFor()
    expect(await auditor.getByRole('group', { name: /^Actions for/ }).count()).toBe(0)
    await auditor.context().close()
  }, 60_000)

  test('every text of it comes from the catalogue', async () => {
    const { key: other } = await make('ⓝ')
    const strange = await rig.visit({ role: 'owner', pseudo: true })
    const stray = async () => (await strayTexts(strange)).filter((text) => !text.includes('Default organization'))
    await rig.open(strange, `/configuration/api-keys/${other.id}`)
    for (const tab of await strange.getByRole('tab').all()) {
      await tab.click()
      await settled(strange)
      expect([await tab.innerText(), await stray()]).toEqual([await tab.innerText(), []])
    }
    for (const at of [1, 2, 4, 5, 6]) {
      await strange.locator('main [role="group"] button').nth(at).click()
      await strange.getByRole('dialog').waitFor()
      await settled(strange)
      expect([at, await stray()]).toEqual([at, []])
      await strange.keyboard.press('Escape')
      await strange.getByRole('dialog').waitFor({ state: 'detached' })
    }
    await strange.context().close()
  }, 90_000)

  test('the browser had nothing to complain of', () => {
    expect(rig.complaints).toEqual([])
  })
})
