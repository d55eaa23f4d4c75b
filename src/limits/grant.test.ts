import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createFleet, newLimit, organization } from '../../test/limits-rig.ts'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { SeenHolder, SliceAsk } from '../fleet/slices/schema.ts'
import type { LimitRecord } from './schema.ts'

const holder = (gateway: string, more: Partial<SeenHolder> = {}): SeenHolder => ({
  gateway,
  boot: `${gateway}-1`,
  organization,
  serves: 'own',
  isInTouch: true,
  ...more,
})

onEachStore('slices of limits', (_open, stores) => {
  let database: Database
  let others: Database
  let fleet: ReturnType<typeof createFleet>
  beforeAll(async () => {
    const place = await stores.newPlace()
    database = await stores.openAt(place)
    // Two controls on one database; a file has one alone.
    others = stores.dialect === 'postgres' ? await stores.openAt(place) : database
    await addOrganization(database, organization, 'one')
    await addOrganization(database, 'org_b', 'two')
  })
  beforeEach(async () => {
    await database.system.transaction((db) => db.deleteFrom('limit_holders').execute())
    fleet = createFleet(database)
  })
  const ask = (limit: LimitRecord, more: Partial<SliceAsk> = {}): SliceAsk => ({
    organization,
    pool: `${limit.id}:requests`,
    ahead: false,
    wanted: 1000,
    need: 1,
    ...more,
  })
  const grant = async (who: SeenHolder, what: SliceAsk, control = fleet.state.control) =>
    (await control.grant(who, [what]))[0]

  test('D21 G3 several controls at once grant no more than the limit', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 100 })
    const controls = [fleet.state.control, createFleet(others).state.control]
    const all = await Promise.all(
      Array.from({ length: 40 }, (_, n) => grant(holder(`gw${n % 4}`), ask(limit), controls[n % 2])),
    )
    const amounts = all.map((one) => one?.amount ?? 0)
    expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(100)
    expect(Math.max(...amounts)).toBe(12)
  })

  test('a batch is granted in one unit, in the order of the asks, and never twice the same', async () => {
    const [one, two] = [
      await newLimit(database, { requestsPerMinute: 16 }),
      await newLimit(database, { tokensPerMinute: 8 }),
    ]
    const asks = [
      ask(two, { pool: `${two.id}:tokens`, need: 8 }),
      ask(one),
      ask(one),
      ask(two, { pool: `${two.id}:tokens` }),
    ]
    const grants = await fleet.state.control.grant(holder('gw'), asks)
    expect(grants.map(({ pool, amount }) => [pool, amount])).toEqual([
      [`${two.id}:tokens`, 8],
      [`${one.id}:requests`, 2],
      [`${one.id}:requests`, 2],
      [`${two.id}:tokens`, 0],
    ])
  })

  test('less than is needed is not debited', async () => {
    const limit = await newLimit(database, { tokensPerMinute: 100 })
    const tokens = (need: number) => ask(limit, { pool: `${limit.id}:tokens`, need })
    expect(await grant(holder('gw'), tokens(101))).toMatchObject({ amount: 0, left: 100 })
    expect(await grant(holder('gw'), tokens(60))).toMatchObject({ amount: 60, left: 40 })
    expect(await grant(holder('gw'), tokens(41))).toMatchObject({ amount: 0, left: 40 })
    expect(await grant(holder('gw'), tokens(0))).toMatchObject({ amount: 12, left: 28 })
  })

  describe('G10 nothing is granted', () => {
    test('of a limit that was deleted, of a measure that it does not have, and of what is none', async () => {
      const limit = await newLimit(database, { requestsPerMinute: 5 })
      for (const pool of [`${limit.id}:tokens`, `${limit.id}:streams`, `${limit.id}:spoons`, limit.id, ':requests'])
        expect(await grant(holder('gw'), ask(limit, { pool })), pool).toMatchObject({ isGone: true, amount: 0 })
      await database.transaction(organization, (db) =>
        db.updateTable('limits').set({ state: 'deleted' }).where('id', '=', limit.id).execute(),
      )
      expect(await grant(holder('gw'), ask(limit))).toMatchObject({ isGone: true, amount: 0 })
    })

    test('of another organization than the one that was named', async () => {
      const limit = await newLimit(database, { requestsPerMinute: 5 })
      expect(await grant(holder('gw'), ask(limit, { organization: 'org_b' }))).toMatchObject({
        isGone: true,
        amount: 0,
      })
    })

    test('while the store does not answer', async () => {
      const limit = await newLimit(database, { requestsPerMinute: 5 })
      const broken = { ...database.system, transaction: () => Promise.reject(new Error('the disk is full')) }
      const control = createFleet({ ...database, system: broken }).state.control
      expect(await grant(holder('gw'), ask(limit), control)).toMatchObject({ isGone: false, amount: 0, window: '' })
    })
  })

  test('what comes back is there for others, in its minute and never more than there was', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 8 })
    const got = []
    for (let n = 0; n < 8; n += 1) got.push(await grant(holder('gw'), ask(limit)))
    expect(await grant(holder('other'), ask(limit))).toMatchObject({ amount: 0 })
    const back = { organization, pool: `${limit.id}:requests`, window: got[0]?.window ?? '', unused: 3 }
    await fleet.state.control.takeBack(holder('gw'), [back, { ...back, window: '12' }, { ...back, window: 'x' }])
    expect(await grant(holder('other'), ask(limit))).toMatchObject({ amount: 1, left: 2 })
    await fleet.state.control.takeBack(holder('gw'), [{ ...back, unused: 1_000_000 }])
    // What the other one took stays taken.
    expect(await grant(holder('other'), ask(limit))).toMatchObject({ amount: 1, left: 6 })
  })

  test('of the next minute nothing is granted before it is near', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 80 })
    await fleet.nextMinute()
    expect(await grant(holder('gw'), ask(limit, { ahead: true }))).toMatchObject({ amount: 0 })
    await fleet.seconds(58)
    await fleet.state.control.seen([holder('gw')])
    const next = await grant(holder('gw'), ask(limit, { ahead: true }))
    const now = await grant(holder('gw'), ask(limit))
    expect(next).toMatchObject({ amount: 10, left: 70 })
    expect(Number(next?.window)).toBe(Number(now?.window) + 1)
    expect(next?.endsInMs).toBe((next?.startsInMs ?? 0) + 60_000)
  })

  test('seats are freed with the process that held them, once, and no others', async () => {
    const limit = await newLimit(database, { concurrent: 16 })
    const seats = ask(limit, { pool: `${limit.id}:concurrent` })
    for (const gateway of ['one', 'one', 'two']) await grant(holder(gateway), seats)
    expect(await grant(holder('two'), seats)).toMatchObject({ amount: 2, left: 8, window: 'total', endsInMs: null })
    await fleet.state.control.ended(holder('one'))
    await fleet.state.control.ended(holder('one'))
    // Late, of a process that is thought to be gone: it had nothing any more.
    const late = { organization, pool: seats.pool, window: 'total', unused: 4 }
    await fleet.state.control.takeBack(holder('one'), [late])
    expect(await grant(holder('two'), seats)).toMatchObject({ amount: 2, left: 10 })
  })

  test('seats that never reached their process are free when it says what it has, and no others', async () => {
    const limit = await newLimit(database, { concurrent: 16 })
    const seats = ask(limit, { pool: `${limit.id}:concurrent` })
    for (const gateway of ['one', 'one', 'two']) await grant(holder(gateway), seats)
    const held = (count: number) => [{ organization, pool: seats.pool, seats: count }]
    const { seatsHeld } = fleet.state.control
    await seatsHeld(holder('one'), held(1))
    expect(await grant(holder('two'), seats)).toMatchObject({ amount: 2, left: 16 - 3 - 2 })
    // Nobody has a seat by saying so, of whatever pool, and another life of the gateway is another one.
    await seatsHeld(holder('one'), [...held(9), { organization: 'org_b', pool: seats.pool, seats: 3 }])
    await seatsHeld(holder('one', { boot: 'one-2' }), [])
    expect(await grant(holder('two'), seats)).toMatchObject({ amount: 2, left: 16 - 5 - 2 })
    await seatsHeld(holder('one'), [])
    await seatsHeld(holder('one'), [])
    expect(await grant(holder('two'), seats)).toMatchObject({ amount: 2, left: 16 - 6 - 2 })
  })

  test('old minutes are forgotten, and the running one is not', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 8 })
    await grant(holder('gw'), ask(limit))
    fleet.clock.advance(65 * 60_000)
    await grant(holder('gw'), ask(limit))
    await fleet.state.control.seen([])
    const rows = await database.system.read((db) =>
      db.selectFrom('limit_windows').select('minute').where('pool', '=', `${limit.id}:requests`).execute(),
    )
    expect(rows).toHaveLength(1)
  })

  describe('a process that says nothing more', () => {
    const ended = async (seconds: number): Promise<string[]> => {
      const all: string[] = []
      for (let n = 0; n < seconds; n += 5) {
        fleet.clock.advance(5000)
        all.push(...(await fleet.state.control.seen([])).map(({ boot }) => boot))
      }
      return all
    }

    test('ends when its freshness is over, and not before', async () => {
      await fleet.state.control.seen([holder('gw')])
      expect(await ended(60)).toEqual([])
      expect(await ended(30)).toContain('gw-1')
    })

    test('ends as late under a control that has just started, however old the store says it is', async () => {
      await fleet.state.control.seen([holder('gw')])
      fleet.clock.advance(86_400_000)
      fleet.state.control = fleet.newControl()
      expect(await ended(60)).toEqual([])
      expect(await ended(30)).toContain('gw-1')
    })

    test('does not end while another control has it attached', async () => {
      const other = fleet.newControl()
      for (let n = 0; n < 60; n += 1) {
        fleet.clock.advance(5000)
        await other.seen([holder('gw')])
        expect(await fleet.state.control.seen([])).toEqual([])
      }
    })

    test('has as long as its organization said before it was made shorter', async () => {
      const say = (seconds: number) =>
        database.system.transaction((db) =>
          db
            .updateTable('organizations')
            .set({ max_staleness_seconds: seconds })
            .where('id', '=', organization)
            .execute(),
        )
      await say(600)
      await fleet.state.control.seen([holder('gw')])
      await say(60)
      expect(await ended(590)).toEqual([])
      expect(await ended(60)).toContain('gw-1')
    })
  })
})
