import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '../product.ts'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'

/** The form with which people make keys, in a browser, and what REST says was stored. */

let rig: Rig
let page: Page
let ids: Record<string, string>

beforeAll(async () => {
  if (chromium === null) return
  rig = await startDashboard()
  const { done } = rig
  for (const slug of ['tickets', 'wiki'])
    await done('POST /servers', { slug, transport: { type: 'http', url: 'http://127.0.0.1:9/mcp' } })
  for (const slug of ['alpha', 'beta']) {
    const models = [{ id: `${slug}-small`, price: { inputPerMillion: '1', outputPerMillion: '1' } }]
    await done('POST /providers', { slug, dialect: 'openai', baseUrl: 'http://127.0.0.1:9/v1', models })
  }
  await rig.emailOf('member')
  const [servers, providers, members] = await Promise.all(
    ['/servers', '/providers', '/members'].map((path) => done(`GET ${path}`)),
  )
  const named = [...servers.items, ...providers.items].map(({ slug, id }: Json) => [slug, id])
  const people = members.items.map(({ email, id }: Json) => [email, id])
  ids = Object.fromEntries([...named, ...people])
  page = await rig.visit({ role: 'owner' })
  page.setDefaultTimeout(60_000)
})
afterAll(async () => {
  await rig?.stop()
})

const dialog = (): Locator => page.getByRole('dialog').last()
const field = (label: string | RegExp): Locator => dialog().getByLabel(label, { exact: true })
const tab = (name: string) => dialog().getByRole('tab', { name }).click()
const send = () => dialog().locator('button[type=submit]').click()
/** The option of a list that is open. */
const choose = async (label: string, option: string) => {
  await dialog().getByRole('combobox', { name: label }).or(field(label)).first().click()
  await page.getByRole('option', { name: option, exact: true }).click()
}
const start = async (how = '1') => {
  await rig.open(page, `/configuration/api-keys?create=${how}`)
  await dialog().getByRole('tab').first().waitFor()
  await settled(page)
}
/** Waits for the answer that holds the secret, closes it, and reads what was stored. */
const made = async (name: string): Promise<Json> => {
  await page.getByRole('dialog').getByRole('tab').first().waitFor({ state: 'detached' })
  const { items } = await rig.done(`GET /keys?search=${encodeURIComponent(name)}`)
  expect(items).toHaveLength(1)
  return (await rig.done(`GET /keys/${items[0].id}`)).key
}

