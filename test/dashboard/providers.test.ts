import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type MockProvider, startMockProvider } from '../llm/mock-provider.ts'
import { chromium, type Rig, startDashboard } from './rig.ts'

/** Providers and their prices in the dashboard, with a provider that answers like the real ones. */
describe.skipIf(chromium === null)('the screens about LLM providers', () => {
  let rig: Rig
  let page: Page
  let mock: MockProvider
  const cleanUp: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    rig = await startDashboard()
    cleanUp.push(rig.stop)
    mock = await startMockProvider()
    cleanUp.push(mock.stop)
    page = await rig.visit()
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  const list = '/configuration/providers'
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const dialog = () => page.getByRole('dialog')
  const field = (name: string) => dialog().getByRole('textbox', { name })
  const pageOf = async (slug: string, more = '') => {
    const { provider } = await rig.done(`GET /providers/${slug}`)
    await rig.open(page, `${list}/${provider.id}${more}`)
  }
  const secret = 'sk-mock-hidden-0123456789'

  test('a provider that is added is asked at once, and its credential is never shown', async () => {
    await rig.open(page, list)
    await page.getByRole('button', { name: 'Add provider' }).first().click()
    await dialog().getByRole('combobox', { name: 'Which one?' }).click()
    await page.getByRole('option', { name: 'Another one' }).click()
    await field('Address').fill(mock.openAiUrl)
    await dialog()
      .getByLabel(/^Its API key/)
      .and(page.locator('input'))
      .fill(secret)
    await dialog()
      .getByLabel(/^Models/)
      .and(page.locator('input'))
      .first()
      .fill('mock-plain mock-slow ')
    await field('Name').first().fill('House models')
    await press('Add and test')
    await dialog().getByText('It answers, and takes the credential.').waitFor({ timeout: 40_000 })
    await dialog().getByRole('link', { name: 'Open the provider' }).click()
    await page.getByRole('heading', { name: 'House models', level: 1 }).waitFor()
    await page
      .getByRole('row', { name: /mock-plain/ })
      .getByText('No price')
      .waitFor()
    await page.getByRole('tab', { name: 'Overview' }).click()
    await page.getByText('[set]', { exact: true }).waitFor()
    expect(await page.content()).not.toContain(secret)
    expect(mock.last().headers.authorization).toBe(`Bearer ${secret}`)
  }, 120_000)

  test('a model gets other names and a price of one’s own, and the table says whose it is', async () => {
    await pageOf('house-models')
    await page.getByRole('button', { name: 'mock-plain', exact: true }).click()
    await dialog()
      .getByLabel(/^Also called/)
      .and(page.locator('input'))
      .first()
      .fill('small fast ')
    await dialog().getByText('Yours', { exact: true }).click()
    await field('Input, per million tokens').fill('0.075')
    await field('Output, per million tokens').fill('4')
    await press('Save')
    const row = page.getByRole('row', { name: /mock-plain/ })
    await row.getByText('$0.075').waitFor()
    expect(await row.textContent()).toContain('Your organization')
    expect(await row.textContent()).toContain('small, fast')
    const { provider } = await rig.done('GET /providers/house-models')
    expect(provider.models[0]).toEqual({
      id: 'mock-plain',
      aliases: ['small', 'fast'],
      price: { inputPerMillion: '0.075', outputPerMillion: '4' },
    })
  }, 60_000)

  test('a price may change on a day: the one before holds until then', async () => {
    await pageOf('house-models', '?model=mock-plain')
    await press('Another price from a later day on')
    const second = dialog().getByRole('group', { name: 'Price 2' })
    await second.getByLabel(/^Output, per million tokens/).fill('8')
    await second.getByLabel(/^Holds from/).fill('2099-01-01T00:00')
    await press('Save')
    await page
      .getByRole('row', { name: /mock-plain/ })
      .getByText('1 more price')
      .waitFor()
    const { provider } = await rig.done('GET /providers/house-models')
    expect(provider.models[0].prices).toEqual([
      { inputPerMillion: '0.075', outputPerMillion: '4' },
      { inputPerMillion: '0.075', outputPerMillion: '8', from: '2099-01-01T00:00:00.000Z' },
    ])
  }, 60_000)

  test('a name that leads to another model is refused with its reason, and the models stay as they were', async () => {
    await pageOf('house-models')
    await press('Add model')
    await field('Name').fill('small')
    await press('Save')
    await dialog()
      .getByText(/leads to the model small already/)
      .first()
      .waitFor()
    await press('Cancel')
    expect((await rig.done('GET /providers/house-models')).provider.models).toHaveLength(2)
  }, 60_000)

  test('a preset comes with its models, and each says which price list its price is from', async () => {
    await rig.open(page, `${list}?add=yes`)
    await press('Add and test')
    await dialog().getByRole('link', { name: 'Open the provider' }).click({ timeout: 60_000 })
    await page.getByRole('heading', { name: 'OpenAI', level: 1 }).waitFor({ timeout: 40_000 })
    await page.getByRole('searchbox', { name: 'Search models' }).fill('gpt-4o-mini')
    await page
      .getByRole('row', { name: /gpt-4o-mini/ })
      .first()
      .getByText(/genai-prices/)
      .waitFor()
  }, 120_000)

  test('a new address asks for the credential again, because a secret goes nowhere but where it was given for', async () => {
    await pageOf('house-models', '?open=edit')
    await field('Address').fill(mock.openAiUrl.replace('127.0.0.1', 'localhost'))
    await dialog()
      .getByText(/must be given again/)
      .first()
      .waitFor()
    await dialog()
      .getByLabel(/^Its API key/)
      .and(page.locator('input'))
      .fill('sk-another-0123456789')
    await press('Save')
    await dialog().waitFor({ state: 'detached' })
    expect((await rig.done('GET /providers/house-models')).provider.baseUrl).toContain('localhost')
    expect(await page.content()).not.toContain('sk-another')
  }, 60_000)

  test('a test says how the provider answers, and a deletion on how many gateways it is gone', async () => {
    await pageOf('house-models')
    await press('Test now')
    await page
      .getByText(/It answers, and takes the credential|does not answer|not to this credential/)
      .first()
      .waitFor()
    await page.getByRole('tab', { name: 'Overview' }).click()
    await press('Delete this provider')
    await dialog().getByText("Are you sure you want to delete 'House models'? This action cannot be undone.").waitFor()
    await press('Delete')
    await dialog().getByText('In force on 1/1 gateways').waitFor()
    await press('To the list of providers')
    await page.getByRole('link', { name: 'OpenAI', exact: true }).waitFor()
    expect(await page.getByRole('link', { name: 'House models' }).count()).toBe(0)
  }, 60_000)

  test('nothing of it made the browser complain', () => {
    expect(rig.complaints).toEqual([])
  })
})
