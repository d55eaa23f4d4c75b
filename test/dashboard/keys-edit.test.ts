import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEverything } from '../everything.ts'
import type { Json } from '../product.ts'
import { eventually } from '../programs.ts'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'

/** What people change of a key in the dashboard, and what its next call meets. */

let rig: Rig
let page: Page
let everything: Awaited<ReturnType<typeof startEverything>>
let made: Json

beforeAll(async () => {
  if (chromium === null) return
  rig = await startDashboard()
  everything = await startEverything()
  for (const slug of ['everything', 'wiki'])
    await rig.done('POST /servers', { slug, transport: { type: 'http', url: everything.url } })
  await eventually(async () => {
    await rig.product.rest('POST', '/servers/everything/test')
    return (await rig.done('GET /servers/everything')).server.tools?.length > 0
  }, 'a gateway has seen the tools')
  made = await rig.done('POST /keys', {
    name: 'night',
    limits: { requestsPerMinute: 600 },
    mcp: { servers: { mode: 'all' } },
  })
  page = await rig.visit({ role: 'owner' })
  page.setDefaultTimeout(60_000)
})
afterAll(async () => {
  await rig?.stop()
  await everything?.stop()
})

const dialog = (): Locator => page.getByRole('dialog').last()
const field = (label: string | RegExp): Locator => dialog().getByLabel(label, { exact: true })
const tab = (name: string) => dialog().getByRole('tab', { name }).click()
/** An action of the key's page, in sight or in its menu. */
const press = async (name: RegExp): Promise<void> => {
  const button = page.getByRole('button', { name }).or(page.getByRole('menuitem', { name })).first()
  if (!(await button.isVisible())) await page.getByRole('button', { name: /^More/ }).first().click()
  await button.click()
  await dialog().locator('button[type=submit]').waitFor()
}
const choose = async (label: string, option: string) => {
  await dialog().getByRole('combobox', { name: label }).or(field(label)).first().click()
  await page.getByRole('option', { name: option, exact: true }).click()
}
const save = () => dialog().locator('button[type=submit]').click()
const isGone = () => page.getByRole('dialog').first().waitFor({ state: 'detached' })
const stored = async (): Promise<Json> => (await rig.done(`GET /keys/${made.key.id}`)).key
const edit = async () => {
  await rig.open(page, `/configuration/api-keys?edit=${made.key.id}`)
  await dialog().getByRole('tab').first().waitFor()
  await settled(page)
}
const call = (server: string, method: string, params: object = {}) =>
  rig.product.call(server, made.secret, { jsonrpc: '2.0', id: 1, method, params })

