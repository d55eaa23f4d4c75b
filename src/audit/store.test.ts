import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { eventOf, one, reader, two } from '../../test/audit-rig.ts'
import { callRoute } from '../../test/keyring.ts'
import { addOrganization, onEachStore, silent } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { createSequencer } from '../db/sequencer.ts'
import { mint } from '../keys/token.ts'
import { verify } from './chain.ts'
import { auditRoutes } from './routes.ts'
import { chainAfter, insertEvent, listEvents, type NewEvent, seal } from './store.ts'

const record = (database: Database, organizationId: string, event: NewEvent) =>
  database.transaction(organizationId, (db) => insertEvent(db, organizationId, event))
const sealAll = (database: Database) => database.system.transaction(seal)
const chainIn = (database: Database, organizationId: string) =>
  database.read(organizationId, (db) => chainAfter(db, organizationId, 0, 10_000))

onEachStore('audit events', (open) => {
  const seeded = async (): Promise<Database> => {
    const database = await open()
    await addOrganization(database, one, 'one')
    await addOrganization(database, two, 'two')
    return database
  }
  const ask = async (database: Database, query: Record<string, string>) => {
    const deps = {
      ...database,
      newId: (prefix: string) => `${prefix}_1`,
      now: () => 0,
      signerOf: () => ({ publicKey: '' }),
    }
    const answer = await callRoute(auditRoutes(deps))(reader, 'GET /audit-events', { query })
    return answer.ok ? { value: answer.value } : { code: answer.problem.code }
  }

  test('G7 an event is there when its change is, and gone when it is not', async () => {
    const database = await seeded()
    const failing = database.transaction(one, async (db) => {
      await insertEvent(db, one, eventOf(1))
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(await sealAll(database)).toBe(0)
  })

  test('are sealed into one chain for each organization, in the order of their insertion', async () => {
    const database = await seeded()
    await database.transaction(one, async (db) => {
      for (const n of [5, 3, 4]) await insertEvent(db, one, eventOf(n, { at: 7, after: { n, text: 'ä"\\' } }))
    })
    await record(database, two, eventOf(1, { before: null }))
    expect(await sealAll(database)).toBe(4)
    await record(database, one, eventOf(6))
    expect(await sealAll(database)).toBe(1)
    const chain = await chainIn(database, one)
    expect(chain.map(({ seq, requestId }) => [seq, requestId])).toEqual([
      [1, 'req_5'],
      [2, 'req_3'],
      [3, 'req_4'],
      [4, 'req_6'],
    ])
    expect(verify(chain)).toMatchObject({ ok: true, head: { seq: 4 } })
    expect(verify(await chainIn(database, two))).toMatchObject({ ok: true, head: { seq: 1 } })
  })

  test('G6 hold no token of ours, wherever somebody has pasted one', async () => {
    const database = await seeded()
    const secret = mint('k', randomBytes).secret.reveal()
    await record(
      database,
      one,
      eventOf(1, { before: { filter: { search: secret } }, after: { [secret]: [`x ${secret}"`] } }),
    )
    await sealAll(database)
    const chain = await chainIn(database, one)
    const shown = `${secret.slice(0, 21)}[redacted]`
    expect(chain).toMatchObject([{ before: { filter: { search: shown } }, after: { [shown]: [`x ${shown}"`] } }])
    expect(verify(chain)).toMatchObject({ ok: true })
  })

  test('that were tampered with in the database are found', async () => {
    const database = await seeded()
    for (const n of [1, 2, 3]) await record(database, one, eventOf(n))
    await sealAll(database)
    await database.system.transaction((db) =>
      sql`update audit_events set actor_name = 'Eve' where request_id = 'req_2'`.execute(db),
    )
    expect(verify(await chainIn(database, one))).toEqual({ ok: false, seq: 2, because: 'changed' })
    await database.system.transaction((db) => sql`delete from audit_events where request_id = 'req_2'`.execute(db))
    expect(verify(await chainIn(database, one))).toEqual({ ok: false, seq: 2, because: 'missing' })
  })

  test('are sealed by the sequencer, more than one sealing takes on, with no change beside them', async () => {
    const database = await seeded()
    await database.transaction(one, async (db) => {
      for (let n = 0; n < 1_050; n++) await insertEvent(db, one, eventOf(n))
    })
    const sequencer = createSequencer({ database, seal, log: silent, pollMs: 600_000 })
    sequencer.start()
    await expect.poll(async () => (await chainIn(database, one)).length).toBe(1_050)
    await sequencer.stop()
    expect(verify(await chainIn(database, one))).toMatchObject({ ok: true, head: { seq: 1_050 } })
  })

  test('G10 of another organization are not listed', async () => {
    const database = await seeded()
    await record(database, two, eventOf(1))
    await sealAll(database)
    expect(await database.read(one, (db) => listEvents(db, one, {}, null, 10))).toEqual({
      events: [],
      lookedTo: null,
    })
    expect(await ask(database, { subject: 'key_1' })).toEqual({ value: { items: [], nextCursor: null } })
  })

  test('are listed newest first, sealed ones only, page by page', async () => {
    const database = await seeded()
    for (const n of [1, 2, 3, 4, 5]) await record(database, one, eventOf(n))
    await sealAll(database)
    await record(database, one, eventOf(6))
    const seen: unknown[] = []
    let cursor: string | null = null
    do {
      const page = await ask(database, { limit: '2', ...(cursor ? { cursor } : {}) })
      expect(page).toMatchObject({ value: { items: expect.any(Array) } })
      const { items, nextCursor } = Object(page.value)
      seen.push(items.map((item: { requestId: string }) => item.requestId))
      cursor = nextCursor
    } while (cursor)
    expect(seen).toEqual([['req_5', 'req_4'], ['req_3', 'req_2'], ['req_1']])
  })

  test('are found by subject, actor, action and time', async () => {
    const database = await seeded()
    for (const n of [1, 2, 3]) await record(database, one, eventOf(n))
    const eve = { actor: { kind: 'member', id: 'mem_2', name: 'Eve' }, action: 'key.revoked' as const, after: { a: 1 } }
    await record(database, one, eventOf(4, { ...eve, subject: { kind: 'key', id: 'key_1', name: 'ci' } }))
    await sealAll(database)
    const found = async (query: Record<string, string>) => {
      const { items } = Object((await ask(database, query)).value)
      return items.map((item: { requestId: string }) => item.requestId)
    }
    expect(await found({ subject: 'key_1' })).toEqual(['req_4', 'req_1'])
    expect(await found({ actor: 'mem_2' })).toEqual(['req_4'])
    expect(await found({ action: 'key.revoked', actor: 'mem_1' })).toEqual([])
    await record(database, one, eventOf(5, { actor: { ...eve.actor, address: '198.51.100.5' } }))
    await sealAll(database)
    expect(await found({ address: '198.51.100.5' })).toEqual(['req_5'])
    expect(await found({ address: '198.51.100.50' })).toEqual([])
    expect(await found({ from: '1970-01-01T00:00:02Z', to: '1970-01-01T00:00:04Z' })).toEqual(['req_3', 'req_2'])
    expect(await ask(database, { actor: 'mem_2' })).toMatchObject({
      value: {
        items: [
          { address: '198.51.100.5', seq: 8 },
          { after: { a: 1 }, seq: 4 },
        ],
      },
    })
  })

  test('a cursor that is not one of ours is refused', async () => {
    const database = await seeded()
    const ours = Buffer.from('audit:5').toString('base64url')
    for (const cursor of ['', 'x', `${ours}=`, `${ours}A`, Buffer.from('audit:0').toString('base64url')])
      expect(await ask(database, { cursor })).toEqual({ code: 'bad_cursor' })
    expect(await ask(database, { cursor: ours })).toEqual({ value: { items: [], nextCursor: null } })
    // Of another question.
    expect(await ask(database, { cursor: ours, actor: 'mem_1' })).toEqual({ code: 'bad_cursor' })
  })

  test('a page looks at no more than 20,000 events for what no index answers, and the next one goes on', async () => {
    const database = await seeded()
    await record(database, one, eventOf(1))
    await sealAll(database)
    await database.system.transaction((db) =>
      sql`insert into audit_events (organization_id, id, at, actor_kind, actor_id, actor_name, action, subject_kind,
        subject_id, subject_name, request_id, seq, hash)
        with recursive n(x) as (select 2 union all select x + 1 from n where x < 20002)
        select ${one}, 'evt_' || x, 9000000, 'member', 'mem_2', 'Eve', 'key.created', 'key', 'key_2', 'ci', 'req_x', x, 'h'
        from n`.execute(db),
    )
    const first = await ask(database, { to: '1970-01-01T00:00:02Z' })
    expect(first).toEqual({ value: { items: [], nextCursor: expect.any(String) } })
    const { nextCursor: cursor } = Object(first.value)
    expect(await ask(database, { to: '1970-01-01T00:00:02Z', cursor })).toMatchObject({
      value: { items: [{ requestId: 'req_1' }], nextCursor: null },
    })
    expect(await ask(database, { subject: 'key_1' })).toMatchObject({ value: { items: [{ requestId: 'req_1' }] } })
  })
})
