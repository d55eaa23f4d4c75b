import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { etagOf } from '../http/etag.ts'
import type { Actor } from '../people/schema.ts'
import { keyRecord } from './records/store.ts'
import { rotationRoutes } from './rotation/routes.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'
import { refusalOf } from './standing.ts'
import { parseToken } from './token.ts'

type Made = { key: KeyView; secret: string; effect: object }

onEachStore('switching keys off and on', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const make = async (body: object = {}, actor: Actor = ring.owner) =>
    granted(await call(actor, 'POST /keys', { body: { name: 'ci', ...body } })) as Made
  const verb = (name: string, id: string, body: object = {}, more: { ifMatch?: string } = {}, actor = ring.owner) =>
    call(actor, `POST /keys/:id/${name}`, { params: { id }, body, ...more })
  const turned = async (name: string, id: string, body: object = {}) => granted(await verb(name, id, body)) as Made
  const patch = (id: string, body: object) => call(ring.owner, 'PATCH /keys/:id', { params: { id }, body })
  const get = async (id: string) => (granted(await call(ring.owner, 'GET /keys/:id', { params: { id } })) as Made).key
  /** What the holder of the secret is told. */
  const told = async ({ key, secret }: Made) => {
    const { organizationId } = ring.owner
    const record = await database.read(organizationId, (db) => keyRecord(db, organizationId, key.id))
    const token = parseToken(secret)
    if (!record || !token) throw new Error('no record')
    const version = granted(await ring.prover.prove(token, record, ring.secrets))
    return version === null ? 'key_invalid' : refusalOf(record, version, ring.clock.now())
  }
  const events = async (id: string) => {
    const rows = await database.system.read((db) =>
      db.selectFrom('audit_events').selectAll().where('subject_id', '=', id).orderBy('row_id').execute(),
    )
    return rows.map(({ action, before, after }) => [action, JSON.parse(before ?? 'null'), JSON.parse(after ?? 'null')])
  }
  const actionsOf = async (id: string) => (await events(id)).map(([action]) => action)

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute(keyRoutes(ring.keyDeps))
  })

  test('A10 A36 D55 D56 a suspended key is refused as inactive, and resumed it goes on with the secret that it had', async () => {
    const made = await make()
    const off = await turned('suspend', made.key.id, { reason: 'on leave' })
    expect(off.key).toMatchObject({ status: 'inactive', stateReason: 'on leave', revision: 2, revokedAt: null })
    expect(off.effect).toBeDefined()
    expect(await told(made)).toBe('key_inactive')
    const on = await turned('resume', made.key.id)
    expect(on.key).toMatchObject({ status: 'active', stateReason: null, revision: 3 })
    expect(on.key.secrets).toEqual(made.key.secrets)
    expect(await told(made)).toBeNull()
    expect(await events(made.key.id)).toMatchObject([
      ['key.created', null, { state: 'active' }],
      ['key.suspended', { state: 'active' }, { state: 'suspended', reason: 'on leave' }],
      ['key.resumed', { state: 'suspended' }, { state: 'active' }],
    ])
  })

  test('A17 D62 a key that is born switched off is switched on by one event', async () => {
    const made = await make({ active: false })
    expect(await told(made)).toBe('key_inactive')
    await turned('resume', made.key.id)
    expect(await told(made)).toBeNull()
    expect(await actionsOf(made.key.id)).toEqual(['key.created', 'key.resumed'])
  })

  test('what stands so already stays as it is: no event, no revision, and still the effect', async () => {
    const made = await make()
    const { key } = await turned('suspend', made.key.id, { reason: 'first' })
    const again = await turned('suspend', made.key.id, { reason: 'second' })
    expect(again).toMatchObject({ key: { stateReason: 'first', revision: key.revision }, effect: {} })
    await turned('resume', made.key.id)
    expect((await turned('resume', made.key.id)).key.revision).toBe(key.revision + 1)
    expect((granted(await patch(made.key.id, { active: true })) as Made).key.revision).toBe(key.revision + 1)
    expect(await actionsOf(made.key.id)).toEqual(['key.created', 'key.suspended', 'key.resumed'])
  })

  test('D62 active in a PATCH is the verb, with the event of the verb, beside that of what else has changed', async () => {
    const made = await make()
    const { id } = made.key
    granted(await patch(id, { active: false }))
    expect(await told(made)).toBe('key_inactive')
    const both = granted(await patch(id, { active: true, name: 'renamed' })) as Made
    expect(both.key).toMatchObject({ status: 'active', name: 'renamed', revision: 3, stateReason: null })
    granted(await patch(id, { active: true, name: 'again' }))
    expect(await actionsOf(id)).toEqual(['key.created', 'key.suspended', 'key.updated', 'key.resumed', 'key.updated'])
    const [, , updated] = await events(id)
    expect(updated).toEqual(['key.updated', { name: 'ci' }, { name: 'renamed' }])
  })

  test('D56 revoked is final: switching it on or off says so and names the way out', async () => {
    const made = await make()
    const { id } = made.key
    granted(await verb('revoke', id, { reason: 'leaked' }))
    expect(await get(id)).toMatchObject({ status: 'revoked', stateReason: 'leaked' })
    for (const answer of [await verb('resume', id), await verb('suspend', id), await patch(id, { active: true })])
      expect(answer).toMatchObject({
        problem: { code: 'key_is_revoked', detail: expect.stringContaining(`/keys/${id}/replacement`) },
      })
    expect(await told(made)).toBe('key_revoked')
    expect(await actionsOf(id)).toEqual(['key.created', 'key.revoked'])
  })

  test('A27 A28 B30 D57 a deleted key is gone for every verb, and its holder is told that it ended', async () => {
    const made = await make()
    const { id } = made.key
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id } }))
    for (const name of ['suspend', 'resume', 'revoke', 'duplicate', 'replacement'])
      expect([name, codeOf(await verb(name, id))]).toEqual([name, 'not_found'])
    expect(codeOf(await patch(id, { active: true }))).toBe('not_found')
    expect(await told(made)).toBe('key_revoked')
    expect(await actionsOf(id)).toEqual(['key.created', 'key.deleted'])
  })

  test('D14 a deleted key takes what it has served out of what its owner has', async () => {
    const [one, other] = [await make(), await make()]
    const { memberId, organizationId } = ring.owner
    await database.system.transaction(async (db) => {
      await db.updateTable('keys').set({ requests: 5 }).where('id', '=', one.key.id).execute()
      await db.updateTable('keys').set({ requests: 7 }).where('id', '=', other.key.id).execute()
      const of = { organization_id: organizationId, owner_id: memberId, requests: 12 }
      await db.insertInto('owner_requests').values(of).execute()
    })
    granted(await verb('revoke', one.key.id))
    expect(await get(one.key.id)).toMatchObject({ requests: 5, share: 41.667 })
    for (let n = 0; n < 2; n += 1) await call(ring.owner, 'DELETE /keys/:id', { params: { id: one.key.id } })
    expect(await get(other.key.id)).toMatchObject({ requests: 7, share: 100 })
  })

  test('B14 D10 an expired key may be switched off and on, and is expired in between and after', async () => {
    const made = await make({ expiresIn: '30d' })
    ring.clock.forward(30 * 86_400_000)
    expect([(await get(made.key.id)).status, await told(made)]).toEqual(['expired', 'key_expired'])
    expect((await turned('suspend', made.key.id)).key.status).toBe('inactive')
    expect((await turned('resume', made.key.id)).key.status).toBe('expired')
    granted(await patch(made.key.id, { expiresIn: '30d' }))
    expect(await told(made)).toBeNull()
  })

  test('a verb that names another state of the key than there is, is refused and changes nothing', async () => {
    const { key } = await make()
    const stale = { ifMatch: etagOf({ id: key.id, revision: 7 }) }
    for (const name of ['suspend', 'resume', 'revoke'])
      expect(codeOf(await verb(name, key.id, {}, stale))).toBe('stale')
    expect(await get(key.id)).toMatchObject({ status: 'active', revision: 1 })
    const current = { ifMatch: etagOf(key) }
    expect(codeOf(await verb('suspend', key.id, {}, current))).toBeNull()
    expect(codeOf(await verb('resume', key.id, {}, current))).toBe('stale')
  })

  test('concurrent verbs and changes of one key each happen or are refused, one after the other', async () => {
    const { key } = await make()
    const { id } = key
    const attempts = [
      verb('suspend', id),
      patch(id, { name: 'other' }),
      verb('resume', id),
      patch(id, { tags: ['a'], active: false }),
      verb('revoke', id),
      verb('resume', id),
    ]
    const codes = (await Promise.all(attempts)).map(codeOf)
    expect(codes.filter((code) => code !== null && code !== 'key_is_revoked')).toEqual([])
    const after = await get(id)
    expect(after.status).toBe('revoked')
    const actions = await actionsOf(id)
    expect(actions.at(-1)).toBe('key.revoked')
    expect(new Set(actions.filter((action) => action === 'key.revoked')).size).toBe(1)
  })

  test('G7 the change, its event and the news are written together', async () => {
    const { key } = await make()
    const newId = () => Reflect.get({}, 'x')
    const broken = callRoute(keyRoutes({ ...ring.keyDeps, newId }))
    await expect(broken(ring.owner, 'POST /keys/:id/suspend', { params: { id: key.id } })).rejects.toThrow()
    await expect(
      broken(ring.owner, 'PATCH /keys/:id', { params: { id: key.id }, body: { tags: ['a'] } }),
    ).rejects.toThrow()
    expect(await get(key.id)).toMatchObject({ status: 'active', revision: 1, tags: [] })
  })

  test('B22 a member switches his own keys and finds no others; an auditor switches none', async () => {
    const [ada, bob] = [await ring.addMember('member'), await ring.addMember('member')]
    const { key } = await make({}, ada)
    for (const name of ['suspend', 'resume', 'revoke', 'duplicate', 'replacement'])
      expect(codeOf(await verb(name, key.id, {}, {}, bob))).toBe('not_found')
    expect(codeOf(await verb('suspend', key.id, {}, {}, ada))).toBeNull()
    expect(codeOf(await verb('resume', key.id, {}, {}, await ring.addMember('admin')))).toBeNull()
    expect(codeOf(await verb('suspend', key.id, {}, {}, await ring.addMember('auditor')))).toBe('not_found')
  })

  test('A08 A13 D12 renamed and renewed, also while it is off, a key keeps its id, its preview and its day of creation', async () => {
    const { key, secret } = await make()
    ring.clock.forward(86_400_000)
    const { id } = key
    granted(await patch(id, { name: 'renamed' }))
    await turned('suspend', id)
    const renewed = granted(
      await callRoute(rotationRoutes(ring.keyDeps))(ring.owner, 'POST /keys/:id/rotate', { params: { id } }),
    )
    const after = (renewed as Made).key
    expect(after).toMatchObject({ id, preview: key.preview, createdAt: key.createdAt, status: 'inactive' })
    expect((renewed as Made).secret.slice(0, 21)).toBe(secret.slice(0, 21))
    expect((renewed as Made).secret).not.toBe(secret)
  })

  test('B13 a key without an expiry is let in after ten years', async () => {
    const made = await make()
    ring.clock.forward(3653 * 86_400_000)
    expect([(await get(made.key.id)).expiresAt, await told(made)]).toEqual([null, null])
  })

  test('a reason of blanks is none, and one that hides text is refused', async () => {
    const { key } = await make()
    expect((await turned('suspend', key.id, { reason: ' \n ' })).key.stateReason).toBeNull()
    expect(codeOf(await verb('resume', key.id, { reason: 'turned\u202e' }))).toBe('invalid')
  })
})
