import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startEverything } from '../everything.ts'
import { chromium, type Rig, startDashboard } from './rig.ts'

/** Servers in the dashboard, with the official reference server behind a real gateway. */
describe.skipIf(chromium === null)('the screens about MCP servers', () => {
  let rig: Rig
  let page: Page
  let url: string
  const cleanUp: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    rig = await startDashboard()
    cleanUp.push(rig.stop)
    const everything = await startEverything()
    cleanUp.push(everything.stop)
    url = everything.url
    page = await rig.visit()
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  const list = '/configuration/servers'
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  /** Also of what is hidden while it is typed, which is no text box for the browser. */
  const fill = (label: string, text: string) =>
    page
      .getByLabel(new RegExp(`^${label}`))
      .and(page.locator('input, textarea'))
      .fill(text)
  const dialog = () => page.getByRole('dialog')
  const pageOf = async (slug: string, more = '') => {
    const { server } = await rig.done(`GET /servers/${slug}`)
    await rig.open(page, `${list}/${server.id}${more}`)
  }

  test('a server that is added by its address is looked at at once: ready, with its tools', async () => {
    await rig.open(page, list)
    await page.getByRole('button', { name: 'Add server' }).first().click()
    await page.getByLabel('Address').and(page.getByRole('textbox')).fill(url)
    await fill('Name', 'Our everything')
    expect(await page.getByRole('textbox', { name: 'Slug' }).inputValue()).toBe('our-everything')
    await press('Add and test')
    await dialog().getByText('Every gateway reaches it.').waitFor({ timeout: 60_000 })
    await dialog().getByRole('cell', { name: 'embedded' }).waitFor()
    await dialog().getByText('get-sum', { exact: true }).waitFor()
    await dialog().getByRole('link', { name: 'Open the server' }).click()
    await page.getByRole('tab', { name: /Tools/ }).click()
    await page.getByRole('row', { name: /get-sum/ }).waitFor()
    expect(await page.getByRole('row').count()).toBeGreaterThan(8)
  }, 120_000)

  test('E06 a credential is written and never shown: neither on the page nor in what it fetched', async () => {
    const seen: string[] = []
    page.on(
      'response',
      (answer) =>
        void answer.text().then(
          (text) => seen.push(text),
          () => undefined,
        ),
    )
    await pageOf('our-everything', '?open=credential')
    await fill('Secret', 'sk-hidden-0123456789')
    await press('Save')
    await page.getByText('[set], in the header Authorization').waitFor()
    const { server } = await rig.done('GET /servers/our-everything')
    expect(server.credential).toMatchObject({ name: 'Authorization', template: 'Bearer {value}' })
    await rig.open(page, `${list}/${server.id}`)
    expect(await page.content()).not.toContain('sk-hidden')
    expect(seen.join('\n')).not.toContain('sk-hidden')
    const stored = await page.evaluate(
      `JSON.stringify([location.href, history.state, { ...localStorage }, { ...sessionStorage }])`,
    )
    expect(stored).not.toContain('sk-hidden')
  }, 60_000)

  test('a new address asks for the credential again, and says why', async () => {
    await pageOf('our-everything', '?open=edit')
    const address = dialog().getByRole('textbox', { name: 'Address' })
    await address.fill(url.replace('127.0.0.1', 'localhost'))
    await dialog()
      .getByText(/must be given again/)
      .first()
      .waitFor()
    await press('Save')
    await dialog()
      .getByRole('alert')
      .getByText(/credential/)
      .first()
      .waitFor()
    await address.fill(url)
    await dialog().getByRole('textbox', { name: 'Name' }).fill('Everything of ours')
    await press('Save')
    await page.getByRole('heading', { name: 'Everything of ours', level: 1 }).waitFor()
  }, 60_000)

  test('a call of a tool gets a price, and every other tool another one', async () => {
    await pageOf('our-everything', '?tab=tools')
    await press('Set the price of echo')
    await fill('US dollars a call', '0.01')
    await press('Save')
    await page.getByRole('row', { name: /echo/ }).getByText('$0.01').waitFor()
    await press('Price of other tools')
    await fill('US dollars a call', '0.000001')
    await press('Save')
    await page
      .getByRole('row', { name: /get-sum/ })
      .getByText('$0.000001')
      .waitFor()
    const { server } = await rig.done('GET /servers/our-everything')
    expect(server.toolPrices).toEqual({ echo: '0.01', '*': '0.000001' })
  }, 60_000)

  test('a client is told what it needs for this server, and no secret is in it', async () => {
    await pageOf('our-everything', '?tab=connect')
    await page
      .getByText(/\/mcp-connect\/our-everything/)
      .first()
      .waitFor()
    await page.getByRole('combobox', { name: 'Client', exact: true }).click()
    await page.getByRole('option', { name: 'Cursor', exact: true }).click()
    await page.getByText('~/.cursor/mcp.json', { exact: true }).waitFor()
    expect(new URL(page.url()).searchParams.get('client')).toBe('cursor')
  }, 60_000)

  test('an import says first what is new, what is there already and what is refused, and then takes what is chosen', async () => {
    const document = {
      mcpServers: {
        same: { url },
        fresh: { url: `${url}?fresh=1`.replace('/mcp?', '/other?') },
        metadata: { url: 'http://169.254.169.254/mcp' },
        secret: {
          url: 'https://mcp.example.com/mcp',
          headers: { Authorization: ['Bearer $', '{TOKEN_OF_IT}'].join('') },
        },
      },
    }
    await rig.open(page, `${list}?add=import`)
    await fill('Configuration', '{ "mcpServers": ')
    await dialog().getByText('This is no JSON. Is a bracket or a comma missing?').waitFor()
    await fill('Configuration', JSON.stringify(document))
    await press('See what would happen')
    const row = (name: string) => dialog().getByRole('row', { name: new RegExp(`^${name}`) })
    await row('same').getByText('There already', { exact: true }).waitFor()
    await row('fresh').getByText('New', { exact: true }).waitFor()
    await row('metadata').getByText('Refused', { exact: true }).waitFor()
    await row('secret').getByText('Needs a value').waitFor()
    await dialog().getByLabel('TOKEN_OF_IT').fill('tok-hidden-987')
    await press('See what would happen')
    await row('secret').getByText('New', { exact: true }).waitFor()
    expect((await rig.done('GET /servers')).total).toBe(1)
    await press('Import 2 servers')
    await dialog().getByText('2 servers were added.').waitFor()
    const { items } = await rig.done('GET /servers')
    expect(items.map(({ slug }: { slug: string }) => slug)).toEqual(['fresh', 'our-everything', 'secret'])
    expect(await page.content()).not.toContain('tok-hidden')
  }, 90_000)

  test('variables of a command are pasted as a file, kept while it stays, and asked for again when it changes', async () => {
    await rig.open(page, `${list}?add=command`)
    await page.getByRole('textbox', { name: 'Command', exact: true }).fill('node')
    await press('Add variable')
    const file = 'export ONE="first value"\n# a comment\nTWO=second'
    await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(file)})`)
    await dialog().getByLabel('Name of variable 1').press('ControlOrMeta+v')
    expect(await dialog().getByLabel('Name of variable 2').inputValue()).toBe('TWO')
    await dialog().getByRole('textbox', { name: 'Slug' }).fill('stays')
    await press('Cancel')
    await rig.done('POST /servers', {
      slug: 'stays',
      transport: { type: 'stdio', command: 'node', args: ['-e', '0'], env: { ONE: 'first' } },
    })
    await pageOf('stays', '?open=edit')
    await dialog().getByRole('textbox', { name: 'Name', exact: true }).fill('It stays')
    await press('Save')
    await page.getByRole('heading', { name: 'It stays', level: 1 }).waitFor()
    await pageOf('stays', '?open=edit')
    await dialog().getByRole('textbox', { name: 'Arguments' }).fill('-e\n1')
    await dialog()
      .getByText(/give every value again/)
      .waitFor()
    expect(await dialog().textContent()).not.toContain('first')
  }, 90_000)

  test('what configuration files manage is shown as theirs, and offered to nobody to change', async () => {
    await rig.done('POST /servers', { slug: 'of-files', transport: { type: 'http', url } })
    const managed = { 'ostiary-configuration': 'team' }
    const marked = await rig.product.rest('PATCH', '/servers/of-files', { name: 'Of files' }, managed)
    if (marked.body.server.managedBy === null) return
    await pageOf('of-files')
    await page.getByText('team').first().waitFor()
    expect(await page.getByRole('button', { name: 'Edit', exact: true }).count()).toBe(0)
  }, 60_000)

  test('what narrows the list stands in the address, and its fields follow the address: cleared, and without a secret that was pasted', async () => {
    await rig.open(page, list)
    const search = page.getByRole('searchbox', { name: 'Search by name or slug' })
    const kind = page.getByRole('combobox', { name: 'Kind' })
    const asked = (name: string) => new URL(page.url()).searchParams.get(name)
    await search.fill(' our-every ')
    await expect.poll(() => asked('search')).toBe('our-every')
    await page.getByRole('row', { name: /our-everything/ }).waitFor()
    await kind.click()
    await page.getByRole('option', { name: 'HTTP + SSE' }).click()
    await expect.poll(() => asked('kind')).toBe('sse')
    await press('Clear filters')
    await expect.poll(async () => [await search.inputValue(), await kind.inputValue()]).toEqual(['', ''])
    expect([asked('search'), asked('kind')]).toEqual([null, null])
    const preview = `ostk_${'a'.repeat(16)}`
    await search.fill(`${preview}_${'b'.repeat(32)}`)
    await expect.poll(() => asked('search')).toBe(preview)
    await expect.poll(() => search.inputValue()).toBe(preview)
    await press('Clear filters')
  }, 60_000)

  test('C17 before a server is deleted it is said who loses it, and afterwards on how many gateways it is gone', async () => {
    const { key } = await rig.done('POST /keys', {
      name: 'Needs everything',
      mcp: { enabled: true, servers: { mode: 'only', items: ['our-everything'] }, toolsDefault: { mode: 'all' } },
    })
    expect(key.name).toBe('Needs everything')
    await pageOf('our-everything')
    await press('Delete this server')
    await dialog()
      .getByText("Are you sure you want to delete 'Everything of ours'? This action cannot be undone.")
      .waitFor()
    await dialog().getByText('Needs everything').waitFor()
    await press('Delete')
    await dialog().getByText(/1\/1/).first().waitFor()
    await press('To the list of servers')
    await page.getByRole('link', { name: 'It stays' }).waitFor()
    expect(await page.getByRole('link', { name: 'Everything of ours' }).count()).toBe(0)
    expect((await rig.product.rest('GET', '/servers/our-everything')).status).toBe(404)
  }, 60_000)

  test('an auditor sees the same and is offered no change', async () => {
    const auditor = await rig.visit({ role: 'auditor' })
    await rig.open(auditor, `${list}?add=url`)
    await auditor.getByRole('link', { name: 'It stays' }).click()
    await auditor.getByRole('heading', { name: 'It stays', level: 1 }).waitFor()
    for (const name of ['Edit', 'Test now', 'Delete this server', 'Add server'])
      expect(await auditor.getByRole('button', { name, exact: true }).count(), name).toBe(0)
    expect(await auditor.getByRole('dialog').count()).toBe(0)
    await auditor.context().close()
  }, 60_000)

  test('nothing of it made the browser complain', () => {
    expect(rig.complaints).toEqual([])
  })
})
