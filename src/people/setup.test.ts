import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { peopleRoutes } from './routes.ts'
import { offerSetup } from './setup.ts'

type WithToken = {
  managementToken: { id: string; member: string; scopes: string[]; revokedAt: string | null }
  secret: string
}

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
})
