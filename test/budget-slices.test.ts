import { beforeAll, expect, test } from 'vitest'
import { nanoOf } from '../src/budgets/schema.ts'
import type { Budget } from '../src/budgets/store.ts'
import type { CallRecord } from '../src/fleet/records/schema.ts'
import { type Budgets, createBudgets } from '../src/gateway/budgets/budgets.ts'
import { type BudgetRig, createBudgetRig, holder } from './budget-rig.ts'
import { onEachStore } from './stores.ts'

onEachStore('budgets of several gateways over one store', (open) => {
  let rig: BudgetRig
  beforeAll(async () => {
    rig = await createBudgetRig(await open())
  })

  /** A gateway's budgets that ask the store itself; its timers never ring, so that a slow machine changes nothing. */
  const createGateway = (name: string) => {
    const by = holder(name)
    const going: Promise<unknown>[] = []
    const records: CallRecord[] = []
    let now = 0
    const budgets: Budgets = createBudgets({
      askSlice: async (ask) => (await rig.grants.grant(by, [ask]))[0] ?? null,
      giveBack: (items) => void going.push(rig.grants.takeBack(by, items)),
      monotonic: () => now,
      setTimer: () => () => {},
    })
    return {
      /** What control said a moment ago is asked again. */
      aMomentLater: () => {
        now += 1000
      },
      by,
      budgets,
      records,
      /** One call, and whether it went. */
      run: async (budget: Budget, reserved: number, cost: number): Promise<boolean> => {
        const hold = await budgets.reserve([recordOf(budget)], reserved)
        if (!hold.ok) return false
        await new Promise((resolve) => setImmediate(resolve))
        records.push(rig.record(by, [...hold.value.settle(cost)], { cost }))
        return true
      },
      ship: async () => {
        while (records.length > 0) await rig.settle(by, records.splice(0, 500))
      },
      end: async () => {
        budgets.close()
        await rig.grants.grant(by, [])
        await Promise.all(going)
      },
    }
  }
  const recordOf = ({ organizationId, id, target, period }: Budget) => ({
    kind: 'budget' as const,
    organization: organizationId,
    id,
    revision: 1,
    target,
    period,
  })
  const told = async (id: string) =>
    (await rig.events()).filter((event) => event.id === id).map(({ after }) => after.percent)

  test('D23 M3 a thousand calls at the same time spend one dollar and no more, and at least 95 cents of it', async () => {
    const budget = await rig.addBudget('1')
    const gateway = createGateway('gw_busy')
    let left = 2000
    let went = 0
    const caller = async (): Promise<void> => {
      while (left > 0) {
        left -= 1
        // From 0.2 to 1.8 thousandths of a dollar: together worth two dollars.
        const cost = 200_000 + ((left * 7919) % 1_600_001)
        if (await gateway.run(budget, Math.ceil(cost * 1.25), cost)) went += 1
      }
    }
    await Promise.all(Array.from({ length: 1000 }, caller))
    await gateway.ship()
    await gateway.end()
    const { spent, held, left: rest } = await rig.standing(budget.id, 'total')
    expect(spent).toBeLessThanOrEqual(nanoOf('1'))
    expect(spent).toBeGreaterThanOrEqual(nanoOf('0.95'))
    expect([held, rest + spent]).toEqual([0, nanoOf('1')])
    expect(went).toBeGreaterThan(800)
    expect(await told(budget.id)).toEqual([50, 80])
  })

  test('D23 R5 bifrost 3547 litellm 39390 two gateways spend one budget once: what two hundred calls cost fits for ten', async () => {
    const budget = await rig.addBudget('0.10')
    const cost = nanoOf('0.01')
    const gateways = [createGateway('gw_left'), createGateway('gw_right')]
    const all = await Promise.all(
      Array.from({ length: 200 }, (_, at) => gateways[at % 2]?.run(budget, cost, cost) ?? false),
    )
    for (const each of gateways) {
      await each.ship()
      await each.end()
    }
    expect(all.filter(Boolean)).toHaveLength(10)
    expect(await rig.standing(budget.id, 'total')).toMatchObject({ spent: nanoOf('0.10'), held: 0, left: 0 })
    expect(await told(budget.id)).toEqual([50, 80, 100])
  })

  test('M3 D27 litellm 30460 a gateway that is killed while calls run leaves books that add up, and no alert twice', async () => {
    const budget = await rig.addBudget('0.20')
    const cost = nanoOf('0.01')
    const [killed, other] = [createGateway('gw_killed'), createGateway('gw_lives')]
    const ran = await Promise.all(Array.from({ length: 6 }, () => killed.run(budget, cost, cost)))
    expect(ran.every(Boolean)).toBe(true)
    await rig.grants.ended(killed.by)
    const before = await rig.standing(budget.id, 'total')
    expect(before.unreconciled).toBeGreaterThanOrEqual(6 * cost)
    expect(before).toMatchObject({ held: 0, spent: before.unreconciled, left: nanoOf('0.20') - before.unreconciled })
    // The other one spends what is left, and not what the dead one may have spent.
    const rest = await Promise.all(Array.from({ length: 40 }, () => other.run(budget, cost, cost)))
    expect(rest.filter(Boolean).length).toBe(Math.floor(before.left / cost))
    await other.ship()
    // It starts again: its spool says what was spent, and that there is no more to come.
    await killed.ship()
    await rig.grants.closed(killed.by)
    other.aMomentLater()
    const after = await Promise.all(Array.from({ length: 40 }, () => other.run(budget, cost, cost)))
    await other.ship()
    await other.end()
    expect(6 + rest.filter(Boolean).length + after.filter(Boolean).length).toBe(20)
    expect(await rig.standing(budget.id, 'total')).toMatchObject({
      spent: nanoOf('0.20'),
      held: 0,
      unreconciled: 0,
      left: 0,
    })
    expect(await told(budget.id)).toEqual([50, 80, 100])
  })

  test('bifrost 5925 a budget that is changed while calls run forgets nothing of what they spend', async () => {
    const budget = await rig.addBudget('0.10')
    const cost = nanoOf('0.01')
    const gateway = createGateway('gw_changed')
    const first = Array.from({ length: 5 }, () => gateway.run(budget, cost, cost))
    gateway.budgets.changed(null)
    await Promise.all(first)
    gateway.budgets.changed(budget.id)
    const second = await Promise.all(Array.from({ length: 20 }, () => gateway.run(budget, cost, cost)))
    await gateway.ship()
    await gateway.end()
    expect(second.filter(Boolean)).toHaveLength(5)
    expect(await rig.standing(budget.id, 'total')).toMatchObject({ spent: nanoOf('0.10'), held: 0 })
  })
})

test('M3 a call inside a slice in hand waits for nothing', async () => {
  const budgets = createBudgets({
    askSlice: async ({ pool, wanted }) => ({
      pool,
      window: 'total',
      amount: Math.max(wanted, 10_000_000),
      left: 1e15,
      startsInMs: 0,
      endsInMs: null,
      share: 0,
      isGone: false,
    }),
    giveBack: () => {},
    monotonic: () => 0,
    setTimer: () => () => {},
  })
  const record = {
    kind: 'budget' as const,
    organization: 'org_1',
    id: 'bud_1',
    revision: 1,
    target: { type: 'key' as const, id: 'key_1', name: null },
    period: 'total' as const,
  }
  await budgets.reserve([record], 1)
  for (let call = 0; call < 10_000; call += 1) {
    const hold = budgets.reserve([record], 1)
    expect(hold instanceof Promise).toBe(false)
    if (!(hold instanceof Promise) && hold.ok) hold.value.settle(1)
  }
})
