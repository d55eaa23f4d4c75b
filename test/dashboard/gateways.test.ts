import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGatewayApart } from '../gateway-apart.ts'
import { chromium, type Rig, startDashboard } from './rig.ts'

/** The fleet in the dashboard, with a gateway in a process of its own. */
describe.skipIf(chromium === null)('the screen about gateways', () => {
  let rig: Rig
  let page: Page
  const cleanUp: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    rig = await startDashboard()
    cleanUp.push(rig.stop)
    page = await rig.visit()
  })
  afterAll(async () => {
    for (const end of cleanUp.toReversed()) await end()
  })

  const place = '/configuration/gateways'
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const dialog = () => page.getByRole('dialog')
  const row = (name: string) => page.getByRole('row', { name: new RegExp(name) })

  test('the gateway of serve is online, in step, and says its version and position', async () => {
    await rig.open(page, place)
    await row('embedded').getByText('Online', { exact: true }).waitFor()
    await row('embedded').getByText('In step', { exact: true }).waitFor()
    await page.getByText('1 of 1 online').waitFor()
    const { items } = await rig.done('GET /gateways')
    const text = await row('embedded').textContent()
    expect(text).toContain(items[0].version)
    expect(text).toContain(rig.product.gatewayUrl)
    await page.getByRole('button', { name: 'embedded', exact: true }).click()
    await dialog().getByText(items[0].id).waitFor()
    await dialog().getByText(rig.product.gatewayUrl).waitFor()
    await press('Close')
  }, 60_000)

  test('an enrolment token is shown once, and whoever has not copied it is asked before it is gone', async () => {
    await rig.open(page, place)
    await press('Enrol gateway')
    await dialog().getByRole('textbox', { name: 'Name' }).fill('paris')
    await press('Make its token')
    const token = (await dialog().getByRole('region', { name: 'Enrolment token' }).innerText()).trim()
    expect(token).toMatch(/^ostg_/)
    await page.keyboard.press('Escape')
    await press('Done')
    await dialog().getByText('Close without copying the token?').waitFor()
    await press('Go back to the token')
    await dialog().getByRole('button', { name: 'Copy', exact: true }).first().click()
    await expect.poll(() => page.evaluate('navigator.clipboard.readText()')).toBe(token)
    await press('Done')
    await dialog().waitFor({ state: 'detached' })
    const left = await page.evaluate(
      `JSON.stringify([location.href, history.state, { ...localStorage }, { ...sessionStorage }]) + document.documentElement.outerHTML`,
    )
    expect(left).not.toContain(token)
    await row('paris').getByText('Offline', { exact: true }).waitFor()
    // Neither its version nor its address is known before it has reported.
    expect(await row('paris').getByText('Not known', { exact: true }).count()).toBe(4)
    await page.getByText('1 of 2 online').waitFor()
  }, 60_000)

  test('the gateway that belongs to serve is not revoked, and it is said why', async () => {
    await rig.open(page, place)
    await page.getByRole('button', { name: 'More for embedded' }).click()
    await page.getByRole('menuitem', { name: 'Revoke' }).click()
    await dialog()
      .getByText(/No other gateway is online/)
      .waitFor()
    await press('Revoke')
    await dialog().getByText('This gateway belongs to ostiary serve and goes with it.').waitFor()
    await press('Cancel')
    await row('embedded').getByText('Online', { exact: true }).waitFor()
  }, 60_000)

  test('M1 a gateway apart appears by itself, and once revoked it is cut off on every gateway and gone', async () => {
    const make = async (path: string, body?: object) => rig.done(`POST ${path}`, body)
    const apart = await startGatewayApart({ make, product: rig.product }, 'frankfurt')
    cleanUp.push(apart.stop)
    await rig.open(page, place)
    await row('frankfurt').getByText('Online', { exact: true }).waitFor({ timeout: 30_000 })
    await page.getByRole('button', { name: 'More for frankfurt' }).click()
    await page.getByRole('menuitem', { name: 'Revoke' }).click()
    await dialog().getByText("Are you sure you want to revoke 'frankfurt'? This action cannot be undone.").waitFor()
    await dialog()
      .getByText(/open calls and streams over it end/)
      .waitFor()
    await press('Revoke')
    await dialog().getByText('frankfurt is revoked').waitFor()
    await press('Done')
    await row('frankfurt').waitFor({ state: 'detached' })
    await expect.poll(async () => (await fetch(`${apart.url}/readyz`)).status, { timeout: 30_000 }).toBe(503)
  }, 150_000)

  test('an auditor sees the fleet and is offered no change of it', async () => {
    const auditor = await rig.visit({ role: 'auditor' })
    await rig.open(auditor, `${place}?enrol=yes`)
    await auditor.getByRole('row', { name: /embedded/ }).waitFor()
    expect(await auditor.getByRole('dialog').count()).toBe(0)
    expect(await auditor.getByRole('button', { name: 'Enrol gateway' }).count()).toBe(0)
    await auditor.getByRole('button', { name: 'More for embedded' }).click()
    await auditor.getByRole('menuitem', { name: 'Details' }).waitFor()
    expect(await auditor.getByRole('menuitem', { name: 'Revoke' }).count()).toBe(0)
    await auditor.context().close()
  }, 60_000)

  test('nothing of it made the browser complain', () => {
    expect(rig.complaints).toEqual([])
  })
})
