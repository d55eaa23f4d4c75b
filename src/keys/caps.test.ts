import { beforeAll, describe, expect, test } from 'vitest'
import { callRoute, codeOf, createKeyring, granted, type Keyring } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { defaultKeyLimits } from '../limits/schema.ts'
import type { Actor } from '../people/schema.ts'
import type { Result } from '../problems.ts'
import { type AskedCaps, capsOfKey, writeCaps } from './caps.ts'
import { copyRoutes } from './copies/routes.ts'
import { keyRoutes } from './routes.ts'
import type { KeyView } from './schema.ts'

type Made = { key: KeyView }
const limits = { requestsPerMinute: 60, concurrent: 2 }
const budgets = [{ usd: '25', period: 'month', thresholds: '80,50,80' }, { usd: '1.5' }]

onEachStore('limits and budgets of a key', (open) => {
  let database: Database
  let ring: Keyring
  let call: ReturnType<typeof callRoute>
  let member: Actor
  const post = (body: object, actor: Actor = ring.owner) => call(actor, 'POST /keys', { body: { name: 'ci', ...body } })
  const make = async (body: object = {}, actor?: Actor) => (granted(await post(body, actor)) as Made).key
  const patch = (id: string, body: object, actor: Actor = ring.owner, more: object = {}) =>
    call(actor, 'PATCH /keys/:id', { params: { id }, body, ...more })
  const changed = async (...what: Parameters<typeof patch>) => (granted(await patch(...what)) as Made).key
  const get = async (id: string) => (granted(await call(ring.owner, 'GET /keys/:id', { params: { id } })) as Made).key
  const live = (table: 'limits' | 'budgets', id: string) =>
    database.system.read((db) =>
      db
        .selectFrom(table as 'limits')
        .select(['id', 'state'])
        .where('target_type', '=', 'key')
        .where('target_id', '=', id)
        .where('state', '=', 'active')
        .execute(),
    )
  const pointersOf = (answer: Result<unknown>) =>
    answer.ok ? [] : answer.problem.errors?.map(({ pointer }) => pointer)

  beforeAll(async () => {
    database = await open()
    ring = await createKeyring(database)
    call = callRoute([...keyRoutes(ring.keyDeps), ...copyRoutes(ring.keyDeps)])
    member = await ring.addMember('member')
  })

  test('D21 D23 are always shown whole: what was not said has its default', async () => {
    const plain = await make()
    expect([plain.limits, plain.budgets]).toEqual([defaultKeyLimits, []])
    const key = await make({ limits, budgets })
    expect(key.limits).toEqual({ ...defaultKeyLimits, ...limits })
    expect(key.budgets).toMatchObject([
      { usd: '1.50', period: 'total', thresholds: [50, 80, 100], spentUsd: '0.00', heldUsd: '0.00', resetsAt: null },
      { usd: '25.00', period: 'month', thresholds: [50, 80] },
    ])
    expect(await get(key.id)).toMatchObject({ limits: key.limits, budgets: key.budgets })
    const list = granted(await call(ring.owner, 'GET /keys', { query: {} })) as { items: KeyView[] }
    expect(list.items.find(({ id }) => id === key.id)).toMatchObject({ limits: key.limits, budgets: key.budgets })
    expect([(await live('limits', plain.id)).length, (await live('limits', key.id)).length]).toEqual([0, 1])
  })

  test('D21 a patch replaces the whole of its field, null sets it back, and what is absent stays', async () => {
    const key = await make({ limits, budgets })
    expect((await changed(key.id, { name: 'other' })).limits).toEqual(key.limits)
    const fewer = await changed(key.id, { limits: { tokensPerMinute: 9 } })
    expect(fewer.limits).toEqual({ ...defaultKeyLimits, tokensPerMinute: 9 })
    expect(fewer.budgets).toEqual(key.budgets)
    expect((await changed(key.id, { limits: null })).limits).toEqual(defaultKeyLimits)
    const [month] = (await changed(key.id, { budgets: [{ usd: '30', period: 'month' }] })).budgets
    expect([month?.usd, month?.id]).toEqual(['30.00', key.budgets[1]?.id])
    expect((await changed(key.id, { budgets: null })).budgets).toEqual([])
    expect(await live('budgets', key.id)).toEqual([])
  })

  test('a change of them is one revision, one event with before and after, and one If-Match', async () => {
    const key = await make({ limits })
    const after = await changed(key.id, { limits: { requestsPerMinute: 5 }, budgets: [{ usd: '2' }] })
    expect(after.revision).toBe(key.revision + 1)
    const event = await database.system.read((db) =>
      db
        .selectFrom('audit_events')
        .select(['action', 'before', 'after'])
        .where('subject_id', '=', key.id)
        .orderBy('row_id', 'desc')
        .executeTakeFirstOrThrow(),
    )
    expect(event.action).toBe('key.updated')
    expect(JSON.parse(event.before ?? '')).toEqual({ limits: key.limits, budgets: [] })
    expect(JSON.parse(event.after ?? '')).toEqual({
      limits: after.limits,
      budgets: [{ usd: '2', period: 'total', thresholds: [50, 80, 100] }],
    })
    expect(codeOf(await patch(key.id, { limits: null }, ring.owner, { ifMatch: `"${key.revision}"` }))).toBe('stale')
    expect((await get(key.id)).limits).toEqual(after.limits)
  })

  test.each([
    [{ limits: { requestsPerMinute: 0 } }, '/limits/requestsPerMinute'],
    [{ limits: { requestsPerMinute: 1.5 } }, '/limits/requestsPerMinute'],
    [{ limits: { perMinute: 1 } }, '/limits'],
    [{ limits: { detached: 'open' } }, '/limits/detached'],
    [{ budgets: [{ usd: '-1' }] }, '/budgets/0/usd'],
    [{ budgets: [{ usd: 1 }] }, '/budgets/0/usd'],
    [{ budgets: [{ usd: '1' }, { usd: '2', period: 'total' }] }, '/budgets/1/period'],
    [{ budgets: [{ thresholds: [50] }] }, '/budgets/0/usd'],
    [{ budgets: [{ usd: '1', thresholds: '80,foo' }] }, '/budgets/0/thresholds'],
    [{ budgets: [{ usd: '1', thresholds: '0' }] }, '/budgets/0/thresholds'],
    [{ budgets: [{ usd: '1', thresholds: '120' }] }, '/budgets/0/thresholds'],
    [{ thresholds: [50] }, ''],
  ])('D25 D26 %j is refused at %s, and nothing is written', async (body, pointer) => {
    const key = await make()
    for (const answer of [await post(body), await patch(key.id, body)]) {
      expect(codeOf(answer)).toBe('invalid')
      expect(pointersOf(answer)?.[0]).toContain(pointer)
    }
    expect(await get(key.id)).toMatchObject({ revision: 1, limits: defaultKeyLimits, budgets: [] })
  })

  describe('a member', () => {
    test('binds his own key, and binds it more tightly', async () => {
      const key = await make({ limits, budgets }, member)
      expect((await changed(key.id, { limits: { ...limits, concurrent: 1 } }, member)).limits.concurrent).toBe(1)
      const lower = [
        { usd: '1', period: 'month' },
        { usd: '1', period: 'total' },
        { usd: '1', period: 'day' },
      ]
      expect((await changed(key.id, { budgets: lower }, member)).budgets.length).toBe(3)
      expect(
        (await changed(key.id, { limits: { ...limits, concurrent: 1, detached: 'closed' } }, member)).limits,
      ).toMatchObject({ detached: 'closed' })
    })

    test.each([
      [{ limits: null }, '/limits/requestsPerMinute'],
      [{ limits: { requestsPerMinute: 61, concurrent: 2 } }, '/limits/requestsPerMinute'],
      [{ limits: { requestsPerMinute: 60 } }, '/limits/concurrent'],
      [{ limits: { ...limits, streams: 101 } }, '/limits/streams'],
      [{ limits: { ...limits, streams: null } }, '/limits/streams'],
      [{ budgets: null }, '/budgets'],
      [{ budgets: [] }, '/budgets'],
      [{ budgets: [{ usd: '1.50' }] }, '/budgets'],
      [{ budgets: [{ usd: '1.500000001' }, { usd: '25', period: 'month' }] }, '/budgets/0/usd'],
      [
        {
          budgets: [
            { usd: '1.5', thresholds: [50, 80] },
            { usd: '25', period: 'month' },
          ],
        },
        '/budgets/0/thresholds',
      ],
    ])('attack: does not loosen it: %j', async (body, pointer) => {
      const key = await make({ limits, budgets }, member)
      const answer = await patch(key.id, body, member)
      expect([codeOf(answer), pointersOf(answer)]).toEqual(['not_permitted', [pointer]])
      expect(await get(key.id)).toMatchObject({ revision: 1, limits: key.limits, budgets: key.budgets })
      expect((await changed(key.id, body)).revision).toBe(2)
    })

    test('attack: D21 D23 is asked again where an admin has tightened them between the question and the write', async () => {
      const key = await make({ limits, budgets }, member)
      const { organizationId } = member
      const at = ring.clock.now()
      const seen = await database.read(organizationId, (db) => capsOfKey(db, organizationId, key.id, at))
      const same = { limits, budgets: seen.budgets.map(({ usd, period }) => ({ usd, period })) }
      const write = (asked: AskedCaps) =>
        database.transaction(organizationId, (db) =>
          writeCaps(ring.keyDeps, db, member, { organizationId, keyId: key.id, before: seen }, asked),
        )
      granted(await write(same))
      await changed(key.id, { limits: { requestsPerMinute: 1, concurrent: 1 }, budgets: [{ usd: '1' }] })
      expect(codeOf(await write({ limits: same.limits }))).toBe('stale')
      expect(codeOf(await write({ budgets: same.budgets }))).toBe('stale')
      await changed(key.id, { budgets: [{ usd: '1' }, { usd: '25', period: 'month' }] })
      expect(codeOf(await write({ budgets: same.budgets }))).toBe('stale')
      expect((await get(key.id)).limits.requestsPerMinute).toBe(1)
    })

    test('attack: gets no more streams than the default with a new key, nor through a token of an admin that may not', async () => {
      const body = { limits: { streams: 101 } }
      expect(codeOf(await post(body, member))).toBe('not_permitted')
      expect(codeOf(await post(body, { ...ring.owner, scopes: ['keys:write'] }))).toBe('not_permitted')
      expect((await make(body)).limits.streams).toBe(101)
    })
  })

  test('a copy has them, with ids and a purse of its own', async () => {
    const key = await make({ limits: { ...limits, streams: 500 }, budgets })
    const copied = granted(
      await call(ring.owner, 'POST /keys/:id/duplicate', { params: { id: key.id }, body: {} }),
    ) as Made
    expect(copied.key.limits).toEqual(key.limits)
    expect(copied.key.budgets).toMatchObject(key.budgets.map(({ id: _, ...budget }) => budget))
    expect(copied.key.budgets[0]?.id).not.toBe(key.budgets[0]?.id)
    const bare = granted(
      await call(ring.owner, 'POST /keys/:id/duplicate', { params: { id: key.id }, body: { name: 'bare' } }),
    ) as Made
    expect(bare.key.limits.streams).toBe(500)
  })

  test('a deleted key takes its limit and its budgets along; a revoked one keeps them', async () => {
    const key = await make({ limits, budgets })
    granted(await call(ring.owner, 'POST /keys/:id/revoke', { params: { id: key.id }, body: {} }))
    expect([(await live('limits', key.id)).length, (await live('budgets', key.id)).length]).toEqual([1, 2])
    granted(await call(ring.owner, 'DELETE /keys/:id', { params: { id: key.id } }))
    expect([await live('limits', key.id), await live('budgets', key.id)]).toEqual([[], []])
  })

  test('gateways hear of the limits of a new key no later than of the key', async () => {
    const key = await make({ limits, budgets })
    const rows = await database.system.read((db) =>
      db.selectFrom('changes').select(['kind', 'subject_id']).orderBy('row_id', 'desc').limit(4).execute(),
    )
    expect(rows.map(({ kind }) => kind)).toEqual(['key', 'budget', 'budget', 'limit'])
    expect(rows[0]?.subject_id).toBe(key.id)
  })
})
