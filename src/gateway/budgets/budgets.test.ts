import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { BudgetRecord } from '../../budgets/schema.ts'
import type { Grant, Returned, SliceAsk } from '../../fleet/slices/schema.ts'
import type { Result } from '../../problems.ts'
import { createBudgets, type MoneyHold } from './budgets.ts'

const budget = (id: string, more: Partial<BudgetRecord> = {}): BudgetRecord => ({
  kind: 'budget',
  organization: 'org_1',
  id,
  revision: 1,
  target: { type: 'key', id: 'key_1', name: null },
  period: 'total',
  ...more,
})
const a = budget('bud_a')
const b = budget('bud_b', { period: 'month', target: { type: 'team', id: 'team_1', name: null } })

/** Control as it should be, in memory: what is left of each budget, and what has been booked as held. */
function createControl(left: Record<string, number>) {
  const held: Record<string, number> = {}
  let now = 0
  const timers = new Set<{ at: number; run: () => void }>()
  const asks: SliceAsk[] = []
  const back: Returned[] = []
  let window = 'total'
  let endsInMs: number | null = null
  let mode: 'answers' | 'silent' | 'away' | 'gone' | 'blind' = 'answers'
  const grantOf = (ask: SliceAsk): Grant => {
    const there = left[ask.pool] ?? 0
    const isEnough = there > 0 && there >= ask.need
    const amount = isEnough ? Math.min(ask.wanted, there, Math.max(ask.need, Math.floor(there / 8), 1)) : 0
    left[ask.pool] = there - amount
    held[ask.pool] = (held[ask.pool] ?? 0) + amount
    return { pool: ask.pool, window, amount, left: there - amount, startsInMs: 0, endsInMs, share: 0, isGone: false }
  }
  const budgets = createBudgets({
    askSlice: async (ask) => {
      asks.push(ask)
      if (mode === 'away') return null
      if (mode === 'silent') return new Promise(() => {})
      const none = { pool: ask.pool, amount: 0, left: 0, startsInMs: 0, endsInMs: null, share: 0, window: '' }
      if (mode !== 'answers') return { ...none, isGone: mode === 'gone' }
      return grantOf(ask)
    },
    giveBack: (items) => {
      back.push(...items)
      for (const { pool, unused } of items) {
        held[pool] = (held[pool] ?? 0) - unused
        left[pool] = (left[pool] ?? 0) + unused
      }
    },
    monotonic: () => now,
    setTimer: (ms, run) => {
      const timer = { at: now + ms, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    now: () => Date.parse('2026-11-21T10:00:00Z') + now,
  })
  return {
    budgets,
    asks,
    back,
    held,
    left,
    setMode: (next: typeof mode) => {
      mode = next
    },
    period: (name: string, ends: number | null) => {
      window = name
      endsInMs = ends
    },
    forward: (ms: number) => {
      const until = now + ms
      for (;;) {
        const next = [...timers].filter(({ at }) => at <= until).sort((one, other) => one.at - other.at)[0]
        if (!next) break
        timers.delete(next)
        now = next.at
        next.run()
      }
      now = until
    },
  }
}

const granted = (result: Result<MoneyHold>): MoneyHold => {
  if (!result.ok) throw new Error(result.problem.detail)
  return result.value
}
const codeOf = (result: Result<unknown>) => (result.ok ? 'ok' : result.problem.code)
/** Everything that has been promised is done after this. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('money in hand', () => {
  test('D23 the first call asks control, the next ones find money in hand and wait for nothing', async () => {
    const { budgets, asks } = createControl({ bud_a: 100_000 })
    const first = budgets.reserve([a], 100)
    expect(first).toBeInstanceOf(Promise)
    granted(await first)
    expect(asks).toMatchObject([{ pool: 'bud_a', organization: 'org_1', need: 100, wanted: 800, ahead: false }])
    await settled()
    for (let call = 0; call < 3; call += 1) {
      const next = budgets.reserve([a], 100)
      expect(next).not.toBeInstanceOf(Promise)
      await settled()
    }
  })

  test('D23 half a slice gone asks for the next ahead, once', async () => {
    const { budgets, asks } = createControl({ bud_a: 1_000_000 })
    granted(await budgets.reserve([a], 1000))
    await settled()
    const before = asks.length
    for (let call = 0; call < 6; call += 1) granted(await budgets.reserve([a], 1000))
    expect(asks.length).toBe(before + 1)
    await settled()
    expect(budgets.reserve([a], 1000)).not.toBeInstanceOf(Promise)
  })

  test('D24 a budget that has no more refuses with what is left, when there is more, and the way out', async () => {
    const { budgets, period } = createControl({ bud_b: 500_000_000 })
    period('2026-11', 864_000_000)
    const refused = await budgets.reserve([b], 2_000_000_000)
    expect(refused).toMatchObject({
      ok: false,
      problem: { code: 'budget_exceeded', retryAfterSeconds: 864_000, data: { budget: 'bud_b' } },
    })
    const detail = refused.ok ? '' : refused.problem.detail
    for (const part of [
      'monthly budget of team team_1 (bud_b)',
      '0.50 USD left',
      '2.00',
      '2026-12-01T10:00:00.000Z',
      'ostiary budgets top-up bud_b',
    ])
      expect(detail).toContain(part)
    expect(budgets.available([b])).toBe(500_000_000)
    // A smaller call fits, and takes what is left for itself.
    expect(codeOf(await budgets.reserve([b], 500_000_000))).toBe('ok')
  })

  test('D24 a total budget that is spent names no time at which there is more', async () => {
    const { budgets } = createControl({ bud_a: 0 })
    const refused = await budgets.reserve([a], 5)
    expect(refused.ok ? null : refused.problem.retryAfterSeconds).toBeUndefined()
    expect(codeOf(refused)).toBe('budget_exceeded')
  })

  test('M3 several budgets are taken all or none', async () => {
    const { budgets, held } = createControl({ bud_a: 1000, bud_b: 10 })
    expect(codeOf(await budgets.reserve([a, b], 50))).toBe('budget_exceeded')
    const alone = granted(await budgets.reserve([a], 50))
    alone.undo()
    budgets.close()
    await settled()
    expect(held).toMatchObject({ bud_a: 0 })
  })

  test('M3 a call is charged what it cost in each of its budgets, and the rest is there again', async () => {
    const { budgets, held } = createControl({ bud_a: 1000, bud_b: 1000 })
    const hold = granted(await budgets.reserve([a, b], 100))
    expect(hold.reserved()).toBe(100)
    expect(hold.charges?.()).toEqual([
      { budget: 'bud_a', window: 'total', nano: 100 },
      { budget: 'bud_b', window: 'total', nano: 100 },
    ])
    const charges = hold.settle(30)
    expect(charges).toEqual([
      { budget: 'bud_a', window: 'total', nano: 30 },
      { budget: 'bud_b', window: 'total', nano: 30 },
    ])
    expect([hold.settle(30), hold.extend(5)]).toEqual([[], false])
    hold.undo()
    await settled()
    budgets.close()
    // Held for this process is what it will report as charged, and nothing else.
    expect(held).toEqual({ bud_a: 30, bud_b: 30 })
  })

  test('M3 more than was reserved is charged all the same, and taken out of what is in hand', async () => {
    const { budgets, held } = createControl({ bud_a: 10_000 })
    const hold = granted(await budgets.reserve([a], 100))
    granted(await budgets.reserve([a], 100)).undo()
    await settled()
    expect(hold.settle(150)).toEqual([{ budget: 'bud_a', window: 'total', nano: 150 }])
    budgets.close()
    expect(held).toEqual({ bud_a: 150 })
  })

  test('D23 a stream goes on as long as there is money, and is told when there is no more', async () => {
    const { budgets } = createControl({ bud_a: 1000 })
    const hold = granted(await budgets.reserve([a], 100))
    let slices = 0
    while (await hold.extend(100)) slices += 1
    expect(slices).toBe(9)
    expect(hold.reserved()).toBe(1000)
    expect(hold.settle(1000)).toEqual([{ budget: 'bud_a', window: 'total', nano: 1000 }])
  })

  test('M3 an extension that comes after the end of its call puts its money back', async () => {
    const { budgets, held } = createControl({ bud_a: 1000 })
    const hold = granted(await budgets.reserve([a], 100))
    const late = hold.extend(600)
    expect(late).toBeInstanceOf(Promise)
    hold.settle(10)
    expect(await late).toBe(false)
    budgets.close()
    expect(held).toEqual({ bud_a: 10 })
  })
})

describe('money and time', () => {
  test('D23 a period that ends takes what is in hand with it, and a call that runs is charged where it reserved', async () => {
    const { budgets, period, forward, back, left } = createControl({ bud_b: 10_000 })
    period('2026-11', 1000)
    const hold = granted(await budgets.reserve([b], 100))
    await settled()
    granted(await budgets.reserve([b], 100)).undo()
    await settled()
    forward(1000)
    period('2026-12', 86_400_000)
    const next = budgets.reserve([b], 100)
    expect(next).toBeInstanceOf(Promise)
    const second = granted(await next)
    expect(back.every(({ window }) => window === '2026-11')).toBe(true)
    expect(await hold.extend(50)).toBe(true)
    expect(hold.settle(120)).toEqual([
      { budget: 'bud_b', window: '2026-11', nano: 100 },
      { budget: 'bud_b', window: '2026-12', nano: 20 },
    ])
    expect(second.settle(100)).toEqual([{ budget: 'bud_b', window: '2026-12', nano: 100 }])
    expect(left.bud_b).toBeGreaterThan(0)
  })

  test('M3 money that is not used for ten seconds goes back for other gateways', async () => {
    const { budgets, held, forward } = createControl({ bud_a: 1_000_000 })
    granted(await budgets.reserve([a], 1000)).settle(400)
    await settled()
    granted(await budgets.reserve([a], 100)).settle(100)
    await settled()
    expect(held.bud_a).toBeGreaterThan(500)
    forward(16_000)
    expect(held.bud_a).toBe(500)
  })

  test('M3 what is reserved stays reserved, however long its call runs', async () => {
    const { budgets, held, forward } = createControl({ bud_a: 1_000_000 })
    const hold = granted(await budgets.reserve([a], 1000))
    forward(3_600_000)
    expect(held.bud_a).toBe(1000)
    expect(hold.settle(600)).toEqual([{ budget: 'bud_a', window: 'total', nano: 600 }])
    forward(16_000)
    expect(held.bud_a).toBe(600)
  })

  test('D23 a budget that is changed gives back what is not reserved and asks anew', async () => {
    const { budgets, held, left } = createControl({ bud_a: 0 })
    expect(codeOf(await budgets.reserve([a], 100))).toBe('budget_exceeded')
    left.bud_a = 1000
    budgets.changed('bud_a')
    const hold = granted(await budgets.reserve([a], 100))
    await settled()
    budgets.changed(null)
    expect(held.bud_a).toBe(100)
    hold.undo()
    budgets.close()
    expect(held.bud_a).toBe(0)
  })

  test('D23 a call waits 250 ms for control at most, and then nobody says that the budget is spent', async () => {
    const { budgets, setMode, forward } = createControl({ bud_a: 1000 })
    setMode('silent')
    const waiting = budgets.reserve([a], 100)
    forward(250)
    expect(await waiting).toMatchObject({ ok: false, problem: { code: 'limits_unavailable', retryAfterSeconds: 1 } })
    setMode('away')
    const other = createControl({ bud_a: 1000 })
    other.setMode('blind')
    for (const each of [createAway(), other.budgets])
      expect(codeOf(await each.reserve([a], 100))).toBe('limits_unavailable')
  })

  const createAway = () => {
    const control = createControl({ bud_a: 1000 })
    control.setMode('away')
    return control.budgets
  }

  test('a budget that control knows no more stops nobody, and is charged nothing', async () => {
    const { budgets, setMode } = createControl({ bud_b: 1000 })
    setMode('gone')
    const hold = granted(await budgets.reserve([a], 100))
    expect(await hold.extend(1000)).toBe(true)
    expect(hold.settle(500)).toEqual([])
  })

  test('M3 a slice that comes too late for its call is used by the next, or goes back', async () => {
    const { budgets, back, held } = createControl({ bud_a: 1000 })
    const ask: SliceAsk = { organization: 'org_1', pool: 'bud_a', ahead: false, wanted: 70, need: 1 }
    const grant = { pool: 'bud_a', window: 'total', amount: 70, left: 0, startsInMs: 0, endsInMs: null, share: 0 }
    held.bud_a = 70
    budgets.late(ask, { ...grant, isGone: false })
    expect(back).toEqual([{ organization: 'org_1', pool: 'bud_a', window: 'total', unused: 70 }])
    granted(await budgets.reserve([a], 10))
    budgets.late(ask, { ...grant, isGone: false })
    expect(budgets.reserve([a], 60)).not.toBeInstanceOf(Promise)
  })
})

describe('many calls at the same time', () => {
  test('D23 litellm 18730 calls that come together reserve before they go: not one more than there is money for', async () => {
    const { budgets, asks } = createControl({ bud_a: 100 })
    const all = await Promise.all(Array.from({ length: 200 }, () => budgets.reserve([a], 10)))
    expect(all.filter(({ ok }) => ok)).toHaveLength(10)
    expect(new Set(all.map(codeOf))).toEqual(new Set(['ok', 'budget_exceeded']))
    // One question at a time, for all who wait.
    expect(asks.length).toBeLessThan(30)
  })

  test('litellm 27639 refusals, undone and aborted calls leak no reservation', async () => {
    const { budgets, held } = createControl({ bud_a: 1000, bud_b: 30 })
    for (let round = 0; round < 200; round += 1) {
      const all = await Promise.all([
        budgets.reserve([a, b], 20),
        budgets.reserve([b, a], 20),
        budgets.reserve([a], 990),
      ])
      for (const each of all) if (each.ok) each.value.undo()
      budgets.changed(null)
    }
    budgets.close()
    await settled()
    expect([held.bud_a ?? 0, held.bud_b ?? 0]).toEqual([0, 0])
  })

  test('M3 whatever calls do, what control has booked as held is what is charged, reserved and in hand', async () => {
    const what = fc.record({
      of: fc.constantFrom([a], [b], [a, b]),
      nano: fc.integer({ min: 1, max: 300 }),
      more: fc.option(fc.integer({ min: 1, max: 200 }), { nil: null }),
      cost: fc.nat(600),
      end: fc.constantFrom('settle', 'undo'),
      next: fc.constantFrom('nothing', 'wait', 'change', 'idle', 'month'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(what, { maxLength: 40 }), fc.nat(5000), async (calls, amount) => {
        const control = createControl({ bud_a: amount, bud_b: amount * 2 })
        const charged: Record<string, number> = {}
        const beyond: Record<string, number> = {}
        const run = async (call: (typeof calls)[number]) => {
          const result = await control.budgets.reserve(call.of, call.nano)
          if (!result.ok) return
          if (call.more !== null) await result.value.extend(call.more)
          const reserved = result.value.reserved()
          if (call.end === 'undo') return result.value.undo()
          for (const { budget, nano } of result.value.settle(call.cost)) {
            charged[budget] = (charged[budget] ?? 0) + nano
            beyond[budget] = (beyond[budget] ?? 0) + Math.max(0, call.cost - reserved)
          }
        }
        const running: Promise<void>[] = []
        let months = 0
        for (const call of calls) {
          running.push(run(call))
          if (call.next === 'wait') await settled()
          if (call.next === 'change') control.budgets.changed(null)
          if (call.next === 'idle') control.forward(16_000)
          if (call.next === 'month') months += 1
          if (call.next === 'month') control.period(`2027-${String(months).padStart(2, '0')}`, 1000)
        }
        control.forward(250)
        await Promise.all(running)
        control.forward(60_000)
        control.budgets.close()
        await settled()
        for (const [pool, most] of Object.entries({ bud_a: amount, bud_b: amount * 2 })) {
          const [cost, held] = [charged[pool] ?? 0, control.held[pool] ?? 0]
          // An overdraft is charged beyond what is held, and only what was not reserved is one.
          expect(held).toBeLessThanOrEqual(cost)
          expect(cost - held).toBeLessThanOrEqual(beyond[pool] ?? 0)
          expect(held).toBeLessThanOrEqual(most)
        }
      }),
      { numRuns: 150 },
    )
  })
})
