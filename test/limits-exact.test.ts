import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Database } from '../src/db/database.ts'
import type { LimitHold, Want } from '../src/gateway/limits/limits.ts'
import type { LimitRecord } from '../src/limits/schema.ts'
import type { Result } from '../src/problems.ts'
import { createFleet, type FakeGateway, type Fleet, newLimit, oneRequest, organization } from './limits-rig.ts'
import { addOrganization, onEachStore } from './stores.ts'

type Taken = Result<LimitHold>

onEachStore('limits over a fleet', (open) => {
  let database: Database
  beforeAll(async () => {
    database = await open()
    await addOrganization(database, organization, 'one')
  })

  const call = async (gateway: FakeGateway, limits: readonly LimitRecord[], want: Want = oneRequest): Promise<Taken> =>
    gateway.limits.take(limits, want)
  const admittedOf = (answers: readonly Taken[]): number => answers.filter(({ ok }) => ok).length
  const burst = (gateways: readonly FakeGateway[], limit: LimitRecord, clients: number): Promise<Taken[]> =>
    Promise.all(gateways.flatMap((gateway) => Array.from({ length: clients }, () => call(gateway, [limit]))))

  test('D21 G3 60 a minute under 50 parallel clients: exactly 60 in each of five minutes', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 60 })
    const fleet = createFleet(database)
    const gateway = fleet.start('gw1')
    for (let minute = 0; minute < 5; minute += 1) {
      await fleet.nextMinute()
      let admitted = 0
      for (let round = 0; round < 4; round += 1) admitted += admittedOf(await burst([gateway], limit, 50))
      expect(admitted, `minute ${minute}`).toBe(60)
    }
  })

  test('D21 the first call beyond the limit is refused with the seconds until the minute is over', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 2 })
    const fleet = createFleet(database)
    const gateway = fleet.start('gw1')
    await fleet.nextMinute()
    await fleet.seconds(20)
    expect(admittedOf([await call(gateway, [limit]), await call(gateway, [limit])])).toBe(2)
    const refused = await call(gateway, [limit])
    expect(refused).toMatchObject({ ok: false, problem: { code: 'rate_limited', data: { limit: limit.id } } })
    expect(!refused.ok && refused.problem.retryAfterSeconds).toBeGreaterThan(38)
    expect(!refused.ok && refused.problem.retryAfterSeconds).toBeLessThanOrEqual(40)
    await fleet.nextMinute()
    expect((await call(gateway, [limit])).ok).toBe(true)
  })

  test.each([1, 3, 7, 8, 10, 100])('D21 two gateways have %i a minute together, not each', async (most) => {
    const limit = await newLimit(database, { requestsPerMinute: most })
    const fleet = createFleet(database)
    const both = [fleet.start('gw1'), fleet.start('gw2')]
    await fleet.nextMinute()
    let admitted = 0
    for (let round = 0; round < 6; round += 1) admitted += admittedOf(await burst(both, limit, 20))
    expect(admitted).toBe(most)
  })

  test('D21 G3 a gateway that is killed and started within the minute admits no more than what is left', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 40 })
    const fleet = createFleet(database)
    const first = fleet.start('gw1')
    await fleet.nextMinute()
    let admitted = admittedOf(await burst([first], limit, 20))
    fleet.kill(first)
    const second = fleet.start('gw1')
    for (let round = 0; round < 3; round += 1) admitted += admittedOf(await burst([second], limit, 20))
    // One slice, an eighth of the limit, died with the process.
    expect(admitted).toBeGreaterThanOrEqual(35)
    expect(admitted).toBeLessThanOrEqual(40)
  })

  test('G3 a control that starts anew gives nothing away twice', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 30 })
    const fleet = createFleet(database)
    const gateway = fleet.start('gw1')
    await fleet.nextMinute()
    const before = admittedOf(await burst([gateway], limit, 20))
    fleet.state.control = fleet.newControl()
    expect(before + admittedOf(await burst([gateway], limit, 50))).toBe(30)
  })

  test('what is in hand is given without a promise', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 800, concurrent: 80 })
    const fleet = createFleet(database)
    const gateway = fleet.start('gw1')
    await fleet.nextMinute()
    const want: Want = { requests: 1, tokens: 0, seat: 'call' }
    const first = await call(gateway, [limit], want)
    if (first.ok) first.value.settle(0)
    expect(gateway.limits.take([limit], want)).toMatchObject({ ok: true })
  })

  test('a limit that is used has its next minute in hand before it opens', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 80 })
    const fleet = createFleet(database)
    const gateway = fleet.start('gw1')
    await fleet.nextMinute()
    await call(gateway, [limit])
    await fleet.nextMinute()
    expect(gateway.limits.take([limit], oneRequest)).toMatchObject({ ok: true })
  })

  test('several limits are taken all or none, and a rejected call takes nothing', async () => {
    const wide = await newLimit(database, { requestsPerMinute: 50, concurrent: 50 })
    const narrow = await newLimit(database, { requestsPerMinute: 5 }, { type: 'organization', id: organization })
    const fleet = createFleet(database)
    const gateway = fleet.start('gw1')
    await fleet.nextMinute()
    const want: Want = { requests: 1, tokens: 0, seat: 'call' }
    const answers = await Promise.all(Array.from({ length: 30 }, () => call(gateway, [wide, narrow], want)))
    expect(admittedOf(answers)).toBe(5)
    // 45 of the wide one are left, and as many seats.
    const rest = await Promise.all(Array.from({ length: 60 }, () => call(gateway, [wide], want)))
    expect(admittedOf(rest)).toBe(45)
  })

  test('D22 tokens that a call does not use go back within the minute, and those beyond are paid later', async () => {
    const limit = await newLimit(database, { tokensPerMinute: 1000 })
    const fleet = createFleet(database)
    const gateway = fleet.start('gw1')
    await fleet.nextMinute()
    const take = (tokens: number) => call(gateway, [limit], { requests: 0, tokens, seat: 'none' })
    const first = await take(800)
    expect(first.ok).toBe(true)
    expect((await take(300)).ok).toBe(false)
    if (first.ok) first.value.settle(100)
    await fleet.settled()
    await fleet.seconds(2)
    const second = await take(850)
    expect(second.ok).toBe(true)
    // 1,000 were given out; 100 + 1,250 are used: 400 are owed.
    if (second.ok) second.value.settle(1250)
    await fleet.nextMinute()
    expect((await take(601)).ok).toBe(false)
    await fleet.seconds(2)
    expect((await take(600)).ok).toBe(true)
  })

  test('D22 a stream extends what it has taken until there is none left', async () => {
    const limit = await newLimit(database, { tokensPerMinute: 1000 })
    const fleet = createFleet(database)
    const gateway = fleet.start('gw1')
    await fleet.nextMinute()
    const stream = await call(gateway, [limit], { requests: 0, tokens: 200, seat: 'none' })
    if (!stream.ok) throw new Error('refused')
    expect(await stream.value.extend(256)).toBe(true)
    expect(await stream.value.extend(256)).toBe(true)
    expect(await stream.value.extend(256)).toBe(true)
    expect(await stream.value.extend(256)).toBe(false)
    stream.value.settle(968)
    expect(stream.value.extend(1)).toBe(false)
    expect((await call(gateway, [limit], { requests: 0, tokens: 33, seat: 'none' })).ok).toBe(false)
  })

  test('a call that needs more tokens than the whole limit is told so', async () => {
    const limit = await newLimit(database, { tokensPerMinute: 100 })
    const gateway = createFleet(database).start('gw1')
    const refused = await call(gateway, [limit], { requests: 0, tokens: 101, seat: 'none' })
    expect(!refused.ok && refused.problem.detail).toContain('may take 101 tokens')
  })

  test('calls at the same time are counted over all gateways, and a seat is free when its call is over', async () => {
    const limit = await newLimit(database, { concurrent: 4 })
    const fleet = createFleet(database)
    const [one, two] = [fleet.start('gw1'), fleet.start('gw2')]
    const seat = (gateway: FakeGateway) => call(gateway, [limit], { requests: 0, tokens: 0, seat: 'call' })
    const held = await Promise.all([seat(one), seat(one), seat(two), seat(two)])
    expect(admittedOf(held)).toBe(4)
    expect((await seat(one)).ok).toBe(false)
    const [first] = held
    if (first?.ok) first.value.settle(0)
    if (first?.ok) first.value.settle(0)
    expect((await seat(one)).ok).toBe(true)
    expect((await seat(one)).ok).toBe(false)
  })

  test('seats that nobody uses go back, and those of a process that ended are free', async () => {
    const limit = await newLimit(database, { streams: 16 })
    const fleet = createFleet(database)
    const [one, two] = [fleet.start('gw1'), fleet.start('gw2')]
    const seats = (gateway: FakeGateway, count: number) =>
      Promise.all(
        Array.from({ length: count }, () => call(gateway, [limit], { requests: 0, tokens: 0, seat: 'stream' })),
      )
    const held = await seats(one, 16)
    expect(admittedOf(held)).toBe(16)
    for (const each of held.slice(8)) if (each.ok) each.value.settle(0)
    await fleet.seconds(40)
    expect(admittedOf(await seats(two, 16))).toBe(8)
    await fleet.state.control.ended(fleet.holderOf(one))
    await fleet.seconds(1)
    expect(admittedOf(await seats(two, 16))).toBe(8)
  })

  test('G3 a limit that is lowered counts from the next call on, and one that went admits nothing more', async () => {
    const limit = await newLimit(database, { requestsPerMinute: 80 })
    const fleet = createFleet(database)
    const gateway = fleet.start('gw1')
    await fleet.nextMinute()
    expect(admittedOf(await burst([gateway], limit, 5))).toBe(5)
    await database.transaction(organization, (db) =>
      db.updateTable('limits').set({ requests_per_minute: 7, revision: 2 }).where('id', '=', limit.id).execute(),
    )
    gateway.limits.changed(limit.id)
    await fleet.settled()
    const lower = { ...limit, requestsPerMinute: 7, revision: 2 }
    expect(admittedOf(await burst([gateway], lower, 10))).toBe(2)
  })

  test('without contact `closed` refuses at once and `share` goes on with its part, in sum within the limit', async () => {
    const shared = await newLimit(database, { requestsPerMinute: 60 })
    const closed = await newLimit(database, { requestsPerMinute: 60, detached: 'closed' })
    const fleet = createFleet(database)
    const all = [fleet.start('gw1'), fleet.start('gw2'), fleet.start('gw3')]
    await fleet.seconds(5)
    await fleet.nextMinute()
    for (let minute = 0; minute < 2; minute += 1) {
      for (const gateway of all) for (const limit of [shared, closed]) await call(gateway, [limit])
      await fleet.seconds(6)
      await fleet.nextMinute()
    }
    for (const gateway of all) for (const limit of [shared, closed]) await call(gateway, [limit])
    for (const gateway of all.slice(0, 2)) gateway.link = { up: false, down: false }
    await fleet.seconds(10)
    expect(await call(all[0] as FakeGateway, [closed])).toMatchObject({
      ok: false,
      problem: { code: 'limits_unavailable' },
    })
    await fleet.nextMinute()
    await fleet.seconds(1)
    const each = []
    for (const gateway of all) each.push(admittedOf(await burst([gateway], shared, 80)))
    expect(each).toEqual([20, 20, 20])
  })

  const some = {
    calls: fc.record({ do: fc.constant('calls' as const), gateway: fc.nat(2), count: fc.integer({ min: 1, max: 30 }) }),
    time: fc.record({ do: fc.constant('time' as const), seconds: fc.integer({ min: 1, max: 30 }) }),
    link: fc.record({ do: fc.constant('link' as const), gateway: fc.nat(2), up: fc.boolean(), down: fc.boolean() }),
    kill: fc.record({ do: fc.constant('kill' as const), gateway: fc.nat(2) }),
    control: fc.record({ do: fc.constant('control' as const) }),
    sleep: fc.record({ do: fc.constant('sleep' as const), ms: fc.integer({ min: 1500, max: 150_000 }) }),
    clock: fc.record({ do: fc.constant('clock' as const), ms: fc.integer({ min: -150_000, max: 150_000 }) }),
  }
  type Step = typeof some extends Record<string, fc.Arbitrary<infer T>> ? T : never
  const plans = (...others: (keyof typeof some)[]): fc.Arbitrary<Step[]> => {
    const rare = others.map((name) => ({ weight: 1, arbitrary: some[name] as fc.Arbitrary<Step> }))
    const often = { weight: 2 * rare.length, arbitrary: some.calls as fc.Arbitrary<Step> }
    const usual = { weight: rare.length, arbitrary: some.time as fc.Arbitrary<Step> }
    return fc.array(fc.oneof(often, usual, ...rare), { minLength: 10, maxLength: 40 })
  }
  const anew = (): Promise<void> =>
    database.system.transaction(async (db) => {
      for (const table of ['limit_holders', 'limit_shares', 'limit_seats'] as const)
        await db.deleteFrom(table).execute()
    })

  test('G3 gateways that are cut off, killed or asleep, and controls that start anew: no minute admits more', async () => {
    const plan = plans('link', 'link', 'kill', 'control', 'sleep')
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), plan, async (most, steps) => {
        await anew()
        const limit = await newLimit(database, { requestsPerMinute: most })
        const { byMinute } = await run(createFleet(database), limit, steps)
        for (const [minute, count] of byMinute) expect(count, `minute ${minute}`).toBeLessThanOrEqual(most)
      }),
      { numRuns: runs },
    )
  }, 120_000)

  test('G3 a clock of the store that jumps gives nothing away twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), plans('clock', 'kill', 'control'), async (most, steps) => {
        await anew()
        const limit = await newLimit(database, { requestsPerMinute: most })
        const { total } = await run(createFleet(database), limit, steps)
        const rows = await database.system.read((db) =>
          db.selectFrom('limit_windows').select('used').where('pool', '=', `${limit.id}:requests`).execute(),
        )
        for (const { used } of rows) expect(used).toBeLessThanOrEqual(most)
        expect(total).toBeLessThanOrEqual(rows.reduce((sum, { used }) => sum + used, 0))
      }),
      { numRuns: runs },
    )
  }, 120_000)

  async function run(fleet: Fleet, limit: LimitRecord, steps: readonly Step[]) {
    const byMinute = new Map<number, number>()
    let total = 0
    const live = [0, 1, 2].map((n) => fleet.start(`gw${n}`))
    for (const step of steps) {
      const gateway = 'gateway' in step ? (live[step.gateway] as FakeGateway) : null
      if (step.do === 'calls' && gateway && fleet.isFresh(gateway)) {
        const admitted = admittedOf(await burst([gateway], limit, step.count))
        const minute = Math.floor(fleet.storeNow() / 60_000)
        byMinute.set(minute, (byMinute.get(minute) ?? 0) + admitted)
        total += admitted
      } else if (step.do === 'time') await fleet.seconds(step.seconds)
      else if (step.do === 'link' && gateway) gateway.link = { up: step.up, down: step.down }
      else if (step.do === 'kill' && gateway) {
        fleet.kill(gateway)
        live[step.gateway] = fleet.start(gateway.name)
      } else if (step.do === 'control') fleet.state.control = fleet.newControl()
      else if (step.do === 'sleep') fleet.clock.shiftWall(step.ms)
      else if (step.do === 'clock') fleet.store.skewMs += step.ms
    }
    return { byMinute, total }
  }
})

/** Of each property, on each store. */
const runs = 25
