import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { answering, isSignedWith, type Receiver, startReceiver } from '../../test/receivers.ts'
import { onEachStore } from '../../test/stores.ts'
import { createWebhookRig, orgA, orgB } from '../../test/webhook-rig.ts'
import type { Database } from '../db/database.ts'
import { type Courier, createCourier } from './courier.ts'

const eventually = (look: () => Promise<void>, timeout: number) => vi.waitFor(look, { timeout, interval: 20 })
const minute = 60_000
const hour = 60 * minute

onEachStore('events on their way to webhooks', (open) => {
  let database: Database
  let rig: Awaited<ReturnType<typeof createWebhookRig>>
  let receiver: Receiver
  beforeAll(async () => {
    receiver = await startReceiver()
  })
  beforeEach(async () => {
    database = await open()
    rig = await createWebhookRig(database)
    await receiver.close()
    receiver = await startReceiver()
  })
  afterEach(() => rig.stop())
  afterAll(() => receiver.close())

  const states = async (organization = orgA) => (await rig.deliveries(organization)).map(({ state }) => state)
  const settled = (expected: readonly string[]) =>
    eventually(async () => expect(await states()).toEqual(expected), 10_000)

  /** While the clock goes on by a second with each look. */
  const soon = (courier: Courier, look: () => Promise<void>) =>
    eventually(async () => {
      rig.forward(1000)
      courier.wake()
      await look()
    }, 20_000)

  test('each event that a webhook names arrives, signed, in the order of the chain, as the audit log shows it', async () => {
    const { secret } = await rig.webhook(receiver.url, ['team.*', 'member.removed'])
    const ids = []
    for (const action of ['team.created', 'member.created', 'team.updated', 'member.removed', 'team.deleted'] as const)
      ids.push(await rig.event(action, { after: { slug: 'one' } }))
    rig.courier().wake()
    const got = await receiver.count(4)
    expect(got.map(({ type }) => type)).toEqual(['team.created', 'team.updated', 'member.removed', 'team.deleted'])
    expect(got.every((each) => isSignedWith(secret, each))).toBe(true)
    expect(got[0]).toMatchObject({
      timestamp: got[0]?.data.at,
      data: {
        organization: orgA,
        id: ids[0],
        seq: 2,
        action: 'team.created',
        actor: { kind: 'member', id: 'mem_1', name: 'Ada' },
        subject: { kind: 'team', id: 'team_1', name: 'One' },
        after: { slug: 'one' },
        requestId: 'req_AAAABBBBCCCCDDDD',
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    })
    await settled(['delivered', 'delivered', 'delivered', 'delivered'])
    expect(new Set(got.map(({ id }) => id))).toEqual(new Set((await rig.deliveries()).map(({ id }) => id)))
  })

  test('a webhook begins behind its own making, whatever was before and whoever was there', async () => {
    await rig.event('team.created')
    const first = await rig.webhook(`${receiver.url}/first`, ['*'])
    await rig.event('team.updated')
    const second = await rig.webhook(`${receiver.url}/second`, ['*'])
    await rig.event('team.deleted')
    rig.courier().wake()
    const got = await receiver.count(4)
    const at = (path: string) => got.filter((each) => each.path === `/hook/${path}`).map(({ type }) => type)
    expect(at('first')).toEqual(['team.updated', 'webhook.created', 'team.deleted'])
    expect(at('second')).toEqual(['team.deleted'])
    expect([first.id, second.id]).toHaveLength(2)
  })

  test('events of one organization are no news to the webhooks of another', async () => {
    await rig.webhook(`${receiver.url}/a`, ['*'])
    await rig.webhook(`${receiver.url}/b`, ['*'], orgB)
    await rig.event('team.created', { organization: orgB })
    rig.courier().wake()
    const [got] = await receiver.count(1)
    expect(got).toMatchObject({ path: '/hook/b', data: { organization: orgB } })
    await eventually(async () => expect(await states(orgB)).toEqual(['delivered']), 5000)
    expect(await rig.deliveries()).toEqual([])
    expect(receiver.got.length).toBe(1)
  })

  test('however many receivers of one organization hang, those of another get theirs', async () => {
    const hanging = new Set<string>()
    receiver.reply((answer, { path }) => {
      if (path === '/hook/b') answer.writeHead(204).end()
      else hanging.add(path)
    })
    for (let at = 0; at < 20; at += 1) await rig.webhook(`${receiver.url}/a${at}`, ['team.*'])
    await rig.event('team.created')
    const courier = rig.courier()
    courier.wake()
    await eventually(async () => expect(hanging.size).toBeGreaterThan(0), 5000)
    await rig.webhook(`${receiver.url}/b`, ['team.*'], orgB)
    await rig.event('team.created', { organization: orgB })
    courier.wake()
    await eventually(async () => expect(await states(orgB)).toEqual(['delivered']), 5000)
  })

  test('more events than one piece of work holds arrive all, once and in order, also when two processes send', {
    timeout: 90_000,
  }, async () => {
    await rig.webhook(receiver.url, ['team.*'])
    await rig.events(Array.from({ length: 230 }, (_, at) => ({ action: 'team.updated', after: { at } })))
    const [a, b] = [rig.courier('a'), rig.courier('b')]
    a.wake()
    b.wake()
    await eventually(async () => {
      expect((await states()).filter((state) => state === 'delivered')).toHaveLength(230)
    }, 60_000)
    expect(receiver.got.map(({ data }) => data.after.at)).toEqual(Array.from({ length: 230 }, (_, at) => at))
    expect(new Set(receiver.got.map(({ id }) => id)).size).toBe(230)
  })

  test('a receiver that was down gets everything when it is back, each under the id of its first attempt', async () => {
    const { id } = await rig.webhook(receiver.url, ['*'])
    const { port } = receiver
    receiver.reply(answering(503, 'come back later'))
    const courier = rig.courier()
    await rig.event('team.created')
    courier.wake()
    await receiver.count(1)
    await eventually(async () => expect((await rig.deliveries())[0]).toMatchObject({ attempts: 1 }), 5000)
    await receiver.close()
    await rig.event('team.updated')
    await soon(courier, async () => expect((await rig.deliveries())[0]?.attempts).toBeGreaterThan(3))
    const [first] = await rig.deliveries()
    expect(first).toMatchObject({ state: 'waiting', last_error: expect.stringContaining('ECONNREFUSED') })
    const since = await database.read(orgA, (db) =>
      db.selectFrom('webhooks').select('failing_since').where('id', '=', id).executeTakeFirstOrThrow(),
    )
    expect(since.failing_since).not.toBeNull()
    const back = await startReceiver({ port })
    await soon(courier, async () => expect(await states()).toEqual(['delivered', 'delivered']))
    const got = await back.count(2)
    expect(got).toHaveLength(2)
    expect(got.find(({ type }) => type === 'team.created')?.id).toBe(first?.id)
    await back.close()
  })

  test('one event that is refused does not hold up those behind it, and waits longer each time', async () => {
    await rig.webhook(receiver.url, ['team.*'])
    receiver.reply((answer, { type }) => void answer.writeHead(type === 'team.created' ? 422 : 200).end())
    for (const action of ['team.created', 'team.updated', 'team.deleted'] as const) await rig.event(action)
    const courier = rig.courier()
    courier.wake()
    await receiver.count(1)
    await settled(['waiting', 'waiting', 'waiting'])
    const waits: number[] = []
    for (const attempts of [1, 2, 3, 4]) {
      await soon(courier, async () => expect((await rig.deliveries())[0]?.attempts).toBeGreaterThanOrEqual(attempts))
      waits.push(Number((await rig.deliveries())[0]?.next_at) - rig.deps.now())
    }
    await settled(['waiting', 'delivered', 'delivered'])
    for (const [at, wait] of waits.entries()) expect(wait).toBeGreaterThan((waits[at - 1] ?? 2000) * 1.2)
    expect((await rig.deliveries())[0]?.last_error).toBe('answered 422')
  })

  test('after a day without success it is given up, and so is what waits behind it', async () => {
    await rig.webhook(receiver.url, ['team.*'])
    receiver.reply(answering(500))
    await rig.event('team.created')
    await rig.event('team.updated')
    const courier = rig.courier()
    courier.wake()
    await receiver.count(1)
    await settled(['waiting', 'waiting'])
    rig.forward(24 * hour)
    await rig.event('team.deleted')
    await soon(courier, async () => expect(await states()).toEqual(['given-up', 'given-up', 'waiting']))
    receiver.reply(answering(200))
    await soon(courier, async () => expect(await states()).toEqual(['given-up', 'given-up', 'delivered']))
  })

  test('D33 the metadata of a key goes with every event about it', async () => {
    await rig.webhook(receiver.url, ['key.*'])
    const id = 'key_AAAABBBBCCCCDDDD'
    await database.transaction(orgA, (db) =>
      db
        .insertInto('keys')
        .values({
          organization_id: orgA,
          id,
          token_kind: 'k',
          name: 'Bot',
          description: '',
          owner_type: 'member',
          owner_id: 'mem_1',
          owner_name: 'Ada',
          state: 'active',
          scope: '{}',
          max_staleness_seconds: null,
          expires_at: null,
          created_at: 1,
          created_by: 'mem_1',
          revoked_at: null,
          revision: 1,
          metadata: '{"cost center":"42","nested":{"a":[1]}}',
        })
        .execute(),
    )
    await rig.event('key.revoked', { subject: { kind: 'key', id, name: 'Bot' }, after: { state: 'revoked' } })
    rig.courier().wake()
    const [got] = await receiver.count(1)
    expect(got?.data.metadata).toEqual({ 'cost center': '42', nested: { a: [1] } })
    expect(got?.data.after).toEqual({ state: 'revoked' })
  })

  test('an event too large for a body arrives without what it was before and after, and says so', async () => {
    await rig.webhook(receiver.url, ['team.*'])
    await rig.event('team.updated', { after: { members: Array.from({ length: 20_000 }, (_, at) => `mem_${at}`) } })
    rig.courier().wake()
    const [got] = await receiver.count(1)
    expect(got?.body.length).toBeLessThan(65_536)
    expect(got?.data).toMatchObject({ action: 'team.updated', cut: true, subject: { id: 'team_1' } })
    expect(got?.data.after).toBeUndefined()
  })

  test('what is kept of an answer is one short line without secrets', async () => {
    const { secret } = await rig.webhook(receiver.url, ['team.*'])
    const token = `ostk_AAAABBBBCCCCDDDD_${'z'.repeat(49)}`
    receiver.reply(answering(400, `no\u0000 \u202E${token}\r\n${secret} ${secret.slice(6)} ${'long '.repeat(200)}`))
    await rig.event('team.created')
    rig.courier().wake()
    await eventually(async () => expect((await rig.deliveries())[0]?.last_error).toBeTruthy(), 5000)
    const kept = (await rig.deliveries())[0]?.last_error ?? ''
    expect(kept).toMatch(/^answered 400: no ostk_AAAABBBBCCCCDDDD\[redacted\] \[redacted webhook\] \[redacted\] long /)
    expect([...kept].length).toBeLessThanOrEqual(200)
  })

  test('while another process has its turn nothing is sent; when that one is gone, what it did not note is sent again', async () => {
    const { id } = await rig.webhook(receiver.url, ['team.*'])
    await rig.event('team.created')
    // It sends and dies: what it has sent was never noted.
    const dying = createCourier({
      ...rig.deps,
      sender: 'dying',
      every: () => () => {},
      log: { error: () => {} },
      post: async (posting) => {
        await rig.deps.post(posting)
        return new Promise(() => {})
      },
    })
    dying.wake()
    const [first] = await receiver.count(1)
    const courier = rig.courier('next')
    courier.wake()
    rig.forward(6000)
    courier.wake()
    const turn = await database.read(orgA, (db) =>
      db.selectFrom('webhooks').select('sender').where('id', '=', id).executeTakeFirstOrThrow(),
    )
    expect(turn.sender).toBe('dying')
    expect(receiver.got.length).toBe(1)
    await soon(courier, async () => expect(receiver.got).toHaveLength(2))
    const { got } = receiver
    expect(got[1]?.id).toBe(first?.id)
    expect(got[1]?.body).toBe(first?.body)
    await settled(['delivered'])
  })

  test('the end of the process cuts a receiver that is silent, and the event counts as not tried', async () => {
    await rig.webhook(receiver.url, ['team.*'])
    receiver.reply(() => {})
    await rig.event('team.created')
    const courier = rig.courier()
    courier.wake()
    await receiver.count(1)
    await courier.stop()
    expect(await rig.deliveries()).toMatchObject([{ state: 'waiting', attempts: 0, last_error: null }])
    receiver.reply(answering(204))
    rig.courier().wake()
    const got = await receiver.count(2)
    expect(got[1]?.id).toBe(got[0]?.id)
    await settled(['delivered'])
  })
})
