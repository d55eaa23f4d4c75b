import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEverything } from '../everything.ts'
import type { Json } from '../product.ts'
import { eventually } from '../programs.ts'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'
import { found } from './screens-rig.ts'

/** Apps as people make them, and what a gateway then says to their keys. */
describe.skipIf(chromium === null)('apps', () => {
  let rig: Rig
  let page: Page
  let server: Awaited<ReturnType<typeof startEverything>>
  let tickets: Json
  /** Of the app that the tests follow. */
  let app: Json
  let secret = ''

  beforeAll(async () => {
    rig = await startDashboard()
    server = await startEverything()
    for (const slug of ['tickets', 'wiki'])
      await rig.done('POST /servers', {
        slug,
        name: slug === 'tickets' ? 'Tickets' : 'Company wiki',
        transport: { type: 'http', url: server.url },
      })
    tickets = await rig.done('GET /servers/tickets')
    page = await rig.visit({ role: 'owner' })
  })
  afterAll(async () => {
    await rig?.stop()
    await server?.stop()
  })

  const dialog = (name: string | RegExp) => page.getByRole('dialog', { name })
  const press = (name: string, within: Page | Locator = page) =>
    within.getByRole('button', { name, exact: true }).first().click()
  const appNow = async (id: string): Promise<Json> => (await rig.done(`GET /apps/${id}`)).app
  const call = (text: string, slug: string, name: string) =>
    rig.product.call(slug, text, {
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: { message: 'hello' } },
    })
  /** The gateway let it through: it is the server that asks for a session first. */
  const reaches = async (text: string, slug: string, name = 'echo') =>
    (await call(text, slug, name)).text.includes('Server not initialized')
  /** Takes what is shown once, and leaves. */
  const takeSecret = async (): Promise<string> => {
    const block = page.locator('pre.secret').first()
    const text = await block.innerText()
    await press('Copy')
    await press('Done')
    await block.waitFor({ state: 'detached' })
    return text.trim()
  }

  test('C22 an app is made with tools of one server, and its key opens these and no others', async () => {
    await rig.open(page, '/configuration/apps')
    await press('Create app')
    const form = dialog('Create an app')
    await form.getByLabel('Name').first().fill('Support agent')
    await form.getByText('This app may call nothing yet').waitFor()
    await form.getByLabel('Add a server').click()
    await page.getByRole('option', { name: 'Tickets' }).click()
    await form.getByLabel('Which tools of Tickets').click()
    await page.getByRole('option', { name: 'Only these' }).click()
    await form.getByLabel('Names of the tools').fill('echo, get-sum ')
    await form.getByRole('button', { name: 'Create app' }).click()
    await page.getByText('API Key created! Copy it now').waitFor()
    secret = await takeSecret()
    await page.getByRole('heading', { level: 1, name: 'Support agent' }).waitFor()
    app = (await rig.done('GET /apps')).items[0]
    expect(app.tools).toEqual({ [tickets.server.id]: { mode: 'only', items: ['echo', 'get-sum'] } })
    expect(app.toolsDefault).toEqual({ mode: 'none' })
    await eventually(() => reaches(secret, 'tickets'), 'the key is known')
    expect((await call(secret, 'tickets', 'get-env')).text).toContain('tool_not_allowed')
    expect((await call(secret, 'wiki', 'echo')).status).toBe(403)
    expect(await page.content()).not.toContain(secret)
  }, 120_000)

  test('its tools are edited on its page, and hold from the next call on', async () => {
    await page.getByText('Only: echo, get-sum').waitFor()
    await press('Edit tools')
    const form = dialog('Tools of Support agent')
    await form.getByLabel('Which tools of Tickets').click()
    await page.getByRole('option', { name: 'No tool' }).click()
    await form.getByText('This app may call nothing yet').waitFor()
    await form.getByLabel('Add a server').click()
    await page.getByRole('option', { name: 'Company wiki' }).click()
    await press('Save', form)
    await form.waitFor({ state: 'detached' })
    // The answer of a narrowing change says where it already bites.
    await page.getByText(/on 1\/1 gateway/).waitFor()
    expect((await call(secret, 'tickets', 'echo')).status).toBe(403)
    expect(await reaches(secret, 'wiki')).toBe(true)
  }, 120_000)

  test('C15 C17 C19 C24 Regenerate Key in the settings names what happens, gives the same key a new secret, and says on how many gateways the old one is refused', async () => {
    await rig.open(page, `/configuration/apps/${app.id}?tab=settings`)
    await press('Regenerate Key')
    const asked = dialog('Regenerate the key of Support agent')
    await asked.getByText(/refused on every gateway within seconds, and it cannot be brought back/).waitFor()
    // A24 C18: who has to be told, before it happens.
    await asked.getByText(/Called with it in the last 30 days|Nobody has called with it/).waitFor()
    expect(await found(page)).toEqual([])
    await press('Regenerate Key', asked)
    await page.getByText(/Copy it now/).waitFor()
    await page.getByText(/on 1\/1 gateway/).waitFor()
    expect((await call(secret, 'wiki', 'echo')).status).toBe(401)
    const old = secret
    secret = await takeSecret()
    expect(secret).not.toBe(old)
    await eventually(() => reaches(secret, 'wiki'), 'the new secret is known')
    expect((await appNow(app.id)).key).toBe(app.key)
    expect(page.url()).not.toContain(secret)
  }, 120_000)

  test('C23 a second client is a second app: Clone app takes project and tools and makes another key', async () => {
    await rig.open(page, `/configuration/apps/${app.id}`)
    await press('Clone app')
    const form = dialog('Clone Support agent')
    await form.getByLabel('Name').fill('Second client')
    await press('Clone app', form)
    const text = await takeSecret()
    await page.getByRole('heading', { level: 1, name: 'Second client' }).waitFor()
    const { items } = await rig.done('GET /apps?search=Second')
    const now = await appNow(app.id)
    expect(items[0].tools).toEqual(now.tools)
    expect(items[0].project).toBe(now.project)
    expect(items[0].key).not.toBe(now.key)
    await eventually(() => reaches(text, 'wiki'), 'the second key is known')
  }, 120_000)

  test('an app whose key was revoked says so, and gets a new one', async () => {
    const { key } = await appNow(app.id)
    await rig.done(`POST /keys/${key}/revoke`)
    await rig.open(page, `/configuration/apps/${app.id}`)
    await page.getByText('The key of this app has ended').waitFor()
    await press('Make a new key')
    const text = await takeSecret()
    await page.getByText('The key of this app has ended').waitFor({ state: 'detached' })
    await eventually(() => reaches(text, 'wiki'), 'the new key is known')
    expect((await appNow(app.id)).key).not.toBe(key)
  }, 120_000)

  test('it is deleted after a question, and the list forgets it', async () => {
    await rig.open(page, `/configuration/apps/${app.id}?tab=settings`)
    await press('Delete app')
    const asked = dialog('Delete app')
    await asked.getByText("Are you sure you want to delete 'Support agent'? This action cannot be undone.").waitFor()
    await press('Delete app', asked)
    await page.getByRole('heading', { level: 1, name: 'Apps' }).waitFor()
    await settled(page)
    await page.getByRole('link', { name: 'Second client', exact: true }).waitFor()
    expect(await page.getByRole('link', { name: 'Support agent', exact: true }).count()).toBe(0)
    await rig.open(page, `/configuration/apps/${app.id}`)
    await page.getByRole('heading', { level: 1, name: 'There is no such app' }).waitFor()
  }, 120_000)

  test('a member sees apps of his own alone; whoever only reads is offered no change', async () => {
    const his = await rig.visit({ role: 'member' })
    await rig.open(his, '/configuration/apps')
    await his.getByText('No app yet').waitFor()
    expect(await his.getByRole('button', { name: 'Create app' }).count()).toBeGreaterThan(0)
    const reader = await rig.visit({ role: 'auditor' })
    await rig.open(reader, '/configuration/apps')
    await reader.getByRole('link', { name: 'Second client', exact: true }).click()
    await reader.getByRole('heading', { level: 1, name: 'Second client' }).waitFor()
    expect(await reader.getByRole('button', { name: /Create app|Clone app|Edit tools/ }).count()).toBe(0)
    expect(rig.complaints).toEqual([])
  }, 120_000)
})
