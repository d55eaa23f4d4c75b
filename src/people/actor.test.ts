import { randomBytes } from 'node:crypto'
import { beforeAll, expect, test } from 'vitest'
import { bootstrapToken, callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { mint } from '../keys/token.ts'
import { peopleRoutes } from './routes.ts'

type WithToken = {
  managementToken: { id: string; member: string; scopes: string[]; revokedAt: string | null }
  secret: string
}

onEachStore('signing in', (open) => {
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

  test('the bootstrap token is the first owner and operator, and whoever misses it by a letter is nobody', async () => {
    const actor = granted(await ring.prove(`bearer ${bootstrapToken.reveal()}`))
    expect(actor).toMatchObject({ kind: 'bootstrap', memberId: ring.first.owner.id, operator: true, scopes: ['*'] })
    const asSentInUtf8 = Buffer.from(bootstrapToken.reveal()).toString('latin1')
    expect(codeOf(await ring.prove(`Bearer ${asSentInUtf8}`))).toBeNull()
    expect(codeOf(await ring.prove(`Bearer ${bootstrapToken.reveal()}x`))).toBe('not_signed_in')
    expect(codeOf(await ring.prove(`Bearer ${bootstrapToken.reveal().slice(1)}`))).toBe('not_signed_in')
  })

  test('without a valid management token nobody is signed in', async () => {
    const { secret } = await made(ring.owner)
    const stranger = mint('a', randomBytes).secret.reveal()
    const guessed = mint('a', randomBytes, secret.slice(5, 21)).secret.reveal()
    const refused = [null, '', 'Bearer', 'Bearer ', `Basic ${secret}`, secret, `Bearer ${secret}x`]
    for (const header of [...refused, `Bearer ${stranger}`, `Bearer ${guessed}`]) {
      expect(codeOf(await ring.prove(header)), String(header)).toBe('not_signed_in')
    }
    expect(codeOf(await ring.prove(`Bearer ${secret}`))).toBeNull()
  })

  test('a key for gateways is told apart on control, whatever kind it is', async () => {
    for (const kind of ['k', 'u', 'g'] as const) {
      expect(codeOf(await ring.prove(`Bearer ${mint(kind, randomBytes).secret.reveal()}`))).toBe('key_kind')
    }
    expect(codeOf(await ring.prove('Bearer oste_a.b.c'))).toBe('key_kind')
  })

  test('a management token ends at its expiry, and at once when it is revoked', async () => {
    const expiresAt = new Date(ring.clock.now() + 1000).toISOString()
    const [short, long] = [await made(ring.owner, { expiresAt }), await made(ring.owner)]
    expect(codeOf(await ring.prove(`Bearer ${short.secret}`))).toBeNull()
    ring.clock.forward(1000)
    expect(codeOf(await ring.prove(`Bearer ${short.secret}`))).toBe('not_signed_in')
    const { id } = long.managementToken
    expect(codeOf(await ring.prove(`Bearer ${long.secret}`))).toBeNull()
    const revoked = await call(ring.owner, 'DELETE /management-tokens/:id', { params: { id } })
    expect(granted(revoked)).toMatchObject({ managementToken: { revokedAt: expect.any(String) } })
    expect(codeOf(await ring.prove(`Bearer ${long.secret}`))).toBe('not_signed_in')
    expect(granted(await call(ring.owner, 'DELETE /management-tokens/:id', { params: { id } }))).toEqual(
      granted(revoked),
    )
    expect((await audited('management-token.revoked')).map((event) => event.subject_id)).toEqual([id])
  })

  test('everybody may ask who he is', async () => {
    const auditor = await ring.addMember('auditor')
    expect(granted(await call(auditor, 'GET /me'))).toMatchObject({
      kind: 'member',
      member: { id: auditor.memberId, role: 'auditor' },
      organization: { id: ring.first.organizationId, slug: 'default' },
      operator: false,
    })
  })

  test('the bootstrap token stands for an owner who is there, also when the first one has left', async () => {
    const boss = await ring.addMember('owner')
    const bootstrap = async () => granted(await ring.prove(`Bearer ${bootstrapToken.reveal()}`))
    const id = ring.first.owner.id
    granted(
      await call({ ...boss, operator: true }, 'PATCH /members/:id', {
        params: { id: boss.memberId },
        body: { operator: true },
      }),
    )
    granted(await call(await bootstrap(), 'PATCH /members/:id', { params: { id }, body: { name: 'Renamed' } }))
    expect(await bootstrap()).toMatchObject({ memberId: id, name: 'Renamed' })
    granted(await call({ ...boss, operator: true }, 'DELETE /members/:id', { params: { id } }))
    expect(await bootstrap()).toMatchObject({
      kind: 'bootstrap',
      memberId: boss.memberId,
      role: 'owner',
      operator: true,
    })
  })
})
