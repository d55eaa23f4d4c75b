import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resourceNames } from '../../dashboard/people/roles/resources.data.ts'
import { resources } from '../../src/people/schema.ts'
import type { Json } from '../product.ts'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'
import { found, overflowOf, strayTexts } from './screens-rig.ts'

/** Catalogs, projects, requests for access, management tokens, and what a developer may use. */
describe.skipIf(chromium === null)('rights', () => {
  let rig: Rig
  let page: Page
  let his: Page
  let hisKey: Json

  beforeAll(async () => {
    rig = await startDashboard()
    for (const slug of ['tickets', 'wiki'])
      await rig.done('POST /servers', {
        slug,
        name: slug === 'tickets' ? 'Tickets' : 'Company wiki',
        transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' },
      })
    page = await rig.visit({ role: 'owner' })
    his = await rig.visit({ role: 'member' })
    const member = (await rig.done('GET /members')).items.find((each: Json) => each.role === 'member')
    hisKey = await rig.done('POST /keys', {
      name: 'Laptop',
      owner: { type: 'member', id: member.id },
      mcp: { enabled: true, servers: { mode: 'only', items: ['tickets'] } },
    })
  })
  afterAll(async () => {
    await rig?.stop()
  })

  const dialogOf = (on: Page, name: string) => on.getByRole('dialog', { name })
  const press = (name: string, within: Page | Locator = page) =>
    within.getByRole('button', { name, exact: true }).first().click()
  const choose = async (field: Locator, option: string, on = page) => {
    await field.first().click()
    await on.getByRole('option', { name: option }).first().click()
  }
  const more = async (name: string, action: string, on = page) => {
    await on.getByRole('button', { name: `More for ${name}`, exact: true }).click()
    await on.getByRole('menuitem', { name: action, exact: true }).click()
  }
  const clean = async (on: Page) => {
    expect(await found(on)).toEqual([])
    expect(await overflowOf(on)).toBeLessThanOrEqual(1)
  }

  test('a catalog is made, opened to a team, shown with what it holds, and deleted after a question', async () => {
    await rig.done('POST /teams', { slug: 'payments', name: 'Payments' })
    await rig.open(page, '/configuration/catalogs')
    await press('Create catalog')
    const form = dialogOf(page, 'Create a catalog')
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Étude & Co')
    expect(await form.getByLabel('Slug').inputValue()).toBe('etude-co')
    await choose(form.getByLabel('MCP servers'), 'Company wiki')
    await page.keyboard.press('Escape')
    await form.getByLabel('Only these teams and members').check()
    await choose(form.getByRole('combobox', { name: 'Teams' }), 'Payments')
    await page.keyboard.press('Escape')
    await clean(page)
    await press('Create catalog', form)
    await form.waitFor({ state: 'detached' })
    const { catalog } = await rig.done('GET /catalogs/etude-co')
    expect(catalog.servers).toHaveLength(1)
    expect(catalog.audience).toMatchObject({ everyone: false, members: [] })
    await page.getByRole('link', { name: 'Étude & Co' }).click()
    await page.getByRole('link', { name: 'Company wiki' }).waitFor()
    await page.getByText('Payments').waitFor()
    await press('Edit')
    const edit = dialogOf(page, 'Edit Étude & Co')
    await edit.getByLabel('Everyone in the organization').check()
    await press('Save', edit)
    await page.getByText(/on 1\/1 gateway/).waitFor()
    expect((await rig.done('GET /catalogs/etude-co')).catalog.audience.everyone).toBe(true)
    await press('Delete')
    await page.getByText("Are you sure you want to delete 'Étude & Co'? This action cannot be undone.").waitFor()
    await press('Delete', dialogOf(page, 'Delete catalog'))
    await page.waitForURL((url) => url.pathname.endsWith('/catalogs'))
    expect((await rig.product.rest('GET', '/catalogs/etude-co')).status).toBe(404)
  }, 150_000)

  test('another environment of a project lists what it touches before it happens, and happens on a second yes', async () => {
    await rig.open(page, '/configuration/projects')
    await press('Create project')
    const form = dialogOf(page, 'Create a project')
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Checkout')
    await form.getByText('Staging', { exact: true }).click()
    await press('Create project', form)
    await form.waitFor({ state: 'detached' })
    await rig.done('POST /keys', { name: 'Deploy robot', projects: ['checkout'], mcp: { servers: { mode: 'all' } } })
    await more('Checkout', 'Edit')
    const edit = dialogOf(page, 'Edit Checkout')
    await edit.getByText('Production', { exact: true }).click()
    await press('Save', edit)
    await edit.getByText(/Deploy robot/).waitFor()
    await clean(page)
    expect((await rig.done('GET /projects/checkout')).project.tier).toBe('staging')
    await press('Move all of it', edit)
    await edit.waitFor({ state: 'detached' })
    expect((await rig.done('GET /projects/checkout')).project.tier).toBe('production')
    await page.getByRole('button', { name: 'Checkout', exact: true }).click()
    const shown = dialogOf(page, 'Project Checkout')
    await shown.getByRole('link', { name: 'Deploy robot' }).waitFor()
    await clean(page)
    await press('Close', shown)
    await more('Checkout', 'Delete')
    await press('Delete', dialogOf(page, 'Delete project'))
    await dialogOf(page, 'Delete project').getByRole('alert').waitFor()
    expect((await rig.product.rest('GET', '/projects/checkout')).status).toBe(200)
  }, 150_000)

  test('from a refusal one lands on the form with its fields filled, and an owner says yes until an end', async () => {
    await rig.open(his, `/people/access-requests?ask=1&server=wiki&key=${hisKey.key.id}`)
    const form = dialogOf(his, 'Ask for access')
    expect(await form.getByLabel('Server').inputValue()).toBe('wiki')
    await form.getByLabel('Why do you need it?').fill('Release notes are written there')
    await clean(his)
    await press('Ask', form)
    await dialogOf(his, 'Access request').getByText('Release notes are written there').waitFor()
    expect(await his.getByRole('button', { name: 'Approve' }).count()).toBe(0)

    await rig.open(page, '/people/access-requests?state=open')
    await more('MCP server wiki', 'Approve')
    const yes = dialogOf(page, 'Approve this request')
    await choose(yes.getByLabel('It holds for'), '1 day')
    await clean(page)
    await press('Approve', yes)
    const shown = dialogOf(page, 'Access request')
    await shown.getByText('Approved', { exact: true }).waitFor()
    await shown.getByText(/on 1\/1 gateway/).waitFor()
    const { items } = await rig.done('GET /access-requests')
    const hours = (Date.parse(items[0].until) - Date.now()) / 3_600_000
    expect(hours).toBeGreaterThan(23)
    expect(hours).toBeLessThanOrEqual(24)

    await rig.open(his, `/people/access-requests?request=${items[0].id}`)
    await press('End now', dialogOf(his, 'Access request'))
    await press('End now', dialogOf(his, 'End this access now'))
    await dialogOf(his, 'Access request').getByText('Ended', { exact: true }).first().waitFor()
    expect((await rig.done('GET /access-requests')).items[0].state).toBe('ended')
  }, 150_000)

  test('a request is refused with a reason that whoever asked reads, and an open one is withdrawn', async () => {
    const ask = async (tool: string) => {
      await rig.open(his, `/people/access-requests?ask=1&tool=${tool}&key=${hisKey.key.id}&reason=Please`)
      await press('Ask', dialogOf(his, 'Ask for access'))
      await dialogOf(his, 'Access request').waitFor()
    }
    await ask('wiki/search')
    await rig.open(page, '/people/access-requests?state=open')
    await more('Tool search of wiki', 'Refuse')
    await dialogOf(page, 'Refuse this request').getByLabel('Why not?').fill('Use the copy in the lab')
    await press('Refuse', dialogOf(page, 'Refuse this request'))
    await dialogOf(page, 'Access request').getByText('Refused', { exact: true }).waitFor()
    await rig.open(his, '/people/access-requests?state=refused')
    await his.getByRole('button', { name: 'Tool search of wiki', exact: true }).click()
    await dialogOf(his, 'Access request').getByText('Use the copy in the lab').waitFor()

    await rig.open(page, '/people/access-requests')
    await page.getByRole('button', { name: 'Tool search of wiki', exact: true }).waitFor()
    await choose(page.getByRole('combobox', { name: 'Asked by' }), 'Me')
    await page.getByText('Nothing fits these filters.').waitFor()
    expect(new URL(page.url()).searchParams.get('member')).toBe('me')
    await rig.open(his, '/people/access-requests')
    expect(await his.getByRole('combobox', { name: 'Asked by' }).count()).toBe(0)

    await ask('wiki/other')
    await press('Withdraw', dialogOf(his, 'Access request'))
    await press('Withdraw', dialogOf(his, 'Withdraw this request'))
    await dialogOf(his, 'Access request').getByText('Withdrawn', { exact: true }).waitFor()
  }, 150_000)

  test('a management token is made with named scopes and an end; its secret is shown once and is nowhere afterwards', async () => {
    await rig.open(page, '/settings/management-tokens')
    await press('Create token')
    const form = dialogOf(page, 'Create a management token')
    await form.getByRole('textbox', { name: 'Name', exact: true }).fill('Terraform')
    await form.getByLabel('Read: API keys').check()
    await form.getByLabel('Write: API keys').check()
    await choose(form.getByLabel('Ends after'), '30 days')
    await clean(page)
    await press('Create token', form)
    const block = page.locator('pre.secret').first()
    const secret = (await block.innerText()).trim()
    expect(secret).toMatch(/^osta_/)
    await clean(page)
    // What was not copied is asked about once, and Esc closes nothing.
    await page.keyboard.press('Escape')
    await press('Done')
    await page.getByText('Leave without copying it?').waitFor()
    await press('Go back and copy it')
    await press('Copy')
    await press('Done')
    await block.waitFor({ state: 'detached' })
    await settled(page)
    const kept = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, history.state, document.documentElement.outerHTML])',
    )
    expect(String(kept)).not.toContain(secret)
    const token = (await rig.done('GET /management-tokens')).items.find((each: Json) => each.name === 'Terraform')
    expect(token.scopes).toEqual(['keys:read', 'keys:write'])
    expect(Math.round((Date.parse(token.expiresAt) - Date.now()) / 86_400_000)).toBe(30)

    await more('Terraform', 'Revoke')
    await press('Revoke', dialogOf(page, 'Revoke management token'))
    await page
      .getByRole('row', { name: /Terraform/ })
      .getByText('Revoked')
      .waitFor()
  }, 150_000)

  test('a member is offered the scopes that he has, and every resource of REST has its row', async () => {
    expect(Object.keys(resourceNames).toSorted()).toEqual([...resources].toSorted())
    await rig.open(his, '/settings/management-tokens?new=1')
    const form = dialogOf(his, 'Create a management token')
    await form.getByLabel('Read: API keys').waitFor()
    expect(await form.getByLabel('Write: MCP servers').count()).toBe(0)
    expect(await form.getByLabel('Acts as').count()).toBe(0)
  }, 120_000)

  test('C24 a developer sees the servers that reach him and takes the settings of his client, without a secret in them', async () => {
    await rig.open(his, '/browse')
    const card = his.getByRole('listitem').filter({ hasText: 'Company wiki' }).first()
    await card.waitFor()
    await his.getByLabel('Search by name or tool').fill('ticke')
    await card.waitFor({ state: 'detached' })
    await press('Connect a client to Tickets', his)
    const shown = dialogOf(his, 'Connect a client to Tickets')
    await shown.getByText('/mcp-connect/tickets').waitFor()
    await choose(shown.getByLabel('Client'), 'Cursor', his)
    const settings = shown.getByText(/Bearer .*env:OSTIARY_KEY/)
    await settings.waitFor()
    await clean(his)
    expect(await shown.innerText()).not.toMatch(/ost[ku]_\w{20}/)
  }, 120_000)

  test('every text of these dialogs comes from the catalogue', async () => {
    const strange = await rig.visit({ pseudo: true })
    for (const path of [
      '/configuration/catalogs?new=1',
      '/configuration/projects?new=1',
      '/configuration/apps?new=1',
      '/people/access-requests?ask=1',
      '/settings/management-tokens?new=1',
      '/browse?connect=all',
    ]) {
      await rig.open(strange, path)
      await strange.getByRole('dialog').waitFor()
      await settled(strange)
      expect(await strayTexts(strange), path).toEqual([])
    }
    expect(rig.complaints).toEqual([])
  }, 150_000)
})