describe.skipIf(chromium === null)('the form of a new key', { timeout: 180_000 }, () => {
  test('A16 B11 B15 an empty name and MCP without a choice are said at their fields, and no key is made', async () => {
    await start()
    await send()
    await dialog().getByText('Give the key a name').waitFor()
    expect(await field(/^Key Name/).getAttribute('aria-invalid')).toBe('true')
    await field(/^Key Name/).fill('unmade')
    await tab('MCP')
    await dialog().getByRole('switch', { name: 'MCP Enabled' }).click()
    await tab('Basic')
    await send()
    // The tab that has the fault opens by itself and is marked.
    await dialog().getByText('Say which servers: all, none, or a list.').waitFor()
    expect(
      await dialog()
        .getByRole('tab', { name: /MCP.*has something to correct/ })
        .getAttribute('aria-selected'),
    ).toBe('true')
    expect((await rig.done('GET /keys')).items).toEqual([])
  })

  test('D18 D20 D30 D31 what is typed survives its tab; untouched it is every model and no server', async () => {
    await start()
    await field(/^Key Name/).fill('plain')
    await field('Description').fill('of the shop')
    await tab('MCP')
    await dialog().getByText('Default project').waitFor()
    await tab('Basic')
    expect(await field(/^Key Name/).inputValue()).toBe('plain')
    await send()
    const key = await made('plain')
    expect(key).toMatchObject({
      description: 'of the shop',
      expiresAt: null,
      status: 'active',
      llm: { enabled: true, providers: { mode: 'all' }, models: { mode: 'all' } },
      mcp: { enabled: false, servers: { mode: 'none' } },
      addresses: { mode: 'any' },
    })
  })

  test('A17 B12 D21 D22 D23 D25 D26 D32 D33 every field of the first two tabs is stored as it was typed', async () => {
    await start()
    await field(/^Key Name/).fill('full')
    await dialog().getByRole('switch', { name: 'Status' }).click()
    await choose('Expiration', '90 days')
    await field('Requests/min').fill('600')
    await field('Tokens/min').fill('90000')
    expect(await field('Budget Alert Thresholds (%)').count()).toBe(0)
    await field('Budget ($)').fill('25')
    await field('Budget Alert Thresholds (%)').fill('80,foo')
    await send()
    await dialog().getByText('Write whole percentages').waitFor()
    await field('Budget Alert Thresholds (%)').fill('100, 50,80,50')
    await dialog().getByRole('switch', { name: 'beta' }).click()
    await tab('Advanced')
    await field('Allowed Models').fill('alpha-small later-model')
    await field('Allowed Models').press('Enter')
    await dialog().getByText('later-model (matches nothing yet)').waitFor()
    await pasteInto(field('IP Allowlist'), '10.0.0.0/8\n192.0.2.1, 2001:db8::/32')
    await field('Metadata (JSON)').fill('{"team":')
    await field('Tags').fill('ci,night')
    await field('Tags').press('Enter')
    await send()
    await dialog().getByText('Write a JSON object').waitFor()
    await field('Metadata (JSON)').fill('{"team":"payments"}')
    const before = Date.now()
    await send()
    const key = await made('full')
    expect(key).toMatchObject({
      status: 'inactive',
      limits: { requestsPerMinute: 600, tokensPerMinute: 90_000 },
      budgets: [{ usd: '25.00', period: 'month', thresholds: [50, 80, 100] }],
      llm: {
        providers: { mode: 'only', items: [ids['alpha']] },
        models: { mode: 'only', items: ['alpha-small', 'later-model'] },
      },
      addresses: { mode: 'only', cidrs: ['10.0.0.0/8', '192.0.2.1', '2001:db8::/32'] },
      metadata: { team: 'payments' },
      tags: ['ci', 'night'],
    })
    const days = (Date.parse(key.expiresAt) - before) / 86_400_000
    expect(Math.abs(days - 90)).toBeLessThan(0.01)
  })

  test('B16 B17 D35 D38 D39 Allow All takes future servers; a list field shows only in its mode, and takes names', async () => {
    await start()
    await field(/^Key Name/).fill('listed')
    await tab('MCP')
    await dialog().getByRole('switch', { name: 'MCP Enabled' }).click()
    await dialog().getByText('All servers you can access now, and any you gain later (2 now).').waitFor()
    expect(await field('Allowed MCP Servers').count()).toBe(0)
    await dialog().getByRole('radio', { name: 'Deny List' }).click()
    expect(await field('Allowed MCP Servers').count()).toBe(0)
    await field('Denied MCP Servers').fill('wiki')
    await field('Denied MCP Servers').press('Enter')
    await dialog().getByRole('radio', { name: 'Allow List' }).click()
    expect(await field('Denied MCP Servers').count()).toBe(0)
    await pasteInto(field('Allowed MCP Servers'), 'tickets\nwiki')
    await send()
    const key = await made('listed')
    // By id, so that a server that is renamed stays the one that was meant.
    expect(key.mcp.servers).toEqual({ mode: 'only', items: [ids['tickets'], ids['wiki']] })
    expect(key.mcp.toolsDefault).toEqual({ mode: 'all' })
  })

  test('a refusal of control opens the tab of its field and marks it there', async () => {
    await start()
    await field(/^Key Name/).fill('refused')
    await tab('Advanced')
    await field('IP Allowlist').fill('not-an-address')
    await field('IP Allowlist').press('Enter')
    await tab('Basic')
    await send()
    await dialog()
      .getByRole('tab', { name: /Advanced.*has something to correct/ })
      .waitFor()
    await dialog().getByText('must be an address or a CIDR block').first().waitFor()
    expect(await field('IP Allowlist').getAttribute('aria-invalid')).toBe('true')
    expect((await rig.done('GET /keys?search=refused')).items).toEqual([])
  })

  test('D28 D29 an ephemeral token asks for seconds instead of an end', async () => {
    await start()
    await field(/^Key Name/).fill('short')
    expect(await field('Expires In (seconds)').count()).toBe(0)
    await dialog().getByRole('switch', { name: 'Ephemeral Token' }).click()
    expect(await field('Expires In (seconds)').inputValue()).toBe('3600')
    await field('Expires In (seconds)').fill('')
    const before = Date.now()
    await send()
    const key = await made('short')
    expect([key.ephemeral, key.secrets]).toEqual([true, []])
    expect(Math.abs(Date.parse(key.expiresAt) - before - 3_600_000)).toBeLessThan(90_000)
  })

  test('C13 M11 a client that only takes a URL gets a URL key, without models and bound to its network', async () => {
    await start()
    await field(/^Key Name/).fill('address')
    await dialog().getByRole('switch', { name: 'My client only takes a URL' }).click()
    await dialog().getByText('A URL key is the weaker kind').waitFor()
    expect(await dialog().getByRole('switch', { name: 'Language models' }).count()).toBe(0)
    await dialog().getByRole('switch', { name: 'Bind it to the first network that uses it' }).click()
    await tab('MCP')
    await dialog().getByRole('switch', { name: 'MCP Enabled' }).click()
    await dialog().getByRole('radio', { name: 'Allow All' }).click()
    await send()
    const key = await made('address')
    expect(key).toMatchObject({ kind: 'url', pinNetwork: true, llm: { enabled: false } })
    expect(key.mcp.servers).toEqual({ mode: 'all' })
  })

  test('A11 a name that is taken is said, and may be used; a template fills in the rest', async () => {
    await start()
    await field(/^Key Name/).fill('plain')
    await dialog().getByText('Another key has this name already.').waitFor()
    await field(/^Key Name/).fill('begun')
    await choose('Start from', 'CI')
    expect(await field(/^Key Name/).inputValue()).toBe('begun')
    await send()
    const key = await made('begun')
    expect(key).toMatchObject({
      tags: ['ci'],
      llm: { enabled: false },
      mcp: { enabled: true, servers: { mode: 'all' } },
    })
  })

  test('B10 a key for another user begins with the owner, and its secret is a link', async () => {
    await start('user')
    await field(/^Key Name/).fill('for Max')
    await send()
    await dialog().getByText('Say whose key it is.').waitFor()
    await choose('Member', 'Max Member')
    await send()
    const key = await made('for Max')
    expect(key.owner).toMatchObject({ type: 'member', id: ids['member@example.com'] })
    expect([key.secrets, typeof key.claim.expiresAt]).toEqual([[], 'string'])
    expect(rig.complaints).toEqual([])
  })
})

/** As a person pastes: the text of several lines comes in one piece. */
const pasteInto = async (input: Locator, text: string): Promise<void> => {
  await input.click()
  await page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`)
  await input.press('ControlOrMeta+V')
}
