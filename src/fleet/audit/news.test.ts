import { afterEach, beforeEach, expect, test } from 'vitest'
import { scopeOf } from '../../../test/fake-control.ts'
import {
  type Clock,
  createClock,
  drive,
  type Gateway,
  startControl,
  startGateway,
  until,
} from '../../../test/feed-rig.ts'
import { insertKeyRow, keyIdOf, orgA, orgB, prepare } from '../../../test/feed-store.ts'
import { onEachStore } from '../../../test/stores.ts'
import { signerOf } from '../../audit/checkpoint.ts'
import { insertCheckpoint } from '../../audit/checkpoints/store.ts'
import { headOf, insertEvent, type NewEvent } from '../../audit/store.ts'
import type { Database } from '../../db/database.ts'
import type { Choice } from '../../keys/schema.ts'
import type { AuditKeeping } from '../attach.ts'

const gateways = new Map([
  ['Bearer first', { id: 'gwy_1', name: 'first', organizationId: orgA, serves: 'all' as const }],
  ['Bearer second', { id: 'gwy_2', name: 'second', organizationId: orgA }],
  ['Bearer foreign', { id: 'gwy_3', name: 'foreign', organizationId: orgB }],
])
type Frame = Parameters<AuditKeeping['take']>[0]
type Kept = {
  readonly frames: Frame[]
  readonly gateway: Gateway
  readonly send: Parameters<AuditKeeping['attached']>[0]
}

