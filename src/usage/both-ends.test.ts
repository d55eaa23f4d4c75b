import { beforeAll, expect, test } from 'vitest'
import { createClock, drive, rewriting, startControl, startGateway, until } from '../../test/feed-rig.ts'
import { insertKeyRow, keyIdOf, orgA, prepare } from '../../test/feed-store.ts'
import { call, createMemoryDisk, turns } from '../../test/spool-rig.ts'
import { onEachStore, silent } from '../../test/stores.ts'
import { untilCurrent } from '../db/contended.ts'
import type { Database } from '../db/database.ts'
import type { RecordsReport } from '../fleet/feed-state.ts'
import { openSpool } from '../gateway/spool/spool.ts'
import { ok } from '../problems.ts'
import { addRecords } from './take.ts'
import { requestsOfOwners } from './totals/store.ts'

/** Gateways that write down what they serve, over real sockets, and control that counts what they tell. */
onEachStore('the sum of what gateways have served', (open) => {
  let database: Database
  const keys = [1, 2, 3].map(keyIdOf)
  const gateways = new Map(
    ['one', 'two'].map((name) => [
      `Bearer ${name}`,
      { id: `gwy_${name}`, name, organizationId: orgA, serves: 'all' as const },
    ]),
  )
  beforeAll(async () => {
    database = await open()
    await prepare(database)
    await database.transaction(orgA, async (db) => {
      for (const id of keys) await insertKeyRow(db, orgA, id)
    })
  })

  const sums = () =>
    database.read(orgA, async (db) => {
      const rows = await db.selectFrom('keys').select(['id', 'requests']).orderBy('id').execute()
      return { keys: rows.map(({ requests }) => requests), all: await requestsOfOwners(db, orgA, null) }
    })

  test('D13 G9 is that of their calls, over broken connections, lost words, killed controls and killed gateways', async () => {
    const clock = createClock()
    const settling = new Set<Promise<unknown>>()
    const takeRecords = (report: RecordsReport): Promise<boolean> => {
      const done = untilCurrent(null, async () =>
        ok(await database.system.transaction((db) => addRecords(db, report, clock.now()))),
      ).then((added) => added.ok && added.value !== null)
      settling.add(done)
      return done
    }
    const control = () => startControl(database, { clock, gateways, more: { takeRecords } })
    let current = await control()
    let swallowed = 0
    const connect = rewriting((frame) => {
      // Every other word that calls were counted is lost on the way.
      if (frame.type !== 'records-taken') return frame
      swallowed += 1
      return swallowed % 2 === 0 ? null : frame
    })
    const memory = createMemoryDisk()
    const start = async (name: string, boot: string) => {
      const spool = await openSpool({ directory: `/spool/${name}`, boot, ...clock, log: silent, disk: memory.disk() })
      return { name, spool, ...startGateway(current.url, name, clock, { records: spool.source, connect, boot }) }
    }
    const attached = await Promise.all(['one', 'two'].map((name) => start(name, `${name}_1`)))
    const pass = async (ms: number) => {
      const end = clock.monotonic() + ms
      await until(() => {
        clock.advance(100)
        return clock.monotonic() >= end
      })
    }
    const served = keys.map(() => 0)
    const serve = async (times: number) => {
      for (let n = 0; n < times; n += 1) {
        const at = n % keys.length
        served[at] = (served[at] ?? 0) + 1
        const more = { organization: orgA, key: keys[at] ?? '', client: `client ${n % 7}`, tool: `tool ${n % 90}` }
        attached[n % 2]?.spool.done(call(`req_${n}`, { ...more, at: clock.now() }), null, () => {})
      }
      await turns()
    }
    const isCounted = () =>
      until(() => {
        clock.advance(100)
        return [...memory.folders].filter((folder) => /_\d$/.test(folder)).length === attached.length
      })
    await serve(1000)
    await pass(12_000)
    for (const socket of current.sockets) socket.terminate()
    await serve(500)
    await pass(5000)
    await current.kill()
    await serve(900)
    await pass(5_000)
    current = await control()
    for (const { attachment } of attached) attachment.useUrl(current.url)
    // One of them is killed with an open call, and starts again.
    const [one] = attached
    if (!one) throw new Error('nobody is there')
    await one.spool.open(call('req_open', { organization: orgA, key: keys[0] ?? '', at: clock.now() }), false)
    await serve(300)
    served[0] = (served[0] ?? 0) + 1
    one.spool.source.detached()
    void one.attachment.stop()
    attached[0] = await start('one', 'one_2')
    await serve(20)
    await isCounted()
    const all = served.reduce((sum, requests) => sum + requests, 0)
    const told = attached.map(({ spool }) => spool.told(60_000))
    await drive(Promise.all(told), clock)
    await Promise.all(settling)
    expect(await sums()).toEqual({ keys: served, all })
    await Promise.all(attached.map(({ attachment }) => drive(attachment.stop(), clock)))
    await current.kill()
  }, 60_000)
})
