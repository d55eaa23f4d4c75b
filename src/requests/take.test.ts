import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { insertKeyRow, keyIdOf, orgA, orgB, prepare } from '../../test/feed-store.ts'
import { aKey, chat, noon, refused, reportOf, toolCall } from '../../test/requests-rig.ts'
import { onEachStore, silent } from '../../test/stores.ts'
import type { Database, Db } from '../db/database.ts'
import type { RecordsReport } from '../fleet/feed-state.ts'
import type { CallRecord } from '../fleet/records/schema.ts'
import { cellsAtMost } from './hours/store.ts'
import { createRecordTaking, type RecordTakingDeps } from './take.ts'

onEachStore('calls that gateways have written down', (open) => {
  let database: Database
  /** A store of its own, as on SQLite: what one has committed says nothing of the other. */
  let log: Database
  let keys = 1
  beforeAll(async () => {
    database = await open()
    log = await open()
    await prepare(database)
    await database.transaction(orgA, (db) => insertKeyRow(db, orgA, aKey))
  })
  const newKey = async (): Promise<string> => {
    keys += 1
    const id = keyIdOf(keys)
    await database.transaction(orgA, (db) => insertKeyRow(db, orgA, id))
    return id
  }
  const booked: number[] = []
  const taking = (more: Partial<RecordTakingDeps> = {}) =>
    createRecordTaking({
      system: database.system,
      requests: log.system,
      settle: async (_db, _holder, records) => void booked.push(...records.map(({ seq }) => seq)),
      now: () => noon,
      onFirstUse: async () => {},
      log: silent,
      ...more,
    })
  const take = (report: RecordsReport) => taking().take(report)

  const countOf = async (key: string) => {
    const { requests } = await database.read(orgA, (db) =>
      db.selectFrom('keys').select('requests').where('id', '=', key).executeTakeFirstOrThrow(),
    )
    return log.read(orgA, async (db) => {
      const rows = await db.selectFrom('requests').select('id').where('key_id', '=', key).execute()
      const hours = await db.selectFrom('request_hours').selectAll().where('key_id', '=', key).execute()
      const sum = (name: 'requests' | 'refused' | 'cost' | 'input') =>
        hours.reduce((total, hour) => total + Number(hour[name]), 0)
      return {
        requests,
        rows: rows.length,
        hours: { requests: sum('requests'), refused: sum('refused'), cost: sum('cost'), input: sum('input') },
      }
    })
  }
  const rowsOf = (key: string) =>
    log.read(orgA, (db) => db.selectFrom('requests').selectAll().where('key_id', '=', key).orderBy('at').execute())

  test('D13 a call is counted at its key, kept in the log and summed by the hour', async () => {
    const key = await newKey()
    const records = [toolCall(1, { key }), chat(2, { key }), refused(3, { key })]
    expect(await take(reportOf(records))).toBe(true)
    expect(await countOf(key)).toEqual({
      requests: 2,
      rows: 3,
      hours: { requests: 2, refused: 1, cost: 1_234_567, input: 100 },
    })
    const [first, second, third] = await rowsOf(key)
    expect(first).toMatchObject({ id: 'req_1', kind: 'mcp', tool: 'echo', input: null, cost: null, status: 200 })
    expect(second).toMatchObject({ model: 'gpt-5', input: 100, output: 20, cached: 40, reasoning: 5, cost: 1_234_567 })
    expect(third).toMatchObject({ admitted: 0, status: 403, code: 'tool_not_allowed', rule: 'tools' })
  })

  test('G9 each call is counted once, whatever fails between the two stores and however often it comes', async () => {
    const failure = fc.constantFrom('none', 'main', 'settle', 'main commit', 'requests', 'requests commit')
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ upTo: fc.integer({ min: 1, max: 12 }), from: fc.integer({ min: 1, max: 12 }), failure }), {
          maxLength: 12,
        }),
        async (attempts) => {
          const key = await newKey()
          const all = Array.from({ length: 12 }, (_, at) =>
            at % 3 === 0 ? chat(at + 1, { key }) : toolCall(at + 1, { key }),
          )
          const settledSeqs: number[] = []
          const { boot } = reportOf([])
          let confirmed = 0
          const send = async (from: number, upTo: number, point: string) => {
            const records = all.slice(from - 1, upTo)
            const deps = failing({ database, log }, point, settledSeqs)
            const isTaken = await taking(deps).take({ gateway: 'gwy_1', boot, confirmed, records })
            if (isTaken) confirmed = Math.max(confirmed, upTo)
          }
          for (const { from, upTo, failure: point } of attempts)
            await send(Math.min(from, confirmed + 1), Math.max(from, upTo), point)
          await send(confirmed + 1 > 12 ? 12 : confirmed + 1, 12, 'none')
          expect(confirmed).toBe(12)
          expect(settledSeqs).toEqual(all.map(({ seq }) => seq))
          expect(await countOf(key)).toEqual({
            requests: 12,
            rows: 12,
            hours: { requests: 12, refused: 0, cost: 4 * 1_234_567, input: 400 },
          })
        },
      ),
      { numRuns: 30 },
    )
  }, 60_000)

  test('trouble of a moment is tried again at once: nobody waits for the gateway to tell it again', async () => {
    const key = await newKey()
    let failures = 0
    const requests: RecordTakingDeps['requests'] = {
      transaction: (work) => (++failures === 1 ? Promise.reject(new Error('a moment')) : log.system.transaction(work)),
    }
    expect(await taking({ requests }).take(reportOf([toolCall(1, { key })]))).toBe(true)
    expect(await countOf(key)).toMatchObject({ requests: 1, rows: 1 })
  })

  test('a batch with a hole in front of it, or within, is refused whole', async () => {
    const key = await newKey()
    expect(await take(reportOf([toolCall(3, { key })], { confirmed: 0 }))).toBe(false)
    expect(await take(reportOf([toolCall(1, { key }), toolCall(3, { key })]))).toBe(false)
    expect(await countOf(key)).toMatchObject({ requests: 0, rows: 0 })
  })

  test('a log that was deleted goes on behind what was confirmed, and what is counted stays counted', async () => {
    const key = await newKey()
    const first = reportOf([toolCall(1, { key }), toolCall(2, { key })])
    expect(await take(first)).toBe(true)
    await log.system.transaction(async (db) => {
      await db.deleteFrom('requests').where('key_id', '=', key).execute()
      await db.deleteFrom('request_hours').where('key_id', '=', key).execute()
      await db.deleteFrom('request_marks').where('boot', '=', first.boot).execute()
    })
    const again = { ...first, confirmed: 2, records: [toolCall(3, { key })] }
    expect(await take(again)).toBe(true)
    expect(await countOf(key)).toMatchObject({ requests: 3, rows: 1 })
  })

  test('two controls that get the same batch at once count it once', async () => {
    const key = await newKey()
    const report = reportOf([toolCall(1, { key }), chat(2, { key })])
    const answers = await Promise.all([take(report), take(report)])
    expect(answers).toContain(true)
    expect(await take(report)).toBe(true)
    expect(await countOf(key)).toMatchObject({ requests: 2, rows: 2, hours: { requests: 2 } })
  })

  test('a gateway that lies moves nobody to the end of time and leaves the sums readable', async () => {
    const key = await newKey()
    const lies: Partial<CallRecord> = {
      key,
      at: Number.MAX_SAFE_INTEGER,
      version: Number.MAX_SAFE_INTEGER,
      cost: Number.MAX_SAFE_INTEGER,
      tokens: { input: Number.MAX_SAFE_INTEGER, output: 1, cached: 0, cacheWrite: 0, reasoning: 0 },
      latencyMs: 1e300,
      status: 999,
      keyName: 'a\0b\ud800',
      metadata: '{"a":"\\u0000"}',
    }
    const records = Array.from({ length: 400 }, (_, at) => chat(at + 1, { ...lies, at: at % 2 ? -5 : 1e15 }))
    expect(await take(reportOf(records))).toBe(true)
    const rows = await rowsOf(key)
    expect(rows).toHaveLength(400)
    expect(rows[0]).toMatchObject({ at: 0, key_name: 'ab\ufffd', metadata: '{}', status: 0, cost: 1e13, input: 1e9 })
    expect(rows.at(-1)).toMatchObject({ at: noon, version: 2 ** 31 - 1 })
    const { hours } = await countOf(key)
    expect(hours).toMatchObject({ requests: 400, cost: 2e15 })
  })

  test('a record of nobody is passed over, one of a key that is gone is kept with its name', async () => {
    const gone = keyIdOf(987_654)
    const nobody = toolCall(1, { key: 'nobody' })
    expect(await take(reportOf([nobody, toolCall(2, { key: gone, keyName: 'Gone' })]))).toBe(true)
    expect(await rowsOf(gone)).toMatchObject([{ key_name: 'Gone', owner_id: 'mem_aaaaaaaaaaaaaaaa' }])
  })

  test('whoever makes up a tool for each call fills no store, and every call stays in the sums', async () => {
    const key = await newKey()
    const { boot } = reportOf([])
    for (let batch = 0; batch < 4; batch += 1) {
      const records = Array.from({ length: 400 }, (_, at) =>
        chat(batch * 400 + at + 1, { key, at: noon - 1, tool: `made-up-${batch}-${at}` }),
      )
      expect(await take(reportOf(records, { boot }))).toBe(true)
    }
    const cells = await log.read(orgA, (db) =>
      db.selectFrom('request_hours').select(['tool', 'requests', 'cost']).where('key_id', '=', key).execute(),
    )
    expect(cells.length).toBeLessThanOrEqual(cellsAtMost)
    expect(cells.reduce((sum, { requests }) => sum + requests, 0)).toBe(1600)
    expect(cells.reduce((sum, { cost }) => sum + cost, 0)).toBe(1600 * 1_234_567)
  })

  test('G10 what is kept for one organization is not there for another', async () => {
    const key = await newKey()
    await take(reportOf([toolCall(1, { key })]))
    const seen = await log.read(orgB, (db) =>
      db.selectFrom('requests').select('id').where('organization_id', '=', orgB).execute(),
    )
    expect(seen).toEqual([])
  })
})

/** A control whose stores fail at that point, before or after the commit. */
function failing(
  { database, log }: { readonly database: Database; readonly log: Database },
  point: string,
  settledSeqs: number[],
): Partial<RecordTakingDeps> {
  const broken = () => Promise.reject(new Error('not today'))
  const booking: number[] = []
  return {
    system: {
      transaction: async (work) => {
        booking.length = 0
        if (point === 'main') return broken()
        const done = await database.system.transaction(work)
        // What was settled counts when its transaction has committed.
        settledSeqs.push(...booking)
        return point === 'main commit' ? broken() : done
      },
    },
    requests: {
      transaction: async (work) => {
        if (point === 'requests') return broken()
        const done = await log.system.transaction(work)
        return point === 'requests commit' ? broken() : done
      },
    },
    settle: async (_db: Db, _holder, records) => {
      if (point === 'settle') throw new Error('no money')
      booking.push(...records.map(({ seq }) => seq))
    },
  }
}
