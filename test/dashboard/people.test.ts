import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { matrix } from '../../dashboard/people/roles/matrix.data.ts'
import { rightsTable } from '../../src/people/rights.data.ts'
import { chromium, password, type Rig, startDashboard } from './rig.ts'

test('what the page about roles says is what control decides by', () => {
  const said = Object.entries(matrix).flatMap(([resource, { read, write }]) => [
    [`${resource}:read`, read],
    [`${resource}:write`, write],
  ])
  expect(Object.fromEntries(said)).toEqual(rightsTable)
})

vi.setConfig({ testTimeout: 90_000 })
const patience = { timeout: 20_000 }

/** Members, teams, single sign-on and organizations, in real Chromium against the whole product. */
describe.skipIf(chromium === null)('people', () => {
  let rig: Rig
  let page: Page
  beforeAll(async () => {
    rig = await startDashboard()
    await rig.emailOf('member')
    page = await rig.visit({ role: 'owner' })
  })
  afterAll(async () => {
    await rig?.stop()
  })

  const dialog = () => page.getByRole('dialog')
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  const sees = (text: string | RegExp) => page.getByText(text).filter({ visible: true }).first().waitFor()
  const rowOf = (name: string) => page.getByRole('row').filter({ hasText: name })
  const choose = async (name: string, item: string) => {
    await page.getByRole('button', { name: `More for ${name}` }).click()
    await page.getByRole('menuitem', { name: item, exact: true }).click()
  }
  const confirm = (name: string) => dialog().getByRole('button', { name, exact: true }).click()
  /** A star stands behind what is required. */
  const field = (label: string) => dialog().getByLabel(new RegExp(`^${label}( \\*)?$`))
  const gone = () => expect.poll(() => dialog().count(), patience).toBe(0)
  const memberOf = async (email: string) =>
    (await rig.done('GET /members')).items.find((one: { email: string }) => one.email === email)
  /** All that a page keeps. */
  const kept = async () =>
    String(
      await page.evaluate(
        `JSON.stringify([location.href, history.state, {...localStorage}, {...sessionStorage}, document.documentElement.outerHTML])`,
      ),
    )
  /** What is shown once: it is copied, closed, and then nowhere on the page. */
  const takeLink = async (label: string): Promise<string> => {
    const link = ((await dialog().getByRole('region', { name: label }).textContent()) ?? '').trim()
    await page.keyboard.press('Escape')
    expect(await dialog().count()).toBe(1)
    await confirm('Copy the link')
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(link)
    await confirm('Done')
    await gone()
    expect(await kept()).not.toContain(link.slice(link.indexOf('#') + 1))
    return link
  }

  test('somebody is invited by a link that is shown once and lets in the one it is for', async () => {
    await rig.open(page, '/people/members')
    await press('Invite member')
    await dialog().getByLabel('E-mail address').fill('grace@example.com')
    await dialog().getByLabel('Name').fill('Grace <b>Hopper</b>')
    await dialog().getByRole('radio', { name: 'Auditor' }).check()
    await confirm('Invite')
    const link = await takeLink('Invitation link')
    expect(link).toMatch(/\/invitation#/)
    await rowOf('Grace <b>Hopper</b>').getByText('Invited').waitFor()
    expect(await memberOf('grace@example.com')).toMatchObject({ role: 'auditor', status: 'invited' })
    await page.getByRole('tab', { name: 'Invitations' }).click()
    await choose('grace@example.com', 'Make a new link')
    await confirm('Make the link')
    const second = await takeLink('Invitation link')
    expect(second).not.toBe(link)
    await choose('grace@example.com', 'Withdraw')
    await confirm('Withdraw')
    await gone()
    await rowOf('grace@example.com').getByText('Withdrawn').waitFor()
  })

  test('somebody is added with a password, and what is wrong with it is said at its field', async () => {
    await rig.open(page, '/people/members')
    await press('Invite member')
    await dialog().getByLabel('E-mail address').fill('linus@example.com')
    await dialog().getByRole('radio', { name: 'With a password that you choose' }).check()
    await field('Password').fill('short')
    await confirm('Add')
    await dialog().getByRole('alert').waitFor()
    await field('Password').fill(password)
    await confirm('Add')
    await gone()
    await rowOf('linus@example.com').getByText('Active').first().waitFor()
  })

  test('role and name are changed; somebody else meanwhile is said, and nothing is overwritten', async () => {
    await rig.open(page, '/people/members?search=linus')
    await choose('linus@example.com', 'Edit')
    const { id } = await memberOf('linus@example.com')
    await rig.done(`PATCH /members/${id}`, { name: 'Linus Elsewhere' })
    await dialog().getByRole('radio', { name: 'Admin' }).check()
    await confirm('Save')
    await sees('Somebody has changed this meanwhile.')
    expect(await memberOf('linus@example.com')).toMatchObject({ role: 'member', name: 'Linus Elsewhere' })
    await confirm('Cancel')
    await choose('Linus Elsewhere', 'Edit')
    await dialog().getByLabel('Name').fill('Linus Left')
    await confirm('Save')
    await gone()
    await rowOf('Linus Left').waitFor()
  })

  test('a link for a new password is shown once; sessions end; a lost second factor is switched off', async () => {
    await choose('Linus Left', 'Make a link for a new password')
    await confirm('Make the link')
    expect(await takeLink('Link for a new password')).toMatch(/\/reset#/)
    await choose('Linus Left', 'Sign out everywhere')
    await confirm('Sign out everywhere')
    await sees(/\d+ browsers? (is|are) signed out/)
    await choose('Linus Left', 'Switch the second factor off')
    await confirm('Switch the second factor off')
    await expect
      .poll(() => dialog().getByRole('alert').or(page.getByText('is switched off')).count(), patience)
      .toBeGreaterThan(0)
    await page.keyboard.press('Escape')
  })

  test('B31 whoever is deactivated is out at once; what was owned is handed on by links that are shown once', async () => {
    const { id } = await memberOf('linus@example.com')
    const made = await rig.done('POST /keys', {
      name: 'Old laptop',
      owner: { type: 'member', id },
      mcp: { enabled: true, servers: { mode: 'all' } },
    })
    const { team } = await rig.done('POST /teams', { slug: 'builders', name: 'Builders', members: [id] })
    await rig.open(page, `/people/members/${id}`)
    await sees('Old laptop')
    await sees('Keys and apps are handed on once the person is deactivated.')
    await press('Actions')
    await page.getByRole('menuitem', { name: 'Deactivate', exact: true }).click()
    await dialog().getByLabel('Reason').fill('moved on')
    await confirm('Deactivate')
    await sees('1 key is suspended.')
    await dialog().getByRole('link', { name: 'Hand on keys and apps' }).click()
    // The team of the person is proposed; choosing it again changes nothing.
    await dialog().getByRole('combobox', { name: 'Team' }).click()
    await page.getByRole('option', { name: /Builders/ }).click()
    expect(await dialog().getByRole('combobox', { name: 'Team' }).inputValue()).toBe('Builders (builders)')
    await confirm('See what changes')
    await dialog().getByRole('table').getByText('Old laptop').waitFor()
    expect((await rig.done(`GET /keys/${made.key.id}`)).key.owner).toMatchObject({ type: 'member' })
    await confirm('Hand on')
    await sees('Links for the new secrets')
    const link = ((await dialog().locator('code').first().textContent()) ?? '').trim()
    expect(link).toMatch(/\/claim#/)
    await confirm('Copy all links')
    await confirm('Done')
    await gone()
    expect(await kept()).not.toContain(link.slice(link.indexOf('#') + 1))
    expect((await rig.done(`GET /keys/${made.key.id}`)).key.owner).toMatchObject({ type: 'team', id: team.id })
  })

  test('activating and removing ask first; a member who is gone is said to be gone', async () => {
    const { id } = await memberOf('linus@example.com')
    await rig.open(page, `/people/members/${id}`)
    await press('Actions')
    await page.getByRole('menuitem', { name: 'Activate', exact: true }).click()
    await confirm('Activate')
    await gone()
    expect(await memberOf('linus@example.com')).toMatchObject({ status: 'active' })
    await press('Actions')
    await page.getByRole('menuitem', { name: 'Remove', exact: true }).click()
    await sees("Are you sure you want to remove 'Linus Left'? This action cannot be undone.")
    await confirm('Remove')
    await page.waitForURL('**/people/members')
    await rig.open(page, '/people/members/mem_0000000000000000')
    await sees('There is no such member')
  })

  test('a team is made, changed and deleted, and shows who is in it', async () => {
    await rig.open(page, '/people/teams')
    await press('Create team')
    await dialog().getByLabel('Short name').fill('payments')
    await field('Name').fill('Payments')
    await dialog().getByRole('combobox', { name: 'Members' }).click()
    await page.getByRole('option', { name: /Max Member/ }).click()
    await page.keyboard.press('Tab')
    await confirm('Create team')
    await gone()
    await page.getByRole('button', { name: 'Payments', exact: true }).click()
    await dialog().getByRole('link', { name: 'Max Member' }).waitFor()
    expect(page.url()).toContain('team=team_')
    await confirm('Edit')
    await page.getByRole('dialog', { name: 'Edit Payments' }).getByLabel('Name', { exact: true }).fill('Paying')
    await confirm('Save')
    await gone()
    await choose('Paying', 'Delete')
    await sees("Are you sure you want to delete 'Paying'?")
    await confirm('Delete')
    await gone()
    await expect.poll(() => rowOf('Paying').count(), patience).toBe(0)
  })

  test('an identity provider is added: its redirect URI is shown to copy, a test says whether it answers', async () => {
    await rig.open(page, '/people/single-sign-on')
    await page.getByRole('button', { name: 'Add identity provider' }).first().click()
    await dialog().getByLabel('Short name').fill('company')
    await dialog().getByLabel('Issuer').fill('http://127.0.0.1:9/issuer')
    await dialog().getByLabel('Client id').fill('ostiary')
    await dialog().getByLabel('Client secret').fill('a secret of the client')
    await dialog()
      .getByRole('textbox', { name: 'Domains' })
      .or(dialog().getByLabel('Domains'))
      .first()
      .fill('example.com')
    await page.keyboard.press('Tab')
    await confirm('Add')
    await dialog().getByRole('region', { name: 'Redirect URI' }).waitFor()
    expect(await dialog().getByRole('region', { name: 'Redirect URI' }).textContent()).toMatch(/\/idp_/)
    await confirm('It is registered')
    await confirm('Test')
    await sees('It does not work yet')
    await confirm('Done')
    await gone()
    await choose('company', 'Edit')
    await dialog().getByLabel('Claim that holds the groups').fill('groups')
    await confirm('Add a rule')
    await field('Group').fill('it-admins')
    await dialog().getByRole('group', { name: 'Rule 1' }).getByRole('combobox', { name: 'Role' }).click()
    await page.getByRole('option', { name: 'Admin' }).click()
    await confirm('Save')
    await gone()
    const { items } = await rig.done('GET /identity-providers')
    expect(items[0]).toMatchObject({ hasClientSecret: true, groups: [{ group: 'it-admins', role: 'admin' }] })
    expect(await kept()).not.toContain('a secret of the client')
    await choose('company', 'Delete')
    await confirm('Delete')
    await sees('No identity provider yet')
  })

  test('how people sign in and what the organization is called are changed by who may', async () => {
    await rig.open(page, '/settings/organizations')
    await press('Change how people sign in')
    await dialog().getByRole('checkbox', { name: 'Auditor' }).check()
    await dialog().getByLabel('Signed out when idle for (minutes)').fill('60')
    // One row holds both: what is edited next is what the page has read since.
    const fresh = page.waitForResponse((answer) => /\/api\/v1\/organizations\/\w+$/.test(answer.url()))
    await confirm('Save')
    await gone()
    await (await fresh).finished()
    expect((await rig.done('GET /policies')).policies).toMatchObject({
      secondFactorRoles: ['auditor'],
      sessionIdleMinutes: 60,
    })
    await press('Edit')
    await field('Name').fill('Acme')
    await confirm('Save')
    await gone()
    await sees('Acme')
    // An operator of the installation also sees and founds others.
    expect(await page.getByRole('heading', { name: 'All organizations' }).count()).toBe(0)
    const { id } = await memberOf('owner@example.com')
    await rig.done(`PATCH /members/${id}`, { operator: true })
  })

  test('an operator founds an organization: the link of its owner is shown once', async () => {
    page = await rig.visit({ role: 'owner' })
    await rig.open(page, '/settings/organizations')
    await press('Found organization')
    await field('Name').fill('Other')
    await dialog().getByLabel('Short name').fill('other')
    await dialog().getByLabel('E-mail address').fill('olga@example.com')
    await dialog().getByLabel('Name of the owner').fill('Olga')
    await confirm('Found')
    expect(await takeLink('Setup link')).toMatch(/\/setup#/)
    await page.getByRole('table', { name: 'All organizations' }).getByText('Other', { exact: true }).waitFor()
  })

  test('a member is offered nothing that is not for members, and sees what the own role may do', async () => {
    const own = await rig.visit({ role: 'member' })
    await rig.open(own, '/people/roles')
    await own.getByText('Your role', { exact: true }).waitFor()
    const row = own.getByRole('table', { name: 'Who may do what' }).getByRole('row', { name: /^API keys/ })
    expect(await row.getByRole('cell').allTextContents()).toEqual([
      'Changes all',
      'Changes all',
      'Changes own',
      'Sees all',
    ])
    const navigation = own.getByRole('navigation', { name: 'Main' })
    for (const hidden of ['Members', 'Single sign-on']) expect(await navigation.getByText(hidden).count()).toBe(0)
    await rig.open(own, '/people/teams')
    expect(await own.getByRole('button', { name: 'Create team' }).count()).toBe(0)
    await rig.open(own, '/settings/organizations')
    expect(await own.getByRole('button', { name: /Edit|Change|Found/ }).count()).toBe(0)
    expect(rig.complaints).toEqual([])
  })
})
