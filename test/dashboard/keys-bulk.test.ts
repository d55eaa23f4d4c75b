import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '../product.ts'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'

/** Many keys at once, in and out of files. */

const path = '/configuration/api-keys'
const wait = { timeout: 40_000 }
let rig: Rig
let page: Page
const ids: Record<string, string> = {}

beforeAll(async () => {
  if (chromium === null) return
  rig = await startDashboard()
  await rig.emailOf('owner')
  const batch = Array.from({ length: 55 }, (_, at) => ({ name: `Batch ${at + 1}`, tags: ['batch'] }))
  const single = ['One', 'Two', 'Three'].map((name) => ({ name, tags: ['single'] }))
  // One call for all: one key after the other waits for the gateways each time.
  const { results } = await rig.done('POST /keys/import', { keys: [...batch, ...single] })
  expect(results.filter(({ ok }: Json) => !ok)).toEqual([])
  for (const { name, id } of results) ids[name] = id
  page = await rig.visit()
  page.setDefaultTimeout(40_000)
})
afterAll(() => rig?.stop())

const keyOf = async (name: string): Promise<Json> => (await rig.done(`GET /keys/${ids[name]}`)).key
const select = async (...names: string[]) => {
  for (const name of names) await page.getByRole('checkbox', { name: `Select ${name}`, exact: true }).check()
}
const bar = () => page.getByRole('region', { name: 'Do with the selected keys' })
const act = async (name: string) => {
  await bar().getByRole('button', { name, exact: true }).click()
  return page.getByRole('dialog')
}
const openImport = async () => {
  await page.getByRole('button', { name: 'More for this list' }).click()
  await page.getByRole('menuitem', { name: 'Import keys' }).click()
  return page.getByRole('dialog')
}
const fileOf = (keys: readonly unknown[]) => ({
  name: 'keys.json',
  mimeType: 'application/json',
  buffer: Buffer.from(JSON.stringify({ keys })),
})
const pick = (file: ReturnType<typeof fileOf>) => page.locator('input[type=file]').setInputFiles(file)
const finish = async () => {
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Close', exact: true }).last().click()
  await dialog.waitFor({ state: 'detached' })
}

