import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { Actor } from '../people/schema.ts'
import { keyRecord } from './records/store.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'

type Claimable = { key: KeyView; claim: { url: string; expiresAt: string }; secret?: string }

onEachStore('a key for another member', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let people: Record<'ada' | 'admin' | 'chief' | 'auditor', Actor>
  const post = (actor: Actor, owner: Actor, body: object = {}) =>
    call(actor, 'POST /keys', { body: { name: 'for you', owner: { type: 'member', id: owner.memberId }, ...body } })
  const make = async (actor: Actor, owner: Actor, body: object = {}) =>
    granted(await post(actor, owner, body)) as Claimable
  const count = () => database.system.read(async (db) => (await db.selectFrom('keys').select('id').execute()).length)
  const rowsOf = (id: string) =>
    database.system.read(async (db) => ({
      claims: await db.selectFrom('key_claims').selectAll().where('key_id', '=', id).execute(),
      versions: await db.selectFrom('secret_versions').selectAll().where('key_id', '=', id).execute(),
      events: await db.selectFrom('audit_events').selectAll().where('subject_id', '=', id).orderBy('row_id').execute(),
    }))

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(keyRoutes(ring.keyDeps))
    people = {
      ada: await ring.addMember('member'),
      admin: await ring.addMember('admin'),
      chief: await ring.addMember('owner'),
      auditor: await ring.addMember('auditor'),
    }
  })

  test('D61 an admin makes it and sees a link for its owner, never a secret: there is none yet', async () => {
    const { ada, admin } = people
    const made = await make(admin, ada)
    expect(made.secret).toBeUndefined()
    expect(made.key).toMatchObject({ owner: { type: 'member', id: ada.memberId }, secrets: [], status: 'active' })
    const ends = ring.clock.now() + 7 * 86_400_000
    expect(made.claim).toEqual({
      url: expect.stringMatching(/^https:\/\/control\.example\/claim#[0-9A-Za-z]{43}$/),
      expiresAt: new Date(ends).toISOString(),
    })
    const code = made.claim.url.split('#')[1] ?? ''
    const { claims, versions, events } = await rowsOf(made.key.id)
    expect([claims.length, versions]).toEqual([1, []])
    expect(events).toMatchObject([
      { action: 'key.created', actor_id: admin.memberId },
      { action: 'key.claim-created', actor_id: admin.memberId },
    ])
    expect(JSON.stringify([claims, events])).not.toContain(code)
    const { organizationId } = ring.owner
    const record = await database.read(organizationId, (db) => keyRecord(db, organizationId, made.key.id))
    expect(record).toMatchObject({ versions: [], owner: { id: ada.memberId } })
    const shown = granted(await call(ada, 'GET /keys/:id', { params: { id: made.key.id } })) as Claimable
    expect(shown.key.claim).toEqual({ expiresAt: made.claim.expiresAt })
    expect(JSON.stringify(shown)).not.toContain(code)
    expect(codeOf(await call(admin, 'GET /keys/:id', { params: { id: made.key.id } }))).toBeNull()
  })

  test('D61 whoever is above the maker may own it too: the secret, and with it his rights, come to nobody but him', async () => {
    const { admin, chief } = people
    expect((await make(admin, chief)).key).toMatchObject({ owner: { id: chief.memberId }, secrets: [] })
    expect((await make(ring.owner, admin)).key).toMatchObject({ owner: { id: admin.memberId }, secrets: [] })
  })

  test('a schedule that takes its secret to a webhook is not for who may not hold that secret', async () => {
    const { ada, admin, chief } = people
    const { organizationId } = ring.owner
    const webhook = {
      organization_id: organizationId,
      id: 'whk_1111111111111111',
      name: 'vault',
      state: 'active',
    } as const
    const rest = {
      url: 'https://v.example',
      events: '[]',
      secret_blob: '',
      created_at: 1,
      created_by: 'mem_1',
      revision: 1,
    }
    await database.system.transaction((db) =>
      db
        .insertInto('webhooks')
        .values({ ...webhook, ...rest })
        .execute(),
    )
    const rotation = { rotation: { everyDays: 30, deliverTo: webhook.id } }
    expect(codeOf(await post(admin, chief, rotation))).toBe('not_permitted')
    const { key } = await make(admin, chief)
    const patch = (actor: Actor, id: string, body: object) => call(actor, 'PATCH /keys/:id', { params: { id }, body })
    expect(codeOf(await patch(admin, key.id, rotation))).toBe('not_permitted')
    expect(codeOf(await patch(admin, key.id, { name: 'kept', rotation: { everyDays: 30 } }))).toBeNull()
    expect(codeOf(await patch(chief, key.id, rotation))).toBeNull()
    // What stands there already is sent back as it was answered.
    expect(codeOf(await patch(admin, key.id, { rotation: { everyDays: 60, deliverTo: webhook.id } }))).toBeNull()
    expect(codeOf(await patch(admin, (await make(admin, ada)).key.id, rotation))).toBeNull()
  })

  test('members and auditors make none, and nobody lays out a decoy for somebody else', async () => {
    const { ada, admin, auditor } = people
    expect(codeOf(await post(ada, admin))).toBe('not_permitted')
    expect(codeOf(await post(auditor, ada))).toBe('not_permitted')
    const before = await count()
    expect(await post(admin, ada, { honey: true })).toMatchObject({
      problem: { code: 'invalid', errors: [{ pointer: '/honey' }] },
    })
    for (const id of ['mem_0000000000000000', 'a\0', 'ada'])
      expect(await call(admin, 'POST /keys', { body: { name: 'x', owner: { type: 'member', id } } })).toMatchObject({
        problem: { code: 'invalid', errors: [{ pointer: '/owner/id' }] },
      })
    expect(await count()).toBe(before)
  })

  test('G7 key and link are written together or not at all', async () => {
    const { ada, admin } = people
    const before = await count()
    const offerClaim = () => Promise.reject(new Error('no link'))
    const broken = callRoute(keyRoutes({ ...ring.keyDeps, offerClaim }))
    const body = { name: 'half', owner: { type: 'member', id: ada.memberId } }
    await expect(broken(admin, 'POST /keys', { body })).rejects.toThrow('no link')
    expect(await count()).toBe(before)
  })

  test('of a key of a team or an app, whoever may hold it is shown the secret', async () => {
    const { ada } = people
    const team = await ring.rows.team('ops', [ada.memberId])
    const made = granted(await call(ada, 'POST /keys', { body: { name: 'ours', owner: { type: 'team', id: team } } }))
    expect(made).toMatchObject({ secret: expect.stringMatching(/^ostk_/), key: { claim: null } })
  })
})
