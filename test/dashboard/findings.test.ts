import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromium, type Rig, startDashboard } from './rig.ts'

/** A test is many calls of a browser on a machine that others use as well. */
const patience = 120_000

/** Findings on keys and what settles them, in real Chromium against the whole product. */
describe.skipIf(chromium === null)('key safety', () => {
  let rig: Rig
  let page: Page
  const names = ['<b>first</b>', 'second', 'third'] as const
  const ids: string[] = []
  beforeAll(async () => {
    rig = await startDashboard()
    page = await rig.visit({ role: 'owner' })
  })
  afterAll(async () => {
    await rig?.stop()
  })
  const dialog = () => page.getByRole('dialog')
  const kind = (name: RegExp) =>
    page.getByRole('navigation', { name: 'Kinds of findings' }).getByRole('button', { name })

  test(
    'where there is nothing to do, the page says so',
    async () => {
      await rig.open(page, '/activity/key-safety')
      await page.getByRole('heading', { name: 'Nothing to do' }).waitFor()
    },
    patience,
  )

  test(
    'A32 findings are grouped by kind, with what was seen of each key and its fix',
    async () => {
      for (const name of names) {
        const { key } = await rig.done('POST /keys', { name, mcp: { enabled: true, servers: { mode: 'all' } } })
        ids.push(key.id)
      }
      await rig.open(page, '/activity/key-safety')
      await kind(/It may call every server 3/).waitFor()
      await kind(/It never expires 3/).click()
      await page
        .getByRole('row')
        .filter({ hasText: '<b>first</b>' })
        .getByText(/ends only when somebody ends it/)
        .waitFor()
      expect(page.url()).toContain('kind=never_expires')
    },
    patience,
  )

  test(
    'one finding is fixed by its button, and is not there any more',
    async () => {
      await page.getByRole('button', { name: 'Let it expire: second' }).click()
      await dialog().getByText('They expire in 90 days, counted from now.').waitFor()
      await dialog().getByRole('button', { name: 'Let it expire' }).click()
      await dialog().getByText('1 key is fixed.').waitFor()
      await dialog().getByRole('button', { name: 'Done' }).click()
      await kind(/It never expires 2/).waitFor()
      const { key } = await rig.done(`GET /keys/${ids[1]}`)
      expect(Date.parse(key.expiresAt)).toBeGreaterThan(Date.now() + 89 * 86_400_000)
    },
    patience,
  )

  test(
    'A32 many are fixed at once; what one key is refused does not stop the others',
    async () => {
      await kind(/It has no limit and no budget 3/).click()
      await page.getByLabel('Select every row of this page').check()
      await page.getByText('3 keys chosen').waitFor()
      await page.getByRole('button', { name: 'Limit to 600 a minute', exact: true }).click()
      await rig.done(`DELETE /keys/${ids[2]}`)
      await dialog().getByRole('button', { name: 'Limit to 600 a minute' }).click()
      await dialog().getByText('2 keys are fixed.').waitFor()
      await dialog()
        .getByText(/^third: /)
        .waitFor()
      await dialog().getByRole('button', { name: 'Done' }).click()
      const { key } = await rig.done(`GET /keys/${ids[0]}`)
      expect(key.limits).toMatchObject({ requestsPerMinute: 600 })
    },
    patience,
  )

  test(
    'what is fixed key by key stops after the call under way when somebody says so, and tells how far it came',
    async () => {
      for (const name of ['fourth', 'fifth']) await rig.done('POST /keys', { name })
      await rig.open(page, '/activity/key-safety?kind=never_expires')
      await page.getByLabel('Select every row of this page').check()
      const chosen = await page.getByText(/keys chosen/).innerText()
      const all = Number.parseInt(chosen, 10)
      expect(all).toBeGreaterThanOrEqual(3)
      const [asked, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      let calls = 0
      await page.route(/\/api\/v1\/keys\/key_[^/]+$/, async (route) => {
        if (route.request().method() !== 'PATCH') return route.continue()
        calls += 1
        if (calls === 2) {
          asked.resolve()
          await go.promise
        }
        await route.continue()
      })
      await page.getByRole('button', { name: 'Let it expire', exact: true }).click()
      await dialog().getByRole('button', { name: 'Let it expire' }).click()
      await asked.promise
      await dialog().getByText(`1 of ${all} done`).waitFor()
      await dialog().getByRole('button', { name: 'Stop' }).click()
      await dialog().getByText('It stops after the key whose turn it is.').waitFor()
      go.resolve()
      await dialog().getByText('2 keys are fixed.').waitFor()
      await dialog()
        .getByText(`Stopped before ${all - 2} more`)
        .waitFor()
      expect(calls).toBe(2)
      await dialog().getByRole('button', { name: 'Done' }).click()
      await kind(new RegExp(`It never expires ${all - 2}`)).waitFor()
    },
    patience,
  )

  test(
    'whoever may not change keys is offered no fix',
    async () => {
      const auditor = await rig.visit({ role: 'auditor' })
      await rig.open(auditor, '/activity/key-safety?kind=never_expires')
      await auditor.getByText('Your role may read findings, but not change keys.').waitFor()
      expect(await auditor.getByRole('button', { name: /Let it expire:/ }).count()).toBe(0)
      expect(rig.complaints).toEqual([])
    },
    patience,
  )
})
