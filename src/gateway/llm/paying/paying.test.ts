import { describe, expect, test } from 'vitest'
import { budgetRecord, llmRequest, modelRecord, payingRig, price } from '../../../../test/llm/paying-rig.ts'
import { ok, type Result } from '../../../problems.ts'
import type { Payment } from '../payment.ts'
import { isStoppableOf } from './plan.ts'

const json = { status: 200, contentType: 'application/json' }
const events = { status: 200, contentType: 'text/event-stream' }
const done = { status: 200, code: null, isGone: false }
const million = 1_000_000

/** Not waited for where it need not be. */
function now<T>(value: T | Promise<T>): T {
  if (value instanceof Promise) throw new Error('it waits')
  return value
}
const paid = (result: Result<Payment>): Payment => {
  if (!result.ok) throw new Error(result.problem.detail)
  return result.value
}
const refusal = async (result: ReturnType<ReturnType<typeof payingRig>['pay']>) => {
  const answer = await result
  if (answer.ok) throw new Error('it was paid')
  return answer.problem
}
const chatOf = (usage: object): Buffer => Buffer.from(JSON.stringify({ choices: [], usage }))
const delta = (text: string): Buffer =>
  Buffer.from(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: text }, finish_reason: null }] })}\n\n`)

describe('D23 what is set aside before a call goes out', () => {
  test('input with a margin and the worst output of all choices; what is left over comes back at once', async () => {
    const rig = payingRig({ money: 100 * million })
    const payment = paid(await rig.pay(rig.bill({ choices: 3, maxTokens: 50 })))
    expect(100 * million - rig.state.money).toBe(125 * 1250 + 3 * 50 * 4000)
    const meter = payment.meter(json)
    meter.push(chatOf({ prompt_tokens: 90, completion_tokens: 10 }))
    meter.end()
    payment.finish(done, () => {})
    expect(rig.state).toMatchObject({ spent: 90 * 1000 + 10 * 4000, money: 100 * million - 130_000 })
  })

  test('a stream of visible text sets aside input and 512 tokens, and later what four of five such calls had', async () => {
    const rig = payingRig({ money: 100 * million })
    const stream = rig.bill({ isStream: true, maxTokens: 8000 })
    const payment = paid(await rig.pay(stream))
    expect(100 * million - rig.state.money).toBe(125 * 1250 + 512 * 4000)
    payment.undo()
    for (let at = 0; at < 5; at += 1) {
      const call = paid(await rig.pay(rig.bill({ maxTokens: 50 })))
      const meter = call.meter(json)
      meter.push(chatOf({ prompt_tokens: 0, completion_tokens: 16 }))
      meter.end()
      call.finish(done, () => {})
    }
    const before = rig.state.money
    await rig.pay(rig.bill({ isStream: true, maxTokens: 8000 }))
    expect(before - rig.state.money).toBe(125 * 1250 + 16 * 4000)
  })

  test('only text that somebody reads as it comes can be stopped', () => {
    const stream = llmRequest({ isStream: true })
    const model = modelRecord()
    expect(isStoppableOf(stream, model)).toBe(true)
    for (const more of [
      { isStream: false },
      { choices: 2 },
      { asksToThink: true },
      { hasOtherOutput: true },
      { hasProviderTools: true },
    ])
      expect(isStoppableOf({ ...stream, ...more }, model), JSON.stringify(more)).toBe(false)
    for (const reasoning of [true, null]) expect(isStoppableOf(stream, modelRecord({ reasoning }))).toBe(false)
  })

  test('D24 without max_tokens the gateway sets one: 4,096, the model’s own, or what the money pays for', async () => {
    const setFor = async (money: number, model = {}) => {
      const rig = payingRig({ money })
      const payment = paid(await rig.pay(rig.bill({}, model)))
      expect(payment.headers()).toEqual(['ostiary-max-tokens', String(payment.maxTokens)])
      return payment.maxTokens
    }
    expect(await setFor(100 * million)).toBe(4096)
    expect(await setFor(100 * million, { maxOutputTokens: null })).toBe(4096)
    expect(await setFor(100 * million, { maxOutputTokens: 1000 })).toBe(1000)
    expect(await setFor(125 * 1250 + 99 * 4000 + 3999)).toBe(99)
    const poor = payingRig({ money: 125 * 1250 + 15 * 4000 })
    expect((await refusal(poor.pay(poor.bill()))).code).toBe('budget_exceeded')
    expect(poor.state.money).toBe(125 * 1250 + 15 * 4000)
  })

  test('without a budget and without a limit of tokens nothing is set and nothing said', () => {
    const rig = payingRig()
    const payment = paid(now(rig.pay(rig.bill())))
    expect(payment).toMatchObject({ maxTokens: null, readsToTheEnd: false, asksForUsage: false })
    expect(payment.headers()).toEqual([])
  })

  test('D24 where a given max_tokens does not fit and a smaller one does, the refusal names it', async () => {
    const rig = payingRig({ money: 125 * 1250 + 2 * 100 * 4000 })
    const problem = await refusal(rig.pay(rig.bill({ choices: 2, maxTokens: 101 })))
    expect(problem).toMatchObject({ code: 'budget_exceeded', data: { maxTokens: 100 } })
    expect(problem.detail).toContain('max_tokens of 100')
    paid(await rig.pay(rig.bill({ choices: 2, maxTokens: 100 })))
    const limited = payingRig({ tokens: 1000 })
    expect(await refusal(limited.pay(limited.bill({ maxTokens: 876 })))).toMatchObject({
      code: 'rate_limited',
      data: { maxTokens: 875 },
    })
    expect(limited.state).toMatchObject({ tokens: 1000, seats: 0 })
  })

  test('a stream that can be stopped begins with as much as there is', async () => {
    const rig = payingRig({ money: 125 * 1250 + 40 * 4000 })
    paid(await rig.pay(rig.bill({ isStream: true, maxTokens: 8000 })))
    expect(rig.state.money).toBe(0)
  })

  test('attack: absurd n and max_tokens are refused, and take nothing', async () => {
    for (const [choices, maxTokens] of [
      [1e9, 1e15],
      [128, Number.MAX_SAFE_INTEGER],
      [1e308, 1],
    ] as const) {
      const rig = payingRig({ money: 1000 * million, tokens: 1_000_000_000 })
      expect((await refusal(rig.pay(rig.bill({ choices, maxTokens }, { maxOutputTokens: null })))).code).toMatch(
        /budget_exceeded|rate_limited/,
      )
      expect(rig.state).toMatchObject({ money: 1000 * million, tokens: 1_000_000_000, seats: 0 })
    }
  })

  test('attack: a call that looks like nothing at all takes something all the same', async () => {
    const rig = payingRig({ money: 0 })
    const nothing = { route: 'embeddings', inputTokens: 0 } as const
    expect((await refusal(rig.pay(rig.bill(nothing)))).code).toBe('budget_exceeded')
  })

  test('no price and a budget: refused; no price and none: served, without a cost in its record', async () => {
    const rig = payingRig({ money: million })
    const problem = await refusal(rig.pay(rig.bill({}, { prices: [] })))
    expect(problem.code).toBe('price_unknown')
    expect(problem.detail).toContain('models[].price')
    const free = payingRig()
    const payment = paid(now(free.pay(free.bill({}, { prices: [] }))))
    const meter = payment.meter(json)
    meter.push(chatOf({ prompt_tokens: 5, completion_tokens: 5 }))
    meter.end()
    payment.finish(done, () => {})
    expect(free.noted[0]?.outcome).toMatchObject({ cost: null, price: null, tokens: { input: 5 } })
  })

  test('a model whose price is nothing needs no money', async () => {
    const rig = payingRig({ money: 0 })
    const free = { ...price, input: 0, output: 0, cachedInput: null, cacheWrite: null }
    paid(await rig.pay(rig.bill({ maxTokens: 10 }, { prices: [free] })))
    const dear = { ...free, aboveInputTokens: 1000, input: 5 }
    expect(
      (await refusal(rig.pay(rig.bill({ maxTokens: 10, inputTokens: 2000 }, { prices: [free, dear] })))).code,
    ).toBe('budget_exceeded')
  })

  test('input that does not stand in the body counts as all that the model can read, or is refused', async () => {
    const rig = payingRig({ money: 1000 * million })
    paid(await rig.pay(rig.bill({ hidesInput: true, maxTokens: 100 })))
    expect(1000 * million - rig.state.money).toBe(100_000 * 1250 + 100 * 4000)
    for (const more of [{ hidesInput: true }, { hasProviderTools: true }])
      expect((await refusal(rig.pay(rig.bill(more, { contextTokens: null })))).code).toBe('price_unknown')
  })

  test('counting tokens costs nothing, whatever is left, and takes its place among requests', async () => {
    const rig = payingRig({ money: 0, tokens: 0 })
    const payment = paid(now(rig.pay(rig.bill({ route: 'count-tokens' }, { prices: [] }))))
    expect(rig.state.seats).toBe(1)
    payment.meter(json).push(Buffer.from('{"input_tokens":7}'))
    payment.finish(done, () => {})
    expect(rig.noted).toEqual([
      { type: 'done', outcome: expect.objectContaining({ cost: 0, tokens: null, charges: [] }) },
    ])
    expect(rig.state.seats).toBe(0)
  })
})

describe('all or nothing', () => {
  test('a budget that refuses gives the limit back; a full spool gives both back', async () => {
    for (const isSlow of [false, true]) {
      const rig = payingRig({ money: 10, tokens: 100_000, isSlow })
      expect((await refusal(rig.pay(rig.bill({ maxTokens: 20 })))).code).toBe('budget_exceeded')
      expect(rig.state).toMatchObject({ tokens: 100_000, seats: 0, money: 10 })
      const full = payingRig({ money: 100 * million, tokens: 100_000, isSlow })
      full.state.refusesOpen = true
      const bill = full.bill({ maxTokens: 20 })
      expect((await refusal(full.pay(bill))).code).toBe('spool_full')
      expect(full.state).toMatchObject({ tokens: 100_000, seats: 0, money: 100 * million })
      expect(bill.call.facts.isAdmitted).toBe(false)
      full.state.isFull = true
      expect((await refusal(full.pay(full.bill({ maxTokens: 20 })))).code).toBe('spool_full')
    }
  })

  test('undo gives everything back and answers the open record with one that costs nothing; the end counts once', async () => {
    const rig = payingRig({ money: 100 * million, tokens: 100_000 })
    const payment = paid(await rig.pay(rig.bill({ maxTokens: 20, isStream: true })))
    payment.undo()
    payment.undo()
    payment.finish(done, () => {})
    expect(rig.state).toMatchObject({ tokens: 100_000, seats: 0, money: 100 * million, spent: 0 })
    expect(rig.noted.map(({ type, outcome }) => [type, outcome.cost])).toEqual([
      ['open', 125 * 1250 + 20 * 4000],
      ['done', 0],
    ])
  })

  test('a duty that this gateway cannot carry out is a refusal', async () => {
    const rig = payingRig()
    const bill = { ...rig.bill(), duties: [{ kind: 'redact' } as const] }
    expect((await refusal(rig.pay(bill))).code).toBe('internal')
  })

  test('the open record says all that was set aside, and stands before the call goes out', async () => {
    const rig = payingRig({ money: 100 * million })
    paid(await rig.pay(rig.bill({ maxTokens: 20 })))
    const reserved = 125 * 1250 + 20 * 4000
    expect(rig.noted).toEqual([
      {
        type: 'open',
        isBudgeted: true,
        outcome: expect.objectContaining({
          status: 0,
          cost: reserved,
          estimated: true,
          charges: [{ budget: budgetRecord.id, window: '2026-11', nano: reserved }],
        }),
      },
    ])
    const free = payingRig()
    paid(await free.pay(free.bill({ isStream: true })))
    expect(free.noted).toMatchObject([{ type: 'open', isBudgeted: false }])
  })
})

describe('a stream pays as it goes', () => {
  const long = { isStream: true, maxTokens: 8000, wantsUsage: true } as const

  test('D22 by slices of 256 tokens of money and tokens, before what is paid for ends', async () => {
    const rig = payingRig({ money: 100 * million, tokens: 100_000 })
    const payment = paid(await rig.pay(rig.bill(long)))
    const meter = payment.meter(events)
    const spent = (): [number, number] => [100 * million - rig.state.money, 100_000 - rig.state.tokens]
    const begun = spent()
    meter.push(delta(' tok'.repeat(480)))
    expect(now(meter.goesOn())).toBe(true)
    expect(spent()).toEqual(begun)
    meter.push(delta(' tok'))
    expect(now(meter.goesOn())).toBe(true)
    expect(spent()).toEqual([begun[0] + 256 * 4000, begun[1] + 256])
    meter.push(delta(' tok'.repeat(1000)))
    expect(now(meter.goesOn())).toBe(true)
    expect(spent()).toEqual([begun[0] + 4 * 256 * 4000, begun[1] + 4 * 256])
    meter.push(Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":90,"completion_tokens":1481}}\n\n'))
    meter.end()
    payment.finish(done, () => {})
    expect(rig.state).toMatchObject({ spent: 90 * 1000 + 1481 * 4000, tokens: 100_000 - 90 - 1481, seats: 0 })
    expect(rig.noted.at(-1)?.outcome).toMatchObject({ estimated: false, tokens: { output: 1481 } })
  })

  test.each([
    ['chat-completions', 'budget_exceeded', 'data: {"error":{'],
    ['messages', 'budget_exceeded', 'event: error\ndata: {"type":"error","error":{'],
    ['responses', 'budget_exceeded', 'event: error\ndata: {"type":"error","code":"budget_exceeded"'],
    ['chat-completions', 'rate_limited', 'data: {"error":{'],
  ] as const)('D24 %s: %s ends it cleanly with the error event of its dialect', async (route, code, start) => {
    for (const isSlow of [false, true]) {
      const most = 125 * 1250 + 600 * 4000
      const means = code === 'budget_exceeded' ? { money: most } : { tokens: 125 + 600 }
      const rig = payingRig({ ...means, isSlow })
      const payment = paid(await rig.pay(rig.bill({ ...long, route })))
      const meter = payment.meter(events)
      meter.push(textEvent(route, ' tok'.repeat(481)))
      expect(await meter.goesOn()).toBe(false)
      expect(await meter.goesOn()).toBe(false)
      const { problem, event } = meter.ending()
      expect(problem.code).toBe(code)
      expect(event.startsWith(start), event).toBe(true)
      expect(event.endsWith('\n\n')).toBe(true)
      expect(event).toContain(code)
      payment.finish({ status: 200, code, isGone: false }, () => {})
      expect(rig.noted.at(-1)?.outcome).toMatchObject({ code, estimated: true, tokens: { input: 100, output: 481 } })
      if (code === 'budget_exceeded') expect(rig.state.spent).toBe(100 * 1000 + 481 * 4000)
      else expect(rig.state.tokens).toBe(125 + 600 - 100 - 481)
    }
  })

  test('its own max_tokens ends it: no more is asked for than that', async () => {
    const rig = payingRig({ money: 100 * million })
    const payment = paid(await rig.pay(rig.bill({ ...long, maxTokens: 600 })))
    const meter = payment.meter(events)
    meter.push(delta(' tok'.repeat(599)))
    expect(now(meter.goesOn())).toBe(true)
    expect(100 * million - rig.state.money).toBe(125 * 1250 + 600 * 4000)
  })

  test('attack: a provider that does not know its max_tokens gives no more than is paid for', async () => {
    const rig = payingRig({ money: 125 * 1250 + 600 * 4000 })
    const payment = paid(await rig.pay(rig.bill({ ...long, maxTokens: 16 })))
    const meter = payment.meter(events)
    meter.push(delta(' tok'.repeat(400)))
    expect(now(meter.goesOn())).toBe(true)
    expect(rig.state.money).toBe((600 - 16 - 2 * 256) * 4000)
    meter.push(delta(' tok'.repeat(400)))
    expect(now(meter.goesOn())).toBe(false)
    expect(meter.ending().problem.code).toBe('budget_exceeded')
  })
})

const textEvent = (route: string, text: string): Buffer => {
  if (route === 'messages') {
    const data = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }
    return Buffer.from(`event: content_block_delta\ndata: ${JSON.stringify(data)}\n\n`)
  }
  return route === 'responses'
    ? Buffer.from(`event: x\ndata: ${JSON.stringify({ type: 'response.output_text.delta', delta: text })}\n\n`)
    : delta(text)
}

describe('an answer that was left is not free', () => {
  test('GHSA-724j a stream is billed for what was made, estimated; with what the provider said of its input', async () => {
    const rig = payingRig({ money: 100 * million })
    const payment = paid(await rig.pay(rig.bill({ isStream: true, maxTokens: 8000 })))
    payment.meter(events).push(delta(' tok'.repeat(30)))
    payment.finish({ status: 200, code: null, isGone: true }, () => {})
    expect(rig.state.spent).toBe(100 * 1000 + 30 * 4000)
    expect(rig.noted.at(-1)?.outcome).toMatchObject({ status: 499, estimated: true, tokens: { output: 30 } })
  })

  test('what a model may have thought unseen counts by the time that it had, up to what was set aside', async () => {
    const left = async (ms: number, more = {}) => {
      const rig = payingRig({ money: 1000 * million })
      const payment = paid(await rig.pay(rig.bill({ isStream: true, maxTokens: 1000, asksToThink: true, ...more })))
      rig.clock.monotonic += ms
      payment.finish({ status: 200, code: null, isGone: true }, () => {})
      return rig.noted.at(-1)?.outcome.tokens?.output
    }
    expect(await left(2000)).toBe(300)
    expect(await left(60_000)).toBe(1000)
    expect(await left(60_000, { choices: 2 })).toBe(2000)
    expect(await left(60_000, { asksToThink: false })).toBe(0)
  })

  test('a budgeted call that is not streamed is read to its end, so that it is billed exactly', async () => {
    const rig = payingRig({ money: 100 * million })
    const payment = paid(await rig.pay(rig.bill({ maxTokens: 20 })))
    expect(payment.readsToTheEnd).toBe(true)
    const meter = payment.meter(json)
    meter.push(chatOf({ prompt_tokens: 90, completion_tokens: 10 }))
    meter.end()
    payment.finish({ status: 200, code: null, isGone: true }, () => {})
    expect(rig.noted.at(-1)?.outcome).toMatchObject({ status: 499, estimated: false, cost: 130_000 })
  })

  test('a provider that was not reached or refused is not paid; one that let us wait may have been at work', async () => {
    const ended = async (status: number, answered: number | null) => {
      const rig = payingRig({ money: 100 * million })
      const payment = paid(await rig.pay(rig.bill({ maxTokens: 20 })))
      if (answered !== null) payment.meter({ ...json, status: answered }).push(chatOf({ prompt_tokens: 5 }))
      payment.finish({ status, code: null, isGone: false }, () => {})
      return rig.state.spent
    }
    expect(await ended(502, null)).toBe(0)
    for (const status of [400, 401, 429, 500, 529]) expect(await ended(status, status)).toBe(0)
    expect(await ended(504, null)).toBe(100 * 1000)
  })
})

describe('what an answer’s head says', () => {
  test('the tightest limits of requests and tokens, as the IETF writes it and as OpenAI’s clients read it', async () => {
    const rig = payingRig({ tokens: 10_000 })
    const payment = paid(now(rig.pay(rig.bill({ maxTokens: 100 }))))
    expect(payment.headers()).toEqual([
      'ratelimit-policy',
      '"key";q=60;w=60, "key-tokens";q=10000;w=60',
      'ratelimit',
      '"key";r=59;t=30, "key-tokens";r=9775;t=30',
      'x-ratelimit-limit-requests',
      '60',
      'x-ratelimit-remaining-requests',
      '59',
      'x-ratelimit-reset-requests',
      '30s',
      'x-ratelimit-limit-tokens',
      '10000',
      'x-ratelimit-remaining-tokens',
      '9775',
      'x-ratelimit-reset-tokens',
      '30s',
    ])
  })

  test('nothing is waited for where nothing must be: limits in hand and no budget answer at once', () => {
    const rig = payingRig({ tokens: 10_000 })
    expect(now(rig.pay(rig.bill({ maxTokens: 100 }))).ok).toBe(ok(null).ok)
    expect(payingRig({ money: million }).pay(rig.bill({ maxTokens: 1 }))).not.toBeInstanceOf(Promise)
  })

  test('the last byte goes only after the record is handed over', () => {
    const rig = payingRig()
    const payment = paid(now(rig.pay(rig.bill())))
    payment.finish(done, () => expect(rig.noted).toHaveLength(1))
    expect.assertions(1)
  })
})
