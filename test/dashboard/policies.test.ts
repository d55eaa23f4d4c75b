import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '../product.ts'
import { chromium, type Rig, settled, startDashboard } from './rig.ts'
import { found, overflowOf, strayTexts } from './screens-rig.ts'

/** Policies as owners change them: what they touch is seen first, and each refusal stands at its field. */
describe.skipIf(chromium === null)('policies', () => {
  let rig: Rig
  let page: Page

  beforeAll(async () => {
    rig = await startDashboard()
    await rig.done('POST /projects', { slug: 'shop', name: 'Shop', tier: 'production' })
    await rig.done('POST /keys', { name: 'Forever', mcp: { servers: { mode: 'all' } } })
    await rig.done('POST /keys', { name: 'Shop robot', projects: ['shop'], mcp: { servers: { mode: 'all' } } })
    page = await rig.visit({ role: 'owner' })
  })
  afterAll(async () => {
    await rig?.stop()
  })

  const now = async (): Promise<Json> => (await rig.done('GET /policies')).policies
  const press = (name: string, within: Page | Locator = page) =>
    within.getByRole('button', { name, exact: true }).first().click()
  const choose = async (label: string, option: string) => {
    await page.getByRole('combobox', { name: label, exact: true }).click()
    await page.getByRole('option', { name: option, exact: true }).click()
  }
  const review = () => page.getByRole('dialog', { name: 'What this touches' })

  test('nothing is changed until the keys that it touches have been listed', async () => {
    await rig.open(page, '/settings/policies')
    await choose('A key may live at most', '90 days')
    await page.getByText('1 policy is changed and not saved.').waitFor()
    await press('See what this touches')
    await review().getByRole('link', { name: 'Forever' }).waitFor()
    await review()
      .getByText(/2 keys are not as these policies say/)
      .waitFor()
    expect(await found(page)).toEqual([])
    expect((await now()).maxExpiresIn).toBe('never')
    await press('Save policies', review())
    await review().waitFor({ state: 'detached' })
    await page.getByText(/on 1\/1 gateway/).waitFor()
    expect((await now()).maxExpiresIn).toBe('90d')
    expect(await page.getByText(/changed and not saved/).count()).toBe(0)
  }, 120_000)

  test('policies that nobody could satisfy are refused at their field', async () => {
    await rig.open(page, '/settings/policies')
    await choose('A new key ends after', '1 year')
    await press('See what this touches')
    await page.getByText('a key would end after 1y by default and after 90d at most').first().waitFor()
    const field = page.getByRole('combobox', { name: 'A new key ends after', exact: true })
    expect(await field.getAttribute('aria-invalid')).toBe('true')
    expect((await now()).defaultExpiresIn).toBe('never')
    await press('Discard changes')
    expect(await field.inputValue()).toBe('Never')
  }, 120_000)

  test('an environment has a rule of its own where it is switched on, and the rule of the organization again where it is switched off', async () => {
    await rig.open(page, '/settings/policies?place=production')
    await page.getByRole('switch', { name: 'A rule of its own: URL keys' }).check()
    await choose('URL keys', 'Not allowed')
    await press('See what this touches')
    await review().getByText('It touches no key that is there.').waitFor()
    await press('Save policies', review())
    await review().waitFor({ state: 'detached' })
    expect(await now()).toMatchObject({ urlKeys: 'on', tiers: { production: { urlKeys: 'off' } } })
    await page.getByRole('switch', { name: 'A rule of its own: URL keys' }).uncheck()
    await press('See what this touches')
    await press('Save policies', review())
    await review().waitFor({ state: 'detached' })
    expect((await now()).tiers).toEqual({})
  }, 120_000)

  test('numbers, networks, ceilings, times and roles are changed together, as one change', async () => {
    await rig.open(page, '/settings/policies')
    await page.getByLabel('Calls stay in the log for (days)').fill('14')
    await page
      .getByRole('combobox', { name: 'Private networks that servers may be in' })
      .fill('10.20.0.0/16 10.30.0.0/16 ')
    await page.getByRole('switch', { name: 'Members are bounded' }).press('Space')
    await page.getByLabel('Keys per member').fill('5')
    await page.getByLabel('Budget per month (US dollars)').fill('25.5')
    await page.getByRole('button', { name: 'Add a time' }).press('Enter')
    await page.getByRole('checkbox', { name: 'Auditors' }).press('Space')
    await press('See what this touches')
    await press('Save policies', review())
    await review().waitFor({ state: 'detached' })
    expect(await now()).toMatchObject({
      requestsKeptDays: 14,
      privateNetworks: ['10.20.0.0/16', '10.30.0.0/16'],
      ceilings: { keysPerMember: 5, budgetUsdPerMonth: '25.5' },
      blackouts: [{ days: ['sat', 'sun'], from: '00:00', to: '23:59', zone: 'UTC' }],
      secondFactorRoles: ['auditor'],
    })
  }, 120_000)

  test('what somebody else changes meanwhile stays his: the change is refused as stale, and can be made again', async () => {
    await rig.open(page, '/settings/policies')
    await choose('A key whose secret was found in public', 'Is revoked for good')
    await rig.done('PATCH /policies', { maxAgeDays: 30 })
    await press('See what this touches')
    const again = page.getByText(/Somebody has changed this meanwhile/)
    // The page may have heard of it before: then nothing is stale any more.
    await again.or(review()).first().waitFor()
    if (!(await review().isVisible())) await press('See what this touches')
    await press('Save policies', review())
    await review().waitFor({ state: 'detached' })
    expect(await now()).toMatchObject({ leakAction: 'revoke', maxAgeDays: 30 })
  }, 120_000)

  test('a member reads the policies and is offered no change; the page fits a telephone and its texts come from the catalogue', async () => {
    const his = await rig.visit({ role: 'member', width: 390 })
    await rig.open(his, '/settings/policies')
    await settled(his)
    expect(await his.locator('fieldset.policies').getAttribute('disabled')).not.toBeNull()
    expect(await overflowOf(his)).toBeLessThanOrEqual(1)
    const strange = await rig.visit({ role: 'member', pseudo: true })
    await rig.open(strange, '/settings/policies')
    expect(await strayTexts(strange)).toEqual([])
    const dark = await rig.visit({ role: 'owner', scheme: 'dark' })
    await rig.open(dark, '/settings/policies?place=staging')
    expect(await found(dark)).toEqual([])
    expect(rig.complaints).toEqual([])
  }, 120_000)
})
