import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { createVisitors, givePassword } from '../../test/visitors.ts'
import type { Database } from '../db/database.ts'
import { foundOrganization } from './organizations/found.ts'
import { peopleRoutes } from './routes.ts'
import { offerSetup } from './setup.ts'

type WithToken = {
  managementToken: { id: string; member: string; scopes: string[]; revokedAt: string | null }
  secret: string
}

const password = 'a quite long sentence'

onEachStore('setup codes', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const make = async (actor: Keyring['owner'], body: object) =>
    (await call(actor, 'POST /management-tokens', { body })) as { ok: true; value: WithToken }
  const made = async (actor: Keyring['owner'], body: object = {}) =>
    granted(await make(actor, { name: 'ci', scopes: ['*'], ...body }))
  const audited = (action: string) =>
    database.system.read((db) => db.selectFrom('audit_events').selectAll().where('action', '=', action).execute())

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(peopleRoutes(ring.peopleDeps))
  })

  test('a setup code gives the first owner one management token, once', async () => {
    const code = (await offerSetup(ring.peopleDeps)(ring.first))?.reveal() ?? ''
    expect(code).toMatch(/^[0-9A-Za-z]{43}$/)
    const redeem = () => call(ring.owner, 'POST /setup', { body: { code } })
    const answers = await Promise.all([redeem(), redeem(), redeem()])
    expect(answers.map(codeOf).sort()).toEqual([null, 'not_found', 'not_found'].sort())
    expect(codeOf(await redeem())).toBe('not_found')
    const token = granted(answers.find(({ ok }) => ok) ?? (await redeem())) as WithToken
    expect(token.managementToken).toMatchObject({ member: ring.first.owner.id, scopes: ['*'] })
    expect(granted(await ring.prove(`Bearer ${token.secret}`))).toMatchObject({ role: 'owner', operator: true })
    expect(await audited('setup.completed')).toHaveLength(1)
    expect(await offerSetup(ring.peopleDeps)(ring.first)).toBeNull()
  })

  test('G1 the database holds neither setup codes nor secrets', async () => {
    const { secret } = await made(ring.owner)
    const rows = await database.system.read(async (db) => ({
      tokens: await db.selectFrom('management_tokens').selectAll().execute(),
      events: await db.selectFrom('audit_events').selectAll().execute(),
      codes: await db.selectFrom('setup_codes').selectAll().execute(),
    }))
    expect(JSON.stringify(rows)).not.toContain(secret.slice(22, 65))
    expect(rows.codes[0]?.code_hash).toMatch(/^[0-9a-f]{64}$/)
  })

  test('a setup code ends after 30 minutes, and when a newer one is made', async () => {
    const fresh = await createKeyring(await open())
    const callFresh = callRoute(peopleRoutes(fresh.peopleDeps))
    const offer = async () => (await offerSetup(fresh.peopleDeps)(fresh.first))?.reveal() ?? ''
    const redeem = async (code: string) => codeOf(await callFresh(fresh.owner, 'POST /setup', { body: { code } }))
    const [first, second] = [await offer(), await offer()]
    expect(await redeem(first)).toBe('not_found')
    fresh.clock.forward(30 * 60_000)
    expect(await redeem(second)).toBe('not_found')
    const third = await offer()
    fresh.clock.forward(30 * 60_000 - 1)
    expect(await redeem(third)).toBeNull()
  })

  /** A new organization's owner with his link: setup in an organization that has none yet. */
  const invited = async (slug: string, owner: { email: string; name: string }) => {
    const charter = { slug, name: slug, isDefault: false, owner: { ...owner, isOperator: false }, at: ring.clock.now() }
    const founded = await database.system.transaction((db) => foundOrganization(db, ring.peopleDeps, charter))
    return { code: (await offerSetup(ring.peopleDeps)(founded))?.reveal() ?? '', ...founded }
  }

  test('with address and password the first owner is signed in, and signs in with them from then on', async () => {
    const visitors = createVisitors(ring, database)
    const { code, owner, organizationId } = await invited('with-password', { email: '', name: 'First owner' })
    const browser = visitors.visitor()
    const input = { code, email: 'Grace@Example.com', name: 'Grace Hopper', password }
    const told = await browser.ask('POST /setup', input)
    expect(told.status).toBe(201)
    expect(told.body).toMatchObject({
      managementToken: { member: owner.id, scopes: ['*'] },
      session: { method: 'setup', current: true },
      member: { id: owner.id, email: 'grace@example.com', name: 'Grace Hopper', role: 'owner' },
      organization: { slug: 'with-password' },
      secondFactor: 'not-asked',
    })
    expect((await browser.ask('GET /me')).body.member.name).toBe('Grace Hopper')
    expect(granted(await ring.prove(`Bearer ${told.body.secret}`))).toMatchObject({ memberId: owner.id })
    const later = await visitors.visitor().signIn('grace@example.com', password)
    expect(later.body.member.id).toBe(owner.id)
    const events = await database.system.read((db) =>
      db.selectFrom('audit_events').select(['action']).where('organization_id', '=', organizationId).execute(),
    )
    expect(events.map(({ action }) => action).sort()).toEqual(
      [
        ...['management-token.created', 'member.updated', 'password.set'],
        ...['session.created', 'session.created', 'setup.completed'],
      ].sort(),
    )
    expect((await visitors.visitor().ask('POST /setup', input)).code).toBe('not_found')
  })

  test('whoever has an address needs none, and what is wrong with a password leaves the link as it was', async () => {
    const visitors = createVisitors(ring, database)
    const { code } = await invited('with-address', { email: 'mary@example.com', name: 'Mary' })
    const ask = (input: object) => visitors.visitor().ask('POST /setup', { code, ...input })
    const wrong: [object, string][] = [
      [{ email: 'mary@example.com' }, '/email'],
      [{ name: 'Mary' }, '/name'],
      [{ password: 'short' }, '/password'],
      [{ password: 'Mary@example.com' }, '/password'],
      [{ password: 'Jackson Mary J', name: 'Jackson Mary J' }, '/password'],
      [{ password, email: 'no address' }, '/email'],
    ]
    for (const [input, pointer] of wrong) {
      const told = await ask(input)
      expect([told.status, told.body.errors?.[0]?.pointer, told.setCookie], pointer).toEqual([422, pointer, null])
    }
    const told = await ask({ password })
    expect(told.body.member).toMatchObject({ email: 'mary@example.com', name: 'Mary' })
    const nameless = await invited('nameless', { email: '', name: 'First owner' })
    const missing = await visitors.visitor().ask('POST /setup', { code: nameless.code, password })
    expect(missing.body.errors).toEqual([{ pointer: '/email', detail: expect.any(String) }])
  })

  test('whoever had come in before with another password is out', async () => {
    const visitors = createVisitors(ring, database)
    const { code, owner, organizationId } = await invited('came-before', { email: 'jean@example.com', name: 'Jean' })
    const email = await givePassword(ring, database, { organizationId, memberId: owner.id }, 'some other long sentence')
    const before = visitors.visitor()
    expect((await before.signIn(email, 'some other long sentence')).status).toBe(201)
    const browser = visitors.visitor()
    expect((await browser.ask('POST /setup', { code, password })).status).toBe(201)
    expect([(await before.ask('GET /me')).status, (await browser.ask('GET /me')).status]).toEqual([401, 200])
  })

  test('an address that another member has is not taken over, and the code works on', async () => {
    const visitors = createVisitors(ring, database)
    const { code, organizationId } = await invited('two-people', { email: '', name: 'First owner' })
    const other = await ring.addMember('admin', organizationId)
    const email = await givePassword(ring, database, other, password)
    const ask = (address: string) => visitors.visitor().ask('POST /setup', { code, email: address, password })
    expect((await ask(email)).body.errors).toEqual([{ pointer: '/email', detail: 'is a member already' }])
    expect((await ask('somebody.else@example.com')).status).toBe(201)
  })
})
