import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Price } from '../schema.ts'
import { alarmAt, createPriceList, type PriceSource } from './list.ts'
import { offerOf, thinks } from './offer.ts'
import { overridden, pricesAt } from './override.ts'
import { packageSource } from './package.ts'
import { type ListedModel, periodsOf } from './periods.ts'

const openai = { preset: 'openai', baseUrl: 'https://api.openai.com/v1' } as const
const real = createPriceList(packageSource)
const day = (text: string): number => Date.parse(`${text}T00:00:00Z`)

/** A list of one provider, whatever it is asked for. */
const sourceOf = (...models: ListedModel[]): PriceSource => ({
  name: 'a list 1',
  provider: (id) => ({ id, models }),
  providerAt: () => ({ id: 'openai', models }),
  model: (_provider, name) => models.find(({ id }) => id === name) ?? null,
})
const whole = { input_mtok: 1, output_mtok: 2 }
const find = (prices: unknown, id = 'm') => createPriceList(sourceOf({ id, prices })).find(openai, id).prices

test('D30 the price of a model is an exact number of pico-USD, with the list and version that says so', () => {
  const [price] = real.find(openai, 'gpt-4o').prices
  expect(price).toMatchObject({ from: null, aboveInputTokens: 0, input: 2_500_000, output: 10_000_000 })
  expect(price).toMatchObject({ cachedInput: 1_250_000, perCall: 0, source: '@pydantic/genai-prices 0.1.8' })
  expect(real.find(openai, 'gpt-4o-2024-08-06').prices).toEqual(real.find(openai, 'gpt-4o').prices)
  expect(real.find(openai, 'gpt-4o').contextTokens).toBe(128_000)
})

test('the list is good as it is installed, and nothing of it is fetched', () => {
  expect(real.problems()).toEqual([])
})

test('a price that changes on a day has a period for each, and one that is dearer for large inputs a row for each', () => {
  const prices = real.find(openai, 'gpt-5.6-luna').prices
  const rows = prices.map(({ from, aboveInputTokens, input, output }) => [from, aboveInputTokens, input, output])
  expect(rows).toEqual([
    [null, 0, 1_000_000, 6_000_000],
    [null, 272_000, 2_000_000, 9_000_000],
    [day('2026-07-30'), 0, 200_000, 1_200_000],
    [day('2026-07-30'), 272_000, 400_000, 1_800_000],
  ])
  const at = (now: string) => pricesAt(prices, day(now)).map(({ input }) => input)
  expect(at('2026-07-29')).toEqual([1_000_000, 2_000_000])
  expect(at('2026-07-30')).toEqual([200_000, 400_000])
})

test('a price that depends on the hour counts as the dearest of them', () => {
  const daily = { type: 'time_of_date', start_time: '01:00:00Z', end_time: '04:00:00Z' }
  const prices = find([{ prices: whole }, { constraint: daily, prices: { input_mtok: 3, output_mtok: 1 } }])
  expect(prices).toMatchObject([{ input: 3_000_000, output: 2_000_000 }])
})

test.each([
  ['negative', { ...whole, input_mtok: -1 }],
  ['no number', { ...whole, output_mtok: Number.NaN }],
  ['endless', { ...whole, output_mtok: Number.POSITIVE_INFINITY }],
  ['text', { ...whole, input_mtok: '1' }],
  ['zero', { ...whole, input_mtok: 0 }],
  ['zero for what is cached', { ...whole, cache_read_mtok: 0 }],
  ['absurd', { ...whole, output_mtok: 1e9 }],
  ['a tier that is zero', { ...whole, input_mtok: { base: 1, tiers: [{ start: 1000, price: 0 }] } }],
  ['a tier that is none', { ...whole, input_mtok: { base: 1, tiers: [{ start: 'x', price: 1 }] } }],
  [
    'a later price that is zero',
    [
      { prices: whole },
      { constraint: { type: 'start_date', start_date: '2026-01-01' }, prices: { ...whole, output_mtok: 0 } },
    ],
  ],
  [
    'a day that is none',
    [{ prices: whole }, { constraint: { type: 'start_date', start_date: 'soon' }, prices: whole }],
  ],
  ['an unknown constraint', [{ prices: whole }, { constraint: { type: 'moon' }, prices: whole }]],
  ['nothing', []],
  ['null', null],
])(
  'a broken table never means free: where a price is %s, the model has none and an alarm is logged',
  (_what, prices) => {
    const source = sourceOf({ id: 'm', prices }, { id: 'good', prices: whole })
    const list = createPriceList(source)
    expect(list.find(openai, 'm').prices).toEqual([])
    expect(list.find(openai, 'good').prices).toHaveLength(1)
    const logged: object[] = []
    alarmAt(list, source, { error: (fields) => logged.push(fields) })
    expect(logged).toMatchObject([{ source: 'a list 1' }])
    expect(JSON.stringify(logged)).toMatch(/openai\/m: /)
    expect(list.catalogOf('openai')).toEqual(['good'])
  },
)

