import { beforeAll, expect, test } from 'vitest'
import { type Control, createClock, drive, rewriting, startControl, startGateway, until } from '../../test/feed-rig.ts'
import { insertKeyRow, keyIdOf, orgA, prepare } from '../../test/feed-store.ts'
import { onEachStore, silent } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import { createCounting } from '../gateway/usage/reports.ts'
import { createUsageTaking, type UsageTaking } from './take.ts'
import { requestsOfOwners } from './totals/store.ts'

/** Gateways that count, over real sockets, and control that writes what they say. */
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

  test('D13 is that of their calls, over broken connections, lost words and a control that is killed', async () => {
    const clock = createClock()
    const takings: UsageTaking[] = []
    const control = async (): Promise<Control> => {
      const taking = createUsageTaking({
        system: database.system,
        now: clock.now,
        onFirstUse: async () => {},
        log: silent,
      })
      takings.push(taking)
      return startControl(database, { clock, gateways, more: { takeUsage: taking.take } })
    }
    let current = await control()
    let [swallowed, welcomes] = [0, 0]
    const connect = rewriting((frame) => {
      // Every other word that a report was counted is lost on the way.
      if (frame.type !== 'usage-taken') return frame
      swallowed += 1
      return swallowed % 2 === 0 ? null : frame
    })
    const attached = ['one', 'two'].map((name) => {
      const counting = createCounting(clock)
      const usage: typeof counting.reports = {
        ...counting.reports,
        attached: (send) => {
          welcomes += 1
          counting.reports.attached(send)
        },
      }
      return { ...counting, ...startGateway(current.url, name, clock, { usage, connect }) }
    })
    const areWelcome = (times: number) =>
      until(() => {
        clock.advance(100)
        return welcomes === times * attached.length
      })
    const pass = async (ms: number) => {
      const end = clock.monotonic() + ms
      await until(() => {
        clock.advance(100)
        return clock.monotonic() >= end
      })
    }
    const served = keys.map(() => 0)
    const serve = (times: number) => {
      for (let n = 0; n < times; n += 1) {
        const at = n % keys.length
        served[at] = (served[at] ?? 0) + 1
        attached[n % 2]?.count({
          organization: orgA,
          key: keys[at] ?? '',
          version: 1,
          child: null,
          client: `client ${n % 7}`,
          address: '198.51.100.7',
          server: 'srv_1',
          tool: `tool ${n % 90}`,
        })
      }
    }
    await areWelcome(1)
    serve(1000)
    await pass(12_000)
    for (const socket of current.sockets) socket.terminate()
    serve(500)
    await areWelcome(2)
    serve(700)
    await pass(11_000)
    await current.kill()
    serve(900)
    await pass(5_000)
    current = await control()
    for (const { attachment } of attached) attachment.useUrl(current.url)
    await areWelcome(3)
    serve(300)
    await Promise.all(attached.map(({ attachment }) => drive(attachment.stop(), clock)))
    await until(() => current.feed.gatewaysOnline().length === 0)
    for (const { settled } of takings) await settled()
    expect(await sums()).toEqual({ keys: served, all: 3400 })
    await current.kill()
  })
})
