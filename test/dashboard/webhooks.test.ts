import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { answering, type Receiver, startReceiver, verified } from '../receivers.ts'
import { chromium, type Rig, startDashboard } from './rig.ts'

/** A test is many calls of a browser on a machine that others use as well. */
const patience = 120_000

/** Webhooks as somebody sets them up, with a real receiver behind them. */
describe.skipIf(chromium === null)('webhooks', () => {
  let rig: Rig
  let page: Page
  let receiver: Receiver
  let secret = ''
  beforeAll(async () => {
    rig = await startDashboard()
    receiver = await startReceiver()
    page = await rig.visit({ role: 'owner' })
  })
  afterAll(async () => {
    await rig?.stop()
    await receiver?.close()
  })
  const dialog = () => page.getByRole('dialog')
  /** All that a page keeps: address, history, storage, what is drawn. */
  const kept = (): Promise<string> =>
    page.evaluate(
      `JSON.stringify([location.href, history.state, {...localStorage}, {...sessionStorage}, document.documentElement.outerHTML])`,
    )

  test(
    'E44 a webhook is added; its signing secret is shown once, and then the page holds it no more',
    async () => {
      await rig.open(page, '/settings/webhooks')
      await page.getByText('No webhook yet').waitFor()
      await page.getByRole('button', { name: 'Add webhook' }).first().click()
      await dialog().getByLabel('Address').fill('ftp://nowhere')
      await dialog().getByRole('button', { name: 'Add webhook' }).click()
      await dialog().getByRole('alert').first().waitFor()
      await dialog().getByLabel('Address').fill(receiver.url)
      await dialog().getByLabel('Name').fill('My receiver')
      await dialog().getByRole('button', { name: 'Add webhook' }).click()
      const block = dialog().getByRole('region', { name: 'Signing secret of My receiver' })
      secret = ((await block.textContent()) ?? '').trim()
      expect(secret).toMatch(/^whsec_/)
      await page.keyboard.press('Escape')
      // Esc does not close it, and leaving it uncopied is asked for once.
      await dialog().getByRole('button', { name: 'Done' }).click()
      await dialog().getByText('You have not copied the secret').waitFor()
      await dialog().getByRole('button', { name: 'Back to the secret' }).click()
      await dialog().getByRole('button', { name: 'Copy', exact: true }).first().click()
      expect(await page.evaluate('navigator.clipboard.readText()')).toBe(secret)
      await dialog().getByRole('button', { name: 'Done' }).click()
      await page.waitForURL(/\/settings\/webhooks\/whk_/)
      await page.getByRole('heading', { name: 'My receiver' }).waitFor()
      expect(await kept()).not.toContain(secret)
    },
    patience,
  )

  test(
    'E44 a test arrives signed, and events are delivered and listed',
    async () => {
      await page.getByRole('button', { name: 'Send a test' }).click()
      await page.getByText('The test has arrived').waitFor()
      const [first] = await receiver.count(1)
      expect(first?.type).toBe('webhook.test')
      if (first) verified(secret, first)
      await rig.done('POST /keys', { name: 'heard of' })
      await receiver.count(2)
      await page.reload()
      const row = page.getByRole('row').filter({ hasText: 'Key created' })
      await row.getByText('Delivered').waitFor()
    },
    patience,
  )

  test(
    'E44 one that was delivered is sent again, under the same id',
    async () => {
      const before = receiver.got.length
      await page.getByRole('button', { name: 'Send Key created again' }).click()
      await page.getByText('1 event is sent again.').waitFor()
      await receiver.count(before + 1, 30_000)
      const ids = receiver.got.filter(({ type }) => type === 'key.created').map(({ id }) => id)
      expect(new Set(ids).size).toBe(1)
    },
    patience,
  )

  test(
    'a receiver that refuses is said to fail; the webhook is changed and deleted',
    async () => {
      receiver.reply(answering(503))
      await page.getByRole('button', { name: 'Send a test' }).click()
      await page.getByText('The test did not arrive').waitFor()
      await page.getByText('The receiver answered 503.').waitFor()
      await page.getByRole('button', { name: 'Edit' }).click()
      await dialog().getByLabel('Everything, also what a later version adds').check()
      await dialog().getByRole('button', { name: 'Save' }).click()
      await page.getByText('Webhook saved.').waitFor()
      const { items } = await rig.done('GET /webhooks')
      expect(items[0]).toMatchObject({ name: 'My receiver', events: ['*'] })
      await page.getByRole('button', { name: 'Delete webhook' }).click()
      await dialog().getByText("Are you sure you want to delete 'My receiver'? This action cannot be undone.").waitFor()
      await dialog().getByRole('button', { name: 'Delete webhook' }).click()
      await page.waitForURL(/\/settings\/webhooks$/)
      expect((await rig.done('GET /webhooks')).items).toEqual([])
      await rig.open(page, '/settings/webhooks/whk_0000000000000000')
      await page.getByRole('heading', { name: 'There is no such webhook' }).first().waitFor()
      expect(rig.complaints).toEqual([])
    },
    patience,
  )
})