describe.skipIf(chromium === null)('the form of a key that is there', { timeout: 180_000 }, () => {
  test('A21 closing without saving changes nothing', async () => {
    const before = await stored()
    await edit()
    expect(await dialog().locator('button[type=submit]').isDisabled()).toBe(true)
    await field(/^Key Name/).fill('another')
    await dialog().getByRole('button', { name: 'Cancel' }).click()
    await isGone()
    expect(await stored()).toEqual(before)
  })

  test('D40 D41 a search narrows servers and tools, ticks outside of it stay; what is not ticked is refused', async () => {
    await edit()
    await tab('MCP')
    const search = dialog().getByRole('searchbox', { name: 'Search servers and tools' })
    await search.fill('get-sum')
    await dialog().getByRole('checkbox', { name: 'get-sum' }).first().waitFor()
    expect(await dialog().getByRole('checkbox', { name: 'echo', exact: true }).count()).toBe(0)
    await search.fill('')
    await dialog()
      .getByRole('button', { name: /everything/ })
      .click()
    await dialog().getByRole('checkbox', { name: 'echo', exact: true }).first().click()
    await search.fill('get-sum')
    await save()
    await isGone()
    const { mcp } = await stored()
    const server = (await rig.done('GET /servers/everything')).server
    expect(mcp.tools[server.id]).toMatchObject({ mode: 'only' })
    expect(mcp.tools[server.id].items).not.toContain('echo')
    expect(mcp.tools[server.id].items).toContain('get-sum')
    const { items } = await rig.done(`GET /keys/${made.key.id}/access`)
    const { toolNames } = items.find((item: Json) => item.server === server.id)
    expect([toolNames.includes('get-sum'), toolNames.includes('echo')]).toEqual([true, false])
    const echo = await call('everything', 'tools/call', { name: 'echo', arguments: { message: 'hi' } })
    expect(echo.text).toContain('tool_not_allowed')
  })

  test('D52 name, rate limit and servers change for the next call, and nothing else does', async () => {
    const before = await stored()
    expect((await call('wiki', 'tools/list')).status).not.toBe(403)
    await edit()
    await field(/^Key Name/).fill('night 2')
    await field('Requests/min').fill('300')
    await tab('MCP')
    await dialog().getByRole('radio', { name: 'Deny List' }).click()
    await field('Denied MCP Servers').fill('wiki')
    await field('Denied MCP Servers').press('Enter')
    await save()
    await page.getByText(/Saved\. In force on \d of \d gateway/).waitFor()
    const after = await stored()
    expect(after).toMatchObject({ name: 'night 2', limits: { requestsPerMinute: 300 } })
    const { id } = (await rig.done('GET /servers/wiki')).server
    expect(after.mcp.servers).toEqual({ mode: 'except', items: [id] })
    expect((await call('wiki', 'tools/list')).status).toBe(403)
    for (const name of ['llm', 'gateways', 'addresses', 'expiresAt', 'tags', 'projects'])
      expect(after[name]).toEqual(before[name])
  })

  test('what somebody else has changed meanwhile is shown and not overwritten', async () => {
    await edit()
    await field('Description').fill('mine')
    await rig.done(`PATCH /keys/${made.key.id}`, { name: 'theirs' })
    await save()
    await dialog().getByText('Somebody has changed this meanwhile.').waitFor()
    await eventually(async () => (await field(/^Key Name/).inputValue()) === 'theirs', 'the form shows how it stands')
    expect(await field('Description').inputValue()).toBe('mine')
    await save()
    await isGone()
    expect(await stored()).toMatchObject({ name: 'theirs', description: 'mine' })
  })

  test('D56 a duplicate and, of a revoked key, a replacement have its settings, an id and a secret of their own', async () => {
    const open = () => rig.open(page, `/configuration/api-keys/${made.key.id}`)
    await open()
    await press(/^Duplicate/)
    expect(await field(/^Key Name/).inputValue()).toBe('Copy of theirs')
    await choose('Expiration', '30 days')
    await save()
    await page.locator('pre.secret').first().waitFor()
    const [copy] = (await rig.done('GET /keys?search=Copy')).items
    const settings = ({ limits, mcp, description }: Json) => ({ limits, mcp, description })
    expect(settings((await rig.done(`GET /keys/${copy.id}`)).key)).toEqual(settings(await stored()))
    expect(typeof copy.expiresAt).toBe('string')
    await rig.done(`POST /keys/${made.key.id}/revoke`)
    await open()
    await press(/^Create replacement/)
    await save()
    await page.locator('pre.secret').first().waitFor()
    const { items } = await rig.done('GET /keys?search=theirs&status=active')
    const again = items.find(({ name }: Json) => name === 'theirs')
    expect([again.id === made.key.id, again.mcp.servers]).toEqual([false, (await stored()).mcp.servers])
  })

  test('a policy of the organization shows before it refuses', async () => {
    await rig.done('PATCH /policies', { maxExpiresIn: '90d', nameTemplate: 'ci-*' })
    await rig.open(page, '/configuration/api-keys?create=1')
    await dialog().getByText('At most 90 days from now: a policy of your organization.').waitFor()
    expect(await field('Expiration').inputValue()).toBe('90 days')
    await dialog()
      .getByText(/Names look like .*ci-\*/)
      .waitFor()
    await rig.done('PATCH /policies', { maxExpiresIn: null, nameTemplate: null })
    expect(rig.complaints).toEqual([])
  })
})
