import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { insertKeyRow, keyIdOf, orgA, orgB, prepare } from '../../test/feed-store.ts'
import { call } from '../../test/spool-rig.ts'
import { onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { RecordsReport } from '../fleet/feed-state.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import { callsOf } from './calls/store.ts'
import { clientsOf } from './clients/store.ts'
import { forgetUsage, marksKeptMs, seenKeptMs } from './retention.ts'
import { addRecords } from './take.ts'
import { forgetRequests, requestsOfOwners } from './totals/store.ts'

const now = Date.UTC(2026, 10, 21)
const all = { since: 0, limit: 5000 }
let keys = 0
let boots = 0

onEachStore('what gateways have counted', (open) => {
  let database: Database
  const firstUses: string[] = []
  /** True: counted, now or before. */
  const take = async (report: RecordsReport): Promise<boolean> => {
    const added = await database.system.transaction((db) => addRecords(db, report, now))
    for (const { key, version } of added?.firstUses ?? []) firstUses.push(`${key} ${version}`)
    return added !== null
  }
  beforeAll(async () => {
    database = await open()
    await prepare(database)
  })

  const newKey = async (organization = orgA): Promise<string> => {
    keys += 1
    const id = keyIdOf(keys)
    await database.transaction(organization, (db) => insertKeyRow(db, organization, id))
    return id
  }
  type Calls = readonly CallRecord[]
  type Alike = Partial<CallRecord> & { readonly requests?: number; readonly firstAt?: number; readonly lastAt?: number }
  /** So many that differ in their time only. */
  const item = (key: string, { requests = 1, firstAt = now - 1000, lastAt = now - 500, ...more }: Alike = {}): Calls =>
    Array.from({ length: requests }, (_, n) => ({
      ...call(`req_${n}`, { kind: 'mcp', provider: null, model: null, client: 'claude-code/2.1' }),
      ...{ seq: 0, organization: orgA, key, server: 'srv_1', tool: 'echo', at: n === 0 ? firstAt : lastAt },
      ...more,
    }))
  const report = (first: number, calls: Calls, more: Partial<RecordsReport> = {}): RecordsReport => ({
    gateway: 'gwy_1',
    boot: `boot_${boots}`,
    confirmed: first - 1,
    records: calls.map((record, at) => ({ ...record, seq: first + at })),
    ...more,
  })
  const fresh = (...calls: readonly Calls[]): RecordsReport => {
    boots += 1
    return report(1, calls.flat())
  }
  const used = (organization: string, id: string) =>
    database.read(organization, async (db) => {
      const key = await db
        .selectFrom('keys')
        .select(['requests', 'last_used_at', 'revision'])
        .where('id', '=', id)
        .executeTakeFirstOrThrow()
      const versions = await db
        .selectFrom('secret_versions')
        .select(['version', 'first_used_at', 'last_used_at'])
        .where('key_id', '=', id)
        .execute()
      return { ...key, versions }
    })
  const clients = (id: string, more: Partial<typeof all> = {}) =>
    database.read(orgA, (db) => clientsOf(db, orgA, id, { ...all, ...more }))
  const calls = (id: string) => database.read(orgA, (db) => callsOf(db, orgA, id, all))
  const requestsOf = (organization: string, owners: readonly string[] | null) =>
    database.read(organization, (db) => requestsOfOwners(db, organization, owners))

  test('D11 D13 B27 what is admitted is added to the key, its secret, its clients, its calls and its owner', async () => {
    const [id, before] = [await newKey(), await requestsOf(orgA, ['mem_a'])]
    const isTaken = await take(
      fresh(
        item(id, { requests: 2, lastAt: now - 300 }),
        item(id, { requests: 3, tool: 'read', firstAt: now - 5000, lastAt: now - 400 }),
        item(id, { requests: 4, version: 0, child: 'chd_1', client: 'ci', address: '203.0.113.7', tool: null }),
        item(id, { requests: 5, admitted: false, status: 403, client: 'stranger' }),
      ),
    )
    expect(isTaken).toBe(true)
    expect(await used(orgA, id)).toEqual({
      requests: 9,
      last_used_at: now - 300,
      // No change of the key: nobody has to hear of it.
      revision: 1,
      versions: [{ version: 1, first_used_at: now - 5000, last_used_at: now - 300 }],
    })
    expect(await clients(id)).toEqual([
      {
        version: 1,
        client: 'claude-code/2.1',
        address: '198.51.100.7',
        firstSeenAt: now - 5000,
        lastSeenAt: now - 300,
        requests: 5,
      },
      { version: 0, client: 'ci', address: '203.0.113.7', firstSeenAt: now - 1000, lastSeenAt: now - 500, requests: 4 },
    ])
    expect((await calls(id)).map(({ server, tool, requests }) => [server, tool, requests])).toEqual([
      ['srv_1', 'echo', 2],
      ['srv_1', 'read', 3],
      ['srv_1', '', 4],
    ])
    expect(await requestsOf(orgA, ['mem_a'])).toBe(before + 9)
    expect(await requestsOf(orgA, null)).toBe(before + 9)
    expect(await requestsOf(orgA, [])).toBe(0)
    expect(await requestsOf(orgA, ['mem_b'])).toBe(0)
  })

  test('D11 last used is the latest of all gateways, however late the others report, and never in the future', async () => {
    const id = await newKey()
    await take({ ...fresh(item(id, { firstAt: now - 10 })), gateway: 'gwy_1' })
    await take({ ...fresh(item(id, { firstAt: now - 9999 })), gateway: 'gwy_2' })
    expect((await used(orgA, id)).last_used_at).toBe(now - 10)
    // Its clock is an hour ahead.
    await take(fresh(item(id, { firstAt: now + 3_600_000 })))
    expect((await used(orgA, id)).last_used_at).toBe(now)
    expect((await clients(id))[0]?.lastSeenAt).toBe(now)
  })

  describe('D13 a call is counted once', () => {
    test('however often it comes, and it is said to be taken each time', async () => {
      const id = await newKey()
      const once = fresh(item(id))
      for (let i = 0; i < 3; i += 1) expect(await take(once)).toBe(true)
      expect((await used(orgA, id)).requests).toBe(1)
    })

    test('by whichever of several controls it reaches, at the same time too', async () => {
      const id = await newKey()
      const once = fresh(item(id))
      const taken = await Promise.all(Array.from({ length: 4 }, () => take(once)))
      expect(taken).toContain(true)
      expect((await used(orgA, id)).requests).toBe(1)
      expect(await take(once)).toBe(true)
    })

    test('in whatever frames it comes again, and what else was counted meanwhile', async () => {
      const id = await newKey()
      boots += 1
      const ten = item(id, { requests: 10 })
      const between = (first: number, last: number) => report(first, ten.slice(0, last - first + 1), { confirmed: 0 })
      const seqs = async (some: RecordsReport) =>
        database.system.transaction(
          async (db) => (await addRecords(db, some, now))?.fresh.map(({ seq }) => seq) ?? null,
        )
      expect(await seqs(between(1, 4))).toEqual([1, 2, 3, 4])
      expect(await seqs(between(2, 6))).toEqual([5, 6])
      expect(await seqs(between(1, 3))).toEqual([])
      expect(await seqs(between(8, 9))).toBeNull()
      expect(await seqs(between(1, 10))).toEqual([7, 8, 9, 10])
      expect((await used(orgA, id)).requests).toBe(10)
    })

    test('and never before the one that precedes it', async () => {
      const id = await newKey()
      const first = fresh(item(id))
      const second = report(2, item(id, { requests: 10 }), { confirmed: 0 })
      expect(await take(second)).toBe(false)
      expect(await take(first)).toBe(true)
      expect(await take(report(13, item(id), { confirmed: 0 }))).toBe(false)
      expect(await take(second)).toBe(true)
      expect((await used(orgA, id)).requests).toBe(11)
    })

    test('and not with a hole among those that come together', async () => {
      const id = await newKey()
      const whole = fresh(item(id, { requests: 3 }))
      expect(await take({ ...whole, records: whole.records.filter(({ seq }) => seq !== 2) })).toBe(false)
      expect(await take({ ...whole, records: whole.records.toReversed() })).toBe(false)
      expect((await used(orgA, id)).requests).toBe(0)
    })

    test('where control has forgotten about the process, the process knows what was counted', async () => {
      const id = await newKey()
      boots += 1
      expect(await take(report(58, item(id), { confirmed: 56 }))).toBe(false)
      expect(await take(report(57, item(id), { confirmed: 56 }))).toBe(true)
      expect(await take(report(58, item(id), { confirmed: 56 }))).toBe(true)
      // As after a restored backup: the mark is from before.
      expect(await take(report(70, item(id), { confirmed: 69 }))).toBe(true)
      expect((await used(orgA, id)).requests).toBe(3)
    })

    test('or not at all: what failed comes again', async () => {
      const id = await newKey()
      const one = fresh(item(id))
      const broken = database.system.transaction(async (db) => {
        await addRecords(db, one, now)
        throw new Error('the disk is full')
      })
      await expect(broken).rejects.toThrow('the disk is full')
      expect(await take(report(2, item(id), { confirmed: 0 }))).toBe(false)
      expect([await take(one), await take(report(2, item(id), { confirmed: 0 }))]).toEqual([true, true])
      expect((await used(orgA, id)).requests).toBe(2)
    })

    test('whatever is lost, repeated and late on the way, the sum is what was sent', { timeout: 60_000 }, async () => {
      const [id, other] = [await newKey(), await newKey(orgB)]
      const sent = new Map<string, number>()
      const frames = fc.array(fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 4 })
      await fc.assert(
        fc.asyncProperty(frames, fc.array(fc.nat(3), { maxLength: 12 }), async (some, order) => {
          boots += 1
          let next = 1
          const ready = some.map((calls) => {
            const records = calls.flatMap((isOther) =>
              item(isOther ? other : id, { organization: isOther ? orgB : orgA }),
            )
            next += records.length
            return report(next - records.length, records, { confirmed: 0 })
          })
          for (const at of order) if (ready[at]) await take(ready[at])
          // At last the gateway sends in order what nobody has confirmed.
          for (const each of ready) expect(await take(each)).toBe(true)
          for (const { key } of ready.flatMap(({ records }) => records)) sent.set(key, (sent.get(key) ?? 0) + 1)
        }),
        { numRuns: 40 },
      )
      expect((await used(orgA, id)).requests).toBe(sent.get(id) ?? 0)
      expect((await used(orgB, other)).requests).toBe(sent.get(other) ?? 0)
    })
  })

  test('G10 a key that is deleted, unknown or of another organization is counted nowhere, and the rest is', async () => {
    const [id, gone, foreign] = [await newKey(), await newKey(), await newKey(orgB)]
    await database.transaction(orgA, (db) =>
      db.updateTable('keys').set({ state: 'deleted' }).where('id', '=', gone).execute(),
    )
    const before = await requestsOf(orgA, null)
    const taken = await take(fresh(item(id), item(gone), item(foreign), item(keyIdOf(999_999)), item('\0')))
    expect(taken).toBe(true)
    expect([(await used(orgA, id)).requests, (await used(orgA, gone)).requests]).toEqual([1, 0])
    expect((await used(orgB, foreign)).requests).toBe(0)
    expect([await clients(gone), await calls(gone)]).toEqual([[], []])
    expect(await requestsOf(orgA, null)).toBe(before + 1)
  })

  test('what a deleted key has served is taken from its owner', async () => {
    const id = await newKey()
    const before = await requestsOf(orgA, ['mem_a'])
    await take(fresh(item(id, { requests: 7 })))
    await database.transaction(orgA, (db) => forgetRequests(db, orgA, 'mem_a', 7))
    expect(await requestsOf(orgA, ['mem_a'])).toBe(before)
  })

  test('an owner of very many others is summed in pieces', async () => {
    const before = await requestsOf(orgA, ['mem_a'])
    const many = Array.from({ length: 12_000 }, (_, n) => `mem_${n}`)
    expect(await requestsOf(orgA, ['mem_a', ...many])).toBe(before)
  })

  test('the first use of each secret is told once', async () => {
    const id = await newKey()
    firstUses.length = 0
    expect(await take(fresh(item(id), item(id, { version: 9 }), item(id, { version: 0 })))).toBe(true)
    expect(await take(fresh(item(id)))).toBe(true)
    expect(firstUses).toEqual([`${id} 1`])
  })

  test('a key has a thousand clients and calls at most: the oldest become one, and the sums stay', async () => {
    const id = await newKey()
    for (let turn = 0; turn < 6; turn += 1) {
      const items = Array.from({ length: 200 }, (_, n) => {
        const name = turn * 200 + n
        return item(id, { client: `client ${name}`, tool: `tool ${name}`, firstAt: now - 10_000 + name })
      })
      await take(fresh(...items))
    }
    for (const rows of [await clients(id), await calls(id)]) {
      expect(rows.length).toBeLessThanOrEqual(1000)
      expect(rows.length).toBeGreaterThan(850)
      expect(rows.reduce((sum, { requests }) => sum + requests, 0)).toBe(1200)
    }
    const kept = new Set((await clients(id)).map(({ client }) => client))
    expect([kept.has(''), kept.has('client 0'), kept.has('client 1199')]).toEqual([true, false, true])
    const folded = (await clients(id)).find(({ client }) => client === '')
    expect(folded).toMatchObject({ version: 1, address: '' })
    // The same again are no new ones.
    await take(fresh(item(id, { client: 'client 1199' })))
    expect((await clients(id)).find(({ client }) => client === 'client 1199')?.requests).toBe(2)
  })

  test('text that no store takes, or that two stores would write in one way, is one row', async () => {
    const id = await newKey()
    const tools = ['a\0b', 'ab', 'x\ud800', 'x\ufffd', 'é', "'; drop table keys; --"]
    expect(await take(fresh(...tools.map((tool) => item(id, { tool, client: tool, address: tool }))))).toBe(true)
    expect((await calls(id)).map(({ tool, requests }) => [tool, requests]).toSorted()).toEqual(
      [
        ["'; drop table keys; --", 1],
        ['ab', 2],
        ['x\ufffd', 2],
        ['é', 1],
      ].toSorted(),
    )
  })

  test('a gateway that lies about times and versions leaves nothing that cannot be read', async () => {
    const id = await newKey()
    const [first, most] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
    expect(await take(fresh(item(id, { at: first }), item(id, { at: most }), item(id, { version: most })))).toBe(true)
    expect(await used(orgA, id)).toMatchObject({
      requests: 2,
      last_used_at: now,
      versions: [{ version: 1, first_used_at: 0, last_used_at: now }],
    })
    expect((await clients(id)).map(({ firstSeenAt }) => new Date(firstSeenAt).toISOString())).toEqual([
      '1970-01-01T00:00:00.000Z',
    ])
  })

  test('D13 a call of a model counts like one of a tool', async () => {
    const id = await newKey()
    await take(fresh(item(id, { kind: 'llm', server: null, tool: null, provider: 'prv_1', model: 'small' })))
    expect((await used(orgA, id)).requests).toBe(1)
    expect((await calls(id)).map(({ server, tool }) => [server, tool])).toEqual([['prv_1', 'small']])
  })

  test('clients are asked for by when they were seen, the last one first, so many at most', async () => {
    const id = await newKey()
    const seen = (client: string, lastAt: number) => item(id, { client, firstAt: lastAt })
    await take(fresh(seen('old', now - 9000), seen('new', now - 1), seen('middle', now - 500)))
    const names = async (more: Partial<typeof all>) => (await clients(id, more)).map(({ client }) => client)
    expect(await names({ since: now - 600 })).toEqual(['new', 'middle'])
    expect(await names({ limit: 1 })).toEqual(['new'])
    expect(await database.read(orgB, (db) => clientsOf(db, orgB, id, all))).toEqual([])
    expect(await database.read(orgB, (db) => callsOf(db, orgB, id, all))).toEqual([])
  })

  test('who has not been seen for ninety days is forgotten piece by piece, and so is at last what a process has told', async () => {
    const id = await newKey()
    const items = Array.from({ length: 150 }, (_, n) => item(id, { client: `c${n}`, tool: `t${n}` }))
    await take(fresh(...items))
    await take(
      fresh(
        ...items.map((some) =>
          some.map((each) => ({ ...each, client: `more ${each.client}`, tool: `more ${each.tool}` })),
        ),
      ),
    )
    await take(fresh(item(id, { client: 'lasting', tool: 'lasting', firstAt: now })))
    let pieces = 0
    const later = now - 1000 + seenKeptMs + 1
    while (await database.system.transaction((db) => forgetUsage(db, later))) pieces += 1
    expect(pieces).toBeGreaterThan(0)
    expect((await clients(id)).map(({ client }) => client)).toEqual(['lasting'])
    expect((await calls(id)).map(({ tool }) => tool)).toEqual(['lasting'])
    expect((await used(orgA, id)).requests).toBe(301)
    const marks = () => database.system.read((db) => db.selectFrom('usage_marks').select('boot').execute())
    expect((await marks()).length).toBeGreaterThan(2)
    while (await database.system.transaction((db) => forgetUsage(db, now + marksKeptMs + 1)));
    expect(await marks()).toEqual([])
  })
})