test('what the list does not say is no price and no alarm: output that is no text, or that is not named', () => {
  for (const prices of [{}, { input_mtok: 1 }, { ...whole, output_audio_mtok: 9 }, { web_searches_kcount: 1 }])
    expect(periodsOf({ id: 'm', prices }, 's')).toEqual({ prices: null, problem: null })
  expect(find({ input_mtok: 1 }, 'text-embedding-x')).toMatchObject([{ input: 1_000_000, output: 0 }])
})

test('a list that throws, or has no such provider, knows nothing and says so', () => {
  const broken: PriceSource = {
    name: 'broken',
    provider: () => null,
    providerAt: () => {
      throw new Error('x')
    },
    model: () => {
      throw new Error('x')
    },
  }
  const list = createPriceList(broken)
  expect(list.find(openai, 'gpt-4o')).toEqual({ prices: [], contextTokens: null })
  expect(list.find({ preset: null, baseUrl: 'https://x' }, 'gpt-4o').prices).toEqual([])
  expect(list.catalogOf('openai')).toEqual([])
  expect(list.problems()).toContain('openai: the list has no such provider.')
})

test('without a preset the address says whose prices count; of a machine of one’s own nobody’s', () => {
  const at = (baseUrl: string) => real.find({ preset: null, baseUrl }, 'gpt-4o').prices.length
  expect(at('https://api.openai.com/v1')).toBe(1)
  expect(at('http://127.0.0.1:11434/v1')).toBe(0)
  expect(at('https://evil.example.test/https://api.openai.com/v1')).toBe(0)
  expect(real.find({ preset: 'ollama', baseUrl: 'https://api.openai.com/v1' }, 'gpt-4o').prices).toEqual([])
})

test('a preset offers what the list has under names that clients use, each with a price', () => {
  expect(real.catalogOf('openai')).toEqual(
    expect.arrayContaining(['gpt-4o', 'gpt-5', 'gpt-5-2025-08-07', 'text-embedding-3-small']),
  )
  expect(real.catalogOf('anthropic')).toEqual(
    expect.arrayContaining(['claude-sonnet-4-5', 'claude-sonnet-4-5-20250929']),
  )
  expect(real.catalogOf('gemini')).toEqual(expect.arrayContaining(['gemini-2.5-pro']))
  expect(real.catalogOf('gemini').filter((id) => id.startsWith('claude'))).toEqual([])
  for (const preset of [
    'openai',
    'anthropic',
    'gemini',
    'mistral',
    'groq',
    'deepseek',
    'xai',
    'together',
    'openrouter',
  ] as const) {
    const ids = real.catalogOf(preset)
    expect([preset, ids.length > 3 && ids.length <= 1000]).toEqual([preset, true])
    expect(ids.filter((id) => real.find({ preset, baseUrl: '' }, id).prices.length === 0)).toEqual([])
  }
  for (const preset of ['azure-openai', 'ollama', 'vllm'] as const) expect(real.catalogOf(preset)).toEqual([])
})

test('what the organization says wins from the instant that it names; before it, what the list says', () => {
  const dated = { from: '2026-03-01T00:00:00Z', inputPerMillion: '7', outputPerMillion: '8', perCall: '0.002' }
  const offer = offerOf(real, openai, { id: 'gpt-4o', price: dated })
  expect(pricesAt(offer.prices, day('2026-02-28'))).toMatchObject([{ input: 2_500_000 }])
  expect(pricesAt(offer.prices, day('2026-03-01'))).toMatchObject([
    { input: 7_000_000, output: 8_000_000, perCall: 2_000_000, source: 'organization', cachedInput: null },
  ])
  const always = { inputPerMillion: '0', outputPerMillion: '0' }
  const free = offerOf(real, openai, { id: 'gpt-5.6-luna', prices: [dated, always] })
  expect(free.prices.map(({ source }) => source)).toEqual(['organization', 'organization'])
  expect(pricesAt(free.prices, 0)).toMatchObject([{ input: 0, output: 0 }])
})

test('decimal USD become pico-USD by their digits, rounded up and never down', () => {
  const digits = fc.tuple(fc.integer({ min: 0, max: 999_999_999 }), fc.integer({ min: 0, max: 999_999_999 }))
  fc.assert(
    fc.property(digits, ([wholePart, part]) => {
      const text = `${wholePart}.${String(part).padStart(9, '0')}`
      const [price] = overridden([], [{ inputPerMillion: text, outputPerMillion: '1' }])
      const exact = BigInt(wholePart) * 1_000_000_000n + BigInt(part)
      expect(BigInt(price?.input ?? -1)).toBe((exact + 999n) / 1000n)
    }),
  )
})

