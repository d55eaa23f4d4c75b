import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '../product.ts'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'

/** The list of keys as people have it: columns, filters, sorts, views, and what a row offers. */

const path = '/configuration/api-keys'
const all = { mode: 'all' } as const
const hostile = [`<img src=x onerror=alert(1)>`, `"><script>alert(1)</script>`, `{{7*7}} \${7*7} %0d%0a`, `' OR 1=1 --`]

let rig: Rig
let page: Page
const keys: Record<string, Json> = {}

const make = async (name: string, body: object = {}) => {
  keys[name] = await rig.done('POST /keys', { name, ...body })
}
beforeAll(async () => {
  if (chromium === null) return
  rig = await startDashboard()
  const { done } = rig
  const owner = await ownerOf(await rig.emailOf('owner'))
  await rig.emailOf('member')
  await done('POST /projects', { slug: 'lab', name: 'Lab' })
  for (const slug of ['wiki', 'tickets', 'mail'])
    await done('POST /servers', { slug, name: slug, transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' } })
  const mine = { owner: { type: 'member', id: owner } }
  await make('Alpha', { ...mine, mcp: { enabled: true, servers: all }, description: 'Shop', tags: ['prod'] })
  await make('Beta', { mcp: { enabled: true, servers: { mode: 'only', items: ['wiki'] } }, expiresIn: '30d' })
  await make('Gamma', { active: false })
  await make('Delta')
  await done(`POST /keys/${keys['Delta']?.key.id}/revoke`)
  for (const name of hostile) await make(name)
  page = await rig.visit()
  page.setDefaultTimeout(40_000)
})
afterAll(() => rig?.stop())

const ownerOf = async (email: string): Promise<string> => {
  const { items } = await rig.done('GET /members')
  return items.find((member: Json) => member.email === email)?.id
}
const rowOf = (name: string, on = page) =>
  on.getByRole('row').filter({ has: on.getByRole('link', { name, exact: true }) })
const namesShown = async (on = page): Promise<string[]> => on.locator('a.key-name').allTextContents()
const wait = { timeout: 40_000 }
const showing = (names: readonly string[]) =>
  expect.poll(async () => (await namesShown()).toSorted(), wait).toEqual(names.toSorted())
const idOf = (name: string): string => keys[name]?.key.id

describe.skipIf(chromium === null)('The list of keys', { timeout: 150_000 }, () => {
  test('A07 D02 stands at a fixed address, under two more, and in the navigation', async () => {
    await rig.open(page, path)
    expect(await page.locator('#page-title').textContent()).toBe('API keys')
    await page.getByRole('navigation').getByRole('link', { name: 'MCP API Keys', exact: true }).click()
    await page.waitForURL(/\/settings\/mcp-api-keys$/)
    await rowOf('Alpha').waitFor()
    expect(await page.locator('#page-title').textContent()).toBe('MCP API Keys')
  })

  test('A08 A09 A11 A12 A14 B23 B25 B26 B27 B28 D05 D06 D08 D14 every column shows what it promises', async () => {
    await rig.open(page, path)
    const heads = await page.getByRole('columnheader').allTextContents()
    const shown = [
      'Name',
      'User',
      'Key',
      'Status',
      'Servers',
      'Projects',
      'Expires',
      'Last used',
      'Created',
      'Requests',
    ]
    for (const head of shown)
      expect(
        heads.some((text) => text.trim() === head),
        head,
      ).toBe(true)
    expect(heads.find((text) => text.startsWith('Usage %'))).toContain('of all requests you may see')
    const said = await rowOf('Alpha').textContent()
    expect(said).toContain('Olive Owner')
    expect(said).toContain(keys['Alpha']?.key.preview)
    expect(said).toContain('Active')
    expect(said).toContain('All (3 now)')
    expect(said).toContain('Never')
    expect(await rowOf('Gamma').textContent()).toContain('Inactive')
    expect(await rowOf('Delta').textContent()).toContain('Revoked')
    expect(await rowOf('Beta').getByRole('cell').nth(5).textContent()).toBe('1')
    expect(await page.content()).not.toContain(keys['Alpha']?.secret)
  })

  test('A31 B24 more columns can be added, and stand in the address', async () => {
    await rig.open(page, path)
    await page.getByRole('button', { name: 'Columns', exact: true }).click()
    for (const name of ['ID', 'Description', 'Age or rotation due', 'Environment', 'Tags'])
      await page.getByRole('checkbox', { name, exact: true }).check()
    await page.keyboard.press('Escape')
    expect(new URL(page.url()).searchParams.get('cols')).toContain('environment')
    await page.reload()
    await settled(page)
    await expect.poll(() => rowOf('Alpha').textContent(), wait).toContain('Development')
    const said = await rowOf('Alpha').textContent()
    for (const part of [idOf('Alpha'), 'Shop', '0 days', 'prod']) expect(said).toContain(part)
  })

  test('D08 the button on the preview copies the id of the key, and says that the secret was shown once', async () => {
    await rig.open(page, path)
    const button = rowOf('Alpha').getByRole('button', { name: 'Copy key ID' })
    await button.hover()
    await page.getByText('Copies the key ID. The secret was shown once.').waitFor()
    await button.click()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(idOf('Alpha'))
  })

  test('what is said of a button on hover is said by keyboard, too, and goes with Escape', async () => {
    await rig.open(page, path)
    await rowOf('Alpha').getByRole('link').first().focus()
    await page.keyboard.press('Tab')
    const hint = page.getByRole('tooltip', { name: 'Copies the key ID' })
    await hint.waitFor()
    await page.keyboard.press('Escape')
    await hint.waitFor({ state: 'detached' })
    await page.locator('tbody time').first().hover()
    await page
      .getByRole('tooltip')
      .getByText(/\d{1,2}:\d{2}:\d{2}/)
      .waitFor()
  })

  test('D15 D16 A09 it is searched by name and preview, and filtered by each status', async () => {
    await rig.open(page, path)
    await page.getByRole('searchbox', { name: 'Search' }).fill('lph')
    await showing(['Alpha'])
    await page.getByRole('searchbox', { name: 'Search' }).fill(keys['Beta']?.key.preview)
    await showing(['Beta'])
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByRole('combobox', { name: 'Status' }).click()
    await page.getByRole('option', { name: 'Inactive', exact: true }).click()
    await showing(['Gamma'])
    await page.getByRole('combobox', { name: 'Status' }).click()
    await page.getByRole('option', { name: 'Expired', exact: true }).click()
    await page.getByText('Nothing fits these filters.').waitFor()
    await rig.open(page, `${path}?status=revoked`)
    await showing(['Delta'])
  })

  test('D17 D12 it sorts by name, owner, status, requests and times, in both directions', async () => {
    await rig.open(page, path)
    const ascending = Object.keys(keys).toSorted()
    await page.getByRole('button', { name: 'Sort by Name' }).click()
    await expect.poll(() => namesShown(), wait).toEqual(ascending)
    await page.getByRole('button', { name: 'Sort by Name' }).click()
    await expect.poll(() => namesShown(), wait).toEqual(ascending.toReversed())
    expect(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('descending')
    for (const column of ['User', 'Status', 'Requests', 'Usage %', 'Created', 'Expires', 'Last used']) {
      const button = page.getByRole('button', { name: `Sort by ${column}`, exact: true })
      await button.click()
      const head = page.getByRole('columnheader').filter({ has: button })
      await expect.poll(() => head.getAttribute('aria-sort'), wait).toBe('ascending')
      await showing(ascending)
    }
  })

  test('B09 one’s own keys are one press away, and a view is an address that can be sent', async () => {
    await rig.open(page, path)
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('menuitem', { name: 'My own keys' }).click()
    await showing(['Alpha'])
    await page.getByRole('button', { name: 'Views' }).click()
    await page.getByRole('menuitem', { name: 'Copy link to this view' }).click()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(page.url())
    expect(page.url()).toContain('owner=me')
    await page.getByRole('button', { name: 'Take the filter Owner off' }).click()
    await rowOf('Beta').waitFor()
    await page.getByRole('button', { name: 'Your account' }).click()
    await page.getByRole('menuitem', { name: 'API Keys', exact: true }).click()
    await showing(['Alpha'])
  })

  test('D51 a row and its name open the key over the list, and the address opens it again', async () => {
    await rig.open(page, path)
    await rowOf('Alpha').getByRole('link', { name: 'Alpha' }).click()
    await page.getByRole('dialog').getByText('Alpha').first().waitFor()
    expect(new URL(page.url()).searchParams.get('key')).toBe(idOf('Alpha'))
    await page.reload()
    await page.getByRole('dialog').getByText('Alpha').first().waitFor()
    await page.goBack()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  test('A19 A20 A21 A14 the number of projects opens their picker; nothing changes before it is confirmed', async () => {
    await rig.open(page, path)
    const projectsNow = async () => (await rig.done(`GET /keys/${idOf('Alpha')}`)).key.projects.length
    const pick = async () => {
      await rowOf('Alpha')
        .getByRole('button', { name: /project of Alpha: change/ })
        .click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('checkbox', { name: /Lab/ }).check()
      return dialog
    }
    const closed = await pick()
    await closed.getByRole('button', { name: 'Cancel' }).click()
    expect(await projectsNow()).toBe(1)
    const confirmed = await pick()
    await confirmed.getByRole('button', { name: 'Assign projects' }).click()
    await rowOf('Alpha').getByRole('button', { name: '2 projects of Alpha: change' }).waitFor()
    expect(await projectsNow()).toBe(2)
  })

  test('D50 B29 deleting asks with the name, and a key that was not deleted goes on', async () => {
    await make('Short lived')
    await rig.open(page, path)
    await page.getByRole('button', { name: 'Delete Short lived' }).click()
    const dialog = page.getByRole('dialog', { name: 'Delete API Key' })
    await dialog.getByText("Are you sure you want to delete 'Short lived'? This action cannot be undone.").waitFor()
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    expect((await rig.done(`GET /keys/${idOf('Short lived')}`)).key.status).toBe('active')
    await page.getByRole('button', { name: 'More for Short lived' }).click()
    for (const name of ['Renew', 'Edit']) await page.getByRole('menuitem', { name }).waitFor()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Delete', exact: true }).click()
    await page.getByText("'Short lived' is deleted.").waitFor()
    expect((await rig.product.rest('GET', `/keys/${idOf('Short lived')}`)).status).toBe(404)
    await page.getByRole('dialog').getByRole('button', { name: 'Close', exact: true }).last().click()
    expect(await rowOf('Short lived').count()).toBe(0)
  })

  test('a menu is reached and left by keyboard, and gives the focus back', async () => {
    await rig.open(page, path)
    const dots = page.getByRole('button', { name: 'More for Alpha' })
    await dots.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Renew' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('menuitem', { name: 'Renew' }).waitFor({ state: 'detached' })
    const focused = () => page.evaluate("document.activeElement?.getAttribute('aria-label')")
    await expect.poll(focused, wait).toBe('More for Alpha')
  })

  test('names with markup in them are text', async () => {
    await rig.open(page, path)
    const shown = await namesShown()
    for (const name of hostile) expect(shown).toContain(name)
    expect(await page.locator('main img[src="x"], main script').count()).toBe(0)
  })

  test('B22 B35 a member sees his own keys with the same columns, and makes none for others', async () => {
    const own = await rig.visit({ role: 'member' })
    await rig.open(own, path)
    await own.getByText('There is no key yet').waitFor()
    const { member } = await rig.done('GET /members').then(({ items }) => ({
      member: items.find((one: Json) => one.role === 'member'),
    }))
    await make('Of Max', { owner: { type: 'member', id: member.id } })
    await rig.open(own, path)
    expect(await namesShown(own)).toEqual(['Of Max'])
    const heads = (await own.getByRole('columnheader').allTextContents()).join(' ')
    expect(heads).toContain('Owner')
    expect(heads).toContain('Usage %')
    expect(await own.getByRole('button', { name: 'Create Key for User' }).count()).toBe(0)
    await own.context().close()
  })

  test('who may only read is offered nothing that changes a key', async () => {
    const reader = await rig.visit({ role: 'auditor' })
    await rig.open(reader, path)
    await rowOf('Alpha', reader).waitFor()
    for (const name of [/^Delete /, /^More for Alpha/, 'Create key', /project of/])
      expect(await reader.getByRole('button', { name }).count()).toBe(0)
    expect(await reader.getByRole('checkbox').count()).toBe(0)
    await reader.context().close()
  })

  test('no browser complained meanwhile', () => expect(rig.complaints).toEqual([]))
})