describe.skipIf(chromium === null)('Many keys at once', { timeout: 150_000 }, () => {
  test('the next page is read when somebody points at its button, and not again when it is pressed', async () => {
    await rig.open(page, path)
    const asked: string[] = []
    page.on('request', (request) => {
      if (new URL(request.url()).pathname === '/api/v1/keys') asked.push(new URL(request.url()).search)
    })
    const answered = page.waitForResponse((answer) => answer.url().includes('cursor='))
    await page.getByRole('button', { name: 'Next page' }).hover()
    await (await answered).finished()
    const first = await page.locator('tbody tr').first().getAttribute('data-id')
    await page.getByRole('button', { name: 'Next page' }).click()
    await expect.poll(() => page.locator('tbody tr').first().getAttribute('data-id')).not.toBe(first)
    // The one behind it may be on its way as well: the pointer is on the button still.
    const pages = asked.filter((search) => search.includes('cursor='))
    expect(pages.length).toBeGreaterThan(0)
    expect(pages).toEqual([...new Set(pages)])
    page.removeAllListeners('request')
  })

  test('come in pages of as many rows as one chooses, and the address keeps that', async () => {
    const rows = page.locator('tbody tr')
    await rig.open(page, path)
    await expect.poll(() => rows.count()).toBe(25)
    await page.getByLabel('Rows per page').selectOption('50')
    await expect.poll(() => rows.count()).toBe(50)
    await page.getByText(/^1–50 of /).waitFor()
    expect(new URL(page.url()).searchParams.get('rows')).toBe('50')
    await page.reload()
    await expect.poll(() => rows.count()).toBe(50)
    await page.getByRole('button', { name: 'Next page' }).click()
    await page.getByText(/^51–/).waitFor()
    await rig.open(page, `${path}?rows=1000000`)
    await expect.poll(() => rows.count()).toBe(25)
  })

  test('A32 A36 are switched off and on again, with a result for each', async () => {
    await rig.open(page, `${path}?tag=single`)
    await select('One', 'Two')
    await bar().getByText('2 keys selected').waitFor()
    const off = await act('Deactivate')
    await off.getByRole('textbox', { name: 'Reason' }).fill('On leave')
    await off.getByRole('button', { name: 'Deactivate', exact: true }).click()
    await off.getByText('Done with all 2 keys.').waitFor()
    expect(await keyOf('One')).toMatchObject({ status: 'inactive', stateReason: 'On leave' })
    await finish()
    await bar().waitFor({ state: 'detached' })
    await select('One', 'Two')
    const on = await act('Activate')
    await on.getByRole('button', { name: 'Activate', exact: true }).click()
    await on.getByText('Done with all 2 keys.').waitFor()
    expect((await keyOf('Two')).status).toBe('active')
    await finish()
  })

  test('get tags and another expiry together', async () => {
    await select('One', 'Three')
    const tagging = await act('Add tags')
    await tagging.getByRole('button', { name: 'Add tags', exact: true }).click()
    await tagging.getByText('Name at least one tag.').waitFor()
    await tagging.getByRole('combobox', { name: 'Tags' }).fill('reviewed,2026')
    await tagging.getByRole('button', { name: 'Add tags', exact: true }).click()
    await tagging.getByText('Done with all 2 keys.').waitFor()
    expect((await keyOf('One')).tags.toSorted()).toEqual(['2026', 'reviewed', 'single'])
    await finish()
    await select('One', 'Three')
    const setting = await act('Set expiry')
    await setting.getByRole('button', { name: 'Set expiry', exact: true }).click()
    await setting.getByText('Done with all 2 keys.').waitFor()
    const { expiresAt } = await keyOf('Three')
    expect(Math.round((Date.parse(expiresAt) - Date.now()) / 86_400_000)).toBe(90)
    await finish()
  })

  test('are revoked after a typed word, and what was refused says why', async () => {
    await select('Two', 'Three')
    const revoking = await act('Revoke')
    const button = revoking.getByRole('button', { name: 'Revoke', exact: true })
    expect(await button.isDisabled()).toBe(true)
    await revoking.getByRole('textbox', { name: 'Type revoke to confirm' }).fill('revoke')
    await button.click()
    await revoking.getByText('Done with all 2 keys.').waitFor()
    expect((await keyOf('Two')).status).toBe('revoked')
    await finish()
    await select('One', 'Two')
    const dialog = await act('Activate')
    await dialog.getByRole('button', { name: 'Activate', exact: true }).click()
    await dialog.getByText('Done with 1 of 2 keys. These were refused:').waitFor()
    const refused = await dialog.getByRole('table', { name: 'Keys that were refused' }).textContent()
    expect(refused).toContain('Two')
    expect(refused).toContain('key_is_revoked')
    await finish()
  })

  test('everything that fits a filter is selected, also what other pages show, and deleted after a typed word', async () => {
    await rig.open(page, `${path}?tag=batch`)
    await select('Batch 55')
    await bar().getByRole('button', { name: 'Select all 55 that fit' }).click()
    await bar().getByText('55 keys selected').waitFor()
    const dialog = await act('Delete')
    await dialog.getByText('and 47 more').waitFor()
    await dialog.getByRole('textbox', { name: 'Type delete to confirm' }).fill('delete')
    await dialog.getByRole('button', { name: 'Delete', exact: true }).click()
    await dialog.getByText('Done with all 55 keys.').waitFor()
    await finish()
    await page.getByText('Nothing fits these filters.').waitFor()
    expect((await rig.done('GET /keys?tag=batch')).total).toBe(0)
  })

  test('A35 an export holds what the filters leave, and no secret', async () => {
    await rig.open(page, `${path}?tag=reviewed`)
    const saved = async (name: string): Promise<string> => {
      await page.getByRole('button', { name: 'More for this list' }).click()
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name }).click(),
      ])
      return readFile((await download.path()) ?? '', 'utf8')
    }
    const csv = await saved('Export as CSV')
    expect(csv.trim().split(/\r?\n/)).toHaveLength(3)
    expect(csv).toContain(ids['One'])
    const { keys } = JSON.parse(await saved('Export as JSON'))
    expect(keys.map(({ name }: Json) => name).toSorted()).toEqual(['One', 'Three'])
    expect(csv + JSON.stringify(keys)).not.toMatch(/ostk_\w{40}/)
  })

  test('A35 an import is looked at first, makes what can be made, and its secrets are there once', async () => {
    await rig.open(page, `${path}?search=Imported`)
    const dialog = await openImport()
    const file = [{ name: 'Imported' }, { name: '' }, { name: 'With a secret', secret: 'x' }]
    await pick(fileOf(file))
    await dialog.getByRole('button', { name: 'Check the file' }).click()
    await dialog.getByText('1 of 3 keys can be made.').waitFor()
    expect(await dialog.getByRole('table').textContent()).toContain('/keys/2/secret')
    expect((await rig.done('GET /keys?search=Imported')).total).toBe(0)
    await dialog.getByRole('button', { name: 'Make 1 key' }).click()
    await dialog.getByText('The secrets will not be shown again. Save them now.').waitFor()
    const secret = (await dialog.locator('code', { hasText: 'ostk_' }).textContent()) ?? ''
    expect(secret).toMatch(/^ostk_\w{16}_\w+$/)
    for (const leave of [
      () => dialog.getByRole('button', { name: 'Done' }).click(),
      () => page.evaluate('history.back()'),
    ]) {
      await leave()
      await dialog.getByText('Leave without saving the secrets?').waitFor()
      await dialog.getByRole('button', { name: 'Go back' }).click()
    }
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Save secrets to a file' }).click(),
    ])
    const rows = JSON.parse(await readFile((await download.path()) ?? '', 'utf8'))
    expect(rows).toMatchObject([{ name: 'Imported', secret }])
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await settled(page)
    expect(await page.getByRole('link', { name: 'Imported' }).count()).toBe(1)
    const kept =
      'document.documentElement.outerHTML + location.href + JSON.stringify({ ...localStorage, ...sessionStorage })'
    await expect.poll(async () => String(await page.evaluate(kept)).includes(secret), wait).toBe(false)
  })

  test('a file that is too large to be one is not read, and says what to do', async () => {
    const dialog = await openImport()
    const buffer = Buffer.alloc(8 * 1_048_576 + 1, ' ')
    await pick({ name: 'backup.json', mimeType: 'application/json', buffer })
    await dialog.getByText('This file is larger than one import takes. Split it into several').waitFor()
    expect(await dialog.getByRole('button', { name: 'Check the file' }).isDisabled()).toBe(true)
    await dialog.getByRole('button', { name: 'Cancel' }).click()
  })

  test('what there was no room for is tried again alone, and its secret has to be saved, too', async () => {
    const dialog = await openImport()
    await pick(fileOf([{ name: 'Roomy' }, { name: 'Crowded out' }]))
    await dialog.getByRole('button', { name: 'Check the file' }).click()
    // As control answers where its lane is full: the second has not been made.
    await page.route('**/api/v1/keys/import', async (route) => {
      const body = route.request().postDataJSON()
      const answer = await route.fetch({ postData: JSON.stringify({ ...body, keys: body.keys.slice(0, 1) }) })
      const { results } = await answer.json()
      const left = { index: 1, ok: false, name: 'Crowded out', code: 'busy', detail: 'Try again in a moment.' }
      await route.fulfill({ json: { results: [...results, left] } })
    })
    await dialog.getByRole('button', { name: 'Make 2 keys' }).click()
    await dialog.getByText('1 of 2 keys was made.').waitFor()
    await page.unroute('**/api/v1/keys/import')
    const save = async () => {
      const [file] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save secrets to a file' }).click(),
      ])
      return JSON.parse(await readFile(await file.path(), 'utf8')).map(({ name }: Json) => name)
    }
    expect(await save()).toEqual(['Roomy'])
    await dialog.getByText('For 1 key there was no room right now.').waitFor()
    await dialog.getByRole('button', { name: 'Try again' }).click()
    await dialog.getByText('2 of 2 keys were made.').waitFor()
    await dialog.getByRole('button', { name: 'Done' }).click()
    await dialog.getByText('Leave without saving the secrets?').waitFor()
    await dialog.getByRole('button', { name: 'Go back' }).click()
    expect(await save()).toEqual(['Roomy', 'Crowded out'])
    await dialog.getByRole('button', { name: 'Done' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect((await rig.done('GET /keys?search=Roomy')).total).toBe(1)
    expect((await rig.done('GET /keys?search=Crowded')).total).toBe(1)
  })

  test('no browser complained meanwhile', () => expect(rig.complaints).toEqual([]))
})
