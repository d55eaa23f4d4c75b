import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { type BudgetRig, createBudgetRig, holder } from '../../../test/budget-rig.ts'
import { onEachStore } from '../../../test/stores.ts'
import type { Database } from '../../db/database.ts'
import type { Holder } from '../../fleet/slices/schema.ts'
import { putBudget } from '../change.ts'
import { createBudgetGrants } from '../grant.ts'
import { begunAnew, runningOf } from '../running.ts'
import { settleRecords } from '../settle.ts'
import { type Budget, holdBudget } from '../store.ts'
import {
  after,
  type Balances,
  heldBy,
  planAmount,
  planClosed,
  planEnded,
  planGrant,
  planReturn,
  planSettle,
  planTopUp,
  standingOf,
} from './accounts.ts'
import { openBooks } from './book.ts'

const sumOf = (values: Iterable<number>): number => [...values].reduce((sum, value) => sum + value, 0)
const who = fc.constantFrom(holder('gw_a'), holder('gw_b'), holder('gw_a', 'boot_after'))
const nano = fc.integer({ min: 1, max: 400 })

/** What happens to one budget; `crash`: before the commit, or after it so that nobody hears of it. */
const step = fc.oneof(
  fc.record({ do: fc.constant('grant' as const), who, wanted: nano, need: fc.nat(200) }),
  fc.record({ do: fc.constant('settle' as const), who, nano }),
  fc.record({ do: fc.constant('return' as const), who, nano }),
  fc.record({ do: fc.constantFrom('ended' as const, 'closed' as const), who }),
  fc.record({ do: fc.constantFrom('top-up' as const, 'amount' as const), nano }),
  fc.record({ do: fc.constant('reset' as const) }),
)
type Step = (typeof step)['generate'] extends (...given: never) => { value: infer V } ? V : never
const crash = fc.constantFrom('none', 'none', 'none', 'before', 'after')

test('M3 whatever happens in whatever order, balances sum to 0, what was spent is what was charged, and only an overdraft overspends', () => {
  fc.assert(
    fc.property(nano, fc.array(step, { maxLength: 60 }), (amount, steps) => {
      let balances: Balances = after(new Map(), planAmount(new Map(), amount))
      let [charged, given] = [0, amount]
      let isOverdrawn = false
      for (const each of steps) {
        const before = standingOf(balances)
        const moves = movesOf(balances, each)
        balances = after(balances, moves)
        if (each.do === 'settle') charged += each.nano
        if (each.do === 'top-up') given += each.nano
        if (each.do === 'amount') {
          given += each.nano - before.amount
          isOverdrawn ||= standingOf(balances).left < 0
        }
        isOverdrawn ||= moves.some(({ kind }) => kind === 'overdrawn')
        const now = standingOf(balances)
        expect(sumOf(balances.values())).toBe(0)
        expect(now.spent - now.unreconciled).toBe(charged)
        expect(now.amount + now.toppedUp).toBe(given)
        expect(moves.every((move) => move.amount > 0)).toBe(true)
        for (const [account, balance] of balances)
          if (account.includes(':') || account === 'spent') expect(balance).toBeGreaterThanOrEqual(0)
        if (!isOverdrawn) expect(now.spent + now.held).toBeLessThanOrEqual(given)
        // What is charged is never less than before, but where it comes to light that it was not spent.
        if (each.do !== 'closed' && each.do !== 'return') expect(now.spent).toBeGreaterThanOrEqual(before.spent)
      }
    }),
    { numRuns: 400 },
  )
})

function movesOf(balances: Balances, each: Step) {
  if (each.do === 'grant') return planGrant(balances, each.who, each)
  if (each.do === 'settle') return planSettle(balances, each.who, each.nano)
  if (each.do === 'return') return planReturn(balances, each.who, each.nano)
  if (each.do === 'ended') return planEnded(balances, each.who)
  if (each.do === 'closed') return planClosed(balances, each.who)
  if (each.do === 'top-up') return planTopUp(each.nano)
  if (each.do === 'amount') return planAmount(balances, each.nano)
  return []
}

