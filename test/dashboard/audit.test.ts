import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'

/** A test is many calls of a browser on a machine that others use as well. */
const patience = 120_000

/** The audit log on its screen, and the proof of it that the browser makes, against the whole product. */
describe.skipIf(chromium === null)('the audit log', () => {
  let rig: Rig
  let page: Page
  let keyId = ''
  const name = '<img src=x onerror=alert(1)> ci'
  beforeAll(async () => {
    rig = await startDashboard()
    const { key } = await rig.done('POST /keys', { name, mcp: { enabled: true, servers: { mode: 'all' } } })
    keyId = key.id
    await rig.done(`PATCH /keys/${keyId}`, { description: 'for the release', tags: ['prod'] })
    await rig.done(`POST /keys/${keyId}/suspend`)
    await rig.done(`POST /keys/${keyId}/resume`)
    page = await rig.visit({ role: 'owner' })
  })
  afterAll(async () => {
    await rig?.stop()
  })
  const dialog = () => page.getByRole('dialog')
  const rows = () => page.getByRole('table', { name: 'Events' }).locator('tbody tr')
  const verify = async () => {
    await page.getByRole('button', { name: 'Verify', exact: true }).first().click()
    await dialog().getByRole('heading', { name: 'Verify the audit log' }).waitFor()
  }
  const press = () =>
    dialog()
      .getByRole('button', { name: /^Verify/ })
      .click()

  test(
    'A37 each change of a key is one event with who, when, before and after; hostile names are text',
    async () => {
      await rig.open(page, `/activity/audit?subject=${keyId}`)
      await expect.poll(() => rows().count()).toBe(4)
      const words = await rows().locator('td:nth-child(3)').allTextContents()
      expect(words).toEqual(['Key activated', 'Key deactivated', 'Key changed', 'Key created'])
      expect(await rows().first().textContent()).toContain(name)
      await page.getByRole('button', { name: 'Key changed' }).click()
      await dialog().getByRole('table', { name: 'What changed' }).waitFor()
      const text = await dialog().textContent()
      expect(text).toContain('"for the release"')
      expect(text).toContain('["prod"]')
      expect(text).toContain('127.0.0.1')
      expect(text).toMatch(/req_/)
      expect(await page.locator('img[src="x"]').count()).toBe(0)
      // What is open stands in the address, and is found again when the list is another one.
      await page.reload()
      await dialog().getByRole('table', { name: 'What changed' }).waitFor()
      await dialog().getByRole('button', { name: 'Done' }).click()
    },
    patience,
  )

  test(
    'A37 the log is filtered by what, by whom and from where, and the filters stand in the address',
    async () => {
      await rig.open(page, '/activity/audit')
      await page.getByLabel('What', { exact: true }).first().click()
      await page.getByLabel('What', { exact: true }).first().fill('Key deact')
      await page.getByRole('option', { name: 'Key deactivated' }).click()
      await page.waitForURL(/action=key\.suspended/)
      await expect.poll(() => rows().count()).toBe(1)
      await rig.open(page, '/activity/audit?address=203.0.113.9')
      await page.getByText('Nothing fits these filters.').waitFor()
    },
    patience,
  )

  test(
    'M13 the browser verifies what control has, and a file in which a line was changed is found',
    async () => {
      await rig.open(page, '/activity/audit')
      await verify()
      await press()
      await dialog()
        .getByText(/^Verified: \d+ events$/)
        .waitFor({ timeout: 30_000 })
      await dialog().getByText('Nothing was changed, dropped, reordered or cut off.').waitFor()
      const saved = page.waitForEvent('download')
      await dialog().getByRole('button', { name: 'Save this result' }).click()
      const result = JSON.parse(await readFile(await (await saved).path(), 'utf8'))
      expect(result).toMatchObject({ verified: true, head: { hash: expect.stringMatching(/^[0-9a-f]{64}$/) } })

      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: 'Export' }).click()
      const exported = page.waitForEvent('download')
      await page.getByRole('menuitem', { name: /Everything/ }).click()
      const text = await readFile(await (await exported).path(), 'utf8')
      const lines = text.trim().split('\n')
      const at = lines.findIndex((line) => line.includes('key.suspended'))
      const { seq } = JSON.parse(lines[at] ?? '{}')
      const tampered = lines.with(at, (lines[at] ?? '').replace('key.suspended', 'key.updated')).join('\n')
      const file = join(rig.product.dataDir, 'tampered.ndjson')
      await writeFile(file, `${tampered}\n`)
      await verify()
      await dialog().getByLabel('An export in a file').check()
      const chooser = page.waitForEvent('filechooser')
      await dialog()
        .getByRole('button', { name: /Export \(NDJSON/ })
        .click()
      await (await chooser).setFiles(file)
      await press()
      await dialog().getByText(`Not verified: event ${seq}`).waitFor()
      await dialog().getByText('This event, its number or its hash is not the one that was sealed.').waitFor()
    },
    patience,
  )

  test(
    'M13 checkpoints are listed and can be kept',
    async () => {
      await rig.open(page, '/activity/audit?tab=checkpoints')
      await settled(page)
      await page.getByText(/Signed statements of how far the log had come/).waitFor()
    },
    patience,
  )

  test(
    'who may not read the log is not offered it; nothing of this has complained',
    async () => {
      const member = await rig.visit({ role: 'member' })
      expect(await member.getByRole('link', { name: 'Audit log' }).count()).toBe(0)
      expect(rig.complaints).toEqual([])
    },
    patience,
  )
})
