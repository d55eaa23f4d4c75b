import { beforeAll, beforeEach, expect, test } from 'vitest'
import { createFleet, newLimit, organization } from '../../test/limits-rig.ts'
import { addOrganization, onEachStore } from '../../test/stores.ts'
import type { Database } from '../db/database.ts'
import type { SeenHolder, SliceAsk } from '../fleet/slices/schema.ts'

const holder = (gateway: string): SeenHolder => ({
  gateway,
  boot: `${gateway}-1`,
  organization,
  serves: 'own',
  isInTouch: true,
})

onEachStore('limits and gateways that lie', (open) => {
  let database: Database
  let fleet: ReturnType<typeof createFleet>
  beforeAll(async () => {
    database = await open()
    await addOrganization(database, organization, 'one')
  })
  beforeEach(() => {
    fleet = createFleet(database)
  })
  const ask = (pool: string, more: Partial<SliceAsk> = {}): SliceAsk => ({
    organization,
    pool,
    ahead: false,
    wanted: 1000,
    need: 1,
    ...more,
  })
  const grant = async (gateway: string, ...asks: SliceAsk[]) => fleet.state.control.grant(holder(gateway), asks)

  test('attack: D21 G3 what others have taken does not come back through a gateway that returns more than it was given', async () => {
    const { id } = await newLimit(database, { requestsPerMinute: 8 })
    const pool = `${id}:requests`
    const [first] = await grant('honest', ask(pool, { need: 7 }))
    await grant('liar', ask(pool))
    const back = { organization, pool, window: first?.window ?? '', unused: 8 }
    await fleet.state.control.takeBack(holder('liar'), [back, back])
    await fleet.state.control.takeBack(holder('other'), [back])
    expect((await grant('other', ask(pool, { need: 2 })))[0]).toMatchObject({ amount: 0, left: 1 })
  })

  test('attack: D21 G10 shares that nobody has stop no grants of other limits in the same frame', async () => {
    const [one, two] = [
      await newLimit(database, { requestsPerMinute: 8 }),
      await newLimit(database, { requestsPerMinute: 8 }),
    ]
    const lie = ask(`${one.id}:requests`, { share: Number.MAX_SAFE_INTEGER })
    for (const gateway of ['a', 'b', 'c']) await grant(gateway, lie)
    fleet.clock.advance(120_000)
    for (let n = 0; n < 2; n += 1) {
      const grants = await grant('honest', ask(`${one.id}:requests`), ask(`${two.id}:requests`))
      expect(grants.map(({ amount }) => amount)).toEqual([0, 1])
    }
  })

  test('attack: D21 a limit has one pool for each measure, however its name goes on', async () => {
    const { id } = await newLimit(database, { requestsPerMinute: 1 })
    expect((await grant('a', ask(`${id}:requests`)))[0]).toMatchObject({ amount: 1 })
    expect((await grant('a', ask(`${id}:requests:2`)))[0]).toMatchObject({ amount: 0, isGone: true })
    await fleet.state.control.takeBack(holder('a'), [
      { organization, pool: 'anything at all', window: '12', unused: 1 },
    ])
    const pools = await database.system.read((db) => db.selectFrom('limit_pools').select('pool').execute())
    expect(pools.map(({ pool }) => pool)).not.toContain('anything at all')
  })
})