onEachStore('the ledger on a store', (open) => {
  let database: Database
  let rig: BudgetRig
  let fails: 'none' | 'before' | 'after' = 'none'

  beforeAll(async () => {
    database = await open()
    rig = await createBudgetRig(database)
  })

  /** A store whose next unit is rolled back, or commits without anybody hearing of it. */
  const shaky: Database['system'] = {
    read: (work) => database.system.read(work),
    transaction: async (work) => {
      const done = await database.system.transaction(async (db) => {
        const value = await work(db)
        if (fails === 'before') throw new Error('crashed before the commit')
        return value
      })
      if (fails === 'after') throw new Error('crashed after the commit')
      return done
    },
  }

  const change = (id: string, how: (budget: Budget) => Budget | number) =>
    shaky.transaction(async (db) => {
      const budget = await holdBudget(db, rig.org, id)
      if (!budget) throw new Error('gone')
      const next = how(budget)
      if (typeof next !== 'number') return void (await putBudget(rig.deps, db, next, rig.now()))
      const { name } = runningOf(budget, 'UTC', rig.now())
      const books = await openBooks(db, budget, { period: name, isRunning: true, at: rig.now() })
      books.book(planTopUp(next), null)
      await books.close(rig.deps, db)
    })

  test('M3 D27 G9 the books add up through crashes and resets, and each threshold is told once in a period', async () => {
    await fc.assert(
      fc.asyncProperty(nano, fc.array(fc.tuple(step, crash), { maxLength: 25 }), async (amount, steps) => {
        const { id } = await rig.addBudget(`0.${String(amount).padStart(9, '0')}`)
        const grants = createBudgetGrants({ ...rig.deps, system: shaky })
        const settle = settleRecords(rig.deps)
        let period = 'total'
        const charged = new Map<string, number>()
        const windowOf = async () =>
          (await grants.grant(holder('gw_look'), [rig.ask(id, 1, 1_000_000)]))[0]?.window ?? ''
        const run = async (each: Step): Promise<void> => {
          if (each.do === 'grant') await grants.grant(each.who, [rig.ask(id, each.wanted, each.need)])
          else if (each.do === 'settle') await settled(each.who, each.nano)
          else if (each.do === 'return')
            await grants.takeBack(each.who, [{ organization: rig.org, pool: id, window: period, unused: each.nano }])
          else if (each.do === 'ended') await grants.ended(each.who)
          else if (each.do === 'closed') await grants.closed(each.who)
          else if (each.do === 'top-up') await change(id, () => each.nano)
          else if (each.do === 'amount') await change(id, (budget) => ({ ...budget, amount: each.nano }))
          else await change(id, (budget) => begunAnew(budget, 'UTC', rig.now()))
        }
        /** As the taking of records does it: what failed comes again, whether it was booked or not. */
        const settled = async (by: Holder, cost: number): Promise<void> => {
          const record = rig.record(by, [{ budget: id, window: period, nano: cost }])
          charged.set(period, (charged.get(period) ?? 0) + cost)
          await shaky.transaction((db) => settle(db, by, [record])).catch(() => null)
          fails = 'none'
          await shaky.transaction((db) => settle(db, by, [record]))
        }
        for (const [each, when] of steps) {
          fails = when
          await run(each).catch(() => null)
          fails = 'none'
          period = await windowOf()
        }
        await addsUp(id, charged)
      }),
      { numRuns: 12 },
    )
  }, 60_000)

  async function addsUp(id: string, charged: ReadonlyMap<string, number>): Promise<void> {
    const { accounts, entries } = await rig.books(id)
    const fromEntries = new Map<string, number>()
    const add = (name: string, by: number) => fromEntries.set(name, (fromEntries.get(name) ?? 0) + by)
    for (const { period, debit, credit, amount } of entries) {
      add(`${period} ${debit}`, amount)
      add(`${period} ${credit}`, -amount)
    }
    const live = new Map(accounts.map(({ period, account, balance }) => [`${period} ${account}`, balance]))
    for (const name of new Set([...fromEntries.keys(), ...live.keys()]))
      expect([name, live.get(name) ?? 0]).toEqual([name, fromEntries.get(name) ?? 0])
    for (const period of new Set(accounts.map((account) => account.period))) {
      expect(sumOf(accounts.filter((each) => each.period === period).map(({ balance }) => balance))).toBe(0)
      const { spent, unreconciled } = await rig.standing(id, period)
      expect([period, spent - unreconciled]).toEqual([period, charged.get(period) ?? 0])
    }
    const told = (await rig.events())
      .filter((event) => event.id === id)
      .map(({ after }) => `${after.period} ${after.percent}`)
    expect(told).toEqual([...new Set(told)])
  }

  test('M3 each process has its own account', () => {
    expect(heldBy(holder('gw_a'))).not.toBe(heldBy(holder('gw_a', 'boot_after')))
  })
})