test('of all periods the latest that has begun counts, with all its sizes of input', () => {
  const price = fc.record({
    from: fc.option(fc.integer({ min: 0, max: 20 })),
    aboveInputTokens: fc.integer({ min: 0, max: 3 }),
  })
  fc.assert(
    fc.property(fc.array(price, { maxLength: 12 }), fc.integer({ min: 0, max: 20 }), (some, now) => {
      const rest = {
        input: 1,
        output: 1,
        cachedInput: null,
        cacheWrite: null,
        reasoning: null,
        perCall: 0,
        source: 's',
      }
      const prices = some.map((each): Price => ({ ...rest, ...each }))
      const begun = prices.filter(({ from }) => from === null || from <= now)
      const current = pricesAt(prices, now)
      expect(current.length > 0).toBe(begun.length > 0)
      for (const { from } of begun) expect((current[0]?.from ?? -1) >= (from ?? -1)).toBe(true)
      expect(new Set(current.map(({ from }) => from)).size).toBeLessThan(2)
    }),
  )
})

test('a model is only known not to think where that is known; the organization may know better', () => {
  for (const id of [
    'gpt-4o',
    'gpt-4o-mini-2024-07-18',
    'gpt-4.1',
    'claude-3-5-haiku-20241022',
    'claude-sonnet-4-5-20250929',
    'openai/gpt-4o',
    'deepseek-chat',
    'meta-llama/Llama-3.3-70B-Instruct-Turbo',
  ])
    expect([id, thinks(id)]).toEqual([id, false])
  for (const id of ['o1', 'o3-mini', 'gpt-5-mini', 'deepseek-reasoner']) expect([id, thinks(id)]).toEqual([id, true])
  for (const id of ['claude-opus-5', 'gemini-2.5-pro', 'my-gpt-4o', 'gpt-5-chat-latest', 'gpt-4o-search-preview'])
    expect([id, thinks(id)]).toEqual([id, null])
  expect(offerOf(real, openai, { id: 'mine', reasoning: false })).toMatchObject({ reasoning: false, prices: [] })
  expect(offerOf(real, openai, { id: 'o1', reasoning: false }).reasoning).toBe(false)
  expect(offerOf(real, openai, { id: 'mine' })).toEqual({
    id: 'mine',
    aliases: [],
    fallbacks: [],
    maxOutputTokens: null,
    contextTokens: null,
    reasoning: null,
    prices: [],
  })
})

test('whatever stands in a table, nothing of it is free, and what is a price is a whole number', () => {
  const rate = fc.oneof(
    fc.double(),
    fc.constantFrom(0, -0, 1, 0.0000001, '1', null, undefined, [], {}),
    fc.record({
      base: fc.oneof(fc.double(), fc.constant(0), fc.constant('x')),
      tiers: fc.array(
        fc.record({ start: fc.oneof(fc.integer(), fc.double()), price: fc.oneof(fc.double(), fc.constant(0)) }),
      ),
    }),
  )
  const mostly = fc.oneof({ weight: 4, arbitrary: fc.double({ min: 0.001, max: 100, noNaN: true }) }, rate)
  const tiered = fc.record({
    base: fc.double({ min: 0.001, max: 100, noNaN: true }),
    tiers: fc.array(fc.record({ start: fc.integer({ min: -5 }), price: mostly }), { maxLength: 2 }),
  })
  const rates = fc.record(
    {
      input_mtok: fc.oneof(mostly, tiered),
      output_mtok: fc.oneof(mostly, tiered),
      cache_read_mtok: mostly,
      output_reasoning_mtok: mostly,
    },
    { requiredKeys: ['input_mtok', 'output_mtok'] },
  )
  const constraint = fc.oneof(
    fc.constant(undefined),
    fc.record({
      type: fc.constantFrom('start_date', 'time_of_date', 'x'),
      start_date: fc.constantFrom('2026-01-01', 'x'),
    }),
  )
  const table = fc.oneof(
    fc.anything(),
    rates,
    fc.array(fc.record({ constraint, prices: fc.oneof(rates, fc.anything()) })),
  )
  fc.assert(
    fc.property(table, (prices) => {
      for (const price of periodsOf({ id: 'm', prices }, 's').prices ?? []) {
        expect(price.input > 0 && price.output > 0).toBe(true)
        for (const amount of [price.input, price.output, price.cachedInput, price.cacheWrite, price.reasoning])
          expect(amount === null || (Number.isSafeInteger(amount) && amount > 0)).toBe(true)
        expect(price.aboveInputTokens >= 0).toBe(true)
      }
    }),
    { numRuns: 500 },
  )
})