onEachStore('audit events for gateways', (open) => {
  let database: Database
  let clock: Clock
  let url = ''
  let said: { fields: object; message: string }[] = []
  const running: (() => Promise<unknown>)[] = []
  beforeEach(async () => {
    database = await open()
    clock = createClock()
    said = []
    await prepare(database)
    const error = (fields: object, message: string) => void said.push({ fields, message })
    const log = { info: () => {}, warn: () => {}, error }
    const control = await startControl(database, { clock, gateways, more: { log } })
    running.push(control.kill)
    url = control.url
  })
  afterEach(async () => {
    for (const stop of running.splice(0).reverse()) await stop()
  })

  const attach = (token: string, held: Record<string, number> = {}): Kept => {
    const frames: Frame[] = []
    let send: Kept['send'] = () => {}
    const attached = (sending: Kept['send']) => {
      send = sending
    }
    const audit = { held: () => held, take: (frame: Frame) => void frames.push(frame), attached }
    const gateway = startGateway(url, token, clock, { audit })
    running.push(() => drive(gateway.attachment.stop(), clock))
    return { frames, gateway, send: (frame) => send(frame) }
  }
  const seqs = ({ frames }: Kept, organization = orgA): number[] =>
    frames.filter((frame) => frame.organization === organization).flatMap(({ events }) => events.map(({ seq }) => seq))
  const has = (kept: Kept, ...expected: number[]) => until(() => seqs(kept).join() === expected.join())

  let count = 0
  const event = (subject: string, more: Partial<NewEvent> = {}): NewEvent => {
    count += 1
    return {
      id: `evt_${String(count).padStart(16, '0')}`,
      at: clock.now(),
      actor: { kind: 'member', id: 'mem_a', name: 'Ada', address: '203.0.113.7' },
      action: 'key.suspended',
      subject: { kind: subject.split('_')[0] ?? '', id: subject, name: 'ci' },
      requestId: `req_${count}`,
      ...more,
    }
  }
  const tell = (subject: string, more: Partial<NewEvent> = {}, organization = orgA) =>
    database.transaction(organization, (db) => insertEvent(db, organization, event(subject, more)))
  /** Without a change beside it: nothing but the commit says that something happened. */
  const makeKey = async (n: number, choice: Choice, organization = orgA): Promise<string> => {
    const id = keyIdOf(n)
    const scope = JSON.stringify({ ...scopeOf(), gateways: choice })
    await database.transaction(organization, async (db) => {
      await insertKeyRow(db, organization, id)
      await db.updateTable('keys').set({ scope }).where('id', '=', id).execute()
    })
    return id
  }
  const sealedUpTo = (seq: number, organization = orgA) =>
    expect.poll(() => database.read(organization, (db) => headOf(db, organization))).toMatchObject({ seq })

  test('D63 reach every gateway on which the key may be used, in the order of their chain, as soon as they are sealed', async () => {
    const everywhere = await makeKey(1, { mode: 'all' })
    const onFirst = await makeKey(2, { mode: 'only', items: ['gwy_1'] })
    const [first, second] = [attach('first'), attach('second')]
    await tell(everywhere)
    await tell(onFirst)
    await tell('srv_1')
    await tell(everywhere, { action: 'key.resumed' })
    await has(first, 1, 2, 4)
    await has(second, 1, 4)
    const [frame] = first.frames
    expect(frame?.events[0]).toMatchObject({
      seq: 1,
      action: 'key.suspended',
      actor: { id: 'mem_a' },
      address: '203.0.113.7',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    })
  })

  test('D63 G10 reach no gateway of another organization, and none on which the key may not be used', async () => {
    const ours = await makeKey(1, { mode: 'all' })
    const nowhere = await makeKey(2, { mode: 'none' })
    const theirs = await makeKey(3, { mode: 'all' }, orgB)
    const [first, second, foreign] = [attach('first'), attach('second'), attach('foreign')]
    await tell(ours)
    await tell(nowhere)
    await tell(theirs, {}, orgB)
    await until(() => seqs(first).length === 1 && seqs(first, orgB).length === 1 && seqs(foreign, orgB).length === 1)
    await has(second, 1)
    expect(second.frames.map(({ organization }) => organization)).toEqual([orgA])
    expect(foreign.frames.map(({ organization }) => organization)).toEqual([orgB])
  })

  test('D63 a gateway that loses a key, or gets it, is told so', async () => {
    const key = await makeKey(1, { mode: 'only', items: ['gwy_2'] })
    const [first, second] = [attach('first'), attach('second')]
    const before = { gateways: { mode: 'only', items: ['gwy_1'] } }
    await tell(key, { action: 'key.updated', before, after: { gateways: { mode: 'only', items: ['gwy_2'] } } })
    await tell(key, { action: 'key.created', after: { scope: before } })
    await tell(key)
    await has(first, 1, 2)
    await has(second, 1, 2, 3)
  })

  test('D63 a gateway that was away is sent what it does not have, and nothing else', async () => {
    const key = await makeKey(1, { mode: 'all' })
    for (let n = 0; n < 5; n += 1) await tell(key)
    await sealedUpTo(5)
    const [knows, fresh] = [attach('first', { [orgA]: 3 }), attach('second')]
    await has(knows, 4, 5)
    await has(fresh, 1, 2, 3, 4, 5)
    await tell(key)
    await has(knows, 4, 5, 6)
    const places = knows.frames.map(({ after, upTo }) => [after, upTo])
    expect(places[0]).toEqual([3, 5])
    for (const [at, [after]] of places.slice(1).entries()) expect(after).toBe(places[at]?.[1])
  })

  test('D63 what a gateway has lost it is sent again when it asks', async () => {
    const key = await makeKey(1, { mode: 'all' })
    const first = attach('first')
    for (let n = 0; n < 3; n += 1) await tell(key)
    await until(() => seqs(first).at(-1) === 3)
    first.frames.splice(0)
    first.send({ type: 'audit-from', after: { [orgA]: 1 } })
    await has(first, 2, 3)
  })

  test('D63 events older than 30 days are not sent to who comes without any', async () => {
    const key = await makeKey(1, { mode: 'all' })
    const day = 86_400_000
    for (const days of [40, 31, 29, 1]) await tell(key, { at: clock.now() - days * day })
    await sealedUpTo(4)
    const first = attach('first')
    await has(first, 3, 4)
    expect(first.frames[0]?.after).toBe(0)
  })

  test('D63 a long log is sent in pieces, while what is new still comes', async () => {
    const key = await makeKey(1, { mode: 'all' })
    const after = { text: 'x'.repeat(100_000) }
    for (let begun = 0; begun < 1200; begun += 200)
      await database.transaction(orgA, async (db) => {
        for (let n = 0; n < 200; n += 1) await insertEvent(db, orgA, event(key, n % 40 ? {} : { after }))
      })
    await sealedUpTo(1200)
    const first = attach('first')
    await until(() => seqs(first).length === 1200)
    expect(seqs(first)).toEqual(Array.from({ length: 1200 }, (_, at) => at + 1))
    expect(first.frames.length).toBeGreaterThan(5)
    for (const frame of first.frames) expect(JSON.stringify(frame).length).toBeLessThan(500_000)
    await tell(key)
    await until(() => seqs(first).at(-1) === 1201)
  }, 30_000)

  test('M13 a checkpoint follows what it covers, once, and to gateways of its organization only', async () => {
    const key = await makeKey(1, { mode: 'all' })
    const [first, foreign] = [attach('first'), attach('foreign')]
    await tell(key)
    await tell('srv_1')
    await sealedUpTo(2)
    const { hash } = await database.read(orgA, (db) => headOf(db, orgA))
    const at = new Date(clock.now()).toISOString()
    const checkpoint = signerOf(Buffer.alloc(32, 1)).sign({ organization: orgA, seq: 2, hash, at })
    await database.system.transaction((db) => insertCheckpoint(db, checkpoint))
    const signed = ({ frames }: Kept) => frames.flatMap(({ checkpoints }) => checkpoints)
    await until(() => signed(first).length === 1)
    expect(signed(first)).toEqual([checkpoint])
    expect(first.frames.at(-1)).toMatchObject({ upTo: 2 })
    await tell(key)
    await has(first, 1, 3)
    expect(signed(first)).toHaveLength(1)
    expect(signed(attach('first', { [orgA]: 2 }))).toEqual([])
    expect(foreign.frames).toEqual([])
  })

  test('M13 a gateway that has more than the log raises the alarm, and is sent what there is', async () => {
    const key = await makeKey(1, { mode: 'all' })
    await tell(key)
    await sealedUpTo(1)
    const first = attach('first', { [orgA]: 9 })
    await has(first, 1)
    expect(first.frames[0]).toMatchObject({ after: 0, upTo: 1 })
    expect(said).toMatchObject([{ fields: { organization: orgA, gateway: 'gwy_1', seq: 1, held: 9 } }])
  })

  test('a key whose row cannot be read keeps no event of another from anybody', async () => {
    const [damaged, whole] = [await makeKey(1, { mode: 'all' }), await makeKey(2, { mode: 'all' })]
    const second = attach('second')
    await tell(damaged)
    await has(second, 1)
    await database.system.transaction((db) =>
      db.updateTable('keys').set({ scope: '{"gateways":{"mode":"some"}}' }).where('id', '=', damaged).execute(),
    )
    await tell(damaged)
    await tell(whole)
    await has(second, 1, 3)
  })
})
