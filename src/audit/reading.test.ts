import { beforeAll, expect, test } from 'vitest'
import { type AuditRig, createAuditRig, eventOf, hourMs, one, reader, two } from '../../test/audit-rig.ts'
import { actorOf, codeOf, granted } from '../../test/keyring.ts'
import { onEachStore } from '../../test/stores.ts'
import { headOf, insertEvent } from './store.ts'

onEachStore('reading the audit log', (open) => {
  let rig: AuditRig
  beforeAll(async () => {
    rig = await createAuditRig(await open())
    await rig.fill(5)
  })

  const list = (query: Record<string, string> = {}, who = reader, call = rig.call) =>
    call(who, 'GET /audit-events', { query })
  const readingsOf = (action: string, organization: string = one) =>
    rig.database.system.read((db) =>
      db
        .selectFrom('audit_events')
        .select(['id', 'actor_id', 'address', 'after', 'request_id', 'subject_kind', 'subject_id'])
        .where('organization_id', '=', organization)
        .where('action', '=', action)
        .orderBy('row_id')
        .execute(),
    )
  const count = async () => (await readingsOf('audit.read')).length
  const later = (ms: number) => {
    rig.clock.now += ms
  }

  test('M13 is logged: who, from where, and what was asked for', async () => {
    granted(await list({ subject: 'key_1' }))
    const [event] = (await readingsOf('audit.read')).slice(-1)
    expect(event).toMatchObject({
      id: expect.stringMatching(/^evt_[0-9A-Za-z]{16}$/),
      actor_id: 'mem_1',
      address: '203.0.113.7',
      request_id: 'req_AAAABBBBCCCCDDDD',
      subject_kind: 'audit-log',
      subject_id: one,
    })
    expect(JSON.parse(event?.after ?? '')).toEqual({ filter: { subject: 'key_1' } })
  })

  test('M13 is logged once for a question, however often and in how many pages it is asked', async () => {
    later(hourMs)
    const before = await count()
    let cursor: string | null = null
    do {
      const page: { nextCursor: string | null } = granted(
        (await list({ limit: '1', ...(cursor ? { cursor } : {}) })) as never,
      )
      cursor = page.nextCursor
      await rig.sealAll()
    } while (cursor)
    for (let n = 0; n < 5; n += 1) await list()
    expect(await count()).toBe(before + 1)
    // Another control, or the same one after its restart.
    await list({}, reader, rig.restarted())
    expect(await count()).toBe(before + 1)
    later(10 * 60_000)
    await list()
    expect(await count()).toBe(before + 2)
  })

  test('M13 another question, another person and another organization are logged for themselves', async () => {
    later(hourMs)
    const before = await count()
    await list({ actor: 'mem_1' })
    await list({ actor: 'mem_2' })
    await list({ actor: 'mem_1' }, actorOf(one, 'mem_2', 'auditor'))
    expect(await count()).toBe(before + 3)
    await list({ actor: 'mem_1' }, actorOf(two, 'mem_1', 'owner'))
    expect(await count()).toBe(before + 3)
    expect(await readingsOf('audit.read', two)).toHaveLength(1)
  })

  test('two questions that somebody has found one id for are both told', async () => {
    later(hourMs)
    await list({ subject: 'key_2' })
    const { id } = (await readingsOf('audit.read')).at(-1) ?? { id: '' }
    await rig.tamper(rig.rename(id, '{"filter":{"subject":"key_3"}}'))
    await list({ subject: 'key_2' }, reader, rig.restarted())
    const [other, fresh] = (await readingsOf('audit.read')).slice(-2)
    expect([other?.id, fresh?.after]).toEqual([id, '{"filter":{"subject":"key_2"}}'])
  })

  test('a question that is new each time does not fill the log', async () => {
    later(hourMs)
    const before = await count()
    for (let n = 0; n < 130; n += 1) await list({ from: new Date(n).toISOString() })
    expect(await count()).toBe(before + 101)
    expect((await readingsOf('audit.read')).at(-1)?.after).toContain('more than can be told apart')
  })

  test('G7 is refused where it cannot be logged', async () => {
    later(hourMs)
    const { read } = rig.database
    const head = await read(one, (db) => headOf(db, one))
    const failing = rig.withoutWriting()
    await expect(failing(reader, 'GET /audit-events')).rejects.toThrow('no writer')
    await expect(failing(reader, 'GET /audit-events/export')).rejects.toThrow('no writer')
    expect(await read(one, (db) => headOf(db, one))).toEqual(head)
  })

  test('M13 every export is logged before it begins, with what was taken along', async () => {
    later(hourMs)
    await rig.exported({ format: 'csv', actor: 'mem_1' })
    await rig.exported({ format: 'csv', actor: 'mem_1' })
    const events = await readingsOf('audit.exported')
    expect(events).toHaveLength(2)
    expect(events[0]).toMatchObject({ actor_id: 'mem_1', address: '203.0.113.7', subject_kind: 'audit-log' })
    expect(JSON.parse(events[0]?.after ?? '')).toMatchObject({ format: 'csv', filter: { actor: 'mem_1' }, after: 0 })
  })

  test('events without an address verify as before, and those with one say it', async () => {
    const fresh = await createAuditRig(await open())
    await fresh.record(eventOf(1))
    await fresh.record(eventOf(2, { actor: { kind: 'member', id: 'mem_1', name: 'Ada', address: '203.0.113.9' } }))
    await fresh.database.transaction(one, (db) => insertEvent(db, one, eventOf(3)))
    await fresh.sealAll()
    const { items } = granted((await fresh.call(reader, 'GET /audit-events')) as never) as { items: object[] }
    expect(items.map((item) => 'address' in item && item.address)).toEqual([false, '203.0.113.9', false])
    fresh.clock.now = 0
    expect((await fresh.verified()).finding).toBeNull()
  })

  test('a place of one question is none of another', async () => {
    const { nextCursor } = granted((await list({ limit: '1' })) as never) as { nextCursor: string }
    expect(codeOf(await list({ limit: '1', cursor: nextCursor }))).toBeNull()
    expect(codeOf(await list({ limit: '1', cursor: nextCursor, address: '203.0.113.7' }))).toBe('bad_cursor')
  })
})
