import { beforeAll, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring, nothingPending } from '../../../test/keyring.ts'
import { addOrganization, onEachStore, silent } from '../../../test/stores.ts'
import { ok } from '../../problems.ts'
import { keyRoutes } from '../routes.ts'
import type { KeyView } from '../schema.ts'
import { bulkRoutes } from './routes.ts'

type Outcome = { id: string; ok: boolean; code?: string; detail?: string }
type Answer = { results: Outcome[]; effect: object }

onEachStore('one verb for many keys', (open) => {
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  const make = async (name: string, more: object = {}, actor = ring.owner): Promise<string> => {
    const { key } = granted(await call(actor, 'POST /keys', { body: { name, ...more } })) as { key: KeyView }
    return key.id
  }
  const several = async (count: number, more: object = {}) => {
    const ids: string[] = []
    for (let n = 0; n < count; n += 1) ids.push(await make(`one of ${count}`, more))
    return ids
  }
  const bulk = async (body: object, actor = ring.owner, query: object = {}) =>
    granted(await call(actor, 'POST /keys/bulk', { body, query })) as Answer
  const view = async (id: string) =>
    (granted(await call(ring.owner, 'GET /keys/:id', { params: { id } })) as { key: KeyView }).key
  const eventsOf = (ids: readonly string[], action: string) =>
    ring.keyDeps.database.read(ring.owner.organizationId, (db) =>
      db
        .selectFrom('audit_events')
        .select(['subject_id', 'after', 'actor_id'])
        .where('organization_id', '=', ring.owner.organizationId)
        .where('action', '=', action)
        .where('subject_id', 'in', ids)
        .execute(),
    )
  const done = (ids: readonly string[]) => ids.map((id) => ({ id, ok: true }))

  beforeAll(async () => {
    ring = await createKeyring(await open())
    const deliverNow = async () => ok({ status: 200 })
    call = callRoute([...keyRoutes(ring.keyDeps), ...bulkRoutes({ ...ring.keyDeps, deliverNow, log: silent })])
  })

  test('suspends, resumes, revokes and deletes each of them, with an event for each', async () => {
    const ids = await several(3)
    const [first = '', second = '', third = ''] = ids
    const suspended = await bulk({ action: 'suspend', keys: ids, reason: 'an incident' })
    expect(suspended).toEqual({ results: done(ids), effect: nothingPending })
    expect(await view(first)).toMatchObject({ status: 'inactive', stateReason: 'an incident' })
    const told = await eventsOf(ids, 'key.suspended')
    expect(told.map(({ subject_id }) => subject_id).toSorted()).toEqual(ids.toSorted())
    expect(JSON.parse(told[0]?.after ?? '')).toEqual({ state: 'suspended', reason: 'an incident' })
    await bulk({ action: 'resume', keys: [first, second] })
    expect([(await view(first)).status, (await view(third)).status]).toEqual(['active', 'inactive'])
    await bulk({ action: 'revoke', keys: [second], reason: 'leaked' })
    expect(await view(second)).toMatchObject({ status: 'revoked', stateReason: 'leaked' })
    await bulk({ action: 'delete', keys: [third] })
    expect(codeOf(await call(ring.owner, 'GET /keys/:id', { params: { id: third } }))).toBe('not_found')
    expect(await eventsOf([third], 'key.deleted')).toHaveLength(1)
  })

  test('a result for each in the order of the question, one for what is named twice, and what fails stops nobody', async () => {
    const [kept = '', ended = '', gone = ''] = await several(3)
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params: { id: ended } }))
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id: gone } }))
    const unknown = 'key_AAAAAAAAAAAAAAAA'
    const keys = [gone, kept, unknown, ended, kept, 'a slug', "' or 1=1"]
    const { results } = await bulk({ action: 'suspend', keys })
    expect(results.map(({ id, code }) => [id, code])).toEqual([
      [gone, 'not_found'],
      [kept, undefined],
      [unknown, 'not_found'],
      [ended, 'key_is_revoked'],
      ['a slug', 'not_found'],
      ["' or 1=1", 'not_found'],
    ])
    expect(results[3]?.detail).toContain(`/keys/${ended}/replacement`)
    expect(await eventsOf([kept], 'key.suspended')).toHaveLength(1)
  })

  test('sent again it changes nothing twice', async () => {
    const ids = await several(2)
    for (let n = 0; n < 2; n += 1) expect((await bulk({ action: 'revoke', keys: ids })).results).toEqual(done(ids))
    expect(await eventsOf(ids, 'key.revoked')).toHaveLength(2)
    const before = (await view(ids[0] ?? '')).revision
    await bulk({ action: 'revoke', keys: ids })
    expect((await view(ids[0] ?? '')).revision).toBe(before)
  })

  test('tags are added to those that there are, each once, and no key gets more than it may wear', async () => {
    const [plain = '', worn = '', full = ''] = [
      await make('plain'),
      await make('worn', { tags: ['ci', 'old'] }),
      await make('full', { tags: Array.from({ length: 31 }, (_, n) => `tag-${n}`) }),
    ]
    const keys = [plain, worn, full]
    const { results } = await bulk({ action: 'tag', keys, tags: ['ci', 'team:ops'] })
    expect(results.map(({ ok: isOk, code }) => [isOk, code])).toEqual([
      [true, undefined],
      [true, undefined],
      [false, 'invalid'],
    ])
    expect([(await view(plain)).tags, (await view(worn)).tags]).toEqual([
      ['ci', 'team:ops'],
      ['ci', 'old', 'team:ops'],
    ])
    expect((await view(full)).tags).toHaveLength(31)
    const list = granted(await call(ring.owner, 'GET /keys', { query: { tag: 'team:ops' } })) as { total: number }
    expect(list.total).toBe(2)
    await bulk({ action: 'tag', keys: [plain], tags: ['ci'] })
    expect(await eventsOf([plain], 'key.updated')).toHaveLength(1)
  })

  test('250 keys are committed in pieces, and each is told', async () => {
    const [id = ''] = await several(1)
    const { organizationId } = ring.owner
    const copies = Array.from({ length: 250 }, (_, n) => `key_${String(n).padStart(16, '0')}`)
    const row = await ring.keyDeps.database.read(organizationId, (db) =>
      db
        .selectFrom('keys')
        .selectAll()
        .where('organization_id', '=', organizationId)
        .where('id', '=', id)
        .executeTakeFirstOrThrow(),
    )
    const { expiry_order: _, use_order: __, ...columns } = row
    for (const part of [copies.slice(0, 125), copies.slice(125)])
      await ring.keyDeps.database.transaction(organizationId, (db) =>
        db
          .insertInto('keys')
          .values(part.map((copy) => ({ ...columns, id: copy })))
          .execute(),
      )
    let pieces = 0
    const transaction: typeof ring.keyDeps.transaction = (organization, work) => {
      pieces += 1
      return ring.keyDeps.transaction(organization, work)
    }
    const deliverNow = async () => ok({ status: 200 })
    const counting = callRoute(bulkRoutes({ ...ring.keyDeps, deliverNow, log: silent, transaction }))
    const answer = granted(
      await counting(ring.owner, 'POST /keys/bulk', { body: { action: 'suspend', keys: copies } }),
    ) as Answer
    expect(answer.results).toEqual(done(copies))
    expect(pieces).toBe(5)
    expect(await eventsOf(copies, 'key.suspended')).toHaveLength(250)
  })

  test('the effect is that of the last change, for as long as any of the keys may be decided without contact', async () => {
    const strict = await make('strict', { maxStalenessSeconds: 5 })
    const longer = await make('longer', { maxStalenessSeconds: 30 })
    const standard = await make('standard')
    await bulk({ action: 'suspend', keys: [longer, strict], waitMs: 7 })
    expect(ring.effects.at(-1)).toMatchObject({ waitMs: 7, maxStalenessSeconds: 30 })
    await bulk({ action: 'suspend', keys: [standard, strict] }, ring.owner, { waitMs: '11' })
    expect(ring.effects.at(-1)).toMatchObject({ waitMs: 11, maxStalenessSeconds: null })
    const asked = ring.effects.length
    const none = await bulk({ action: 'revoke', keys: ['key_AAAAAAAAAAAAAAAA'] })
    expect(none.effect).toMatchObject({ acked: [], pending: [] })
    expect(ring.effects).toHaveLength(asked)
  })

  test('G10 B22 keys of others are not there, and stay as they are', async () => {
    const other = 'org_0000000000000002'
    await addOrganization(ring.keyDeps.database, other, 'other')
    const foreigner = await ring.addMember('owner', other)
    const ada = await ring.addMember('member')
    const [ours = '', hers = ''] = [await make('ours'), await make('hers', {}, ada)]
    for (const action of ['suspend', 'revoke', 'delete'])
      expect((await bulk({ action, keys: [ours] }, foreigner)).results).toMatchObject([
        { id: ours, ok: false, code: 'not_found' },
      ])
    expect((await bulk({ action: 'tag', keys: [ours], tags: ['x'] }, foreigner)).results[0]?.code).toBe('not_found')
    const { results } = await bulk({ action: 'delete', keys: [ours, hers] }, ada)
    expect(results.map(({ code }) => code)).toEqual(['not_found', undefined])
    expect(await view(ours)).toMatchObject({ status: 'active', tags: [] })
  })

  test('what is no verb, too many, none, or beside the verb is refused', async () => {
    const key = 'key_AAAAAAAAAAAAAAAA'
    for (const body of [
      { action: 'rotate', keys: [key] },
      { action: 'revoke' },
      { action: 'revoke', keys: [] },
      { action: 'revoke', keys: Array.from({ length: 1001 }, () => key) },
      { action: 'revoke', keys: [1] },
      { action: 'revoke', keys: [key], tags: ['x'] },
      { action: 'tag', keys: [key] },
      { action: 'tag', keys: [key], tags: [] },
      { action: 'tag', keys: [key], tags: ['no good'] },
      { action: 'tag', keys: [key], tags: ['x'], reason: 'why' },
      { action: 'revoke', keys: [key], waitMs: 30_001 },
      { action: 'revoke', keys: [key], all: true },
    ])
      expect(codeOf(await call(ring.owner, 'POST /keys/bulk', { body })), JSON.stringify(body).slice(0, 80)).toBe(
        'invalid',
      )
  })
})
