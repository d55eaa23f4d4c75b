import { afterAll, beforeAll, expect, test } from 'vitest'
import { answering, type Receiver, startReceiver, verified } from '../../test/receivers.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWebhookRig, orgA, orgB } from '../../test/webhook-rig.ts'
import type { Database } from '../db/database.ts'
import { Secret } from '../secret.ts'

const canary = `ostk_AAAABBBBCCCCDDDD_${'z'.repeat(49)}`
const message = { type: 'key.rotated', timestamp: '2026-01-01T00:00:00.000Z', data: { key: 'key_1', secret: canary } }

onEachStore('a delivery at once', (open) => {
  let database: Database
  let rig: Awaited<ReturnType<typeof createWebhookRig>>
  let receiver: Receiver
  beforeAll(async () => {
    database = await open()
    rig = await createWebhookRig(database)
    receiver = await startReceiver()
  })
  afterAll(() => receiver.close())

  const everythingStored = () =>
    database.system.read(async (db) =>
      JSON.stringify(
        [
          await db.selectFrom('webhooks').selectAll().execute(),
          await db.selectFrom('webhook_deliveries').selectAll().execute(),
          await db.selectFrom('audit_events').selectAll().execute(),
        ],
        (_, value) => (typeof value === 'bigint' ? String(value) : value),
      ),
    )

  test('is signed so that the library of the standard takes it, and a changed byte or another secret is refused', async () => {
    const { id, secret } = await rig.webhook(receiver.url, ['key.*'])
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(await rig.deps.deliverNow(orgA, id, message)).toEqual({ ok: true, value: { status: 204 } })
    const [got] = await receiver.count(1)
    if (!got) throw new Error('nothing arrived')
    expect(verified(secret, got)).toEqual(message)
    expect(got.headers['content-type']).toBe('application/json')
    expect(() => verified(secret, { ...got, body: got.body.replace('key_1', 'key_2') })).toThrow()
    expect(() => verified(`whsec_${Buffer.alloc(32, 1).toString('base64')}`, got)).toThrow()
  })

  test('reveals what is a Secret in the bytes that leave, and only there', async () => {
    const { id } = await rig.webhook(receiver.url, ['key.*'])
    const data = { keys: [{ id: 'key_1', secret: new Secret(canary) }] }
    await rig.deps.deliverNow(orgA, id, { ...message, data })
    expect(receiver.got.at(-1)?.data).toEqual({ keys: [{ id: 'key_1', secret: canary }] })
    expect(await everythingStored()).not.toContain('zzzzzz')
  })

  test('A34 keeps neither the message nor what the receiver wrote, whatever it answers, and never the signing secret', async () => {
    const { id, secret } = await rig.webhook(receiver.url, ['key.*'])
    receiver.reply(answering(500, `you sent ${canary}`))
    const sent = await rig.deps.deliverNow(orgA, id, message)
    expect(sent).toMatchObject({
      ok: false,
      problem: { code: 'upstream_unreachable', detail: 'The webhook answered 500.', data: { status: 500 } },
    })
    expect(JSON.stringify(sent)).not.toContain('zzzzzz')
    expect(await everythingStored()).not.toContain('zzzzzz')
    expect(await everythingStored()).not.toContain(secret.slice('whsec_'.length))
    receiver.reply(answering(302, '', { location: 'http://127.0.0.1:1/' }))
    expect(await rig.deps.deliverNow(orgA, id, message)).toMatchObject({
      problem: { detail: 'The webhook answered 302, and redirects are not followed.' },
    })
    receiver.reply(answering(204))
  })

  test('a webhook of another organization, an unknown and a deleted one are alike: there is none', async () => {
    const { id } = await rig.webhook(receiver.url, ['*'])
    const before = receiver.got.length
    for (const [organization, asked] of [
      [orgB, id],
      [orgA, 'whk_0000000000000000'],
    ] as const)
      expect(await rig.deps.deliverNow(organization, asked, message)).toMatchObject({ problem: { code: 'not_found' } })
    expect(receiver.got.length).toBe(before)
  })

  test('a name that has come to stand for a forbidden address since it was kept is refused', async () => {
    rig.names.set('hooks.example.test', [{ address: '203.0.113.7', family: 4 }])
    const { id } = await rig.webhook('https://hooks.example.test/hook', ['*'])
    rig.names.set('hooks.example.test', [{ address: '169.254.169.254', family: 4 }])
    expect(await rig.deps.deliverNow(orgA, id, message)).toMatchObject({
      problem: { code: 'upstream_unreachable', detail: 'The address leads to an address that no webhook is sent to.' },
    })
  })

  test('it shows since when nothing arrives, and that it does again', async () => {
    const { id } = await rig.webhook(receiver.url, ['*'])
    const failingSince = async () =>
      (
        await database.read(orgA, (db) =>
          db.selectFrom('webhooks').select('failing_since').where('id', '=', id).executeTakeFirstOrThrow(),
        )
      ).failing_since
    receiver.reply(answering(503))
    await rig.deps.deliverNow(orgA, id, message)
    const first = await failingSince()
    expect(first).not.toBeNull()
    rig.forward(1000)
    await rig.deps.deliverNow(orgA, id, message)
    expect(await failingSince()).toBe(first)
    receiver.reply(answering(200))
    await rig.deps.deliverNow(orgA, id, message)
    expect(await failingSince()).toBeNull()
  })
})
