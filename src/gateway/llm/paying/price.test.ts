import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Price } from '../../../providers/schema.ts'
import { costOf, outputFor, priceAt, worstPriceAt } from './price.ts'

const price = (more: Partial<Price> = {}): Price => ({
  from: null,
  aboveInputTokens: 0,
  input: 3_000_000,
  output: 15_000_000,
  cachedInput: null,
  cacheWrite: null,
  reasoning: null,
  perCall: 0,
  source: 'test',
  ...more,
})
const tokens = (more = {}) => ({ input: 0, output: 0, cached: 0, cacheWrite: 0, reasoning: 0, ...more })

describe('D23 what a call costs', () => {
  test('whole numbers, rounded up: 1,000 tokens of 3 USD a million are 3 milli-USD, and one pico-USD is a nano-USD', () => {
    expect(costOf(price(), tokens({ input: 1000 }))).toBe(3_000_000)
    expect(costOf(price({ input: 1 }), tokens({ input: 1 }))).toBe(1)
    expect(costOf(price({ input: 1 }), tokens({ input: 1000 }))).toBe(1)
    expect(costOf(price({ input: 1 }), tokens({ input: 1001 }))).toBe(2)
    expect(costOf(price({ input: 0, perCall: 7 }), tokens({ input: 9 }))).toBe(7)
  })

  test('parts that have a price of their own are priced so, others as their whole', () => {
    const used = tokens({ input: 100, cached: 40, cacheWrite: 10, output: 50, reasoning: 20 })
    const plain = price({ input: 1000, output: 10_000 })
    expect(costOf(plain, used)).toBe(100 + 500)
    expect(costOf({ ...plain, cachedInput: 0, cacheWrite: 2000, reasoning: 20_000 }, used)).toBe(50 + 20 + 300 + 400)
  })

  test('it is exact for any numbers, also where a float is not', () => {
    const amount = fc.nat(1_000_000_000)
    const pico = fc.nat(1_000_000_000_000)
    fc.assert(
      fc.property(amount, amount, pico, pico, fc.nat(1e9), (input, output, inPrice, outPrice, perCall) => {
        const whole = BigInt(input) * BigInt(inPrice) + BigInt(output) * BigInt(outPrice)
        const nano = (whole + 999n) / 1000n + BigInt(perCall)
        const most = BigInt(Number.MAX_SAFE_INTEGER)
        const cost = costOf(price({ input: inPrice, output: outPrice, perCall }), tokens({ input, output }))
        expect(BigInt(cost)).toBe(nano > most ? most : nano)
      }),
    )
  })

  test('a part is never worth more than was set aside for it', () => {
    const part = fc.nat(1000)
    const pico = fc.nat(1_000_000)
    const other = fc.option(pico)
    fc.assert(
      fc.property(part, part, part, part, part, pico, pico, other, other, other, (...numbers) => {
        const [fresh, cached, cacheWrite, shown, reasoning, input, output, cachedInput, writing, thinking] = numbers
        const one = price({ input, output, cachedInput, cacheWrite: writing, reasoning: thinking })
        const used = tokens({
          input: fresh + cached + cacheWrite,
          cached,
          cacheWrite,
          output: shown + reasoning,
          reasoning,
        })
        const worst = worstPriceAt({ prices: [one] }, 0, used.input) as Price
        expect(costOf(worst, tokens({ input: used.input, output: used.output }))).toBeGreaterThanOrEqual(
          costOf(one, used),
        )
      }),
    )
  })

  test('output for so much money costs no more than that, and one token more would', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.nat(1e12), (output, nano) => {
        const one = price({ output })
        const fit = outputFor(one, nano)
        expect(costOf(one, tokens({ output: fit }))).toBeLessThanOrEqual(nano)
        if (fit < 1e12) expect(costOf(one, tokens({ output: fit + 1 }))).toBeGreaterThanOrEqual(nano)
      }),
    )
    expect(outputFor(price({ output: 0 }), 1)).toBe(Number.MAX_SAFE_INTEGER)
    expect(outputFor(price(), -1)).toBe(0)
  })
})

describe('which price counts', () => {
  const [old, next, later] = [price({ input: 1 }), price({ from: 1000, input: 2 }), price({ from: 2000, input: 3 })]

  test('the one that began last, from its very millisecond on, in whatever order they stand', () => {
    for (const prices of [
      [old, next, later],
      [later, old, next],
    ]) {
      expect(priceAt({ prices }, 999, 0)?.input).toBe(1)
      expect(priceAt({ prices }, 1000, 0)?.input).toBe(2)
      expect(priceAt({ prices }, 1999, 0)?.input).toBe(2)
      expect(priceAt({ prices }, 2000, 0)?.input).toBe(3)
    }
  })

  test('of those, the one for the most input; what it sets aside is the dearest that the input may reach', () => {
    const prices = [next, { ...next, aboveInputTokens: 200, input: 9 }, { ...later, aboveInputTokens: 5 }]
    expect(priceAt({ prices }, 1500, 199)?.input).toBe(2)
    expect(priceAt({ prices }, 1500, 200)?.input).toBe(9)
    expect(worstPriceAt({ prices }, 1500, 250)?.input).toBe(9)
    expect(worstPriceAt({ prices }, 1500, 100)?.input).toBe(2)
  })

  test('a table that is empty, has not begun or has a hole is unknown and never free', () => {
    expect(priceAt({ prices: [] }, 0, 0)).toBeNull()
    expect(worstPriceAt({ prices: [] }, 0, 0)).toBeNull()
    expect(priceAt({ prices: [later] }, 1999, 0)).toBeNull()
    expect(worstPriceAt({ prices: [{ ...later, aboveInputTokens: 5 }] }, 2000, 100)).toBeNull()
    expect(priceAt({ prices: [{ ...later, aboveInputTokens: 5 }] }, 2000, 4)).toBeNull()
  })
})
