import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { actorOf, callRoute, codeOf, granted } from '../../test/keyring.ts'
import { answering, type Receiver, startReceiver, verified } from '../../test/receivers.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWebhookRig, orgA, orgB } from '../../test/webhook-rig.ts'
import type { Database } from '../db/database.ts'
import { may } from '../people/may.ts'
import type { Role } from '../people/schema.ts'
import { webhooksAtMost } from './create.ts'
import { forgetDeliveries } from './deliveries/store.ts'
import { wants } from './events.ts'
import { webhookRoutes } from './routes.ts'
import { secretTaking } from './secret-taking.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers as a client reads them; a wrong guess fails the assertion
type Json = any

onEachStore('webhooks', (open) => {
  let database: Database
  let rig: Awaited<ReturnType<typeof createWebhookRig>>
  let receiver: Receiver
  let call: ReturnType<typeof callRoute>
  const owner = actorOf(orgA, 'mem_0000000000000001', 'owner')
  const stranger = actorOf(orgB, 'mem_0000000000000002', 'owner')
  beforeAll(async () => {
    database = await open()
    rig = await createWebhookRig(database)
    receiver = await startReceiver()
    call = callRoute(webhookRoutes(rig.deps))
  })
  afterAll(() => receiver.close())

  const make = async (body: object = {}, actor = owner): Promise<Json> =>
    granted(await call(actor, 'POST /webhooks', { body: { url: receiver.url, events: ['key.*'], ...body } }))
  const one = (id: string) => ({ params: { id } })

  test('a webhook is answered with its secret once, and shown without it ever after', async () => {
    const { webhook, secret } = await make({ name: 'Pager', events: ['key.*', 'key.*', 'webhook.deleted'] })
    expect(webhook).toMatchObject({ name: 'Pager', url: receiver.url, events: ['key.*', 'webhook.deleted'] })
    expect(secret).toMatch(/^whsec_/)
    const shown = JSON.stringify([
      granted(await call(owner, 'GET /webhooks/:id', one(webhook.id))),
      granted(await call(owner, 'GET /webhooks')),
      granted(await call(owner, 'PATCH /webhooks/:id', { ...one(webhook.id), body: { name: 'Bell' } })),
    ])
    expect(shown).toContain('Bell')
    expect(shown).not.toContain(secret.slice(6))
    expect((await make()).webhook.name).toBe(`127.0.0.1:${receiver.port}`)
  })

  describe('in words for people', () => {
    test.each(['slack', 'teams'] as const)('%s gets its own form, in events and in the test', async (format) => {
      const own = await startReceiver()
      const { webhook } = await make({ url: own.url, events: ['team.*'], format })
      expect(webhook.format).toBe(format)
      expect(granted(await call(owner, 'POST /webhooks/:id/test', one(webhook.id)))).toMatchObject({ delivered: true })
      await rig.event('team.deleted')
      rig.courier().wake()
      const [tested, told] = await own.count(2)
      await rig.stop()
      for (const got of [tested, told]) expect(JSON.parse(got?.body ?? '')).not.toHaveProperty('data')
      expect(told?.body).toContain('team.deleted')
      await own.close()
    })

    test('none gets the secret of a key: not by its schedule, and not later by its format', async () => {
      const { webhook } = await make({ format: 'slack' })
      const secret = { type: 'key.rotated', timestamp: new Date(0).toISOString(), data: { secret: 'hush' } }
      expect(codeOf(await rig.deps.deliverNow(orgA, webhook.id, secret))).toBe('invalid')
      expect(await database.read(orgA, (db) => secretTaking(db, orgA, webhook.id))).toBeNull()
      const plain = (await make()).webhook
      expect(await database.read(orgA, (db) => secretTaking(db, orgA, plain.id))).not.toBeNull()
    })
  })

  test('what was given up is sent again on request, and what had arrived only by its name', async () => {
    const own = await startReceiver()
    const { webhook } = await make({ url: own.url, events: ['project.*'] })
    await rig.event('project.deleted')
    const courier = rig.courier()
    courier.wake()
    await own.count(1)
    await rig.stop()
    const replay = (body: object, actor = owner) =>
      call(actor, 'POST /webhooks/:id/replay', { ...one(webhook.id), body })
    expect(granted(await replay({}))).toEqual({ replayed: 0 })
    const { items }: Json = granted(await call(owner, 'GET /webhooks/:id/deliveries', one(webhook.id)))
    expect(codeOf(await replay({ deliveries: [items[0].id] }, stranger))).toBe('not_found')
    expect(granted(await replay({ deliveries: [items[0].id] }))).toEqual({ replayed: 1 })
    rig.courier().wake()
    const [first, again] = await own.count(2)
    await rig.stop()
    expect(again?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    await own.close()
  })

  test('A37 its making, its changes and its end are in the audit log, without what stands behind the ?', async () => {
    const { webhook } = await make({ url: `${receiver.url}?token=hush` })
    granted(await call(owner, 'PATCH /webhooks/:id', { ...one(webhook.id), body: { events: ['*'] } }))
    granted(await call(owner, 'DELETE /webhooks/:id', one(webhook.id)))
    const events = await database.read(orgA, (db) =>
      db.selectFrom('audit_events').selectAll().where('subject_id', '=', webhook.id).orderBy('row_id').execute(),
    )
    expect(events.map(({ action }) => action)).toEqual(['webhook.created', 'webhook.updated', 'webhook.deleted'])
    expect(JSON.parse(events[1]?.before ?? '')).toMatchObject({ url: `${receiver.url}?[set]`, events: ['key.*'] })
    expect(JSON.parse(events[1]?.after ?? '')).toMatchObject({ events: ['*'] })
    expect(JSON.stringify(events)).not.toContain('hush')
  })

  test('after its end there is none: not to show, not to change, not to try, and its secret is gone', async () => {
    const { webhook } = await make()
    granted(await call(owner, 'DELETE /webhooks/:id', one(webhook.id)))
    for (const [route, more] of [
      ['GET /webhooks/:id', {}],
      ['PATCH /webhooks/:id', { body: { name: 'x' } }],
      ['DELETE /webhooks/:id', {}],
      ['POST /webhooks/:id/test', {}],
      ['GET /webhooks/:id/deliveries', {}],
    ] as const)
      expect(codeOf(await call(owner, route, { ...one(webhook.id), ...more })), route).toBe('not_found')
    const [row] = await database.read(orgA, (db) =>
      db.selectFrom('webhooks').select(['state', 'secret_blob']).where('id', '=', webhook.id).execute(),
    )
    expect(row).toEqual({ state: 'deleted', secret_blob: '' })
  })

  test('B22 to another organization it does not exist', async () => {
    const { webhook } = await make()
    for (const [route, more] of [
      ['GET /webhooks/:id', {}],
      ['PATCH /webhooks/:id', { body: { name: 'x' } }],
      ['DELETE /webhooks/:id', {}],
      ['POST /webhooks/:id/test', {}],
      ['GET /webhooks/:id/deliveries', {}],
    ] as const)
      expect(codeOf(await call(stranger, route, { ...one(webhook.id), ...more })), route).toBe('not_found')
    expect(granted(await call(stranger, 'GET /webhooks'))).toMatchObject({ items: [], total: 0 })
  })

  test.each([
    [{ url: 'http://hooks.example.org/' }, '/url'],
    [{ url: 'https://169.254.169.254/' }, '/url'],
    [{ url: 'http://127.0.0.1:8421/api' }, '/url'],
    [{ url: 'https://inside.example.test/' }, '/url'],
    [{ url: '' }, '/url'],
    [{ url: `https://hooks.example.org/${'x'.repeat(2048)}` }, '/url'],
    [{ events: [] }, '/events'],
    [{ events: undefined }, '/events'],
    [{ events: ['keys.*x'] }, '/events/0'],
    [{ events: ['key.*', 'key.exploded'] }, '/events/1'],
    [{ events: ['k*'] }, '/events/0'],
    [{ events: ['.*'] }, '/events/0'],
    [{ name: ' ' }, '/name'],
    [{ secret: 'whsec_mine' }, '/'],
  ])('what it may not be is refused with its pointer: %j', async (body, pointer) => {
    rig.names.set('inside.example.test', [{ address: '169.254.1.1', family: 4 }])
    const refused = await call(owner, 'POST /webhooks', { body: { url: receiver.url, events: ['*'], ...body } })
    expect(refused).toMatchObject({ ok: false, problem: { code: 'invalid', errors: [{ pointer }] } })
  })

  test('a change of its address is judged alike, keeps the secret, and starts anew what was failing', async () => {
    const { webhook, secret } = await make({ url: 'http://127.0.0.1:1/' })
    expect(await call(owner, 'POST /webhooks/:id/test', one(webhook.id))).toMatchObject({ value: { delivered: false } })
    expect(granted<Json>(await call(owner, 'GET /webhooks/:id', one(webhook.id))).webhook.failingSince).not.toBeNull()
    const to = (url: string) => call(owner, 'PATCH /webhooks/:id', { ...one(webhook.id), body: { url } })
    expect(codeOf(await to('https://169.254.169.254/'))).toBe('invalid')
    expect(granted<Json>(await to(receiver.url)).webhook).toMatchObject({ url: receiver.url, failingSince: null })
    granted(await call(owner, 'POST /webhooks/:id/test', one(webhook.id)))
    const got = receiver.got.at(-1)
    expect(got && verified(secret, got)).toMatchObject({ type: 'webhook.test', data: { webhook: webhook.id } })
  })

  test('a change with an old ETag is refused, and two at once both happen', async () => {
    const { webhook } = await make()
    const patch = (body: object, ifMatch: string | null = null) =>
      call(owner, 'PATCH /webhooks/:id', { ...one(webhook.id), body, ifMatch })
    expect(codeOf(await patch({ name: 'a' }, `"${webhook.id}-7"`))).toBe('stale')
    await Promise.all([patch({ name: 'b' }), patch({ events: ['*'] })])
    const { webhook: now } = granted<Json>(await call(owner, 'GET /webhooks/:id', one(webhook.id)))
    expect(now).toMatchObject({ name: 'b', events: ['*'], revision: 3 })
    expect(codeOf(await call(owner, 'DELETE /webhooks/:id', { ...one(webhook.id), ifMatch: '"x-1"' }))).toBe('stale')
  })

  test('a try tells what the receiver answered, whatever that was', async () => {
    const { webhook } = await make()
    const attempt = async () => granted(await call(owner, 'POST /webhooks/:id/test', one(webhook.id)))
    receiver.reply(answering(201))
    expect(await attempt()).toEqual({ delivered: true, status: 201 })
    receiver.reply(answering(403, 'who are you'))
    expect(await attempt()).toEqual({ delivered: false, status: 403, detail: 'The webhook answered 403.' })
    receiver.reply(answering(204))
  })

  const keyNaming = (id: string, webhookId: string, state: 'active' | 'suspended' | 'revoked' | 'deleted' = 'active') =>
    database.transaction(orgA, (db) =>
      db
        .insertInto('keys')
        .values({
          organization_id: orgA,
          id,
          token_kind: 'k',
          name: 'Bot',
          description: '',
          owner_type: 'member',
          owner_id: 'mem_0000000000000001',
          owner_name: 'Ada',
          state,
          scope: '{}',
          max_staleness_seconds: null,
          expires_at: null,
          created_at: 1,
          created_by: 'mem_1',
          revoked_at: null,
          revision: 1,
          rotation: JSON.stringify({ everyDays: 30, deliverTo: webhookId, graceSeconds: 60 }),
        })
        .execute(),
    )
  const changeKeys = (ids: readonly string[], to: { rotation?: null; state?: 'revoked' | 'deleted' }) =>
    database.transaction(orgA, (db) => db.updateTable('keys').set(to).where('id', 'in', ids).execute())
  const move = (id: string, actor = owner) =>
    call(actor, 'PATCH /webhooks/:id', { ...one(id), body: { url: `${receiver.url}/elsewhere` } })
  const end = (id: string) => call(owner, 'DELETE /webhooks/:id', one(id))

  test('nobody moves or ends a webhook that schedules of keys deliver secrets to', async () => {
    const { webhook } = await make()
    const keys = ['key_AAAABBBBCCCCDDDD', 'key_AAAABBBBCCCCDDDE']
    await keyNaming('key_AAAABBBBCCCCDDDD', webhook.id)
    await keyNaming('key_AAAABBBBCCCCDDDE', webhook.id, 'suspended')
    const admin = actorOf(orgA, 'mem_0000000000000003', 'admin')
    for (const actor of [admin, owner, { ...owner, scopes: ['webhooks:write'] }])
      expect(await move(webhook.id, actor)).toMatchObject({
        problem: { code: 'in_use', detail: expect.stringContaining('2 keys'), errors: [{ pointer: '/url' }] },
      })
    expect(await end(webhook.id)).toMatchObject({
      problem: { code: 'in_use', detail: expect.stringContaining('2 keys') },
    })
    const patch = { body: { name: 'still mine to name', url: receiver.url, events: ['*'] } }
    granted(await call(admin, 'PATCH /webhooks/:id', { ...one(webhook.id), ...patch }))
    await changeKeys(keys, { rotation: null })
    granted(await move(webhook.id, admin))
    granted(await end(webhook.id))
  })

  test('one that a revoked key names is not moved, since a replacement takes the schedule over; but it may end', async () => {
    const { webhook } = await make()
    await keyNaming('key_AAAABBBBCCCCDDDF', webhook.id, 'revoked')
    expect(codeOf(await move(webhook.id))).toBe('in_use')
    await changeKeys(['key_AAAABBBBCCCCDDDF'], { state: 'deleted' })
    granted(await move(webhook.id))
    await keyNaming('key_AAAABBBBCCCCDDDG', webhook.id, 'revoked')
    granted(await end(webhook.id))
  })

  test('one that a secret is on its way to is not moved, though the key has just left it', async () => {
    const { webhook } = await make()
    const id = 'key_AAAABBBBCCCCDDDH'
    await keyNaming(id, webhook.id)
    await changeKeys([id], { rotation: null })
    const rotation = { key_id: id, mode: 'on-first-use', from_version: 1, to_version: 2, started_at: 1 } as const
    await database.transaction(orgA, (db) =>
      db
        .insertInto('rotations')
        .values({
          ...rotation,
          organization_id: orgA,
          id: 'rot_AAAABBBBCCCCDDDH',
          state: 'delivering',
          started_by: 'system',
          grace_seconds: 60,
          webhook_id: webhook.id,
          attempts: 1,
          revision: 1,
        })
        .execute(),
    )
    expect(codeOf(await move(webhook.id))).toBe('in_use')
    await database.transaction(orgA, (db) =>
      db.updateTable('rotations').set({ state: 'undone', ended_at: 2 }).where('key_id', '=', id).execute(),
    )
    granted(await move(webhook.id))
  })

  test('lists go page by page, oldest first, with cursors of their own', async () => {
    const actor = actorOf('org_000000000000000c', 'mem_0000000000000009', 'owner')
    await database.system.transaction((db) =>
      db
        .insertInto('organizations')
        .values({
          id: actor.organizationId,
          slug: 'c',
          name: 'c',
          is_default: 0,
          max_staleness_seconds: 60,
          revision: 1,
          created_at: 1,
        })
        .execute(),
    )
    const ids: string[] = []
    for (let at = 0; at < webhooksAtMost; at += 1) ids.push((await make({}, actor)).webhook.id)
    const seen: string[] = []
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = granted<Json>(
        await call(actor, 'GET /webhooks', { query: { limit: 33, ...(cursor && { cursor }) } }),
      )
      expect(page.total).toBe(webhooksAtMost)
      seen.push(...page.items.map(({ id }: { id: string }) => id))
      cursor = page.nextCursor
    }
    expect(new Set(seen)).toEqual(new Set(ids))
    expect(seen).toHaveLength(webhooksAtMost)
    expect(codeOf(await call(actor, 'GET /webhooks', { query: { cursor: 'bm9uc2Vuc2U' } }))).toBe('bad_cursor')
    const more = await call(actor, 'POST /webhooks', { body: { url: receiver.url, events: ['*'] } })
    expect(more).toMatchObject({ problem: { code: 'invalid', detail: expect.stringContaining('at most 100') } })
  })

  test('what was sent is listed newest first, by state, without the message, and for seven days', async () => {
    const { id } = await rig.webhook(receiver.url, ['team.*'])
    for (const action of ['team.created', 'team.updated', 'team.deleted'] as const) await rig.event(action)
    receiver.reply((answer, { type }) => void answer.writeHead(type === 'team.updated' ? 500 : 204).end())
    const courier = rig.courier()
    courier.wake()
    const list = async (query: object = {}): Promise<Json> =>
      granted(await call(owner, 'GET /webhooks/:id/deliveries', { ...one(id), query }))
    const rows = await (async () => {
      for (;;) {
        rig.forward(1000)
        courier.wake()
        const { items } = await list()
        if (items.filter((each: Json) => each.attempts > 0).length === 3) return items
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await courier.stop()
    expect(rows.map(({ event }: Json) => event)).toEqual(['team.deleted', 'team.updated', 'team.created'])
    expect(rows[1]).toMatchObject({ state: 'waiting', lastError: 'answered 500', deliveredAt: null })
    expect(rows[2]).toMatchObject({ state: 'delivered', attempts: 1, nextAt: null, lastError: null })
    expect(JSON.stringify(rows)).not.toContain('requestId')
    expect(await list({ state: 'waiting' })).toMatchObject({ items: [{ event: 'team.updated' }], total: 1 })
    const first = await list({ limit: 2 })
    expect(await list({ limit: 2, cursor: first.nextCursor })).toMatchObject({ items: [{ event: 'team.created' }] })
    expect(
      codeOf(
        await call(owner, 'GET /webhooks/:id/deliveries', {
          ...one(id),
          query: { state: 'waiting', cursor: first.nextCursor },
        }),
      ),
    ).toBe('bad_cursor')
    while (await database.system.transaction((db) => forgetDeliveries(db, rig.deps.now() + 1)));
    expect(await list()).toMatchObject({ items: [], total: 0 })
    receiver.reply(answering(204))
  })

  test.each([
    ['owner', true, true],
    ['admin', true, true],
    ['auditor', true, false],
    ['member', false, false],
  ] as const)('B22 %s: reads %s, writes %s', (role: Role, reads, writes) => {
    expect(may({ role, scopes: ['*'] }, 'webhooks:read')).toBe(reads)
    expect(may({ role, scopes: ['*'] }, 'webhooks:write')).toBe(writes)
  })
})

test.each([
  [['*'], 'key.created', true],
  [['key.created'], 'key.created', true],
  [['key.created'], 'key.updated', false],
  [['key.*'], 'key.updated', true],
  [['key.*'], 'keys.exported', false],
  [['key.*'], 'key', false],
  [[], 'key.created', false],
  [['team.*', 'key.revoked'], 'key.revoked', true],
] as const)('names %j want %s: %s', (names, action, isWanted) => {
  expect(wants(names, action)).toBe(isWanted)
})
