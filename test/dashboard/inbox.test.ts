import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'

/** A test is many calls of a browser on a machine that others use as well. */
const patience = 120_000

/** What somebody is told, and how, in real Chromium against the whole product. */
describe.skipIf(chromium === null)('notices', () => {
  let rig: Rig
  let page: Page
  beforeAll(async () => {
    rig = await startDashboard()
    await rig.emailOf('owner')
    await rig.done('POST /servers', {
      slug: 'wiki',
      name: 'Wiki',
      transport: { type: 'http', url: 'http://127.0.0.1:9/' },
    })
    const { key } = await rig.done('POST /keys', { name: 'release', mcp: { enabled: true, servers: { mode: 'none' } } })
    for (const reason of ['<i>first</i>', 'second'])
      await rig.product
        .rest('POST', '/access-requests', { key: key.id, server: 'wiki', reason })
        .then(
          async ({ body }) =>
            reason === 'second' || rig.done(`POST /access-requests/${body.accessRequest.id}/withdraw`),
        )
    page = await rig.visit({ role: 'owner' })
  })
  afterAll(async () => {
    await rig?.stop()
  })
  const notices = () => page.getByRole('list', { name: 'Notices' }).getByRole('listitem')

  test(
    'D27 what was told is listed with the way to it, and read one by one or all at once',
    async () => {
      await expect
        .poll(
          async () => {
            await rig.open(page, '/inbox')
            return notices().count()
          },
          { timeout: 60_000, interval: 1_000 },
        )
        .toBeGreaterThanOrEqual(1)
      expect(
        await notices()
          .allTextContents()
          .then((texts) => texts.join()),
      ).toContain('<i>first</i>')
      const unread = await notices().count()
      await page
        .getByRole('button', { name: /^Mark as read: Access is asked for/ })
        .first()
        .click()
      await expect.poll(() => page.getByRole('button', { name: /^Mark as read:/ }).count()).toBe(unread - 1)
      await rig.open(page, '/inbox?show=unread')
      const all = page.getByRole('button', { name: 'Mark all as read' })
      if (unread > 1) await all.click()
      await page.getByRole('heading', { name: 'Everything is read' }).waitFor()
      await page.getByRole('button', { name: 'Show all' }).click()
      await page
        .getByRole('link', { name: /^Look at it/ })
        .first()
        .click()
      await page.waitForURL(/\/people\/access-requests/)
    },
    patience,
  )

  test(
    'how somebody is told by mail is chosen, and kept',
    async () => {
      await rig.open(page, '/inbox?tab=mail')
      await page.getByRole('radio', { name: /^Once a day/ }).check()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('Saved.').waitFor()
      await page.reload()
      await settled(page)
      await expect.poll(() => page.getByRole('radio', { name: /^Once a day/ }).isChecked()).toBe(true)
      expect(rig.complaints).toEqual([])
    },
    patience,
  )
})
