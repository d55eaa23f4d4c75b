import { beforeAll, describe, expect, test } from 'vitest'
import { type BudgetRig, createBudgetRig, holder } from '../../test/budget-rig.ts'
import { onEachStore } from '../../test/stores.ts'
import { bookAmount } from './change.ts'
import { createBudgetGrants } from './grant.ts'
import { entriesAfter } from './ledger/store.ts'
import { nanoOf } from './schema.ts'
import { holdBudget, writeBudget } from './store.ts'

const usd = nanoOf

onEachStore('money for gateways', (open, stores) => {
  let rig: BudgetRig
  const one = holder('gw_one')
  const other = holder('gw_other')

  beforeAll(async () => {
    rig = await createBudgetRig(await open())
  })

  test('D23 M3 is booked before it is given: an eighth of what is left at most, near the cap what one call needs', async () => {
    const { id } = await rig.addBudget('1')
    const ask = (wanted: string, need: string) =>
      rig.grants.grant(one, [rig.ask(id, usd(wanted), usd(need))]).then(([grant]) => grant)
    expect(await ask('10', '0.01')).toMatchObject({
      amount: usd('0.125'),
      left: usd('0.875'),
      window: 'total',
      endsInMs: null,
    })
    expect(await ask('0.05', '0.01')).toMatchObject({ amount: usd('0.05'), left: usd('0.825') })
    expect(await ask('10', '0.8')).toMatchObject({ amount: usd('0.8'), left: usd('0.025') })
    expect(await ask('10', '0.03')).toMatchObject({ amount: 0, left: usd('0.025'), isGone: false })
    expect(await ask('10', '0.02')).toMatchObject({ amount: usd('0.02') })
    expect(await rig.standing(id, 'total')).toMatchObject({ held: usd('0.995'), left: usd('0.005'), spent: 0 })
  })

  test('D23 several in one frame are answered in their order, unknown ones as gone, foreign ones as unknown', async () => {
    const [a, b] = [await rig.addBudget('1'), await rig.addBudget('2', 'month')]
    const grants = await rig.grants.grant(one, [
      rig.ask(b.id, usd('0.2')),
      rig.ask('bud_AAAAAAAAAAAAAAAA', 1),
      { ...rig.ask(a.id, 1), organization: 'org_other' },
      rig.ask(a.id, usd('0.1')),
    ])
    expect(grants.map(({ amount, isGone, window }) => [amount, isGone, window])).toEqual([
      [usd('0.2'), false, '2026-11'],
      [0, true, ''],
      [0, true, ''],
      [usd('0.1'), false, 'total'],
    ])
  })

  test('D23 a period ends with its month where the organization is, and the next one begins whole', async () => {
    const { id } = await rig.addBudget('8', 'month')
    const [first] = await rig.grants.grant(one, [rig.ask(id, usd('8'), usd('8'))])
    expect(first).toMatchObject({ amount: usd('8'), endsInMs: Date.parse('2026-12-01T00:00:00Z') - rig.now() })
    rig.setNow('2026-12-01T00:00:00Z')
    const [second] = await rig.grants.grant(one, [rig.ask(id, usd('8'), 1)])
    expect(second).toMatchObject({ amount: usd('1'), window: '2026-12' })
    // What is left over of the old one goes back there, and its charges are booked there.
    await rig.settle(one, [rig.record(one, [{ budget: id, window: '2026-11', nano: usd('3') }])])
    await rig.grants.takeBack(one, [{ organization: rig.org, pool: id, window: '2026-11', unused: usd('5') }])
    expect(await rig.standing(id, '2026-11')).toMatchObject({ spent: usd('3'), left: usd('5'), held: 0 })
    expect(await rig.standing(id, '2026-12')).toMatchObject({ spent: 0, left: usd('7'), held: usd('1') })
    rig.setNow('2026-11-21T10:00:00Z')
  })

  test('M3 a gateway that ends has spent what it held, until its spool says what it was', async () => {
    const { id } = await rig.addBudget('10')
    await rig.grants.grant(one, [rig.ask(id, usd('4'), usd('4'))])
    await rig.settle(one, [rig.record(one, [{ budget: id, window: 'total', nano: usd('1') }])])
    await rig.grants.ended(one)
    expect(await rig.standing(id, 'total')).toMatchObject({
      spent: usd('4'),
      unreconciled: usd('3'),
      held: 0,
      left: usd('6'),
    })
    await rig.settle(one, [rig.record(one, [{ budget: id, window: 'total', nano: usd('0.5') }])])
    expect(await rig.standing(id, 'total')).toMatchObject({ spent: usd('4'), unreconciled: usd('2.5') })
    await rig.grants.closed(one)
    expect(await rig.standing(id, 'total')).toMatchObject({ spent: usd('1.5'), unreconciled: 0, left: usd('8.5') })
    const { accounts } = await rig.books(id)
    expect(accounts.map(({ account }) => account).toSorted()).toEqual(['budget', 'owner', 'spent'])
  })

  test('M3 what a process asked for before it ended is ended with it', async () => {
    const { id } = await rig.addBudget('1')
    const late = holder('gw_late')
    await Promise.all([rig.grants.grant(late, [rig.ask(id, usd('0.1'))]), rig.grants.ended(late)])
    expect(await rig.standing(id, 'total')).toMatchObject({ held: 0, unreconciled: usd('0.1') })
  })

  test('M3 nobody gives back more than he holds, or of a period that nobody was given', async () => {
    const { id } = await rig.addBudget('1')
    await rig.grants.grant(one, [rig.ask(id, usd('0.1'))])
    const back = (window: string, unused: string) =>
      rig.grants.takeBack(one, [{ organization: rig.org, pool: id, window, unused: usd(unused) }])
    await back('total', '5')
    await rig.grants.takeBack(other, [{ organization: rig.org, pool: id, window: 'total', unused: usd('5') }])
    for (const window of ['total.7', '2026-11', 'x'.repeat(64), '']) await back(window, '1')
    expect(await rig.standing(id, 'total')).toMatchObject({ left: usd('1'), held: 0 })
    expect((await rig.books(id)).accounts.every(({ period }) => period === 'total')).toBe(true)
  })

  test('M3 an overdraft is booked, not dropped, and nothing is given out before it is paid', async () => {
    const { id } = await rig.addBudget('1')
    await rig.settle(one, [rig.record(one, [{ budget: id, window: 'total', nano: usd('1.25') }])])
    expect(await rig.standing(id, 'total')).toMatchObject({ spent: usd('1.25'), left: -usd('0.25') })
    expect((await rig.grants.grant(one, [rig.ask(id, 1)]))[0]).toMatchObject({ amount: 0, left: -usd('0.25') })
  })

  test('M3 charges of deleted budgets, unknown periods and unknown budgets do no harm and are not lost', async () => {
    const deleted = await rig.addBudget('1', 'total', { state: 'deleted' })
    const monthly = await rig.addBudget('5', 'month')
    await rig.settle(one, [
      rig.record(one, [
        { budget: deleted.id, window: 'total', nano: 5 },
        { budget: 'bud_nobody', window: 'total', nano: 5 },
        { budget: monthly.id, window: '9999-12', nano: usd('1') },
        { budget: monthly.id, window: '2026-11', nano: usd('1') },
      ]),
      rig.record(one, [{ budget: monthly.id, window: '2026-11', nano: 7 }], { organization: 'org_other' }),
    ])
    expect(await rig.standing(deleted.id, 'total')).toMatchObject({ spent: 5 })
    expect(await rig.standing(monthly.id, '2026-11')).toMatchObject({ spent: usd('2'), left: usd('3') })
    expect((await rig.books(monthly.id)).accounts.every(({ period }) => period === '2026-11')).toBe(true)
    expect((await rig.grants.grant(one, [rig.ask(deleted.id, 1)]))[0]).toMatchObject({ isGone: true, amount: 0 })
  })

  test('M3 G9 a record that comes again is booked once', async () => {
    const { id } = await rig.addBudget('1')
    const record = rig.record(one, [{ budget: id, window: 'total', nano: 7 }])
    await rig.settle(one, [record])
    await rig.settle(one, [record, record])
    await rig.settle(other, [record])
    expect(await rig.standing(id, 'total')).toMatchObject({ spent: 14 })
  })

  test('D27 each threshold is told once in a period, in the transaction that crosses it', async () => {
    const { id } = await rig.addBudget('1', 'day', { thresholds: [50, 80, 100] })
    const spend = (nano: number, window = '2026-11-21') =>
      rig.settle(one, [rig.record(one, [{ budget: id, window, nano }])])
    const told = async () =>
      (await rig.events()).filter((event) => event.id === id).map(({ after }) => [after.period, after.percent])
    await spend(usd('0.5') - 1)
    expect(await told()).toEqual([])
    await spend(1)
    await spend(1)
    expect(await told()).toEqual([['2026-11-21', 50]])
    await spend(usd('0.6'))
    expect(await told()).toEqual([
      ['2026-11-21', 50],
      ['2026-11-21', 80],
      ['2026-11-21', 100],
    ])
    rig.setNow('2026-11-22T10:00:00Z')
    await spend(usd('0.8'), '2026-11-22')
    await spend(usd('0.1'), '2026-11-22')
    // What comes late counts where it was given out: everything there has been told.
    await spend(usd('2'), '2026-11-21')
    expect((await told()).slice(3)).toEqual([
      ['2026-11-22', 50],
      ['2026-11-22', 80],
    ])
    rig.setNow('2026-11-21T10:00:00Z')
  })

  test('D27 what an ended gateway held counts towards the thresholds', async () => {
    const held = await rig.addBudget('1')
    await rig.grants.grant(one, [rig.ask(held.id, usd('0.6'), usd('0.6'))])
    await rig.grants.ended(one)
    expect((await rig.events()).filter(({ id }) => id === held.id)).toMatchObject([
      { action: 'budget.threshold_crossed', after: { percent: 50, spentUsd: '0.60', usd: '1.00', period: 'total' } },
    ])
  })

  test('D23 a frozen budget gives nothing', async () => {
    const { id } = await rig.addBudget('1', 'total', { frozen: true })
    expect((await rig.grants.grant(one, [rig.ask(id, 1)]))[0]).toMatchObject({ amount: 0, left: 0, isGone: false })
  })

  test('D23 without the clock of the store nothing is given, and nothing is said of what there is', async () => {
    const { id } = await rig.addBudget('1')
    const blind = createBudgetGrants({ ...rig.deps, storeNow: () => null })
    expect((await blind.grant(one, [rig.ask(id, 1)]))[0]).toMatchObject({ amount: 0, window: '', isGone: false })
  })

  test('M3 what comes back is booked, when it came, and what has ended is ended, while nothing was heard of that clock', async () => {
    const { id } = await rig.addBudget('1')
    const quiet = createBudgetGrants({ ...rig.deps, storeNow: () => null })
    await rig.grants.grant(one, [rig.ask(id, usd('0.1'))])
    rig.setNow('2026-11-21T10:00:07Z')
    await quiet.takeBack(one, [{ organization: rig.org, pool: id, window: 'total', unused: usd('0.06') }])
    expect(await rig.standing(id, 'total')).toMatchObject({ left: usd('0.96'), held: usd('0.04') })
    await quiet.ended(one)
    expect(await rig.standing(id, 'total')).toMatchObject({ held: 0, unreconciled: usd('0.04') })
    const place = { organizationId: rig.org, budgetId: id, period: null }
    const entries = await rig.deps.system.read((db) => entriesAfter(db, place, 0, 100))
    expect(entries.slice(-2).map(({ at }) => at)).toEqual([rig.now(), rig.now()])
    rig.setNow('2026-11-21T10:00:00Z')
  })

  describe.skipIf(stores.dialect === 'sqlite')('several controls', () => {
    test('M3 give out no more than there is, from one store', async () => {
      const place = await stores.newPlace()
      const [first, second] = [await stores.openAt(place), await stores.openAt(place)]
      const two = await createBudgetRig(first)
      const elsewhere = createBudgetGrants({ ...two.deps, system: second.system })
      const [a, b] = [await two.addBudget('1', 'month'), await two.addBudget('1', 'day')]
      const rounds = Array.from({ length: 40 }, (_, at) => at)
      const granted = await Promise.all(
        rounds.map((at) => {
          const asks = [a, b].map(({ id }) => two.ask(id, usd('0.1'), usd('0.03')))
          return (at % 2 ? elsewhere : two.grants).grant(holder(`gw_${at}`), at % 3 ? asks : asks.toReversed())
        }),
      )
      for (const { id } of [a, b]) {
        const sum = granted.flat().reduce((all, { pool, amount }) => all + (pool === id ? amount : 0), 0)
        expect(sum).toBeLessThanOrEqual(usd('1'))
        expect(sum).toBeGreaterThan(usd('0.95'))
        expect(await two.standing(id, id === a.id ? '2026-11' : '2026-11-21')).toMatchObject({ held: sum })
      }
    })

    test('litellm 34733 an amount that is changed while a period opens elsewhere is not written over by the old one', async () => {
      const place = await stores.newPlace()
      const [first, second] = [await stores.openAt(place), await stores.openAt(place)]
      const two = await createBudgetRig(first)
      const elsewhere = createBudgetGrants({ ...two.deps, system: second.system })
      for (let round = 1; round <= 10; round += 1) {
        const budget = await two.addBudget('1', 'day')
        two.setNow('2026-11-22T10:00:00Z')
        await Promise.all([
          elsewhere.grant(one, [two.ask(budget.id, usd('0.01'))]),
          first.transaction(two.org, async (db) => {
            const held = await holdBudget(db, two.org, budget.id)
            if (!held) throw new Error('gone')
            const after = { ...held, amount: usd('5'), revision: held.revision + 1 }
            await writeBudget(db, two.org, after)
            await bookAmount(two.deps, db, after, two.now())
          }),
        ])
        expect(await two.standing(budget.id, '2026-11-22')).toMatchObject({ amount: usd('5'), held: usd('0.01') })
        two.setNow('2026-11-21T10:00:00Z')
      }
    })
  })
})
